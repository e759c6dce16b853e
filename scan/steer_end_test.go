package scan_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"blissh/data"
	"blissh/device/sim"
	"blissh/scan"
)

// standing is a relative scan of robz around 5 mm, from 4 to 6 mm, that stands
// still ten minutes after it has begun to, when it is ended.
type standing struct {
	*steered
	t       *testing.T
	motor   *sim.Motor
	shutter *shutter
	story   []string
	ends    time.Time // when the end is asked for
	budget  time.Time // when a hook has enough; zero: never
}

const standsFor = 10 * time.Minute

// moment is what a scan is doing when it is ended.
type moment struct {
	name   string
	plan   func(*scan.Plan)
	after  int // the point after which it stands; -1: before the first one
	ask    []string
	paused time.Duration
	told   []string // the shutter, before its stop
	points [2]int   // taken, when the end comes gently and when it comes now
}

var moments = []moment{
	{"a pause", nil, 2, []string{`{"do":"pause","by":"beam"}`}, standsFor, []string{"pause", "resume"}, [2]int{3, 3}},
	{"a pause of two", nil, 2, []string{`{"do":"pause","by":"beam"}`, `{"do":"pause","by":"gas"}`}, standsFor, []string{"pause", "resume"}, [2]int{3, 3}},
	{"a pause before the first point", nil, -1, []string{`{"do":"pause","by":"beam"}`}, standsFor, []string{"pause", "resume"}, [2]int{0, 0}},
	{"waiting for advice", func(p *scan.Plan) { p.WaitAdvice = time.Hour }, 0, nil, standsFor, nil, [2]int{1, 1}},
	{"a pause for want of advice", func(p *scan.Plan) { p.WaitAdvice, p.Without = time.Minute, scan.PauseWithout }, 0, nil, standsFor, []string{"pause", "resume"}, [2]int{1, 1}},
	{"between request and application", func(p *scan.Plan) { p.CountTime = time.Hour }, -1,
		[]string{`{"do":"pause","by":"beam"}`, `{"do":"stop_at","position":4.5}`, `{"do":"repeat"}`}, 0, nil, [2]int{1, 0}},
}

// endingOf is how it is ended, and what becomes of it.
type endingOf struct {
	name    string
	stop    func(*standing)
	now     bool // the count in progress is not finished
	back    bool // the axis goes back to where it stood
	outcome data.Outcome
	reason  string
}

var endings = []endingOf{
	{"Ctrl-C", func(x *standing) { x.s.Interrupt() }, false, true, data.Aborted, "interrupted by Ctrl-C"},
	{"two of them", func(x *standing) { x.s.Interrupt(); x.s.Hurry() }, true, false, data.Aborted, "interrupted by Ctrl-C"},
	{"Scan.Stop after the point", func(x *standing) { x.s.Stop(&scan.StopError{By: "me", Reason: "enough"}, scan.AfterPoint) }, false, true, data.Stopped, "by me: enough"},
	{"the deadline", func(x *standing) { x.s.Stop(&scan.DeadlineError{After: time.Hour}, scan.Now) }, true, false, data.Aborted, "past the deadline of 1h0m0s"},
	{"the budget of a hook", func(x *standing) {}, false, true, data.Stopped, "by hook Budget: the time is used up"},
	{"a lost store", func(x *standing) { x.s.Stop(errBoom, scan.Now) }, true, false, data.Failed, "the store is gone"},
}

// TestEveryEndAtEveryMomentAScanStands looks at outcome, record and axes: how
// long it was paused, that each request has one answer, that each pause has an
// end, where the axis is, and that the shutter was told.
func TestEveryEndAtEveryMomentAScanStands(t *testing.T) {
	for _, m := range moments {
		for _, e := range endings {
			t.Run(m.name+", "+e.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { newStanding(t, m, e).check(m, e) })
			})
		}
	}
}

func newStanding(t *testing.T, m moment, e endingOf) *standing {
	axis, motor := newAxis("robz")
	if err := axis.Move(t.Context(), 5); err != nil {
		t.Fatal(err)
	}
	_, gauss := newController("gauss")
	x := &standing{t: t, steered: &steered{notes: &notes{}}, motor: motor, shutter: &shutter{}}
	p := line(axis, -1, 1, 10, 100*time.Millisecond, gauss)
	p.Relative, p.Return, p.Presets = true, true, []scan.Preset{x.shutter}
	if m.plan != nil {
		m.plan(&p)
	}
	x.on = func(event data.Event) error { return x.note(m, e, event) }
	x.s = mustNew(t, p, options(x.notes))
	if err := x.s.Allow("robz", 0, 10, scan.Allowance{CountTime: time.Hour}); err != nil {
		t.Fatal(err)
	}
	hook := scan.NewWatchdog(&budgetHook{x}, scan.WatchdogOptions{Name: "Budget", Stop: x.s.Stop})
	if err := x.s.AddSink(hook); err != nil {
		t.Fatal(err)
	}
	_ = x.s.Run(t.Context())
	return x
}

