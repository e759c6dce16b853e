package scan_test

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"blissh/data"
	"blissh/device"
	"blissh/device/sim"
	"blissh/scan"
)

// loop is a loopscan.
func loop(n int, count time.Duration, counters ...*device.Counter) scan.Plan {
	return scan.Plan{Name: "loopscan", Trajectory: scan.Static{N: n}, CountTime: count, Counters: counters}
}

func TestControllersAreReadSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fast := sim.NewController(sim.ControllerOptions{Name: "fast"})
		slow := sim.NewController(sim.ControllerOptions{Name: "slow", ReadTime: 30 * time.Millisecond})
		slower := sim.NewController(sim.ControllerOptions{Name: "slower", ReadTime: 50 * time.Millisecond})
		n := &notes{}
		s := mustNew(t, loop(10, 100*time.Millisecond,
			slow.Add("b", "", sim.Flat(2, 0)), fast.Add("a", "", sim.Flat(1, 0)), slower.Add("c", "", sim.Flat(3, 0))), options(n))
		begin := time.Now()
		if err := s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took != 10*150*time.Millisecond {
			t.Errorf("took %v", took)
		}
		if got := n.rows[9][2:]; !slices.Equal(got, []float64{2, 1, 3}) {
			t.Errorf("values %v", got)
		}
	})
}

// TestASlowCallOfOneControllerCostsItsOwnTimeOnly: three slow ones together take
// as long as the slowest.
func TestASlowCallOfOneControllerCostsItsOwnTimeOnly(t *testing.T) {
	const points = 4
	for _, c := range []struct {
		op    sim.Op
		calls int
	}{{sim.Prepare, 1}, {sim.Trigger, points}, {sim.Read, points}, {sim.Stop, 1}} {
		for _, master := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				var counters []*device.Counter
				var list []*sim.Controller
				for k, name := range []string{"a", "b", "c"} {
					ctl := sim.NewController(sim.ControllerOptions{Name: name + "_ctl", Master: master && k == 1})
					ctl.Slow(c.op, time.Duration(1+k)*time.Second)
					list, counters = append(list, ctl), append(counters, ctl.Add(name, "", sim.Flat(float64(k), 0)))
				}
				n := &notes{}
				s := mustNew(t, loop(points, 0, counters...), options(n))
				begin := time.Now()
				if err := s.Run(t.Context()); err != nil {
					t.Fatal(err)
				}
				want := time.Duration(c.calls) * 3 * time.Second
				if master && c.op == sim.Trigger {
					want += points * 2 * time.Second // the master's gate opens first
				}
				if took := time.Since(begin); took != want {
					t.Errorf("%v, a master %v: took %v, want %v", c.op, master, took, want)
				}
				for k, ctl := range list {
					if ctl.Open() != 0 || n.rows[points-1][2+k] != float64(k) {
						t.Errorf("%v: open %d, row %v", c.op, ctl.Open(), n.rows[points-1])
					}
				}
			})
		}
	}
}

// TestAControllerIsStoppedWhateverTheOthersDo: while one is prepared, another one
// fails, hangs or does not answer at all.
func TestAControllerIsStoppedWhateverTheOthersDo(t *testing.T) {
	for _, c := range []struct {
		name   string
		breaks func(bad *sim.Controller)
		want   string
	}{
		{"it fails", func(bad *sim.Controller) { bad.Fail(sim.Prepare, errors.New("boom")) }, "bad: prepare: boom"},
		{"it panics", func(bad *sim.Controller) { bad.Panic(sim.Prepare, "ouch") }, "bad: prepare: panic: ouch"},
		{"it hangs", func(bad *sim.Controller) { bad.Hang(sim.Prepare) }, "bad: prepare: no answer within 1m0s"},
		{"it is deaf", func(bad *sim.Controller) { bad.Deaf(sim.Prepare) },
			"bad: prepare: no answer within 1m0s; then bad: prepare has not returned"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var counters []*device.Counter
				quick, bad, slow := sim.NewController(sim.ControllerOptions{Name: "quick"}),
					sim.NewController(sim.ControllerOptions{Name: "bad"}), sim.NewController(sim.ControllerOptions{Name: "slow"})
				slow.Slow(sim.Prepare, 10*time.Second)
				for _, ctl := range []*sim.Controller{quick, bad, slow} {
					counters = append(counters, ctl.Add("n_"+ctl.Name(), "", sim.Flat(1, 0)))
				}
				c.breaks(bad)
				n := &notes{}
				s := mustNew(t, loop(3, 0, counters...), options(n))
				if err := s.Run(t.Context()); err == nil || err.Error() != c.want {
					t.Errorf("%v\nnot %s", err, c.want)
				}
				if quick.Open() != 0 || slow.Open() != 0 || len(n.rows) != 0 || n.end == nil {
					t.Errorf("open: %d and %d; %d rows", quick.Open(), slow.Open(), len(n.rows))
				}
				bad.Clear()
				synctest.Wait()
				if bad.Open() != 0 {
					t.Error("what was prepared too late is open")
				}
			})
		})
	}
}

