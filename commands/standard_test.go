package commands

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"blissh/data"
)

// gridConfig has five axes that need no time, one with backlash, and a counter
// that is 1 + 2 x of the first scanned axis.
const gridConfig = `session: SESSION
axes:
  - &axis {name: x, driver: sim, address: sim://x, unit: mm, instant: true, steps_per_unit: 10000, low: -10, high: 10, velocity: 10, acceleration: 100}
  - {<<: *axis, name: y, address: sim://y}
  - {<<: *axis, name: z, address: sim://z}
  - {<<: *axis, name: v, address: sim://v}
  - {<<: *axis, name: w, address: sim://w}
  - {<<: *axis, name: slack, address: sim://slack, backlash: 1}
  - {<<: *axis, name: r, address: sim://r, instant: false, start: 1}
controllers:
  - name: c
    driver: sim
    counters:
      - {name: ramp, kind: linear, slope: 2, intercept: 1}
      - {name: bump, kind: gauss, center: 0.4, sigma: 1, height: 10}
      - {name: one, kind: flat, value: 1.5}
      - {name: mca, kind: spectrum, size: 8}
`

// valuesOf are the data of a scan in the order of the names.
func valuesOf(s *Scan, names ...string) (list [][]float64) {
	all := s.GetData()
	for _, n := range names {
		list = append(list, all[n])
	}
	return list
}

// near compares lists of numbers.
func near(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Abs(x-y) < 1e-9 })
}

