package device_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"testing/synctest"

	"blissh/device"
)

// TestManySmallMovesDoNotDrift: ten times a tenth on a motor with whole steps
// ends at one, and a motor that was pushed starts from where it is.
func TestManySmallMovesDoNotDrift(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, m := newAxis(device.Config{Name: "m0", StepsPerUnit: 1, Velocity: 10, Acceleration: 10})
		for range 10 {
			if err := a.Move(t.Context(), a.Reference(position(t, a))+0.1); err != nil {
				t.Fatal(err)
			}
		}
		if at := position(t, a); at != 1 {
			t.Errorf("ten times 0.1 ends at %g", at)
		}
		m.Push(3)
		if at := a.Reference(position(t, a)); at != 4 {
			t.Errorf("after a push moves start from %g", at)
		}
	})
}

func TestDialPositionIsSet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := config
		c.Sign, c.Offset = -1, 3
		a, _ := newAxis(c)
		if err := a.Move(t.Context(), 5); err != nil {
			t.Fatal(err)
		}
		from, to, err := a.SetDial(t.Context(), 100)
		if from != -2 || to != 100 || err != nil {
			t.Errorf("dial from %g to %g, %v", from, to, err)
		}
		if at := position(t, a); at != 5 || a.Offset() != 105 || a.Reference(at) != 5 {
			t.Errorf("position %g, offset %g, reference %g", at, a.Offset(), a.Reference(at))
		}
		if low, high := a.DialLimits(); low != c.Low || high != c.High {
			t.Errorf("the limits went to %g and %g on the dial", low, high)
		}
		go a.Move(t.Context(), 6)
		synctest.Wait()
		var busy *device.BusyError
		if _, _, err := a.SetDial(t.Context(), 0); !errors.As(err, &busy) {
			t.Errorf("while it moves: %v", err)
		}
		a.Stop(t.Context())
	})
}

func TestConfigureIsAllOrNothing(t *testing.T) {
	a, _ := newAxis(config)
	c := a.Config()
	c.Offset, c.Sign, c.Low, c.High, c.Velocity, c.Acceleration, c.Backlash = 2, -1, -5, math.Inf(1), 50, 60, 0.5
	if err := a.Configure(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if got := a.Config(); got != c {
		t.Errorf("got %+v, want %+v", got, c)
	}
	for want, spoil := range map[string]func(*device.Config){
		"velocity 5000 mm/s is beyond the high limit 1500 mm/s": func(c *device.Config) { c.Velocity = 5000 },
		"acceleration -1 mm/s² is not above 0":                  func(c *device.Config) { c.Acceleration = -1 },
		"sign 3 is neither 1 nor -1":                            func(c *device.Config) { c.Sign = 3 },
		"the low limit 9 mm is above the high limit 8 mm":       func(c *device.Config) { c.Low, c.High = 9, 8 },
		"offset cannot be NaN":                                  func(c *device.Config) { c.Offset = math.NaN() },
		"backlash cannot be +Inf":                               func(c *device.Config) { c.Backlash = math.Inf(1) },
	} {
		bad := c
		bad.Offset = 77
		spoil(&bad)
		if err := a.Configure(t.Context(), bad); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if got := a.Config(); got != c {
		t.Errorf("what was refused has changed %+v", got)
	}
}

func TestSignAndPower(t *testing.T) {
	a, m := newAxis(config)
	m.Push(2)
	if err := a.SetSign(-1); err != nil || position(t, a) != -2 {
		t.Errorf("position %g, %v", position(t, a), err)
	}
	if err := a.SetSign(0); err == nil {
		t.Error("a sign of 0 was accepted")
	}
	if err := a.SetPower(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	var fault *device.FaultError
	if err := a.Move(t.Context(), 1); !errors.As(err, &fault) {
		t.Errorf("without power: %v", err)
	}
	if err := a.SetPower(t.Context(), true); err != nil || a.Move(t.Context(), 1) != nil {
		t.Errorf("with power: %v", err)
	}
}
