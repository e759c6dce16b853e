package device_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"blissh/device"
	"blissh/device/sim"
)

// config is an axis that needs 365 ms for 10 mm.
var config = device.Config{Name: "robz", Unit: "mm", StepsPerUnit: 10000, Velocity: 100, Acceleration: 300, Low: -1000, High: 1000, VelocityLow: 10, VelocityHigh: 1500}

// newAxis makes a simulated axis.
func newAxis(c device.Config) (*device.MotorAxis, *sim.Motor) {
	return sim.NewAxis(c, sim.MotorOptions{}, device.TimerWait)
}

func position(t *testing.T, a *device.MotorAxis) float64 {
	t.Helper()
	at, err := a.Position(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestAMoveTakesItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := newAxis(config)
		for _, c := range []struct {
			to   float64
			took time.Duration // rounded to 10 µs
		}{
			{0.02, 16330 * time.Microsecond},     // a triangle
			{10.02, 365150 * time.Microsecond},   // another
			{110.02, 1333330 * time.Microsecond}, // a trapezium
			{110.02, 0},                          // nothing to do
			{110.02004, 0},                       // less than half a step
			{110.01, 11550 * time.Microsecond},   // back
		} {
			begin := time.Now()
			if err := a.Move(t.Context(), c.to); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(begin).Round(10 * time.Microsecond); took != c.took {
				t.Errorf("to %v took %v", c.to, took)
			}
			if at := position(t, a); math.Abs(at-c.to) > 0.00005 {
				t.Errorf("at %v, not %v", at, c.to)
			}
		}
	})
}

func TestMoveTimeIsWhatAMoveTakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := config
		c.Backlash = 2
		a, _ := newAxis(c)
		for _, to := range []float64{3, -7, 0.001, 400} {
			want := a.MoveTime(position(t, a), to)
			begin := time.Now()
			if err := a.Move(t.Context(), to); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(begin); took != want {
				t.Errorf("to %v took %v, not %v", to, took, want)
			}
		}
	})
}

func TestAStoppedMoveDeceleratesAndGivesTheCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, m := newAxis(config)
		why := errors.New("why")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(100*time.Millisecond, func() { cancel(why) })
		begin := time.Now()
		if err := a.Move(ctx, 10); err != why {
			t.Errorf("%v", err)
		}
		// 1.5 mm and 30 mm/s after 100 ms: as much again to stop.
		if at := position(t, a); at != 3 || a.Reference(at) != 3 {
			t.Errorf("at %v, the next move counts from %v", at, a.Reference(at))
		}
		if took := time.Since(begin); took < 200*time.Millisecond || took > 220*time.Millisecond {
			t.Errorf("took %v", took)
		}
		if _, s, _ := m.Read(t.Context()); s != device.Ready {
			t.Error(s)
		}
		if err := a.Move(ctx, 4); err != why || position(t, a) != 3 {
			t.Errorf("a cancelled context moved the axis: %v", err)
		}
	})
}

func TestStopFromElsewhereEndsAMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := newAxis(config)
		moved := make(chan error)
		go func() { moved <- a.Move(t.Context(), 10) }()
		time.Sleep(100 * time.Millisecond)
		if !a.IsMoving() {
			t.Error("not moving")
		}
		go func() {
			if err := a.Stop(t.Context()); err != nil {
				t.Error(err)
			}
			if a.IsMoving() {
				t.Error("still moving after stop")
			}
		}()
		if err := <-moved; !errors.Is(err, device.ErrStopped) || !strings.HasPrefix(err.Error(), "robz was stopped") {
			t.Error(err)
		}
		if at := position(t, a); at != 3 {
			t.Errorf("at %v", at)
		}
		synctest.Wait()
		time.Sleep(time.Second)
		if err := a.Move(t.Context(), 10); err != nil {
			t.Error(err)
		}
		if err := a.Stop(t.Context()); err != nil {
			t.Errorf("stop at rest: %v", err)
		}
	})
}

func TestOneMoveAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := newAxis(config)
		done := make(chan error)
		go func() { done <- a.Move(t.Context(), 10) }()
		time.Sleep(100 * time.Millisecond)
		if err := a.Move(t.Context(), 5); err == nil || err.Error() != "robz is moving" {
			t.Error(err)
		}
		if _, _, err := a.SetPosition(t.Context(), 5); err == nil || err.Error() != "robz is moving" {
			t.Error(err)
		}
		var busy *device.BusyError
		for _, err := range []error{a.SetOffset(1), a.SetLimits(0, 1), a.SetBacklash(1), a.SetVelocity(t.Context(), 50), a.SetAcceleration(t.Context(), 50)} {
			if !errors.As(err, &busy) {
				t.Error(err)
			}
		}
		if err := <-done; err != nil || position(t, a) != 10 {
			t.Error(err)
		}
	})
}

func TestWhatTheHardwareDoesWrong(t *testing.T) {
	boom := errors.New("boom")
	for _, c := range []struct {
		name string
		do   func(m *sim.Motor)
		want string
	}{
		{"start fails", func(m *sim.Motor) { m.Fail(sim.Start, boom) }, "robz: start: boom"},
		{"the first read fails", func(m *sim.Motor) { m.Fail(sim.Read, boom) }, "robz: read: boom"},
		{"a read on the way fails", func(m *sim.Motor) { m.FailAfter(sim.Read, 3, boom) }, "robz: read: boom"},
		{"a fault on the way", func(m *sim.Motor) { time.AfterFunc(100*time.Millisecond, func() { m.Break(true) }) }, "robz is FAULT at 3 mm"},
		{"a fault before", func(m *sim.Motor) { m.Break(true) }, "robz is FAULT at 0 mm"},
		{"no power", func(m *sim.Motor) { m.Power(false) }, "robz is OFF at 0 mm"},
		{"no power on the way", func(m *sim.Motor) { time.AfterFunc(100*time.Millisecond, func() { m.Power(false) }) },
			"robz is at 1.5 mm, 10 mm was asked (tolerance 0.0001 mm)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, m := newAxis(config)
				c.do(m)
				err := a.Move(t.Context(), 10)
				if err == nil || err.Error() != c.want {
					t.Errorf("got %v", err)
				}
				if _, s, _ := m.Read(t.Context()); !s.AtRest() || a.IsMoving() || a.Quarantined() {
					t.Errorf("%v, quarantined %v", s, a.Quarantined())
				}
				m.Break(false)
				m.Power(true)
				if err := a.Move(t.Context(), 10); err != nil {
					t.Errorf("once repaired: %v", err)
				}
			})
		})
	}
}

func TestAPanicOfADriverIsAnErrorAndTheAxisIsAtRest(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(m *rudeMotor)
		want string
	}{
		{"the first read", func(m *rudeMotor) { m.Panic(sim.Read, "ouch") }, "robz: read: panic: ouch"},
		{"start", func(m *rudeMotor) { m.Panic(sim.Start, errors.New("ouch")) }, "robz: start: panic: ouch"},
		{"a read on the way", func(m *rudeMotor) { time.AfterFunc(100*time.Millisecond, func() { m.Panic(sim.Read, "ouch") }) }, "robz: read: panic: ouch"},
		{"travel time", func(m *rudeMotor) { m.timeless = true }, "robz: travel time: panic: never written"},
		{"read and stop", func(m *rudeMotor) {
			time.AfterFunc(100*time.Millisecond, func() { m.Panic(sim.Read, "ouch"); m.Panic(sim.Stop, "ouch, too") })
		}, "robz: read: panic: ouch"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := &rudeMotor{Motor: sim.NewMotor(sim.MotorOptions{Velocity: 100, Acceleration: 300, StepsPerUnit: 10000})}
				a := device.NewAxis(config, m, device.TimerWait)
				c.do(m)
				if err := a.Move(t.Context(), 10); err == nil || err.Error() != c.want {
					t.Errorf("got %v", err)
				}
				if _, s, _ := m.Read(t.Context()); !s.AtRest() || a.IsMoving() || a.Quarantined() {
					t.Errorf("%v, quarantined %v", s, a.Quarantined())
				}
				m.timeless = false
				if err := a.Move(t.Context(), 10); err != nil {
					t.Errorf("once repaired: %v", err)
				}
			})
		})
	}
}