func TestOneControllerIsReadOnceForAllItsCounters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := sim.NewController(sim.ControllerOptions{Name: "card", ReadTime: 10 * time.Millisecond})
		n := &notes{}
		s := mustNew(t, loop(5, 0, c.Add("a", "", sim.Flat(1, 0)), c.Add("b", "", sim.Flat(2, 0))), options(n))
		begin := time.Now()
		if err := s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took != 50*time.Millisecond {
			t.Errorf("took %v", took)
		}
		if got := n.rows[0][2:]; !slices.Equal(got, []float64{1, 2}) {
			t.Errorf("values %v", got)
		}
	})
}

func TestAFailureOfOneControllerEndsTheReadOfTheOthers(t *testing.T) {
	for _, op := range []sim.Op{sim.Trigger, sim.Read} {
		synctest.Test(t, func(t *testing.T) {
			good := sim.NewController(sim.ControllerOptions{Name: "good", ReadTime: time.Hour})
			if op == sim.Trigger {
				good.Hang(op)
			}
			bad := sim.NewController(sim.ControllerOptions{Name: "bad"})
			bad.Fail(op, errors.New("boom"))
			n := &notes{}
			s := mustNew(t, loop(5, time.Second, good.Add("a", "", sim.Flat(1, 0)), bad.Add("b", "", sim.Flat(1, 0))), options(n))
			begin := time.Now()
			err := s.Run(t.Context())
			if err == nil || err.Error() != "point 0: bad: "+op.String()+": boom" {
				t.Error(err)
			}
			if took := time.Since(begin); took > time.Second {
				t.Errorf("took %v", took)
			}
			if good.Open() != 0 || bad.Open() != 0 || len(n.rows) != 0 {
				t.Errorf("left open: %d, %d; %d rows", good.Open(), bad.Open(), len(n.rows))
			}
		})
	}
}

func TestEveryControllerIsStoppedEvenIfOneCannotBe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bad := sim.NewController(sim.ControllerOptions{Name: "bad"})
		good := sim.NewController(sim.ControllerOptions{Name: "good"})
		bad.Hang(sim.Stop)
		n := &notes{}
		s := mustNew(t, loop(2, 0, bad.Add("a", "", sim.Flat(1, 0)), good.Add("b", "", sim.Flat(1, 0))), options(n))
		begin := time.Now()
		err := s.Run(t.Context())
		if err == nil || !strings.HasPrefix(err.Error(), "bad: stop: ") {
			t.Error(err)
		}
		if took := time.Since(begin); took != scan.DefaultCleanUp {
			t.Errorf("took %v", took)
		}
		if good.Open() != 0 || n.end.Outcome != data.Failed || n.end.Points != 2 {
			t.Errorf("good is open: %d; the end is %+v", good.Open(), n.end)
		}
	})
}

func TestATimeMasterGatesTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		master := sim.NewController(sim.ControllerOptions{Name: "timer card", Master: true})
		other := sim.NewController(sim.ControllerOptions{Name: "other"})
		n := &notes{}
		o := options(n)
		o.Wait = func(context.Context, time.Duration) error {
			t.Error("the software timer was used")
			return nil
		}
		s := mustNew(t, loop(3, time.Second, other.Add("a", "", sim.Flat(1, 0)), master.Add("ticks", "", sim.Flat(1e6, 0))), o)
		begin := time.Now()
		if err := s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took != 3*time.Second {
			t.Errorf("took %v", took)
		}
		if got := n.rows[2][2:]; !slices.Equal(got, []float64{1, 1e6}) {
			t.Errorf("values %v", got)
		}

		two := sim.NewController(sim.ControllerOptions{Name: "second card", Master: true})
		s = mustNew(t, loop(3, time.Second, master.Add("a", "", sim.Flat(1, 0)), two.Add("b", "", sim.Flat(1, 0))), options(n))
		if err := s.Run(t.Context()); err == nil || err.Error() != "two time masters: timer card, second card" {
			t.Error(err)
		}
		if master.Open() != 0 || two.Open() != 0 {
			t.Errorf("left open: %d, %d", master.Open(), two.Open())
		}
	})
}

func TestAStopEndsAGatedCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		master := sim.NewController(sim.ControllerOptions{Name: "card", Master: true})
		n := &notes{}
		s := mustNew(t, loop(3, time.Hour, master.Add("ticks", "", sim.Flat(1, 0))), options(n))
		at(time.Minute, func() { s.Stop(&scan.StopError{By: "hook"}, scan.Now) })
		begin := time.Now()
		if err := s.Run(t.Context()); err != nil {
			t.Error(err)
		}
		if took := time.Since(begin); took != time.Minute || master.Open() != 0 {
			t.Errorf("took %v, open %d", took, master.Open())
		}
	})
}

