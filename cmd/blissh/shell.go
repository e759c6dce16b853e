package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"blissh/commands"
	"blissh/repl"
	"blissh/scan"

	"golang.org/x/term"
)

// timeLeft and after keep the signatures of this package short.
type timeLeft = time.Duration

func after(d time.Duration) <-chan time.Time { return time.After(d) }

// unwindTime is how long an evaluation may take to end once its commands have
// given up.
const unwindTime = 300 * time.Millisecond

// runShell is the prompt: on a terminal with numbered prompts, from a pipe line
// by line until the first error.
func runShell(f *flags) error {
	interactive := term.IsTerminal(int(os.Stdin.Fd()))
	out := &output{w: os.Stdout, errs: os.Stderr, live: colours(os.Stdout)}
	display := func() scan.Sink { return commands.NewScanTable(out, out.live) }
	ctx, cancel := signalContext()
	a, err := openApp(ctx, f, out, nil, display)
	cancel()
	if err != nil {
		return err
	}
	s := &shell{app: a, interactive: interactive}
	err = s.run()
	return errors.Join(err, a.close())
}

// colours reports whether a file is a terminal that shows colours.
func colours(f *os.File) bool {
	return term.IsTerminal(int(f.Fd())) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// shell is the prompt on top of an app.
type shell struct {
	*app
	interactive bool
	prompt      *repl.Prompt
	reader      *repl.Lines
	busy        atomic.Bool
}

func (s *shell) run() error {
	s.reader = repl.NewLines(os.Stdin, nil)
	if s.interactive {
		s.reader = repl.NewLines(os.Stdin, s.out)
		s.banner()
	}
	s.prompt = &repl.Prompt{
		Label: strings.ToUpper(s.session.Name), Reader: s.reader, Out: s.out,
		Run: s.input, Fail: s.fail,
	}
	s.number = s.prompt.Number
	do := signals{press: s.pressed, end: func() { s.reader.End(errTerminated) }}
	if s.interactive {
		do.hangup, do.pause = s.hungUp, s.pause
	}
	defer s.keys.handleSignals(do)()
	if err := s.setup(); err != nil {
		return err
	}
	err := s.prompt.Loop()
	if s.interactive {
		fmt.Fprintln(s.out)
	}
	return err
}

func (s *shell) banner() {
	fmt.Fprintf(s.out, "blissh %s   session %s   store: %s\n", version, s.session.Name, s.store.text)
	fmt.Fprintln(s.out, "help() lists the commands, Ctrl-C stops, Ctrl-D leaves.")
}

// setup runs the session's setup script.
func (s *shell) setup() error {
	if s.session.Config.Setup == "" {
		return nil
	}
	err := s.guarded(func(in *repl.Interp) error { return in.RunFile(context.Background(), s.session.Config.Setup, nil) })
	if err != nil && !s.interactive {
		return err
	}
	if err != nil {
		s.out.warn(oneLine(err))
	}
	return nil
}

// input runs one input. Hook scripts that were edited meanwhile are taken anew
// first, so that the next scan has them.
func (s *shell) input(src string) error {
	s.reloadHooks()
	s.busy.Store(true)
	defer s.busy.Store(false)
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
	return printed{err}
}

// pressed is Ctrl-C: it stops what runs, else drops the line being typed.
func (s *shell) pressed() {
	if s.busy.Load() {
		s.keys.press(time.Now())
		return
	}
	if !s.interactive {
		s.reader.End(scan.ErrInterrupted)
		return
	}
	fmt.Fprintln(s.out)
	s.reader.Clear()
}

// hungUp goes on without a terminal: what runs is finished, what it prints goes
// to a log, and then the program ends.
func (s *shell) hungUp() {
	path, err := s.out.toLog(s.session.Name)
	if err == nil {
		s.out.warn("the terminal is gone; the output goes on in " + path)
	}
	s.reader.End(io.EOF)
}

// pause is Ctrl-Z: a shell that is stopped cannot stop an axis.
func (s *shell) pause() {
	if s.busy.Load() {
		s.out.warn("Ctrl-Z is refused while something runs; Ctrl-C stops it")
		return
	}
	syscall.Kill(syscall.Getpid(), syscall.SIGSTOP)
}

// reloadHooks looks for edited hook scripts.
func (a *app) reloadHooks() {
	if !a.session.ReloadHooks() {
		return
	}
	if err := a.current().Define(a.shell.HookNames()); err != nil {
		a.out.warn(oneLine(err))
	}
}
