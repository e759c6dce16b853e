package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"blissh/internal/soak"
)

const (
	ctrlZ     = "\x1a"
	ctrlSlash = "\x1c" // Ctrl-\
	repeat    = 33 * time.Millisecond
	between   = 8 * bounce // two presses that are two, on a busy machine
	heldFor   = 2 * time.Second
)

// atOnce is how many shells are stopped at the same time: they wait more than
// they work.
const atOnce = 16

// TestStops stops every moment in every way: with one, two and three presses of
// Ctrl-C, with the key held, with Ctrl-\, at Ctrl-Z, and with the signals that
// end the program. The short form takes one of those for each moment in turn.
func TestStops(t *testing.T) {
	t.Parallel()
	turn := make(chan struct{}, atOnce)
	var all sync.WaitGroup
	defer all.Wait()
	for i := range slices.Backward(moments()) { // those that take longest are the last ones
		for k, ending := range endings() {
			if soak.Full() || k == i%len(endings()) {
				all.Go(func() { inTurn(t, turn, i, ending.name, ending.test) })
			}
		}
		all.Go(func() { inTurn(t, turn, i, "Ctrl-C", testPresses) })
	}
}

// inTurn runs a test of one moment.
func inTurn(t *testing.T, turn chan struct{}, i int, name string, test func(*bench, *moment)) {
	turn <- struct{}{}
	defer func() { <-turn }()
	m := moments()[i] // of its own
	t.Run(m.name+"/"+name, func(t *testing.T) {
		test(openBench(t, &m), &m)
	})
}

// testPresses goes through all that gives the prompt back.
func testPresses(b *bench, m *moment) {
	t := b.t
	for _, c := range presses() {
		began := time.Now()
		b.t = t
		start := b.reach(m)
		c.stop(b, m, start)
		if t.Failed() {
			t.Fatalf("at %s, after %v", c.name, time.Since(began))
		}
	}
}

// press is a way to stop what runs.
type press struct {
	name string
	stop func(b *bench, m *moment, start int)
}

