package commands

import (
	"context"
	"math"
	"regexp"
	"testing"
	"time"

	"blissh/device"
	"blissh/scan"
)

func TestMv(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m, th := b.axis("m"), b.axis("th")
	b.prints("mv", func() { b.mv(m, 1, th, -2.5) }, "moving m from 0 to 1 mm\nmoving th from 10.5 to -2.5 deg\n")
	b.prints("mvr", func() { b.mvr(m, .5, th, -.5) }, "moving m from 1 to 1.5 mm\nmoving th from -2.5 to -3 deg\n")
	if m.Position() != 1.5 || th.Position() != -3 || th.Dial() != 15.5 {
		t.Errorf("m %g, th %g, dial %g", m.Position(), th.Position(), th.Dial())
	}

	const usage = "; usage: mv(axis, position, ...)"
	b.fails("mv: m: 100.5 mm is beyond the high limit 100 mm", func() { b.mv(th, 0, m, 100.5) })
	b.fails("mvr: m: -100.5 mm is beyond the low limit -100 mm", func() { b.mvr(m, -102) })
	b.fails("mv: argument 1 (axis): an axis expected, got nothing"+usage, func() { b.mv() })
	b.fails("mv: argument 2 (position): a number in mm expected, got nothing"+usage, func() { b.mv(m) })
	b.fails("mv: argument 2 (position): a number in mm expected, got NaN"+usage, func() { b.mv(m, math.NaN()) })
	b.fails("mv: argument 2 (position): a number in mm expected, got +Inf"+usage, func() { b.mv(m, math.Inf(1)) })
	b.fails("mv: argument 2 (position): a number in mm expected, got 2s"+usage, func() { b.mv(m, 2*time.Second) })
	b.fails("mv: argument 3 (axis): an axis expected, got 2"+usage, func() { b.mv(m, 1, 2) })
	b.fails("mv: argument 1 (axis): an axis expected, got the counter one"+usage, func() { b.mv(b.counter("one"), 1) })
	b.fails("mv: m is named twice", func() { b.mv(m, 1, m, 2) })
	b.fails("mv: no option wait; options: none", func() { b.mv(m, 1, Option{"wait", true}) })
	if m.Position() != 1.5 || th.Position() != -3 {
		t.Errorf("a refused move moved: m %g, th %g", m.Position(), th.Position())
	}
	b.out.take()

	b.simFault(m, "start", "fail")
	b.fails("mv: m: start: simulated fault (m is at 1.5 mm)", func() { b.mv(m, 0) })
	b.prints("mv", func() { b.mv(m, 0) }, "moving m from 1.5 to 0 mm\n")
}

// An interrupted move says where the axes came to rest.
func TestInterruptedMv(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx, cancel := context.WithCancelCause(context.Background())
	b.host.ctx = ctx
	done := make(chan string, 1)
	go func() { done <- message(t, func() { b.mv(b.axis("slow"), 50, b.axis("m"), 2) }) }()
	underWay := func() bool {
		s, _ := b.axis("slow").dev.State(t.Context())
		at, _ := b.axis("m").dev.Position(t.Context())
		return s.Has(device.Moving) && at == 2
	}
	for len(done) == 0 && !underWay() {
		time.Sleep(time.Millisecond)
	}
	cancel(scan.ErrInterrupted)
	text := <-done
	if !regexp.MustCompile(`^mv: interrupted by Ctrl-C \(slow stopped at [0-9.e-]+ ?, m stopped at 2 mm\)$`).MatchString(text) {
		t.Errorf("%q", text)
	}
}

// TestAxisWithoutAUnit: no blank stands in the place of the unit.
func TestAxisWithoutAUnit(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	slow := b.axis("slow")
	b.prints("mv", func() { b.mv(slow, .001) }, "moving slow from 0 to 0.001\n")
	b.prints("velocity =", func() { slow.SetVelocity(2) }, "slow: velocity changed from 1 to 2 /s\n")
	b.prints("position =", func() { slow.SetPosition(0) }, "slow: position redefined from 0.001 to 0, offset -0.001; nothing moved\n")
}

