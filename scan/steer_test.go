package scan_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"blissh/data"
	"blissh/device"
	"blissh/scan"
)

// steered is a scan of robz with everything that it says about requests.
type steered struct {
	*notes
	s       *scan.Scan
	said    []string
	asked   []*data.Request
	ways    []*data.Way
	asking  sync.Mutex
	answers []string // as the senders heard them
}

// newSteered makes ascan(robz, 0, 10, 10, 0.1) that may go from -2 to 20 mm; at
// says what happens after a point.
func newSteered(t *testing.T, at map[int]func(*steered), change func(*scan.Plan)) *steered {
	t.Helper()
	axis, _ := newInstant("robz")
	_, gauss := newController("gauss")
	p := line(axis, 0, 10, 10, 100*time.Millisecond, gauss)
	if change != nil {
		change(&p)
	}
	x := &steered{notes: &notes{}}
	x.on = func(e data.Event) error {
		switch e := e.(type) {
		case *data.Steering:
			x.said = append(x.said, fmt.Sprintf("%d %s: %s", e.Points, e.What, e.Text))
			x.asked = append(x.asked, e.Request)
			if e.Way != nil {
				x.ways = append(x.ways, e.Way)
			}
		case *data.Row:
			if f := at[e.Index]; f != nil {
				f(x)
			}
		}
		return nil
	}
	x.s = mustNew(t, p, options(x.notes))
	return x
}

func (x *steered) allow(t *testing.T, a scan.Allowance) {
	t.Helper()
	if err := x.s.Allow("robz", -2, 20, a); err != nil {
		t.Fatal(err)
	}
}

// ask hands over a request as JSON, as another process would.
func (x *steered) ask(text string) {
	reply := func(a data.Answer) {
		x.asking.Lock()
		defer x.asking.Unlock()
		x.answers = append(x.answers, a.String())
	}
	q, err := data.ParseRequest([]byte(text))
	if err != nil {
		x.s.Refuse(q, err, reply)
		return
	}
	x.s.Ask(q, reply)
}

// positions are those of the points taken, in mm.
func (x *steered) positions() (list []float64) {
	for _, r := range x.rows {
		list = append(list, math.Round(r[0]*1e6)/1e6)
	}
	return list
}

func asks(texts ...string) func(*steered) {
	return func(x *steered) {
		for _, text := range texts {
			x.ask(text)
		}
	}
}

