package commands

import (
	"math"
	"strings"
	"testing"
)

func alongX(x ...float64) []along { return []along{{"robz", "mm", 4, x}} }

func TestPeakLines(t *testing.T) {
	nan := math.NaN()
	var random []float64
	grid := []along{{name: "x", unit: "mm", decimals: 4}, {name: "y", unit: "mm", decimals: 4}}
	var map2 []float64
	for i := range 100 {
		random = append(random, float64(i*i*7919%101))
		grid[0].x, grid[1].x = append(grid[0].x, float64(i%10)), append(grid[1].x, float64(i/10))
		map2 = append(map2, -math.Abs(float64(i-34)))
	}
	var at []float64
	for i := range 100 {
		at = append(at, float64(i))
	}
	for _, c := range []struct {
		m    measured
		want string
	}{
		{measured{name: "i0", unit: "nA", y: []float64{0, 6, 0}, axes: alongX(0, 1, 4)},
			" i0: peak 6 nA at 1.0000 mm   cen 1.5000 mm   com 1.6667 mm   fwhm 2.0000 mm   2 crossings\n"},
		{measured{name: "i0", y: []float64{3, 1, 3}, axes: alongX(0, 1, 2)},
			" i0: dip 1 at 1.0000 mm   cen 1.0000 mm   com 1.0000 mm   fwhm 1.0000 mm   2 crossings\n"},
		{measured{name: "i0", y: []float64{0, 0, 1, 1}, axes: alongX(0, 1, 2, 3)},
			" i0: edge at 1.5000 mm   rise 0.7600 mm (12 to 88 %)   1 crossing\n"},
		{measured{name: "i0", y: []float64{0, 0.1, 1, 0.6}, axes: alongX(0, 1, 2, 3)},
			" i0: peak 1 at 2.0000 mm   one side only, half height at 1.4444 mm   1 crossing\n"},
		{measured{name: "i0", unit: "K", y: []float64{293.15, 293.15, 293.15}, axes: alongX(0, 1, 2)}, " i0: flat at 293.15 K\n"},
		{measured{name: "i0", y: []float64{nan, nan, nan}, axes: alongX(0, 1, 2)}, " i0: no points with a number for both position and value\n"},
		{measured{name: "i0", y: random, axes: alongX(at...)}, " i0: no clear peak   0 to 99   49 crossings\n"},
		{measured{name: "i0", y: []float64{0, 6, 0}, axes: []along{alongX(0, 1, 4)[0], {"th", "", 4, []float64{0, 2, 8}}}},
			" i0: peak 6 at robz 1.0000 mm, th 2.0000   cen 1.5000 mm   com 1.6667 mm   fwhm 2.0000 mm   2 crossings\n"},
		{measured{name: "i0", y: map2, axes: grid, mesh: true}, " i0: peak 0 at x 4.0000 mm, y 3.0000 mm\n"},
	} {
		if got := peakText(c.m, 0); got != c.want {
			t.Errorf("got  %swant %s", got, c.want)
		}
		for _, width := range []int{20, 40, 80} {
			got := peakText(c.m, width)
			for line := range strings.Lines(got) {
				if displayWidth(strings.TrimRight(line, "\n")) >= max(width, 24) {
					t.Errorf("%d columns: %q", width, line)
				}
			}
			if strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(c.want), " ") {
				t.Errorf("%d columns: words are lost: %q", width, got)
			}
		}
	}
}

// The peak lines of a scan are those of the selected counters, from the store.
func TestPeakLinesOfAScan(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.plotselect("ra*")
	b.out.take()
	b.ascan(b.axis("m"), 0, 4, 4, 0, b.counter("one"), b.counter("ramp"), b.counter("view"))
	if got := b.out.take(); !strings.HasSuffix(got, "\n ramp: edge at 2.0000 mm   rise 3.0400 mm (12 to 88 %)   1 crossing\n") || strings.Contains(got, " one:") {
		t.Errorf("%s", got)
	}
	b.ascan(b.axis("m"), 0, 4, 4, 0, b.counter("one")) // none of the selected ones
	if got := b.out.take(); !strings.HasSuffix(got, "\n one: flat at 1.5\n") {
		t.Errorf("%s", got)
	}
	b.ascan(b.axis("m"), 0, 4, 1, 0, b.counter("ramp"))
	b.loopscan(5, 0, b.counter("ramp"))
	if got := b.out.take(); strings.Contains(got, " ramp:") {
		t.Errorf("peak lines without a curve:\n%s", got)
	}
}
