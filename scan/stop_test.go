package scan_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"blissh/data"
	"blissh/device"
	"blissh/device/sim"
	"blissh/scan"
)

// diary is a preset that notes its calls and fails where it is told to.
type diary struct {
	name  string
	to    *[]string
	fails string // "prepare", "start" or "stop"
	block bool   // instead of failing, until the context ends
}

func (d *diary) Name() string { return d.name }

func (d *diary) note(ctx context.Context, what string) error {
	*d.to = append(*d.to, d.name+" "+what)
	if what != d.fails {
		return nil
	}
	if d.block {
		<-ctx.Done()
		return context.Cause(ctx)
	}
	return errors.New("no vacuum")
}

func (d *diary) Prepare(ctx context.Context, s *scan.Scan) error { return d.note(ctx, "prepare") }
func (d *diary) Start(ctx context.Context, s *scan.Scan) error   { return d.note(ctx, "start") }
func (d *diary) Stop(ctx context.Context, s *scan.Scan) error    { return d.note(ctx, "stop") }

// stand is a small beamline with one scan over it.
type stand struct {
	t     *testing.T
	axis  *device.MotorAxis
	motor *sim.Motor
	ctl   *sim.Controller
	notes *notes
	plan  scan.Plan
	opts  scan.Options
	s     *scan.Scan
}

// newStand has robz go from 10 to 20 mm in ten steps of 115.5 ms and count for
// one second at each point. The first move, 10 mm, takes 365 ms.
func newStand(t *testing.T) *stand {
	axis, motor := newAxis("robz")
	ctl, gauss := newController("gauss")
	n := &notes{}
	return &stand{t: t, axis: axis, motor: motor, ctl: ctl, notes: n,
		plan: line(axis, 10, 20, 10, time.Second, gauss), opts: options(n)}
}

// make makes the scan of a stand as it is now.
func (b *stand) make() *scan.Scan {
	b.t.Helper()
	b.s = mustNew(b.t, b.plan, b.opts)
	return b.s
}

// at does something a while after now.
func at(d time.Duration, f func()) { time.AfterFunc(d, f) }

