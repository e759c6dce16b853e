package hooks

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"blissh/scan"
)

// HookOf makes a Hook of a compiled callback or of one typed at the prompt,
// named after its type. A *Hook comes back as it is.
func HookOf(cb WatchdogCallback) *Hook {
	if h, ok := cb.(*Hook); ok {
		return h
	}
	return &Hook{WatchdogCallback: cb, Name: typeName(cb)}
}

// typeName is the name of a callback's type; "watchdog" for a type without
// one, which is what an interpreted type looks like from outside.
func typeName(cb WatchdogCallback) string {
	t := reflect.TypeOf(cb)
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == nil || t.Name() == "" || strings.HasPrefix(t.Name(), "_") {
		return "watchdog"
	}
	return t.Name()
}

// WatchOptions ties a hook to one scan; see scan.WatchdogOptions.
type WatchOptions struct {
	Stop   func(cause error, when scan.When) // the scan's
	Warn   func(line string)
	Budget time.Duration // of each call; 0: 5 s, and 100 ms of a hook that gates
}

// Watchdog makes the sink that ties the hook to one scan.
func (h *Hook) Watchdog(o WatchOptions) *scan.Watchdog {
	return scan.NewWatchdog(h.WatchdogCallback, scan.WatchdogOptions{
		Name: h.Name, File: h.Place(), Wake: h.Wake, Kill: h.Kill, Where: h.Where,
		Stop: o.Stop, Warn: o.Warn, Budget: o.Budget,
	})
}

// Place is where the hook is written, "scripts/stop.go:12", or "".
func (h *Hook) Place() string { return place(h.File, h.Line) }

func place(file string, line int) string {
	if file == "" || line == 0 {
		return file
	}
	return fmt.Sprintf("%s:%d", file, line)
}
