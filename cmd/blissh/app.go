package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"blissh/commands"
	"blissh/hooks"
	"blissh/repl"
	"blissh/scan"
	"blissh/session"

	"golang.org/x/term"
)

// app is an open session with the interpreter in front of it: what the shell
// and a batch script have in common.
type app struct {
	out       *output
	keys      *keys
	keyboards keyboards
	store     chosenStore
	writer    *fileWriter // nil: nothing is saved
	session   *session.Session
	display   func() scan.Sink
	dry       *dryRun       // nil: a real one
	number    func() int    // of the current input; nil outside of a prompt
	patience  time.Duration // after a hang-up

	mu     sync.Mutex
	eval   *evaluator
	failed *failure // the last one
	typed  string
}

// evaluator is an interpreter with the commands that belong to it: what was left
// behind keeps its own, and with them a context that stays cancelled.
type evaluator struct {
	*repl.Interp
	shell *commands.Shell
}

// openApp opens the session. display shows scans while they run.
func openApp(ctx context.Context, f *flags, out *output, args []string, display func() scan.Sink) (_ *app, err error) {
	cfg, err := readNames(f)
	if err != nil {
		return nil, err
	}
	a := &app{out: out, display: display, dry: f.dry, patience: f.hangUp}
	if a.store, err = f.dry.chooseStore(ctx, firstOf(f.store, cfg.Store)); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			a.close()
		}
	}()
	o := session.Options{
		Config: cfg, URL: a.store.url, Version: version,
		Loader: func(s *session.Session) hooks.Loader { return newHookLoader(fixed(a.store.url, s.Bus)) },
		Warn:   out.warn,
	}
	if os.Getenv(envSaving) != "off" {
		a.writer = &fileWriter{url: a.store.url, private: a.store.private, root: cfg.Saving.Folder()}
		o.StartWriter = a.writer.start
	}
	a.session, err = session.Open(ctx, f.dry.session(o))
	if err != nil {
		return nil, err
	}
	a.keys = &keys{stopper: stopper{Soften: a.soften, Stop: a.stop, Abandon: a.session.Abandon, Say: out.warn}}
	return a, a.renew(args)
}

// close takes everything down, in reverse order.
func (a *app) close() error {
	var errs []error
	if e := a.current(); e != nil {
		e.Close()
	}
	if a.session != nil {
		errs = append(errs, a.session.Close(context.Background()))
	}
	if a.writer != nil {
		errs = append(errs, a.writer.close())
	}
	if a.store.close != nil {
		a.store.close()
	}
	return errors.Join(errs...)
}

// renew makes the interpreter: at the start, and after one was given up on.
func (a *app) renew(args []string) error {
	h := &host{app: a}
	sh := commands.NewShell(a.session, h, a.out)
	sh.Display, sh.Typed, sh.Colours = a.display, a.typedInput, a.out.colour
	if a.out.Terminal() {
		sh.Screen = a.out
	}
	if term.IsTerminal(int(os.Stdin.Fd())) {
		sh.Keyboard = a.keyboards.open
	}
	a.dry.shell(sh)
	in, err := repl.New(a.interpOptions(args, sh))
	if err != nil {
		return err
	}
	h.interp = in
	if err := in.Define(sh.Names()); err != nil {
		return err
	}
	for _, o := range commands.Options() { // words such as step and name are the user's to take
		in.Unprotect(o)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.eval = &evaluator{in, sh}
	return nil
}

func (a *app) interpOptions(args []string, sh *commands.Shell) repl.Options {
	l := fixed(a.store.url, a.session.Bus)
	return repl.Options{
		Stdout: a.out, Stderr: a.out.scriptErrors(),
		Show:     a.show,
		Keyword:  commands.Keyword,
		Commands: sh.IsCommand,
		Guide:    guide(sh),
		Bind: func(s *repl.Scope) repl.Exports {
			e := l.bind(s)
			e["blissh/prompt/prompt"] = sh.Names()
			a.dry.bind(e, s)
			return e
		},
		Cleanups: &sh.Cleanups,
		Cleaning: a.keys.cleaning,
		Args:     args, Env: a.dry.environment(), Root: workingFolder(),
	}
}

// show prints the values of an expression as "Out [4]: done".
func (a *app) show(values []any) string {
	text := commands.Show(values)
	if text == "" || a.number == nil {
		return text
	}
	if strings.Contains(text, "\n") { // a table stands in columns of its own
		return fmt.Sprintf("Out [%d]:\n%s", a.number(), text)
	}
	return fmt.Sprintf("Out [%d]: %s", a.number(), text)
}

// current is the interpreter in use.
func (a *app) current() *evaluator {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.eval
}

func (a *app) soften() (left time.Duration) {
	a.current().Interrupt()
	return a.session.Interrupt()
}

// stop ends everything now, a loop in a clean-up included. What runs hears the
// cause before the interpreter is interrupted; what begins in between, after.
func (a *app) stop(cause error) {
	a.session.Stop(cause)
	a.current().Interrupt()
	a.session.Stop(cause)
}

func (a *app) typedInput() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.typed
}

