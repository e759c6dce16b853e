package scan_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"blissh/data"
	"blissh/device"
	"blissh/device/sim"
	"blissh/internal/soak"
	"blissh/scan"
)

// chaos is a random beamline, a random plan, random faults, random stops.
type chaos struct {
	r       *rand.Rand
	axes    []*device.MotorAxis
	motors  []*sim.Motor
	ctls    []*sim.Controller
	calls   []string
	plan    scan.Plan
	notes   *notes
	last    *notes
	faults  int
	story   []string
	stopped bool
}

func newChaos(seed uint64) *chaos {
	c := &chaos{r: rand.New(rand.NewPCG(seed, 7)), notes: &notes{}, last: &notes{}}
	var start, stop []float64
	for k := range c.r.IntN(4) {
		cfg := robz
		cfg.Name = fmt.Sprint("axis", k)
		cfg.Backlash = []float64{0, 0, 0.5, -0.5}[c.r.IntN(4)]
		a, m := sim.NewAxis(cfg, sim.MotorOptions{Instant: c.r.IntN(4) == 0}, device.TimerWait)
		c.axes, c.motors = append(c.axes, a), append(c.motors, m)
		c.plan.Axes = append(c.plan.Axes, a)
		start, stop = append(start, c.r.Float64()*20-10), append(stop, c.r.Float64()*20-10)
	}
	for k := range c.r.IntN(4) {
		o := sim.ControllerOptions{Name: fmt.Sprint("ctl", k), ReadTime: time.Duration(c.r.IntN(3)) * 20 * time.Millisecond, Master: k == 0 && c.r.IntN(3) == 0}
		ctl := sim.NewController(o)
		c.ctls = append(c.ctls, ctl)
		c.plan.Counters = append(c.plan.Counters, ctl.Add(fmt.Sprint("counter", k), "", sim.Flat(1, 0.1)))
	}
	c.plan.Name = "chaos"
	n := 1 + c.r.IntN(8)
	c.plan.Trajectory = scan.Linear{Start: start, Stop: stop, Intervals: n}
	c.plan.CountTime = time.Duration(c.r.IntN(4)) * 100 * time.Millisecond
	c.plan.SleepTime = time.Duration(c.r.IntN(2)) * 50 * time.Millisecond
	c.plan.StabTime = time.Duration(c.r.IntN(2)) * 30 * time.Millisecond
	c.plan.Return = c.r.IntN(2) == 0
	for k := range c.r.IntN(3) {
		d := &diary{name: fmt.Sprint("preset", k), to: &c.calls, fails: []string{"", "", "", "", "prepare", "start", "stop"}[c.r.IntN(7)]}
		d.block = c.r.IntN(2) == 0
		if d.fails != "" {
			c.story = append(c.story, fmt.Sprint(d.name, " fails to ", d.fails, ", blocks: ", d.block))
			c.faults++
		}
		c.plan.Presets = append(c.plan.Presets, d)
	}
	return c
}

// disturb makes some devices fail, now or later.
func (c *chaos) disturb() {
	boom := errors.New("boom")
	var all []*sim.Faults
	for _, m := range c.motors {
		all = append(all, &m.Faults)
	}
	for _, k := range c.ctls {
		all = append(all, &k.Faults)
	}
	for i, f := range all {
		if c.r.IntN(6) > 0 {
			continue
		}
		op, after := sim.Op(c.r.IntN(5)), c.r.IntN(12)
		if c.r.IntN(3) > 0 {
			f.FailAfter(op, after, boom)
		} else {
			f.HangAfter(op, after)
		}
		c.faults++
		c.story = append(c.story, fmt.Sprint("device ", i, " fails at ", op, " after ", after))
	}
}

