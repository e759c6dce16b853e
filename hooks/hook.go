package hooks

import (
	"fmt"
	"reflect"
	"strings"

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

// Watchdog makes the sink that ties the hook to one scan. Name, File, Wake,
// Kill and Where of o are set from the hook.
func (h *Hook) Watchdog(o scan.WatchdogOptions) *scan.Watchdog {
	o.Name, o.File = h.Name, h.Place()
	o.Wake, o.Kill, o.Where = h.Wake, h.Kill, h.Where
	return scan.NewWatchdog(h.WatchdogCallback, o)
}

// Place is where the hook is written, "scripts/stop.go:12", or "".
func (h *Hook) Place() string { return place(h.File, h.Line) }

func place(file string, line int) string {
	if file == "" || line == 0 {
		return file
	}
	return fmt.Sprintf("%s:%d", file, line)
}
