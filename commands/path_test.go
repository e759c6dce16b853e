package commands

import (
	"strings"
	"testing"
	"time"

	"blissh/data"
	"blissh/scan"
)

// table is a path as it is printed, with a frame of its own.
func table(p Path) string { return "\n" + p.String() + "\n" }

func TestAPathIsPrinted(t *testing.T) {
	line := data.Segment{From: 0, Points: 11, Start: []float64{0}, Stop: []float64{10}}
	lines := func(n int) (list []data.Segment) {
		for i := range n {
			list = append(list, data.Segment{From: 3 * i, Points: 3, Start: []float64{0, float64(i)}, Stop: []float64{2, float64(i)}})
		}
		return list
	}
	one := func(taken, begun int, over bool, list ...data.Segment) Path {
		return Path{Path: scan.Path{Axes: []string{"m"}, Segments: list, Taken: taken, Begun: begun, Over: over}, units: []string{"mm"}}
	}
	mesh := func(taken int, over bool) Path {
		return Path{Path: scan.Path{Axes: []string{"x", "y"}, Segments: lines(40), Taken: taken, Begun: min(taken+1, 120), Over: over}, units: []string{"mm", ""}}
	}
	for name, c := range map[string]struct {
		is   Path
		want string
	}{
		"before": {one(0, 0, false, line), `
            points        m[mm]
ahead       0 to 10       0 -> 10
`},
		"running": {one(3, 4, false, line), `
            points        m[mm]
taken       0 to 2        0 -> 2
being taken 3             3
ahead       4 to 10       4 -> 10
`},
		"done": {one(11, 11, true, line), `
            points        m[mm]
taken       0 to 10       0 -> 10
`},
		"aborted in a point": {one(3, 4, true, line), `
            points        m[mm]
taken       0 to 2        0 -> 2
not taken   3 to 10       3 -> 10
`},
		"a list": {one(1, 1, false, data.Segment{Points: 3, At: [][]float64{{3}, {1}, {2}}}), `
            points        m[mm]
taken       0             3
ahead       1 to 2        1 ... 2
`},
		"without an end": {Path{Path: scan.Path{Segments: []data.Segment{{}}, Taken: 4, Begun: 5}}, `
            points
taken       0 to 3        -
being taken 4             -
ahead       5 on          -
`},
		"its end": {Path{Path: scan.Path{Segments: []data.Segment{{}}, Taken: 4, Begun: 5, Over: true}}, `
            points
taken       0 to 3        -
`},
		"nothing": {Path{}, "\nno points are known yet\n"},
	} {
		if got := table(c.is); got != c.want {
			t.Errorf("%s:%s", name, got)
		}
	}
	got := table(mesh(61, false))
	for _, want := range []string{"\ntaken       0 to 17       ... 6 pieces\ntaken       18 to 20      (0, 6) -> (2, 6)\n", "\nbeing taken 61            (1, 20)\nahead       62            (2, 20)\nahead       63 to 65      (0, 21)",
		"\nahead       105 to 119    ... 5 pieces\n"} {
		if !strings.Contains(got, want) || strings.Count(got, "\n") != 35 {
			t.Errorf("%d lines, not %q in%s", strings.Count(got, "\n"), want, got)
		}
	}
}

// TestThePathOfAScanThatRuns, of one axis and of several, drawn and printed at
// any moment.
func TestThePathOfAScanThatRuns(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ready := func(s *Scan, n int) {
		t.Helper()
		for begin := time.Now(); s.Points() < n; time.Sleep(time.Millisecond) {
			if time.Since(begin) > time.Minute {
				t.Fatal("no point comes")
			}
		}
	}
	size := []any{Option{"width", 30}, Option{"height", 8}}
	s := b.ascan(b.axis("m"), 0, 4, 4, 0, b.counter("one"), Option{"run", false}, Option{"wait_advice", 100})
	s.Allow(b.axis("m"), 0, 4)
	s.Start()
	ready(s, 1)
	s.SkipTo(2)
	ready(s, 2)
	if got := table(s.Path()); got != `
            points        m[mm]
taken       0             0
taken       1             2
ahead       2 to 3        3 -> 4
` {
		t.Error(got)
	}
	for said := ""; !strings.Contains(said, "skip_to 2 by the prompt: applied"); time.Sleep(time.Millisecond) {
		said += b.out.take()
	}
	b.prints("one axis", func() { b.plot(append([]any{s.Path()}, size...)...) }, `
Scan 1  ascan m 0 4 4 0: set-points of m[mm]
1⠿ taken   2+ ahead
4 ┤                  +       +
2 ┤         ⡀
  │
0 ┤⡀
  └┬────────┬────────┬───────┬
   0        1        2       3
              point
`)
	s.Stop("enough")
	b.wait(s)
	if got := table(s.Path()); !strings.HasSuffix(got, "\nnot taken   2 to 3        3 -> 4\n") {
		t.Error(got)
	}
	mesh := b.amesh(b.axis("m"), 0, 4, 2, b.axis("th"), 0, 10, 1, 0, b.counter("one"))
	if got := table(mesh.Path()); got != `
            points        m[mm]  th[deg]
taken       0 to 2        (0, 0) -> (4, 0)
taken       3 to 5        (0, 10) -> (4, 10)
` {
		t.Error(got)
	}
	b.out.take()
	b.prints("two axes", func() { b.plot(append([]any{mesh.Path()}, size...)...) }, `
Scan 2  amesh m 0 4 2 th 0 10 1 0: set-points of th[deg]
⠿ taken
10 ┤⠁            ⠁           ⠈
 5 ┤
   │
 0 ┤⡀            ⡀           ⢀
   └┬────────────┬───────────┬
    0            2           4
              m[mm]
`)
	b.prints("one of two", func() { b.plot(append([]any{mesh.Path(), b.axis("th"), Option{"x", "point"}}, size...)...) }, `
Scan 2  amesh m 0 4 2 th 0 10 1 0: set-points of th[deg]
⠿ taken
10 ┤               ⠈    ⠈    ⠈
 5 ┤
   │
 0 ┤⡀    ⡀    ⡀
   └┬─────────┬─────────┬─────
    0         2         4
              point
`)
	b.fails(`plot: argument 2: an axis of the scan expected, got the axis slow`, func() { b.plot(mesh.Path(), b.axis("slow")) })
	b.fails(`plot: option x: an axis of the scan or "point" expected, got 3`, func() { b.plot(mesh.Path(), Option{"x", 3}) })
}
