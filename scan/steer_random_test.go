package scan_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"blissh/data"
	"blissh/device"
	"blissh/internal/soak"
	"blissh/scan"
)

// crowd is a running scan with several senders that ask for anything.
type crowd struct {
	mu      sync.Mutex // asked, replies
	r       *rand.Rand
	s       *scan.Scan
	way     scan.Trajectory // as planned
	stood   []float64       // where the axes stood before
	planned []data.Segment  // as the scan's first event tells them
	rows    [][]float64
	events  []*data.Steering
	asked   int
	replies map[int][]string // by request
	low     float64
	high    float64
}

// TestWhateverIsAskedTheScanStaysWithinWhatIsAllowed lets four senders ask for
// what is right, wrong, late, doubled, foreign and contradictory, at random
// times, and checks: nothing moves outside the limits or what is allowed, each
// request is answered exactly once, and the record says of every point where it
// was to be.
func TestWhateverIsAskedTheScanStaysWithinWhatIsAllowed(t *testing.T) {
	first := soak.Seed(t)
	total := soak.Count(800, 20_000)
	asked, applied, points := 0, 0, 0
	for n := uint64(0); asked < total; n++ {
		seed := first + n
		synctest.Test(t, func(t *testing.T) {
			c := newCrowd(t, seed)
			c.run(t)
			c.check(t)
			if t.Failed() {
				t.Fatalf("seed %d", seed)
			}
			asked, points = asked+c.asked, points+len(c.rows)
			for _, e := range c.events {
				if e.What == "applied" {
					applied++
				}
			}
		})
	}
	t.Logf("%d requests, %d of them applied, %d points", asked, applied, points)
	if applied < asked/20 {
		t.Errorf("only %d of %d requests were applied: the test has lost its edge", applied, asked)
	}
}