// TestStandardScans: where each kind of scan goes, written down by hand, and what
// is counted there: 1 + 2 x of the first axis. All axes stand at 1, -1, 2, 0, 0
// before.
func TestStandardScans(t *testing.T) {
	t.Parallel()
	b := newBenchOf(t, gridConfig)
	x, y, z, v, w := b.axis("x"), b.axis("y"), b.axis("z"), b.axis("v"), b.axis("w")
	ramp := b.counter("ramp")
	type list = []any
	for _, c := range []struct {
		scan  func(...any) *Scan
		args  []any
		title string
		want  [][]float64 // a list for each moved axis
		stay  []float64   // where they are afterwards
	}{
		{b.ascan, list{x, -1, 1, 4, 0, ramp}, "ascan x -1 1 4 0", [][]float64{{-1, -.5, 0, .5, 1}}, []float64{1}},
		{b.ascan, list{x, 3, 0, 0, ramp, Option{"step", 1.4}}, "ascan x 3 0 3 0", [][]float64{{3, 2, 1, 0}}, []float64{0}},
		{b.a2scan, list{x, 0, 1, y, 5, 3, 2, 0, ramp}, "a2scan x 0 1 y 5 3 2 0", [][]float64{{0, .5, 1}, {5, 4, 3}}, []float64{1, 3}},
		{b.a3scan, list{x, 0, 1, y, 1, 0, z, 2, 2, 1, 0, ramp}, "a3scan x 0 1 y 1 0 z 2 2 1 0", [][]float64{{0, 1}, {1, 0}, {2, 2}}, []float64{1, 0, 2}},
		{b.a4scan, list{x, 0, 1, y, 1, 0, z, 2, 2, v, 0, 8, 1, 0, ramp}, "a4scan x 0 1 y 1 0 z 2 2 v 0 8 1 0", [][]float64{{0, 1}, {1, 0}, {2, 2}, {0, 8}}, nil},
		{b.a5scan, list{x, 0, 1, y, 1, 0, z, 2, 2, v, 0, 8, w, 1, 2, 1, 0, ramp}, "a5scan x 0 1 y 1 0 z 2 2 v 0 8 w 1 2 1 0", [][]float64{{0, 1}, {1, 0}, {2, 2}, {0, 8}, {1, 2}}, nil},
		{b.anscan, list{x, 0, 1, y, 0, 2, 2, 0, ramp}, "anscan x 0 1 y 0 2 2 0", [][]float64{{0, .5, 1}, {0, 1, 2}}, []float64{1, 2}},
		{b.anscan, list{list{list{x, 0, 1}, list{y, 0, 2}}, 2, 0, list{ramp}}, "anscan x 0 1 y 0 2 2 0", [][]float64{{0, .5, 1}, {0, 1, 2}}, []float64{1, 2}},
		{b.dscan, list{x, -1, 1, 2, 0, ramp}, "ascan x 0 2 2 0", [][]float64{{0, 1, 2}}, []float64{1}},
		{b.d2scan, list{x, -1, 1, y, 0, 4, 2, 0, ramp}, "a2scan x 0 2 y -1 3 2 0", [][]float64{{0, 1, 2}, {-1, 1, 3}}, []float64{1, -1}},
		{b.d3scan, list{x, 0, 1, y, 0, 1, z, -1, 1, 1, 0, ramp}, "a3scan x 1 2 y -1 0 z 1 3 1 0", [][]float64{{1, 2}, {-1, 0}, {1, 3}}, []float64{1, -1, 2}},
		{b.d4scan, list{x, 0, 1, y, 0, 1, z, -1, 1, v, 0, 3, 1, 0, ramp}, "a4scan x 1 2 y -1 0 z 1 3 v 0 3 1 0", [][]float64{{1, 2}, {-1, 0}, {1, 3}, {0, 3}}, []float64{1, -1, 2, 0}},
		{b.d5scan, list{x, 0, 1, y, 0, 1, z, -1, 1, v, 0, 3, w, 0, 4, 1, 0, ramp}, "a5scan x 1 2 y -1 0 z 1 3 v 0 3 w 0 4 1 0", [][]float64{{1, 2}, {-1, 0}, {1, 3}, {0, 3}, {0, 4}}, []float64{1, -1, 2, 0, 0}},
		{b.dnscan, list{x, 0, 1, 1, 0, ramp}, "anscan x 1 2 1 0", [][]float64{{1, 2}}, []float64{1}},
		{b.dscan, list{x, .1 + .2, .7 - .1, 1, 0, ramp}, "ascan x 1.3 1.6 1 0", [][]float64{{1.3, 1.6}}, []float64{1}}, // no 0.30000000000000004
		{b.dscan, list{x, 0, 1, 1, 0, ramp, Option{"restore_motor_positions", false}}, "ascan x 1 2 1 0", [][]float64{{1, 2}}, []float64{2}},
		{b.ascan, list{x, 5, 6, 1, 0, ramp, Option{"restore_motor_positions", true}}, "ascan x 5 6 1 0", [][]float64{{5, 6}}, []float64{1}},
		{b.amesh, list{x, 0, 3, 3, y, 10, 8, 2, 0, ramp}, "amesh x 0 3 3 y 10 8 2 0",
			[][]float64{{0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3}, {10, 10, 10, 10, 9, 9, 9, 9, 8, 8, 8, 8}}, []float64{3, 8}},
		{b.amesh, list{x, 0, 2, 2, y, 0, 2, 2, 0, ramp, Option{"backnforth", true}}, "amesh x 0 2 2 y 0 2 2 0",
			[][]float64{{0, 1, 2, 2, 1, 0, 0, 1, 2}, {0, 0, 0, 1, 1, 1, 2, 2, 2}}, []float64{2, 2}},
		{b.amesh, list{x, 0, 1, y, 0, 2, 0, ramp, Option{"backnforth", true}, Option{"step", []float64{1, 1}}}, "amesh x 0 1 1 y 0 2 2 0",
			[][]float64{{0, 1, 1, 0, 0, 1}, {0, 0, 1, 1, 2, 2}}, []float64{1, 2}},
		{b.a3mesh, list{x, 0, 2, 2, y, 0, 1, 1, z, 0, 1, 1, 0, ramp}, "a3mesh x 0 2 2 y 0 1 1 z 0 1 1 0",
			[][]float64{{0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2}, {0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1}, {0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1}}, nil},
		{b.a3mesh, list{x, 0, 2, 2, y, 0, 2, 2, z, 0, 1, 1, 0, ramp, Option{"backnforth", true}}, "a3mesh x 0 2 2 y 0 2 2 z 0 1 1 0", [][]float64{
			{0, 1, 2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0, 1, 2, 2, 1, 0}, {0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 2, 2, 1, 1, 1, 0, 0, 0}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1}}, []float64{0, 0, 1}},
		{b.anmesh, list{x, 0, 1, 1, y, 0, 1, 1, 0, ramp}, "anmesh x 0 1 1 y 0 1 1 0", [][]float64{{0, 1, 0, 1}, {0, 0, 1, 1}}, nil},
		{b.dmesh, list{x, -1, 1, 2, y, 0, 1, 1, 0, ramp}, "amesh x 0 2 2 y -1 0 1 0", [][]float64{{0, 1, 2, 0, 1, 2}, {-1, -1, -1, 0, 0, 0}}, []float64{1, -1}},
		{b.d3mesh, list{x, 0, 1, 1, y, 0, 1, 1, z, 0, 1, 1, 0, ramp}, "a3mesh x 1 2 1 y -1 0 1 z 2 3 1 0",
			[][]float64{{1, 2, 1, 2, 1, 2, 1, 2}, {-1, -1, 0, 0, -1, -1, 0, 0}, {2, 2, 2, 2, 3, 3, 3, 3}}, []float64{1, -1, 2}},
		{b.pointscan, list{x, []float64{3, -1, 3, 2.5}, 0, ramp}, "pointscan x 3 2.5 4 points 0", [][]float64{{3, -1, 3, 2.5}}, []float64{2.5}},
		{b.lookupscan, list{x, []float64{0, .1, .5}, y, []int{1, 2, 4}, 0, ramp}, "lookupscan x 0 0.5 y 1 4 3 points 0", [][]float64{{0, .1, .5}, {1, 2, 4}}, []float64{.5, 4}},
		{b.lookupscan, list{x, list{0, .1}, 0, ramp}, "lookupscan x 0 0.1 2 points 0", [][]float64{{0, .1}}, nil},
	} {
		b.mv(x, 1, y, -1, z, 2, v, 0, w, 0)
		var s *Scan
		if text := message(t, func() { s = c.scan(c.args...) }); text != "" {
			t.Errorf("%s: %s", c.title, text)
			continue
		}
		info := s.scan.Info()
		if info.Title != c.title || s.State() != "done" || s.Points() != len(c.want[0]) {
			t.Errorf("%s is called %s: %v, %d points", c.title, info.Title, s.State(), s.Points())
		}
		got := valuesOf(s, info.Moving...)
		if !slices.EqualFunc(got, c.want, near) {
			t.Errorf("%s goes to\n%v, want\n%v", c.title, got, c.want)
		}
		counts := valuesOf(s, "ramp")[0]
		for i, at := range c.want[0] {
			if math.Abs(counts[i]-(1+2*at)) > 1e-9 {
				t.Errorf("%s: point %d counts %v at %v", c.title, i, counts[i], at)
			}
		}
		for k, want := range c.stay {
			if at := b.axis(info.Moving[k]).Position(); math.Abs(at-want) > 1e-9 {
				t.Errorf("%s: %s rests at %v, want %v", c.title, info.Moving[k], at, want)
			}
		}
	}
}

