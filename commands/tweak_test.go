package commands

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"blissh/scan"
)

// tweaking is a tw that runs.
type tweaking struct {
	*bench
	screen   *fakeTerminal
	keyboard *fakeKeyboard
	done     chan string // its error, "" for none
}

func startTweak(t *testing.T, b *bench, columns int, args ...any) *tweaking {
	t.Helper()
	w := &tweaking{bench: b, done: make(chan string, 1)}
	w.screen, w.keyboard = b.atTerminal(columns)
	b.out.take()
	go func() { w.done <- message(t, func() { b.tw(args...) }) }()
	w.screen.eventually(t, "at rest")
	return w
}

// press presses keys; each one is obeyed or dropped when the next one is taken.
func (w *tweaking) press(keys ...string) {
	w.t.Helper()
	for _, k := range keys {
		select {
		case w.keyboard.keys <- k:
		case <-time.After(patience):
			w.t.Fatalf("nobody takes the key %q", k)
		}
	}
}

// see presses keys and waits for a text on the screen.
func (w *tweaking) see(text string, keys ...string) {
	w.t.Helper()
	w.press(keys...)
	w.screen.eventually(w.t, text)
}

// end waits for the end; it gives the error and what stays on the screen.
func (w *tweaking) end() (failure, result string) {
	w.t.Helper()
	select {
	case failure = <-w.done:
	case <-time.After(patience):
		w.t.Fatalf("tw does not end:\n%s", w.screen.now())
	}
	select {
	case <-w.keyboard.closed:
	default:
		w.t.Error("the keyboard was not given back")
	}
	if left := w.screen.now(); left != "" {
		w.t.Errorf("still drawn:\n%s", left)
	}
	lines := strings.Split(strings.TrimSuffix(w.out.take(), "\n"), "\n")
	return failure, lines[len(lines)-1]
}

func TestTweak(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m := b.axis("m")
	w := startTweak(t, b, 80, m, .5)
	same(t, "tw", b.out.take(), `
left, right: m; up, down, + and -: step x2, /2; * and /: step x10, /10
a number and Enter: that step; q, Enter or Escape: end; Ctrl-C: stop and end
a key pressed while an axis moves is dropped
`)
	w.see("  m  0.5000 mm  step 0.5 mm  at rest  limits -100 to 100 mm\n", "right")
	w.see("m  0.0000 mm", "left")
	w.see("step 1 mm", "+")
	w.see("step 2 mm", "up")
	w.see("step 1 mm", "down")
	w.see("step 0.5 mm", "-")
	w.see("step 5 mm", "*")
	w.see("step 0.05 mm", "/", "/")
	w.see("new step of m: .08 (Enter sets it, Escape drops it)", ".", "0", "7", "5", "backspace", "backspace", "8")
	w.press("escape")
	w.see("step 0.05 mm")
	w.press("q")
	if failure, result := w.end(); failure != "" || result != "m is at 0 mm as before" {
		t.Errorf("%q, %q", failure, result)
	}
}

func TestTweakTakesANumberAsTheStep(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m := b.axis("m")
	w := startTweak(t, b, 80, m)
	w.see("step 0.1 mm")
	w.see("new step of m: 25 (Enter sets it, Escape drops it)", "2", "5")
	w.press("right", "+") // not finished: neither the old step nor the new one
	w.see("step 25 mm", "enter")
	if at := m.Position(); at != 0 {
		t.Errorf("moved to %g while a number was typed", at)
	}
	w.see("step 0.002 mm", "2", "e", "-", "3", "enter")
	w.see("1.2.3 is no number", "1", ".", "2", ".", "3", "enter")
	w.see("m: step 0 mm is not above 0", "0", "enter")
	w.see("no such key; q ends", "x")
	w.press("escape")
	if failure, result := w.end(); failure != "" || result != "m is at 0 mm as before" {
		t.Errorf("%q, %q", failure, result)
	}
}

// TestTweakSaysWhatIsRefusedAndGoesOn: a limit, a fault, a quarantine.
func TestTweakSaysWhatIsRefusedAndGoesOn(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m := b.axis("m")
	w := startTweak(t, b, 80, m, 60)
	w.see("60.0000 mm  step 60 mm  at rest", "right")
	w.see("m: 120 mm is beyond the high limit 100 mm", "right")
	w.see("m  0.0000 mm", "left")
	b.simFault(m, "start", "fail")
	w.see("m: start: simulated fault", "right")
	m.dev.Quarantine("it did not stop")
	w.see("m is quarantined", "right")
	m.State() // lifts it
	w.see("60.0000 mm  step 60 mm  at rest", "right")
	w.press("enter")
	if failure, result := w.end(); failure != "" || result != "m went from 0 to 60 mm" {
		t.Errorf("%q, %q", failure, result)
	}
}