// take is what a command prints.
func take(b *bench, f func()) string {
	b.out.take()
	f()
	return b.out.take()
}

func TestMvd(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m, th := b.axis("m"), b.axis("th")
	b.prints("mvd", func() { b.mvd(th, 15, m, 3) }, "moving th from 10.5 to -2.5 deg (dial 15 deg)\nmoving m from 0 to 3 mm (dial 3 mm)\n")
	if th.Dial() != 15 || th.Position() != -2.5 || m.Position() != 3 {
		t.Errorf("dial %g, position %g, m %g", th.Dial(), th.Position(), m.Position())
	}
	b.fails("mvd: m: 101 mm is beyond the high limit 100 mm", func() { b.mvd(m, 101) })
	b.fails("mvd: argument 2 (dial position): a number in mm expected, got nothing; usage: mvd(axis, dial_position, ...)", func() { b.mvd(m) })
}

// TestMvToWhereItIs starts nothing: a start would fail.
func TestMvToWhereItIs(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m, th := b.axis("m"), b.axis("th")
	b.simFault(m, "start", "fail")
	b.prints("mv", func() { b.mv(m, 0) }, "m is at 0 mm already\n")
	b.prints("mvr", func() { b.mvr(m, 0) }, "m is at 0 mm already\n")
	b.prints("mv", func() { b.mv(m, 0, th, 3) }, "m is at 0 mm already\nmoving th from 10.5 to 3 deg\n")
	b.fails("mv: m: start: simulated fault (m is at 0 mm)", func() { b.mv(m, 1) })
}

// TestManySmallMvr: the rounding of the steps does not add up.
func TestManySmallMvr(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m := b.axis("m")
	for range 10 {
		b.mvr(m, .1)
	}
	if at := formatNumber(m.Position()); at != "1" {
		t.Errorf("ten times 0.1 ends at %s", at)
	}
}

// TestNothingMovesUnlessAllMay: whatever is wrong with the last axis is known
// before the first one moves.
func TestNothingMovesUnlessAllMay(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m, th, slow := b.axis("m"), b.axis("th"), b.axis("slow")
	b.fails("mv: m: 101 mm is beyond the high limit 100 mm", func() { b.mv(th, 1, m, 101) })
	m.SetBacklash(5)
	b.fails("mv: m: -102 mm (with backlash) is beyond the low limit -100 mm", func() { b.mv(th, 1, m, -97) })
	m.SetBacklash(0)
	m.dev.Quarantine("it did not stop")
	b.fails("mv: m is quarantined: it did not confirm to be at rest; sta() reads its state", func() { b.mv(th, 1, m, 1) })
	m.State()
	b.simFault(m, "read", "fail")
	b.fails("mv: m: read: simulated fault", func() { b.mv(th, 1, m, 1) })

	moved := make(chan string, 1)
	go func() { moved <- message(t, func() { b.mv(slow, 1) }) }()
	for end := time.Now().Add(patience); !slow.dev.IsMoving() && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	text := message(t, func() { b.mv(th, 1, slow, 3) })
	if !regexp.MustCompile(`^mv: slow is in use by session .*: an earlier move or scan of this shell has not ended$`).MatchString(text) {
		t.Errorf("reserved: %q", text)
	}
	if text := <-moved; text != "" {
		t.Error(text)
	}
	if th.Position() != 10.5 {
		t.Errorf("th moved to %g", th.Position())
	}
}

// TestOneThatFailsStopsTheOthers, and each one's place is told.
func TestOneThatFailsStopsTheOthers(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m, slow := b.axis("m"), b.axis("slow")
	b.simFault(m, "start", "fail")
	text := message(t, func() { b.mv(slow, 50, m, 1) })
	if !regexp.MustCompile(`^mv: m: start: simulated fault \(slow is at [0-9.e-]+, m is at 0 mm\)$`).MatchString(text) {
		t.Errorf("%q", text)
	}
	if s := slow.State(); s != "READY" || slow.Position() > 5 {
		t.Errorf("slow is %s at %g", s, slow.Position())
	}
}