// TestScansOfTime count and move nothing.
func TestScansOfTime(t *testing.T) {
	t.Parallel()
	b := newBenchOf(t, gridConfig)
	one := b.counter("one")
	s := b.timescan(0.001, one, Option{"npoints", 3})
	if got := valuesOf(s, "one")[0]; !slices.Equal(got, []float64{1.5, 1.5, 1.5}) || s.scan.Info().Title != "timescan 0.001 3" {
		t.Errorf("%v %s", got, s.scan.Info().Title)
	}
	s = b.timescan(0.001, one, Option{"run", false})
	done := make(chan string, 1)
	go func() { done <- message(t, s.Run) }()
	for s.Points() < 5 && len(done) == 0 {
		time.Sleep(time.Millisecond)
	}
	b.Session.Interrupt()
	if text := <-done; text != "timescan: interrupted by Ctrl-C" || s.scan.Info().Planned != 0 {
		t.Errorf("%q, %d planned", text, s.scan.Info().Planned)
	}
	b.out.take()
	b.prints("sct", func() { b.sct(.1, one) }, "  one  =  1.5    (15 /s)\n")
	if i := (&Scans{b.Shell}).Last().Info(); i.Title != "sct 0.1" || !i.Save || i.Taken != 1 {
		t.Errorf("sct is recorded as %+v", i)
	}
	b.fails("sct: no option run; options: save, title, name, scan_info, deadline", func() { b.sct(.1, one, Option{"run", false}) })
}

