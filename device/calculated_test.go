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
	"blissh/device/slits"
)

// slit is a slit of two blades that move at 1 mm/s.
type slit struct {
	top, bottom, gap, offset *device.MotorAxis
	up, down                 *sim.Motor
}

func newSlit(t *testing.T) *slit {
	t.Helper()
	blade := func(name string, start float64) (*device.MotorAxis, *sim.Motor) {
		c := device.Config{Name: name, Unit: "mm", StepsPerUnit: 1000, Velocity: 1, Acceleration: 10, Low: -10, High: 10, Tolerance: 5e-4}
		return sim.NewAxis(c, sim.MotorOptions{Start: start}, device.TimerWait)
	}
	s := &slit{}
	s.top, s.up = blade("top", 1)
	s.bottom, s.down = blade("bottom", -1)
	set := device.NewCalculated("slit", slits.Slit{}, []*device.MotorAxis{s.top, s.bottom},
		[]device.Config{{Name: "vg", Unit: "mm", Low: 0, High: 15}, {Name: "vo", Unit: "mm"}}, device.TimerWait)
	s.gap, s.offset = set.Axes()[0], set.Axes()[1]
	if position(t, s.gap) != 2 || position(t, s.offset) != 0 {
		t.Fatalf("gap %v, offset %v", position(t, s.gap), position(t, s.offset))
	}
	return s
}

// at checks where the four axes are.
func (s *slit) at(t *testing.T, top, bottom, gap, offset float64) {
	t.Helper()
	for a, want := range map[*device.MotorAxis]float64{s.top: top, s.bottom: bottom, s.gap: gap, s.offset: offset} {
		if got := position(t, a); math.Abs(got-want) > 1e-9 {
			t.Errorf("%s is at %v, not %v", a.Name(), got, want)
		}
	}
}

func TestACalculatedAxisMovesTheRealOnesTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlit(t)
		want := s.gap.MoveTime(2, 6)
		begin := time.Now()
		if err := s.gap.Move(t.Context(), 6); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took != want || took != s.top.MoveTime(1, 3) {
			t.Errorf("took %v, %v was foreseen", took, want)
		}
		s.at(t, 3, -3, 6, 0)
		if err := s.offset.Move(t.Context(), 1.5); err != nil {
			t.Fatal(err)
		}
		s.at(t, 4.5, -1.5, 6, 1.5)
	})
}

// TestRoundingDoesNotWander: each blade rests on a whole step, half of one from
// where it should be; the other axis must not take that for its place.
func TestRoundingDoesNotWander(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlit(t)
		for i := range 101 {
			if err := s.gap.Move(t.Context(), 2+0.001*float64(i)); err != nil {
				t.Fatal(err)
			}
			if off := position(t, s.offset); math.Abs(off) > 0.0005001 {
				t.Fatalf("offset %v after %d moves", off, i)
			}
		}
		if err := s.gap.Move(t.Context(), 2); err != nil {
			t.Fatal(err)
		}
		s.at(t, 1, -1, 2, 0)

		s.up.Push(0.5) // somebody turns the knob: the slit goes on from there
		if err := s.gap.Move(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		s.at(t, 0.75, -0.25, 1, 0.25)
	})
}

func TestLimitsOfRealAxesAndOfTheCalculatedOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlit(t)
		for _, c := range []struct {
			axis *device.MotorAxis
			to   float64
			want string
		}{
			{s.gap, 16, "vg: 16 mm is beyond the high limit 15 mm"},
			{s.gap, -0.1, "vg: -0.1 mm is beyond the low limit 0 mm"},
			{s.offset, 9.5, "vo: top: 10.5 mm is beyond the high limit 10 mm"},
			{s.offset, math.NaN(), "vo: cannot move to NaN"},
		} {
			err := c.axis.CheckTarget(2, c.to)
			if err == nil || err.Error() != c.want {
				t.Errorf("check: %v, not %s", err, c.want)
			}
			if err := c.axis.Move(t.Context(), c.to); err == nil || err.Error() != c.want {
				t.Errorf("move: %v, not %s", err, c.want)
			}
		}
		s.at(t, 1, -1, 2, 0)
	})
}

