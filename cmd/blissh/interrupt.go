package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"blissh/scan"

	"golang.org/x/term"
)

// The grades of Ctrl-C, DESIGN section 3.
const (
	// bounce is the time in which a press counts as the one before: a held
	// key repeats every 33 ms, and one press can arrive as two signals.
	bounce = 50 * time.Millisecond
	// leaveTime is how long after SIGTERM the program waits for what runs.
	leaveTime = 10 * time.Second
	// patience is how long after the second press a third one counts.
	patience = time.Second
	// firstPatience is how long after the first press a user is told that a
	// second one does more.
	firstPatience = 2 * time.Second
	// heldGap is the longest time between two presses of a key that is held: it
	// begins to repeat after half a second on most keyboards, and then does so every
	// 33 ms, on a busy machine some later.
	heldGap = 600 * time.Millisecond
)

// stopper is what Ctrl-C acts on.
type stopper struct {
	// Soften is the first press: interpreted code ends at its next check,
	// moving axes decelerate; it returns what is left of a long count.
	Soften func() (left time.Duration)
	// Stop is the second press and SIGTERM: everything ends now.
	Stop func(cause error)
	// Abandon is the third press: the prompt comes back. It returns the names
	// of the axes that are quarantined.
	Abandon func() (quarantined []string)
	// Say prints one line. It may wait for the screen.
	Say func(string)
}

// keys counts the presses of Ctrl-C during one input.
type keys struct {
	stopper

	mu      sync.Mutex
	input   *input // the one that runs; nil at the prompt
	presses int
	last    time.Time // of the last press that counted
	seen    time.Time // of the last press, whether it counted or not
	hint    *time.Timer
	cause   error          // set by SIGTERM: the program is to end
	signals chan os.Signal // where Ctrl-Z arrives
	telling sync.WaitGroup // lines about the input that are on their way to the screen
}

// input is one evaluation as the keys see it.
type input struct {
	abandoned chan struct{} // closed when it is given up
	once      sync.Once
}

func (i *input) abandon() { i.once.Do(func() { close(i.abandoned) }) }

// begin starts an input: no press has been counted. The channel that it returns
// is closed by the third press.
func (k *keys) begin() <-chan struct{} {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.presses, k.last, k.seen = 0, time.Time{}, time.Time{}
	k.input = &input{abandoned: make(chan struct{})}
	return k.input.abandoned
}

// finish ends an input: what was to be said about it is on the screen, nothing
// more will be, and a press means the prompt.
func (k *keys) finish() {
	k.mu.Lock()
	k.input = nil
	if k.presses == 3 { // giving up took a while, in which no press was heard
		k.seen = time.Now()
	}
	k.hush()
	k.mu.Unlock()
	k.telling.Wait()
}

// tell says something about an input as long as that runs. The line is what
// text returns, "" for none; finish waits for it, but tell does not wait for
// the screen.
func (k *keys) tell(in *input, text func() string) {
	k.mu.Lock()
	current := k.input == in
	if current {
		k.telling.Add(1)
	}
	k.mu.Unlock()
	line := text()
	if !current {
		return
	}
	go func() {
		defer k.telling.Done()
		if line != "" {
			k.Say(line)
		}
	}()
}

// busy reports whether an input runs.
func (k *keys) busy() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.input != nil
}

// press is one Ctrl-C at time now.
func (k *keys) press(now time.Time) {
	press, in := k.count(now)
	switch press {
	case 1:
		k.tell(in, func() string { return k.soften(in) })
	case 2:
		k.remind(in, patience, "still waiting for it to stop; Ctrl-C again gives the prompt back")
		k.Stop(scan.ErrInterrupted)
	case 3:
		k.giveUp(in)
	}
}

// now is Ctrl-\: the second press at once.
func (k *keys) now(now time.Time) {
	k.mu.Lock()
	if k.input != nil && k.presses < 2 {
		k.presses, k.last = 1, time.Time{}
	}
	k.mu.Unlock()
	k.press(now)
}

// cleaning is told when an input that was interrupted cleans up: the next press
// stops that, whatever came before. At SIGTERM nobody is there to press.
func (k *keys) cleaning() {
	k.mu.Lock()
	in := k.input
	k.presses = min(k.presses, 1)
	k.mu.Unlock()
	if k.ending() == nil {
		k.remind(in, firstPatience, "cleaning up; Ctrl-C again stops that, too")
	}
}

// soften is the first press; what it says is the time left of a long count.
func (k *keys) soften(in *input) string {
	left := k.Soften()
	if left <= 0 {
		k.remind(in, firstPatience, "still stopping; Ctrl-C again stops everything now")
		return ""
	}
	return fmt.Sprintf("the count goes on for %s; Ctrl-C again stops it now", seconds(left))
}

// giveUp leaves an input behind and says what became of its axes.
func (k *keys) giveUp(in *input) {
	k.tell(in, func() string {
		names := k.Abandon()
		in.abandon()
		if len(names) == 0 || k.ending() != nil { // the end will say who is not at rest
			return ""
		}
		return fmt.Sprintf("quarantined: %s did not confirm to be at rest; moves are refused until the state is read at rest", strings.Join(names, ", "))
	})
}

// remind says what the next press does, if the input still runs after some time
// without one.
func (k *keys) remind(in *input, after time.Duration, text string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	presses := k.presses
	k.hush()
	k.hint = time.AfterFunc(after, func() {
		k.tell(in, func() string {
			k.mu.Lock()
			defer k.mu.Unlock()
			if k.presses != presses {
				return ""
			}
			return text
		})
	})
}