func TestRequestsChangeThePathBetweenTwoPoints(t *testing.T) {
	for _, c := range []struct {
		name    string
		at      int
		ask     []string
		want    string // positions taken
		answers string
	}{
		{"range", 3, []string{`{"do":"range","start":7,"stop":6,"intervals":2}`}, "0 1 2 3 7 6.5 6", "applied at point 4"},
		{"range without intervals", 3, []string{`{"do":"range","start":7,"stop":4}`}, "0 1 2 3 7 6 5 4", "applied at point 4"},
		{"range after the last point", 10, []string{`{"do":"range","start":5,"stop":6,"intervals":2}`}, "0 1 2 3 4 5 6 7 8 9 10 5 5.5 6", "applied at point 11"},
		{"a nearer end", 3, []string{`{"do":"stop_at","position":5}`}, "0 1 2 3 4 5", "applied at point 4"},
		{"an end between two points", 3, []string{`{"do":"stop_at","position":5.5}`}, "0 1 2 3 4 5 5.5", "applied at point 4"},
		{"a farther end", 8, []string{`{"do":"stop_at","position":12}`}, "0 1 2 3 4 5 6 7 8 9 10 11 12", "applied at point 9"},
		{"the end is here", 3, []string{`{"do":"stop_at","position":3}`}, "0 1 2 3", "applied at point 4"},
		{"the end is past", 8, []string{`{"do":"stop_at","position":3}`}, "0 1 2 3 4 5 6 7 8 9 10", "refused: robz is at 8 mm already, beyond 3"},
		{"smaller steps", 8, []string{`{"do":"step","step":0.5}`}, "0 1 2 3 4 5 6 7 8 8.5 9 9.5 10", "applied at point 9"},
		{"steps that do not fit", 7, []string{`{"do":"step","step":2}`}, "0 1 2 3 4 5 6 7 9 10", "applied at point 8"},
		{"points", 2, []string{`{"do":"points","points":[9, 4, 4.25]}`}, "0 1 2 9 4 4.25", "applied at point 3"},
		{"insert", 4, []string{`{"do":"insert","around":3.5,"width":1,"n":3}`}, "0 1 2 3 4 3 3.5 4 5 6 7 8 9 10", "applied at point 5"},
		{"skip to a position", 2, []string{`{"do":"skip_to","position":7.5}`}, "0 1 2 8 9 10", "applied at point 3"},
		{"skip to a point", 2, []string{`{"do":"skip_to","point":9}`}, "0 1 2 9 10", "applied at point 3"},
		{"repeat", 2, []string{`{"do":"repeat"}`}, "0 1 2 2 3 4 5 6 7 8 9 10", "applied at point 3"},
		{"repeat the last one", 10, []string{`{"do":"repeat","n":2}`}, "0 1 2 3 4 5 6 7 8 9 10 10 10", "applied at point 11"},
		{"stop", 2, []string{`{"do":"stop"}`}, "0 1 2", "applied at point 3"},
		{"several, in order", 2, []string{`{"do":"range","start":5,"stop":6,"intervals":1}`, `{"do":"insert","around":1,"width":0,"n":1}`}, "0 1 2 1 5 6", "applied at point 3, applied at point 3"},
		{"a nearer end of a new range", 2, []string{`{"do":"range","start":4,"stop":8,"intervals":4}`, `{"do":"stop_at","position":6}`}, "0 1 2 4 5 6", "applied at point 3, applied at point 3"},
		{"a nearer end of a range the other way", 2, []string{`{"do":"range","start":8,"stop":4,"intervals":4}`, `{"do":"stop_at","position":6}`}, "0 1 2 8 7 6", "applied at point 3, applied at point 3"},
		{"an end before a new range", 1, []string{`{"do":"range","start":4,"stop":8,"intervals":4}`, `{"do":"stop_at","position":3}`}, "0 1 2 3", "applied at point 2, applied at point 2"},
		{"contradictory: the last one holds", 2, []string{`{"do":"stop_at","position":4}`, `{"do":"stop_at","position":5}`}, "0 1 2 3 4 5", "applied at point 3, applied at point 3"},
		{"twice the same", 2, []string{`{"id":"a","do":"repeat"}`, `{"id":"a","do":"repeat"}`}, "0 1 2 2 3 4 5 6 7 8 9 10",
			"applied at point 3, refused: there was a request a before: applied at point 3"},
		{"too late for its point", 5, []string{`{"do":"stop","before_point":4}`}, "0 1 2 3 4 5 6 7 8 9 10", "refused: it was to be applied before point 4"},
		{"beyond what is allowed", 2, []string{`{"do":"range","start":5,"stop":30,"intervals":5}`}, "0 1 2 3 4 5 6 7 8 9 10", "refused: point 7: robz at 25 mm is outside the allowed -2 to 20 mm"},
		{"too many points", 2, []string{`{"do":"range","start":5,"stop":6,"intervals":19}`}, "0 1 2 3 4 5 6 7 8 9 10", "refused: 23 points would be planned, at most 22 are allowed"},
		{"too long a count", 2, []string{`{"do":"count_time","count_time":0.2}`}, "0 1 2 3 4 5 6 7 8 9 10", "refused: 0.2 s of count time, at most 0.1 s are allowed"},
		{"an axis that is not scanned", 2, []string{`{"do":"range","axis":"roby","start":5,"stop":6}`}, "0 1 2 3 4 5 6 7 8 9 10", "refused: the scan does not move roby"},
		{"a position that is none", 2, []string{`{"do":"points","points":[null,3]}`}, "0 1 2 3 4 5 6 7 8 9 10", "refused: points: [null,3] is not a list of positions"},
		{"no verb", 2, []string{`{"do":"jump"}`}, "0 1 2 3 4 5 6 7 8 9 10", `refused: no request is called "jump": stop, pause, resume, go_on, range, stop_at, step, points, insert, skip_to, repeat, count_time, comment`},
		{"no JSON", 2, []string{`stop`}, "0 1 2 3 4 5 6 7 8 9 10", `refused: no JSON object; expected is for example {"do": "stop"}`},
		{"for another scan", 2, []string{`{"do":"stop","scan":"other"}`}, "0 1 2 3 4 5 6 7 8 9 10", "refused: it is for another scan: this one is "},
		{"nobody else's pause", 2, []string{`{"do":"resume"}`}, "0 1 2 3 4 5 6 7 8 9 10", "refused: the scan is not paused"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x := newSteered(t, map[int]func(*steered){c.at: asks(c.ask...)}, nil)
				x.allow(t, scan.Allowance{})
				if err := x.s.Run(t.Context()); err != nil {
					t.Fatal(err)
				}
				if got := strings.Trim(fmt.Sprint(x.positions()), "[]"); got != c.want {
					t.Errorf("went to %s, want %s", got, c.want)
				}
				if got := strings.Join(x.answers, ", "); got != c.answers {
					t.Errorf("answered %s, want %s", got, c.answers)
				}
				if n := len(x.said); n != len(c.ask) {
					t.Errorf("%d events for %d requests: %q", n, len(c.ask), x.said)
				}
				if info := x.s.Info(); info.Outcome == data.Done && info.Planned != info.Taken {
					t.Errorf("%d planned, %d taken", info.Planned, info.Taken)
				}
				x.explained(t)
			})
		})
	}
}

