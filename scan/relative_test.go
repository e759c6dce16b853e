package scan_test

import (
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"blissh/data"
	"blissh/device"
	"blissh/device/sim"
	"blissh/scan"
)

// column is one data channel of a sink's rows.
func column(n *notes, k int) (c []float64) {
	for _, r := range n.rows {
		c = append(c, r[k])
	}
	return c
}

// TestARelativeScanCountsFromWhereItBegins, not from where it was made; the
// record is absolute, and the axis goes back.
func TestARelativeScanCountsFromWhereItBegins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newStand(t)
		b.plan.Name, b.plan.Title = "dscan", "dscan robz -1 1 2"
		b.plan.Relative, b.plan.Return = true, true
		b.plan.Trajectory = scan.Linear{Start: []float64{-1}, Stop: []float64{1}, Intervals: 2}
		b.plan.Resolved = func(t scan.Trajectory) string {
			if l := t.(scan.Linear); l.Start[0] != 6 || l.Stop[0] != 8 {
				return "elsewhere"
			}
			return "ascan robz 6 8 2"
		}
		if err := b.axis.Move(t.Context(), 3); err != nil {
			t.Fatal(err)
		}
		s := b.make()
		if r := s.Info().Ranges[0]; r.Start != 2 || r.Stop != 4 {
			t.Errorf("made at 3, it says %+v", r)
		}
		if err := s.Replace(0, b.plan.Trajectory); err == nil || err.Error() != "the path of a relative scan is known when it runs" {
			t.Error(err)
		}
		if err := b.axis.Move(t.Context(), 7); err != nil {
			t.Fatal(err)
		}
		if err := s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if where := b.atRest(); where != 7 || !s.Returned() {
			t.Errorf("robz is at %v, returned %v", where, s.Returned())
		}
		if got := column(b.notes, 0); !slices.Equal(got, []float64{6, 7, 8}) {
			t.Errorf("positions %v", got)
		}
		d := s.Info()
		if d.Type != "dscan" || d.Title != "ascan robz 6 8 2" || d.Relative != "dscan robz -1 1 2" || d.Ranges[0] != (data.Range{Axis: "robz", Start: 6, Stop: 8, Low: 6, High: 8}) {
			t.Errorf("%+v", d)
		}
		// Four moves of 1 mm: to the first point, two steps, and back.
		if motion := 4 * b.axis.MoveTime(0, 1); d.Timing.Motion.Round(time.Millisecond) != motion.Round(time.Millisecond) || d.Timing.Overhead != 0 {
			t.Errorf("motion %v, want %v; overhead %v", d.Timing.Motion, motion, d.Timing.Overhead)
		}
	})
}

// TestARelativeScanIsCheckedWhereItBegins: at its making and again at its run,
// backlash included.
func TestARelativeScanIsCheckedWhereItBegins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := robz
		c.Low, c.High, c.Backlash = -10, 10, 2
		axis, _ := sim.NewAxis(c, sim.MotorOptions{}, device.TimerWait)
		_, gauss := newController("gauss")
		p := line(axis, 1, -9, 10, 0, gauss)
		p.Relative = true
		if err := axis.Move(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		_, err := scan.New(p, scan.Options{})
		if err == nil || err.Error() != "point 10: robz: -11 mm (with backlash) is beyond the low limit -10 mm" {
			t.Errorf("made: %v", err)
		}
		if err := axis.Move(t.Context(), 5); err != nil {
			t.Fatal(err)
		}
		n := &notes{}
		s := mustNew(t, p, options(n))
		if err := axis.Move(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		err = s.Run(t.Context())
		if err == nil || err.Error() != "point 10: robz: -11 mm (with backlash) is beyond the low limit -10 mm" {
			t.Errorf("run: %v", err)
		}
		if at, _ := axis.Position(t.Context()); at != 0 || len(n.events) != 0 {
			t.Errorf("robz went to %v, %v", at, n.events)
		}
	})
}

// TestRelativeScansDoNotWander: an axis with coarse steps goes back to where it
// was sent, not to where it came to stand.
func TestRelativeScansDoNotWander(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := robz
		c.StepsPerUnit, c.Tolerance = 1, 0.6
		axis, _ := sim.NewAxis(c, sim.MotorOptions{}, device.TimerWait)
		_, gauss := newController("gauss")
		if err := axis.Move(t.Context(), 1.5); err != nil {
			t.Fatal(err)
		}
		p := line(axis, -1, 1, 2, 0, gauss)
		p.Relative, p.Return = true, true
		for range 5 {
			s := mustNew(t, p, options(&notes{}))
			if err := s.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			if start := s.Start()[0]; start != 1.5 {
				t.Fatalf("it counts from %v", start)
			}
		}
		if at, _ := axis.Position(t.Context()); at != 2 || axis.Reference(at) != 1.5 {
			t.Errorf("it stands at %v and was sent to %v", at, axis.Reference(at))
		}
	})
}