// TestSeveralAxesOfASet: the way out of one alone may be shut where both
// together are possible, and the other way round.
func TestSeveralAxesOfASet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlit(t)
		both := []device.Axis{s.offset, s.gap}
		if err := device.MoveTogether(t.Context(), both, []float64{9, 2}); err != nil {
			t.Fatal(err)
		}
		s.at(t, 10, 8, 2, 9)
		if err := s.gap.CheckTarget(2, 10); err == nil {
			t.Error("the gap opens beyond the limit of the top blade")
		}
		if err := device.NewChecker(both, []float64{9, 2}).Step([]float64{5, 10}); err != nil {
			t.Error(err)
		}
		begin := time.Now()
		if err := device.MoveTogether(t.Context(), both, []float64{5, 10}); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took != s.bottom.MoveTime(8, 0) {
			t.Errorf("took %v", took)
		}
		s.at(t, 10, 0, 10, 5)
		err := device.NewChecker(both, []float64{5, 10}).Step([]float64{6, 10})
		if err == nil || err.Error() != "vg: vo: top: 11 mm is beyond the high limit 10 mm" {
			t.Error(err)
		}
		err = device.MoveTogether(t.Context(), both, []float64{5, 20})
		if err == nil || err.Error() != "vg: 20 mm is beyond the high limit 15 mm" {
			t.Error(err)
		}
		s.at(t, 10, 0, 10, 5)
	})
}

func TestAStopOfACalculatedAxisStopsTheRealOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, end := range map[string]func(*slit, context.CancelCauseFunc){
			"the context": func(_ *slit, cancel context.CancelCauseFunc) { cancel(errors.New("enough")) },
			"stop":        func(s *slit, _ context.CancelCauseFunc) { s.gap.Stop(context.Background()) },
			"stop of one": func(s *slit, _ context.CancelCauseFunc) { s.bottom.Stop(context.Background()) },
		} {
			s := newSlit(t)
			ctx, cancel := context.WithCancelCause(t.Context())
			ended := make(chan struct{})
			time.AfterFunc(time.Second, func() { end(s, cancel); close(ended) })
			err := s.gap.Move(ctx, 10)
			<-ended
			if err == nil || err.Error() != "enough" && !errors.Is(err, device.ErrStopped) {
				t.Errorf("%s: %v", name, err)
			}
			for _, a := range []*device.MotorAxis{s.top, s.bottom, s.gap, s.offset} {
				if state, err := a.State(t.Context()); err != nil || state != device.Ready || a.IsMoving() {
					t.Errorf("%s: %s is %v %v", name, a.Name(), state, err)
				}
			}
			if at := position(t, s.gap); at < 3.9 || at > 4.3 {
				t.Errorf("%s: the gap is %v", name, at)
			}
			cancel(nil)
		}
	})
}

func TestARealAxisThatFailsStopsTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlit(t)
		time.AfterFunc(time.Second, func() { s.down.Break(true) })
		err := s.gap.Move(t.Context(), 10)
		if err == nil || !strings.HasPrefix(err.Error(), "vg: bottom is FAULT at -2") {
			t.Error(err)
		}
		if state, _ := s.top.State(t.Context()); state != device.Ready {
			t.Errorf("top is %v", state)
		}
		if state, _ := s.gap.State(t.Context()); state != device.Fault {
			t.Errorf("the gap is %v", state)
		}
		if err := s.offset.Move(t.Context(), 0); err == nil || !strings.HasPrefix(err.Error(), "vo is FAULT") {
			t.Error(err)
		}
	})
}

