package session

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"blissh/data"
	"blissh/device"
	"blissh/device/sim"
	"blissh/scan"
)

func TestInterruptedMove(t *testing.T) {
	t.Parallel()
	l := open(t, startEmbedded(t).url, sessionName(t))
	done := l.moving("slow", 50)
	if !l.busy() {
		t.Error("the session is not busy")
	}
	if left := l.Interrupt(); left != 0 {
		t.Errorf("a move has a count time of %v left", left)
	}
	if err := result(t, done); !errors.Is(err, scan.ErrInterrupted) {
		t.Errorf("the move returned %v", err)
	}
	l.atRest("slow")
	if at := l.axis("slow").LastPosition(); at <= 0 || at >= 50 {
		t.Errorf("slow is at %g", at)
	}
	eventually(t, "the session is idle", func() bool { return !l.busy() })
	if l.Interrupt() != 0 || len(l.Abandon()) != 0 {
		t.Error("there is something to interrupt")
	}
	if err := l.move("slow", l.axis("slow").LastPosition()+.01); err != nil {
		t.Errorf("the next move: %v", err)
	}
}

// One axis that fails stops the others.
func TestMoveOfTwoAxesFails(t *testing.T) {
	t.Parallel()
	l := open(t, startEmbedded(t).url, sessionName(t))
	l.motor("shared").Fail(sim.Start, errors.New("no power"))
	err := l.Move(context.Background(), []*device.MotorAxis{l.axis("slow"), l.axis("shared")}, []float64{50, 50})
	refused(t, "the move", err, "shared: start: no power")
	l.atRest("slow")
	l.atRest("shared")
}

func TestMoveOfAnEndedInput(t *testing.T) {
	t.Parallel()
	l := open(t, startEmbedded(t).url, sessionName(t))
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(scan.ErrInterrupted)
	err := l.Move(ctx, []*device.MotorAxis{l.axis("m")}, []float64{1})
	if !errors.Is(err, scan.ErrInterrupted) {
		t.Errorf("a move returned %v", err)
	}
	sc := l.ascan("m", 1, 2, 1)
	if err := sc.Run(ctx); !errors.Is(err, scan.ErrInterrupted) || sc.State() != scan.Idle {
		t.Errorf("a scan returned %v, it is %v", err, sc.State())
	}
	if at, _, _ := l.motor("m").Read(t.Context()); at != 0 {
		t.Errorf("m went to %g", at)
	}
}

// The first Ctrl-C lets a short count be finished.
func TestInterruptedShortCount(t *testing.T) {
	t.Parallel()
	l := open(t, startEmbedded(t).url, sessionName(t))
	sc := l.loopscan(10, time.Second)
	done := sc.start()
	eventually(t, "it counts", func() bool { return sc.State() == scan.Running })
	if left := l.Interrupt(); left != 0 {
		t.Errorf("%v are left, which is too little to be told", left)
	}
	if err := result(t, done); !errors.Is(err, scan.ErrInterrupted) {
		t.Errorf("run returned %v", err)
	}
	sc.ended(data.Aborted, "interrupted by Ctrl-C")
	if n := sc.Info().Taken; n > 1 {
		t.Errorf("%d points", n)
	}
}

// A long count goes on after the first Ctrl-C and ends at the second.
func TestInterruptedLongCount(t *testing.T) {
	t.Parallel()
	l := open(t, startEmbedded(t).url, sessionName(t))
	sc := l.loopscan(10, time.Minute)
	done := sc.start()
	var left time.Duration
	eventually(t, "the time left is told", func() bool { left = l.Interrupt(); return left > 0 || len(done) > 0 })
	if left < 50*time.Second || left > time.Minute {
		t.Errorf("%v are left of a minute", left)
	}
	if len(done) > 0 {
		t.Fatal("the count was not waited for")
	}
	began := time.Now()
	l.Stop(scan.ErrInterrupted)
	if err := result(t, done); !errors.Is(err, scan.ErrInterrupted) {
		t.Errorf("run returned %v", err)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("the second press took %v", took)
	}
	sc.ended(data.Aborted, "interrupted by Ctrl-C")
	if n := sc.Info().Taken; n != 0 {
		t.Errorf("%d points", n)
	}
}

// The cause of a stop decides the outcome.
func TestStopCauses(t *testing.T) {
	t.Parallel()
	l := open(t, startEmbedded(t).url, sessionName(t))
	for _, c := range []struct {
		cause   error
		outcome data.Outcome
	}{
		{scan.ErrInterrupted, data.Aborted},
		{&scan.StopError{By: "somebody"}, data.Stopped},
		{errors.New("the vacuum is gone"), data.Failed},
	} {
		sc := l.loopscan(1_000_000, time.Millisecond)
		done := sc.startCounting()
		l.Stop(c.cause)
		err := result(t, done)
		if c.outcome == data.Stopped != (err == nil) {
			t.Errorf("%v: run returned %v", c.cause, err)
		}
		sc.ended(c.outcome, c.cause.Error())
		if n := sc.Info().Taken; n != len(sc.columns["ramp"]) || n < 1 {
			t.Errorf("%v: %d points, %d in the sink", c.cause, n, len(sc.columns["ramp"]))
		}
	}
}

