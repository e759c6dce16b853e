package commands

import (
	"reflect"
	"slices"
	"strings"

	"blissh/internal/spell"
)

//go:generate go run ./internal/gen

// memberDoc explains a method: how it is called in Go, and what it does.
type memberDoc struct{ signature, line string }

// Member tells how a method of a type is called, in Go with the names of its
// parameters, and what it does in one line; "" when nothing is known. It is safe
// for concurrent use.
func (sh *Shell) Member(t reflect.Type, name string) (signature, line string) {
	d := sh.docs[typeKey(t)+"."+name]
	return d.signature, d.line
}

func typeKey(t reflect.Type) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.PkgPath() + "." + t.Name()
}

// member is one line of what help says about an object.
type member struct{ name, call, line string }

// members lists the methods of a type as they are typed at the prompt. A setter
// is part of its getter's line.
func (sh *Shell) members(t reflect.Type) (list []member) {
	for m := range t.Methods() {
		if m.Name == "String" {
			continue
		}
		if what, ok := strings.CutPrefix(m.Name, "Set"); ok && settable(t, what) {
			continue
		}
		signature, line := sh.Member(t, m.Name)
		call := spell.Snake(m.Name)
		if i := strings.IndexByte(signature, '('); i >= 0 && m.Type.NumIn() > 1 {
			call += parametersOf(signature[i:])
		} else if m.Type.NumIn() > 1 || m.Type.NumOut() == 0 {
			call += "()"
		}
		if settable(t, m.Name) {
			line += "; can be set"
		}
		list = append(list, member{m.Name, call, line})
	}
	slices.SortFunc(list, func(a, b member) int { return strings.Compare(a.call, b.call) })
	return list
}

// settable reports whether a property has both getter and setter.
func settable(t reflect.Type, name string) bool {
	get, ok := t.MethodByName(name)
	set, ok2 := t.MethodByName("Set" + name)
	return ok && ok2 && get.Type.NumIn() == 1 && set.Type.NumIn() == 2
}

// parametersOf is "(names ...string)" of "(names ...string) map[string][]float64".
func parametersOf(signature string) string {
	depth := 0
	for i, c := range signature {
		switch c {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return signature[:i+1]
			}
		}
	}
	return signature
}
