package strictyaml

import (
	"fmt"
	"reflect"
	"strconv"
	"time"

	"go.yaml.in/yaml/v4"
)

// value fills in one field; what a value is called in messages is its key.
func (r *Report) value(n *yaml.Node, v reflect.Value, f field) {
	n = resolved(n)
	switch v.Type() {
	case reflect.TypeFor[time.Duration]():
		r.duration(n, v, f)
		return
	case reflect.TypeFor[Lists]():
		r.lists(n, v, f)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		r.pointer(n, v, f)
	case reflect.Struct:
		r.mapping(n, v, nil)
	case reflect.Slice:
		r.slice(n, v, f)
	case reflect.String:
		r.text(n, v, f)
	case reflect.Bool:
		r.bool(n, v, f)
	case reflect.Float64, reflect.Float32:
		r.number(n, f, v.SetFloat)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		r.whole(n, v, f)
	default:
		r.other(n, v, f)
	}
}

// pointer is for values that may be left out.
func (r *Report) pointer(n *yaml.Node, v reflect.Value, f field) {
	if v.Type() == reflect.TypeFor[*yaml.Node]() {
		v.Set(reflect.ValueOf(n))
		return
	}
	v.Set(reflect.New(v.Type().Elem()))
	r.value(n, v.Elem(), f)
}

// slice also takes a single text where a list of texts is wanted.
func (r *Report) slice(n *yaml.Node, v reflect.Value, f field) {
	items := n.Content
	switch {
	case n.Kind == yaml.SequenceNode:
	case n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null":
		return
	case n.Kind == yaml.ScalarNode && v.Type().Elem().Kind() == reflect.String:
		items = []*yaml.Node{n}
	default:
		r.expected(n, f, "a list")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(items), len(items)))
	for i, item := range items {
		r.value(item, v.Index(i), f)
	}
}

func (r *Report) text(n *yaml.Node, v reflect.Value, f field) {
	if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" || n.ShortTag() == "!!bool" {
		r.expected(n, f, "a text")
		return
	}
	if wrong := f.rules.text(n.Value); wrong != "" {
		r.Add(n, "%s %s", f.key, wrong)
		return
	}
	v.SetString(n.Value)
}

func (r *Report) bool(n *yaml.Node, v reflect.Value, f field) {
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!bool" {
		r.expected(n, f, "true or false")
		return
	}
	var b bool
	if err := n.Decode(&b); err != nil {
		r.expected(n, f, "true or false")
		return
	}
	v.SetBool(b)
}

// number hands a number that satisfies the rules to set.
func (r *Report) number(n *yaml.Node, f field, set func(float64)) {
	x, ok := float(n)
	if !ok {
		r.expected(n, f, "a number")
		return
	}
	if wrong := f.rules.number(x); wrong != "" {
		r.Add(n, "%s %s", f.key, wrong)
		return
	}
	set(x)
}

// whole fills in an integer.
func (r *Report) whole(n *yaml.Node, v reflect.Value, f field) {
	r.number(n, f, func(x float64) {
		p := reflect.New(v.Type())
		if err := n.Decode(p.Interface()); err != nil || n.ShortTag() != "!!int" {
			r.Add(n, "%s must be a whole number of type %s, not %s", f.key, v.Type(), n.Value)
			return
		}
		v.Set(p.Elem())
	})
}

// duration takes seconds, or a text with a unit.
func (r *Report) duration(n *yaml.Node, v reflect.Value, f field) {
	d, err := time.ParseDuration(n.Value)
	if _, ok := float(n); !ok && (n.Kind != yaml.ScalarNode || err != nil) {
		r.expected(n, f, `a time: a number of seconds, or a text like "20ms"`)
		return
	}
	if err == nil {
		if wrong := f.rules.number(d.Seconds()); wrong != "" {
			r.Add(n, "%s %s", f.key, wrong)
			return
		}
		v.SetInt(int64(d))
		return
	}
	r.number(n, f, func(s float64) { v.SetInt(int64(s * float64(time.Second))) })
}

// other leaves a type without rules to the YAML library.
func (r *Report) other(n *yaml.Node, v reflect.Value, f field) {
	if err := n.Decode(v.Addr().Interface()); err != nil {
		r.expected(n, f, "a value of type "+v.Type().String())
	}
}

// float reads a YAML number.
func float(n *yaml.Node) (float64, bool) {
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!int" && n.ShortTag() != "!!float" {
		return 0, false
	}
	var x float64
	if err := n.Decode(&x); err != nil {
		return 0, false
	}
	return x, true
}

// expected notes a value of the wrong type.
func (r *Report) expected(n *yaml.Node, f field, what string) {
	r.Add(n, "%s must be %s, not %s", f.key, what, describe(n))
}

// describe names what stands at a node.
func describe(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.ShortTag() == "!!null":
		return "nothing"
	case n.ShortTag() == "!!str":
		return "the text " + strconv.Quote(n.Value)
	}
	return fmt.Sprint(n.Value)
}
