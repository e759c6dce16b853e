package strictyaml

import (
	"fmt"
	"go/token"
	"math"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// field is one key that a struct knows.
type field struct {
	key   string
	index []int
	rules rules
}

// rules are what a value must satisfy beside its type.
type rules struct {
	required, name, infinite bool
	above, from              bool // >0, >=0
	oneOf                    []string
}

// fields lists the keys of a struct type, those of embedded structs included.
func fields(t reflect.Type) []field {
	var all []field
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("yaml")
		if f.Anonymous && tag == "" && f.Type.Kind() == reflect.Struct {
			for _, inner := range fields(f.Type) {
				inner.index = append([]int{i}, inner.index...)
				all = append(all, inner)
			}
			continue
		}
		key, _, _ := strings.Cut(tag, ",")
		if key != "" && key != "-" && f.IsExported() {
			all = append(all, field{key, []int{i}, parseRules(f.Tag.Get("want"))})
		}
	}
	return all
}

func find(all []field, key string) (field, bool) {
	i := slices.IndexFunc(all, func(f field) bool { return f.key == key })
	if i < 0 {
		return field{}, false
	}
	return all[i], true
}

// setNode stores n in the field with the given tag, if there is one.
func setNode(v reflect.Value, tag string, n *yaml.Node) bool {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Tag.Get("yaml") == tag && f.Type == reflect.TypeFor[*yaml.Node]() {
			v.Field(i).Set(reflect.ValueOf(n))
			return true
		}
		if f.Anonymous && f.Type.Kind() == reflect.Struct && setNode(v.Field(i), tag, n) {
			return true
		}
	}
	return false
}

// parseRules reads a want tag. A rule that does not exist is a mistake of the
// program and panics.
func parseRules(tag string) rules {
	var r rules
	for _, word := range strings.Fields(tag) {
		switch {
		case word == "required":
			r.required = true
		case word == "name":
			r.name = true
		case word == "inf":
			r.infinite = true
		case word == ">0":
			r.above = true
		case word == ">=0":
			r.from = true
		case strings.HasPrefix(word, "oneof="):
			r.oneOf = strings.Split(word[len("oneof="):], "|")
		default:
			panic("strictyaml: no rule is called " + word)
		}
	}
	return r
}

// number says what is wrong with x; "" if nothing is.
func (r rules) number(x float64) string {
	switch {
	case math.IsNaN(x) || math.IsInf(x, 0) && !r.infinite:
		return "must be a finite number"
	case r.above && !(x > 0):
		return fmt.Sprintf("must be greater than 0, not %.10g", x)
	case r.from && x < 0:
		return fmt.Sprintf("must not be negative: %.10g", x)
	case r.oneOf != nil && !slices.Contains(r.oneOf, fmt.Sprint(x)):
		return fmt.Sprintf("must be %s, not %.10g", list(r.oneOf), x)
	}
	return ""
}

// text says what is wrong with s; "" if nothing is.
func (r rules) text(s string) string {
	switch {
	case r.required && s == "":
		return "must not be empty"
	case r.name && !token.IsIdentifier(s):
		return fmt.Sprintf("%q is no name: letters, digits and _ are, without a digit in front, and no word of Go's", s)
	case r.oneOf != nil && !slices.Contains(r.oneOf, s):
		return fmt.Sprintf("must be %s, not %q", list(r.oneOf), s)
	}
	return ""
}
