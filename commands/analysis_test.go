package commands

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"blissh/data/store"
	"blissh/scan"
)

// peakConfig has a bell of fwhm 2.3548 around 0.3 mm, and an edge at -1 mm.
const peakConfig = `session: SESSION
axes:
  - {name: m, driver: sim, unit: mm, instant: true, low: -100, high: 100, velocity: 10, acceleration: 100}
  - {name: n, driver: sim, unit: mm, instant: true, velocity: 10, acceleration: 100}
  - {name: slow, driver: sim, unit: mm, low: -100, high: 100, velocity: 2, acceleration: 200}
controllers:
  - name: c
    driver: sim
    counters:
      - {name: bell, kind: gauss, center: 0.3, sigma: 1, height: 10, unit: counts}
      - {name: ramp, kind: linear, slope: 2, intercept: 1, unit: counts}
      - {name: one, kind: flat, value: 1.5}
      - {name: mca, kind: spectrum, size: 8}
`

// value runs a command that gives a number; the second result is what it printed.
func (b *bench) value(f func() float64) (v float64, printed string) {
	b.t.Helper()
	b.out.take()
	if text := message(b.t, func() { v = f() }); text != "" {
		b.t.Fatal(text)
	}
	return v, b.out.take()
}

func (b *bench) call(name string) func(args ...any) float64 {
	return b.Names()[name].Interface().(func(args ...any) float64)
}

func (b *bench) goTo(name string) func(args ...any) {
	return b.Names()[name].Interface().(func(args ...any))
}

func closeTo(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %v, want %v within %v", what, got, want, tolerance)
	}
}

func TestMeasuresOfTheLastScan(t *testing.T) {
	t.Parallel()
	b := newBenchOf(t, peakConfig)
	b.fails("cen: there is no scan yet", func() { b.call("cen")() })
	s := b.ascan(b.axis("m"), -5, 5, 100, 0, b.counter("bell"))
	for _, c := range []struct {
		name            string
		want, tolerance float64 // the bell is symmetrical; linear interpolation of 0.1 mm steps
	}{{"cen", 0.3, 1e-9}, {"com", 0.3, 1e-4}, {"peak", 0.3, 1e-9}, {"trough", -5, 0}, {"fwhm", 2.3548, 3e-3}} {
		v, printed := b.value(func() float64 { return b.call(c.name)() })
		closeTo(t, c.name, v, c.want, c.tolerance)
		if !strings.HasPrefix(printed, c.name+" of bell over m: ") || !strings.Contains(printed, " mm  (peak from ") || !strings.HasSuffix(printed, "2 crossings, 101 points)\n") {
			t.Errorf("%s prints %q", c.name, printed)
		}
	}
	v, _ := b.value(func() float64 { return s.Cen() })
	closeTo(t, "s.cen", v, 0.3, 1e-9)
	v, _ = b.value(func() float64 { return b.call("cen")(b.axis("m"), "bell", Option{"scan", s}) })
	closeTo(t, "cen of a named scan", v, 0.3, 1e-9)
	b.fails("cen: the scan has no data channel n", func() { b.call("cen")(b.axis("n")) })
	b.ct(0, b.counter("bell"))
	v, _ = b.value(func() float64 { return b.call("cen")() })
	closeTo(t, "cen after a ct", v, 0.3, 1e-9)
	b.fails("edge: bell over m has no edge: it is a peak, not an edge", func() { b.call("edge")() })
	b.fails("cen: the scan has no data channel bel; did you mean bell?", func() { b.call("cen")("bel") })
	b.fails("cen: a counter or an axis expected, got 5; usage: cen(counter, axis)", func() { b.call("cen")(5) })
	b.fails("peak: no option net; options: scan", func() { b.call("peak")(Option{"net", true}) })
	b.fails("cen: option scan: a scan expected, got 7", func() { b.call("cen")(Option{"scan", 7}) })
}

