package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"blissh/channel"
	"blissh/commands"
	"blissh/data"
	"blissh/device"
	"blissh/hooks"
	"blissh/repl"
	"blissh/scan"

	"github.com/spf13/cobra"
)

const hookTestLong = `Shows a scan that is over to each hook in FILE, as fast as the hook can take it, and
prints what it would have done: a line for each verdict, then what its calls took.
Nothing moves, and nobody is asked: a request is answered "refused: this is a replay".
A hook that ends the scan is shown no more of it. Time in the hook is that of the
scan: Timeout, time.Now, time.Since and time.Sleep take none. Its shared channels are
private and empty, save those that --set gives.

SCAN is simulated, which is ascan robz -5 5 500 0.001 over a peak at -1 mm;
SESSION:NUMBER or SESSION:last of the store, last alone is of the demo session; or a
file that "blissh dump --json" has written.

Exit status: 0 every hook came through, whatever it would have done; 1 a hook failed,
by an error, a panic or its budget, or FILE has mistakes, or there is no such scan;
2 usage; 130 interrupted.`

// hookTest is blissh hook test.
type hookTest struct {
	f    *flags
	scan string
	only string
	set  []string
	out  io.Writer
}

func hookTestCommand(f *flags) *cobra.Command {
	t := hookTest{f: f, out: os.Stdout}
	c := &cobra.Command{
		Use: "test FILE", Short: "Try the hooks of a file on a scan that is over, or on a simulated one", Long: hookTestLong,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error { return t.run(args[0]) },
	}
	c.Flags().StringVar(&t.scan, "scan", simulated, "the `SCAN` that is shown to the hooks")
	c.Flags().StringVar(&t.only, "hook", "", "only the hook of that `NAME`")
	c.Flags().StringArrayVar(&t.set, "set", nil, "`NAME=VALUE` of a shared channel, as beam_current=5; may be given again")
	return c
}

func (t *hookTest) run(path string) error {
	ctx, cancel := signalContext()
	defer cancel()
	record, err := t.find(ctx)
	if err != nil {
		return err
	}
	stage := &replayStage{time: device.NewVirtualTime()}
	defer stage.close()
	if err := stage.setAll(ctx, t.set); err != nil {
		return err
	}
	found, err := stage.loader().Load(path)
	if err != nil {
		fmt.Fprintln(os.Stderr, oneLine(err))
		return printed{errors.New("the file has mistakes")}
	}
	all := t.tryAll(ctx, stage, found, record)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case all.tried == 0:
		return fmt.Errorf("%s: no hook is called %s; there is %s", path, t.only, namesOf(found))
	}
	fmt.Fprintln(t.out, all)
	if all.failed > 0 {
		return printed{errors.New("a hook failed")}
	}
	return nil
}

// tally counts what became of the hooks of a file.
type tally struct{ tried, failed, verdicts int }

// String is "1 hook, 2 verdicts, none failed".
func (t tally) String() string {
	failed := "none"
	if t.failed > 0 {
		failed = strconv.Itoa(t.failed)
	}
	return fmt.Sprintf("%s, %s, %s failed", counted(t.tried, "hook"), counted(t.verdicts, "verdict"), failed)
}

// tryAll tries the hooks that are asked for, until ctx ends.
func (t *hookTest) tryAll(ctx context.Context, stage *replayStage, found []hooks.Definition, record *scan.Replay) (all tally) {
	for _, d := range found {
		if ctx.Err() != nil || t.only != "" && d.Name != t.only {
			continue
		}
		all.tried++
		r, err := t.try(ctx, stage, d, record)
		if err != nil || r.Failure != nil {
			all.failed++
		}
		if r != nil {
			all.verdicts += r.Verdicts
		}
	}
	return all
}