func TestCalculatedCountersFollowTheirInputs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctl := sim.NewController(sim.ControllerOptions{Name: "card"})
		i0, i1 := ctl.Add("i0", "", sim.Flat(4, 0)), ctl.Add("i1", "", sim.Flat(2, 0))
		calls := 0
		ratio := device.NewCalc("ratio", "", func(in []float64) (float64, error) { calls++; return in[1] / in[0], nil }, i0, i1)
		percent := device.NewCalc("percent", "%", func(in []float64) (float64, error) { return 100 * in[0], nil }, ratio)
		n := &notes{}
		s := mustNew(t, loop(7, 0, percent, i1), options(n))
		if err := s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, c := range s.Info().Channels {
			names = append(names, c.Name)
		}
		if got := strings.Join(names, " "); got != "elapsed_time epoch i0 i1 ratio percent" {
			t.Errorf("data channels %s", got)
		}
		if got := n.rows[6][2:]; !slices.Equal(got, []float64{4, 2, 0.5, 50}) || calls != 7 {
			t.Errorf("values %v, %d calls", got, calls)
		}

		broken := device.NewCalc("log", "", func([]float64) (float64, error) { return 0, errors.New("not above 0") }, i0)
		s = mustNew(t, loop(2, 0, broken), options(&notes{}))
		if err := s.Run(t.Context()); err == nil || err.Error() != "point 0: counter log: not above 0" {
			t.Error(err)
		}
	})
}

func TestArraysTravelBesideTheValues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctl := sim.NewController(sim.ControllerOptions{Name: "camera"})
		image, mean := ctl.Image("image", 3, 4, sim.Flat(500, 0)), ctl.Add("mean", "", sim.Flat(7, 0))
		spectrum := ctl.Spectrum("mca", 16, sim.Flat(1e6, 0))
		var arrays []data.Array
		watch := sinkFunc(func(e data.Event) error {
			if row, ok := e.(*data.Row); ok {
				arrays = slices.Clone(row.Arrays)
				if len(row.Values) != 3 || row.Values[2] != 7 {
					t.Errorf("values %v", row.Values)
				}
			}
			return nil
		})
		s := mustNew(t, loop(2, 0, image, mean, spectrum), scan.Options{Wait: device.TimerWait, Sinks: []scan.Sink{watch}})
		if err := s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(arrays) != 2 || len(arrays[0].Bytes) != 24 || arrays[0].DType != "<u2" || len(arrays[1].Bytes) != 64 || !slices.Equal(arrays[0].Shape, []int{3, 4}) {
			t.Fatalf("%+v", arrays)
		}
		if highest := binary.LittleEndian.Uint32(arrays[1].Bytes[4*5:]); highest == 0 {
			t.Error("the spectrum has no line")
		}
	})
}

// wrong is a controller that reads other lengths than were agreed.
type wrong struct{ bytes, values int }

func (wrong) Name() string { return "wrong" }
func (w wrong) Prepare(context.Context, device.Setup) (device.Acquisition, error) {
	return w, nil
}
func (wrong) Trigger(context.Context, device.Point) error { return nil }
func (wrong) Stop(context.Context) error                  { return nil }
func (w wrong) Read(_ context.Context, r *device.Reading) error {
	r.Values = make([]float64, w.values)
	r.Arrays[0] = make([]byte, w.bytes)
	return nil
}

func TestAReadingOfTheWrongLengthFailsTheScan(t *testing.T) {
	for _, c := range []struct {
		w    wrong
		want string
	}{
		{wrong{bytes: 7, values: 1}, "point 0: wrong: read: counter mca: 7 bytes, 8 expected"},
		{wrong{bytes: 8, values: 2}, "point 0: wrong: read: 2 values and 1 arrays, 1 expected"},
	} {
		mca := &device.Counter{Name: "mca", DType: "<u4", Shape: []int{2}, Controller: c.w}
		s := mustNew(t, loop(1, 0, mca), options(&notes{}))
		if err := s.Run(t.Context()); err == nil || err.Error() != c.want {
			t.Error(err)
		}
	}
}

func TestAPanicOfADriverEndsTheScanAndStopsTheAxis(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		axis, motor := newAxis("robz")
		rude := &panics{Motor: motor}
		n := &notes{}
		s := mustNew(t, line(device.NewAxis(robz, rude, device.TimerWait), 10, 20, 2, 0), options(n))
		at(100*time.Millisecond, func() { rude.now.Store(true) })
		err := s.Run(t.Context())
		if err == nil || err.Error() != "point 0: robz: read: panic: ouch" {
			t.Error(err)
		}
		if _, state, _ := motor.Read(t.Context()); !state.AtRest() || axis.IsMoving() || n.end == nil {
			t.Errorf("robz is %v", state)
		}
	})
}

// panics is a motor whose driver panics once.
type panics struct {
	*sim.Motor
	now atomic.Bool
}

func (p *panics) Read(ctx context.Context) (float64, device.State, error) {
	if p.now.CompareAndSwap(true, false) {
		panic("ouch")
	}
	return p.Motor.Read(ctx)
}
