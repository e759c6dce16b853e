package scan_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"blissh/data"
	"blissh/device"
	"blissh/device/sim"
)

// channelNames are the data channels after the two timers.
func channelNames(channels []data.Channel) string {
	var list []string
	for _, c := range channels[2:] {
		list = append(list, c.Name)
	}
	return strings.Join(list, " ")
}

func TestStatisticsAreDataChannelsOfACounter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := sim.NewController(sim.ControllerOptions{Name: "meter", MaxRate: 10})
		v, other := c.Add("v", "V", sim.Flat(3, 0)), c.Add("other", "V", sim.Flat(1, 0))
		if err := errors.Join(v.SetMode(device.Stats), other.SetMode(device.Samples)); err != nil {
			t.Fatal(err)
		}
		var arrays []int
		n := &notes{on: func(e data.Event) error {
			if row, ok := e.(*data.Row); ok {
				arrays = append(arrays, len(row.Arrays[0].Bytes))
			}
			return nil
		}}
		twice := device.NewCalc("twice", "", func(in []float64) (float64, error) { return 2 * in[0], nil }, v)
		s := mustNew(t, loop(2, time.Second, v, twice, other), options(n))
		begin := time.Now()
		if err := s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := channelNames(s.Info().Channels); got != "v v_n v_std v_var v_min v_max v_p2v other other_samples twice" {
			t.Error(got)
		}
		if took := time.Since(begin); took != 2*time.Second {
			t.Errorf("took %v", took)
		}
		if got := n.rows[1][2:]; !slices.Equal(got, []float64{3, 10, 0, 0, 3, 3, 0, 1, 6}) {
			t.Errorf("%v", got)
		}
		if !slices.Equal(arrays, []int{80, 80}) {
			t.Errorf("bytes of samples %v", arrays)
		}
		if c.Open() != 0 {
			t.Error("left open")
		}
	})
}

// TestASlowControllerCostsItsOwnTimeOnly: what is slow is read while the others
// are, and a device that may be read once in 5 s makes nobody else sample less.
func TestASlowControllerCostsItsOwnTimeOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := sim.NewController(sim.ControllerOptions{Name: "slow", MaxRate: 0.2})
		fast := sim.NewController(sim.ControllerOptions{Name: "fast", MaxRate: 100})
		lazy := sim.NewController(sim.ControllerOptions{Name: "lazy", ReadTime: 3 * time.Second})
		f := fast.Add("f", "", sim.Flat(1, 0))
		if err := f.SetMode(device.Stats); err != nil {
			t.Fatal(err)
		}
		n := &notes{}
		s := mustNew(t, loop(4, time.Second, slow.Add("s", "", sim.Flat(2, 0)), f, lazy.Add("l", "", sim.Flat(3, 0))), options(n))
		begin := time.Now()
		if err := s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		// Points begin at 0, 4, 8, 12 s: the lazy one ends 4 s later, the slow
		// one is read in time at 0, 5, 10, 15 s.
		if took := time.Since(begin); took != 16*time.Second {
			t.Errorf("took %v", took)
		}
		for i, row := range n.rows {
			if row[4] != 100 {
				t.Errorf("point %d: %v samples of the fast one", i, row[4])
			}
		}
	})
}

func TestConversionsAndIntegration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plain := sim.NewController(sim.ControllerOptions{Name: "plain"})
		adds := sim.NewController(sim.ControllerOptions{Name: "adds", Integrating: true})
		a, b := plain.Add("a", "K", sim.Flat(100, 0)), adds.Add("b", "", sim.Flat(40, 0))
		if err := a.SetConversion(device.Conversion{Factor: 0.5, Offset: 273.15}); err != nil {
			t.Fatal(err)
		}
		sum := device.NewCalc("sum", "", func(in []float64) (float64, error) { return in[0] + in[1], nil }, a, b)
		n := &notes{}
		s := mustNew(t, loop(1, 250*time.Millisecond, a, b, sum), options(n))
		if err := s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := n.rows[0][2:]; math.Abs(got[0]-323.15) > 1e-12 || got[1] != 10 || math.Abs(got[2]-333.15) > 1e-12 {
			t.Errorf("%v", got)
		}
		for want, err := range map[string]error{
			"sum is calculated: it has no conversion":                sum.SetConversion(device.Conversion{Factor: 2}),
			"a has no mode: controller plain is read once per point": a.SetMode(device.Last),
			"mca is 1-dimensional: it has no conversion":             plain.Spectrum("mca", 4, sim.Flat(1, 0)).SetConversion(device.Conversion{Factor: 2}),
		} {
			if err == nil || err.Error() != want {
				t.Errorf("%v, not %s", err, want)
			}
		}
	})
}

func TestASamplingControllerThatFails(t *testing.T) {
	for _, op := range []sim.Op{sim.Prepare, sim.Trigger, sim.Read, sim.Stop} {
		synctest.Test(t, func(t *testing.T) {
			c := sim.NewController(sim.ControllerOptions{Name: "meter", MaxRate: 10})
			n := &notes{}
			s := mustNew(t, loop(3, time.Second, c.Add("v", "V", sim.Flat(3, 0))), options(n))
			c.Fail(op, errors.New("boom"))
			err := s.Run(t.Context())
			want := map[sim.Op]string{
				sim.Prepare: "meter: prepare: boom", sim.Trigger: "point 0: meter: trigger: boom",
				sim.Read: "point 0: meter: read: boom", sim.Stop: "meter: stop: boom",
			}[op]
			if err == nil || err.Error() != want || n.end == nil {
				t.Errorf("%v, not %s", err, want)
			}
		})
	}
}
