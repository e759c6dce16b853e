package session

import (
	"context"
	"slices"
	"strings"
	"testing"

	"blissh/device"
)

const groupsConfig = `
controllers:
  - name: meter
    driver: sim
    max_rate: 100
    counters:
      - {name: diode1, kind: flat, value: 1, factor: 2}
      - {name: diode2, kind: flat, value: 2, mode: LAST}
      - {name: other, kind: flat, value: 4}
  - {name: off, driver: sim, disabled: true, counters: [{name: gone, kind: flat}]}
calculated_counters:
  - {name: ratio, formula: diode1/diode2}
  - {name: half, formula: ratio/2}
measurement_groups:
  first: [diode1, diode2, gone]
  second: [other, half]
`

// openWith opens a session of another configuration, once per call: settings
// stay from one to the next.
func openWith(t *testing.T, url, src string) *lab {
	t.Helper()
	o, w := options(t, url, sessionName(t))
	c, err := ParseConfig("lab.yml", []byte("session: "+sessionName(t)+"\n"+src))
	if err != nil {
		t.Fatal(err)
	}
	o.Config = c
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{Session: s, t: t, url: url, warned: w}
	t.Cleanup(l.close)
	return l
}

func (l *lab) counter(name string) *device.Counter {
	l.t.Helper()
	c := l.devices.counter(name)
	if c == nil {
		l.t.Fatalf("no counter %s", name)
	}
	return c
}

func (l *lab) counted(t *testing.T, want ...string) {
	t.Helper()
	list, what := l.DefaultCounters()
	if got := counterNames(list); !slices.Equal(got, want) || what != "measurement group "+l.ActiveGroup().Name() {
		t.Errorf("%s: %v, not %v", what, got, want)
	}
}

func TestMeasurementGroupsAreRemembered(t *testing.T) {
	store := startEmbedded(t)
	l := openWith(t, store.url, groupsConfig)
	l.counted(t, "diode1", "diode2")
	if got := l.Groups()[0].Missing(); !slices.Equal(got, []string{"gone"}) {
		t.Errorf("missing %v", got)
	}
	if err := l.SetActiveGroup("third"); err == nil || err.Error() != "no measurement group is called third" {
		t.Error(err)
	}
	second := l.Groups()[1]
	if err := second.Disable("h*"); err != nil {
		t.Error(err)
	}
	if err := l.SetActiveGroup("second"); err != nil {
		t.Error(err)
	}
	l.counted(t, "other")
	err := second.Disable("other", "diode*")
	if err == nil || err.Error() != `second: no counter matches "diode*"; there is other, half` {
		t.Error(err)
	}
	l.counted(t, "other")
	l.close()

	l = openWith(t, store.url, groupsConfig)
	l.counted(t, "other")
	if got := l.Groups()[1].Disabled(); !slices.Equal(got, []string{"half"}) {
		t.Errorf("disabled %v", got)
	}
	if err := l.Groups()[1].Enable(); err != nil {
		t.Error(err)
	}
	l.counted(t, "other", "half")
	l.close()

	l = openWith(t, store.url, strings.Replace(groupsConfig, "second:", "renamed:", 1))
	l.counted(t, "diode1", "diode2")
	l.close()

	l = openWith(t, store.url, groupsConfig[:strings.Index(groupsConfig, "measurement_groups")])
	if list, what := l.DefaultCounters(); what != "all scalar counters" || len(list) != 5 {
		t.Errorf("%s: %v", what, counterNames(list))
	}
}

func TestCounterSettingsAreRemembered(t *testing.T) {
	store := startEmbedded(t)
	l := openWith(t, store.url, groupsConfig)
	diode1, diode2 := l.counter("diode1"), l.counter("diode2")
	if diode1.Mode() != device.Mean || diode2.Mode() != device.Last || diode1.Conversion() != (device.Conversion{Factor: 2}) {
		t.Errorf("as configured: %v, %v, %v", diode1.Mode(), diode2.Mode(), diode1.Conversion())
	}
	for want, err := range map[string]error{
		`diode1: "FIRST" is no mode; modes are MEAN, STATS, SAMPLES, SINGLE, LAST, INTEGRATE`: l.SetMode(diode1, "FIRST"),
		"ratio has no mode: controller ratio is read once per point":                          l.SetMode(l.counter("ratio"), "STATS"),
		"ratio is calculated: it has no conversion":                                           l.SetConversion(l.counter("ratio"), device.Conversion{Factor: 2}),
	} {
		if err == nil || err.Error() != want {
			t.Errorf("%v\nnot %s", err, want)
		}
	}
	if err := l.SetMode(diode1, "stats"); err != nil {
		t.Error(err)
	}
	if err := l.SetConversion(diode2, device.Conversion{Factor: -1, Offset: 0.5}); err != nil {
		t.Error(err)
	}
	l.close()

	l = openWith(t, store.url, groupsConfig)
	if c := l.counter("diode1"); c.Mode() != device.Stats || c.Conversion().Factor != 2 {
		t.Errorf("%v %v", c.Mode(), c.Conversion())
	}
	if c := l.counter("diode2"); c.Mode() != device.Last || c.Conversion() != (device.Conversion{Factor: -1, Offset: 0.5}) {
		t.Errorf("%v %v", c.Mode(), c.Conversion())
	}
	l.close()

	l = openWith(t, store.url, strings.NewReplacer("    max_rate: 100\n", "", ", mode: LAST", "").Replace(groupsConfig))
	if c := l.counter("diode2"); c.Mode() != "" {
		t.Errorf("mode %v", c.Mode())
	}
	if !strings.Contains(l.warned.String(), "a setting of the last time is left out: diode1 has no mode") {
		t.Error(l.warned)
	}
}

// TestFormulasFollowTheirCounters: one is made of another, and what they need
// that is not there takes them out.
func TestFormulasFollowTheirCounters(t *testing.T) {
	store := startEmbedded(t)
	l := openWith(t, store.url, groupsConfig+"  third: [half]\n")
	sc, err := l.NewScan(planOf(l.counter("half")))
	if err != nil {
		t.Fatal(err)
	}
	if err := sc.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	columns, err := sc.Columns(t.Context())
	if err != nil || columns["ratio"][0] != 1 || columns["half"][0] != 0.5 {
		t.Errorf("%v %v", columns, err)
	}

	c, err := ParseConfig("c.yml", []byte(`
session: s
controllers:
  - {name: k, driver: sim, counters: [{name: a, kind: flat, value: 3}, {name: mca, kind: spectrum}]}
  - {name: off, driver: sim, disabled: true, counters: [{name: b, kind: flat}]}
calculated_counters:
  - {name: fine, formula: a*a}
  - {name: poor, formula: a/b}
  - {name: flat, formula: a + mca}
`))
	if err != nil {
		t.Fatal(err)
	}
	d := BuildDevices(c, device.TimerWait)
	if d.counter("fine") == nil || len(d.Counters) != 3 {
		t.Errorf("%v", counterNames(d.Counters))
	}
	for i, want := range []string{
		"c.yml:8:5: poor: b is not there: disabled in the configuration",
		"c.yml:9:5: flat: formula: mca is no number at each point",
	} {
		if i >= len(d.Problems) || d.Problems[i].Error() != want {
			t.Errorf("%v\nnot %s", d.Problems, want)
		}
	}
}