func TestQuarantineOfTheRealAxes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlit(t)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		s.down.Hang(sim.Stop)
		err := s.gap.Move(ctx, 15)
		var unrest *device.NotAtRestError
		if !errors.As(err, &unrest) || unrest.Axis != "bottom" {
			t.Fatal(err)
		}
		if !s.gap.Quarantined() || !s.offset.Quarantined() || !s.bottom.Quarantined() || s.top.Quarantined() {
			t.Error("who is quarantined is wrong")
		}
		if err := s.offset.Move(t.Context(), 0); err == nil {
			t.Error("the offset moved a quarantined blade")
		}
		s.down.Clear()
		time.Sleep(time.Minute)
		if state, err := s.offset.State(t.Context()); err != nil || state != device.Ready || s.bottom.Quarantined() || s.gap.Quarantined() {
			t.Errorf("%v %v", state, err)
		}
		if err := s.gap.Move(t.Context(), 2); err != nil {
			t.Error(err)
		}

		moved := make(chan error, 1)
		go func() { moved <- s.gap.Move(t.Context(), 10) }()
		time.Sleep(time.Second)
		s.gap.Quarantine("the prompt has come back")
		if !s.top.Quarantined() || !s.bottom.Quarantined() {
			t.Error("the moving blades are not quarantined")
		}
		if err := <-moved; err != nil {
			t.Error(err)
		}
	})
}

// TestTwoMovesOfOneSetAreRefused: the second one finds the blades in use.
func TestTwoMovesOfOneSetAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlit(t)
		moved := make(chan error, 1)
		go func() { moved <- s.gap.Move(t.Context(), 10) }()
		time.Sleep(time.Second)
		for a, want := range map[*device.MotorAxis]string{s.offset: "vo is moving", s.gap: "vg is moving", s.top: "top is moving"} {
			if err := a.Move(t.Context(), 1); err == nil || err.Error() != want {
				t.Errorf("%v, not %s", err, want)
			}
		}
		if err := <-moved; err != nil {
			t.Error(err)
		}
		for _, pair := range [][]device.Axis{{s.gap, s.top}, {s.bottom, s.offset}} {
			err := device.CheckShared(pair)
			if err == nil || !strings.Contains(err.Error(), "cannot move together: both move") {
				t.Error(err)
			}
		}
		if err := device.CheckShared([]device.Axis{s.gap, s.offset}); err != nil {
			t.Error(err)
		}
		if got := device.Hardware([]device.Axis{s.gap, s.offset, s.top}); len(got) != 2 {
			t.Errorf("hardware %v", got)
		}
	})
}

// half is a calculated axis of one other axis.
type half struct{}

func (half) Forward(r []float64) ([]float64, error) { return []float64{r[0] / 2}, nil }
func (half) Inverse(c []float64) ([]float64, error) {
	if c[0] > 4 {
		return nil, errors.New("more than 4 is impossible")
	}
	return []float64{2 * c[0]}, nil
}

func TestACalculatedAxisOfACalculatedAxis(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlit(t)
		a := device.NewCalculated("half", half{}, []*device.MotorAxis{s.gap}, []device.Config{{Name: "h", Unit: "mm"}}, device.TimerWait).Axes()[0]
		if at := position(t, a); at != 1 {
			t.Errorf("at %v", at)
		}
		if err := a.Move(t.Context(), 3); err != nil {
			t.Fatal(err)
		}
		s.at(t, 3, -3, 6, 0)
		if err := a.CheckTarget(3, 5); err == nil || err.Error() != "h: more than 4 is impossible" {
			t.Error(err)
		}
		if err := a.SetVelocity(t.Context(), 3); err == nil || err.Error() != "h is calculated: velocity, acceleration and backlash are those of vg" {
			t.Error(err)
		}
		if _, _, err := a.SetPosition(t.Context(), 10); err != nil || position(t, a) != 10 {
			t.Errorf("%v, at %v", err, position(t, a))
		}
		if err := a.Move(t.Context(), 9); err != nil {
			t.Error(err)
		}
		s.at(t, 2, -2, 4, 0)
	})
}
