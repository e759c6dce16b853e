package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"blissh/commands"
	"blissh/repl"
	"blissh/scan"

	"golang.org/x/term"
)

// unwindTime is how long an evaluation may take to end once its commands have
// given up.
const unwindTime = 300 * time.Millisecond

// runShell is the prompt: on a terminal with numbered prompts, from a pipe line
// by line until the first error.
func runShell(f *flags) error {
	interactive := term.IsTerminal(int(os.Stdin.Fd()))
	out := newOutput()
	display := func() scan.Sink { return commands.NewScanTable(out, out.colour) }
	ctx, cancel := signalContext()
	a, err := openApp(ctx, f, out, nil, display)
	cancel()
	if err != nil {
		return err
	}
	s := &shell{app: a, interactive: interactive}
	if err := s.openReader(); err != nil {
		return errors.Join(err, a.close())
	}
	defer s.reader.Close()
	defer s.serveSignals()() // also while it is closed
	err = s.run()
	return errors.Join(err, a.close())
}

// shell is the prompt on top of an app.
type shell struct {
	*app
	interactive bool
	prompt      *repl.Prompt
	reader      reader
	halting     sync.Mutex // held while haltAll is at it
}

// serveSignals begins to serve signals; the function that it returns ends that.
func (s *shell) serveSignals() func() {
	do := signals{
		press: s.pressed, now: s.quit, hangup: s.hungUp, pause: s.pause,
		end: func() { s.reader.End(errTerminated) },
	}
	if s.interactive {
		do.redraw = s.reader.Refresh
	}
	return s.keys.handleSignals(do)
}

func (s *shell) run() error {
	if s.interactive {
		s.banner()
	}
	s.prompt = &repl.Prompt{
		Label: strings.ToUpper(s.session.Name), Reader: s.reader,
		Run: s.input, Fail: s.fail,
	}
	s.number = s.prompt.Number
	if err := s.setup(); err != nil && !s.interactive {
		return s.report(err)
	} else if err != nil {
		s.out.warn(oneLine(err))
	}
	err := s.prompt.Loop()
	if end := s.keys.ending(); end != nil { // also when the terminal went first
		err = end
	}
	return err
}

func (s *shell) banner() {
	fmt.Fprintf(s.out, "blissh %s   session %s   store: %s\n", version, s.session.Name, s.store.text)
	fmt.Fprintln(s.out, "help() lists the commands, Ctrl-C stops, Ctrl-D leaves.")
}

// input runs one input. Hook scripts that were edited meanwhile are taken anew
// first, so that the next scan has them.
func (s *shell) input(src string) error {
	s.reloadHooks()
	return s.runInput(src)
}

// fail prints the error of an input; it ends the prompt when the input was not
// typed, or when the program is to leave.
func (s *shell) fail(line int, err error) error {
	if end := s.keys.ending(); end != nil {
		return end
	}
	if s.interactive {
		s.out.warn(s.paintError(placed(err, 0)))
		return nil
	}
	s.out.warn(placed(err, line))
	if errors.Is(err, scan.ErrInterrupted) {
		return printed{err}
	}
	return printed{errors.New("a line of the input failed")} // status 1, a mistake in the source included
}

// pressed is Ctrl-C: it stops the input that runs. At the prompt it stops what
// moves without one, and drops the line being typed.
func (s *shell) pressed() {
	dropTyped(os.Stdin)
	if s.keys.busy() {
		s.keys.press(time.Now())
		return
	}
	if !s.interrupted() {
		return
	}
	if !s.interactive {
		s.reader.End(scan.ErrInterrupted)
		return
	}
	s.reader.Clear()
}

// interrupted stops what moves although no input runs; false for a key that is
// held down since the input ended.
func (s *shell) interrupted() bool {
	if s.keys.held(time.Now()) {
		return false
	}
	if names := s.session.Restless(); len(names) > 0 {
		go s.haltAll(names)
	}
	return true
}

// quit is Ctrl-\: everything now, without a first press.
func (s *shell) quit() {
	if s.keys.busy() {
		s.keys.now(time.Now())
		return
	}
	s.pressed()
}

// haltAll stops what no input runs: a go statement's move, an axis that was
// given up. One call at a time does it.
func (s *shell) haltAll(names []string) {
	if !s.halting.TryLock() {
		return
	}
	defer s.halting.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	s.out.warn("stopping " + strings.Join(names, ", "))
	if err := s.session.Halt(ctx, scan.ErrInterrupted); err != nil {
		s.out.warn(oneLine(err))
	}
}

// hungUp goes on without a terminal: what runs is finished, what it prints goes
// to a log, and then the program ends.
func (s *shell) hungUp() {
	s.goOnInLog()
	s.keyboards.giveBack() // who waits for a key does so in vain
	s.reader.End(io.EOF)
}

// goOnInLog sends to a log what would go to a terminal that is gone.
func (a *app) goOnInLog() {
	if !a.out.terminal {
		return
	}
	if path, err := a.out.toLog(a.session.Name); err == nil {
		a.out.warn("the terminal is gone; the output goes on in " + path)
	}
	go a.leaveIdle(a.patience)
}

// pause is Ctrl-Z while something runs, or from another process.
func (s *shell) pause() {
	if !s.refusePause() {
		s.reader.Pause()
	}
}

// refusePause says why the program must not be stopped, if so: while something
// moves it has to be there to stop it.
func (a *app) refusePause() bool {
	switch {
	case a.keys.busy() || len(a.session.Restless()) > 0:
		a.out.warn("Ctrl-Z is refused while something runs; Ctrl-C stops it")
	case !hasJobControl():
		a.out.warn("Ctrl-Z is refused: no shell waits that could continue this one")
	default:
		return false
	}
	return true
}

// pause is Ctrl-Z in a batch script.
func (a *app) pause() {
	if !a.refusePause() {
		a.keys.stopSelf()
	}
}

// reloadHooks looks for edited hook scripts.
func (a *app) reloadHooks() {
	if !a.session.ReloadHooks() {
		return
	}
	e := a.current()
	if err := e.Define(e.shell.HookNames()); err != nil {
		a.out.warn(oneLine(err))
	}
}