// atRest checks what holds at every end: the axis is at rest, the controller
// was stopped, the sink has the end, every row is whole.
func (b *stand) atRest() float64 {
	b.t.Helper()
	_, state, _ := b.motor.Read(b.t.Context())
	if !state.AtRest() {
		b.t.Errorf("robz is %v", state)
	}
	if b.axis.IsMoving() {
		b.t.Error("a move is still under way")
	}
	if n := b.ctl.Open(); n != 0 {
		b.t.Errorf("%d acquisitions are still open", n)
	}
	if b.notes.end == nil {
		b.t.Fatal("the sink was not told of the end")
	}
	info := b.s.Info()
	if b.notes.end.Points != len(b.notes.rows) || info.Taken != len(b.notes.rows) {
		b.t.Errorf("%d rows, the end says %d, the scan %d", len(b.notes.rows), b.notes.end.Points, info.Taken)
	}
	if b.notes.end.Outcome != info.Outcome || b.notes.end.Reason != info.Reason {
		b.t.Errorf("the sink heard %q %q, the scan says %q %q", b.notes.end.Outcome, b.notes.end.Reason, info.Outcome, info.Reason)
	}
	if !b.s.State().Ended() || b.s.State().String() != string(info.Outcome) {
		b.t.Errorf("state %v, outcome %v", b.s.State(), info.Outcome)
	}
	position, err := b.axis.Position(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return position
}

// The times of a stand: prepare and first move until 365.15 ms, count 0 until
// 1365.15, move to point 1 until 1480.62, count 1 until 2480.62.
const (
	inFirstMove = 100 * time.Millisecond
	inFirst     = time.Second
	inMove      = 1420 * time.Millisecond
	inSecond    = 2 * time.Second
)

func TestAStopInEveryPhase(t *testing.T) {
	hook := &scan.StopError{By: "hook Guard", Reason: "too hot"}
	for _, c := range []struct {
		name    string
		after   time.Duration
		cause   error
		when    scan.When
		rows    int
		low     float64 // robz rests between low and high
		high    float64
		outcome data.Outcome
		reason  string
		took    time.Duration // at most
	}{
		{"first move, now", inFirstMove, hook, scan.Now, 0, 2.9, 3.1, data.Stopped, "by hook Guard: too hot", 210 * time.Millisecond},
		{"first move, gently", inFirstMove, scan.ErrInterrupted, scan.Gently, 0, 2.9, 3.1, data.Aborted, scan.ErrInterrupted.Error(), 210 * time.Millisecond},
		{"first move, after the point", inFirstMove, hook, scan.AfterPoint, 1, 10, 10, data.Stopped, "by hook Guard: too hot", 1366 * time.Millisecond},
		{"first count, now", inFirst, hook, scan.Now, 0, 10, 10, data.Stopped, "by hook Guard: too hot", inFirst},
		{"first count, gently", inFirst, scan.ErrInterrupted, scan.Gently, 1, 10, 10, data.Aborted, scan.ErrInterrupted.Error(), 1366 * time.Millisecond},
		{"first count, after the point", inFirst, hook, scan.AfterPoint, 1, 10, 10, data.Stopped, "by hook Guard: too hot", 1366 * time.Millisecond},
		{"later move, now", inMove, hook, scan.Now, 1, 10.1, 10.99, data.Stopped, "by hook Guard: too hot", 1500 * time.Millisecond},
		{"later move, gently", inMove, scan.ErrInterrupted, scan.Gently, 1, 10.1, 10.99, data.Aborted, scan.ErrInterrupted.Error(), 1500 * time.Millisecond},
		{"later move, after the point", inMove, hook, scan.AfterPoint, 2, 11, 11, data.Stopped, "by hook Guard: too hot", 2482 * time.Millisecond},
		{"later count, now", inSecond, hook, scan.Now, 1, 11, 11, data.Stopped, "by hook Guard: too hot", inSecond},
		{"later count, gently", inSecond, hook, scan.Gently, 2, 11, 11, data.Stopped, "by hook Guard: too hot", 2482 * time.Millisecond},
		{"an error of somebody else, now", inMove, errors.New("the store is gone"), scan.Now, 1, 10.1, 10.99, data.Failed, "the store is gone", 1500 * time.Millisecond},
		{"a signal, now", inSecond, &scan.AbortError{By: "SIGTERM"}, scan.Now, 1, 11, 11, data.Aborted, "by SIGTERM", inSecond},
		{"no reason, now", inSecond, nil, scan.Now, 1, 11, 11, data.Stopped, "by request", inSecond},
		{"StopIteration itself", inSecond, fmt.Errorf("past it: %w", scan.StopIteration), scan.Now, 1, 11, 11, data.Stopped, "past it: stop the scan", inSecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newStand(t)
				s := b.make()
				at(c.after, func() { s.Stop(c.cause, c.when) })
				begin := time.Now()
				err := s.Run(t.Context())
				took := time.Since(begin)
				position := b.atRest()
				if position < c.low || position > c.high {
					t.Errorf("robz rests at %v", position)
				}
				if len(b.notes.rows) != c.rows {
					t.Errorf("%d rows", len(b.notes.rows))
				}
				info := s.Info()
				if info.Outcome != c.outcome || info.Reason != c.reason {
					t.Errorf("ended as %q, %q", info.Outcome, info.Reason)
				}
				if clean := c.outcome == data.Stopped; clean != (err == nil) {
					t.Errorf("run returned %v", err)
				}
				if err != nil && !errors.Is(err, c.cause) {
					t.Errorf("run returned %v", err)
				}
				if took < c.after || took > c.took {
					t.Errorf("took %v", took)
				}
			})
		})
	}
}

func TestTheFirstCauseIsKeptAndNowOvertakesAfterPoint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newStand(t)
		s := b.make()
		at(600*time.Millisecond, func() { s.Stop(&scan.StopError{By: "first"}, scan.AfterPoint) })
		at(700*time.Millisecond, func() { s.Stop(scan.ErrInterrupted, scan.Now) })
		at(800*time.Millisecond, func() { s.Stop(errors.New("third"), scan.Gently) })
		begin := time.Now()
		if err := s.Run(t.Context()); err != nil {
			t.Error(err)
		}
		if took := time.Since(begin); took != 700*time.Millisecond {
			t.Errorf("took %v", took)
		}
		b.atRest()
		if got := s.Info().Reason; got != "by first" {
			t.Errorf("reason %q", got)
		}
	})
}

func TestAStopBeforeRunStartsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newStand(t)
		s := b.make()
		s.Stop(&scan.StopError{By: "hook Guard"}, scan.AfterPoint)
		if err := s.Run(t.Context()); err != nil {
			t.Error(err)
		}
		if len(b.notes.events) != 0 || s.State() != scan.Stopped {
			t.Errorf("%v, %v", b.notes.events, s.State())
		}
		if at, _ := b.axis.Position(t.Context()); at != 0 {
			t.Errorf("robz moved to %v", at)
		}
	})
}

func TestAStopFromTheSinkThatSeesTheScanNewMovesNothing(t *testing.T) {
	for _, when := range []scan.When{scan.AfterPoint, scan.Gently, scan.Now} {
		synctest.Test(t, func(t *testing.T) {
			b := newStand(t)
			var s *scan.Scan
			b.notes.on = func(e data.Event) error {
				if _, ok := e.(*data.NewNode); ok {
					s.Stop(&scan.StopError{By: "hook Guard"}, when)
				}
				return nil
			}
			s = b.make()
			if err := s.Run(t.Context()); err != nil {
				t.Error(err)
			}
			if at := b.atRest(); at != 0 {
				t.Errorf("%v: robz moved to %v", when, at)
			}
			if got := strings.Join(b.notes.events, ","); got != "new,end stopped" {
				t.Errorf("%v: %s", when, got)
			}
		})
	}
}

func TestTheCallersContextAbortsTheScan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newStand(t)
		s := b.make()
		ctx, cancel := context.WithTimeout(t.Context(), inMove)
		defer cancel()
		if err := s.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		if at := b.atRest(); at <= 10.1 || at >= 11 {
			t.Errorf("robz rests at %v", at)
		}
		if s.State() != scan.Aborted {
			t.Error(s.State())
		}
	})
}

func TestADeadlineAbortsTheScan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newStand(t)
		b.plan.Deadline = 3 * time.Second
		s := b.make()
		begin := time.Now()
		err := s.Run(t.Context())
		var past *scan.DeadlineError
		if !errors.As(err, &past) || err.Error() != "past the deadline of 3s" {
			t.Error(err)
		}
		if took := time.Since(begin); took != 3*time.Second {
			t.Errorf("took %v", took)
		}
		b.atRest()
		if s.State() != scan.Aborted {
			t.Error(s.State())
		}
	})
}

func TestOnePressFinishesAShortCountAndTellsTheRestOfALongOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newStand(t)
		s := b.make()
		at(inFirst, func() {
			if left := s.Interrupt(); left != 0 {
				t.Errorf("%v left of a count of 1 s", left)
			}
		})
		if err := s.Run(t.Context()); !errors.Is(err, scan.ErrInterrupted) {
			t.Error(err)
		}
		b.atRest()

		b = newStand(t)
		b.plan.CountTime = time.Minute
		long := b.make()
		at(30*time.Second, func() {
			if left := long.Interrupt(); left < 30*time.Second || left > 31*time.Second {
				t.Errorf("%v left of a count of 1 min", left)
			}
		})
		at(40*time.Second, func() { long.Stop(scan.ErrInterrupted, scan.Now) })
		begin := time.Now()
		if err := long.Run(t.Context()); !errors.Is(err, scan.ErrInterrupted) {
			t.Error(err)
		}
		if took := time.Since(begin).Round(time.Second); took != 40*time.Second {
			t.Errorf("took %v", took)
		}
		if b.atRest(); len(b.notes.rows) != 0 {
			t.Error("a cancelled point was published")
		}
	})
}

