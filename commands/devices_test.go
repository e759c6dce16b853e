package commands

import (
	"strings"
	"testing"

	"blissh/device"

	"blissh/internal/soak"
)

// devicesConfig is the lab with a slit, a meter that samples, and groups.
const devicesConfig = labConfig + `
  - name: meter
    driver: sim
    max_rate: 1000
    counters:
      - {name: volt, kind: flat, value: 10, unit: V}
      - {name: amp, kind: flat, value: 2, unit: A}
calculated_axes:
  - name: slit
    driver: slits
    reals: [up, down]
    axes: [{name: vg, kind: gap, unit: mm, low: 0, high: 20}, {name: vo, kind: offset, unit: mm}]
calculated_counters:
  - {name: watt, formula: volt*amp, unit: W}
measurement_groups:
  small: [ramp, one]
  meters: [volt, amp, watt]
axis_groups:
  table: [m, th]
`

// blades stand among the axes of the lab.
const blades = `  - &blade {name: up, driver: sim, unit: mm, instant: true, low: -10, high: 10, switch_low: -12, switch_high: 12, home: 0.5, encoder: {tolerance: 0.01}}
  - {<<: *blade, name: down}
controllers:
`

func newDevices(t *testing.T) *bench {
	t.Helper()
	return newBenchOf(t, strings.Replace(devicesConfig, "controllers:\n", blades, 1))
}

func (b *bench) group(name string) *MeasurementGroup {
	b.t.Helper()
	g, ok := b.Names()[name].Interface().(*MeasurementGroup)
	if !ok {
		b.t.Fatalf("no measurement group %s", name)
	}
	return g
}

func TestMeasurementGroupsAtThePrompt(t *testing.T) {
	t.Parallel()
	b := newDevices(t)
	b.prints("lsmg()", func() { b.lsmg() }, `
     group   counters         disabled
  *  small   ramp, one
     meters  volt, amp, watt
`)
	b.prints("ct(0)", func() { b.ct(0) }, `
counting ramp, one (measurement group small)
  ramp  =  1    counts
  one   =  1.5
`)
	b.prints("ct(0, meters)", func() { b.ct(0, b.group("meters")) }, `
  volt  =  10  V
  amp   =   2  A
  watt  =  20  W
`)
	b.prints("ct(0, meters, one)", func() { b.ct(0, b.counter("one"), b.group("meters"), b.group("small")) }, `
  one   =   1.5
  volt  =  10    V
  amp   =   2    A
  ramp  =   1    counts
  watt  =  20    W
`)
	b.prints("disable", func() { b.group("meters").Disable("w*", b.counter("amp")) }, "meters counts volt\n")
	b.prints("set_active", func() { b.group("meters").SetActive() }, "active measurement group: meters (volt)\n")
	b.prints("lsmg()", func() { b.lsmg() }, `
     group   counters   disabled
     small   ramp, one
  *  meters  volt       amp, watt
`)
	b.prints("loopscan", func() { b.loopscan(1, 0) }, `
counting volt (measurement group meters)
Scan 4  loopscan 1 0   DATE   TestMeasurementGroupsAtThePrompt   NOT SAVED
 takes at least 0:00:00   1 point x 3 data channels, 4.2 kB   stop: Ctrl-C, twice: now
       #/1       dt[s]       volt[V]
       1/1      0.0000       10.0000
 done at 1/1
 took TIME
`)
	if got := show(b.activeGroup("small")); got != "measurement group small: ramp, one" {
		t.Error(got)
	}
	if got := show(b.group("meters")); got != "measurement group meters: volt; disabled: amp, watt" {
		t.Error(got)
	}
	b.prints("enable", func() { b.group("meters").Enable() }, "meters counts volt, amp, watt\n")
	b.fails("active_group: no measurement group is called meter; did you mean meters?; there is small, meters", func() { b.activeGroup("meter") })
	b.fails("active_group: argument 1 (group): a measurement group or its name expected, got 3; usage: active_group() or active_group(group)", func() { b.activeGroup(3) })
	b.fails(`meters: no counter matches "x*"; there is volt, amp, watt`, func() { b.group("meters").Disable("x*") })
}

