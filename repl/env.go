package repl

import (
	"go/types"
	"maps"
	"reflect"
	"slices"

	"blissh/internal/nearest"
	"blissh/repl/dialect"
	"blissh/repl/symbols"
)

// env answers the dialect's questions about names.
type env struct{ in *Interp }

var _ dialect.Env = env{}

func (v env) Known(name string) bool {
	v.in.mu.Lock()
	defer v.in.mu.Unlock()
	return name == "_" || v.in.user[name] || v.in.names[name].IsValid() && !v.in.open[name] || universe(name)
}

func (v env) Protected(name string) bool { return v.in.protected(name) }

func (v env) Command(name string) bool {
	if v.in.o.Commands == nil || !v.in.o.Commands(name) {
		return false
	}
	v.in.mu.Lock()
	defer v.in.mu.Unlock()
	return v.in.predeclared(name)
}

func (v env) Type(name string) reflect.Type {
	v.in.mu.Lock()
	val, ok := v.in.names[name]
	user, about := v.in.user[name], v.in.about[name]
	v.in.mu.Unlock()
	switch {
	case user:
		return about.Type
	case !ok || !val.IsValid() || isTypeTable(val) || val.Type().PkgPath() == interpPath:
		return nil
	}
	return val.Type()
}

// isTypeTable reports whether a predeclared value stands for a type: a nil
// pointer, as symbol tables have it.
func isTypeTable(v reflect.Value) bool { return v.Kind() == reflect.Pointer && v.IsNil() }

func (v env) Construct(name string) string {
	v.in.mu.Lock()
	defer v.in.mu.Unlock()
	switch {
	case v.in.types[name] == 0:
		return ""
	case v.in.user["New"+name]:
		return "(New" + name + "())"
	}
	return "(&" + name + "{})"
}

// universe reports whether name is one of Go's own that the interpreter has.
func universe(name string) bool {
	switch name {
	case "min", "max", "clear":
		return false
	}
	return types.Universe.Lookup(name) != nil
}

// pack finds the import path of a package that may be used without importing
// it at the prompt.
func pack(name string) (path string, ok bool) {
	if name == "log" { // all of it is the interpreter's own
		return name, true
	}
	return symbols.Named(name)
}

// Names lists what can be used at the prompt: predeclared names and the
// user's, sorted.
func (in *Interp) Names() []string {
	in.mu.Lock()
	defer in.mu.Unlock()
	all := map[string]bool{}
	for n := range in.names {
		all[n] = n[0] != '_'
	}
	for n := range in.user {
		all[n] = true
	}
	maps.DeleteFunc(all, func(_ string, ok bool) bool { return !ok })
	return slices.Sorted(maps.Keys(all))
}

// Members lists the methods and fields of the value of a name, as in Go.
func (in *Interp) Members(name string) []dialect.Member {
	t := env{in}.Type(name)
	if t == nil {
		return nil
	}
	return dialect.Members(t)
}

// undefined is the message for a name at the prompt; selects tells that it is used
// like a package or an object.
func (in *Interp) undefined(name string, selects bool) string {
	if selects && foreign[name] != "" && !foreignObjects[name] {
		return "undefined: " + name
	}
	return undefined(name, append(in.Names(), packageNamesFor(selects)...))
}

func packageNamesFor(selects bool) (names []string) {
	if !selects {
		return nil
	}
	for _, p := range symbols.Paths() {
		names = append(names, lastOf(p))
	}
	return append(names, "log")
}

// undefined is the message for a name that is not there, with the nearest one
// that is.
func undefined(name string, known []string) string {
	if hint := elsewhere(name); hint != "" {
		return "undefined: " + name + hint
	}
	return "undefined: " + name + nearest.Hint(name, known)
}