func TestEveryStageThatFailsEndsInOrder(t *testing.T) {
	boom := errors.New("boom")
	for _, c := range []struct {
		name   string
		breaks func(b *stand, calls *[]string)
		want   string // calls of presets and events, in order
		reason string
	}{
		{"nothing", func(b *stand, calls *[]string) {},
			"new a prepare b prepare prepared a start b start rows b stop a stop end done", ""},
		{"a prepares", func(b *stand, calls *[]string) { b.plan.Presets[0].(*diary).fails = "prepare" },
			"new a prepare a stop end failed", "preset a: prepare: no vacuum"},
		{"b prepares", func(b *stand, calls *[]string) { b.plan.Presets[1].(*diary).fails = "prepare" },
			"new a prepare b prepare b stop a stop end failed", "preset b: prepare: no vacuum"},
		{"b starts", func(b *stand, calls *[]string) { b.plan.Presets[1].(*diary).fails = "start" },
			"new a prepare b prepare prepared a start b start b stop a stop end failed", "preset b: start: no vacuum"},
		{"b stops", func(b *stand, calls *[]string) { b.plan.Presets[1].(*diary).fails = "stop" },
			"new a prepare b prepare prepared a start b start rows b stop a stop end failed", "preset b: stop: no vacuum"},
		{"the controller prepares", func(b *stand, calls *[]string) { b.ctl.Fail(sim.Prepare, boom) },
			"new a prepare b prepare b stop a stop end failed", "gauss_ctl: prepare: boom"},
		{"the first trigger", func(b *stand, calls *[]string) { b.ctl.Fail(sim.Trigger, boom) },
			"new a prepare b prepare prepared a start b start b stop a stop end failed", "point 0: gauss_ctl: trigger: boom"},
		{"the third read", func(b *stand, calls *[]string) { b.ctl.FailAfter(sim.Read, 2, boom) },
			"new a prepare b prepare prepared a start b start rows b stop a stop end failed", "point 2: gauss_ctl: read: boom"},
		{"the controller stops", func(b *stand, calls *[]string) { b.ctl.Fail(sim.Stop, boom) },
			"new a prepare b prepare prepared a start b start rows b stop a stop end failed", "gauss_ctl: stop: boom"},
		{"the first start of the motor", func(b *stand, calls *[]string) { b.motor.Fail(sim.Start, boom) },
			"new a prepare b prepare b stop a stop end failed", "point 0: robz: start: boom"},
		{"a later start of the motor", func(b *stand, calls *[]string) { b.motor.FailAfter(sim.Start, 2, boom) },
			"new a prepare b prepare prepared a start b start rows b stop a stop end failed", "point 2: robz: start: boom"},
		{"a read of the motor on its way", func(b *stand, calls *[]string) { b.motor.FailAfter(sim.Read, 3, boom) },
			"new a prepare b prepare b stop a stop end failed", "point 0: robz: read: boom"},
		{"the guard", func(b *stand, calls *[]string) {
			b.opts.Guard = func(context.Context) error { return boom }
		}, "new a prepare b prepare b stop a stop end failed", "boom"},
		{"the first sink at new", func(b *stand, calls *[]string) { failAt(b, calls, "new", boom) },
			"new end failed", "boom"},
		{"the sink at prepared", func(b *stand, calls *[]string) { failAt(b, calls, "prepared", boom) },
			"new a prepare b prepare prepared b stop a stop end failed", "boom"},
		{"the sink at a row", func(b *stand, calls *[]string) { failAt(b, calls, "rows", boom) },
			"new a prepare b prepare prepared a start b start rows b stop a stop end failed", "boom"},
		{"a panic of the sink", func(b *stand, calls *[]string) { failAt(b, calls, "rows", nil) },
			"new a prepare b prepare prepared a start b start rows b stop a stop end failed", "panic: ouch"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newStand(t)
				var calls []string
				b.plan.Presets = []scan.Preset{&diary{name: "a", to: &calls}, &diary{name: "b", to: &calls}}
				failAt(b, &calls, "", nil)
				c.breaks(b, &calls)
				s := b.make()
				err := s.Run(t.Context())
				if got := strings.Join(calls, " "); got != c.want {
					t.Errorf("order\n %s, want\n %s", got, c.want)
				}
				info := s.Info()
				if info.Reason != c.reason || (err == nil) != (c.reason == "") {
					t.Errorf("reason %q, error %v", info.Reason, err)
				}
				b.ctl.Clear()
				if _, state, _ := b.motor.Read(t.Context()); !state.AtRest() {
					t.Errorf("robz is %v", state)
				}
				if c.name != "the controller stops" && b.ctl.Open() != 0 {
					t.Error("the controller was not stopped")
				}
			})
		})
	}
}