// TestHeldKeyDoesNotQueueUp: ten presses during a step of half a second are one
// step.
func TestHeldKeyDoesNotQueueUp(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	slow := b.axis("slow")
	w := startTweak(t, b, 80, slow, .5)
	w.see("moving", "right")
	for range 10 {
		w.press("right")
	}
	if !slow.dev.IsMoving() {
		t.Log("not seen, for the machine is too busy: the step was over before the keys were pressed")
		return
	}
	w.see("slow  0.5000  step 0.5  at rest")
	w.see("ends when this step is done; Ctrl-C stops it", "left", "q")
	if failure, result := w.end(); failure != "" || result != "slow is at 0 as before" {
		t.Errorf("%q, %q", failure, result)
	}
}

func TestTweakOfTwoAxes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m, th := b.axis("m"), b.axis("th")
	w := startTweak(t, b, 80, m, th, 2)
	w.see("  >  m     0.1000 mm  step 0.1 mm  at rest  limits -100 to 100 mm\n     th  10.5000 deg  step 2 deg   at rest  limits none\n", "right")
	w.see("  >  th  12.5000 deg  step 2 deg   at rest", "up")
	w.see("step 4 deg", "+")
	w.see("th  8.5000 deg", "down")
	w.see(">  m ", "tab")
	w.see("step 1 mm", "*")
	w.press("q")
	failure, _ := w.end()
	if failure != "" || m.Position() != .1 || th.Position() != 8.5 {
		t.Errorf("%q, m %g, th %g", failure, m.Position(), th.Position())
	}
}

// TestTweakInANarrowTerminal: nothing is cut off.
func TestTweakInANarrowTerminal(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	w := startTweak(t, b, 40, b.axis("m"), 60)
	for _, l := range append(strings.Split(b.out.take(), "\n"), strings.Split(w.screen.now(), "\n")...) {
		if len(l) > 39 {
			t.Errorf("too long: %q", l)
		}
	}
	w.see("m: limits -100 to 100 mm")
	w.see("60.0000 mm  step 60 mm  at rest", "right")
	w.see("m: 120 mm is beyond the high limit 100\nmm\n", "right")
	w.press("q")
	w.end()
}

// TestTweakStartsFromWhereTheAxisIs: somebody turned the knob between two keys.
func TestTweakStartsFromWhereTheAxisIs(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m := b.axis("m")
	w := startTweak(t, b, 80, m, 1)
	w.see("1.0000 mm", "right")
	m.dev.Motor().(interface{ Push(float64) }).Push(5)
	w.see("7.0000 mm", "right")
	w.press("q")
	w.end()
}

func TestInterruptedTweakSaysWhereTheAxisStopped(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx, cancel := context.WithCancelCause(context.Background())
	b.host.ctx = ctx
	w := startTweak(t, b, 80, b.axis("slow"), 50)
	w.see("moving", "right")
	cancel(scan.ErrInterrupted)
	failure, _ := w.end()
	if !regexp.MustCompile(`^tw: interrupted by Ctrl-C \(slow stopped at [0-9.e-]+\)$`).MatchString(failure) {
		t.Errorf("%q", failure)
	}
	if b.axis("slow").dev.IsMoving() {
		t.Error("slow still moves")
	}
}

func TestTweakIsRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m, th := b.axis("m"), b.axis("th")
	b.fails("tw: a terminal is needed, with its keyboard; mvr(m, 0.5) moves by a step", func() { b.tw(m, .5) })
	b.atTerminal(80)
	const usage = "; usage: tw(axis, step, ...)"
	b.fails("tw: argument 1 (axis): an axis expected, got nothing"+usage, func() { b.tw() })
	b.fails("tw: argument 2 (step): a number in mm expected, got \"x\""+usage, func() { b.tw(m, "x") })
	b.fails("tw: m: step -1 mm is not above 0", func() { b.tw(m, -1) })
	b.fails("tw: m is named twice", func() { b.tw(m, 1, m) })
	b.fails("tw: at most two axes, there are four arrow keys"+usage, func() { b.tw(m, 1, th, b.axis("slow")) })
	b.Keyboard = func() (Keyboard, error) { return nil, errors.New("single keys need a terminal") }
	b.fails("tw: single keys need a terminal", func() { b.tw(m) })
	b.simFault(m, "read", "fail")
	b.fails("tw: m: read: simulated fault", func() { b.tw(m) })
}
