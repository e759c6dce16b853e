package repl

import (
	"fmt"
	"reflect"
)

// A value that contains itself is printed without end, until the stack is used
// up and the process ends: such values are left out.
const (
	deepest  = 100     // levels that are printed
	mostPart = 5000000 // parts that are printed
	endless  = "(a value that contains itself, or very many)"
)

// printable gives values as they may be printed.
func printable(values []any) []any {
	var out []any
	for i, v := range values {
		left := mostPart
		if v == nil || ends(reflect.ValueOf(v), deepest, &left) {
			continue
		}
		if out == nil {
			out = append(out, values...)
		}
		out[i] = endless
	}
	if out == nil {
		return values
	}
	return out
}

// ends reports whether printing a value ends within so many levels and parts.
func ends(v reflect.Value, levels int, left *int) bool {
	if *left--; levels == 0 || *left < 0 {
		return false
	}
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer: // fmt prints what a pointer points at on the first level only
		if v.Kind() == reflect.Pointer && levels < deepest {
			return true
		}
		return v.IsNil() || ends(v.Elem(), levels-1, left)
	case reflect.Slice, reflect.Array:
		if flat(v.Type().Elem()) {
			return true
		}
		for i := range v.Len() {
			if !ends(v.Index(i), levels-1, left) {
				return false
			}
		}
	case reflect.Map:
		if flat(v.Type().Elem()) && flat(v.Type().Key()) {
			return true
		}
		for k, x := range v.Seq2() {
			if !ends(k, levels-1, left) || !ends(x, levels-1, left) {
				return false
			}
		}
	case reflect.Struct:
		for _, f := range v.Fields() {
			if !ends(f, levels-1, left) {
				return false
			}
		}
	}
	return true
}

// flat reports whether values of a type have no parts.
func flat(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Interface, reflect.Slice, reflect.Array, reflect.Map, reflect.Struct:
		return false
	}
	return true
}

// printNames are the functions of fmt that make a text of values.
func printNames() map[string]any {
	return map[string]any{
		"Sprint":   func(a ...any) string { return fmt.Sprint(printable(a)...) },
		"Sprintf":  func(f string, a ...any) string { return fmt.Sprintf(f, printable(a)...) },
		"Sprintln": func(a ...any) string { return fmt.Sprintln(printable(a)...) },
		"Append":   func(b []byte, a ...any) []byte { return fmt.Append(b, printable(a)...) },
		"Appendf":  func(b []byte, f string, a ...any) []byte { return fmt.Appendf(b, f, printable(a)...) },
		"Appendln": func(b []byte, a ...any) []byte { return fmt.Appendln(b, printable(a)...) },
		"Errorf":   func(f string, a ...any) error { return fmt.Errorf(f, printable(a)...) },
	}
}
