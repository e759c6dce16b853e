// Package symbols holds what interpreted code may import.
//
// The tables are generated from the packages themselves; `go generate` in this
// folder renews them after a change of an exported name, and a test fails when
// that was forgotten. The list of packages is in internal/tables. Each table is
// made when an interpreter imports the package, which keeps a new interpreter
// cheap.
package symbols

import "reflect"

//go:generate go run ./internal/gen

// entry is one package: import path, name, and the function for its table.
type entry struct {
	path, name string
	table      func() map[string]reflect.Value
}

// Lookup gives the name and a new table of a package by its import path, and
// false when interpreted code may not import it.
func Lookup(path string) (name string, table map[string]reflect.Value, ok bool) {
	for _, e := range all() {
		if e.path == path {
			return e.name, e.table(), true
		}
	}
	return "", nil, false
}

// Named gives the import path of the package of that name, and false when there
// is none.
func Named(name string) (path string, ok bool) {
	for _, e := range all() {
		if e.name == name {
			return e.path, true
		}
	}
	return "", false
}

// Has reports whether interpreted code may import a path.
func Has(path string) bool {
	for _, e := range all() {
		if e.path == path {
			return true
		}
	}
	return false
}

// Paths lists the import paths.
func Paths() []string {
	var out []string
	for _, e := range all() {
		out = append(out, e.path)
	}
	return out
}

func all() []entry { return append(index(), entry{"os", "os", osTable}) }
