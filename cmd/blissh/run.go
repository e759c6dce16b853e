package main

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"blissh/commands"
	"blissh/repl"
	"blissh/scan"

	"github.com/spf13/cobra"
)

func runCommand(f *flags) *cobra.Command {
	c := &cobra.Command{
		Use:   "run FILE [ARG...]",
		Short: "Run a batch scan script or a client program",
		Long: "Runs a Go script. One that imports blissh/prompt, or has no package clause, is a\n" +
			"batch scan script: it opens the session. Any other is a client program, which\n" +
			"follows a session from outside.\n\n" +
			"Exit status: 0 done or stopped, 1 failed or past its deadline, 2 usage or compile\n" +
			"error, 130 interrupted, 143 terminated.",
		Args: usageArgs(cobra.MinimumNArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error { return runFile(f, args[0], args[1:]) },
	}
	c.Flags().SetInterspersed(false)
	c.Flags().BoolVar(&f.json, "json", false, "one JSON object a line: scan, point, end, message")
	c.Flags().StringVar(&f.log, "log", "", "`FILE` that gets a copy of everything that is printed, at its end")
	c.Flags().DurationVar(&f.deadline, "deadline", 0, "`TIME` after which the script is stopped as by Ctrl-C, with status 1: 90s, 1h30m")
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "run the whole script with nothing moving and nothing counted; prints what each scan takes, and the totals")
	addSessionFlags(c, f)
	return c
}

func runFile(f *flags, path string, args []string) error {
	if f.deadline < 0 {
		return usagef("--deadline %v: a time above 0 expected, such as 90s or 1h30m", f.deadline)
	}
	uses, err := repl.UsesPrompt(path)
	if err != nil {
		return usageError{err}
	}
	if uses {
		return runBatch(f, path, args)
	}
	if f.dryRun {
		return usagef("--dry-run %s: only a batch scan script can be run dry, and this is a client program", path)
	}
	return runClient(f, path, args)
}

// runBatch runs a batch scan script: it has the commands and the session.
func runBatch(f *flags, path string, args []string) error {
	log, err := openLog(f.log, append([]string{path}, args...))
	if err != nil {
		return err
	}
	out, display, flush := batchOutput(f.json, log)
	err = runScript(f, out, display, path, args)
	flush()
	return log.end(err)
}

// batchOutput is where a script prints: text, or a JSON object a line. All of it
// is copied to the log.
func batchOutput(asJSON bool, log io.Writer) (out *output, display func() scan.Sink, flush func()) {
	out = newOutput()
	if !asJSON {
		out.CopyTo(log)
		if out.errs != out.Screen {
			out.errs.CopyTo(log)
		}
		return out, func() scan.Sink { return commands.NewScanTable(out, out.colour) }, func() {}
	}
	lines := commands.NewJSONLines(io.MultiWriter(os.Stdout, log))
	m := &messages{lines: lines}
	out.json = lines
	out.Redirect(m)
	return out, func() scan.Sink { return lines.Sink() }, m.flush
}

func runScript(f *flags, out *output, display func() scan.Sink, path string, args []string) error {
	ctx, cancel := signalContext()
	f.dry = newDryRun(f, out)
	a, err := openApp(ctx, f, out, append([]string{path}, args...), display)
	cancel()
	if err != nil {
		return err
	}
	defer hideControls(os.Stdin)()
	stop := a.keys.handleSignals(signals{
		press: func() { a.keys.press(time.Now()) }, now: func() { a.keys.now(time.Now()) },
		end: func() {}, hangup: a.goOnInLog, pause: a.pause,
	})
	defer stop() // after it is closed
	defer a.endAfter(f.deadline)()
	if err = a.setup(); err == nil {
		err = a.guarded(path, func(in *repl.Interp) error { return in.RunFile(context.Background(), path, args) })
	}
	err = endedBy(err, a.keys.ending())
	f.dry.totals(out, err)
	return errors.Join(a.report(err), a.close())
}

// report prints the error of a script.
func (a *app) report(err error) error {
	if err == nil {
		return nil
	}
	text := scriptError(err)
	switch {
	case text == "": // it has said what there is to say
	case a.out.json != nil:
		a.out.json.Error(text)
	default:
		a.out.warn(text)
	}
	return printed{err}
}

// runClient runs a program that follows sessions from outside. Ctrl-C and
// SIGTERM close its connections, which ends what waits in them.
func runClient(f *flags, path string, args []string) error {
	ctx, cancel := signalContext()
	defer cancel()
	if f.deadline > 0 {
		ctx, cancel = context.WithTimeoutCause(ctx, f.deadline, &overdue{f.deadline})
		defer cancel()
	}
	chosen, err := chooseStore(ctx, f.store)
	if err != nil {
		return err
	}
	defer chosen.close()
	l := fixed(chosen.url, nil)
	defer l.close()
	log, err := openLog(f.log, append([]string{path}, args...))
	if err != nil {
		return err
	}
	out, _, flush := batchOutput(f.json, log)
	err = runProgram(ctx, l, out, path, args)
	flush()
	return log.end(err)
}

// runProgram runs the client program until it or ctx ends.
func runProgram(ctx context.Context, l *links, out *output, path string, args []string) error {
	in, err := repl.New(repl.Options{
		Stdout: out, Stderr: out.errs, Bind: l.bind,
		Args: append([]string{path}, args...), Env: os.Environ(), Root: workingFolder(),
	})
	if err != nil {
		return err
	}
	defer in.Close()
	defer context.AfterFunc(ctx, func() { in.Interrupt(); l.close() })()
	err = in.RunFile(ctx, path, args)
	if ctx.Err() != nil {
		if late := (*overdue)(nil); errors.As(context.Cause(ctx), &late) {
			out.warn(late.Error())
		}
		return printed{context.Cause(ctx)}
	}
	if err != nil && !ownExit(err) {
		out.warn(oneLine(err))
	}
	if err != nil {
		return printed{err}
	}
	return nil
}

// ownExit reports whether a script has ended itself: there is nothing to say.
func ownExit(err error) bool {
	var exit *repl.ExitError
	return errors.As(err, &exit)
}

// flush sends what has no end of line.
func (m *messages) flush() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.rest) > 0 {
		m.lines.Message(string(m.rest))
		m.rest = nil
	}
}

// messages turns what a script prints into JSON messages, a line each.
type messages struct {
	lines *commands.JSONLines
	mu    sync.Mutex
	rest  []byte
}

func (m *messages) Write(b []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rest = append(m.rest, b...)
	for i := 0; i < len(m.rest); {
		if m.rest[i] != '\n' {
			i++
			continue
		}
		m.lines.Message(string(m.rest[:i]))
		m.rest, i = m.rest[i+1:], 0
	}
	return len(b), nil
}