func TestAPanicOutsideOfAMoveIsAnErrorToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &rudeMotor{Motor: sim.NewMotor(sim.MotorOptions{}), timeless: true, fixed: true}
		a := device.NewAxis(config, m, device.TimerWait)
		m.Panic(sim.Read, "ouch")
		if _, err := a.Position(t.Context()); err == nil || err.Error() != "robz: read: panic: ouch" {
			t.Error(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		m.Panic(sim.Read, "ouch")
		if _, err := a.State(ctx); err == nil || err.Error() != "robz: read: panic: ouch" {
			t.Errorf("a panic was hidden behind the end of the context: %v", err)
		}
		m.Panic(sim.Stop, "ouch")
		if err := a.Stop(t.Context()); err != nil {
			t.Errorf("stop was not tried again: %v", err)
		}
		if d := a.MoveTime(0, 1); d != 0 {
			t.Errorf("a move takes %v", d)
		}
		if err := a.SetVelocity(t.Context(), 50); err == nil || err.Error() != "robz: set speed: panic: fixed" || a.Velocity() != 100 {
			t.Error(err)
		}
		a.SetGuard(func(context.Context) error { panic("no guard") })
		if err := a.Move(t.Context(), 1); err == nil || err.Error() != "robz: panic: no guard" || a.IsMoving() {
			t.Error(err)
		}
	})
}

// rudeMotor is a motor whose driver has unfinished methods.
type rudeMotor struct {
	*sim.Motor
	timeless, fixed bool
}

func (m *rudeMotor) TravelTime(from, to float64) time.Duration {
	if m.timeless {
		panic("never written")
	}
	return m.Motor.TravelTime(from, to)
}

func (m *rudeMotor) SetSpeed(ctx context.Context, velocity, acceleration float64) error {
	if m.fixed {
		panic("fixed")
	}
	return m.Motor.SetSpeed(ctx, velocity, acceleration)
}

func TestALimitSwitchEndsAMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := sim.NewAxis(config, sim.MotorOptions{Low: -5, High: 5}, device.TimerWait)
		err := a.Move(t.Context(), 10)
		var stopped *device.SwitchError
		if !errors.As(err, &stopped) || err.Error() != "robz was stopped by its positive limit switch (LIMPOS) at 5 mm on the way to 10 mm" {
			t.Error(err)
		}
		if err := a.Move(t.Context(), 0); err != nil {
			t.Errorf("away from the switch: %v", err)
		}
	})
}

func TestAnAxisThatNeverConfirmsIsQuarantined(t *testing.T) {
	for _, op := range []sim.Op{sim.Read, sim.Stop} {
		synctest.Test(t, func(t *testing.T) {
			a, m := newAxis(config)
			why := errors.New("why")
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(100*time.Millisecond, func() {
				m.Hang(op)
				cancel(why)
			})
			begin := time.Now()
			err := a.Move(ctx, 900)
			var unrest *device.NotAtRestError
			if !errors.As(err, &unrest) || !errors.Is(err, why) || err.Error() != "robz has not confirmed that it is at rest: no answer within 5.3 s" {
				t.Errorf("%v: %v", op, err)
			}
			if took := time.Since(begin); took > 100*time.Millisecond+device.StopTime(100, 300)+device.StopGrace+time.Second {
				t.Errorf("%v: took %v", op, took)
			}
			if !a.Quarantined() {
				t.Errorf("%v: not quarantined", op)
			}
			m.Clear()
			if err := a.Move(t.Context(), 1); err == nil || !strings.HasPrefix(err.Error(), "robz is quarantined until its state is read at rest: ") {
				t.Errorf("%v: %v", op, err)
			}
			if s, err := a.State(t.Context()); op == sim.Stop && (err != nil || s != device.Moving || !a.Quarantined()) {
				t.Errorf("%v %v: left quarantine while moving", s, err)
			}
			time.Sleep(time.Minute)
			if s, err := a.State(t.Context()); err != nil || s != device.Ready || a.Quarantined() {
				t.Errorf("%v: %v %v", op, s, err)
			}
			if err := a.Move(t.Context(), 1); err != nil {
				t.Errorf("%v: %v", op, err)
			}
		})
	}
}

func TestATransientErrorOfStopIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, m := newAxis(config)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(100*time.Millisecond, func() {
			m.Fail(sim.Stop, errors.New("busy"))
			cancel()
		})
		if err := a.Move(ctx, 900); err != context.Canceled {
			t.Error(err)
		}
		if at := position(t, a); at < 3 || at > 4 {
			t.Errorf("at %v", at)
		}
	})
}