func newCrowd(t *testing.T, seed uint64) *crowd {
	t.Helper()
	c := &crowd{r: rand.New(rand.NewPCG(seed, 3)), replies: map[int][]string{}}
	c.way = c.trajectory()
	_, gauss := newController("gauss")
	p := scan.Plan{Name: "anyscan", Trajectory: c.way, CountTime: 20 * time.Millisecond, Counters: []*device.Counter{gauss}}
	for k := range len(c.at(0)) {
		axis, _ := newInstant([]string{"robz", "robx", "roby"}[k])
		if err := axis.SetLimits(-farthest, farthest); err != nil {
			t.Fatal(err)
		}
		if c.r.IntN(2) == 0 {
			if err := axis.Move(t.Context(), math.Round(c.r.Float64()*8-4)); err != nil {
				t.Fatal(err)
			}
		}
		at, err := axis.Position(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		c.stood = append(c.stood, at)
		p.Axes = append(p.Axes, axis)
	}
	if c.r.IntN(3) == 0 {
		p.WaitAdvice, p.Without = time.Duration(c.r.IntN(30))*time.Millisecond, scan.WithoutAdvice(c.r.IntN(3))
	}
	n := &notes{on: c.note}
	c.s = mustNew(t, p, options(n))
	c.low, c.high = -4-c.r.Float64()*14, 4+c.r.Float64()*14
	if c.r.IntN(5) > 0 {
		for _, a := range p.Axes {
			if err := c.s.Allow(a.Name(), c.low, c.high, scan.Allowance{CountTime: 50 * time.Millisecond, Points: 300, Duration: 20 * time.Second}); err != nil {
				t.Fatal(err)
			}
		}
	}
	return c
}

// farthest is the limit of each axis, on both sides.
const farthest = 15

// trajectory is any path, of one axis or of several.
func (c *crowd) trajectory() scan.Trajectory {
	small := func() float64 { return float64(c.r.IntN(11) - 5) }
	switch c.r.IntN(6) {
	case 0:
		return scan.Linear{Start: []float64{-5}, Stop: []float64{5}, Intervals: 5 + c.r.IntN(50)}
	case 1:
		return scan.Points{{3}, {1}, {4}, {-1}, {5}, {0}, {2}}
	case 2:
		return scan.Linear{Start: []float64{-4, 0}, Stop: []float64{4, 2}, Intervals: 20}
	case 3:
		return scan.Mesh{Start: []float64{-3, small()}, Stop: []float64{3, small()}, Intervals: []int{2 + c.r.IntN(5), 1 + c.r.IntN(4)}, Zigzag: c.r.IntN(2) == 0}
	case 4:
		return scan.Mesh{Start: []float64{-2, 0, small()}, Stop: []float64{2, 1, small()}, Intervals: []int{3, 2, 2}, Zigzag: c.r.IntN(2) == 0}
	}
	var list scan.Points
	for range 2 + c.r.IntN(12) {
		list = append(list, []float64{small(), small()})
	}
	return list
}

// at is point i of what was planned.
func (c *crowd) at(i int) []float64 {
	axes := 1
	switch t := c.way.(type) {
	case scan.Linear:
		axes = len(t.Start)
	case scan.Mesh:
		axes = len(t.Start)
	case scan.Points:
		axes = len(t[0])
	}
	to := make([]float64, axes)
	c.way.At(i, to)
	return to
}

// onPieces reports whether all of a move is on the straight pieces of what was
// planned, the way to its first point included.
func (c *crowd) onPieces(from, to []float64) bool {
	const steps = 40
	x := make([]float64, len(from))
	for n := range steps + 1 {
		for k := range x {
			x[k] = from[k] + (to[k]-from[k])*float64(n)/steps
		}
		if !c.onPiece(x) {
			return false
		}
	}
	return true
}

func (c *crowd) onPiece(x []float64) bool {
	a := c.stood
	for i := range c.way.Len() {
		b := c.at(i)
		if beside(a, b, x) < 1e-4 {
			return true
		}
		a = b
	}
	return false
}

// beside is how far x is from the straight line from a to b.
func beside(a, b, x []float64) float64 {
	along, square, far := 0., 0., 0.
	for k := range x {
		along += (x[k] - a[k]) * (b[k] - a[k])
		square += (b[k] - a[k]) * (b[k] - a[k])
	}
	t := 0.
	if square > 0 {
		t = math.Max(0, math.Min(1, along/square))
	}
	for k := range x {
		far = math.Hypot(far, x[k]-a[k]-t*(b[k]-a[k]))
	}
	return far
}

func (c *crowd) note(e data.Event) error {
	switch e := e.(type) {
	case *data.NewNode:
		c.planned = e.Node.Scan.Path
	case *data.Row:
		c.rows = append(c.rows, append([]float64(nil), e.Values...))
	case *data.Steering:
		k := *e
		c.events = append(c.events, &k)
	}
	return nil
}

// run has four senders ask while the scan runs, and somebody who ends pauses
// that nobody else would.
func (c *crowd) run(t *testing.T) {
	for sender := range 4 {
		wait := time.Duration(0)
		for range 2 + c.r.IntN(12) {
			if c.r.IntN(3) > 0 { // else at the same time as the last one
				wait += time.Duration(c.r.IntN(60)) * time.Millisecond
			}
			text := c.request(sender)
			at(wait, func() { c.ask(text) })
		}
	}
	for k := range 200 {
		at(time.Duration(k)*300*time.Millisecond, func() { c.s.Ask(data.Request{Do: data.DoResume, By: scan.Prompt}, nil) })
	}
	if c.r.IntN(8) == 0 {
		at(time.Duration(c.r.IntN(400))*time.Millisecond, func() { c.s.Interrupt() })
	}
	_ = c.s.Run(t.Context())
	time.Sleep(2 * time.Minute) // what comes late is answered, too
}

func (c *crowd) ask(text string) {
	c.mu.Lock()
	n := c.asked
	c.asked++
	c.mu.Unlock()
	reply := func(a data.Answer) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.replies[n] = append(c.replies[n], a.String())
	}
	q, err := data.ParseRequest([]byte(text))
	if err != nil {
		c.s.Refuse(q, err, reply)
		return
	}
	c.s.Ask(q, reply)
}

// place is a point on the planned path, or near it.
func (c *crowd) place() string {
	i := c.r.IntN(c.way.Len())
	at := c.at(i)
	if i > 0 && c.r.IntN(2) == 0 {
		for k, x := range c.at(i - 1) {
			at[k] = (at[k] + x) / 2
		}
	}
	if c.r.IntN(8) == 0 {
		at[c.r.IntN(len(at))] += 0.5
	}
	return strings.ReplaceAll(fmt.Sprint(at), " ", ",")
}

