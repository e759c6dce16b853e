package scan_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"blissh/data"
	"blissh/device"
	"blissh/device/sim"
	"blissh/internal/soak"
	"blissh/scan"
)

func TestAPlanIsCheckedBeforeAnythingMoves(t *testing.T) {
	c := robz
	c.Low, c.High = -10, 10
	axis, _ := sim.NewAxis(c, sim.MotorOptions{}, device.TimerWait)
	c.Name, c.Backlash = "slack", 2
	slack, _ := sim.NewAxis(c, sim.MotorOptions{}, device.TimerWait)
	_, gauss := newController("gauss")
	_, twin := newController("gauss")
	_, named := newController("robz")
	_, timer := newController("epoch")
	ctl := sim.NewController(sim.ControllerOptions{Name: "mca"})
	spectrum := ctl.Spectrum("spectrum", 16, sim.Flat(1, 0))
	odd := &device.Counter{Name: "odd", DType: "<f2", Controller: ctl}
	loop := &device.Counter{Name: "loop"}
	loop.Controller = device.NewCalc("half", "", nil, loop).Controller
	good := line(axis, 0, 1, 10, 0, gauss)

	with := func(change func(*scan.Plan)) scan.Plan {
		p := good
		change(&p)
		return p
	}
	list := func(points ...[]float64) scan.Plan {
		return with(func(p *scan.Plan) { p.Trajectory = scan.Points(points) })
	}
	for _, c := range []struct {
		plan scan.Plan
		want string
	}{
		{list([]float64{0}, []float64{10.2}), "point 1: robz: 10.2 mm is beyond the high limit 10 mm"},
		{line(axis, 0, -12, 12, 0), "point 11: robz: -11 mm is beyond the low limit -10 mm"},
		{line(slack, 10, -10, 20, 0), "point 19: slack: -11 mm (with backlash) is beyond the low limit -10 mm"},
		{list([]float64{math.NaN()}), "point 0: robz: cannot move to NaN"},
		{list([]float64{0}, []float64{math.Inf(1)}), "point 1: robz: cannot move to +Inf"},
		{list(), "the list of points is empty"},
		{list([]float64{1, 2}), "the positions do not fit 1 axes"},
		{line(axis, 0, 1, 0, 0), "0 intervals: at least 1 is needed"},
		{with(func(p *scan.Plan) { p.Trajectory = scan.Static{} }), "the positions do not fit 1 axes"},
		{with(func(p *scan.Plan) { p.CountTime = -1 }), "a time cannot be below 0"},
		{with(func(p *scan.Plan) { p.Name = "a scan" }), `"a scan" is no name for a scan`},
		{with(func(p *scan.Plan) {
			p.Axes = []device.Axis{axis, axis}
			p.Trajectory = scan.Linear{Start: []float64{0, 0}, Stop: []float64{1, 1}, Intervals: 1}
		}), "axis robz is given twice"},
		{line(axis, 0, 1, 1, 0, gauss, gauss), "counter gauss is given twice"},
		{line(axis, 0, 1, 1, 0, gauss, twin), "two data channels are called gauss"},
		{line(axis, 0, 1, 1, 0, named), "two data channels are called robz"},
		{line(axis, 0, 1, 1, 0, timer), "two data channels are called epoch"},
		{line(axis, 0, 1, 1, 0, odd), `counter odd: dtype "<f2" with shape [] is unknown`},
		{line(axis, 0, 1, 1, 0, &device.Counter{Name: "lost"}), "counter lost has no controller"},
		{line(axis, 0, 1, 1, 0, device.NewCalc("sum", "", nil, spectrum)), "counter sum: its input spectrum is not scalar"},
		{line(axis, 0, 1, 1, 0, loop), "counter loop is computed from itself"},
	} {
		_, err := scan.New(c.plan, scan.Options{})
		if err == nil || err.Error() != c.want {
			t.Errorf("got %v\nwant %s", err, c.want)
		}
	}
	var limit *device.LimitError
	if _, err := scan.New(line(axis, 0, 11, 11, 0), scan.Options{}); !errors.As(err, &limit) || limit.Axis != "robz" {
		t.Errorf("%v is no LimitError", err)
	}
}

func TestAScanRunsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newStand(t)
		s := b.make()
		select {
		case <-s.Done():
			t.Error("done before run")
		default:
		}
		if err := s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		<-s.Done()
		if err := s.Run(t.Context()); err == nil || err.Error() != "this scan has run already; make a new one" {
			t.Error(err)
		}
		if err := s.AddSink(b.notes); err == nil || err.Error() != "the scan has started: set the hook before run" {
			t.Error(err)
		}
		if err := s.AddPreset(nil); err == nil {
			t.Error("a preset was added after the end")
		}
		b.atRest()
	})
}

func TestSinksAreToldInOrderAndTheDescriptionIsCompleteAtNew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newStand(t)
		first, last := &notes{}, &notes{}
		var order []string
		first.on = func(data.Event) error { order = append(order, "first"); return nil }
		b.notes.on = func(e data.Event) error {
			order = append(order, "second")
			if n, ok := e.(*data.NewNode); ok {
				d := n.Node.Scan
				if d.Number != 7 || d.Planned != 11 || len(d.Channels) != 4 || d.Moving[0] != "robz" || *d.Axes[0].Start != 0 || n.Node.DBName != "demo:7_ascan" {
					t.Errorf("new says %+v", d)
				}
			}
			return nil
		}
		last.on = func(data.Event) error { order = append(order, "third"); return nil }
		b.opts.Open = func(_ context.Context, d *data.Scan) ([]scan.Sink, error) {
			d.Session, d.Number, d.UID = "demo", 7, "u7"
			return []scan.Sink{first}, nil
		}
		s := b.make()
		if err := s.AddSink(last); err != nil {
			t.Fatal(err)
		}
		if err := s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(order) != 3*14 || strings.Join(order[:6], " ") != "first second third first second third" {
			t.Errorf("%v", order)
		}
		want := []string{"new", "prepared", "row 0", "row 10", "end done"}
		got := append(slices.Clone(last.events[:3]), last.events[12:]...)
		if !slices.Equal(got, want) {
			t.Errorf("%v", last.events)
		}
		if d := s.Info(); d.UID != "u7" || d.Number != 7 {
			t.Errorf("%+v", d)
		}
	})
}

func TestASinkThatDoesNotTakeTheEndFailsTheScanForTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newStand(t)
		b.opts.Open = func(context.Context, *data.Scan) ([]scan.Sink, error) {
			return []scan.Sink{&notes{on: func(e data.Event) error {
				if _, ok := e.(*data.EndScan); ok {
					return errors.New("the store has not acknowledged the end")
				}
				return nil
			}}}, nil
		}
		s := b.make()
		if err := s.Run(t.Context()); err == nil {
			t.Error("run returned nil")
		}
		b.atRest()
		if b.notes.end.Outcome != data.Failed {
			t.Errorf("%+v", b.notes.end)
		}
	})
}

func TestAllSinksHearTheSameEndAfterAllHaveFinished(t *testing.T) {
	for _, c := range []struct {
		name   string
		finish func() error
		reason string
	}{
		{"well", func() error { return nil }, ""},
		{"an error", func() error { return errors.New("no fit") }, "no fit"},
		{"a panic", func() error { panic("ouch") }, "finish the sinks: panic: ouch"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newStand(t)
				first, last := &finishing{do: c.finish}, &finishing{}
				b.opts.Open = func(context.Context, *data.Scan) ([]scan.Sink, error) { return []scan.Sink{first, last}, nil }
				s := b.make()
				err := s.Run(t.Context())
				if (err == nil) != (c.reason == "") {
					t.Errorf("run returned %v", err)
				}
				b.atRest()
				want := data.Failed
				if c.reason == "" {
					want = data.Done
				}
				for i, n := range []*notes{&first.notes, &last.notes, b.notes} {
					if n.end.Outcome != want || n.end.Reason != c.reason || n.end.Points != 11 {
						t.Errorf("sink %d heard %+v", i, n.end)
					}
				}
				if first.as != "done at 11: " || last.as != string(want)+" at 11: "+c.reason {
					t.Errorf("finished as %q and %q", first.as, last.as)
				}
				if first.after || last.after {
					t.Error("a sink was told the end before all had finished")
				}
			})
		})
	}
}

// finishing is a sink that notes what it finishes with.
type finishing struct {
	notes
	do    func() error // may be nil
	as    string
	after bool // it was told the end before
}