// hush takes a reminder back. k.mu is held.
func (k *keys) hush() {
	if k.hint != nil {
		k.hint.Stop()
	}
}

// held reports whether a press at the prompt comes from a key that is held down
// since the input ended; it has been heard.
func (k *keys) held(now time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	gap := now.Sub(k.seen)
	k.seen = now
	return gap < heldGap
}

// count says which press of which input this is, 0 for one that does not count.
func (k *keys) count(now time.Time) (press int, in *input) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.seen = now
	wait := bounce
	if k.presses == 2 {
		wait = patience
	}
	if k.input == nil || k.presses == 3 || k.presses > 0 && now.Sub(k.last) < wait {
		return 0, nil
	}
	k.presses++
	k.last = now
	return k.presses, k.input
}

// end is SIGTERM: everything stops now and the program is to leave. What has
// not stopped after leaveTime, or at a second SIGTERM, is left behind.
func (k *keys) end(cause error) {
	k.mu.Lock()
	again := k.cause != nil
	k.cause = cause
	in := k.input
	k.mu.Unlock()
	k.Stop(cause)
	switch {
	case in == nil:
	case again:
		k.giveUp(in)
	default:
		time.AfterFunc(leaveTime, func() { k.giveUp(in) })
	}
}

// ending is why the program is to leave, nil when it is not.
func (k *keys) ending() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.cause
}

// signals is what the signals of a terminal mean.
type signals struct {
	press  func() // Ctrl-C
	now    func() // Ctrl-\
	end    func() // SIGTERM, after everything was told to stop
	hangup func() // the terminal is gone
	pause  func() // Ctrl-Z
	redraw func() // the window has another size, or the program goes on
}

// handleSignals serves signals until the function that it returns has been
// called, which is the last thing that the program does: from then on they are
// ignored, for the kernel sends SIGHUP again when a terminal is closed. None of
// them may end the program in the middle of a move. SIGHUP stays
// ignored under nohup, and SIGQUIT tells a developer what a program does that no
// terminal controls.
func (k *keys) handleSignals(do signals) (stop func()) {
	c := make(chan os.Signal, 8)
	signal.Notify(c, os.Interrupt, syscall.SIGTERM, syscall.SIGPIPE, syscall.SIGTSTP)
	k.signals = c
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(c, syscall.SIGHUP)
	}
	if do.redraw != nil {
		signal.Notify(c, syscall.SIGWINCH, syscall.SIGCONT)
	}
	if hasTerminal() {
		signal.Notify(c, syscall.SIGQUIT)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for s := range c {
			k.handle(s, do)
		}
	}()
	return func() {
		signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGPIPE, syscall.SIGTSTP, syscall.SIGHUP, syscall.SIGQUIT)
		signal.Stop(c)
		close(c)
		<-done
	}
}

func (k *keys) handle(s os.Signal, do signals) {
	switch s {
	case os.Interrupt:
		do.press()
	case syscall.SIGQUIT:
		do.now()
	case syscall.SIGHUP:
		do.hangup()
	case syscall.SIGTSTP:
		do.pause()
	case syscall.SIGWINCH, syscall.SIGCONT:
		do.redraw()
	case syscall.SIGPIPE:
		// Whoever read the output is gone. That alone ends the program as
		// Ctrl-C does, with everything at rest, not in the middle of a move.
		// The signal comes for any file, the connection to a store that has
		// been killed too: that ends nothing.
		if !hasReader(os.Stdout) || !hasReader(os.Stderr) {
			k.end(errNoReader)
			do.end()
		}
	default:
		k.end(errTerminated)
		do.end()
	}
}

// hasTerminal reports whether one of the standard streams is a terminal, whose
// Ctrl-\ then means this program.
func hasTerminal() bool {
	return slices.ContainsFunc([]*os.File{os.Stdin, os.Stdout, os.Stderr}, func(f *os.File) bool { return term.IsTerminal(int(f.Fd())) })
}

// signalContext ends at Ctrl-C, Ctrl-\ or SIGTERM, for sub-commands that just
// wait. Who does not heed that ends the program with one that comes a second later.
func signalContext() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(context.Background())
	c := make(chan os.Signal, 1)
	signal.Notify(c, os.Interrupt, syscall.SIGTERM)
	if hasTerminal() {
		signal.Notify(c, syscall.SIGQUIT)
	}
	over := make(chan struct{})
	go func() {
		defer signal.Stop(c)
		for first := (time.Time{}); ; {
			select {
			case s := <-c:
				switch {
				case first.IsZero():
					first = time.Now()
					cancel(endOf(s))
				case time.Since(first) > patience:
					os.Exit(exitCode(endOf(s)))
				}
			case <-over:
				return
			}
		}
	}()
	return ctx, sync.OnceFunc(func() {
		close(over)
		cancel(nil)
	})
}

// endOf is the cause of an end that a signal asks for.
func endOf(s os.Signal) error {
	if s == syscall.SIGTERM {
		return errTerminated
	}
	return scan.ErrInterrupted
}

// seconds prints a duration as "57 s" or "1:23:00".
func seconds(d time.Duration) string {
	if d < 10*time.Minute {
		return fmt.Sprintf("%.0f s", d.Seconds())
	}
	return d.Round(time.Second).String()
}