// some are points on the planned path from somewhere on: one after the other, or
// in any order.
func (c *crowd) some() string {
	if c.r.IntN(2) == 0 {
		return "[" + c.place() + "," + c.place() + "," + c.place() + "]"
	}
	var list []string
	for i := c.r.IntN(c.way.Len()); i < c.way.Len() && len(list) < 6; i++ {
		list = append(list, strings.ReplaceAll(fmt.Sprint(c.at(i)), " ", ","))
	}
	return "[" + strings.Join(list, ",") + "]"
}

// request is anything that somebody may send.
func (c *crowd) request(sender int) string {
	x := func() string { return fmt.Sprintf("%.3f", c.r.Float64()*40-20) }
	near := func() string { return fmt.Sprintf("%.3f", c.r.Float64()*6-3) }
	n := func(most int) string { return fmt.Sprint(c.r.IntN(most)) }
	by := fmt.Sprintf(`,"by":"s%d"`, sender)
	switch c.r.IntN(8) {
	case 0:
		by += fmt.Sprintf(`,"id":"id%d"`, c.r.IntN(6)) // often doubled
	case 1:
		by += `,"before_point":` + n(40)
	case 2:
		by += `,"within":0.03`
	case 3:
		by += `,"scan":"elsewhere"`
	}
	body := []string{
		`"do":"stop"`, `"do":"pause"`, `"do":"pause"`, `"do":"resume"`, `"do":"resume"`, `"do":"go_on"`,
		`"do":"range","start":` + x() + `,"stop":` + x() + `,"intervals":` + n(60),
		`"do":"range","start":` + near() + `,"stop":` + near() + `,"intervals":` + n(20),
		`"do":"range","start":` + near() + `,"stop":` + near(),
		`"do":"stop_at","position":` + near(), `"do":"stop_at","position":` + x(),
		`"do":"step","step":` + near(), `"do":"step","step":0.0000001`,
		`"do":"points","points":[` + near() + `,` + near() + `,` + x() + `]`,
		`"do":"points","points":[[-2,0.5],[0,1],[2,1.5]]`, `"do":"points","points":[[-2,0.5],[0,3]]`,
		`"do":"points","points":` + c.some(), `"do":"points","points":` + c.some(), `"do":"points","points":` + c.some(),
		`"do":"insert","axis":"robx","around":` + near() + `,"width":0.5,"n":` + n(4), `"do":"stop_at","axis":"robx","position":` + near(),
		`"do":"insert","around":` + near() + `,"width":1,"n":` + n(8), `"do":"insert","around":` + x() + `,"width":1,"n":` + n(8),
		`"do":"skip_to","position":` + near(), `"do":"skip_to","point":` + n(60), `"do":"repeat"`, `"do":"repeat","n":` + n(4),
		`"do":"count_time","count_time":0.01`, `"do":"count_time","count_time":0.04`, `"do":"count_time","count_time":99`,
		`"do":"range","start":"a","stop":1`, `"do":"range"`, `"do":"fly"`, `"do":"stop","speed":3`, `"do":"range","axis":"phi","start":0,"stop":1,"intervals":2`,
		`"do":"insert","around":1e308,"width":1e308,"n":2`, `"do":"range","start":-1e308,"stop":1e308`, `"do":"range","start":0,"stop":1,"intervals":9999999999`,
	}
	if c.r.IntN(20) == 0 {
		return []string{"", "stop", "[1]", "null", `{"do":`, "\x00\xff", `{"do":"stop"} {"do":"stop"}`}[c.r.IntN(7)]
	}
	k := c.r.IntN(len(body))
	if k == 0 && c.r.IntN(5) > 0 { // a stop ends the test of this scan
		k = 5
	}
	return "{" + body[k] + by + "}"
}

