package scan_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"blissh/data"
	"blissh/device"
	"blissh/device/sim"
	"blissh/scan"
)

// hall is two axes, controllers of all kinds and two presets, around a relative
// scan of five points that goes back: what can fail at any stage.
type hall struct {
	devices map[string]*sim.Faults
	axes    []*device.MotorAxis
	motors  []*sim.Motor
	ctls    map[string]*sim.Controller
	calls   []string
	notes   *notes
	plan    scan.Plan
}

func newHall() *hall {
	h := &hall{devices: map[string]*sim.Faults{}, ctls: map[string]*sim.Controller{}, notes: &notes{}}
	for _, name := range []string{"robx", "roby"} {
		a, m := newAxis(name)
		h.axes, h.motors, h.plan.Axes = append(h.axes, a), append(h.motors, m), append(h.plan.Axes, a)
		h.devices[name] = &m.Faults
	}
	for _, o := range []sim.ControllerOptions{
		{Name: "card", ReadTime: 20 * time.Millisecond}, {Name: "clock", Master: true}, {Name: "meter", MaxRate: 10},
	} {
		c := sim.NewController(o)
		h.ctls[o.Name], h.devices[o.Name] = c, &c.Faults
		h.plan.Counters = append(h.plan.Counters, c.Add("n_"+o.Name, "", sim.Flat(7, 0)))
	}
	for _, name := range []string{"a", "b"} {
		h.plan.Presets = append(h.plan.Presets, &watcher{diary: diary{name: name, to: &h.calls}})
	}
	h.plan.Name, h.plan.CountTime = "d2scan", time.Second
	h.plan.Trajectory = scan.Linear{Start: []float64{-2, -4}, Stop: []float64{2, 4}, Intervals: 4}
	h.plan.Relative, h.plan.Return = true, true
	return h
}

// check is what holds after every end: axes at rest, controllers and presets
// stopped, data channels of equal length. The controller that could not be
// stopped is left out.
func (h *hall) check(t *testing.T, s *scan.Scan, unstopped string) {
	t.Helper()
	for k, a := range h.axes {
		if _, state, err := h.motors[k].Read(t.Context()); err != nil || !state.AtRest() || a.IsMoving() {
			t.Errorf("%s is %v: %v", a.Name(), state, err)
		}
	}
	for name, c := range h.ctls {
		if c.Open() != 0 && name != unstopped {
			t.Errorf("%s was not stopped", name)
		}
	}
	for _, kind := range []string{" prepare", " chain prepare card"} {
		stop := strings.TrimSuffix(strings.Replace(kind, "prepare", "stop", 1), " card")
		for _, name := range []string{"a", "b"} {
			if slices.Contains(h.calls, name+kind) != slices.Contains(h.calls, name+stop) {
				t.Errorf("%s%s: %v", name, stop, h.calls)
			}
		}
		if i := slices.Index(h.calls, "b"+stop); i >= 0 && (i+1 == len(h.calls) || h.calls[i+1] != "a"+stop) {
			t.Errorf("the presets are not stopped in reverse order: %v", h.calls)
		}
	}
	for i := range h.plan.Trajectory.Len() {
		for _, name := range []string{"a", "b"} {
			if slices.Contains(h.calls, fmt.Sprint(name, " prepare ", i)) != slices.Contains(h.calls, fmt.Sprint(name, " stop ", i)) {
				t.Errorf("point %d of preset %s: %v", i, name, h.calls)
			}
		}
	}
	h.checkRows(t, s)
}

// checkRows looks at the data: whole points, and no less than what was taken.
func (h *hall) checkRows(t *testing.T, s *scan.Scan) {
	t.Helper()
	info := s.Info()
	if len(h.notes.events) == 0 {
		return // it failed before anybody was told of the scan
	}
	if h.notes.end == nil || h.notes.end.Points != len(h.notes.rows) || info.Taken != len(h.notes.rows) {
		t.Errorf("%d points, the end says %+v, the scan %d", len(h.notes.rows), h.notes.end, info.Taken)
	}
	for i, row := range h.notes.rows {
		at := float64(i) - 2
		want := []float64{at, 2 * at, row[2], row[3], 7, 7, 7}
		if !slices.Equal(row, want) || len(row) != len(info.Channels) {
			t.Errorf("point %d is %v, want %v", i, row, want)
		}
	}
}