func (f *finishing) Finish(_ context.Context, s *data.Scan) error {
	f.as = fmt.Sprintf("%s at %d: %s", s.Outcome, s.Taken, s.Reason)
	f.after = f.end != nil
	if f.do == nil {
		return nil
	}
	return f.do()
}

func TestLimitsThatWereChangedAfterThePlanWasMadeMoveNothing(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(b *stand) error
		want   string
	}{
		{"a later point", func(b *stand) error { return b.axis.SetLimits(-10, 15) }, "point 6: robz: 16 mm is beyond the high limit 15 mm"},
		{"the first one", func(b *stand) error { return b.axis.SetLimits(-10, 5) }, "point 0: robz: 10 mm is beyond the high limit 5 mm"},
		{"backlash of the first move", func(b *stand) error {
			return errors.Join(b.axis.SetBacklash(-3), b.axis.SetLimits(-10, 12.5), b.s.Replace(1, scan.Points{{9}}))
		}, "point 0: robz: 13 mm (with backlash) is beyond the high limit 12.5 mm"},
		{"the old path, before the new one", func(b *stand) error {
			return errors.Join(b.axis.SetLimits(-10, 13), b.s.Replace(5, scan.Points{{8}}))
		}, "point 4: robz: 14 mm is beyond the high limit 13 mm"},
		{"the old path, after the new one", func(b *stand) error {
			return errors.Join(b.axis.SetLimits(-10, 13), b.s.Replace(3, scan.Points{{8}}))
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newStand(t)
				var calls []string
				b.plan.Presets = []scan.Preset{&diary{name: "shutter", to: &calls}}
				s := b.make()
				if err := c.change(b); err != nil {
					t.Fatal(err)
				}
				err := s.Run(t.Context())
				if c.want == "" {
					if err != nil {
						t.Error(err)
					}
					return
				}
				if err == nil || err.Error() != c.want {
					t.Errorf("got %v\nwant %s", err, c.want)
				}
				if len(calls)+len(b.notes.events) != 0 || s.State() != scan.Failed {
					t.Errorf("%v %v %v", calls, b.notes.events, s.State())
				}
				if at, _ := b.axis.Position(t.Context()); at != 0 {
					t.Errorf("robz moved to %v", at)
				}
			})
		})
	}
}

func TestAnEstimateBeyondAllMeasureIsNotNegative(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := robz
		c.Acceleration = 1e-300
		axis, _ := sim.NewAxis(c, sim.MotorOptions{}, device.TimerWait)
		if _, err := axis.Position(t.Context()); err != nil {
			t.Fatal(err)
		}
		list := line(axis, 0, 0, 1, 0)
		list.Trajectory = scan.Points{{1}, {2}, {3}}
		fast, _ := newAxis("robz")
		for i, p := range []scan.Plan{line(axis, 1, 2, 10, 0), list, line(fast, 0, 1, 3, math.MaxInt64/2), line(axis, 1, 2, 1, math.MaxInt64)} {
			p.StabTime = 1
			if d := mustNew(t, p, scan.Options{}).Estimate(); d != math.MaxInt64 {
				t.Errorf("%d: %v", i, d)
			}
		}
	})
}

func TestASinkMayHoldTheScanBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newStand(t)
		var away atomic.Bool
		away.Store(true)
		b.opts.Sinks = append(b.opts.Sinks, &holder{away: &away})
		s := b.make()
		at(time.Minute, func() { away.Store(false) })
		begin := time.Now()
		if err := s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took < time.Minute+12*time.Second {
			t.Errorf("took %v", took)
		}
		b.atRest()

		b = newStand(t)
		away.Store(true)
		b.opts.Sinks = append(b.opts.Sinks, &holder{away: &away})
		s = b.make()
		at(time.Minute, func() { s.Stop(scan.ErrInterrupted, scan.Gently) })
		if err := s.Run(t.Context()); !errors.Is(err, scan.ErrInterrupted) {
			t.Error(err)
		}
		if at := b.atRest(); at != 0 {
			t.Errorf("moved to %v while the store was away", at)
		}
	})
}

// holder is a sink that waits while its store is away.
type holder struct {
	nothing
	away *atomic.Bool
}

func (h *holder) Ready(ctx context.Context) error {
	for h.away.Load() {
		if err := device.TimerWait(ctx, time.Second); err != nil {
			return err
		}
	}
	return nil
}