// failAt makes the stand's sink note the events among the calls and fail at
// one of them; an error of nil is a panic.
func failAt(b *stand, calls *[]string, where string, err error) {
	b.notes.on = func(e data.Event) error {
		name := map[bool]string{true: "rows"}[false]
		switch e := e.(type) {
		case *data.NewNode:
			name = "new"
		case *data.Prepared:
			name = "prepared"
		case *data.Row:
			name = "rows"
		case *data.EndScan:
			name = "end " + string(e.Outcome)
		}
		if name != "rows" || !slices.Contains(*calls, "rows") {
			*calls = append(*calls, name)
		}
		if name == where && err == nil {
			panic("ouch")
		}
		if name == where {
			return err
		}
		return nil
	}
}

func TestWhatGoesWrongAfterACleanEndIsNotHidden(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newStand(t)
		var calls []string
		b.plan.Presets = []scan.Preset{&diary{name: "shutter", to: &calls, fails: "stop"}}
		s := b.make()
		at(inSecond, func() { s.Stop(&scan.StopError{By: "hook Guard"}, scan.Now) })
		err := s.Run(t.Context())
		if err == nil || err.Error() != "by hook Guard; then preset shutter: stop: no vacuum" {
			t.Error(err)
		}
		b.atRest()
		if s.State() != scan.Failed {
			t.Error(s.State())
		}
	})
}

func TestAnAxisThatDoesNotConfirmIsQuarantinedAndNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newStand(t)
		s := b.make()
		at(inMove, func() {
			b.motor.Hang(sim.Read)
			s.Stop(scan.ErrInterrupted, scan.Now)
		})
		begin := time.Now()
		err := s.Run(t.Context())
		var unrest *device.NotAtRestError
		if !errors.As(err, &unrest) || unrest.Axis != "robz" || !errors.Is(err, scan.ErrInterrupted) {
			t.Errorf("%v", err)
		}
		if took := time.Since(begin) - inMove; took > 6*time.Second {
			t.Errorf("took %v after the stop", took)
		}
		if got := s.Quarantined(); !slices.Equal(got, []string{"robz"}) {
			t.Errorf("quarantined %v", got)
		}
		var refused *device.QuarantineError
		if err := b.axis.Move(t.Context(), 3); !errors.As(err, &refused) {
			t.Errorf("a move gave %v", err)
		}
		b.motor.Clear()
		if _, err := b.axis.State(t.Context()); err != nil || b.axis.Quarantined() {
			t.Errorf("state read, still quarantined: %v", err)
		}
		if err := b.axis.Move(t.Context(), 3); err != nil {
			t.Error(err)
		}
		if b.notes.end == nil || b.s.State() != scan.Aborted {
			t.Errorf("%v", b.s.State())
		}
	})
}

func TestADeafDriverIsLeftBehind(t *testing.T) {
	for _, c := range []struct {
		name  string
		after time.Duration
		deaf  func(b *stand) *sim.Faults
		op    sim.Op
		axes  []string
	}{
		{"a motor", inFirst, (*stand).motorFaults, sim.Read, nil},
		{"a motor on its way", inMove, (*stand).motorFaults, sim.Read, []string{"robz"}},
		{"a controller", inFirst, (*stand).ctlFaults, sim.Read, nil},
		{"a controller that is triggered", inFirst, (*stand).ctlFaults, sim.Trigger, nil},
		{"a controller that is stopped", inFirst, (*stand).ctlFaults, sim.Stop, nil},
	} {
		for i := range 4 {
			third, rude := i%2 == 0, i/2 == 1
			t.Run(fmt.Sprint(c.name, ", third press ", third, ", panics ", rude), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					b := newStand(t)
					var calls []string
					b.plan.Presets = []scan.Preset{&diary{name: "shutter", to: &calls}}
					released := false
					b.opts.Reserve = func(context.Context, []device.Axis) (func(), error) {
						return func() { released = true }, nil
					}
					s := b.make()
					at(c.after, func() {
						c.deaf(b).Deaf(c.op)
						if rude {
							c.deaf(b).Panic(c.op, "ouch")
						}
					})
					at(3*time.Second, func() { s.Interrupt() })
					at(4*time.Second, func() { s.Stop(scan.ErrInterrupted, scan.Now) })
					limit := 3 * time.Minute
					if third {
						at(5*time.Second, s.Abandon)
						limit = 8 * time.Second
					}
					begin := time.Now()
					err := s.Run(t.Context())
					if took := time.Since(begin); took > limit {
						t.Errorf("took %v", took)
					}
					var left *scan.UnconfirmedError
					if !errors.As(err, &left) || !slices.Equal(left.Axes, c.axes) {
						t.Errorf("%v", err)
					}
					if b.notes.end == nil || b.notes.end.Points != len(b.notes.rows) {
						t.Errorf("the sink heard %+v", b.notes.end)
					}
					if got := strings.Join(calls, ","); got != "shutter prepare,shutter start,shutter stop" {
						t.Errorf("preset %s", got)
					}
					if !released {
						t.Error("the axes are still reserved")
					}
					b.motor.Clear()
					b.ctl.Clear()
					synctest.Wait()
					time.Sleep(time.Minute)
					if _, state, _ := b.motor.Read(t.Context()); !state.AtRest() {
						t.Error("the motor moves on")
					}
				})
			})
		}
	}
}