func TestCounterSettingsAtThePrompt(t *testing.T) {
	t.Parallel()
	b := newDevices(t)
	volt := b.counter("volt")
	if got := show(volt); got != "counter volt in V, a number, of controller meter, mode MEAN, at most 1000 samples/s" {
		t.Error(got)
	}
	b.prints("mode", func() { volt.SetMode("stats") }, "volt: mode changed from MEAN to STATS\n")
	b.prints("factor", func() { volt.SetFactor(2) }, "volt: value = 2 x reading + 0\n")
	b.prints("offset", func() { volt.SetOffset(-0.5) }, "volt: value = 2 x reading - 0.5\n")
	if soak.Race {
		return // which is too slow for a sample every ms
	}
	b.prints("ct", func() { b.ct(.003, volt) }, `
  volt      =  19.5  V
  volt_n    =   N        (N /s)
  volt_std  =   0    V
  volt_var  =   0    V²
  volt_min  =  19.5  V
  volt_max  =  19.5  V
  volt_p2v  =   0    V
`)
	if volt.Mode() != "STATS" || volt.Factor() != 2 || volt.Offset() != -0.5 {
		t.Errorf("%v %v %v", volt.Mode(), volt.Factor(), volt.Offset())
	}
	b.fails(`volt: "MED" is no mode; modes are MEAN, STATS, SAMPLES, SINGLE, LAST, INTEGRATE`, func() { volt.SetMode("MED") })
	b.fails("ramp has no mode: controller c is read once per point", func() { b.counter("ramp").SetMode("MEAN") })
	b.fails("mca is 1-dimensional: it has no conversion", func() { b.counter("mca").SetFactor(2) })
	b.fails("watt is calculated: it has no conversion", func() { b.counter("watt").SetOffset(2) })

	ratio := b.calcCounter("ratio", func(v []float64) float64 { return v[0] / v[1] }, b.counter("ramp"), b.counter("one"))
	b.prints("ct(ratio)", func() { b.ct(0, ratio) }, `
  ramp   =  1             counts
  one    =  1.5
  ratio  =  0.6666666667
`)
	bad := b.calcCounter("bad", func(v []float64) float64 { return v[7] }, b.counter("one"))
	b.fails("ct: point 0: counter bad: its function failed: runtime error: index out of range [7] with length 1", func() { b.ct(0, bad) })
	b.fails("calc_counter: argument 2 (function): a function such as func(v []float64) float64 { return v[0] / v[1] } expected, got the counter one; usage: calc_counter(name, function, counters...)",
		func() { b.calcCounter("x", b.counter("one")) })
}

func TestACalculatedAxisAtThePrompt(t *testing.T) {
	t.Parallel()
	b := newDevices(t)
	b.prints("mv", func() { b.mv(b.axis("vg"), 4, b.axis("vo"), 1) }, `
moving vg from 0 to 4 mm
moving vo from 0 to 1 mm
`)
	b.prints("wm", func() { b.wm(b.axis("vg"), b.axis("vo"), b.axis("up"), b.axis("down")) }, `
             vg[mm]  vo[mm]  up[mm]  down[mm]
  user high      20    none      10        10
  user       4.0000  1.0000  3.0000   -1.0000
  user low        0    none     -10       -10
  offset     0.0000  0.0000  0.0000    0.0000
  dial high      20    none      10        10
  dial       4.0000  1.0000  3.0000   -1.0000
  dial low        0    none     -10       -10
`)
	b.fails("mv: vg: vo: up: 11 mm is beyond the high limit 10 mm", func() { b.mv(b.axis("vg"), 20, b.axis("vo"), 1) })
	b.fails("mv: vg: 21 mm is beyond the high limit 20 mm", func() { b.mv(b.axis("vg"), 21) })
	b.fails("mv: vg and up cannot move together: both move up", func() { b.mv(b.axis("vg"), 2, b.axis("up"), 1) })
	b.fails("vg is calculated: velocity, acceleration and backlash are those of up, down", func() { b.axis("vg").SetVelocity(3) })
	table := strings.Split(take(b, func() { b.ascan(b.axis("vo"), 0, 1, 1, 0, b.counter("one")) }), "\n")
	for i, want := range map[int]string{
		2: "#/2 vo[mm] up[mm] down[mm] up_encoder[mm] down_encoder[mm] dt[s] one",
		4: "2/2 1.0000 3.0000 -1.0000 3.0000 -1.0000 dt 1.5",
	} {
		words := strings.Fields(table[i])
		if i == 4 {
			words[6] = "dt"
		}
		if got := strings.Join(words, " "); got != want {
			t.Errorf("row %d is %s, not %s", i, got, want)
		}
	}
	if text := Show([]any{b.axis("vg")}); !strings.Contains(text, "\n  calculated    from up, down, which have the speeds\n") || strings.Contains(text, "velocity") {
		t.Error(text)
	}
	b.fails("ascan: point 1: vo: up: 12 mm is beyond the high limit 10 mm", func() { b.ascan(b.axis("vo"), 0, 10, 1, 0, b.counter("one")) })
}

