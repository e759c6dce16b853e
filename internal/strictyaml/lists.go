package strictyaml

import (
	"go/token"
	"reflect"

	"go.yaml.in/yaml/v4"
)

// Lists are lists of names that have a name themselves: {name: [a, b], ...}.
type Lists []List

// List is one of them, with the places in the file.
type List struct {
	Name  string
	Items []Item
	Node  *yaml.Node // of the name
}

// Item is one name in a List.
type Item struct {
	Name string
	Node *yaml.Node
}

// Names are those of the items.
func (l List) Names() []string {
	var names []string
	for _, i := range l.Items {
		names = append(names, i.Name)
	}
	return names
}

// lists fills in named lists.
func (r *Report) lists(n *yaml.Node, v reflect.Value, f field) {
	if n.Kind != yaml.MappingNode {
		r.expected(n, f, "a mapping (name: [...])")
		return
	}
	var all Lists
	for _, p := range pairs(n) {
		if !token.IsIdentifier(p.key.Value) {
			r.Add(p.key, "name %s", rules{name: true}.text(p.key.Value))
			continue
		}
		all = append(all, List{Name: p.key.Value, Node: p.key, Items: r.items(resolved(p.value), p.key.Value)})
	}
	v.Set(reflect.ValueOf(all))
}

// items reads a list of names that is not empty.
func (r *Report) items(n *yaml.Node, name string) (items []Item) {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		r.Add(n, "%s must be a list of names, not %s", name, describe(n))
		return nil
	}
	for _, c := range n.Content {
		c = resolved(c)
		if c.Kind != yaml.ScalarNode {
			r.Add(c, "%s must be a list of names; this is %s", name, describe(c))
			continue
		}
		items = append(items, Item{c.Value, c})
	}
	return items
}
