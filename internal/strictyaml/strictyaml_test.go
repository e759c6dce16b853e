package strictyaml

import (
	"math"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"
)

// beamline is a file as a user of the package would describe it.
type beamline struct {
	Name  string        `yaml:"name" want:"required name"`
	Wait  time.Duration `yaml:"wait" want:">=0"`
	Hooks []string      `yaml:"hooks"`
	On    bool          `yaml:"on"`
	Axes  []axis        `yaml:"axes"`
	Extra any           `yaml:"extra"`
	Limit *float64      `yaml:"limit"`
}

type axis struct {
	common
	Velocity float64 `yaml:"velocity" want:">0"`
	High     float64 `yaml:"high" want:"inf"`
	Sign     int     `yaml:"sign" want:"oneof=1|-1"`
	Size     uint8   `yaml:"size"`
}

type common struct {
	Name string     `yaml:"name" want:"required"`
	Kind string     `yaml:"kind" want:"oneof=fast|slow"`
	Node *yaml.Node `yaml:",self"`
	Rest *yaml.Node `yaml:",rest"`
}

func (a *axis) Defaults() { a.Sign, a.High = 1, math.Inf(1) }

func decode(src string) (beamline, error) {
	var b beamline
	r := NewReport("b.yml")
	if root := r.Parse([]byte(src)); root != nil {
		r.Decode(root, &b)
	}
	return b, r.Err()
}

func TestDecode(t *testing.T) {
	b, err := decode(`
name: id31
wait: 20ms
hooks: scripts
on: true
limit: 1e9
extra: [1, two]
axes:
  - &a {name: robz, velocity: 2.5, start: 3}
  - {<<: *a, name: roby, sign: -1, high: .inf, kind: slow}
`)
	if err != nil {
		t.Fatal(err)
	}
	z, y := b.Axes[0], b.Axes[1]
	switch {
	case b.Name != "id31" || b.Wait != 20*time.Millisecond || !b.On || *b.Limit != 1e9:
		t.Errorf("scalars: %+v", b)
	case len(b.Hooks) != 1 || b.Hooks[0] != "scripts":
		t.Errorf("one text as a list: %q", b.Hooks)
	case z.Name != "robz" || z.Velocity != 2.5 || z.Sign != 1 || !math.IsInf(z.High, 1):
		t.Errorf("defaults: %+v", z)
	case y.Name != "roby" || y.Velocity != 2.5 || y.Sign != -1 || y.Kind != "slow":
		t.Errorf("merged mapping: %+v", y)
	case Find(y.Rest, "start").Value != "3" || y.Node.Line != 10:
		t.Errorf("rest and position: %v, line %d", y.Rest.Content, y.Node.Line)
	}
}

func TestMistakes(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"unknown key, near", "name: a\nwiat: 1", `b.yml:2:1: unknown key wiat; did you mean wait?`},
		{"unknown key, far", "name: a\nqqq: 1", `b.yml:2:1: unknown key qqq; expected name, wait, hooks, on, axes, extra or limit`},
		{"missing", "on: true", `b.yml:1:1: name is missing`},
		{"twice", "name: a\nname: b", `b.yml:2:1: name is given twice`},
		{"name", "name: 1a", `b.yml:1:7: name "1a" is no name: letters, digits and _ are, without a digit in front, and no word of Go's`},
		{"word of Go", "name: func", `b.yml:1:7: name "func" is no name: letters, digits and _ are, without a digit in front, and no word of Go's`},
		{"empty", "name:", `b.yml:1:6: name must be a text, not nothing`},
		{"time", "name: a\nwait: soon", `b.yml:2:7: wait must be a time: a number of seconds, or a text like "20ms", not the text "soon"`},
		{"negative time", "name: a\nwait: -1s", `b.yml:2:7: wait must not be negative: -1`},
		{"boolean", "name: a\non: 1", `b.yml:2:5: on must be true or false, not 1`},
		{"list", "name: a\naxes: 3", `b.yml:2:7: axes must be a list, not 3`},
		{"mapping", "name: a\naxes: [robz]", `b.yml:2:8: expected a mapping (key: value), not the text "robz"`},
		{"number", "name: a\naxes: [{name: x, velocity: fast}]", `b.yml:2:28: velocity must be a number, not the text "fast"`},
		{"range", "name: a\naxes: [{name: x, velocity: 0}]", `b.yml:2:28: velocity must be greater than 0, not 0`},
		{"infinite", "name: a\naxes: [{name: x, velocity: .inf}]", `b.yml:2:28: velocity must be a finite number`},
		{"not a number", "name: a\naxes: [{name: x, high: .nan}]", `b.yml:2:24: high must be a finite number`},
		{"choice", "name: a\naxes: [{name: x, sign: 2}]", `b.yml:2:24: sign must be 1 or -1, not 2`},
		{"choice of texts", "name: a\naxes: [{name: x, kind: warp}]", `b.yml:2:24: kind must be fast or slow, not "warp"`},
		{"whole", "name: a\naxes: [{name: x, size: 1.5}]", `b.yml:2:24: size must be a whole number of type uint8, not 1.5`},
		{"too large", "name: a\naxes: [{name: x, size: 256}]", `b.yml:2:24: size must be a whole number of type uint8, not 256`},
		{"no YAML", "name: [a", `b.yml:2:1: not YAML: did not find expected`},
		{"two documents", "name: a\n---\nname: b", `b.yml:1:1: not YAML: expected single document, found multiple`},
		{"nothing but a comment", "# soon", `b.yml:1:1: the file is empty`},
		{"no file", "", `b.yml:1:1: the file is empty`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := decode(tt.src)
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestMistakesComeTopToBottom(t *testing.T) {
	_, err := decode("axes:\n  - {velocity: -1}\n  - {name: 5, sign: a}\nname: 1a\n")
	want := []string{"b.yml:2:5: name is missing", "b.yml:2:16: velocity must", "b.yml:3:21: sign must", "b.yml:4:7: name "}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != len(want) {
		t.Fatalf("got %d lines:\n%v", len(lines), err)
	}
	for i, w := range want {
		if !strings.HasPrefix(lines[i], w) {
			t.Errorf("line %d: %s\nwant %s", i, lines[i], w)
		}
	}
}

func TestMergeInACircleEnds(t *testing.T) {
	_, err := decode("name: a\naxes:\n  - &x {name: b, <<: *x}\n")
	if err != nil && !strings.Contains(err.Error(), "b.yml") {
		t.Error(err)
	}
}

func TestUnknownKeyOfADriverKnowsTheCommonKeys(t *testing.T) {
	b, err := decode("name: a\naxes: [{name: x, velocty: 3}]")
	if err != nil {
		t.Fatal(err)
	}
	var options struct {
		Start float64 `yaml:"start"`
	}
	r := NewReport("b.yml")
	r.Decode(b.Axes[0].Rest, &options, Keys(b.Axes[0])...)
	if got, want := r.Err().Error(), "b.yml:2:18: unknown key velocty; did you mean velocity?"; got != want {
		t.Errorf("got %s", got)
	}
}

// FuzzDecode looks for input that panics or hangs.
func FuzzDecode(f *testing.F) {
	f.Add("name: a\naxes: [{name: x, velocity: 1}]")
	f.Add("name: &a {b: *a}\naxes: [*a]")
	f.Add("a: &a {<<: [*a, *a]}")
	f.Fuzz(func(t *testing.T, src string) { decode(src) })
}