func TestAnAxisThatSomebodyMovesFailsTheScan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newStand(t)
		s := b.make()
		at(inSecond, func() { b.motor.Push(0.1417) })
		err := s.Run(t.Context())
		if err == nil || err.Error() != "point 1: robz was moved by someone else: 11.0000 -> 11.1417 mm" {
			t.Error(err)
		}
		b.atRest()
		if len(b.notes.rows) != 1 {
			t.Errorf("%d rows", len(b.notes.rows))
		}
	})
}

func TestAnAxisThatRestsElsewhereFailsTheScan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		axis, _ := newAxis("robz")
		n := &notes{}
		s := mustNew(t, line(&short{MotorAxis: axis, by: 0.05}, 0, 1, 4, 0), options(n))
		err := s.Run(t.Context())
		if err == nil || err.Error() != "point 0: robz is at -0.05 mm, 0 mm was asked (tolerance 0.0001 mm)" {
			t.Error(err)
		}
	})
}

// short is an axis that does not go all the way.
type short struct {
	*device.MotorAxis
	by float64
}

func (a *short) Move(ctx context.Context, to float64) error { return a.MotorAxis.Move(ctx, to-a.by) }

func TestRoundingToStepsIsNoError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := robz
		c.StepsPerUnit = 1
		axis, _ := sim.NewAxis(c, sim.MotorOptions{}, device.TimerWait)
		n := &notes{}
		s := mustNew(t, line(axis, 0, 3, 4, 0), options(n))
		if err := s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		var got []float64
		for _, row := range n.rows {
			got = append(got, row[0])
		}
		if !slices.Equal(got, []float64{0, 1, 2, 2, 3}) {
			t.Errorf("read-back %v", got)
		}
	})
}

func TestOutcomesKeepWhatWasTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newStand(t)
		b.ctl.FailAfter(sim.Read, 4, errors.New("boom"))
		s := b.make()
		if err := s.Run(t.Context()); err == nil {
			t.Error("no error")
		}
		b.atRest()
		if taken, planned := s.Progress(); taken != 4 || planned != 11 {
			t.Errorf("%d of %d", taken, planned)
		}
	})
}

func TestWaitsBetweenPointsAndBeforeCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		axis, _ := newInstant("robz")
		_, gauss := newController("gauss")
		p := line(axis, 0, 1, 4, 100*time.Millisecond, gauss)
		p.SleepTime, p.StabTime = time.Second, 10*time.Millisecond
		n := &notes{}
		s := mustNew(t, p, options(n))
		if got, want := s.Estimate(), 4*time.Second+5*110*time.Millisecond; got != want {
			t.Errorf("estimate %v, want %v", got, want)
		}
		begin := time.Now()
		if err := s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took != 4*time.Second+5*110*time.Millisecond {
			t.Errorf("took %v", took)
		}
		if elapsed := n.rows[1][1]; math.Abs(elapsed-1.11) > 1e-9 {
			t.Errorf("elapsed_time of point 1 is %v", elapsed)
		}
		if epoch := n.rows[1][2] - n.rows[0][2]; math.Abs(epoch-1.11) > 1e-6 {
			t.Errorf("epoch went on by %v", epoch)
		}
	})
}

func TestTheEstimateIsWhatAScanTakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newStand(t)
		if _, err := b.axis.Position(t.Context()); err != nil {
			t.Fatal(err)
		}
		s := b.make()
		begin := time.Now()
		if err := s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); s.Estimate() < took || b.plan.Trajectory.Len() != 11 {
			// The axis stands at the end now; the estimate begins there.
			t.Errorf("took %v, estimated %v", took, s.Estimate())
		}
	})
}

func TestAnOpenEndedScanGoesOnUntilItIsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, gauss := newController("gauss")
		n := &notes{}
		s := mustNew(t, scan.Plan{Name: "timescan", Trajectory: scan.Static{}, CountTime: time.Second, Counters: []*device.Counter{gauss}}, options(n))
		at(100*time.Second+500*time.Millisecond, func() { s.Stop(nil, scan.AfterPoint) })
		if err := s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(n.rows) != 101 || n.rows[7][2] != 23.94 || s.Estimate() != 0 {
			t.Errorf("%d rows, %v", len(n.rows), n.rows[7])
		}
	})
}