func presses() []press {
	return []press{
		{"one press", (*bench).onePress},
		{"two presses", (*bench).twoPresses},
		{"a held key", (*bench).heldKey},
		{`Ctrl-\`, (*bench).quit},
		{"Ctrl-Z", (*bench).refused},
	}
}

// onePress ends what it can. Where it cannot, the user is told, and a second
// press ends it.
func (b *bench) onePress(m *moment, start int) {
	b.press(ctrlC)
	switch {
	case m.one != "":
		b.ended(m, b.prompt(start), m.one)
	default:
		b.seeAfter(start, m.goesOn)
		time.Sleep(between) // or it counts as the same press
		b.secondPress(m, start)
	}
}

// twoPresses are two that count.
func (b *bench) twoPresses(m *moment, start int) {
	b.press(ctrlC)
	if m.one != "" {
		b.prompt(start) // the second one comes at the prompt
		b.press(ctrlC)
		time.Sleep(2 * bounce) // so that it does not drop what is typed next
		b.recovered(m)
		return
	}
	time.Sleep(between) // or it counts as the same press
	b.secondPress(m, start)
}

// secondPress ends all but what is deaf; that takes a third one.
func (b *bench) secondPress(m *moment, start int) {
	b.press(ctrlC)
	if m.still == "" {
		b.ended(m, b.prompt(start), m.two)
		return
	}
	b.seeAfter(start, m.still)
	b.press(ctrlC)
	b.ended(m, b.prompt(start), m.three)
}

// heldKey repeats until long after the prompt is back, which stays as it is.
func (b *bench) heldKey(m *moment, start int) {
	gap := make(chan time.Duration, 1)
	go func() { gap <- b.hold() }()
	printed := b.promptHeld(start, gap)
	switch {
	case m.three != "":
		b.ended(m, printed, m.three)
	case m.one == "":
		b.ended(m, printed, m.two)
	default:
		b.ended(m, printed, interrupted+`|failed`)
	}
}

// hold presses Ctrl-C as a held key does and returns the longest time between two.
func (b *bench) hold() (gap time.Duration) {
	last := time.Now()
	for end := last.Add(heldFor); last.Before(end); time.Sleep(repeat) {
		b.tty.WriteString(ctrlC)
		gap = max(gap, time.Since(last))
		last = time.Now()
	}
	return gap
}

// promptHeld waits for the prompt, and then for the key to be let go: nothing
// follows that prompt, unless a busy machine let it look like several presses.
func (b *bench) promptHeld(start int, held chan time.Duration) string {
	b.t.Helper()
	printed := b.prompt(start)
	gap := <-held
	time.Sleep(2 * bounce) // the last press does not drop what is typed next
	if n := strings.Count(b.screen.Since(start), "DEMO_SESSION ["); n != 1 && gap < heldGap/2 && !soak.Race {
		b.t.Errorf("with the key held there are %d prompts:\n%s", n, shorten(b.screen.Since(start)))
	}
	return printed
}

// quit is Ctrl-\: everything now.
func (b *bench) quit(m *moment, start int) {
	b.press(ctrlSlash)
	switch {
	case m.three != "":
		b.seeAfter(start, m.still)
		b.press(ctrlSlash)
		b.ended(m, b.prompt(start), m.three)
	case m.goesOn == cleaningUp: // the clean-up comes after the stop
		b.seeAfter(start, "moving robz")
		time.Sleep(2 * bounce)
		b.press(ctrlSlash)
		b.ended(m, b.prompt(start), m.two)
	case m.one == "":
		b.ended(m, b.prompt(start), m.two)
	default:
		b.ended(m, b.prompt(start), m.one)
	}
}

// refused is Ctrl-Z while something runs: one line, and it runs on.
func (b *bench) refused(m *moment, start int) {
	if m.name == "a gate asleep" {
		b.prompt(start) // it ends by itself, and at once
		return
	}
	b.press(ctrlZ)
	b.seeAfter(start, `Ctrl-Z is refused while something runs; Ctrl-C stops it`)
	if m.name == "a move with the store away" {
		time.Sleep(2 * bounce)
	}
	b.quit(m, start)
}

// ended checks what an input that was stopped has printed, and that everything is
// well afterwards.
func (b *bench) ended(m *moment, printed, pattern string) {
	b.t.Helper()
	printed = strings.NewReplacer(ctrlSlash, "", ctrlZ, "").Replace(printed) // the terminal's echo
	b.want(printed, pattern)
	if n := chatter(m, printed); len(n) > 3 {
		b.t.Errorf("%d lines besides the table:\n%s", len(n), strings.Join(n, "\n"))
	}
	b.clean(printed)
	b.recovered(m)
}

// chatter are the lines besides the typed one, the table of a scan, what the input
// itself prints and its error.
func chatter(m *moment, printed string) (lines []string) {
	own := regexp.MustCompile(`^( |$|Scan \d+ |it \w+$|asleep$|moving \w+ from |(.*: )?interrupted by Ctrl-C|\w+: given up waiting$|\w+: hook )`)
	for _, line := range strings.Split(printed, "\n") {
		if !own.MatchString(line) && !strings.Contains(line, m.line) {
			lines = append(lines, line)
		}
	}
	return lines
}

// clean checks that nothing of the machinery is shown.
func (b *bench) clean(printed string) {
	b.t.Helper()
	for _, word := range []string{"goroutine ", "yaegi", "runtime.", "reflect.", "_.go", "context canceled"} {
		if strings.Contains(printed, word) {
			b.t.Errorf("%q is shown:\n%s", word, shorten(printed))
		}
	}
}

// recovered checks that everything is at rest, that points are whole, and that
// the next scan runs, as does one whose hook was set before.
func (b *bench) recovered(m *moment) {
	b.t.Helper()
	if m.after != nil {
		m.after(b)
	}
	b.want(b.enter("20+1"), `^Out \[\d+\]: 21$`)
	for _, axis := range m.axes {
		b.atRest(axis)
	}
	printed := b.enter("w.run()")
	if m.lost && strings.Contains(printed, "undefined: w") {
		b.enter("w = loopscan(2000, .001, sim_ct_gauss, save=False, run=False)")
		b.enter("w.set_watchdog_callback(GoodHook())")
		printed = b.enter("w.run()")
	}
	b.want(printed, `^ stopped at \d+/2000 by hook GoodHook$`)
	b.want(b.enter("t = ascan(roby, 0, .02, 2, .001, sim_ct_gauss, save=False)"), `^ done at 3/3$`)
	if m.scan {
		b.wholePoints(0)
	}
}

// ending is a way to end the program.
type ending struct {
	name string
	test func(*bench, *moment)
}

func endings() []ending {
	return []ending{
		{"SIGTERM", func(b *bench, m *moment) {
			b.reach(m)
			b.signal(syscall.SIGTERM)
			if m.three != "" { // a second one gives up on what is deaf
				b.signalAgain()
			}
			b.left(m, exitTerminated, `terminated by SIGTERM`)
		}},
		{"SIGTERM twice", func(b *bench, m *moment) {
			b.reach(m)
			b.signal(syscall.SIGTERM)
			b.signalAgain()
			b.left(m, exitTerminated, `terminated by SIGTERM`)
		}},
		{"SIGHUP", func(b *bench, m *moment) {
			b.reach(m)
			b.signal(syscall.SIGHUP)
			b.tty.Close()
			b.goesOnInLog(m)
		}},
	}
}

// signalAgain sends another SIGTERM, unless the first has been enough.
func (b *bench) signalAgain() {
	select {
	case <-b.done:
	case <-time.After(2 * bounce):
		b.cmd.Process.Signal(syscall.SIGTERM)
	}
}

// left checks that the program ends by itself, and what it says: an axis that is
// not at rest, if that is so.
func (b *bench) left(m *moment, status int, pattern string) {
	b.t.Helper()
	select {
	case <-b.done:
	case <-time.After(testPatience):
		b.t.Fatalf("the program does not end:\n%s", shorten(b.out.String()))
	}
	if got := b.cmd.ProcessState.ExitCode(); got != status {
		b.t.Errorf("exit status %d, want %d", got, status)
	}
	printed := b.out.String()
	b.want(printed, pattern)
	b.clean(printed)
	if restless := strings.Contains(printed, "does not confirm to be at rest"); restless != (m.three == notAtRest) {
		b.t.Errorf("robz is named as not at rest: %v\n%s", restless, shorten(printed))
	}
}

// goesOnInLog checks that a hang-up ends nothing that SIGTERM would not.
func (b *bench) goesOnInLog(m *moment) {
	b.t.Helper()
	log := b.logFile()
	for end := time.Now().Add(testPatience); !strings.Contains(log(), "the terminal is gone; the output goes on in "); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			b.t.Fatalf("nothing in the log:\n%s", b.out.String())
		}
	}
	b.cmd.Process.Signal(syscall.SIGTERM)
	if m.three != "" {
		b.signalAgain()
	}
	select {
	case <-b.done:
	case <-time.After(testPatience):
		b.t.Fatalf("the program does not end:\n%s", shorten(log()))
	}
	if got := b.cmd.ProcessState.ExitCode(); got != exitTerminated && got != 0 {
		b.t.Errorf("%v:\n%s", b.cmd.ProcessState, shorten(log()))
	}
	b.clean(log())
}

// logFile reads where the output goes on.
func (b *bench) logFile() func() string {
	path := ""
	for _, e := range b.cmd.Env {
		if run, ok := strings.CutPrefix(e, "XDG_RUNTIME_DIR="); ok {
			path = filepath.Join(run, "blissh", "demo_session.log")
		}
	}
	return func() string { text, _ := os.ReadFile(path); return string(text) }
}

// TestWhatGoesBack: a relative scan after one press; after a stop at once nothing
// moves any more, until somebody says so.
func TestWhatGoesBack(t *testing.T) {
	t.Parallel()
	x := newPlace(t).openSize(300, 40, "--store", "memory")
	x.prompt(0)
	x.enter("mv(robz, 5)")
	for _, key := range []string{ctrlC, ctrlSlash} {
		x.enter(notRun("dscan(robz, 0, 900, 2, .001, sim_ct_gauss)"))
		start := x.typeLine("s.run()")
		x.seeAfter(start, `^ +1/3 `)
		time.Sleep(between) // so that it has moved
		x.press(key)
		x.want(x.prompt(start), aborted)
		x.atRest("robz")
		back := matches(x.enter("robz.position"), `^Out \[\d+\]: 5$`)
		if back != (key == ctrlC) {
			t.Errorf("after %q: it went back: %v", key, back)
		}
		x.wholePoints(1)
	}
	x.enter("goback()")
	x.want(x.enter("robz.position"), `^Out \[\d+\]: 5$`)
}

// matches is MatchString line by line.
func matches(text, pattern string) bool {
	return regexp.MustCompile("(?m)" + pattern).MatchString(text)
}