// TestTheEstimateIsWithinATenth of what scans take, from where the axes stand,
// the way back included.
func TestTheEstimateIsWithinATenth(t *testing.T) {
	mesh := scan.Mesh{Start: []float64{0, 0}, Stop: []float64{2, 1}, Intervals: []int{6, 3}}
	for _, c := range []struct {
		name string
		plan func(x, y device.Axis) scan.Plan
	}{
		{"ascan", func(x, _ device.Axis) scan.Plan { return line(x, -5, 5, 20, 10*time.Millisecond) }},
		{"ascan backwards", func(x, _ device.Axis) scan.Plan { return line(x, 5, -5, 20, 10*time.Millisecond) }},
		{"dscan", func(x, _ device.Axis) scan.Plan {
			p := line(x, 1, -1, 20, 10*time.Millisecond)
			p.Relative, p.Return = true, true
			return p
		}},
		{"mesh", func(x, y device.Axis) scan.Plan {
			return scan.Plan{Name: "amesh", Axes: []device.Axis{x, y}, Trajectory: mesh, CountTime: 10 * time.Millisecond, StabTime: 5 * time.Millisecond}
		}},
		{"list", func(x, _ device.Axis) scan.Plan {
			p := line(x, 0, 0, 1, time.Millisecond)
			p.Trajectory = scan.Points{{3}, {-2}, {7}, {7}, {0}}
			return p
		}},
		{"timescan", func(_, _ device.Axis) scan.Plan {
			return scan.Plan{Name: "timescan", Trajectory: scan.Static{N: 20}, CountTime: 10 * time.Millisecond, SleepTime: 30 * time.Millisecond, StabTime: time.Second}
		}},
	} {
		for _, backlash := range []float64{0, 0.5, -0.5} {
			t.Run(c.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					cx, cy := robz, robz
					cx.Backlash, cy.Backlash, cy.Name = backlash, backlash, "roby"
					x, _ := sim.NewAxis(cx, sim.MotorOptions{Start: 1}, device.TimerWait)
					y, _ := sim.NewAxis(cy, sim.MotorOptions{Start: -1}, device.TimerWait)
					for _, a := range []*device.MotorAxis{x, y} {
						if _, err := a.Position(t.Context()); err != nil {
							t.Fatal(err)
						}
					}
					p := c.plan(x, y)
					_, gauss := newController("gauss")
					p.Counters = []*device.Counter{gauss}
					s := mustNew(t, p, options(&notes{}))
					estimate, begin := s.Estimate(), time.Now()
					if err := s.Run(t.Context()); err != nil {
						t.Fatal(err)
					}
					took := time.Since(begin)
					if off := float64(estimate-took) / float64(took); math.Abs(off) > 0.01 {
						t.Errorf("backlash %v: estimated %v, took %v: off by %.1f %%", backlash, estimate, took, 100*off)
					}
				})
			})
		}
	}
}

// TestALongMeshRunsInSeconds: 36 000 points with motion and counts, ten hours of
// a beamline.
func TestALongMeshRunsInSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, _ := newAxis("robx")
		y, _ := newAxis("roby")
		_, gauss := newController("gauss")
		points := 0
		sum := 0.
		k := &notes{}
		k.on = func(e data.Event) error {
			if r, ok := e.(*data.Row); ok {
				points++
				sum += r.Values[0]
				k.rows, k.events = k.rows[:0], k.events[:0]
			}
			return nil
		}
		p := scan.Plan{
			Name: "amesh", Axes: []device.Axis{x, y}, CountTime: time.Second, Counters: []*device.Counter{gauss},
			Trajectory: scan.Mesh{Start: []float64{0, 0}, Stop: []float64{19.9, 17.9}, Intervals: []int{199, 179}, Zigzag: true},
		}
		begin := time.Now()
		if err := mustNew(t, p, options(k)).Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); points != 36000 || took < 10*time.Hour || took > 12*time.Hour {
			t.Errorf("%d points in %v", points, took)
		}
		if mean := sum / 36000; math.Abs(mean-9.95) > 1e-6 {
			t.Errorf("robx is at %v on the average", mean)
		}
	})
}