func (b *stand) motorFaults() *sim.Faults { return &b.motor.Faults }
func (b *stand) ctlFaults() *sim.Faults   { return &b.ctl.Faults }

func TestWhatComesAfterAbandonIsGivenBack(t *testing.T) {
	for _, what := range []string{"reserve", "open", "prepare"} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newStand(t)
				late, sink := make(chan struct{}), &closing{}
				wait := func(call string) {
					if call == what {
						<-late
					}
				}
				reserved := false
				b.opts.Reserve = func(context.Context, []device.Axis) (func(), error) {
					wait("reserve")
					reserved = true
					return func() { reserved = false }, nil
				}
				b.opts.Open = func(_ context.Context, d *data.Scan) ([]scan.Sink, error) {
					wait("open")
					d.Number = 7
					return []scan.Sink{sink, nothing{}}, nil
				}
				if what == "prepare" {
					b.ctl.Deaf(sim.Prepare)
				}
				s := b.make()
				at(time.Second, s.Abandon)
				var left *scan.UnconfirmedError
				if err := s.Run(t.Context()); !errors.As(err, &left) {
					t.Errorf("run returned %v", err)
				}
				close(late)
				b.ctl.Clear()
				synctest.Wait()
				if reserved {
					t.Error("the axes are still reserved")
				}
				if n := b.ctl.Open(); n != 0 {
					t.Errorf("%d acquisitions are still open", n)
				}
				opened := what == "prepare"
				if told := sink.end != nil; told != opened || sink.closed != (what == "open") {
					t.Errorf("the sink was told the end: %v, closed: %v", told, sink.closed)
				}
				if n := s.Info().Number; (n == 7) != opened {
					t.Errorf("scan number %d", n)
				}
			})
		})
	}
}

// closing is a sink that can be closed.
type closing struct {
	notes
	closed bool
}

func (c *closing) Close() error { c.closed = true; return nil }

func TestAGuardThatPanicsDoesNotEndTheProgramOnTheWayBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newStand(t)
		b.plan.Return = true
		var s *scan.Scan
		b.opts.Guard = func(context.Context) error {
			if s.State() == scan.Stopping {
				panic("no guard")
			}
			return nil
		}
		s = b.make()
		if err := s.Run(t.Context()); err == nil || err.Error() != "go back: panic: no guard" {
			t.Error(err)
		}
		b.atRest()
	})
}