func namesOf(found []hooks.Definition) string {
	var names []string
	for _, d := range found {
		names = append(names, d.Name)
	}
	return strings.Join(names, ", ")
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// try shows the scan to one hook. An error is that the hook could not be made.
func (t *hookTest) try(ctx context.Context, stage *replayStage, d hooks.Definition, record *scan.Replay) (*scan.Report, error) {
	place := fmt.Sprintf("%s (%s:%d)", d.Name, d.File, d.Line)
	h, err := hooks.Make(ctx, d)
	if err != nil {
		fmt.Fprintf(t.out, "%s cannot be made: %s\n", place, oneLine(err))
		return nil, err
	}
	defer h.Retire()
	fmt.Fprintf(t.out, "%s: %s, %s\n", place, record.Info.Title, counted(len(record.Points), "point"))
	r := *record
	r.Clock = &replayClock{v: stage.time}
	r.Say = func(v scan.Verdict) { fmt.Fprintln(t.out, verdictText(record.Info, v)) }
	report := h.Replay(ctx, &r)
	fmt.Fprint(t.out, reportText(report))
	return report, nil
}

// verdictText is "  point 268  robz 0.36 mm  stop: past the peak of 101".
func verdictText(s *data.Scan, v scan.Verdict) string {
	at := "  before the first point"
	if v.Point != nil {
		at = fmt.Sprintf("  point %d", v.Point.Index)
		if text := positionText(s, v.Point.Values); text != "" {
			at += "  " + text
		}
	}
	text := at + "  " + v.What
	if v.Why != "" {
		text += ": " + v.Why
	}
	return strings.ReplaceAll(text, "\n", "; ")
}

// positionText is where the first scanned axis is.
func positionText(s *data.Scan, values []float64) string {
	i := 0
	for _, c := range s.Channels {
		if !c.Scalar() {
			continue
		}
		if len(s.Moving) > 0 && c.Name == s.Moving[0] && i < len(values) {
			return strings.TrimSpace(fmt.Sprintf("%s %.6g %s", c.Name, values[i], c.Unit))
		}
		i++
	}
	return ""
}

// reportText is what the calls of a hook took.
func reportText(r *scan.Report) string {
	var b strings.Builder
	if r.Verdicts == 0 {
		b.WriteString("  no verdict\n")
	}
	fmt.Fprintf(&b, "  %s shown, %d missed", counted(r.Shown, "point"), r.Missed)
	if n := len(r.Times); n > 0 {
		fmt.Fprintf(&b, "; %s (OnTimeout %d), half of them within %v, the longest %v", counted(r.Calls, "call"), r.Timeouts,
			rounded(r.Times[n/2]), rounded(r.Times[n-1]))
		fmt.Fprintf(&b, "; %.0f allocations of %.1f kB in all a call", r.Objects, r.Bytes/1000)
	}
	b.WriteString("\n")
	if len(r.Absent) > 0 {
		fmt.Fprintf(&b, "  the scan has no data channel %s: d.Value gave 0\n", strings.Join(r.Absent, ", "))
	}
	if r.Left {
		b.WriteString("  its last call did not return\n")
	}
	return b.String()
}

func rounded(d time.Duration) time.Duration {
	switch {
	case d < 10*time.Microsecond:
		return d.Round(10 * time.Nanosecond)
	case d < 10*time.Millisecond:
		return d.Round(10 * time.Microsecond)
	}
	return d.Round(10 * time.Millisecond)
}

// replayStage is the world of hooks that are tried: a virtual time, and shared
// channels of their own.
type replayStage struct {
	time  *device.VirtualTime
	store chosenStore
	links *links
}

// loader reads hook scripts for the stage. Its store is started when a script opens
// a shared channel.
func (s *replayStage) loader() hooks.Loader {
	l := s.open()
	dry := &dryRun{DryRun: commands.DryRun{Time: s.time}}
	return repl.NewHookLoader(repl.Options{
		Stdout: os.Stdout, Stderr: os.Stderr, Root: workingFolder(), Env: os.Environ(),
		Bind: func(sc *repl.Scope) repl.Exports {
			e := l.bind(sc)
			dry.bind(e, sc)
			return e
		},
	})
}

func (s *replayStage) open() *links {
	if s.links == nil {
		s.links = &links{url: func() (string, error) {
			if s.store.close == nil {
				var err error
				if s.store, err = chooseStore(context.Background(), "memory"); err != nil {
					return "", err
				}
			}
			return s.store.url, nil
		}}
	}
	return s.links
}

func (s *replayStage) close() {
	if s.links != nil {
		s.links.close()
	}
	if s.store.close != nil {
		s.store.close()
	}
}

// setAll sets shared channels: NAME=VALUE, the value as in JSON, or a text.
func (s *replayStage) setAll(ctx context.Context, list []string) error {
	for _, text := range list {
		name, word, ok := strings.Cut(text, "=")
		if !ok || !data.ValidName(name) {
			return usagef("--set %s: NAME=VALUE expected, as beam_current=5", text)
		}
		var value any
		if json.Unmarshal([]byte(word), &value) != nil {
			value = word
		}
		bus, err := s.open().connect(ctx)
		if err == nil {
			_, err = bus.Open(ctx, name, channel.Options{Initial: value})
		}
		if err != nil {
			return fmt.Errorf("--set %s: %w", text, err)
		}
	}
	return nil
}

// replayClock sets a virtual time to that of a scan.
type replayClock struct {
	v     *device.VirtualTime
	zero  time.Time // of the scan
	begin time.Duration
}

func (c *replayClock) Set(t time.Time) {
	if c.zero.IsZero() {
		c.zero, c.begin = t, c.v.Elapsed()
	}
	if d := c.begin + t.Sub(c.zero) - c.v.Elapsed(); d > 0 {
		_ = c.v.Wait(context.Background(), d)
	}
}

func (c *replayClock) Elapsed() time.Duration { return c.v.Elapsed() }