func TestAxisGroupsAtThePrompt(t *testing.T) {
	t.Parallel()
	b := newDevices(t)
	table, ok := b.Names()["table"].Interface().(*AxisGroup)
	if !ok {
		t.Fatal("no axis group")
	}
	b.prints("move", func() { table.Move(1, 5) }, "moving m from 0 to 1 mm\nmoving th from 10.5 to 5 deg\n")
	b.prints("rmove", func() { table.Rmove(b.axis("m"), 0.5) }, "moving m from 1 to 1.5 mm\n")
	if got := show(table.Position()); got != "[1.5 5]" || table.State() != "READY" {
		t.Errorf("%s %s", got, table.State())
	}
	b.fails("move: move of 2 positions (m, th) expected, got 1", func() { table.Move(1) })
	b.fails("move: slow is no axis of the group (m, th)", func() { table.Move(b.axis("slow"), 1) })
	b.fails("mv: m: 101 mm is beyond the high limit 100 mm", func() { table.Move(101, 5) })
	if got := show(b.axisGroup(b.axis("m"), b.axis("slow"))); got != "axis group: m, slow" {
		t.Error(got)
	}
	b.fails("axis_group: vg and up cannot move together: both move up", func() { b.axisGroup(b.axis("vg"), b.axis("up")) })
	b.axis("th").dev.Motor().(interface{ Break(bool) }).Break(true)
	if table.State() != "FAULT" {
		t.Errorf("state %s", table.State())
	}
	b.fails("mv: th is FAULT at 5 deg (th is at 5 deg)", func() { table.Move(b.axis("th"), 6) })
}

func TestSearchesAtThePrompt(t *testing.T) {
	t.Parallel()
	b := newDevices(t)
	up := b.axis("up")
	b.prints("hw_limit", func() { up.HwLimit(1) }, "up looks for its limit switch\nup is at 12 mm, READY|LIMPOS\n")
	b.prints("home", func() { up.Home() }, "up looks for its reference\nup is at 0.5 mm, READY|HOME\n")
	b.fails("up: home: direction 1 or -1 expected, got 3", func() { up.Home(3) })
	b.fails("m: search for the limit switch: there is no limit switch at that end (m is at 0 mm)", func() { b.axis("m").HwLimit(1) })
	b.simFault(up, "slip", 0.2)
	if got := up.EncoderPosition(); got != 0.7 {
		t.Errorf("encoder at %v", got)
	}
	b.fails("mv: up did not reach its position: the encoder is at 1.2 mm, 1 mm was asked (tolerance 0.01 mm) (up is at 1 mm)", func() { b.mv(up, 1) })
	b.prints("home", func() { up.Home(-1) }, "up looks for its reference\nup is at 0.5 mm, READY|HOME\n")
	b.prints("mv", func() { b.mv(up, 1) }, "moving up from 0.5 to 1 mm\n")
}

// TestADeviceFailsOnCommandAtEveryStage is what a user types to see what
// happens then.
func TestADeviceFailsOnCommandAtEveryStage(t *testing.T) {
	t.Parallel()
	b := newDevices(t)
	m, one, volt := b.axis("m"), b.counter("one"), b.counter("volt")
	scan := func() { b.ascan(m, 0, 2, 2, 0, one, volt) }
	for _, c := range []struct {
		device any
		args   []any
		want   string
	}{
		{one, []any{"prepare", "fail"}, "ascan: c: prepare: simulated fault"},
		{m, []any{"move", "fail", Option{"after", 1}}, "ascan: point 2: m: start: simulated fault"},
		{volt, []any{"trigger", "fail", 1}, "ascan: point 1: meter: trigger: simulated fault"},
		{one, []any{"read", "fail", 2}, "ascan: point 2: c: read: simulated fault"},
		{volt, []any{"read", "fail"}, "ascan: point 0: meter: read: simulated fault"},
		{one, []any{"read", "panic"}, "ascan: point 0: c: read: panic: simulated panic"},
		{one, []any{"stop", "fail"}, "ascan: c: stop: simulated fault"},
		{m, []any{"break"}, "ascan: point 0: m is FAULT at 2 mm"},
	} {
		b.simFault(append([]any{c.device}, c.args...)...)
		b.fails(c.want, scan)
	}
	b.simFault(m, "repair")
	b.prints("mv", func() { b.mv(m, 1) }, "moving m from 2 to 1 mm\n")
	if m.dev.IsMoving() || m.State() != State(device.Ready.String()) {
		t.Errorf("m is %s", m.State())
	}
	b.fails(`sim_fault: argument 2 (call): move, stop, read, encoder or clear expected, got "prepare"; usage: sim_fault(device, call, kind) or sim_fault(device, "clear")`,
		func() { b.simFault(m, "prepare", "fail") })
	b.fails("sim_fault: after is for fail and hang, not for slow", func() { b.simFault(m, "read", "slow", 3) })
	if text := take(b, func() { b.lscnt() }); !strings.Contains(text, "up_encoder") {
		t.Errorf("lscnt prints\n%s", text)
	}
}