// TestMeasuresOfSeveralAxes: the bell is over m alone, n goes the other way at half
// the speed, so that its middle is at 2 - 0.3/2.
func TestMeasuresOfSeveralAxes(t *testing.T) {
	t.Parallel()
	b := newBenchOf(t, peakConfig)
	m, n := b.axis("m"), b.axis("n")
	b.a2scan(m, -4.7, 5.3, n, 4.5, -0.5, 100, 0, b.counter("bell"))
	const shape = "  (peak from 3.7267e-05 to 10 counts, fwhm %s mm, 2 crossings, 101 points)\n"
	v, printed := b.value(func() float64 { return b.call("cen")() })
	if want := "cen of bell over m: 0.3 mm" + fmt.Sprintf(shape, "2.3553") + "cen of bell over n: 2 mm" + fmt.Sprintf(shape, "1.1777"); printed != want {
		t.Errorf("prints\n%swant\n%s", printed, want)
	}
	closeTo(t, "the value over the first one", v, 0.3, 1e-9)
	v, _ = b.value(func() float64 { return b.call("cen")(n) })
	closeTo(t, "cen over n", v, 2, 1e-9)
	b.prints("goto_cen", func() { b.goTo("goto_cen")() }, "moving m from 5.3 to 0.3 mm\nmoving n from -0.5 to 2 mm\n")
	closeTo(t, "m", m.Position(), 0.3, 1e-9)
	closeTo(t, "n", n.Position(), 2, 1e-9)
	b.prints("goto_peak of one", func() { b.mv(m, 1); b.out.take(); b.goTo("goto_peak")(m) }, "moving m from 1 to 0.3 mm\n")
}

// TestMeasuresOfAnyOutcome: while it runs, and when it was stopped, aborted or has
// failed, a scan is what it has taken.
func TestMeasuresOfAnyOutcome(t *testing.T) {
	t.Parallel()
	b := newBenchOf(t, peakConfig)
	m, ramp := b.axis("m"), b.counter("ramp")
	peakAt := func(s *Scan) float64 {
		v, _ := b.value(func() float64 { return s.Peak() })
		return v
	}
	b.simFault(ramp, "read", "fail", 4)
	s := b.ascan(m, 0, 9, 9, 0, ramp, Option{"run", false})
	b.fails("ascan: point 4: c: read: simulated fault", s.Run)
	closeTo(t, "peak of a failed scan", peakAt(s), 3, 0)
	for name, stop := range map[string]func(){
		"aborted": func() { b.Session.Interrupt() },
		"stopped": func() { b.Session.Stop(&scan.StopError{By: "a request"}) },
	} {
		s := b.ascan(m, 0, 50, 50_000, .02, ramp, Option{"run", false})
		done := make(chan string, 1)
		go func() { done <- message(t, s.Run) }()
		for s.Points() < 3 && len(done) == 0 {
			time.Sleep(time.Millisecond)
		}
		for len(s.GetData()["ramp"]) < 3 && len(done) == 0 { // the store is a moment behind
			time.Sleep(time.Millisecond)
		}
		if at := peakAt(s); !(at >= 0.002) || s.State() != "running" {
			t.Errorf("peak of a running scan is %v, it is %v", at, s.State())
		}
		stop()
		<-done
		if s.State() != State(name) {
			t.Errorf("it ended as %v, not %s", s.State(), name)
		}
		closeTo(t, "peak of a scan that was "+name, peakAt(s), float64(s.Points()-1)*0.001, 1e-9)
	}
}

func TestMeasuresNeedOneCounter(t *testing.T) {
	t.Parallel()
	b := newBenchOf(t, peakConfig)
	b.ascan(b.axis("m"), -5, 5, 10, 0, b.counter("bell"), b.counter("one"), b.counter("mca"))
	b.fails("cen: the scan has 2 counters: name one of bell, one", func() { b.call("cen")() })
	b.plotselect(b.counter("bell"))
	v, _ := b.value(func() float64 { return b.call("peak")() })
	closeTo(t, "peak of the counter of plotselect", v, 0, 0)
	b.fails("cen: one over m has no cen: it is flat", func() { b.call("cen")("one") })
	b.fails("cen: one counter expected, got bell and one", func() { b.call("cen")("bell", "one") })
	b.fails("cen: mca is a spectrum of 8, not a number per point", func() { b.call("cen")("mca") })
	b.fails("cen: the scan has no data channel ramp", func() { b.call("cen")(b.counter("ramp")) })
	// A scan without axes has its time.
	b.loopscan(5, 0, b.counter("one"))
	b.fails("goto_peak: the scan moved no axis", func() { b.goTo("goto_peak")(Option{"force", true}) })
}

