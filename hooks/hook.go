package hooks

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"blissh/data"
	"blissh/scan"
)

// HookOf makes a Hook of a compiled callback or of one typed at the prompt,
// named after its type. A *Hook comes back as it is.
func HookOf(cb WatchdogCallback) *Hook {
	if h, ok := cb.(*Hook); ok {
		return h
	}
	if name := interpretedName(cb); name != "" {
		return &Hook{WatchdogCallback: typed{cb}, Name: name, Typed: true}
	}
	around, _ := cb.(PresetCallback)
	return &Hook{WatchdogCallback: cb, Name: typeName(cb), PresetCallback: around}
}

// PresetOf makes a Hook of what is only to be a preset, compiled or typed at the
// prompt. A *Hook comes back as it is.
func PresetOf(cb PresetCallback) *Hook {
	if h, ok := cb.(*Hook); ok {
		return h
	}
	if name := interpretedName(cb); name != "" {
		return &Hook{Name: name, PresetCallback: cb, Typed: true}
	}
	return &Hook{Name: typeName(cb), PresetCallback: cb}
}

// typeName is the name of a callback's type; "watchdog" for a type without
// one.
func typeName(cb any) string {
	t := reflect.TypeOf(cb)
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == nil || t.Name() == "" || strings.HasPrefix(t.Name(), "_") {
		return "watchdog"
	}
	return t.Name()
}

// interpretedName is the name of a hook type that was typed at the prompt. Such
// a value comes inside one of the interpreter, in the field IValue, and its type
// has no name; the prompt puts the name into the tag of the field Base.
func interpretedName(cb any) string {
	v := reflect.Indirect(reflect.ValueOf(cb))
	if v.Kind() != reflect.Struct || !strings.HasPrefix(v.Type().Name(), "_") {
		return ""
	}
	if v = v.FieldByName("IValue"); !v.IsValid() || v.IsZero() {
		return ""
	}
	t := v.Elem().Type()
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return ""
	}
	for f := range t.Fields() {
		if name := f.Tag.Get("hook"); name != "" {
			return name
		}
	}
	return ""
}

// typed is a hook typed at the prompt: the interpreter's panics are put into
// the user's words, those with an error of a command go on as they are.
type typed struct{ WatchdogCallback }

func (t typed) OnScanNew(s *data.Scan) error {
	defer plainly()
	return t.WatchdogCallback.OnScanNew(s)
}

func (t typed) OnScanData(d *scan.Data) error {
	defer plainly()
	return t.WatchdogCallback.OnScanData(d)
}

func (t typed) OnTimeout() error {
	defer plainly()
	return t.WatchdogCallback.OnTimeout()
}

func (t typed) OnScanEnd(s *data.Scan) error {
	defer plainly()
	return t.WatchdogCallback.OnScanEnd(s)
}

func plainly() {
	if v := recover(); v != nil {
		words, _ := plain(v)
		panic(words)
	}
}

// plain puts what the interpreter panics with into the user's words; false for
// other values, which come back as they are.
func plain(v any) (words any, ok bool) {
	text := fmt.Sprint(v)
	switch {
	case strings.HasPrefix(text, "reflect: call of reflect.Value.") && strings.HasSuffix(text, "on zero Value"):
		return errors.New("nil pointer dereference"), true
	case strings.HasPrefix(text, "reflect: "), strings.HasPrefix(text, "runtime error: "):
		_, text, _ = strings.Cut(text, ": ")
		return errors.New(text), true
	}
	return v, false
}

// WatchOptions ties a hook to one scan; see scan.WatchdogOptions.
type WatchOptions struct {
	Stop   func(cause error, when scan.When) // the scan's
	Ask    func(data.Request) (id string)    // the scan's; nil: the hook steers nothing
	Answer func(id string) string
	Warn   func(line string)
	Linger func(*scan.Watchdog) // nil: the scan waits for the hook's end
	Budget time.Duration        // of each call; 0: 5 s, and 100 ms of a hook that gates
	Memory int64                // bytes; 0: scan.MemoryBudget
	Trials *scan.Trials         // of the process
}

// Watchdog makes the sink that ties the hook to one scan. It fails if the hook has
// not yet come back from the scan before.
func (h *Hook) Watchdog(o WatchOptions) (*scan.Watchdog, error) {
	if !h.Free() {
		return nil, fmt.Errorf("hook %s has not returned from the scan before: make a new one", h.Name)
	}
	if h.Typed { // the prompt's interpreter does one thing at a time
		o.Linger = nil
	}
	w := scan.NewWatchdog(h.WatchdogCallback, scan.WatchdogOptions{
		Name: h.Name, File: h.Place(), Wake: h.Wake, Kill: h.Kill, Hold: h.Hold, LetGo: h.LetGo, Where: h.Where,
		Stop: o.Stop, Warn: o.Warn, Budget: o.Budget, Ask: o.Ask, Answer: o.Answer,
		Linger: o.Linger, Memory: o.Memory, Trials: o.Trials,
	})
	h.last.Store(w)
	return w, nil
}

// Replay shows a scan that is over to the hook, also its calls as a preset, until
// ctx ends.
func (h *Hook) Replay(ctx context.Context, r *scan.Replay) *scan.Report {
	cb := h.WatchdogCallback
	if h.PresetCallback != nil {
		cb = &around{WatchdogCallback: cb, PresetCallback: h.PresetCallback}
	}
	return r.Run(ctx, cb, scan.WatchdogOptions{
		Name: h.Name, File: h.Place(), Kill: h.Kill, Hold: h.Hold, LetGo: h.LetGo, Where: h.Where,
	})
}

// Free ends what the hook still does for the scan before, and reports whether it
// has ended.
func (h *Hook) Free() bool {
	w := h.last.Load()
	if w == nil || !w.Started() {
		return true
	}
	select {
	case <-w.Done():
		return true
	default:
	}
	w.CutShort("it is needed for the next scan")
	select {
	case <-w.Done():
		return true
	default:
		return false
	}
}

// Retire gives back what the hook holds; one that still works for the scan before
// is ended, and closed once it has come back.
func (h *Hook) Retire() {
	switch {
	case h.Close == nil:
	case h.Free():
		h.Close()
	default:
		go func() {
			<-h.last.Load().Done()
			h.Close()
		}()
	}
}

// Record is how the hook stands in the description of a scan.
func (h *Hook) Record() data.Hook { return data.Hook{Name: h.Name, File: h.File, SHA256: h.SHA256} }

// Place is where the hook is written, "scripts/stop.go:12", or "".
func (h *Hook) Place() string { return place(h.File, h.Line) }

func place(file string, line int) string {
	if file == "" || line == 0 {
		return file
	}
	return fmt.Sprintf("%s:%d", file, line)
}