// setup runs the session's setup script.
func (a *app) setup() error {
	if a.session.Config.Setup == "" {
		return nil
	}
	err := a.guarded("setup script "+a.session.Config.Setup, func(in *repl.Interp) error {
		return in.RunFile(context.Background(), a.session.Config.Setup, nil)
	})
	if err != nil {
		return fmt.Errorf("setup script: %w", err)
	}
	return nil
}

// runInput runs one input.
func (a *app) runInput(src string) error {
	a.mu.Lock()
	a.typed = src
	a.mu.Unlock()
	return a.guarded(src, func(in *repl.Interp) error { return in.Run(context.Background(), src) })
}

// guarded runs f, which evaluates what is named, until it is over or Ctrl-C gives
// up on it. The interpreter of an evaluation that will not end is replaced by a
// new one.
func (a *app) guarded(what string, f func(*repl.Interp) error) error {
	abandoned := a.keys.begin()
	defer a.keys.finish()
	defer a.keyboards.giveBack()
	in := a.current().Interp
	done := make(chan error, 1)
	go func() { done <- f(in) }()
	var err error
	select {
	case err = <-done:
	case <-abandoned:
		err = a.abandon(in, done)
	}
	if err != nil {
		a.mu.Lock()
		a.failed = &failure{err: err, at: time.Now(), what: what}
		a.mu.Unlock()
	}
	return err
}

// abandon waits a moment for an evaluation whose commands have given up, and
// replaces the interpreter if it does not end.
func (a *app) abandon(in *repl.Interp, done <-chan error) error {
	select {
	case err := <-done:
		return err
	case <-time.After(unwindTime):
	}
	in.Abandon()
	go func() { <-done; in.Close() }() // may never end: that is why it was given up
	if a.keys.ending() != nil {
		return scan.ErrInterrupted
	}
	if err := a.renew(nil); err != nil {
		return err
	}
	return errLeftBehind
}

// errLeftBehind is how an input ends that does not end by itself.
var errLeftBehind = fmt.Errorf("%w: what was typed does not end; it is left behind, and variables are gone", scan.ErrInterrupted)

// host is what the commands see of their interpreter.
type host struct {
	*app
	interp *repl.Interp
}

func (h *host) Context() context.Context { return h.interp.Context() }

func (h *host) Load(path string, args []string) error {
	return h.interp.RunFile(h.Context(), path, args)
}

func (h *host) Call(f func() error) error { return h.interp.Call(f) }

// LastError is the error with its frames, each in a line.
func (h *host) LastError() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.failed.story()
}

// newHookLoader reads hook scripts; their shared channels are those of l.
func newHookLoader(l *links) hooks.Loader {
	o := repl.Options{Stdout: os.Stdout, Stderr: os.Stderr, Root: workingFolder()}
	if l != nil {
		o.Bind = l.bind
	}
	return repl.NewHookLoader(o)
}

func workingFolder() string {
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	return filepath.Clean(dir)
}
