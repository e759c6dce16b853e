package scan

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"blissh/device"
	"blissh/device/sim"
)

// TestAPressJustBeforeACountHasNoCount: it comes after the last look of the
// loop and before the trigger. A count that it did not stop would be a long one
// that nobody was told of.
func TestAPressJustBeforeACountHasNoCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctl := sim.NewController(sim.ControllerOptions{Name: "card"})
		ctl.Fail(sim.Trigger, errors.New("triggered"))
		s, err := New(Plan{
			Name: "ct", CountTime: time.Minute, Counters: []*device.Counter{ctl.Add("a", "", sim.Flat(1, 0))},
		}, Options{Wait: device.TimerWait})
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(r.prepareChain(), r.mayGoOn(r.move)); err != nil {
			t.Fatal(err)
		}
		defer r.chain.close()
		if left := s.Interrupt(); left != 0 {
			t.Errorf("%v left", left)
		}
		r.countPoint(0)
		if s.later != nil || s.countEnd.Load() != 0 {
			t.Errorf("it was counted: %v", s.later)
		}
	})
}