func TestThePathAheadMayBeReplacedBetweenPoints(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newStand(t)
		var s *scan.Scan
		b.notes.on = func(e data.Event) error {
			row, ok := e.(*data.Row)
			if !ok {
				return nil
			}
			switch row.Index {
			case 2:
				if err := s.Replace(2, scan.Points{{1}}); err == nil || err.Error() != "point 2 has begun; the path can be replaced from point 3 on" {
					t.Error(err)
				}
				if err := s.Replace(3, scan.Points{{1}, {1e10}}); err == nil || err.Error() != "point 4: robz: 1e+10 mm is beyond the high limit 1000000000 mm" {
					t.Error(err)
				}
				if err := s.Replace(12, scan.Points{{1}}); err == nil {
					t.Error("a hole in the path was accepted")
				}
				if err := s.Replace(5, scan.Points{{30}, {31}, {32}}); err != nil {
					t.Error(err)
				}
			case 3:
				if err := s.Replace(6, scan.Linear{Start: []float64{40}, Stop: []float64{41}, Intervals: 1}); err != nil {
					t.Error(err)
				}
			}
			return nil
		}
		s = b.make()
		if err := s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		var got []float64
		for _, row := range b.notes.rows {
			got = append(got, row[0])
		}
		if want := []float64{10, 11, 12, 13, 14, 30, 40, 41}; !slices.Equal(got, want) {
			t.Errorf("went to %v", got)
		}
		if d := s.Info(); d.Planned != 8 || d.Outcome != data.Done {
			t.Errorf("%d planned, %v", d.Planned, d.Outcome)
		}
		if err := s.Replace(8, scan.Points{{1}}); err == nil || err.Error() != "the scan has ended" {
			t.Error(err)
		}
	})
}

func TestAxesThatAreReservedElsewhereMoveNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newStand(t)
		taken := errors.New("robz is reserved by scan 3 of demo")
		b.opts.Reserve = func(context.Context, []device.Axis) (func(), error) { return nil, taken }
		s := b.make()
		if err := s.Run(t.Context()); !errors.Is(err, taken) {
			t.Error(err)
		}
		if len(b.notes.events) != 0 || s.State() != scan.Failed {
			t.Errorf("%v %v", b.notes.events, s.State())
		}
	})
}

func TestManyPointsNeedNoMoreMemoryThanAHundred(t *testing.T) {
	points := soak.Count(50_000, 1_000_000)
	axis, _ := newInstant("robz")
	_, gauss := newController("gauss")
	var early, late uint64
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	watch := sinkFunc(func(e data.Event) error {
		if row, ok := e.(*data.Row); ok {
			switch row.Index {
			case 100:
				early = heap()
			case points - 1:
				late = heap()
			}
		}
		return nil
	})
	s := mustNew(t, line(axis, 0, 100, points, 0, gauss), scan.Options{Sinks: []scan.Sink{watch}})
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if late > early+256<<10 {
		t.Errorf("the heap went from %d to %d bytes", early, late)
	}
}

// sinkFunc is a sink made of a function.
type sinkFunc func(data.Event) error

func (f sinkFunc) Put(_ context.Context, e data.Event) error { return f(e) }

func TestAnOrdinaryPointNeedsNoMemory(t *testing.T) {
	axis, _ := newInstant("robz")
	_, gauss := newController("gauss")
	const points = 20_000
	s := mustNew(t, line(axis, 0, 10, points, 0, gauss), scan.Options{Sinks: []scan.Sink{nothing{}}})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if n := float64(after.Mallocs-before.Mallocs) / points; n > 0.1 {
		t.Errorf("%.1f allocations per point", n)
	}
}

func TestScansMayRunSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ends := make(chan error)
		for k := range 5 {
			axis, _ := newAxis(fmt.Sprint("axis", k))
			_, gauss := newController("gauss")
			n := &notes{}
			s := mustNew(t, line(axis, 0, 10, 100, time.Millisecond, gauss), options(n))
			go func() {
				err := s.Run(t.Context())
				if len(n.rows) != 101 {
					err = fmt.Errorf("%d rows: %v", len(n.rows), err)
				}
				ends <- err
			}()
		}
		for range 5 {
			if err := <-ends; err != nil {
				t.Error(err)
			}
		}
	})
}