// TestWhatIsRecorded of a scan beside its data.
func TestWhatIsRecorded(t *testing.T) {
	t.Parallel()
	b := newBenchOf(t, gridConfig)
	b.Typed = func() string { return "dmesh(...)" }
	x, y := b.axis("x"), b.axis("y")
	b.mv(x, 1)
	s := b.dmesh(x, -1, 1, 4, y, 0, 2, 2, .001, b.counter("ramp"), Option{"backnforth", true}, Option{"name", "map"},
		Option{"scan_info", map[string]string{"sample": "gold"}}, Option{"save", false})
	i := s.scan.Info()
	want := data.Scan{
		Name: "map", Type: "dmesh", Title: "amesh x 0 2 4 y 0 2 2 0.001", Relative: "dmesh x -1 1 4 y 0 2 2 0.001", Command: "dmesh(...)",
		Moving: []string{"x", "y"}, Shape: []int{3, 5}, BackNForth: true, Planned: 15, Taken: 15,
		Ranges: []data.Range{{Axis: "x", Start: 0, Stop: 2, Low: 0, High: 2}, {Axis: "y", Start: 0, Stop: 2, Low: 0, High: 2}},
		Info:   map[string]any{"sample": "gold"}, CountTime: 1e6,
	}
	got := data.Scan{Name: i.Name, Type: i.Type, Title: i.Title, Relative: i.Relative, Command: i.Command, Moving: i.Moving, Shape: i.Shape,
		BackNForth: i.BackNForth, Planned: i.Planned, Taken: i.Taken, Ranges: i.Ranges, Info: i.Info, CountTime: i.CountTime, Save: i.Save}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant\n%+v", got, want)
	}
	if s := b.dscan(x, 0, 1, 1, 0, b.counter("ramp"), Option{"title", "mine"}); s.scan.Info().Title != "mine" {
		t.Error(s.scan.Info().Title)
	}
}

