package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"time"

	"blissh/commands"
	"blissh/device"
	"blissh/internal/redisconn"
	"blissh/repl"
	"blissh/scan"
	"blissh/session"
)

// dryRun is `blissh run --dry-run`: the whole script in virtual time, on a
// session without hardware and with a store that ends with it. The methods of a
// nil *dryRun leave everything as it is in a real run.
type dryRun struct {
	commands.DryRun
	real string // the store of real runs, "" when there is none
}

func newDryRun(f *flags, out *output) *dryRun {
	if !f.dryRun {
		return nil
	}
	return &dryRun{DryRun: commands.DryRun{Time: device.NewVirtualTime(), Lines: out.json}}
}

// chooseStore remembers the store of real runs, if there is one, and gives the
// dry run a store of its own. None is started for it.
func (d *dryRun) chooseStore(ctx context.Context, named string) (chosenStore, error) {
	if d == nil {
		return chooseStore(ctx, named)
	}
	switch named {
	case "memory":
	case "":
		d.real, _ = redisconn.Find()
	default:
		d.real = named
	}
	return chooseStore(ctx, "memory")
}

func (d *dryRun) session(o session.Options) session.Options {
	if d != nil {
		o.Dry, o.Wait, o.Reservations = d.Time, d.Time.Wait, d.real
	}
	return o
}

func (d *dryRun) shell(sh *commands.Shell) {
	if d != nil {
		sh.DryRun, sh.Display, sh.Screen, sh.Keyboard = &d.DryRun, nil, nil, nil
	}
}

// dryRunVariable tells a script that it is run dry, for what it does by itself,
// such as writing a file.
const dryRunVariable = "BLISSH_DRY_RUN"

// environment is what interpreted code sees of the program's.
func (d *dryRun) environment() []string {
	if d == nil {
		return os.Environ()
	}
	return append(os.Environ(), dryRunVariable+"=1")
}

// bind gives interpreted code the virtual time.
func (d *dryRun) bind(e repl.Exports, s *repl.Scope) {
	if d == nil {
		return
	}
	now := d.Time.Now
	wait := func(t time.Duration) {
		if err := d.Time.Wait(s.Context(), t); err != nil {
			panic(err)
		}
	}
	names := map[string]any{
		"Now": now, "Sleep": wait,
		"Since":    func(t time.Time) time.Duration { return now().Sub(t) },
		"Until":    func(t time.Time) time.Duration { return t.Sub(now()) },
		"After":    func(t time.Duration) <-chan time.Time { wait(t); return struck(now()) },
		"NewTimer": func(t time.Duration) *time.Timer { wait(t); return time.NewTimer(0) },
		"Tick":     func(time.Duration) <-chan time.Time { panic(noTicker("time.Tick")) },
		"NewTicker": func(time.Duration) *time.Ticker {
			panic(noTicker("time.NewTicker"))
		},
	}
	table := map[string]reflect.Value{}
	for name, f := range names {
		table[name] = reflect.ValueOf(f)
	}
	e["time/time"] = table
}

// struck is the channel of a timer that has ended.
func struck(at time.Time) <-chan time.Time {
	c := make(chan time.Time, 1)
	c <- at
	return c
}

func noTicker(name string) error {
	return fmt.Errorf("%s: a dry run has no tickers; a loop with time.Sleep does the same", name)
}

// longestDryRun is how much virtual time a script may take that has no deadline:
// no script is meant to run for longer.
const longestDryRun = 30 * 24 * time.Hour

// endless is the cause of the end of a dry run that does not end.
type endless struct{}

func (endless) Error() string {
	return "the dry run does not end within 30 days of its time: it may wait for a value that a dry run does not know"
}
func (endless) Is(target error) bool { return target == scan.ErrInterrupted }

var errEndless error = endless{}

func (d *dryRun) endAfter(t time.Duration, end func(cause error)) {
	if t == 0 {
		d.Time.EndAfter(longestDryRun, func() { end(errEndless) })
		return
	}
	d.Time.EndAfter(t, func() { end(&overdue{t}) })
}

// totals ends the dry run of a script that was left with err.
func (d *dryRun) totals(out *output, err error) {
	if d != nil && exitCode(err) != exitUsage { // of which nothing ran
		d.Totals(func(format string, args ...any) { fmt.Fprintf(out, format, args...) })
	}
}

// failed reports whether a cause that counts as an interruption is a failure to
// whoever started the script.
func failed(err error) bool {
	var late *overdue
	return errors.Is(err, errNoReader) || errors.Is(err, errEndless) || errors.As(err, &late)
}
