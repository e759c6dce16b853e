package scan_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"blissh/data"
	"blissh/device"
	"blissh/scan"
)

// walk is a scan of robx and roby with what it said.
type walk struct {
	*steered
	t *testing.T
}

// newWalk makes a scan of two axes that stand at (1, 0); at says what happens
// before point 0, which is -1, and after others.
func newWalk(t *testing.T, way scan.Trajectory, at map[int]func(*steered)) *walk {
	t.Helper()
	robx, _ := newInstant("robx")
	roby, _ := newInstant("roby")
	if err := robx.Move(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	x := &steered{notes: &notes{}}
	p := scan.Plan{Name: "amesh", Axes: []device.Axis{robx, roby}, Trajectory: way, CountTime: time.Millisecond}
	x.on = func(e data.Event) error {
		k := -2
		switch e := e.(type) {
		case *data.NewNode:
			k = -1
		case *data.Row:
			k = e.Index
		case *data.Steering:
			if e.Way != nil {
				x.ways = append(x.ways, e.Way)
			}
		}
		if f := at[k]; f != nil {
			f(x)
		}
		return nil
	}
	x.s = mustNew(t, p, options(x.notes))
	for _, a := range []string{"robx", "roby"} {
		if err := x.s.Allow(a, -1e6, 1e6, scan.Allowance{Points: 10_000_000, CountTime: time.Hour, Duration: 1e6 * time.Hour}); err != nil {
			t.Fatal(err)
		}
	}
	return &walk{x, t}
}

func (w *walk) run() {
	w.t.Helper()
	if err := w.s.Run(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// TestTheFirstMoveIsOnThePath, which begins where the axes stand.
func TestTheFirstMoveIsOnThePath(t *testing.T) {
	corner := scan.Points{{3, 0}, {3, 4}, {0, 4}}
	beside := "refused: point %d: the way there is not on the path that was planned"
	for _, c := range []struct{ ask, answer, first string }{
		{`{"do":"points","points":[[2, 0], [3, 0], [3, 1]]}`, "applied at point 0", "[2 0]"},
		{`{"do":"points","points":[[3, 0], [3, 1]]}`, "applied at point 0", "[3 0]"},
		{`{"do":"points","points":[[3, 1]]}`, fmt.Sprintf(beside, 0), "[3 0]"},
		{`{"do":"points","points":[[0.5, 0]]}`, fmt.Sprintf(beside, 0), "[3 0]"},
		{`{"do":"points","points":[[2, 0], [3, 2]]}`, fmt.Sprintf(beside, 1), "[3 0]"},
		{`{"do":"skip_to","point":1}`, fmt.Sprintf(beside, 0), "[3 0]"},
		{`{"do":"count_time","count_time":0.01}`, "applied at point 0", "[3 0]"},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWalk(t, corner, map[int]func(*steered){-1: asks(c.ask)})
			w.run()
			if first := fmt.Sprint(w.rows[0][:2]); first != c.first || !slices.Equal(w.answers, []string{c.answer}) {
				t.Errorf("%s: %q, first point %s; want %s, %s", c.ask, w.answers, first, c.answer, c.first)
			}
		})
	}
}

// TestALongPathIsSteered: what needs no look at the path is applied whatever it
// is, and a move is compared with all of its pieces.
func TestALongPathIsSteered(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var list scan.Points
	for range 30_000 {
		list = append(list, []float64{r.Float64() * 100, r.Float64() * 100})
	}
	mesh := scan.Mesh{Start: []float64{1, 0}, Stop: []float64{100, 1999}, Intervals: []int{99, 1999}}
	huge := scan.Mesh{Start: []float64{1, 0}, Stop: []float64{2, 20_000}, Intervals: []int{1, 2_000_000}}
	beside := "refused: point 3: the way there is not on the path that was planned"
	for name, c := range map[string]struct {
		way  scan.Trajectory
		asks [][2]string
	}{
		"a mesh of 2000 lines": {mesh, [][2]string{
			{`{"do":"count_time","count_time":0.002}`, "applied at point 3"},
			{`{"do":"repeat"}`, "applied at point 3"},
			{`{"do":"skip_to","point":90}`, "applied at point 3"},
			{`{"do":"skip_to","point":400}`, beside},
			{`{"do":"points","points":[[50, 0], [2.5, 0], [100, 0], [1, 1], [1.5, 1], [100, 1]]}`, "applied at point 3"},
			{`{"do":"points","points":[[50, 1]]}`, beside},
			{`{"do":"pause"}`, "applied at point 3"}, {`{"do":"resume"}`, "applied at point 3"},
			{`{"do":"stop"}`, "applied at point 3"},
		}},
		"30 000 points": {list, [][2]string{
			{`{"do":"repeat","n":2}`, "applied at point 3"},
			{`{"do":"count_time","count_time":0.002}`, "applied at point 3"},
			{`{"do":"skip_to","point":20000}`, beside},
			{fmt.Sprintf(`{"do":"points","points":[[%v,%v],[%v,%v]]}`, list[1][0], list[1][1], (list[0][0]+list[1][0])/2, (list[0][1]+list[1][1])/2), "applied at point 3"},
			{`{"do":"stop"}`, "applied at point 3"},
		}},
		"more corners than are kept": {huge, [][2]string{
			{`{"do":"repeat"}`, "applied at point 3"},
			{`{"do":"count_time","count_time":0.002}`, "applied at point 3"},
			{`{"do":"points","points":[[1, 0]]}`, "refused: the path that was planned has more than 2000000 corners: it cannot be changed"},
			{`{"do":"stop"}`, "applied at point 3"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var texts, want []string
				for _, a := range c.asks {
					texts, want = append(texts, a[0]), append(want, a[1])
				}
				w := newWalk(t, c.way, map[int]func(*steered){2: asks(texts...)})
				w.run()
				if !slices.Equal(w.answers, want) {
					t.Errorf("%s\nwant\n%s", strings.Join(w.answers, "\n"), strings.Join(want, "\n"))
				}
			})
		})
	}
}

