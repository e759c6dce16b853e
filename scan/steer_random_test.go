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
	total := soak.Count(1000, 20_000)
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
	axis, _ := newInstant("robz")
	if err := axis.SetLimits(-15, 15); err != nil {
		t.Fatal(err)
	}
	_, gauss := newController("gauss")
	var p scan.Plan
	switch c.r.IntN(3) {
	case 0:
		p = line(axis, -5, 5, 5+c.r.IntN(50), 20*time.Millisecond, gauss)
	case 1:
		p = line(axis, 0, 0, 0, 20*time.Millisecond, gauss)
		p.Trajectory = scan.Points{{3}, {1}, {4}, {-1}, {5}, {0}, {2}}
	default:
		robx, _ := newInstant("robx")
		p = line(axis, 0, 0, 0, 20*time.Millisecond, gauss)
		p.Name, p.Axes = "a2scan", []device.Axis{axis, robx}
		p.Trajectory = scan.Linear{Start: []float64{-4, 0}, Stop: []float64{4, 2}, Intervals: 20}
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

func (c *crowd) note(e data.Event) error {
	switch e := e.(type) {
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
			wait += time.Duration(c.r.IntN(60)) * time.Millisecond
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
	limit := math.Max(5, math.Max(-c.low, c.high)) + 1e-6
	path := info.Path
	for i, row := range c.rows {
		if math.Abs(row[0]) > math.Min(limit, 15+1e-6) {
			t.Errorf("point %d is at %g, allowed are %g to %g", i, row[0], c.low, c.high)
		}
		var want []float64
		for _, s := range path {
			if p := s.Position(i); p != nil {
				want = p
			}
		}
		if want == nil {
			t.Errorf("the record does not say where point %d was to be", i)
			continue
		}
		for k := range want {
			if math.Abs(row[k]-want[k]) > 1e-4 {
				t.Errorf("point %d: axis %d is at %g, planned %g", i, k, row[k], want[k])
			}
		}
		if len(want) == 2 && math.Abs(row[1]-(row[0]+4)/4) > 1e-3 {
			t.Errorf("point %d at %v is beside the line", i, row[:2])
		}
	}
	c.replay(t, info)
	if info.Planned > 300 || len(c.rows) != info.Taken {
		t.Errorf("%d planned, %d taken, %d seen", info.Planned, info.Taken, len(c.rows))
	}
	pauses := 0
	for _, e := range c.events {
		if (e.What == "applied" || e.What == "refused") != (e.Answer != nil) || strings.ContainsAny(e.Text, "\n\r") {
			t.Errorf("%+v", e)
		}
		switch e.What {
		case "pause":
			pauses++
		case "resume":
			pauses--
		}
		if pauses < 0 || pauses > 1 {
			t.Errorf("pauses and resumes do not match: %q", e.Text)
		}
	}
	if pauses != 0 {
		t.Error("a pause has no end")
	}
}

// replay follows the events alone, as another process would: each says where
// the scan goes from its point on.
func (c *crowd) replay(t *testing.T, info *data.Scan) {
	planned := map[int][]float64{}
	for _, e := range c.events {
		if e.Way == nil {
			continue
		}
		for i := range planned {
			if i >= e.Points {
				delete(planned, i)
			}
		}
		for _, s := range e.Way.Path {
			for i := s.From; i < s.From+s.Points; i++ {
				planned[i] = s.Position(i)
			}
		}
	}
	for i, want := range planned {
		if i < len(c.rows) && math.Abs(c.rows[i][0]-want[0]) > 1e-4 {
			t.Errorf("point %d is at %g, the events say %g", i, c.rows[i][0], want[0])
		}
	}
}
