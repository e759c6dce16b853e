package scan_test

import (
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"blissh/device"
	"blissh/device/sim"
	"blissh/device/slits"
	"blissh/scan"
)

// newSlit makes two blades at 1 and -1 mm, the motor of the second one, gap
// and offset.
func newSlit(t *testing.T) (top, bottom, gap, offset *device.MotorAxis, down *sim.Motor) {
	t.Helper()
	c := device.Config{Unit: "mm", StepsPerUnit: 1000, Velocity: 1, Acceleration: 10, Low: -10, High: 10, Tolerance: 5e-4}
	c.Name = "top"
	top, _ = sim.NewAxis(c, sim.MotorOptions{Start: 1}, device.TimerWait)
	c.Name = "bottom"
	bottom, down = sim.NewAxis(c, sim.MotorOptions{Start: -1}, device.TimerWait)
	axes := device.NewCalculated("slit", slits.Slit{}, []*device.MotorAxis{top, bottom},
		[]device.Config{{Name: "vg", Unit: "mm", Low: 0, High: 15}, {Name: "vo", Unit: "mm"}}, device.TimerWait).Axes()
	for _, a := range axes {
		if _, err := a.Position(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return top, bottom, axes[0], axes[1], down
}

func TestAScanOfACalculatedAxisPublishesTheRealOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, _, gap, _, _ := newSlit(t)
		_, gauss := newController("sim_ct_gauss")
		n := &notes{}
		s := mustNew(t, line(gap, 2, 6, 4, 0, gauss), options(n))
		if err := s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, c := range s.Info().Channels {
			names = append(names, c.Name+" "+c.Role)
		}
		if got := strings.Join(names, ", "); got != "vg axis, elapsed_time timer, epoch timer, sim_ct_gauss counter, top axis, bottom axis" {
			t.Error(got)
		}
		if m := s.Info().Moving; len(m) != 1 || m[0] != "vg" {
			t.Errorf("moving %v", m)
		}
		for i, row := range n.rows {
			vg := 2 + float64(i)
			for k, want := range map[int]float64{0: vg, 4: vg / 2, 5: -vg / 2} {
				if math.Abs(row[k]-want) > 1e-9 {
					t.Errorf("point %d: %s is %v, not %v", i, names[k], row[k], want)
				}
			}
		}
	})
}

// TestEveryPointOfACalculatedAxisIsChecked: a mesh of offset and gap one corner
// of which the blades cannot reach, though each axis alone could.
func TestEveryPointOfACalculatedAxisIsChecked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		top, bottom, gap, offset, _ := newSlit(t)
		_, gauss := newController("sim_ct_gauss")
		mesh := scan.Plan{
			Name: "amesh", Axes: []device.Axis{gap, offset}, Counters: []*device.Counter{gauss},
			Trajectory: scan.Mesh{Start: []float64{2, 0}, Stop: []float64{14, 4}, Intervals: []int{2, 2}},
		}
		_, err := scan.New(mesh, options(&notes{}))
		if err == nil || err.Error() != "point 8: vg: vo: top: 11 mm is beyond the high limit 10 mm" {
			t.Error(err)
		}
		_, err = scan.New(line(offset, 0, 9.5, 10, 0, gauss), options(&notes{}))
		if err == nil || err.Error() != "point 10: vo: top: 10.5 mm is beyond the high limit 10 mm" {
			t.Error(err)
		}
		for _, axes := range [][]device.Axis{{gap, top}, {bottom, offset}} {
			p := scan.Plan{Name: "a2scan", Axes: axes, Trajectory: scan.Linear{Start: []float64{1, 1}, Stop: []float64{2, 2}, Intervals: 1}}
			if _, err := scan.New(p, options(&notes{})); err == nil || !strings.Contains(err.Error(), "cannot move together") {
				t.Error(err)
			}
		}

		n := &notes{}
		mesh.Trajectory = scan.Mesh{Start: []float64{2, 0}, Stop: []float64{14, 2}, Intervals: []int{2, 2}}
		s := mustNew(t, mesh, options(n))
		if err := s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		for i, row := range n.rows {
			vg, vo := 2+6*float64(i%3), float64(i/3)
			for k, want := range map[int]float64{0: vg, 1: vo, 5: vo + vg/2, 6: vo - vg/2} {
				if math.Abs(row[k]-want) > 1e-9 {
					t.Errorf("point %d: value %d is %v, not %v", i, k, row[k], want)
				}
			}
		}
	})
}

// TestABladeThatIsMovedFailsTheScan: both blades are pushed the same way, which
// the gap does not show.
func TestABladeThatIsMovedFailsTheScan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		top, _, gap, _, down := newSlit(t)
		_, gauss := newController("sim_ct_gauss")
		s := mustNew(t, line(gap, 2, 6, 4, time.Minute, gauss), options(&notes{}))
		at(90*time.Second, func() {
			down.Push(0.1417)
			top.Motor().(*sim.Motor).Push(0.1417)
		})
		err := s.Run(t.Context())
		if err == nil || err.Error() != "point 1: top was moved by someone else: 1.5000 -> 1.6420 mm" {
			t.Error(err)
		}
	})
}

func TestAStopInMidMoveLeavesTheBladesAtRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		top, bottom, gap, _, _ := newSlit(t)
		_, gauss := newController("sim_ct_gauss")
		s := mustNew(t, line(gap, 2, 14, 1, 0, gauss), options(&notes{}))
		at(2*time.Second, func() { s.Stop(&scan.StopError{By: "hook"}, scan.Now) })
		if err := s.Run(t.Context()); err != nil {
			t.Error(err)
		}
		for _, a := range []*device.MotorAxis{top, bottom, gap} {
			if state, err := a.State(t.Context()); err != nil || state != device.Ready {
				t.Errorf("%s is %v %v", a.Name(), state, err)
			}
		}
		if top.LastPosition() < 2.8 || top.LastPosition() > 3.2 {
			t.Errorf("top is at %v", top.LastPosition())
		}
	})
}
