package scan_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"blissh/data"
	"blissh/device/sim"
	"blissh/scan"
)

// TestEveryWaitForADeviceHasALimit: a device that hangs, and one that is deaf to
// the end of its context as well, at each stage.
func TestEveryWaitForADeviceHasALimit(t *testing.T) {
	for _, c := range []struct {
		name string
		op   sim.Op
		axis bool
		skip int
		want string
	}{
		{"prepare", sim.Prepare, false, 0, "camera: prepare: no answer within 1m0s"},
		{"trigger", sim.Trigger, false, 1, "point 1: camera: trigger: no answer within 1m10s"},
		{"read", sim.Read, false, 2, "point 2: camera: read: no answer within 1m10s"},
		{"position", sim.Read, true, 0, "read robz: no answer within 1m0s"},
	} {
		for _, deaf := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				axis, motor := newInstant("robz")
				camera := sim.NewController(sim.ControllerOptions{Name: "camera"})
				other := sim.NewController(sim.ControllerOptions{Name: "other"})
				n := &notes{}
				s := mustNew(t, line(axis, 0, 4, 4, 10*time.Second, other.Add("o", "", sim.Flat(1, 0)), camera.Add("c", "", sim.Flat(1, 0))), options(n))
				faults := &camera.Faults
				if c.axis {
					faults = &motor.Faults
				}
				faults.HangAfter(c.op, c.skip)
				if deaf && c.skip == 0 {
					faults.Deaf(c.op)
				}
				begin := time.Now()
				err := s.Run(t.Context())
				faults.Clear()
				if err == nil || !strings.HasPrefix(err.Error(), c.want) {
					t.Errorf("%s: %v\nnot %s", c.name, err, c.want)
				}
				limit := scan.DefaultAnswer + 5*time.Second + time.Duration(c.skip+1)*10*time.Second
				if deaf && c.skip == 0 {
					limit += 2*scan.DefaultCleanUp + time.Second
				}
				if took := time.Since(begin); took < scan.DefaultAnswer || took > limit {
					t.Errorf("%s: took %v, the limit is %v", c.name, took, limit)
				}
				if n.end == nil && c.op != sim.Read || s.Info().Outcome != data.Failed {
					t.Errorf("%s: ended as %v", c.name, s.Info().Outcome)
				}
				if got := len(n.rows); got != c.skip {
					t.Errorf("%s: %d points", c.name, got)
				}
				if other.Open() != 0 {
					t.Errorf("%s: the other controller is open", c.name)
				}
			})
		}
	}
}

// TestALongCountIsNoSilence: only what comes beside the count is limited.
func TestALongCountIsNoSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lazy := sim.NewController(sim.ControllerOptions{Name: "lazy", ReadTime: 50 * time.Second})
		n := &notes{}
		s := mustNew(t, loop(2, time.Hour, lazy.Add("l", "", sim.Flat(1, 0))), options(n))
		if err := s.Run(t.Context()); err != nil || len(n.rows) != 2 {
			t.Errorf("%v, %d points", err, len(n.rows))
		}
	})
}