// explained checks that the record says of every point where it was to be.
func (x *steered) explained(t *testing.T) {
	t.Helper()
	path := x.s.Info().Path
	for i, at := range x.positions() {
		var want []float64
		for _, s := range path {
			if p := s.Position(i); p != nil {
				want = p
			}
		}
		if want == nil || math.Abs(want[0]-at) > 1e-4 {
			t.Errorf("point %d is at %g, planned %v", i, at, want)
		}
	}
}

func TestWithoutAllowOnlyStopAndPauseAreObeyed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newSteered(t, map[int]func(*steered){
			1: asks(`{"do":"insert","around":3.5,"width":1,"n":3}`, `{"do":"repeat"}`, `{"do":"pause"}`, `{"do":"resume"}`),
			2: asks(`{"do":"stop","by":"me","reason":"enough"}`),
		}, nil)
		if err := x.s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		closed := "refused: the scan allows stop, pause and resume only: allow() has to be called before it runs"
		want := []string{closed, closed, "applied at point 2", "applied at point 2", "applied at point 3"}
		if !slices.Equal(x.answers, want) {
			t.Errorf("%q", x.answers)
		}
		if i := x.s.Info(); i.Taken != 3 || i.Outcome != data.Stopped || i.Reason != "by me: enough" {
			t.Errorf("%d points, %s %s", i.Taken, i.Outcome, i.Reason)
		}
	})
}

func TestTheWayIsPublishedAnewAfterEachChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newSteered(t, map[int]func(*steered){4: asks(`{"do":"insert","around":3.5,"width":1,"n":3,"by":"fit","host":"lab3"}`)}, nil)
		x.allow(t, scan.Allowance{})
		if err := x.s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if want := []string{"5 applied: insert 3.5 1 3 by fit on lab3: applied at point 5; 14 points planned, 0.9 s left"}; !slices.Equal(x.said, want) {
			t.Errorf("%q", x.said)
		}
		w := x.ways[0]
		if w.Planned != 14 || math.Abs(w.Left-0.9) > 1e-9 || w.CountTime != 0.1 || len(w.Path) != 2 {
			t.Fatalf("%+v", w)
		}
		if a, b := w.Path[0], w.Path[1]; a.From != 5 || a.Points != 3 || a.Start[0] != 3 || b.From != 8 || b.Points != 6 || b.Start[0] != 5 || b.Stop[0] != 10 {
			t.Errorf("%+v %+v", a, b)
		}
		if taken, planned := x.s.Progress(); taken != 14 || planned != 14 {
			t.Errorf("%d of %d", taken, planned)
		}
	})
}

// TestAWayThatEndsHere is a list without segments, for clients in any language.
func TestAWayThatEndsHere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newSteered(t, map[int]func(*steered){4: asks(`{"do":"stop_at","position":4}`)}, nil)
		x.allow(t, scan.Allowance{})
		if err := x.s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if text, err := json.Marshal(x.ways[0]); err != nil || !strings.Contains(string(text), `"planned":5`) || !strings.Contains(string(text), `"path":[]`) {
			t.Errorf("%s, %v", text, err)
		}
	})
}

func TestAPauseOfAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newSteered(t, map[int]func(*steered){2: func(x *steered) {
			x.ask(`{"do":"pause","by":"beam","reason":"12 < 140 mA"}`)
			at(time.Hour/2, func() {
				if why := x.s.Waits(); why != "paused by beam: 12 < 140 mA" {
					t.Errorf("waits: %q", why)
				}
				x.ask(`{"do":"resume","by":"another"}`)
			})
			at(time.Hour, func() { x.ask(`{"do":"resume","by":"beam"}`) })
		}}, nil)
		begin := time.Now()
		if err := x.s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took < time.Hour || took > time.Hour+2*time.Second {
			t.Errorf("took %v", took)
		}
		want := []string{
			"3 applied: pause by beam: applied at point 3 (12 < 140 mA)",
			"3 pause: paused by beam: 12 < 140 mA",
			"3 refused: resume by another: refused: it was paused by beam: 12 < 140 mA: each resumes only its own pause",
			"3 applied: resume by beam: applied at point 3",
			"3 resume: was paused for 1:00:00 by beam: 12 < 140 mA",
		}
		if !slices.Equal(x.said, want) {
			t.Errorf("%s", strings.Join(x.said, "\n"))
		}
		timing := x.s.Info().Timing
		if len(x.rows) != 11 || timing.Paused < time.Hour-time.Second || timing.Overhead > time.Second || timing.Total != timing.Paused+timing.Counting+timing.Motion+timing.Overhead {
			t.Errorf("%d points, %+v", len(x.rows), timing)
		}
	})
}

// TestWhatEndsAScanEndsItsPause, with the outcome, the record and the axes as
// they would be without one.
func TestWhatEndsAScanEndsItsPause(t *testing.T) {
	type plan = func(*scan.Plan)
	waits := func(p *scan.Plan) { p.WaitAdvice = time.Hour }
	budget := func(p *scan.Plan) { p.Deadline = 20 * time.Minute }
	both := func(p *scan.Plan) { waits(p); budget(p) }
	for _, c := range []struct {
		name    string
		plan    plan
		pause   bool
		stop    func(*scan.Scan)
		outcome data.Outcome
		reason  string
	}{
		{"Ctrl-C", nil, true, func(s *scan.Scan) { s.Interrupt() }, data.Aborted, "interrupted by Ctrl-C"},
		{"Ctrl-C while it waits", waits, false, func(s *scan.Scan) { s.Interrupt() }, data.Aborted, "interrupted by Ctrl-C"},
		{"a second one", nil, true, func(s *scan.Scan) { s.Interrupt(); s.Hurry() }, data.Aborted, "interrupted by Ctrl-C"},
		{"a stop", nil, true, func(s *scan.Scan) { s.Ask(data.Request{Do: data.DoStop, By: "me"}, nil) }, data.Stopped, "by me"},
		{"a stop while it waits", waits, false, func(s *scan.Scan) { s.Ask(data.Request{Do: data.DoStop, By: "me"}, nil) }, data.Stopped, "by me"},
		{"the deadline", budget, true, nil, data.Aborted, "past the deadline of 20m0s"},
		{"the deadline while it waits", both, false, nil, data.Aborted, "past the deadline of 20m0s"},
		{"a lost lease", nil, true, func(s *scan.Scan) { s.Stop(errBoom, scan.Now) }, data.Failed, "the store is gone"},
		{"a lost lease while it waits", waits, false, func(s *scan.Scan) { s.Stop(errBoom, scan.Now) }, data.Failed, "the store is gone"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x := newSteered(t, map[int]func(*steered){2: func(x *steered) {
					if c.pause {
						x.ask(`{"do":"pause"}`)
					}
					if c.stop != nil {
						at(10*time.Minute, func() { c.stop(x.s) })
						at(10*time.Minute, func() { x.ask(`{"id":"last","do":"go_on"}`) })
					}
				}}, c.plan)
				if c.plan != nil {
					for i := range 2 {
						at(time.Second*time.Duration(i+1), func() { x.ask(`{"do":"go_on"}`) })
					}
				}
				begin := time.Now()
				_ = x.s.Run(t.Context())
				if took := time.Since(begin); took < 9*time.Minute || took > 21*time.Minute {
					t.Errorf("took %v", took)
				}
				if i := x.s.Info(); i.Outcome != c.outcome || i.Reason != c.reason || i.Taken != len(x.rows) || i.Taken < 1 || i.Taken > 4 {
					t.Errorf("%s %q after %d points", i.Outcome, i.Reason, i.Taken)
				}
				if q := x.s.Quarantined(); q != nil || x.end == nil {
					t.Errorf("quarantined %v, end %v", q, x.end)
				}
				for _, e := range x.events[len(x.events)-1:] {
					if !strings.HasPrefix(e, "end ") {
						t.Errorf("ends with %s", e)
					}
				}
			})
		})
	}
}

func TestAPauseBeforeTheFirstPointMovesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		axis, _ := newInstant("robz")
		if err := axis.Move(t.Context(), 7); err != nil {
			t.Fatal(err)
		}
		_, gauss := newController("gauss")
		n := &notes{}
		s := mustNew(t, line(axis, 0, 1, 1, time.Second, gauss), options(n))
		n.on = func(e data.Event) error {
			if _, ok := e.(*data.NewNode); ok {
				s.Ask(data.Request{Do: data.DoPause, By: "beam"}, nil)
				at(time.Hour, func() {
					if at := axis.LastPosition(); at != 7 {
						t.Errorf("robz went to %g", at)
					}
					s.Ask(data.Request{Do: data.DoResume, By: "beam"}, nil)
				})
			}
			return nil
		}
		if err := s.Run(t.Context()); err != nil || len(n.rows) != 2 {
			t.Errorf("%v, %d points", err, len(n.rows))
		}
	})
}

func TestAScanWaitsForAdvice(t *testing.T) {
	for _, c := range []struct {
		without scan.WithoutAdvice
		took    time.Duration
		outcome data.Outcome
		reason  string
	}{
		{scan.GoOnWithout, 11*100*time.Millisecond + 10*2*time.Second - 1500*time.Millisecond, data.Done, ""},
		{scan.StopWithout, 200*time.Millisecond + 2500*time.Millisecond, data.Stopped, "by wait_advice: no advice within 2 s"},
		{scan.PauseWithout, 0, data.Aborted, "interrupted by Ctrl-C"},
	} {
		synctest.Test(t, func(t *testing.T) {
			x := newSteered(t, map[int]func(*steered){0: func(x *steered) { at(500*time.Millisecond, func() { x.ask(`{"do":"go_on"}`) }) }},
				func(p *scan.Plan) { p.WaitAdvice, p.Without = 2*time.Second, c.without })
			begin := time.Now()
			if c.without == scan.PauseWithout {
				at(time.Hour, func() { x.s.Interrupt() })
			}
			_ = x.s.Run(t.Context())
			if took := time.Since(begin); c.took > 0 && took != c.took {
				t.Errorf("took %v, want %v", took, c.took)
			}
			if i := x.s.Info(); i.Outcome != c.outcome || i.Reason != c.reason {
				t.Errorf("%s %q", i.Outcome, i.Reason)
			}
		})
	}
}