// press stops the scan at random times, in the order of rising impatience.
func (c *chaos) press(s *scan.Scan) {
	wait := time.Duration(0)
	for _, when := range []scan.When{scan.AfterPoint, scan.Gently, scan.Now} {
		if c.r.IntN(2) == 0 && (c.faults == 0 || when != scan.Now) {
			continue
		}
		wait += time.Duration(c.r.Int64N(int64(2 * time.Second)))
		cause := []error{&scan.StopError{By: "hook"}, scan.ErrInterrupted, errBoom}[c.r.IntN(3)]
		c.stopped = true
		c.story = append(c.story, fmt.Sprint("stop ", when, " after ", wait, ": ", cause))
		at(wait, func() { s.Stop(cause, when) })
	}
	if c.faults > 0 { // something may hang on the way back
		at(10*time.Minute, func() { s.Interrupt() })
	}
}

var errBoom = errors.New("the store is gone")

// TestWhateverHappensTheEndIsInOrder runs random scans over random beamlines
// that fail at random and are stopped at random, and checks what must hold.
func TestWhateverHappensTheEndIsInOrder(t *testing.T) {
	first := soak.Seed(t)
	for n := range soak.Count(500, 60_000) {
		seed := first + uint64(n)
		synctest.Test(t, func(t *testing.T) {
			c := newChaos(seed)
			c.disturb()
			o := scan.Options{Wait: device.TimerWait, Sinks: []scan.Sink{c.notes, c.last}}
			s, err := scan.New(c.plan, o)
			if err != nil {
				t.Fatal(err)
			}
			c.press(s)
			err = s.Run(t.Context())
			c.check(t, s, err)
			if t.Failed() {
				t.Fatalf("seed %d: %+v\n%v\ncalls %v\nevents %v\nended with %v", seed, c.plan, c.story, c.calls, c.notes.events, err)
			}
			for _, m := range c.motors {
				m.Clear()
			}
			for _, k := range c.ctls {
				k.Clear()
			}
			time.Sleep(time.Hour)
		})
	}
}

// check holds for every scan.
func (c *chaos) check(t *testing.T, s *scan.Scan, err error) {
	info := s.Info()
	for k, m := range c.motors {
		m.Clear()
		_, state, _ := m.Read(t.Context())
		if !state.AtRest() && !c.axes[k].Quarantined() || c.axes[k].IsMoving() {
			t.Errorf("axis%d is %v, quarantined %v", k, state, c.axes[k].Quarantined())
		}
	}
	if len(c.notes.events) > 0 {
		if c.notes.end == nil || c.notes.end.Outcome != info.Outcome || c.notes.end.Points != len(c.notes.rows) {
			t.Errorf("the end was told as %+v", c.notes.end)
		}
		if !slices.Equal(c.notes.events, c.last.events) {
			t.Errorf("the sinks heard different things: %v", c.last.events)
		}
	}
	if info.Taken != len(c.notes.rows) {
		t.Errorf("%d taken, %d rows", info.Taken, len(c.notes.rows))
	}
	if clean := info.Outcome == data.Done || info.Outcome == data.Stopped; clean != (err == nil) {
		t.Errorf("%s with error %v", info.Outcome, err)
	}
	if (info.Outcome == data.Done) != (info.Reason == "") {
		t.Errorf("%s because %q", info.Outcome, info.Reason)
	}
	if info.Outcome == data.Done && info.Taken != c.plan.Trajectory.Len() {
		t.Errorf("done after %d points", info.Taken)
	}
	if info.Outcome != data.Done && !c.stopped && c.faults == 0 {
		t.Errorf("%s for no reason", info.Outcome)
	}
	if sum := info.Timing.Counting + info.Timing.Motion + info.Timing.Overhead; sum != info.Timing.Total || info.Timing.Overhead < 0 {
		t.Errorf("timing %+v", info.Timing)
	}
	c.checkPresets(t)
}

// checkPresets wants a stop for every prepare, in reverse order.
func (c *chaos) checkPresets(t *testing.T) {
	var prepared, stops []string
	for _, call := range c.calls {
		var name, what string
		_, _ = fmt.Sscan(call, &name, &what)
		switch what {
		case "prepare":
			prepared = append(prepared, name)
		case "stop":
			stops = append(stops, name)
		}
	}
	slices.Reverse(stops)
	if !slices.Equal(prepared, stops) {
		t.Errorf("prepared %v, stopped in reverse %v", prepared, stops)
	}
}