func TestGotoSaysFromWhereToWhere(t *testing.T) {
	t.Parallel()
	b := newBenchOf(t, peakConfig)
	b.ascan(b.axis("m"), -5, 5, 100, 0, b.counter("bell"))
	b.prints("goto_cen", func() { b.goTo("goto_cen")() }, "moving m from 5 to 0.3 mm\n")
	b.ascan(b.axis("m"), -5, 5, 10, 0, b.counter("ramp"))
	b.fails("goto_peak: the peak of ramp is at the end of the range, m = 5 mm: it may be further out; force=True goes there", func() { b.goTo("goto_peak")() })
	b.fails("goto_trough: the trough of ramp is at the end of the range, m = -5 mm: it may be further out; force=True goes there", func() { b.goTo("goto_trough")() })
	b.prints("goto_trough", func() { b.goTo("goto_trough")(Option{"force", true}) }, "moving m from 5 to -5 mm\n")
	closeTo(t, "m", b.axis("m").Position(), -5, 0)
}

func TestGotoRefusesLimits(t *testing.T) {
	t.Parallel()
	b := newBenchOf(t, peakConfig)
	b.ascan(b.axis("m"), -5, 5, 100, 0, b.counter("bell"))
	b.axis("m").SetLimits([]float64{2, 100})
	got := message(t, func() { b.goTo("goto_cen")() })
	if !strings.HasPrefix(got, "goto_cen: ") || !strings.Contains(got, "low limit 2 mm") {
		t.Errorf("got %q", got)
	}
	closeTo(t, "m", b.axis("m").Position(), 5, 0)
}

// TestGotoComesBack: one press takes the axis back, a second one ends that.
func TestGotoComesBack(t *testing.T) {
	t.Parallel()
	b := newBenchOf(t, peakConfig)
	slow := b.axis("slow")
	b.ascan(slow, -0.2, 0.8, 10, 0, b.counter("bell"))
	b.out.take()
	done := make(chan string)
	f := func(x, y []float64) float64 { return -50 }
	goes := func() { go func() { done <- message(t, func() { b.goTo("goto_custom")(f) }) }() }
	moving := func(want bool) {
		for end := time.Now().Add(10 * time.Second); slow.dev.IsMoving() != want && time.Now().Before(end); {
			time.Sleep(time.Millisecond)
		}
	}
	goes()
	moving(true)
	time.Sleep(50 * time.Millisecond)
	b.Session.Interrupt()
	if got := <-done; got != "goto_custom: interrupted by Ctrl-C (slow stopped at 0.8 mm)" {
		t.Errorf("got %q", got)
	}
	if printed := b.out.take(); !strings.Contains(printed, "moving slow from 0.8 to -50 mm\ninterrupted: going back, slow from 0.") {
		t.Errorf("printed %q", printed)
	}
	goes()
	moving(true)
	time.Sleep(50 * time.Millisecond)
	b.Session.Interrupt()
	b.Session.Stop(scan.ErrInterrupted)
	got := <-done
	if strings.Contains(b.out.take(), "going back") || !strings.HasPrefix(got, "goto_custom: interrupted by Ctrl-C (slow stopped at ") {
		t.Errorf("after a stop now: %q", got)
	}
	closeTo(t, "slow", slow.Position(), 0.7, 0.11) // it decelerated and stayed
}

func TestFindPosition(t *testing.T) {
	t.Parallel()
	b := newBenchOf(t, peakConfig)
	b.ascan(b.axis("m"), -5, 5, 10, 0, b.counter("ramp"))
	f := func(x, y []float64) float64 { return (x[0] + y[10]) / 2 } // (-5 + 11) / 2
	v, printed := b.value(func() float64 { return b.findPosition(f) })
	if v != 3 || printed != "found for ramp over m: 3 mm\n" {
		t.Errorf("%v, printed %q", v, printed)
	}
	b.fails("find_position: the function finds no position for ramp over m: it gave NaN",
		func() { b.findPosition(func(x, y []float64) float64 { return math.NaN() }) })
	b.fails(`find_position: argument 1 (function): a func(x, y []float64) float64 expected, got "ramp"; usage: find_position(function, counter, axis)`,
		func() { b.findPosition("ramp") })
	b.fails("goto_custom: the function finds no position for ramp over m: it gave NaN",
		func() { b.goTo("goto_custom")(func(x, y []float64) float64 { return math.NaN() }) })
	b.prints("goto_custom", func() { b.goTo("goto_custom")(f) }, "found for ramp over m: 3 mm\nmoving m from 5 to 3 mm\n")
}

