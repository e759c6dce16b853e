package session

import (
	"errors"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"blissh/device/drivers"
	"blissh/internal/strictyaml"
)

// mistakes are the lines that parsing src gives.
func mistakes(t *testing.T, file, src string) []string {
	t.Helper()
	_, err := ParseConfig(file, []byte(src))
	if err == nil {
		return nil
	}
	var all ConfigErrors
	if !errors.As(err, &all) || len(all) == 0 {
		t.Fatalf("not a list of mistakes: %v", err)
	}
	return strings.Split(all.Error(), "\n")
}

func wantMistakes(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got:\n  %s\nwant:\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func TestTenMistakesInOneGo(t *testing.T) {
	wantMistakes(t, mistakes(t, "id31.yml", `
session: id 31
hooks: {folder: scripts}
axes:
  - name: robz
    driver: sim
    velocity: -100
    sign: 3
    stat: 5
  - name: 2theta
    driver: sim
    steps_per_unit: 0
  - driver: sim
    name: epoch
    low: .nan
controllers:
  - name: ct
    driver: sim
    counters:
      - {name: robz, kind: gaus}
`),
		`id31.yml:2:10: session "id 31" is no name: up to 64 letters, digits, _ . and - are`,
		`id31.yml:3:8: hooks must be a list, not a mapping`,
		`id31.yml:7:15: velocity must be greater than 0, not -100`,
		`id31.yml:8:11: sign must be 1 or -1, not 3`,
		`id31.yml:9:5: unknown key stat; did you mean start?`,
		`id31.yml:10:11: name "2theta" is no name: letters, digits and _ are, without a digit in front, and no word of Go's`,
		`id31.yml:12:21: steps_per_unit must not be 0; leave it out when the axis has no steps`,
		`id31.yml:14:11: the name epoch is taken by a data channel of every scan`,
		`id31.yml:15:10: low must be a finite number`,
		`id31.yml:20:16: the name robz is taken by the device in line 5`,
		`id31.yml:20:28: kind must be gauss, linear, flat, diode, temperature, spectrum or image, not "gaus"`,
	)
}

func TestMistakesOfOneKind(t *testing.T) {
	const axis = "session: s\naxes: [{name: a, driver: sim, "
	const controller = "session: s\ncontrollers: [{name: a, driver: sim, "
	tests := []struct{ name, src, want string }{
		{"nothing", "", "c.yml:1:1: the file is empty"},
		{"a list", "[]", "c.yml:1:1: expected a mapping (key: value), not a list"},
		{"no session", "axes: []", "c.yml:1:1: session is missing"},
		{"limits", axis + "low: 2, high: 2}]", "c.yml:2:45: high must be above low, 2; it is 2"},
		{"low above the default high", axis + "low: .inf}]", "c.yml:2:8: high must be above low, +Inf; it is +Inf"},
		{"velocity limits", axis + "velocity_low: 3, velocity_high: 2}]", "c.yml:2:63: velocity_high must not be below velocity_low, 3; it is 2"},
		{"velocity beyond them", axis + "velocity: 5, velocity_high: 2}]", "c.yml:2:41: velocity 5 is not between velocity_low and velocity_high"},
		{"no driver", "session: s\naxes: [{name: a}]", "c.yml:2:8: driver is missing"},
		{"key of another kind of device", axis + "kind: gauss}]", "c.yml:2:31: unknown key kind; expected start, instant, switch_low, switch_high or home"},
		{"no counters", controller + "counters: []}]", "c.yml:2:48: counters must list at least one counter"},
		{"counters forgotten", controller + "}]", "c.yml:2:15: counters is missing"},
		{"no kind", controller + "counters: [{name: b}]}]", "c.yml:2:49: kind is missing"},
		{"calculated from nothing", "session: s\naxes: [{name: a, driver: sim}]\ncalculated_axes: [{name: c, driver: slits, reals: [a, bb], axes: [{name: g, kind: gap}, {name: o, kind: offset}]}]",
			"c.yml:3:55: no axis is called bb; it must stand above"},
		{"two gaps", "session: s\naxes: [{name: a, driver: sim}, {name: b, driver: sim}]\ncalculated_axes: [{name: c, driver: slits, reals: [a, b], axes: [{name: g, kind: gap}, {name: o, kind: gap}]}]",
			"c.yml:3:19: c: a slit has one axis of kind gap and one of kind offset"},
		{"no such geometry", "session: s\naxes: [{name: a, driver: sim}]\ncalculated_axes: [{name: c, driver: sim, reals: [a], axes: [{name: g}]}]",
			"c.yml:3:37: driver sim has no calculated axes"},
		{"a formula of nothing", "session: s\naxes: [{name: a, driver: sim}]\ncalculated_axes: [{name: c, driver: formula, reals: [a], inverse: [{real: a, formula: g}], axes: [{name: g, formula: 2*b}]}]",
			"c.yml:3:19: c: formula of g: b is not known"},
		{"a calculated axis that has its own speed", "session: s\naxes: [{name: a, driver: sim}]\ncalculated_axes: [{name: c, driver: formula, reals: [a], inverse: [{real: a, formula: g}], axes: [{name: g, formula: a, velocity: 3}]}]",
			"c.yml:3:121: unknown key velocity; expected formula"},
		{"a mode that is none", controller + "max_rate: 5, counters: [{name: b, kind: flat, mode: MEDIAN}]}]", `c.yml:2:90: mode must be MEAN, STATS, SAMPLES, SINGLE, LAST or INTEGRATE, not "MEDIAN"`},
		{"a rate of 0", controller + "max_rate: 0, counters: [{name: b, kind: flat}]}]", "c.yml:2:48: max_rate must be greater than 0, not 0"},
		{"a formula with a slip", controller + "counters: [{name: diode1, kind: flat}]}]\ncalculated_counters: [{name: r, formula: diode2/2}]",
			"c.yml:3:42: formula: diode2 is not known; did you mean diode1?"},
		{"a group of strangers", controller + "counters: [{name: b, kind: flat}]}]\nmeasurement_groups: {g: [b, c]}",
			"c.yml:3:29: no counter is called c"},
		{"a group that is none", controller + "counters: [{name: b, kind: flat}]}]\nmeasurement_groups: [b]", "c.yml:3:21: measurement_groups must be a mapping (name: [...]), not a list"},
		{"a group of one name with a counter", controller + "counters: [{name: b, kind: flat}]}]\nmeasurement_groups: {b: [b]}", "c.yml:3:22: the name b is taken by the device in line 2"},
		{"an empty group", controller + "counters: [{name: b, kind: flat}]}]\nmeasurement_groups: {g: []}", "c.yml:3:25: g must be a list of names, not a list"},
		{"a group of axes", "session: s\naxes: [{name: robx, driver: sim}]\naxis_groups: {g: [roby]}", "c.yml:3:19: no axis is called roby; did you mean robx?"},
		{"an encoder", "session: s\naxes: [{name: a, driver: sim, encoder: {tolerance: -1}}]", "c.yml:2:52: tolerance must be greater than 0, not -1"},
		{"aliases as a list", "session: s\naliases: [m, mv]", "c.yml:2:10: aliases must be a mapping such as {omega: robz}"},
		{"alias without a name", "session: s\naliases: {2m: mv}", `c.yml:2:11: alias "2m" is no name: letters, digits and _ are, without a digit in front, and no word of Go's`},
		{"alias of a call", "session: s\naliases: {m: 'mv(robz, 1)'}", "c.yml:2:14: alias m must stand for the name of a device or of a command"},
		{"alias of a list", "session: s\naliases: {m: [mv]}", "c.yml:2:14: alias m must stand for the name of a device or of a command"},
		{"alias that is a device", axis + "start: 0}]\naliases: {a: mv}", "c.yml:3:11: the name a is taken by the device in line 2"},
		{"alias given twice", "session: s\naliases:\n  m: mv\n  m: mvr", "c.yml:4:3: the name m is taken by the alias in line 3"},
		{"alias of a data channel", "session: s\naliases: {epoch: mv}", "c.yml:2:11: the name epoch is taken by a data channel of every scan"},
		{"alias of an alias", "session: s\naliases: {m: mv, go2: m}", "c.yml:2:23: m is an alias itself; write go2: mv"},
		{"two controllers of one name", "session: s\ncontrollers: [{name: a, driver: sim, counters: [{name: b, kind: flat}]}, {name: a, driver: sim, counters: [{name: c, kind: flat}]}]",
			"c.yml:2:81: the name a is taken by the device in line 2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { wantMistakes(t, mistakes(t, "c.yml", tt.src), tt.want) })
	}
}

func TestConfigDefaultsAndPaths(t *testing.T) {
	c, err := ParseConfig("conf/id31.yml", []byte(`
session: id31
hooks: [scripts, /opt/hooks]
setup: setup.go
axes:
  - {name: m0, driver: sim}
  - {name: m1, driver: sim, low: -5, sign: -1, offset: 2}
`))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"conf/scripts", "/opt/hooks"}; !slices.Equal(c.Hooks, want) || c.Setup != "conf/setup.go" {
		t.Errorf("paths: %q %q", c.Hooks, c.Setup)
	}
	m0, m1 := c.Axes[0].Device(), c.Axes[1].Device()
	if !math.IsInf(m0.Low, -1) || !math.IsInf(m0.High, 1) || m0.Sign != 1 {
		t.Errorf("m0: %+v", m0)
	}
	if m1.Low != -5 || !math.IsInf(m1.High, 1) || m1.Sign != -1 || m1.Offset != 2 {
		t.Errorf("m1: %+v", m1)
	}
}

func TestDecodeReportsPlaces(t *testing.T) {
	c, err := ParseConfig("c.yml", []byte("session: s\naxes:\n  - name: m0\n    driver: sim\n    start: 5\n"))
	if err != nil {
		t.Fatal(err)
	}
	var other struct {
		Host string `yaml:"host" want:"required"`
	}
	err = c.Axes[0].Decode(&other)
	wantMistakes(t, strings.Split(err.Error(), "\n"),
		"c.yml:3:5: host is missing", "c.yml:5:5: unknown key start; expected host")
	problem := c.Axes[0].Problem(errors.New("no answer"))
	wantMistakes(t, []string{problem.Error()}, "c.yml:3:5: m0: no answer")
}

func TestDemoIsTheDocumentedBeamline(t *testing.T) {
	c, err := DemoConfig()
	if err != nil {
		t.Fatal(err)
	}
	var axes, counters []string
	for _, a := range c.Axes {
		axes = append(axes, a.Name)
		if strings.HasPrefix(a.Name, "slit_") {
			continue
		}
		if a.StepsPerUnit != 10000 || a.Velocity != 100 || a.Acceleration != 300 || a.Low != -1000 || a.High != 1e9 || a.Unit != "mm" {
			t.Errorf("%+v", a.Device())
		}
	}
	for _, k := range c.Controllers {
		counters = append(counters, k.names()...)
	}
	for _, name := range []string{"robx", "roby", "robz"} {
		if !slices.Contains(axes, name) {
			t.Errorf("no axis %s in %q", name, axes)
		}
	}
	for _, name := range []string{"sim_ct_gauss", "sim_ct_gauss_noise", "diode1", "mca", "image", "temperature"} {
		if !slices.Contains(counters, name) {
			t.Errorf("no counter %s in %q", name, counters)
		}
	}
	if c.Name != "demo_session" {
		t.Errorf("session %s", c.Name)
	}
}

// docs is the page that describes the file.
func docs(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

// blocks are the code blocks of a page that are fenced as lang.
func blocks(page, lang string) []string {
	var all []string
	for _, part := range strings.Split(page, "\n```"+lang+"\n")[1:] {
		code, _, _ := strings.Cut(part, "\n```")
		all = append(all, code)
	}
	return all
}

func TestExampleOfTheManual(t *testing.T) {
	c, err := ParseConfig("id31.yml", []byte(blocks(docs(t), "yaml")[0]))
	if err != nil {
		t.Fatal(err)
	}
	d := BuildDevices(c, nil)
	if len(d.Problems) > 0 || len(d.Axes) != 6 || len(d.Counters) != 5 {
		t.Errorf("%v, %d axes, %d counters", d.Problems, len(d.Axes), len(d.Counters))
	}
	if d.Disabled["robu"] != "disabled in the configuration" {
		t.Errorf("disabled: %v", d.Disabled)
	}
}

func TestMistakesOfTheManual(t *testing.T) {
	page := docs(t)
	_, answer, _ := strings.Cut(page, "\ngives\n")
	want := strings.Split(blocks(answer, "")[0], "\n")
	wantMistakes(t, mistakes(t, "id31.yml", blocks(page, "yaml")[1]), want...)
}

func TestManualNamesEveryKey(t *testing.T) {
	page := docs(t)
	known := []any{Config{}, AxisConfig{}, ControllerConfig{}, CounterConfig{}, EncoderConfig{}, CalculatedConfig{}, CalculatedAxisConfig{}, FormulaConfig{}}
	for _, d := range drivers.All() {
		for _, options := range []func() any{d.AxisOptions, d.ControllerOptions, d.CounterOptions, d.GeometryOptions, d.CalculatedAxisOptions} {
			if options != nil {
				known = append(known, options())
			}
		}
	}
	for _, of := range known {
		for _, key := range strictyaml.Keys(of) {
			if !strings.Contains(page, "`"+key+"`") {
				t.Errorf("%T: key %s is not in docs/configuration.md", of, key)
			}
		}
	}
}