// TestScanMistakes are one line each, and nothing moves.
func TestScanMistakes(t *testing.T) {
	t.Parallel()
	b := newBenchOf(t, gridConfig)
	x, y, slack, ramp := b.axis("x"), b.axis("y"), b.axis("slack"), b.counter("ramp")
	const line = "; usage: ascan(axis, start, stop, intervals, count_time, counters...)"
	const mesh = "; usage: amesh(axis1, start1, stop1, intervals1, axis2, start2, stop2, intervals2, count_time, counters...)"
	const point = "; usage: pointscan(axis, positions, count_time, counters...)"
	for want, f := range map[string]func(){
		"ascan: argument 4 (intervals): a whole number of at least 1 expected, got 0" + line:     func() { b.ascan(x, 0, 1, 0, 0, ramp) },
		"ascan: argument 4 (intervals): a whole number of at least 1 expected, got -3" + line:    func() { b.ascan(x, 0, 1, -3, 0, ramp) },
		"ascan: argument 4 (intervals): a whole number of at least 1 expected, got 2.5" + line:   func() { b.ascan(x, 0, 1, 2.5, 0, ramp) },
		"ascan: argument 2 (start): a number in mm expected, got NaN" + line:                     func() { b.ascan(x, math.NaN(), 1, 2, 0, ramp) },
		"ascan: argument 3 (stop): a number in mm expected, got the counter ramp" + line:         func() { b.ascan(x, 0, ramp, 1, 2) },
		"ascan: argument 5 (count_time): a time in s, from 0 to a year, expected, got -1" + line: func() { b.ascan(x, 0, 1, 2, -1, ramp) },
		"ascan: argument 6 (counter): a counter expected, got 3" + line:                          func() { b.ascan(x, 0, 1, 2, 0, 3) },
		"a2scan: axis x is given twice": func() { b.a2scan(x, 0, 1, x, 0, 1, 2, 0, ramp) },
		"amesh: axis x is given twice":  func() { b.amesh(x, 0, 1, 1, x, 0, 1, 1, 0, ramp) },
		"amesh: argument 8 (intervals): a whole number of at least 1 expected, got 0" + mesh:                                                                           func() { b.amesh(x, 0, 1, 1, y, 0, 1, 0, 0, ramp) },
		"anmesh: argument 5 (axis2): an axis expected, got 0; usage: anmesh(axis, start, stop, intervals, axis, start, stop, intervals, ..., count_time, counters...)": func() { b.anmesh(x, 0, 1, 1, 0, ramp) },
		"amesh: option backnforth: True or False expected, got 1":                                                                                                      func() { b.amesh(x, 0, 1, 1, y, 0, 1, 1, 0, ramp, Option{"backnforth", 1}) },
		"amesh: option step: 1 steps are too few, one for each axis is needed":                                                                                         func() { b.amesh(x, 0, 1, y, 0, 1, 0, ramp, Option{"step", []float64{1}}) },
		"ascan: option step: a number above 0 expected, got 0":                                                                                                         func() { b.ascan(x, 0, 1, 0, ramp, Option{"step", 0}) },
		"ascan: option step: a number above 0 expected, got -1":                                                                                                        func() { b.ascan(x, 0, 1, 0, ramp, Option{"step", -1}) },
		"ascan: option step: x begins and ends at 1 mm: there is nothing to divide":                                                                                    func() { b.ascan(x, 1, 1, 0, ramp, Option{"step", .1}) },
		"ascan: option step: 1e-12 mm makes more than 2147483647 intervals":                                                                                            func() { b.ascan(x, 0, 1, 0, ramp, Option{"step", 1e-12}) },
		"pointscan: argument 2 (positions): the list is empty" + point:                                                                                                 func() { b.pointscan(x, []float64{}, 0, ramp) },
		"pointscan: argument 2 (positions): a number in mm expected at [1], got NaN" + point:                                                                           func() { b.pointscan(x, []float64{0, math.NaN()}, 0, ramp) },
		"pointscan: argument 2 (positions): a list of positions such as []float64{0, 1.5, 2} expected, got 3" + point:                                                  func() { b.pointscan(x, 3, 0, ramp) },
		"lookupscan: 2 positions for x, but 3 for y: the lists must be of the same length":                                                                             func() { b.lookupscan(x, []int{1, 2}, y, []int{1, 2, 3}, 0, ramp) },
		"dscan: point 2: x: 11 mm is beyond the high limit 10 mm":                                                                                                      func() { b.dscan(x, 0, 11, 2, 0, ramp, Option{"run", false}) },
		"ascan: point 4: slack: -10.5 mm (with backlash) is beyond the low limit -10 mm":                                                                               func() { b.ascan(slack, 0, -9.5, 4, 0, ramp, Option{"run", false}) },
		`ascan: "a b" is no name for a scan`:                                                                                                                           func() { b.ascan(x, 0, 1, 1, 0, ramp, Option{"name", "a b"}) },
		`ascan: option scan_info: a map such as map[string]any{"sample": "gold"} expected, got "gold"`:                                                                 func() { b.ascan(x, 0, 1, 1, 0, ramp, Option{"scan_info", "gold"}) },
		"timescan: option npoints: a whole number of at least 0 expected, got -1":                                                                                      func() { b.timescan(0, ramp, Option{"npoints", -1}) },
		"lineup: one counter expected, got 2; usage: lineup(axis, start, stop, intervals, count_time, counter)":                                                        func() { b.lineup(x, 0, 1, 2, 0, ramp, ramp) },
		"lineup: mca is a spectrum of 8: it has no largest value":                                                                                                      func() { b.lineup(x, 0, 1, 2, 0, b.counter("mca")) },
		"goback: no scan has moved anything yet":                                                                                                                       func() { b.goback() },
	} {
		b.fails(want, f)
	}
	if at := x.Position(); at != 0 || b.out.take() != "" {
		t.Errorf("x is at %v", at)
	}
}

