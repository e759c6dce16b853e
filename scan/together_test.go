package scan_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"blissh/device"
	"blissh/device/sim"
	"blissh/scan"
)

func TestAxesMoveTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, _ := newAxis("robx")
		y, _ := newAxis("roby")
		begin := time.Now()
		if err := scan.MoveTogether(t.Context(), []device.Axis{x, y}, []float64{10, 100}); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin).Round(time.Millisecond); took != 1333*time.Millisecond {
			t.Errorf("took %v", took)
		}
		if x.LastPosition() != 10 || y.LastPosition() != 100 {
			t.Errorf("at %v and %v", x.LastPosition(), y.LastPosition())
		}
		if err := scan.MoveTogether(t.Context(), nil, nil); err != nil {
			t.Error(err)
		}
		if err := scan.MoveTogether(t.Context(), []device.Axis{x}, nil); err == nil || err.Error() != "0 positions do not fit 1 axes" {
			t.Error(err)
		}
	})
}

func TestOneOfSeveralAxesThatFailsStopsTheOthers(t *testing.T) {
	boom := errors.New("boom")
	for _, c := range []struct {
		name  string
		x, y  func(m *sim.Motor) // after 100 ms
		press bool
		want  string
	}{
		{"a fault", func(m *sim.Motor) { m.Break(true) }, nil, false, "robx is FAULT at 3 mm"},
		{"a panic", func(m *sim.Motor) { m.Panic(sim.Read, "ouch") }, nil, false, "robx: read: panic: ouch"},
		{"the caller", nil, nil, true, "boom"},
		{"the other does not confirm", func(m *sim.Motor) { m.Fail(sim.Read, boom) }, func(m *sim.Motor) { m.Hang(sim.Stop) }, false,
			"robx: read: boom; then roby has not confirmed that it is at rest: no answer within 5.3 s"},
		{"none confirms", func(m *sim.Motor) { m.Hang(sim.Stop) }, func(m *sim.Motor) { m.Hang(sim.Stop) }, true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x, motorX := newAxis("robx")
				y, motorY := newAxis("roby")
				ctx, cancel := context.WithCancelCause(t.Context())
				at(100*time.Millisecond, func() {
					if c.y != nil {
						c.y(motorY)
					}
					if c.x != nil {
						c.x(motorX)
					}
					if c.press {
						cancel(boom)
					}
				})
				err := scan.MoveTogether(ctx, []device.Axis{x, y}, []float64{1000, 1000})
				if err == nil || c.want != "" && err.Error() != c.want {
					t.Errorf("got %v\nwant %s", err, c.want)
				}
				for _, a := range []*device.MotorAxis{x, y} {
					if a.Quarantined() && !names(err, a.Name()) {
						t.Errorf("%s is quarantined, the error is %v", a.Name(), err)
					}
				}
				if c.y != nil != y.Quarantined() {
					t.Errorf("roby is quarantined: %v", y.Quarantined())
				}
				if at, state, _ := motorY.Read(t.Context()); c.y == nil && (!state.AtRest() || at > 100) {
					t.Errorf("roby is %v at %v", state, at)
				}
			})
		})
	}
}

// TestALimitSwitchStopsTheOtherAxis long before its target.
func TestALimitSwitchStopsTheOtherAxis(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := robz
		c.Name = "robx"
		x, _ := sim.NewAxis(c, sim.MotorOptions{Low: -5, High: 5}, device.TimerWait)
		y, motorY := newAxis("roby")
		err := scan.MoveTogether(t.Context(), []device.Axis{x, y}, []float64{10, 1000})
		if err == nil || err.Error() != "robx was stopped by its positive limit switch (LIMPOS) at 5 mm on the way to 10 mm" {
			t.Error(err)
		}
		if at, state, _ := motorY.Read(t.Context()); !state.AtRest() || at > 100 {
			t.Errorf("roby is %v at %v", state, at)
		}
	})
}

// names reports whether err names an axis that has not confirmed.
func names(err error, axis string) bool {
	var unrest *device.NotAtRestError
	if errors.As(err, &unrest) && unrest.Axis == axis {
		return true
	}
	list, _ := err.(interface{ Unwrap() []error })
	if list == nil {
		return false
	}
	for _, e := range list.Unwrap() {
		if names(e, axis) {
			return true
		}
	}
	return false
}

func TestOneAxisMovesWithoutAGoroutineMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := runtime.NumGoroutine()
		a := &odd{move: func() error {
			if n := runtime.NumGoroutine(); n != before {
				t.Errorf("%d goroutines, %d before", n, before)
			}
			return nil
		}}
		if err := scan.MoveTogether(t.Context(), []device.Axis{a}, []float64{1}); err != nil {
			t.Error(err)
		}
		a.move = func() error { panic("ouch") }
		if err := scan.MoveTogether(t.Context(), []device.Axis{a}, []float64{1}); err == nil || err.Error() != "odd: move: panic: ouch" {
			t.Error(err)
		}
	})
}

// odd is an axis that is no MotorAxis.
type odd struct{ move func() error }

func (*odd) Name() string                              { return "odd" }
func (*odd) Unit() string                              { return "" }
func (*odd) Position(context.Context) (float64, error) { return 0, nil }
func (o *odd) Move(context.Context, float64) error     { return o.move() }