func TestRelativeScansGoBackWhenNothingSpeaksAgainstIt(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(b *stand)
		back bool
	}{
		{"done", func(b *stand) {}, true},
		{"stopped by a hook", func(b *stand) { b.s.Stop(&scan.StopError{By: "hook"}, scan.Now) }, true},
		{"one press", func(b *stand) { b.s.Interrupt() }, true},
		{"two presses", func(b *stand) { b.s.Interrupt(); b.s.Stop(scan.ErrInterrupted, scan.Now) }, false},
		{"a signal", func(b *stand) { b.s.Stop(&scan.AbortError{By: "SIGTERM"}, scan.Now) }, false},
		{"a motor that fails", func(b *stand) { b.motor.Fail(sim.Start, errors.New("boom")) }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newStand(t)
				if err := b.axis.Move(t.Context(), 12.5); err != nil {
					t.Fatal(err)
				}
				b.plan.Return = true
				s := b.make()
				at(inSecond, func() { c.do(b) })
				_ = s.Run(t.Context())
				where := b.atRest()
				if (where == 12.5) != c.back {
					t.Errorf("robz is at %v", where)
				}
				if err := s.GoBack(t.Context()); err != nil {
					t.Error(err)
				}
				if where, _ := b.axis.Position(t.Context()); where != 12.5 {
					t.Errorf("GoBack went to %v", where)
				}
			})
		})
	}
}

func TestAPressOnTheWayBackStopsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newStand(t)
		b.plan.Return = true
		s := b.make()
		at(inSecond, func() { s.Stop(&scan.StopError{By: "hook"}, scan.Now) })
		at(inSecond+100*time.Millisecond, func() { s.Interrupt() })
		if err := s.Run(t.Context()); !errors.Is(err, scan.ErrInterrupted) {
			t.Error(err)
		}
		if at := b.atRest(); at <= 1 || at >= 11 {
			t.Errorf("robz is at %v", at)
		}
	})
}

func TestAStopOverSeveralAxesBringsAllToRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fast, motorA := newAxis("robx")
		slow, motorB := newAxis("roby")
		n := &notes{}
		p := scan.Plan{Name: "a2scan", Axes: []device.Axis{fast, slow},
			Trajectory: scan.Linear{Start: []float64{10, 100}, Stop: []float64{20, 200}, Intervals: 10}}
		s := mustNew(t, p, options(n))
		at(200*time.Millisecond, func() { motorA.Break(true) })
		err := s.Run(t.Context())
		var fault *device.FaultError
		if !errors.As(err, &fault) || fault.Axis != "robx" || !strings.HasPrefix(err.Error(), "point 0: robx is FAULT at ") {
			t.Errorf("%v", err)
		}
		at, state, _ := motorB.Read(t.Context())
		if !state.AtRest() || at <= 0 || at >= 100 {
			t.Errorf("roby is %v at %v", state, at)
		}
		if n.end == nil || math.Abs(at) < 1 {
			t.Error("no end")
		}
	})
}

// slowSink takes the end of a scan only when its context ends, like a store that
// does not answer.
type slowSink struct{ took time.Duration }

func (s *slowSink) Put(ctx context.Context, e data.Event) error {
	if _, ok := e.(*data.EndScan); !ok {
		return nil
	}
	begin := time.Now()
	<-ctx.Done()
	s.took = time.Since(begin)
	return errors.New("the end was not taken")
}

// TestHurryDoesNotWaitForSinks, but for presets, which may have a shutter to close.
func TestHurryDoesNotWaitForSinks(t *testing.T) {
	for _, c := range []struct {
		name string
		stop func(*scan.Scan)
		want time.Duration
	}{
		{"Hurry", (*scan.Scan).Hurry, 80 * time.Millisecond},
		{"Stop", func(s *scan.Scan) { s.Stop(scan.ErrInterrupted, scan.Now) }, scan.DefaultCleanUp},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newStand(t)
				b.plan.Presets = []scan.Preset{slowShutter{}}
				s := b.make()
				sink := &slowSink{}
				s.AddSink(sink)
				at(inSecond, func() { c.stop(s) })
				if err := s.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "interrupted by Ctrl-C; then the end was not taken") {
					t.Errorf("run returned %v", err)
				}
				if sink.took != c.want {
					t.Errorf("the sink had %v, want %v", sink.took, c.want)
				}
			})
		})
	}
}

// slowShutter needs 3 s to close.
type slowShutter struct{}

func (slowShutter) Prepare(context.Context, *scan.Scan) error { return nil }
func (slowShutter) Start(context.Context, *scan.Scan) error   { return nil }
func (slowShutter) Stop(ctx context.Context, _ *scan.Scan) error {
	return device.TimerWait(ctx, 3*time.Second)
}