func TestFitGauss(t *testing.T) {
	t.Parallel()
	b := newBenchOf(t, peakConfig)
	s := b.ascan(b.axis("m"), -5, 5, 100, 0, b.counter("bell"))
	f := b.fitGauss()
	closeTo(t, "centre", f.Centre.Value, 0.3, 1e-6)
	closeTo(t, "fwhm", f.FWHM.Value, 2.354820045, 1e-5)
	closeTo(t, "height", f.Height.Value, 10, 1e-5)
	if text := s.FitGauss().String(); !strings.HasPrefix(text, "Gauss curve fitted to bell over m, 101 points\n  centre      0.3") || !strings.Contains(text, " counts\n") {
		t.Errorf("prints %s", text)
	}
	b.loopscan(6, 0, b.counter("one"))
	b.fails("fit_gauss: one over elapsed_time: all 6 values are the same: there is nothing to fit", func() { b.fitGauss() })
}

func TestWhere(t *testing.T) {
	t.Parallel()
	b := newBenchOf(t, peakConfig)
	b.ascan(b.axis("m"), -5, 5, 10, 0, b.counter("ramp"))
	b.mv(b.axis("m"), 1.2)
	b.prints("where", func() { b.where() }, "m at 1.2 mm; nearest is point 7 at 1 mm: ramp 3 counts\n")
}

func TestScans(t *testing.T) {
	t.Parallel()
	b := newBenchOf(t, peakConfig)
	scans := &Scans{b.Shell}
	if got := scans.String(); got != "no scan of this session is in the store" {
		t.Errorf("%q", got)
	}
	b.ascan(b.axis("m"), -5, 5, 100, 0, b.counter("bell"))
	b.loopscan(3, 0, b.counter("one"), Option{"save", false})
	b.ct(0, b.counter("one"))
	first := scans.Get(1)
	same(t, "SCANS", steady(scans.String())+"\n", `
  scan  start                outcome  points  saved    title
     1  DATE  done        101  not yet  ascan m -5 5 100 0
     2  DATE  done          3  no       loopscan 3 0
`)
	for word, v := range map[string]store.Saved{"57": {Points: 57}, "FAILED": {Points: 57, Error: "disk full"}, "yes": {Points: 101, Complete: true}} {
		if err := b.Session.DB.SetSaved(t.Context(), b.Session.Name, first.Info().UID, v); err != nil {
			t.Fatal(err)
		}
		if got := strings.Fields(scans.String()); !slices.Contains(got, word) {
			t.Errorf("%+v: SCANS prints %v", v, got)
		}
	}
	if scans.Len() != 2 || scans.Last().Info().Number != 2 || scans.Get(-2).Info().Number != 1 {
		t.Error("SCANS is not in order")
	}
	b.fails("SCANS: scan -3 is not in the store, which has 2 of this session, up to 2", func() { scans.Get(-3) })
	if i := scans.Get(3).Info(); i.Title != "ct 0" || i.Save {
		t.Errorf("ct is recorded as %v", i)
	}
	if got := first.String(); got != "Scan 1  ascan m -5 5 100 0  (done, 101 of 101 points)" {
		t.Errorf("%q", got)
	}
	v, _ := b.value(func() float64 { return first.Cen() })
	closeTo(t, "cen of an earlier scan", v, 0.3, 1e-9)
	b.fails("SCANS: scan 7 is not in the store, which has 3 of this session, up to 3", func() { scans.Get(7) })
	// A new shell on the session has no scan of its own: the newest one counts.
	fresh := NewShell(b.Session, b.host, b.out)
	v, _ = b.value(func() float64 { return fresh.analyse(measureNamed("cen"), []any{Option{"scan", first}}) })
	closeTo(t, "cen in a new shell", v, 0.3, 1e-9)
	fresh.fails(t, "fit_gauss: one over elapsed_time: 3 points: a Gauss curve needs at least 5 at different positions")
}

func (sh *Shell) fails(t *testing.T, want string) {
	t.Helper()
	if got := message(t, func() { sh.fitGauss() }); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestGetDataWithPatterns(t *testing.T) {
	t.Parallel()
	b := newBenchOf(t, peakConfig)
	s := b.ascan(b.axis("m"), -5, 5, 2, 0, b.counter("bell"), b.counter("ramp"))
	if got := keys(s.GetData("?e*", "m")); strings.Join(got, " ") != "bell m" {
		t.Errorf("got %v", got)
	}
	b.fails("get_data: the scan has no data channel q*", func() { s.GetData("q*") })
	if text := s.Info().String(); !strings.Contains(text, "\ndata channels  m[mm] elapsed_time[s] epoch[s] bell[counts] ramp[counts]\n") || !strings.Contains(text, "\noutcome        done\n") {
		t.Errorf("info is\n%s", text)
	}
}
