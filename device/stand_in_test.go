package device_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"blissh/device"
	"blissh/device/sim"
)

// TestAStandInLeavesTheHardwareAlone: it begins where the motor stands, does what
// the axis is told, and the motor hears nothing of it.
func TestAStandInLeavesTheHardwareAlone(t *testing.T) {
	c := device.Config{Name: "x", Unit: "mm", StepsPerUnit: 1000, Velocity: 1, Acceleration: 1, Low: -10, High: 10, Offset: 100, Encoder: &device.EncoderConfig{Tolerance: 0.01}}
	a, m := sim.NewAxis(c, sim.MotorOptions{Start: 2}, device.TimerWait)
	ctx := t.Context()
	if err := a.StandIn(ctx); err != nil {
		t.Fatal(err)
	}
	for call := sim.Start; call <= sim.Encoder; call++ {
		m.FailAfter(call, 0, errors.New("the hardware was touched"))
	}
	want := a.MoveTime(102, 105)
	for _, step := range []func() error{
		func() error { return a.Move(ctx, 105.0004) },
		func() error { return a.Home(ctx, 0) },
		func() error { return a.SearchLimit(ctx, 1) },
		func() error { return a.Stop(ctx) },
		func() error { return a.SetPower(ctx, false) },
		func() error { return a.SetPower(ctx, true) },
		func() error { _, err := a.EncoderPosition(ctx); return err },
		func() error { _, _, err := a.SetDial(ctx, 4); return err },
		func() error { return a.SetVelocity(ctx, 2) },
	} {
		if err := step(); err != nil {
			t.Error(err)
		}
	}
	if at, err := a.Position(ctx); err != nil || at != 105 || !a.IsStandIn() {
		t.Errorf("at %v (%v)", at, err)
	}
	if at, _ := a.Dial(ctx); at != 4 {
		t.Errorf("dial %v", at)
	}
	if fast := a.MoveTime(102, 105); fast >= want || want < 3*time.Second {
		t.Errorf("%v with the new velocity, %v before", fast, want)
	}
	var limit *device.LimitError
	if err := a.Move(ctx, 200); !errors.As(err, &limit) {
		t.Error(err)
	}
}

// TestAStandInWithoutPowerDoesNotMove, like the motor that it is there for.
func TestAStandInWithoutPowerDoesNotMove(t *testing.T) {
	a, m := sim.NewAxis(device.Config{Name: "x", Velocity: 1}, sim.MotorOptions{}, device.TimerWait)
	m.Power(false)
	var fault *device.FaultError
	if err := a.StandIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := a.Move(t.Context(), 1); !errors.As(err, &fault) {
		t.Error(err)
	}
}

// TestVirtualTimePassesForThoseWhoWait and for nobody else.
func TestVirtualTimePassesForThoseWhoWait(t *testing.T) {
	v, ended := device.NewVirtualTime(), 0
	began := v.Now()
	v.EndAfter(time.Hour, func() { ended++ })
	ctx, cancel := context.WithCancelCause(t.Context())
	for _, d := range []time.Duration{time.Minute, -time.Minute, 0, 58 * time.Minute} {
		if err := v.Wait(ctx, d); err != nil {
			t.Error(err)
		}
	}
	if v.Elapsed() != 59*time.Minute || v.Left() != time.Minute || v.Now().Sub(began) != v.Elapsed() || ended != 0 {
		t.Errorf("%v, %v left, ended %d times", v.Elapsed(), v.Left(), ended)
	}
	_ = v.Wait(ctx, 10*time.Minute)
	if v.Elapsed() != time.Hour || ended != 1 {
		t.Errorf("%v, ended %d times", v.Elapsed(), ended)
	}
	_ = v.Wait(ctx, time.Minute) // a clean-up has its time
	if v.Elapsed() != 61*time.Minute || ended != 1 {
		t.Errorf("%v, ended %d times", v.Elapsed(), ended)
	}
	cause := errors.New("enough")
	cancel(cause)
	if err := v.Wait(ctx, time.Minute); err != cause || v.Elapsed() != 61*time.Minute {
		t.Errorf("%v after %v", err, v.Elapsed())
	}
}