func (c *crowd) check(t *testing.T) {
	info := c.s.Info()
	for n := range c.asked {
		if len(c.replies[n]) != 1 {
			t.Errorf("request %d was answered %d times: %q", n, len(c.replies[n]), c.replies[n])
		}
	}
	if info.Planned > 300 || len(c.rows) != info.Taken {
		t.Errorf("%d planned, %d taken, %d seen", info.Planned, info.Taken, len(c.rows))
	}
	from := c.stood
	for i := range c.rows {
		from = c.checkPoint(t, i, from)
	}
	c.explained(t, "the record", info.Path)
	c.explained(t, "the events", c.told())
	c.checkEvents(t)
	c.checkGrid(t, info)
}

// checkPoint looks at the move to a point, and gives where the axes were sent.
func (c *crowd) checkPoint(t *testing.T, i int, from []float64) []float64 {
	at := c.rows[i][:len(from)]
	planned := false
	for k := range c.way.Len() {
		planned = planned || beside(c.at(k), c.at(k), at) < 1e-3
	}
	for _, x := range at {
		if math.Abs(x) > farthest+1e-6 || !planned && (x < c.low-1e-3 || x > c.high+1e-3) {
			t.Errorf("point %d is at %v, allowed are %g to %g", i, at, c.low, c.high)
		}
	}
	if len(at) > 1 && !c.onPieces(from, at) {
		t.Errorf("point %d: from %v to %v beside the path", i, from, at)
	}
	return at
}

// told is what the scan's events say of its path, as another process hears it.
func (c *crowd) told() []data.Segment {
	s := data.Scan{Path: c.planned}
	for _, e := range c.events {
		if e.Way != nil {
			s.Turn(e.Points, e.Way)
		}
	}
	return s.Path
}

// explained checks that a path says of every point where it was to be.
func (c *crowd) explained(t *testing.T, who string, path []data.Segment) {
	for i, row := range c.rows {
		var want []float64
		for _, s := range path {
			if p := s.Position(i); p != nil {
				want = p
			}
		}
		if want == nil {
			t.Errorf("%s does not say where point %d was to be", who, i)
			continue
		}
		for k := range want {
			if math.Abs(row[k]-want[k]) > 1e-4 {
				t.Errorf("point %d: axis %d is at %g, %s says %g", i, k, row[k], who, want[k])
			}
		}
	}
}

// checkEvents: each answer stands in the record as it was given, unless it came
// too late for that; pauses have an end.
func (c *crowd) checkEvents(t *testing.T) {
	recorded, pauses, last := map[string]int{}, 0, 0
	for _, e := range c.events {
		if (e.What == "applied" || e.What == "refused") != (e.Answer != nil) || strings.ContainsAny(e.Text, "\n\r") || e.Points < last {
			t.Errorf("after %d points: %+v", last, e)
		}
		last = e.Points
		if e.Answer != nil {
			recorded[e.Answer.String()]++
			if e.Request.Sender() == "somebody" && e.Request.Do != "" && e.Request.Check() == nil {
				t.Errorf("nobody has asked for %v", e.Request)
			}
		}
		pauses += map[string]int{"pause": 1, "resume": -1}[e.What]
		if pauses < 0 || pauses > 1 {
			t.Errorf("pauses and resumes do not match: %q", e.Text)
		}
	}
	if pauses != 0 {
		t.Error("a pause has no end")
	}
	for _, list := range c.replies {
		for _, answer := range list {
			if recorded[answer]--; recorded[answer] < 0 && answer != "refused: the scan has ended" && answer != "refused: the scan has not started" {
				t.Errorf("answered %q, which is not recorded", answer)
			}
		}
	}
}

// checkGrid: the shape of a mesh holds if and only if its points are those of
// the grid, and what was planned is told once something has changed.
func (c *crowd) checkGrid(t *testing.T, info *data.Scan) {
	mesh, ok := c.way.(scan.Mesh)
	changed := false
	for _, e := range c.events {
		changed = changed || e.Way != nil
	}
	if (info.Plan != nil) != changed || ok != (len(info.PlannedShape()) == len(mesh.Start)) && len(mesh.Start) > 0 {
		t.Errorf("changed: %v, planned %+v", changed, info.Plan)
	}
	for i, row := range c.rows {
		if len(info.Shape) > 0 && beside(c.at(i), c.at(i), row[:len(mesh.Start)]) > 1e-3 {
			t.Errorf("a mesh of shape %v has point %d at %v", info.Shape, i, row)
		}
	}
}
