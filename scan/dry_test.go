package scan_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"blissh/data"
	"blissh/device"
	"blissh/scan"
)

// dryAxes are two axes like robz, the first one at 1 mm, for a dry run or not.
func dryAxes(t *testing.T, dry bool) []device.Axis {
	t.Helper()
	var list []device.Axis
	for i, name := range []string{"x", "y"} {
		a, m := newAxis(name)
		_ = m.SetDial(t.Context(), float64(1-i))
		if dry {
			if err := a.StandIn(t.Context()); err != nil {
				t.Fatal(err)
			}
			_ = m.SetDial(t.Context(), 77) // whoever asks the hardware is found out
		} else if _, err := a.Position(t.Context()); err != nil {
			t.Fatal(err)
		}
		list = append(list, a)
	}
	return list
}

// TestADryRunTakesTheTimeOfARealOne: the same plans, run and run dry, take times
// within a tenth, leave the axes at the same places and end alike.
func TestADryRunTakesTheTimeOfARealOne(t *testing.T) {
	line := scan.Linear{Start: []float64{-5}, Stop: []float64{5}, Intervals: 50}
	plans := map[string]scan.Plan{
		"line":     {Trajectory: line, CountTime: 10 * time.Millisecond},
		"back":     {Trajectory: line, CountTime: 10 * time.Millisecond, Relative: true, Return: true},
		"waits":    {Trajectory: line, SleepTime: 20 * time.Millisecond, StabTime: 30 * time.Millisecond},
		"mesh":     {Trajectory: scan.Mesh{Start: []float64{0, 0}, Stop: []float64{1, 2}, Intervals: []int{4, 3}, Zigzag: true}, CountTime: 5 * time.Millisecond},
		"points":   {Trajectory: scan.Points{{3}, {-2}, {0.5}}, CountTime: time.Second},
		"deadline": {Trajectory: line, CountTime: time.Second, Deadline: 10 * time.Second},
		"loop":     {Trajectory: scan.Static{N: 100}, CountTime: 30 * time.Millisecond, SleepTime: time.Second},
		"open":     {Trajectory: scan.Static{}, CountTime: time.Second, SleepTime: 4 * time.Second, Deadline: time.Hour},
	}
	for name, p := range plans {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p.Name = "scan"
				real, at := runOn(t, p, dryAxes(t, false), nil)
				v := device.NewVirtualTime()
				dry, dryAt := runOn(t, p, dryAxes(t, true), v)
				if took, want := v.Elapsed().Seconds(), real.Timing.Total.Seconds(); math.Abs(took-want) > 0.1*want {
					t.Errorf("%.3f s, the real run takes %.3f s", took, want)
				}
				if dry.Timing.Total != v.Elapsed() || dry.Outcome != real.Outcome || dry.Reason != real.Reason {
					t.Errorf("%v, %s %q, not %s %q", dry.Timing.Total, dry.Outcome, dry.Reason, real.Outcome, real.Reason)
				}
				if n := math.Abs(float64(dry.Taken - real.Taken)); n > 1 || real.Outcome == data.Done && n > 0 {
					t.Errorf("%d points, the real run takes %d", dry.Taken, real.Taken)
				}
				if name != "deadline" && fmt.Sprint(at) != fmt.Sprint(dryAt) {
					t.Errorf("leaves the axes at %v, the real run at %v", dryAt, at)
				}
			})
		})
	}
}

// runOn runs a plan with as many axes as its path has, dry if v is not nil, and
// gives the scan's record and where the axes are.
func runOn(t *testing.T, p scan.Plan, axes []device.Axis, v *device.VirtualTime) (*data.Scan, []float64) {
	t.Helper()
	switch p.Trajectory.(type) {
	case scan.Mesh:
		p.Axes = axes
	case scan.Static:
	default:
		p.Axes = axes[:1]
	}
	_, gauss := newController("gauss")
	p.Counters = []*device.Counter{gauss}
	n := &notes{}
	o := options(n)
	if o.Dry = v; v != nil {
		o.Wait = v.Wait
	}
	s := mustNew(t, p, o)
	began := time.Now()
	err := s.Run(t.Context())
	var late *scan.DeadlineError
	if err != nil && !errors.As(err, &late) {
		t.Fatal(err)
	}
	if v != nil && (len(n.events) > 0 || time.Since(began) > 0) {
		t.Errorf("a dry run takes %v and tells %v", time.Since(began), n.events)
	}
	var at []float64
	for _, a := range axes {
		x, _ := a.Position(t.Context())
		at = append(at, x)
	}
	return s.Info(), at
}

// TestADryRunChecksLimitsAndReservations where the axes stand in it.
func TestADryRunChecksLimitsAndReservations(t *testing.T) {
	axes := dryAxes(t, true)
	v := device.NewVirtualTime()
	p := line(axes[0], -1000, -900, 10, time.Second)
	p.Relative = true
	o := scan.Options{Dry: v, Wait: v.Wait}
	s, err := scan.New(p, o)
	var limit *device.LimitError
	if err == nil {
		err = s.Run(t.Context())
	}
	if err != nil { // from 1 mm it fits
		t.Error(err)
	}
	if err := axes[0].Move(t.Context(), -0.5); err != nil {
		t.Fatal(err)
	}
	if s, err = scan.New(p, o); err == nil {
		err = s.Run(t.Context())
	}
	if !errors.As(err, &limit) || limit.Want != -1000.5 {
		t.Error(err)
	}
	taken := errors.New("x is in use")
	o.Reserve = func(context.Context, []device.Axis) (func(), error) { return nil, taken }
	before := v.Elapsed()
	if err := mustNew(t, line(axes[0], 0, 1, 10, time.Second), o).Run(t.Context()); !errors.Is(err, taken) || v.Elapsed() != before {
		t.Errorf("%v after %v", err, v.Elapsed()-before)
	}
}

// TestTheEndOfADryRunEndsItsScan: a scan has the points that fit in before it,
// and the cause that it is given.
func TestTheEndOfADryRunEndsItsScan(t *testing.T) {
	v := device.NewVirtualTime()
	var s *scan.Scan
	v.EndAfter(time.Minute, func() { s.Stop(scan.ErrInterrupted, scan.Now) })
	s = mustNew(t, scan.Plan{Name: "loop", Trajectory: scan.Static{N: 1000}, CountTime: time.Second}, scan.Options{Dry: v, Wait: v.Wait})
	err := s.Run(t.Context())
	if taken, _ := s.Progress(); !errors.Is(err, scan.ErrInterrupted) || taken != 60 || v.Elapsed() != time.Minute {
		t.Errorf("%v with %d points after %v", err, taken, v.Elapsed())
	}
}

// TestADryScanWithoutAnEnd has one point when nobody would stop it.
func TestADryScanWithoutAnEnd(t *testing.T) {
	v := device.NewVirtualTime()
	s := mustNew(t, scan.Plan{Name: "timescan", Trajectory: scan.Static{}, CountTime: 2 * time.Second}, scan.Options{Dry: v, Wait: v.Wait})
	err := s.Run(t.Context())
	if taken, _ := s.Progress(); err != nil || taken != 1 || v.Elapsed() != 2*time.Second {
		t.Errorf("%v with %d points after %v", err, taken, v.Elapsed())
	}
}