// TestARelativeScanIsCheckedAgainWhenItRuns: the axis has moved meanwhile.
func TestARelativeScanIsCheckedAgainWhenItRuns(t *testing.T) {
	t.Parallel()
	b := newBenchOf(t, gridConfig)
	x := b.axis("x")
	s := b.dscan(x, 0, 5, 5, 0, b.counter("ramp"), Option{"run", false})
	b.mv(x, 6)
	b.fails("dscan: point 5: x: 11 mm is beyond the high limit 10 mm", s.Run)
	if at := x.Position(); at != 6 {
		t.Errorf("x went to %v", at)
	}
}

// TestStepSaysWhatItMakes and default counters say what is counted.
func TestStepSaysWhatItMakes(t *testing.T) {
	t.Parallel()
	b := newBenchOf(t, gridConfig)
	b.ascan(b.axis("x"), 0, 1, 0, Option{"step", .3})
	got := b.out.take()
	const want = "x: step 0.3 mm makes 4 intervals of 0.25 mm, 5 points\ncounting ramp, bump, one (all scalar counters)\nScan 1  ascan x 0 1 4 0 "
	if !strings.HasPrefix(got, want) {
		t.Errorf("%s", got)
	}
}

func TestLineup(t *testing.T) {
	t.Parallel()
	b := newBenchOf(t, gridConfig)
	x, bump := b.axis("x"), b.counter("bump")
	b.mv(x, 1)
	s := b.lineup(x, -2, 2, 10, 0, bump) // -1, -0.6, ... 0.2, 0.6: 0.2 and 0.6 are equally far from 0.4
	if at := x.Position(); math.Abs(at-0.2) > 1e-9 && math.Abs(at-0.6) > 1e-9 || s.scan.Info().Type != "lineup" {
		t.Errorf("x is at %v", at)
	}
	if out := b.out.take(); !strings.HasSuffix(out, "moving x from 1 to 0.2 mm\n") && !strings.HasSuffix(out, "moving x from 1 to 0.6 mm\n") {
		t.Errorf("%s", out)
	}
	b.mv(x, 3)
	b.fails("lineup: the maximum of bump, 2.780373005, is at the end of the range, at 2; force=True moves there; x is back at 3 mm",
		func() { b.lineup(x, -1, 1, 4, 0, bump) })
	if at := x.Position(); at != 3 {
		t.Errorf("x is at %v", at)
	}
	b.lineup(x, -1, 1, 4, 0, bump, Option{"force", true})
	if at := x.Position(); at != 2 {
		t.Errorf("forced, x is at %v", at)
	}
	b.fails("lineup: one is 1.5 everywhere: there is no maximum; force=True moves none the less; x is back at 2 mm",
		func() { b.lineup(x, -1, 1, 4, 0, b.counter("one")) })
	if s := b.lineup(x, -1, 1, 4, 0, bump, Option{"run", false}); s.State() != "idle" || x.Position() != 2 {
		t.Errorf("run=False: %v at %v", s.State(), x.Position())
	}
}