// TestWithSeveralAxesMovesStayOnThePath, for there may be something between its
// pieces.
func TestWithSeveralAxesMovesStayOnThePath(t *testing.T) {
	corner := scan.Points{{0, 0}, {4, 0}, {4, 4}}
	diagonal := scan.Linear{Start: []float64{0, 0}, Stop: []float64{4, 8}, Intervals: 4}
	for _, c := range []struct {
		t      scan.Trajectory
		ask    string
		answer string
		last   []float64
	}{
		{corner, `{"do":"points","points":[[2, 0], [4, 0], [4, 2]]}`, "applied at point 1", []float64{4, 2}},
		{corner, `{"do":"points","points":[[2, 0], [4, 2]]}`, "refused: point 2: the way there is not on the path that was planned", []float64{4, 4}},
		{corner, `{"do":"skip_to","point":2}`, "refused: point 1: the way there is not on the path that was planned", []float64{4, 4}},
		{corner, `{"do":"range","start":0,"stop":1}`, "refused: the scan does not go along a line: give points, with a position for each axis", nil},
		{diagonal, `{"do":"range","axis":"roby","start":2,"stop":4,"intervals":2}`, "applied at point 1", []float64{2, 4}},
		{diagonal, `{"do":"range","start":2,"stop":5,"intervals":2}`, "refused: point 3: the way there is not on the path that was planned", []float64{4, 8}},
		{diagonal, `{"do":"points","points":[1]}`, "refused: point 0 of the list has 1 positions, the scan moves 2 axes", []float64{4, 8}},
		{diagonal, `{"do":"step","step":2}`, "applied at point 1", []float64{4, 8}},
	} {
		synctest.Test(t, func(t *testing.T) {
			robx, _ := newInstant("robx")
			roby, _ := newInstant("roby")
			n, answer := &notes{}, ""
			p := scan.Plan{Name: "a2scan", Axes: []device.Axis{robx, roby}, Trajectory: c.t}
			s := mustNew(t, p, options(n))
			for _, a := range []string{"robx", "roby"} {
				if err := s.Allow(a, -100, 100, scan.Allowance{}); err != nil {
					t.Fatal(err)
				}
			}
			n.on = func(e data.Event) error {
				if row, ok := e.(*data.Row); ok && row.Index == 0 {
					q, err := data.ParseRequest([]byte(c.ask))
					if err != nil {
						t.Error(err)
					}
					s.Ask(q, func(a data.Answer) { answer = a.String() })
				}
				return nil
			}
			if err := s.Run(context.Background()); err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(answer, c.answer) || c.last == nil && !strings.HasPrefix(answer, "refused") {
				t.Errorf("%s: %s, want %s", c.ask, answer, c.answer)
			}
			if last := n.rows[len(n.rows)-1][:2]; c.last != nil && !slices.Equal(last, c.last) {
				t.Errorf("%s: ended at %v, want %v", c.ask, last, c.last)
			}
		})
	}
}

func TestRequestsBeforeAndAfterAScanAreAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newSteered(t, nil, nil)
		x.ask(`{"do":"stop"}`)
		if err := x.s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		x.ask(`{"do":"stop"}`)
		if want := []string{"refused: the scan has not started", "refused: the scan has ended"}; !slices.Equal(x.answers, want) || len(x.rows) != 11 {
			t.Errorf("%q, %d points", x.answers, len(x.rows))
		}
	})
}

func TestARequestExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newSteered(t, map[int]func(*steered){2: func(x *steered) {
			at(30*time.Millisecond, func() { x.ask(`{"do":"stop","within":0.05}`) })
			at(60*time.Millisecond, func() { x.ask(`{"do":"repeat","within":0.05}`) })
		}}, nil)
		x.allow(t, scan.Allowance{})
		if err := x.s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if want := []string{"refused: it was to be applied within 0.05 s, 0.07 s have passed", "applied at point 4"}; !slices.Equal(x.answers, want) {
			t.Errorf("%q", x.answers)
		}
	})
}

func TestAnotherCountTimeHoldsFromTheNextPointOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newSteered(t, map[int]func(*steered){4: asks(`{"do":"count_time","count_time":0.5}`)}, nil)
		x.allow(t, scan.Allowance{CountTime: time.Second})
		if err := x.s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if c := x.s.Info().Timing.Counting; c != 5*100*time.Millisecond+6*500*time.Millisecond {
			t.Errorf("counted for %v: %q", c, x.answers)
		}
	})
}

func TestAHookSteersByACallAndByWhatItReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newSteered(t, nil, nil)
		x.allow(t, scan.Allowance{})
		g := &guard2{onData: func(d *scan.Data) error {
			switch d.Index() {
			case 3:
				d.Scan().Range(6, 7, 2)
			case 6:
				return scan.AskPoints([]float64{1, 2})
			}
			return nil
		}}
		w := scan.NewWatchdog(g, scan.WatchdogOptions{Name: "Zoom", Stop: x.s.Stop, Ask: func(q data.Request) string { return x.s.Ask(q, nil) }})
		if err := x.s.AddSink(w); err != nil {
			t.Fatal(err)
		}
		if err := x.s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if want := "[0 1 2 3 6 6.5 7 1 2]"; fmt.Sprint(x.positions()) != want {
			t.Errorf("%v, want %s; %q", x.positions(), want, x.said)
		}
		if len(x.said) != 2 || !strings.HasPrefix(x.said[1], "7 applied: points (2) by hook Zoom: applied at point 7") {
			t.Errorf("%q", x.said)
		}
	})
}