// TestADeviceThatFailsAtEachStage: whatever fails, and whether it says so or
// panics, the end is in order and the error names device, stage and point.
func TestADeviceThatFailsAtEachStage(t *testing.T) {
	for _, c := range []struct {
		device string
		op     sim.Op
		skip   int // calls that pass first
		want   string
		points int // that are kept
	}{
		{"card", sim.Prepare, 0, "card: prepare: boom", 0},
		{"clock", sim.Prepare, 0, "clock: prepare: boom", 0},
		{"meter", sim.Prepare, 0, "meter: prepare: boom", 0},
		{"robx", sim.Start, 0, "point 0: robx: start: boom", 0},
		{"robx", sim.Start, 2, "point 2: robx: start: boom", 2},
		{"roby", sim.Start, 4, "point 4: roby: start: boom", 4},
		{"card", sim.Trigger, 0, "point 0: card: trigger: boom", 0},
		{"card", sim.Trigger, 3, "point 3: card: trigger: boom", 3},
		{"clock", sim.Trigger, 2, "point 2: clock: count: boom", 2},
		{"meter", sim.Trigger, 1, "point 1: meter: trigger: boom", 1},
		{"card", sim.Read, 0, "point 0: card: read: boom", 0},
		{"card", sim.Read, 4, "point 4: card: read: boom", 4},
		{"clock", sim.Read, 2, "point 2: clock: read: boom", 2},
		{"meter", sim.Read, 25, "point 2: meter: read: boom", 2}, // ten samples a point
		{"roby", sim.Read, 0, "roby: read: boom", 0},             // where it stands before
		{"card", sim.Stop, 0, "card: stop: boom", 5},
		{"clock", sim.Stop, 0, "clock: stop: boom", 5},
		{"meter", sim.Stop, 0, "meter: stop: boom", 5},
		{"robx", sim.Start, 5, "go back: robx: start: boom", 5},
		{"roby", sim.Start, 5, "go back: roby: start: boom", 5},
	} {
		for _, panics := range []bool{false, true} {
			if panics && c.skip > 0 {
				continue
			}
			t.Run(fmt.Sprint(c.device, " ", c.op, " ", c.skip, " panics ", panics), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					h := newHall()
					s := mustNew(t, h.plan, options(h.notes))
					want, faults := c.want, h.devices[c.device]
					if panics {
						want = strings.Replace(want, "boom", "panic: boom", 1)
						faults.Panic(c.op, "boom")
					} else {
						faults.FailAfter(c.op, c.skip, errors.New("boom"))
					}
					err := s.Run(t.Context())
					faults.Clear()
					if err == nil || err.Error() != want || s.Info().Outcome != data.Failed || s.Info().Reason != want {
						t.Errorf("%v\nnot %s", err, want)
					}
					unstopped := map[bool]string{true: c.device}[c.op == sim.Stop]
					if h.check(t, s, unstopped); len(h.notes.rows) != c.points {
						t.Errorf("%d points, want %d", len(h.notes.rows), c.points)
					}
				})
			})
		}
	}
}

// TestTheFirstErrorWinsAndAllAreTold: a trigger, a stop and two presets fail.
func TestTheFirstErrorWinsAndAllAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall()
		for _, p := range h.plan.Presets {
			p.(*watcher).fails = "stop"
		}
		s := mustNew(t, h.plan, options(h.notes))
		h.devices["card"].FailAfter(sim.Trigger, 1, errors.New("no trigger"))
		h.devices["meter"].Fail(sim.Stop, errors.New("no stop"))
		err := s.Run(t.Context())
		const want = "point 1: card: trigger: no trigger; then meter: stop: no stop; then preset b: stop: no vacuum; then preset a: stop: no vacuum"
		if err == nil || err.Error() != want || s.Info().Reason != want {
			t.Errorf("%v\nwant %s", err, want)
		}
		if h.check(t, s, "meter"); len(h.notes.rows) != 1 {
			t.Errorf("%d points", len(h.notes.rows))
		}
	})
}