// TestAMeshThatLeavesItsGrid is told as scattered points, and what it was is
// told still. One that ends early, or counts longer, is on its grid.
func TestAMeshThatLeavesItsGrid(t *testing.T) {
	mesh := scan.Mesh{Start: []float64{1, 0}, Stop: []float64{4, 2}, Intervals: []int{3, 2}, Zigzag: true}
	for _, c := range []struct {
		ask   string
		grid  bool
		taken int
	}{
		{`{"do":"repeat"}`, false, 13},
		{`{"do":"skip_to","point":2}`, false, 11},
		{`{"do":"points","points":[[2, 0], [2.5, 0]]}`, false, 3},
		{`{"do":"points","points":[[2, 0], [3, 0], [4, 0], [4, 1]]}`, true, 5},
		{`{"do":"stop_at","position":1}`, true, 1},
		{`{"do":"count_time","count_time":0.01}`, true, 12},
	} {
		t.Run(c.ask, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWalk(t, mesh, map[int]func(*steered){0: asks(c.ask)})
				planned := w.s.Info()
				w.run()
				is := w.s.Info()
				if len(w.ways) != 1 || w.ways[0].Grid != c.grid || is.Taken != c.taken {
					t.Fatalf("%+v, %d points: %q", w.ways, is.Taken, w.answers)
				}
				if onGrid := slices.Equal(is.Shape, []int{3, 4}) && is.BackNForth; onGrid != c.grid || !c.grid && (is.Shape != nil || is.BackNForth) {
					t.Errorf("shape %v, back and forth %v", is.Shape, is.BackNForth)
				}
				if c.grid && !slices.Equal(is.Ranges, planned.Ranges) {
					t.Errorf("ranges of the grid: %v, planned %v", is.Ranges, planned.Ranges)
				}
				p := is.Plan
				if p == nil || p.Planned != 12 || !slices.Equal(p.Shape, []int{3, 4}) || !p.BackNForth || !slices.Equal(p.Ranges, planned.Ranges) || p.CountTime != 0.001 {
					t.Errorf("planned was %+v", p)
				}
				if !slices.Equal(is.PlannedShape(), []int{3, 4}) || planned.Plan != nil {
					t.Errorf("planned shape %v, before %v", is.PlannedShape(), planned.Plan)
				}
			})
		})
	}
}