// note begins to stand at the right point, and has the end asked for later.
func (x *standing) note(m moment, e endingOf, event data.Event) error {
	now := -2
	switch event := event.(type) {
	case *data.NewNode:
		now = -1
	case *data.Row:
		now = event.Index
	case *data.Steering:
		x.story = append(x.story, event.What)
		if event.Answer == nil {
			x.said = append(x.said, event.Text)
		}
	}
	if now != m.after {
		return nil
	}
	if m.plan != nil && m.ask != nil { // while it counts
		at(time.Minute, func() { asks(m.ask...)(x.steered) })
	} else {
		asks(m.ask...)(x.steered)
	}
	x.ends = time.Now().Add(standsFor)
	at(standsFor, func() { e.stop(x) })
	if e.name == "the budget of a hook" {
		x.budget = x.ends
	}
	return nil
}

func (x *standing) check(m moment, e endingOf) {
	t, i := x.t, x.s.Info()
	t.Helper()
	points := m.points[map[bool]int{true: 1}[e.now]]
	if i.Outcome != e.outcome || !strings.HasPrefix(i.Reason, e.reason) || i.Taken != points || len(x.rows) != points {
		t.Errorf("%s %q after %d points, %d seen; want %s %q after %d", i.Outcome, i.Reason, i.Taken, len(x.rows), e.outcome, e.reason, points)
	}
	timing := i.Timing
	if over := timing.Paused - m.paused; over < -time.Second || over > 2*time.Second || timing.Overhead < 0 || timing.Overhead > time.Second ||
		timing.Total != timing.Paused+timing.Counting+timing.Motion+timing.Overhead {
		t.Errorf("paused for %v, want %v: %+v", timing.Paused, m.paused, timing)
	}
	if want := append(slices.Clone(m.told), "stop"); !slices.Equal(x.shutter.told, want) {
		t.Errorf("the shutter heard %v, want %v", x.shutter.told, want)
	}
	x.checkRecord(m)
	x.checkAxis(m, e)
}

// checkRecord: one answer for each request, in the record, too; a resume for
// each pause.
func (x *standing) checkRecord(m moment) {
	x.t.Helper()
	n := map[string]int{}
	for _, what := range x.story {
		n[what]++
	}
	if len(x.answers) != len(m.ask) || n["applied"]+n["refused"] != len(m.ask) || n["pause"] != n["resume"] || n["pause"] > 1 || (n["pause"] == 1) != (m.told != nil) {
		x.t.Errorf("%q: %v", x.answers, x.story)
	}
	for _, a := range x.answers {
		if m.told == nil && a != "refused: the scan is ending" || m.told != nil && !strings.HasPrefix(a, "applied") {
			x.t.Errorf("answered %s", a)
		}
	}
	if n["resume"] == 1 && !strings.HasSuffix(x.said[len(x.said)-1], "; the scan is to end") {
		x.t.Errorf("%q", x.said)
	}
	if x.end == nil || x.events[len(x.events)-1] != fmt.Sprintf("end %s", x.end.Outcome) {
		x.t.Errorf("%q", x.events)
	}
}

// checkAxis: it is at rest, where the scan left it or where it was before.
func (x *standing) checkAxis(m moment, e endingOf) {
	x.t.Helper()
	at, state, err := x.motor.Read(x.t.Context())
	want := 5.
	if moved := m.after >= 0 || m.plan != nil; moved && !e.back {
		want = 4 + 0.2*float64(max(m.after, 0))
	}
	if err != nil || !state.AtRest() || math.Abs(at-want) > 1e-3 || x.s.Quarantined() != nil {
		x.t.Errorf("robz is at %g, %v, want %g; quarantined %v, %v", at, state, want, x.s.Quarantined(), err)
	}
}

// budgetHook ends its scan when the time is used up, as scripts/time_budget_hook.go
// does.
type budgetHook struct{ x *standing }

func (h *budgetHook) Timeout() time.Duration        { return 500 * time.Millisecond }
func (h *budgetHook) Mode() scan.Mode               { return scan.Observe }
func (h *budgetHook) OnFailure() scan.Policy        { return scan.FailScan }
func (h *budgetHook) OnScanNew(*data.Scan) error    { return nil }
func (h *budgetHook) OnScanData(d *scan.Data) error { return h.look() }
func (h *budgetHook) OnTimeout() error              { return h.look() }
func (h *budgetHook) OnScanEnd(*data.Scan) error    { return nil }

func (h *budgetHook) look() error {
	h.x.mu.Lock()
	defer h.x.mu.Unlock()
	if b := h.x.budget; b.IsZero() || time.Now().Before(b) {
		return nil
	}
	return fmt.Errorf("the time is used up: %w", scan.StopAfterPoint)
}