// TestTheTopOfACounter leaves out what is no number.
func TestTheTopOfACounter(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		y    []float64
		want float64
		err  string
	}{
		{[]float64{1, 5, 2}, 20, ""},
		{[]float64{nan, 5, 2, nan}, 20, ""},
		{[]float64{5, 1, 2}, 0, "the maximum of c, 5, is at the end of the range, at 10; force=True moves there"},
		{[]float64{nan, nan}, 0, "c has no value that is a number"},
		{nil, 0, "c has no value that is a number"},
	} {
		x := []float64{10, 20, 30, 40}[:len(c.y)]
		got, err := top(map[string][]float64{"x": x, "c": c.y}, "x", "c", false)
		if text := errorText(err); got != c.want || text != c.err {
			t.Errorf("%v: %v, %q", c.y, got, text)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestGoback(t *testing.T) {
	t.Parallel()
	b := newBenchOf(t, gridConfig)
	x, y, ramp := b.axis("x"), b.axis("y"), b.counter("ramp")
	b.mv(x, 1, y, 2)
	s := b.a2scan(x, 3, 4, y, 5, 6, 1, 0, ramp)
	b.prints("goback", func() { b.goback() }, "moving x from 4 to 1 mm\nmoving y from 6 to 2 mm\n")
	if x.Position() != 1 || y.Position() != 2 {
		t.Errorf("x is at %v, y at %v", x.Position(), y.Position())
	}
	b.simFault(b.counter("ramp"), "read", "fail")
	b.fails("dscan: point 0: c: read: simulated fault", func() { b.dscan(x, 3, 4, 1, 0, ramp) })
	if out := b.out.take(); !strings.HasSuffix(out, "\nx is at 4 mm and does not move by itself: goback() takes it to 1 mm\n") {
		t.Errorf("%s", out)
	}
	b.loopscan(1, 0, ramp)
	b.out.take()
	b.prints("goback after a loopscan", func() { b.goback() }, "moving x from 4 to 1 mm\n")
	b.prints("goback(s)", func() { b.goback(s) }, "moving x from 1 to 1 mm\nmoving y from 2 to 2 mm\n")
	b.fails("goback: the scan has not ended", func() { b.goback(b.ascan(x, 0, 1, 1, 0, ramp, Option{"run", false})) })
	b.fails("goback: the scan moved no axis", func() { b.goback(b.loopscan(1, 0, ramp)) })
}

func TestDry(t *testing.T) {
	t.Parallel()
	b := newBenchOf(t, gridConfig)
	r, x, y, ramp := b.axis("r"), b.axis("x"), b.axis("y"), b.counter("ramp")
	// 1 mm from rest to rest at 100 mm/s² up to 10 mm/s takes 0.2 s, 0.5 mm
	// 2·sqrt(0.5/100) = 0.1414 s: 0.2 + 4·0.1414 + 5·0.1 s, and back in 0.2 s. A point is
	// 64 + 4·16 + 4·8 bytes, and 4096 come with a scan.
	const ascan = `
dry run, nothing moves: ascan r 0 2 4 0.1
  relative     dscan r -1 1 4 0.1, from where the axes stand now
  r            0, 0.5, 1, 1.5, 2 mm, then back
  points       5 points
  counts       ramp, 0.1 s each
  takes        0:00:02 (1.466 s)
  data         at most 4.9 kB in the store
  file         none: no file writer follows this session
`
	args := []any{r, -1, 1, 4, .1, ramp}
	b.prints("dry=True", func() { b.dscan(append(args, Option{"dry", true})...) }, ascan)
	b.prints("dry(dscan, ...)", func() { b.dryRun(append([]any{b.dscan}, args...)...) }, ascan)
	b.prints("dry(func)", func() { b.dryRun(func() { b.dscan(args...) }) }, ascan)
	s := b.dscan(append(args, Option{"run", false})...)
	b.prints("dry(s)", func() { b.dryRun(s) }, ascan)
	b.prints("s.run() in dry(func)", func() { b.dryRun(func() { s.Run() }) }, ascan)
	if got := b.dryRun(true); got != (Option{"dry", true}) || s.State() != "idle" {
		t.Errorf("dry(true) is %v, the scan %v", got, s.State())
	}
	b.prints("a mesh", func() {
		b.amesh(x, 0, 1, 4, y, 0, 1, 1, 0, ramp, Option{"dry", true}, Option{"backnforth", true}, Option{"save", false})
	}, `
dry run, nothing moves: amesh x 0 1 4 y 0 1 1 0
  x            0, 0.25, 0.5, 0.75, ..., 0 mm
  y            0, 0, 0, 0, ..., 1 mm
  points       10 points: 5 x 2, x is the fastest, back and forth
  counts       ramp, 0 s each
  takes        0:00:00 (0 s)
  data         at most 5.94 kB in the store
  file         none: save=False
`)
	b.prints("timescan", func() { b.dryRun(func() { b.timescan(.1, ramp) }) }, `
dry run, nothing moves: timescan 0.1
  points       points until stopped
  counts       ramp, 0.1 s each
  takes        as long as nobody stops it
  data         4.23 kB for a point in the store
  file         none: no file writer follows this session
`)
	b.fails("mv: nothing moves in a dry run", func() { b.dryRun(func() { b.mv(x, 1) }) })
	b.fails("dscan: point 1: x: 11 mm is beyond the high limit 10 mm", func() { b.dscan(x, 0, 11, 1, 0, ramp, Option{"dry", true}) })
	ran := b.loopscan(1, 0, ramp)
	b.fails("dry: the scan has run: in Go what stands in the brackets comes first; write dry(ascan, robz, ...) or ascan(..., dry=True)", func() { b.dryRun(ran) })
	b.fails("dry: argument 1 (scan): a scan command such as ascan and its arguments, or a scan made with run=False, expected, got 3; usage: dry(scan) or dry(command, arguments...) or dry(func() { ... })",
		func() { b.dryRun(3) })
	b.mv(x, 1) // dry is over
	if x.Position() != 1 || r.Position() != 1 || b.Session.Restless() != nil {
		t.Errorf("x is at %v, r at %v", x.Position(), r.Position())
	}
}

// noted is a preset that notes what it hears.
type noted struct {
	limit
	heard *[]string
}

func (n *noted) OnPrepare(s *data.Scan) error {
	*n.heard = append(*n.heard, "prepare "+s.Title)
	return nil
}
func (n *noted) OnPointStart(i int) error { *n.heard = append(*n.heard, "point"); return nil }
func (n *noted) OnStop(s *data.Scan) error {
	*n.heard = append(*n.heard, "stop "+string(s.Outcome))
	return nil
}

func TestPresets(t *testing.T) {
	t.Parallel()
	b := newBenchOf(t, gridConfig)
	x, ramp := b.axis("x"), b.counter("ramp")
	var heard []string
	p := &noted{heard: &heard}
	s := b.ascan(x, 0, 1, 1, 0, ramp, Option{"run", false})
	b.addPreset(s, p)
	s.Run()
	want := []string{"prepare ascan x 0 1 1 0", "point", "point", "stop "}
	if !slices.Equal(heard, want) {
		t.Errorf("%v", heard)
	}
	heard = nil
	b.addPreset(p)
	b.ct(0, ramp)
	b.removePreset(p)
	b.ct(0, ramp)
	if !slices.Equal(heard, []string{"prepare ct 0", "point", "stop "}) {
		t.Errorf("%v", heard)
	}
	b.fails("remove_preset: no such preset was added", func() { b.removePreset(p) })
	b.fails("remove_preset: no such preset was added", func() { b.removePreset() })
	b.fails("the scan has started: add the preset before run", func() { s.AddPreset(p) })
	b.fails("add_preset: argument 1 (preset): a hook with OnPrepare, OnStart, OnStop or such methods expected, got the axis x; usage: add_preset(preset) or add_preset(scan, preset)",
		func() { b.addPreset(x) })
}