// TestAbandonedMove: a motor that is deaf to its stop is quarantined and refused
// until it has been read at rest.
func TestAbandonedMove(t *testing.T) {
	t.Parallel()
	l := open(t, startEmbedded(t).url, sessionName(t))
	l.motor("slow").Deaf(sim.Stop)
	defer l.motor("slow").Clear()
	done := l.moving("slow", 2.5)
	l.Interrupt()
	l.Stop(scan.ErrInterrupted)
	if names := l.Abandon(); !slices.Equal(names, []string{"slow"}) {
		t.Errorf("quarantined: %q", names)
	}
	if err := result(t, done); !errors.Is(err, ErrAbandoned) {
		t.Errorf("the move returned %v", err)
	}
	refused(t, "a move", l.move("slow", 0), "slow is quarantined", "sta()")
	sc := l.ascan("slow", 0, 1, 1)
	refused(t, "a scan", sc.run(), "slow is quarantined")
	sc.ended(data.Failed, "slow is quarantined")
	if s, err := l.axis("slow").State(t.Context()); err != nil || s.AtRest() || !l.axis("slow").Quarantined() {
		t.Errorf("read while it moves: %v, %v, quarantined %v", s, err, l.axis("slow").Quarantined())
	}
	if err := l.move("m", 1); err != nil {
		t.Errorf("another axis: %v", err)
	}

	l.motor("slow").Clear()
	eventually(t, "slow is read at rest", func() bool {
		s, err := l.axis("slow").State(t.Context())
		return err == nil && s.AtRest()
	})
	if l.axis("slow").Quarantined() {
		t.Error("read at rest, it is still quarantined")
	}
	eventually(t, "the move unwinds", func() bool { return !l.busy() })
	if err := l.move("slow", l.axis("slow").LastPosition()+.01); err != nil {
		t.Errorf("a move, when it was read at rest: %v", err)
	}
}

func TestAbandonedScan(t *testing.T) {
	t.Parallel()
	s := startEmbedded(t)
	l := open(t, s.url, sessionName(t))
	l.motor("slow").Deaf(sim.Stop)
	defer l.motor("slow").Clear()
	sc := l.ascan("slow", 0, 3, 1)
	done := sc.startCounting()
	eventually(t, "slow moves", l.axis("slow").IsMoving)
	l.Interrupt()
	l.Stop(scan.ErrInterrupted)
	began := time.Now()
	if names := l.Abandon(); !slices.Equal(names, []string{"slow"}) {
		t.Errorf("quarantined: %q", names)
	}
	if err := result(t, done); !errors.Is(err, ErrAbandoned) && !errors.Is(err, scan.ErrInterrupted) {
		t.Errorf("run returned %v", err)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("the prompt came back after %v", took)
	}
	sc.ended(data.Aborted, "quarantined: slow")
	kept, err := l.DB.ScanByUID(t.Context(), l.Name, sc.Info().UID)
	if err != nil || kept.Outcome != data.Aborted || kept.Taken != 1 {
		t.Errorf("in the store: %+v (%v)", kept, err)
	}
	refused(t, "a scan", l.ascan("slow", 0, 1, 1).run(), "slow is quarantined")
	if err := l.loopscan(2, 0).run(); err != nil {
		t.Errorf("a scan without the axis: %v", err)
	}
	l.motor("slow").Clear()
	eventually(t, "slow moves again", func() bool {
		l.axis("slow").State(t.Context())
		return l.move("slow", l.axis("slow").LastPosition()) == nil
	})
}

// A counter that is deaf holds the prompt no longer than an axis.
func TestAbandonedCount(t *testing.T) {
	t.Parallel()
	l := open(t, startEmbedded(t).url, sessionName(t))
	sc := l.loopscan(1_000_000, time.Millisecond)
	done := sc.startCounting()
	c := l.Counters()[0].Controller.(*sim.Controller)
	c.Deaf(sim.Read)
	defer c.Clear()
	last := -1
	eventually(t, "the counter does not answer", func() bool {
		before := last
		last, _ = sc.Progress()
		time.Sleep(50 * time.Millisecond)
		return last == before
	})
	l.Interrupt()
	l.Stop(scan.ErrInterrupted)
	if names := l.Abandon(); len(names) != 0 {
		t.Errorf("quarantined: %q", names)
	}
	if err := result(t, done); err == nil {
		t.Error("run returned nil")
	}
	eventually(t, "the scan ends", func() bool { return sc.State().Ended() })
	sc.ended(data.Aborted, "has not returned")
	c.Clear()
	eventually(t, "the next scan runs", func() bool { return l.loopscan(2, 0).run() == nil })
}

// A scan runs once; whoever runs it again while it runs does not take it out of
// reach of Ctrl-C.
func TestSecondRunOfARunningScan(t *testing.T) {
	t.Parallel()
	l := open(t, startEmbedded(t).url, sessionName(t))
	sc := l.loopscan(1_000_000, time.Millisecond)
	done := sc.startCounting()
	refused(t, "a second run", sc.run(), "has run already")
	if !l.busy() {
		t.Error("the session thinks that nothing runs")
	}
	l.Stop(scan.ErrInterrupted)
	select {
	case <-done:
	case <-time.After(3 * time.Second):
		t.Error("the first run cannot be stopped any more")
		sc.Stop(scan.ErrInterrupted, scan.Now)
		result(t, done)
	}
	refused(t, "a third run", sc.run(), "has run already")
}
