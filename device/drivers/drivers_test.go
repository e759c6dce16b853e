package drivers_test

import (
	"fmt"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"blissh/device"
	"blissh/device/drivers"
)

// from decodes a piece of YAML, as the session does.
func from(src string) func(any) error {
	return func(into any) error { return yaml.Unmarshal([]byte(src), into) }
}

func TestDriversAreFoundByName(t *testing.T) {
	for _, d := range drivers.All() {
		if got, err := drivers.Find(d.Name); err != nil || got.Name != d.Name || d.Doc == "" {
			t.Errorf("%s: %v", d.Name, err)
		}
	}
	if _, err := drivers.Find("simm"); err == nil || !strings.HasPrefix(err.Error(), `no driver "simm"; there is sim`) {
		t.Error(err)
	}
}

func TestASimulatedAxisFromItsConfiguration(t *testing.T) {
	d, _ := drivers.Find("sim")
	a, err := d.NewAxis(device.Config{Name: "robz", Unit: "mm", Velocity: 100, Acceleration: 300}, drivers.Options{Decode: from("start: 3\ninstant: true")})
	if err != nil {
		t.Fatal(err)
	}
	if at, _ := a.Position(t.Context()); at != 3 || a.Address() != "sim://robz" || a.MoveTime(0, 100) != 0 {
		t.Errorf("%s at %v needs %v", a.Address(), at, a.MoveTime(0, 100))
	}
	if _, err := d.NewAxis(device.Config{Name: "robz"}, drivers.Options{Decode: from("start: here")}); err == nil {
		t.Error("a start of no number was accepted")
	}
}

func TestSimulatedCountersFromTheirConfiguration(t *testing.T) {
	d, _ := drivers.Find("sim")
	config := drivers.Controller{Name: "card"}
	for name, src := range map[string]string{
		"g": "{kind: gauss, center: -1, sigma: 0.6667, noise: 0.1}", "l": "{kind: linear, slope: 2}", "f": "{kind: flat, value: 3}",
		"d": "kind: diode", "t": "kind: temperature", "s": "{kind: spectrum, size: 16}", "i": "{kind: image, rows: 3, columns: 4}",
	} {
		config.Counters = append(config.Counters, drivers.Counter{Name: name, Unit: "u", Format: "%.2f", Decode: from(src)})
	}
	counters, err := d.NewCounters(config, drivers.Options{Seed: 1})
	if err != nil || len(counters) != 7 {
		t.Fatal(counters, err)
	}
	for i, c := range counters {
		if c.Name != config.Counters[i].Name || c.Controller.Name() != "card" || c.Format != "%.2f" {
			t.Errorf("%+v", c)
		}
		if c.Name == "i" && (len(c.Shape) != 2 || c.Shape[1] != 4) {
			t.Errorf("shape %v", c.Shape)
		}
	}
}

func TestMistakesInACountersConfigurationAreNamed(t *testing.T) {
	d, _ := drivers.Find("sim")
	for src, want := range map[string]string{
		"kind: gaus":  `counter c: kind "gaus" is none of gauss, linear, flat, diode, temperature, spectrum, image`,
		"kind: gauss": "counter c: sigma must be above 0",
	} {
		_, err := d.NewCounters(drivers.Controller{Name: "card", Counters: []drivers.Counter{{Name: "c", Decode: from(src)}}}, drivers.Options{})
		if err == nil || err.Error() != want {
			t.Error(err)
		}
	}
}

func TestSamplingControllersFromTheirConfiguration(t *testing.T) {
	d, _ := drivers.Find("sim")
	counters := []drivers.Counter{{Name: "v", Decode: from("{kind: flat, value: 3}")}}
	list, err := d.NewCounters(drivers.Controller{Name: "meter", Counters: counters}, drivers.Options{Decode: from("max_rate: 20")})
	if err != nil {
		t.Fatal(err)
	}
	s, ok := list[0].Controller.(*device.Sampling)
	if !ok || s.MaxRate() != 20 || list[0].Mode() != device.Mean || s.Name() != "meter" {
		t.Errorf("%T %v", list[0].Controller, list[0].Mode())
	}
	for want, c := range map[string]struct{ controller, counter string }{
		"a controller with max_rate samples: it can be neither integrating nor master": {"{max_rate: 20, integrating: true}", "{kind: flat}"},
		"counter v: a controller with max_rate has numbers only, no spectra or images": {"max_rate: 20", "{kind: spectrum}"},
	} {
		counters[0].Decode = from(c.counter)
		if _, err := d.NewCounters(drivers.Controller{Name: "meter", Counters: counters}, drivers.Options{Decode: from(c.controller)}); err == nil || err.Error() != want {
			t.Errorf("%v, not %s", err, want)
		}
	}
}

func TestGeometriesFromTheirConfiguration(t *testing.T) {
	for _, c := range []struct {
		driver, options string
		reals           []string
		axes            map[string]string
		want            string // the error, or what Forward makes of 3, 1, ...
	}{
		{"slits", "{blades: outward}", []string{"a", "b"}, map[string]string{"g": "kind: gap", "o": "kind: offset"}, "[4 1]"},
		{"slits", "{}", []string{"a", "b"}, map[string]string{"g": "kind: gap", "o": "kind: offset"}, "[2 2]"},
		{"slits", "{}", []string{"a"}, map[string]string{"g": "kind: gap", "o": "kind: offset"}, "a slit has two blades, not 1"},
		{"slits", "{}", []string{"a", "b"}, map[string]string{"g": "kind: gap"}, "a slit has one axis of kind gap and one of kind offset"},
		{"formula", "inverse: [{real: a, formula: sqrt(x)}]", []string{"a"}, map[string]string{"x": "formula: a*a"}, "[9]"},
		{"formula", "inverse: [{real: b, formula: x}]", []string{"a"}, map[string]string{"x": "formula: a"}, "inverse has no formula for a"},
		{"formula", "inverse: [{real: a, formula: y}]", []string{"a"}, map[string]string{"x": "formula: a"}, "formula of a: y is not known"},
		{"formula", "inverse: [{real: a, formula: x}]", []string{"a"}, map[string]string{"x": "formula: 1/(a-3)"}, "there is no position of x for [3]"},
	} {
		d, _ := drivers.Find(c.driver)
		config := drivers.Calculated{Name: "set", Reals: c.reals}
		for _, name := range []string{"g", "o", "x"} {
			if src, ok := c.axes[name]; ok {
				config.Axes = append(config.Axes, drivers.CalculatedAxis{Name: name, Decode: from(src)})
			}
		}
		g, err := d.NewGeometry(config, drivers.Options{Decode: from(c.options)})
		got := ""
		if err == nil {
			var at []float64
			at, err = g.Forward([]float64{3, 1}[:len(c.reals)])
			got = fmt.Sprint(at)
		}
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s %s: %s, not %s", c.driver, c.options, got, c.want)
		}
	}
}
