package commands

import (
	"context"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"blissh/device"
	"blissh/device/sim"
	"blissh/scan"
)

// countingMotor counts what is asked of the hardware.
type countingMotor struct {
	*sim.Motor
	reads atomic.Int64
}

func (m *countingMotor) Read(ctx context.Context) (float64, device.State, error) {
	m.reads.Add(1)
	return m.Motor.Read(ctx)
}

// aMove moves an axis for 10 s, with its positions shown or not.
func aMove(t *testing.T, screen Screen) (took time.Duration, reads int64) {
	m := &countingMotor{Motor: sim.NewMotor(sim.MotorOptions{Velocity: 1, Acceleration: 1})}
	a := device.NewAxis(device.Config{Name: "a", Unit: "mm", Velocity: 1, Acceleration: 1}, m, device.TimerWait)
	sh := &Shell{Screen: screen}
	begin := time.Now()
	hide := sh.showMoving([]*device.MotorAxis{a})
	err := a.Move(t.Context(), 9)
	hide()
	if err != nil {
		t.Fatal(err)
	}
	return time.Since(begin), m.reads.Load()
}

// TestLivePositionsDoNotDisturbTheMove: it takes as long, the hardware is asked
// as often, and the screen is drawn ten times a second.
func TestLivePositionsDoNotDisturbTheMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		screen := &fakeTerminal{columns: 80}
		took, reads := aMove(t, screen)
		plain, plainReads := aMove(t, nil)
		if took != plain || reads != plainReads {
			t.Errorf("%v and %d reads with live positions, %v and %d without", took, reads, plain, plainReads)
		}
		if n := screen.drawn(); n < 99 || n > 101 {
			t.Errorf("%d drawings in %v", n, took)
		}
		if screen.now() != "" {
			t.Errorf("still drawn:\n%s", screen.now())
		}
	})
}

func TestUmvOnATerminal(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	screen, _ := b.atTerminal(80)
	done := make(chan string, 1)
	go func() { done <- message(t, func() { b.umv(b.axis("slow"), .6, b.axis("m"), -2, b.axis("th"), 3.5) }) }()
	screen.eventually(t, "-2.0000   3.5000")
	if shown := screen.now(); !regexp.MustCompile(`(?m)^          slow    m\[mm\]  th\[deg\]\n  user  0\.\d{4}  -2\.0000   3\.5000\n  dial  0\.\d{4}  -2\.0000   9\.0000\n        moving$`).MatchString(shown) {
		t.Errorf("shown\n%s", shown)
	}
	if text := <-done; text != "" {
		t.Error(text)
	}
	same(t, "umv", b.out.take(), `
moving slow from 0 to 0.6
moving m from 0 to -2 mm
moving th from 10.5 to 3.5 deg
          slow    m[mm]  th[deg]
  user  0.6000  -2.0000   3.5000
  dial  0.6000  -2.0000   9.0000
`)
	if screen.now() != "" {
		t.Errorf("still drawn:\n%s", screen.now())
	}
}

// TestUmvOnAPipe leaves one line.
func TestUmvOnAPipe(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m, th := b.axis("m"), b.axis("th")
	b.prints("umv", func() { b.umv(m, 1, th, 2) }, "moving m from 0 to 1 mm\nmoving th from 10.5 to 2 deg\nm is at 1 mm, th is at 2 deg\n")
	b.prints("umvr", func() { b.umvr(m, -.25) }, "moving m from 1 to 0.75 mm\nm is at 0.75 mm\n")
	b.prints("umvd", func() { b.umvd(th, 12.5) }, "moving th from 2 to 0 deg (dial 12.5 deg)\nth is at 0 deg\n")
	b.fails("umv: argument 2 (position): a number in mm expected, got nothing; usage: umv(axis, position, ...)", func() { b.umv(m) })
}

// TestInterruptedUmvSaysWhereTheAxesStopped, and its table stays.
func TestInterruptedUmvSaysWhereTheAxesStopped(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	screen, _ := b.atTerminal(80)
	ctx, cancel := context.WithCancelCause(context.Background())
	b.host.ctx = ctx
	done := make(chan string, 1)
	go func() { done <- message(t, func() { b.umv(b.axis("slow"), 50, b.axis("m"), 2) }) }()
	screen.eventually(t, "moving")
	cancel(scan.ErrInterrupted)
	if text := <-done; !regexp.MustCompile(`^umv: interrupted by Ctrl-C \(slow stopped at [0-9.e-]+, m (stopped at|is at) [02] mm\)$`).MatchString(text) {
		t.Errorf("%q", text)
	}
	if printed := b.out.take(); !strings.Contains(printed, "\n  user  ") || strings.Contains(printed, "          moving") {
		t.Errorf("what stays is\n%s", printed)
	}
}