func TestLimitsAndOtherRefusals(t *testing.T) {
	c := config
	c.Low, c.High, c.Backlash = -10, 10, 2
	a, _ := newAxis(c)
	for _, c := range []struct {
		from, to float64
		want     string
	}{
		{0, 10, ""},
		{0, 10.0001, "robz: 10.0001 mm is beyond the high limit 10 mm"},
		{0, 10 + 1e-12, ""},
		{0, -8, ""},
		{0, -9, "robz: -11 mm (with backlash) is beyond the low limit -10 mm"},
		{-10, -9, ""},
		{math.NaN(), -9, ""},
		{0, -12, "robz: -12 mm is beyond the low limit -10 mm"},
		{0, math.NaN(), "robz: cannot move to NaN"},
		{0, math.Inf(-1), "robz: cannot move to -Inf"},
	} {
		err := a.CheckTarget(c.from, c.to)
		if err != nil {
			if got := err.Error(); got != c.want {
				t.Errorf("%v -> %v: %s", c.from, c.to, got)
			}
		} else if c.want != "" {
			t.Errorf("%v -> %v was accepted", c.from, c.to)
		}
	}
	if err := a.Move(t.Context(), -9); err == nil || position(t, a) != 0 {
		t.Errorf("moved beyond a limit: %v", err)
	}
	if err := a.Move(t.Context(), math.NaN()); err == nil {
		t.Error("moved to NaN")
	}
}

func TestBacklashApproachesFromOneSide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := config
		c.Backlash = 2
		m := &recorder{Motor: sim.NewMotor(sim.MotorOptions{Velocity: 100, Acceleration: 300, StepsPerUnit: 10000})}
		a := device.NewAxis(c, m, device.TimerWait)
		for _, to := range []float64{10, 5, 8} {
			if err := a.Move(t.Context(), to); err != nil {
				t.Fatal(err)
			}
		}
		if want := []float64{10, 3, 5, 8}; len(m.starts) != 4 || m.starts[1] != 3 || m.starts[3] != 8 {
			t.Errorf("went to %v, not %v", m.starts, want)
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(10*time.Millisecond, cancel)
		_ = a.Move(ctx, 0)
		if len(m.starts) != 5 {
			t.Errorf("a stopped move went on: %v", m.starts)
		}
	})
}

// recorder notes where a motor was sent.
type recorder struct {
	*sim.Motor
	starts []float64
}

func (r *recorder) Start(ctx context.Context, dial float64) error {
	r.starts = append(r.starts, dial)
	return r.Motor.Start(ctx, dial)
}

func TestUserAndDial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := config
		c.Sign, c.Offset, c.Low, c.High = -1, 100, -10, 20
		a, _ := newAxis(c)
		if low, high := a.Limits(); low != 80 || high != 110 {
			t.Errorf("limits %v %v", low, high)
		}
		if at := position(t, a); at != 100 {
			t.Errorf("at %v", at)
		}
		if err := a.Move(t.Context(), 85); err != nil {
			t.Fatal(err)
		}
		if dial, _ := a.Dial(t.Context()); dial != 15 {
			t.Errorf("dial %v", dial)
		}
		from, to, err := a.SetPosition(t.Context(), 0)
		if err != nil || from != 85 || to != 0 || a.Offset() != 15 || a.LastPosition() != 0 {
			t.Errorf("%v -> %v, offset %v, %v", from, to, a.Offset(), err)
		}
		if low, high := a.Limits(); low != -5 || high != 25 {
			t.Errorf("limits %v %v", low, high)
		}
		if err := a.SetLimits(7, -3); err != nil {
			t.Fatal(err)
		}
		if low, high := a.Limits(); low != -3 || high != 7 {
			t.Errorf("limits %v %v", low, high)
		}
		if _, _, err := a.SetPosition(t.Context(), math.NaN()); err == nil {
			t.Error("the position was set to NaN")
		}
	})
}

func TestSpeeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := newAxis(config)
		for v, want := range map[float64]string{
			2000: "robz: velocity 2000 mm/s is beyond the high limit 1500 mm/s",
			5:    "robz: velocity 5 mm/s is beyond the low limit 10 mm/s",
			0:    "robz: velocity 0 mm/s is not above 0",
		} {
			if err := a.SetVelocity(t.Context(), v); err == nil || err.Error() != want {
				t.Error(err)
			}
		}
		if err := a.SetAcceleration(t.Context(), -1); err == nil {
			t.Error("an acceleration below 0 was accepted")
		}
		if err := errors.Join(a.SetVelocity(t.Context(), 10), a.SetAcceleration(t.Context(), 10)); err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		if err := a.Move(t.Context(), 100); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took != 11*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

func TestSpeedsThatWereMistypedAreRefused(t *testing.T) {
	c := config
	c.VelocityLow = 0
	a, _ := newAxis(c)
	c.StepsPerUnit = 0
	smooth, _ := newAxis(c)
	for _, c := range []struct {
		err  error
		want string
	}{
		{a.SetVelocity(t.Context(), 1e-9), "robz: velocity 1e-09 mm/s is too low: a step of 0.0001 mm would take more than a day"},
		{a.SetAcceleration(t.Context(), 1e-15), "robz: acceleration 1e-15 mm/s² is too low: a step of 0.0001 mm would take more than a day"},
		{a.SetAcceleration(t.Context(), 5e-324), "robz: acceleration 4.940656458e-324 mm/s² is too low: a step of 0.0001 mm would take more than a day"},
		{smooth.SetVelocity(t.Context(), 1e-9), "robz: velocity 1e-09 mm/s is too low: a step of 0.0001 mm would take more than a day"},
	} {
		if c.err == nil || c.err.Error() != c.want {
			t.Errorf("got %v\nwant %s", c.err, c.want)
		}
	}
	if err := errors.Join(a.SetVelocity(t.Context(), 2e-9), a.SetAcceleration(t.Context(), 1e-13)); err != nil {
		t.Error(err)
	}
}

func TestTimesBeyondAllMeasureDoNotTurnNegative(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := config
		c.Velocity, c.Acceleration, c.Backlash = 100, 1e-300, 2
		m := &rudeMotor{Motor: sim.NewMotor(sim.MotorOptions{Velocity: 100, Acceleration: 300})}
		a := device.NewAxis(c, struct{ device.Motor }{m}, device.TimerWait)
		if d := a.MoveTime(0, -10); d != math.MaxInt64 {
			t.Errorf("a move takes %v", d)
		}
		if err := m.Start(t.Context(), 100); err != nil {
			t.Fatal(err)
		}
		if err := a.Stop(t.Context()); err != nil || a.Quarantined() {
			t.Errorf("the axis had no time to stop: %v", err)
		}
	})
}

func TestTheGuardIsAskedBeforeEachMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := newAxis(config)
		lost := errors.New("the session's lease is lost")
		a.SetGuard(func(context.Context) error { return lost })
		if err := a.Move(t.Context(), 1); !errors.Is(err, lost) || position(t, a) != 0 || a.IsMoving() {
			t.Error(err)
		}
		a.SetGuard(nil)
		if err := a.Move(t.Context(), 1); err != nil {
			t.Error(err)
		}
	})
}

func TestAnotherMasterOfTheMotor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, m := newAxis(config)
		if !math.IsNaN(a.LastPosition()) || a.LastState() != 0 {
			t.Error("a position is known before the first read")
		}
		if err := m.Start(t.Context(), 10); err != nil {
			t.Fatal(err)
		}
		if err := a.Move(t.Context(), 1); err == nil || err.Error() != "robz is moving" {
			t.Error(err)
		}
		time.Sleep(time.Second)
		if at := position(t, a); at != 10 {
			t.Errorf("at %v", at)
		}
	})
}

func TestStatesAreWritten(t *testing.T) {
	for s, want := range map[device.State]string{
		0:                                   "UNKNOWN",
		device.Ready:                        "READY",
		device.Ready | device.LimitNegative: "READY|LIMNEG",
		device.Moving:                       "MOVING",
		device.Fault | device.Off:           "FAULT|OFF",
	} {
		if s.String() != want {
			t.Errorf("%d is %s", s, s)
		}
	}
	if device.State(0).AtRest() || !device.Fault.AtRest() {
		t.Error("at rest")
	}
}
