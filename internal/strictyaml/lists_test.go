package strictyaml

import (
	"slices"
	"strings"
	"testing"
)

func TestNamedLists(t *testing.T) {
	var into struct {
		Groups Lists `yaml:"groups"`
	}
	r := NewReport("f.yml")
	r.Decode(r.Parse([]byte("groups:\n  one: [a, b]\n  two: [b]\n")), &into)
	if err := r.Err(); err != nil || len(into.Groups) != 2 || into.Groups[0].Name != "one" || !slices.Equal(into.Groups[0].Names(), []string{"a", "b"}) {
		t.Errorf("%+v %v", into, err)
	}
	if at := into.Groups[1].Items[0].Node; at.Line != 3 || at.Column != 9 {
		t.Errorf("at %d:%d", at.Line, at.Column)
	}
	for src, want := range map[string]string{
		"groups: [a]":           "f.yml:1:9: groups must be a mapping (name: [...]), not a list",
		"groups: {2a: [b]}":     `f.yml:1:10: name "2a" is no name: letters, digits and _ are, without a digit in front, and no word of Go's`,
		"groups: {a: b}":        `f.yml:1:13: a must be a list of names, not the text "b"`,
		"groups: {a: [b, [c]]}": "f.yml:1:17: a must be a list of names; this is a list",
	} {
		r := NewReport("f.yml")
		r.Decode(r.Parse([]byte(src)), &into)
		if err := r.Err(); err == nil || strings.TrimSpace(err.Error()) != want {
			t.Errorf("%s: %v\nnot %s", src, err, want)
		}
	}
}
