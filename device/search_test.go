package device_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"blissh/device"
	"blissh/device/sim"
)

// switched is an axis like robz with limit switches and a reference.
func switched(sign int) (*device.MotorAxis, *sim.Motor) {
	c := config
	c.Sign = sign
	c.Encoder = &device.EncoderConfig{StepsPerUnit: 100, Tolerance: 0.05}
	return sim.NewAxis(c, sim.MotorOptions{Start: 3, Low: -5, High: 8, Home: 1}, device.TimerWait)
}

func TestAHomeSearchPutsThePositionRight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, m := switched(1)
		m.Slip(0.5) // the motor has lost steps: it counts 3 and stands at 3.5
		begin := time.Now()
		if err := a.Home(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		want := device.TravelTime(2.5, 100, 300)
		if took := time.Since(begin); took < want || took > want+20*time.Millisecond {
			t.Errorf("took %v for %v of motion", took, want)
		}
		state, err := a.State(t.Context())
		at, _ := a.EncoderPosition(t.Context())
		if err != nil || state != device.Ready|device.Home || position(t, a) != 1 || at != 1 {
			t.Errorf("%v at %v, encoder at %v, %v", state, position(t, a), at, err)
		}
		if err := a.Move(t.Context(), 2); err != nil {
			t.Error(err)
		}
		if state, _ := a.State(t.Context()); state != device.Ready {
			t.Errorf("%v away from the reference", state)
		}
		if err := a.Home(t.Context(), 1); err == nil || err.Error() != "robz: home search: the home switch is in the other direction" {
			t.Error(err)
		}
	})
}

func TestASearchForALimitSwitch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			sign, direction int
			at              float64
			state           device.State
		}{
			{1, 1, 8, device.LimitPositive}, {1, -1, -5, device.LimitNegative},
			{-1, 1, 5, device.LimitNegative}, {-1, -1, -8, device.LimitPositive},
		} {
			a, _ := switched(c.sign)
			if err := a.SearchLimit(t.Context(), c.direction); err != nil {
				t.Fatal(err)
			}
			if state, _ := a.State(t.Context()); state != device.Ready|c.state || position(t, a) != c.at {
				t.Errorf("%+v: %v at %v", c, state, position(t, a))
			}
			if err := a.Move(t.Context(), 0); err != nil {
				t.Errorf("away from the switch: %v", err)
			}
		}
		free, _ := newAxis(config)
		if err := free.SearchLimit(t.Context(), 1); err == nil || err.Error() != "robz: search for the limit switch: there is no limit switch at that end" {
			t.Error(err)
		}
		if err := free.SearchLimit(t.Context(), 0); err == nil || err.Error() != "robz: a limit switch is searched in direction 1 or -1, not 0" {
			t.Error(err)
		}
	})
}

func TestASearchEndsWithItsContextAndByStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := func() *device.MotorAxis {
			a, _ := sim.NewAxis(config, sim.MotorOptions{Start: 900, Low: -1000, High: 1000}, device.TimerWait)
			return a
		}
		why := errors.New("why")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(why) })
		a := far()
		if err := a.Home(ctx, 0); err != why {
			t.Error(err)
		}
		if state, _ := a.State(t.Context()); state != device.Ready || a.IsMoving() {
			t.Errorf("%v, moving %v", state, a.IsMoving())
		}
		b := far()
		time.AfterFunc(time.Second, func() { b.Stop(context.Background()) })
		if err := b.SearchLimit(t.Context(), -1); !errors.Is(err, device.ErrStopped) {
			t.Error(err)
		}
		if err := b.Move(t.Context(), 0); err != nil {
			t.Error(err)
		}
	})
}

func TestALimitSwitchBeforeTheReference(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := sim.NewAxis(config, sim.MotorOptions{Start: 3, Low: -5, High: 8, Home: -6}, device.TimerWait)
		err := a.Home(t.Context(), 0)
		if err == nil || err.Error() != "robz: the home search ended without HOME: robz is READY|LIMNEG at -5 mm" {
			t.Error(err)
		}
	})
}

func TestTheEncoderSeesLostSteps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, m := switched(-1)
		if at, err := a.EncoderPosition(t.Context()); at != -3 || err != nil {
			t.Errorf("%v %v", at, err)
		}
		m.Slip(0.0349)
		if err := a.Move(t.Context(), -2); err != nil { // -2.0349, read as -2.03
			t.Errorf("within the tolerance: %v", err)
		}
		m.Slip(0.1)
		err := a.Move(t.Context(), -1)
		if err == nil || err.Error() != "robz did not reach its position: the encoder is at -1.13 mm, -1 mm was asked (tolerance 0.05 mm)" {
			t.Error(err)
		}
		m.Fail(sim.Encoder, errors.New("no light"))
		if err := a.Move(t.Context(), -2); err == nil || err.Error() != "robz: read encoder: no light" {
			t.Error(err)
		}
		blind, _ := newAxis(config)
		if _, err := blind.EncoderPosition(t.Context()); err == nil || blind.Encoder() != nil {
			t.Error("an axis without encoder has one")
		}
	})
}

// endless is a motor that never arrives.
type endless struct{ *sim.Motor }

func (e endless) Read(ctx context.Context) (float64, device.State, error) {
	at, s, err := e.Motor.Read(ctx)
	if at > 1 {
		s = device.Moving
	}
	return at, s, err
}

// TestAMoveHasALimit: the motor says that it moves, and does so even when it is
// stopped.
func TestAMoveHasALimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, m := newAxis(config)
		a := device.NewAxis(config, endless{m}, device.TimerWait)
		begin := time.Now()
		err := a.Move(t.Context(), 10)
		var late *device.LateError
		var unrest *device.NotAtRestError
		if !errors.As(err, &late) || !errors.As(err, &unrest) || !strings.HasPrefix(late.Error(), "robz is still moving after 1m1s, at 10 mm on the way to 10 mm") {
			t.Error(err)
		}
		if took := time.Since(begin); took < time.Minute || took > 70*time.Second {
			t.Errorf("took %v", took)
		}
	})
}
