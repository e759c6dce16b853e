// Package strictyaml decodes YAML into structs with every mistake reported at
// its place in the file.
//
// What may stand in a file is said by the struct that it is decoded into:
//
//	Velocity float64    `yaml:"velocity" want:">0"`
//	Sign     int        `yaml:"sign" want:"oneof=1|-1"`
//	Self     *yaml.Node `yaml:",self"` // the mapping itself, for positions
//	Rest     *yaml.Node `yaml:",rest"` // the keys that no field names
//
// Rules of want, separated by blanks: required, name (a Go identifier, as typed
// at a prompt), >0, >=0, oneof=a|b, inf (infinities are allowed). An embedded
// struct's fields count as one's own. A struct with a method Defaults has it
// called before it is filled in. A time.Duration is a number of seconds or a
// text like "20ms".
package strictyaml

import (
	"reflect"
	"strings"

	"go.yaml.in/yaml/v4"

	"blissh/internal/nearest"
)

// Report decodes the parts of one file and collects the mistakes.
type Report struct {
	file  string
	found Errors
}

// NewReport makes an empty report on a file, named as a user should see it.
func NewReport(file string) *Report { return &Report{file: file} }

// Parse reads src, one YAML document, and returns its root; nil if it is no
// YAML or empty.
func (r *Report) Parse(src []byte) *yaml.Node {
	var doc yaml.Node
	if err := yaml.Load(src, &doc); err != nil {
		r.syntax(err)
		return nil
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) == 0 {
		r.Add(&yaml.Node{Line: 1, Column: 1}, "the file is empty")
		return nil
	}
	return doc.Content[0]
}

// Decode fills in the struct that into points to from a mapping. Keys that it
// has no field for are mistakes; others are names of keys that are known
// elsewhere, for the hint at a misspelt one.
func (r *Report) Decode(n *yaml.Node, into any, others ...string) {
	r.mapping(n, reflect.ValueOf(into).Elem(), others)
}

// Find is the value of a key in a mapping, else the mapping itself: where a
// mistake about that key is to be shown.
func Find(n *yaml.Node, key string) *yaml.Node {
	if v := lookup(n, key); v != nil {
		return v
	}
	return n
}

// Has reports whether a mapping has a key.
func Has(n *yaml.Node, key string) bool { return lookup(n, key) != nil }

func lookup(n *yaml.Node, key string) *yaml.Node {
	if n = resolved(n); n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for _, p := range pairs(n) {
		if p.key.Value == key {
			return p.value
		}
	}
	return nil
}

// Keys are the names that the fields of a struct type have in a file.
func Keys(of any) []string {
	var keys []string
	for _, f := range fields(reflect.Indirect(reflect.ValueOf(of)).Type()) {
		keys = append(keys, f.key)
	}
	return keys
}

// mapping fills in a struct.
func (r *Report) mapping(n *yaml.Node, v reflect.Value, others []string) {
	n = resolved(n)
	if d, ok := v.Addr().Interface().(interface{ Defaults() }); ok {
		d.Defaults()
	}
	setNode(v, ",self", n)
	if n.Kind != yaml.MappingNode {
		r.Add(n, "expected a mapping (key: value), not %s", describe(n))
		return
	}
	known := fields(v.Type())
	rest := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: n.Line, Column: n.Column}
	given := map[string]bool{}
	for _, p := range pairs(n) {
		if given[p.key.Value] {
			r.Add(p.key, "%s is given twice", p.key.Value)
			continue
		}
		given[p.key.Value] = true
		if f, ok := find(known, p.key.Value); ok {
			r.value(p.value, v.FieldByIndex(f.index), f)
			continue
		}
		rest.Content = append(rest.Content, p.key, p.value)
	}
	r.missing(n, known, given)
	if !setNode(v, ",rest", rest) {
		r.unknown(rest, known, others)
	}
}

// missing notes required keys that were not given.
func (r *Report) missing(n *yaml.Node, known []field, given map[string]bool) {
	for _, f := range known {
		if f.rules.required && !given[f.key] {
			r.Add(n, "%s is missing", f.key)
		}
	}
}

// unknown notes the keys of rest.
func (r *Report) unknown(rest *yaml.Node, known []field, others []string) {
	var names []string
	for _, f := range known {
		names = append(names, f.key)
	}
	for i := 0; i < len(rest.Content); i += 2 {
		key := rest.Content[i]
		hint := nearest.Hint(key.Value, append(names[:len(names):len(names)], others...))
		if hint == "" {
			hint = "; expected " + list(names)
		}
		r.Add(key, "unknown key %s%s", key.Value, hint)
	}
}

// list joins names for reading: "a, b or c".
func list(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// pair is one key with its value.
type pair struct{ key, value *yaml.Node }

// pairs are the entries of a mapping, those that it merges (<<) last.
func pairs(n *yaml.Node) []pair { return mergedPairs(n, map[*yaml.Node]bool{}) }

// mergedPairs visits each mapping once: what it says a second time is said
// already, and a circle ends.
func mergedPairs(n *yaml.Node, seen map[*yaml.Node]bool) []pair {
	n = resolved(n)
	if n == nil || seen[n] {
		return nil
	}
	seen[n] = true
	var own, merged []pair
	switch n.Kind {
	case yaml.SequenceNode:
		for _, item := range n.Content {
			merged = append(merged, mergedPairs(item, seen)...)
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			k, v := n.Content[i], n.Content[i+1]
			if k.ShortTag() == "!!merge" {
				merged = append(merged, mergedPairs(v, seen)...)
				continue
			}
			own = append(own, pair{k, v})
		}
	}
	return append(own, without(merged, own)...)
}

// without drops the entries that others have already.
func without(from, others []pair) []pair {
	known := map[string]bool{}
	for _, p := range others {
		known[p.key.Value] = true
	}
	var left []pair
	for _, p := range from {
		if !known[p.key.Value] {
			known[p.key.Value] = true
			left = append(left, p)
		}
	}
	return left
}

// resolved follows an alias to what it stands for.
func resolved(n *yaml.Node) *yaml.Node {
	for n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}