// TestARequestForNaNIsRefused: what JSON cannot say does not fail the scan, nor
// does it keep what waits behind it from being answered.
func TestARequestForNaNIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newSteered(t, map[int]func(*steered){2: func(x *steered) {
			x.s.Ask(data.AskStopAt(math.NaN()), nil)
			x.ask(`{"do":"stop"}`)
		}}, nil)
		x.allow(t, scan.Allowance{})
		if err := x.s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, q := range x.asked {
			if _, err := json.Marshal(q); err != nil {
				t.Error(err)
			}
		}
		if len(x.said) != 2 || !strings.Contains(x.said[0], "refused") || !slices.Equal(x.answers, []string{"applied at point 3"}) {
			t.Errorf("%q, %q", x.said, x.answers)
		}
	})
}

// TestAnErrorBesideAdvice fails the scan, whatever the hook asks for with it.
func TestAnErrorBesideAdvice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newSteered(t, nil, nil)
		g := &guard2{onData: func(d *scan.Data) error {
			if d.Index() == 3 {
				return scan.AskAll(scan.AskPause("no beam"), errors.New("the interlock does not answer"))
			}
			return nil
		}}
		w := scan.NewWatchdog(g, scan.WatchdogOptions{Name: "Beam", Stop: x.s.Stop, Ask: func(q data.Request) string { return x.s.Ask(q, nil) }})
		if err := x.s.AddSink(w); err != nil {
			t.Fatal(err)
		}
		if err := x.s.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "the interlock does not answer") {
			t.Errorf("%v: %q", err, x.said)
		}
	})
}

// TestWhatIsWrappedAroundAdviceIsItsReason, and stands in the record.
func TestWhatIsWrappedAroundAdviceIsItsReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newSteered(t, nil, nil)
		x.allow(t, scan.Allowance{})
		g := &guard2{onData: func(d *scan.Data) error {
			switch d.Index() {
			case 2:
				return scan.AskAll(fmt.Errorf("no beam: %w", scan.AskRepeat()), scan.AskPause("beam"), scan.AskResume())
			case 5:
				return fmt.Errorf("enough: %w", fmt.Errorf("seen %w", scan.AskPoints([]float64{1})))
			}
			return nil
		}}
		w := scan.NewWatchdog(g, scan.WatchdogOptions{Name: "Beam", Stop: x.s.Stop, Ask: func(q data.Request) string { return x.s.Ask(q, nil) }})
		if err := x.s.AddSink(w); err != nil {
			t.Fatal(err)
		}
		if err := x.s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		var reasons []string
		for _, q := range x.asked {
			reasons = append(reasons, q.Do+" "+q.Reason)
		}
		if want := []string{"repeat no beam", "pause beam", "resume ", "points seen"}; !slices.Equal(reasons, want) {
			t.Errorf("%q, want %q; %q", reasons, want, x.said)
		}
	})
}

// guard2 is a hook that gates.
type guard2 struct{ onData func(*scan.Data) error }

func (g *guard2) Timeout() time.Duration        { return time.Second }
func (g *guard2) Mode() scan.Mode               { return scan.Gate }
func (g *guard2) OnFailure() scan.Policy        { return scan.FailScan }
func (g *guard2) OnScanNew(*data.Scan) error    { return nil }
func (g *guard2) OnScanData(d *scan.Data) error { return g.onData(d) }
func (g *guard2) OnTimeout() error              { return nil }
func (g *guard2) OnScanEnd(*data.Scan) error    { return nil }

// A comment is no change: it is taken without allow, at the very end too, and is no
// advice for a scan that waits for some.
func TestACommentIsTakenUntilTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newSteered(t, map[int]func(*steered){
			0: asks(`{"do":"comment","text":"first","by":"me"}`), 10: asks(`{"do":"stop"}`, `{"do":"comment","text":"last"}`),
		}, func(p *scan.Plan) { p.WaitAdvice = 100 * time.Millisecond })
		begin := time.Now()
		if err := x.s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(x.answers, ", "); got != "applied at point 1, applied at point 11, applied at point 11" {
			t.Error(got)
		}
		if took := time.Since(begin); took < 11*100*time.Millisecond { // every point is waited for in vain
			t.Errorf("a comment was taken for advice: %v", took)
		}
		if got := strings.Join(x.said, ", "); got != "1 comment: comment by me: first, 11 applied: stop by somebody: applied at point 11, 11 comment: comment by somebody: last" {
			t.Error(got)
		}
	})
}
