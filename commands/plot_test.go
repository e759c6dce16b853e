package commands

import (
	"math"
	"strings"
	"testing"

	"blissh/data"
	"blissh/device"
	"blissh/scan"
)

func TestPlot(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.fails("plot: there is no scan yet", func() { b.plot() })
	s := b.ascan(b.axis("m"), 0, 4, 4, 0, b.counter("ramp"), b.counter("one"), b.counter("view"))
	b.ct(0, b.counter("one")) // is no scan to plot
	b.out.take()
	b.prints("plot", func() { b.plot(Option{"width", 40}, Option{"height", 9}) }, `
Scan 1  ascan m 0 4 4 0
⠿ ramp[counts]   edge   ▲ cen
10 ┤                                   ⠐
   │                           ⠂
 5 ┤                  ⠂
   │         ⠂
 0 ┤⠂
   └┬─────────────────▲────────────────┬
    0                 2                4
                   m[mm]
`)
	b.prints("plot of another counter over a third", func() {
		b.plot(s, b.counter("one"), "ramp", Option{"x", b.counter("ramp")}, Option{"width", 30}, Option{"height", 7})
	}, `
Scan 1  ascan m 0 4 4 0
1⠿ one   2+ ramp[counts]   1,…
10 ┤                         +
 5 ┤             +     +
   │      +
 0 ┤+     ⠐      ⠂     ⠐     ⠐
   └───┬─────┬──────┬─────┬───
       2     4      6     8
`)
	for _, c := range []struct {
		want string
		args []any
	}{
		{"plot: scan 1 has no data channel rmap; did you mean ramp?", []any{s, "rmap"}},
		{"plot: view has an image of 2 x 3 at each point, which is not drawn", []any{b.counter("view")}},
		{"plot: option width: a number of characters from 20 to 400 expected, got 5", []any{Option{"width", 5}}},
		{"plot: option log: True or False expected, got 1", []any{Option{"log", 1}}},
		{"plot: option x: an axis, a counter or the name of a data channel expected, got 3", []any{Option{"x", 3}}},
		{"plot: no option hight; did you mean height?; options: x, width, height, log, lines", []any{Option{"hight", 3}}},
	} {
		b.fails(c.want, func() { b.plot(c.args...) })
	}
}

func TestPlotselectIsKept(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.prints("no choice", func() { b.plotselect() }, "plotted: the first four counters of each scan\n")
	b.prints("a choice", func() { b.plotselect(b.counter("one"), "r*") }, "plotted: one, r*\n")
	b.prints("it", func() { b.plotselect() }, "plotted: one, r*\n")
	b.fails(`plotselect: argument 1 (counter): no counter of this session matches "rmap"; did you mean ramp?`, func() { b.plotselect("rmap") })
	b.fails(`plotselect: argument 1 (counter): "[a" is no pattern: * stands for any text, ? for a character, [ab] for one of these`, func() { b.plotselect("[a") })
	b.fails(`plotselect: argument 1 (counter): a counter, or a pattern such as "diode*", expected, got the axis m; usage: plotselect(counters...)`,
		func() { b.plotselect(b.axis("m")) })
	b.prints("liveplot", func() { b.liveplot(true) }, "scans are plotted while they run, in a terminal; this is none\n")
	if d := b.Session.DisplaySettings(); !d.LivePlot || len(d.Selected) != 2 {
		t.Errorf("%+v", d)
	}
	b.prints("none", func() { b.plotselect(nil) }, "plotted: the first four counters of each scan\n")
}

// Counters with different units are not drawn over one y axis unless asked for.
func TestWhatIsDrawnTogether(t *testing.T) {
	s := aScan(3)
	s.Channels = append(s.Channels, data.Channel{Name: "i1", Unit: "counts", Role: "counter"})
	if got := strings.Join(together(s, nil), " "); got != "sim_ct_gauss_noise i1" {
		t.Errorf("%s", got)
	}
	if got := strings.Join(together(s, []string{"i*"}), " "); got != "i0 i1" {
		t.Errorf("%s", got)
	}
}

func TestRates(t *testing.T) {
	for unit, want := range map[string]bool{"": true, "counts": true, "K": false, "mm": false, "nA": false, "cts": true, "%": false} {
		if got := perSecond(data.Channel{Unit: unit}); got != want {
			t.Errorf("unit %q: %v", unit, got)
		}
	}
}

// A position has as many decimals as its steps need.
func TestDecimalsOfPositions(t *testing.T) {
	for _, c := range []struct {
		trajectory scan.Trajectory
		want       int
	}{
		{scan.Linear{Start: []float64{-5}, Stop: []float64{5}, Intervals: 500}, 3},
		{scan.Linear{Start: []float64{0}, Stop: []float64{1e-4}, Intervals: 10}, 6},
		{scan.Points{{1}, {1}, {1}}, 0},
		{scan.Static{N: 3}, 0},
	} {
		axes := 1
		if got := decimalsOfSteps(c.trajectory, 0, axes); got != c.want {
			t.Errorf("%+v: %d decimals, want %d", c.trajectory, got, c.want)
		}
	}
	if got := decimalsFor(untold{}); got != 4 {
		t.Errorf("%d decimals", got)
	}
}

type untold struct{ device.Axis }

func TestCells(t *testing.T) {
	for _, c := range []struct {
		x        float64
		decimals int
		width    int
		want     string
	}{
		{-1e-17, 4, 10, "0.0000"}, {-0.00004, 4, 10, "0.0000"}, {123456.78901, 4, 10, "123456.789"}, {1e12, 4, 10, "1.0000e+12"}, {math.NaN(), 4, 10, "NaN"},
	} {
		if got := string(appendFixed(nil, c.x, c.decimals, c.width)); got != c.want {
			t.Errorf("%v in %d: %q, want %q", c.x, c.width, got, c.want)
		}
	}
	for x, want := range map[float64]string{0: "       0.0000    ", 1.2e-6: "       1.2000e-06", -98765432.5: "      -9.8765e+07", math.Inf(1): "         +Inf    "} {
		if got := string(appendAligned(nil, x, 17, false)); got != want {
			t.Errorf("%v: %q, want %q", x, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 16_000: "16 kB", 999_600: "1.0 MB", 5_400_000_000: "5.4 GB"} {
		if got := bytesText(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}
