package commands

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"blissh/channel"
	"blissh/hooks"
	"blissh/scan"
)

// steadyRows blanks out the elapsed time of each point: the first column with
// decimals of a loopscan, the second one of an ascan.
func steadyRows(text string, column int) string {
	var lines []string
	for line := range strings.Lines(text) {
		if words := strings.Fields(line); len(words) > column && strings.Contains(words[0], "/") && !strings.HasPrefix(words[0], "#") {
			at := 0
			for _, w := range words[:column+1] { // the same number may stand in an earlier column
				at += strings.Index(line[at:], w) + len(w)
			}
			blank := strings.Repeat(" ", len(words[column])-1) + "T"
			line = line[:at-len(blank)] + blank + line[at:]
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "")
}

func TestAscan(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Typed = func() string { return "ascan(m, -1, 1, 2, 0, ramp, one)" }
	var s *Scan
	if text := message(t, func() { s = b.ascan(b.axis("m"), -1, 1, 2, 0, b.counter("ramp"), b.counter("one")) }); text != "" {
		t.Fatal(text)
	}
	same(t, "ascan", steadyRows(steady(b.out.take()), 2), `
Scan 1  ascan m -1 1 2 0   DATE   TestAscan   NOT SAVED
 takes at least 0:00:00   3 points x 5 data channels, 4.6 kB   stop: Ctrl-C, twice: now
       #/3       m[mm]       dt[s]  ramp[counts]             one
       1/3     -1.0000           T       -1.0000             1.5
       2/3      0.0000           T        1.0000             1.5
       3/3      1.0000           T        3.0000             1.5
 done at 3/3
 took TIME
 ramp: edge at 0.0000 mm   rise 1.5200 mm (12 to 88 %)   1 crossing
 one: flat at 1.5
`)
	if s.State() != "done" || s.Number() != 1 || s.Points() != 3 || s.Reason() != "" {
		t.Errorf("%v %d %d %q", s.State(), s.Number(), s.Points(), s.Reason())
	}
	if got := s.String(); got != "Scan 1  ascan m -1 1 2 0  (done, 3 of 3 points)" {
		t.Errorf("%q", got)
	}
	if got := s.GetData()["ramp"]; !slices.Equal(got, []float64{-1, 1, 3}) {
		t.Errorf("ramp %v", got)
	}
	if got := s.GetData("m"); len(got) != 1 || !slices.Equal(got["m"], []float64{-1, 0, 1}) {
		t.Errorf("m %v", got)
	}
	b.fails("get_data: the scan has no data channel rmap; did you mean ramp?", func() { s.GetData("rmap") })
	if got := s.scan.Info().Command; got != "ascan(m, -1, 1, 2, 0, ramp, one)" {
		t.Errorf("typed: %q", got)
	}
}

func TestLoopscan(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var s *Scan
	if text := message(t, func() {
		s = b.loopscan(2, .01, b.counter("view"), b.counter("one"), Option{"save", false}, Option{"title", "dark"})
	}); text != "" {
		t.Fatal(text)
	}
	same(t, "loopscan", steadyRows(steady(b.out.take()), 1), `
Scan 1  dark   DATE   TestLoopscan   not saved
 takes at least 0:00:01   2 points x 4 data channels, 4.6 kB   stop: Ctrl-C, twice: now
       #/2       dt[s]         one
       1/2           T         1.5
       2/2           T         1.5
 done at 2/2
 took TIME
`)
	if got := s.GetData()["elapsed_time"]; len(got) != 2 || got[1] < .01 || got[1] > 1 {
		t.Errorf("elapsed_time %v", got)
	}
}

func TestScanThatIsNotRunYet(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	s := b.ascan(b.axis("m"), -1, 1, 2, 0, b.counter("ramp"), Option{"run", false})
	if got := b.out.take(); got != "" {
		t.Errorf("it prints %q", got)
	}
	if got := s.String(); got != "Scan  ascan m -1 1 2 0  (idle, 0 of 3 points)" {
		t.Errorf("%q", got)
	}
	b.fails("get_data: the scan has not run yet: there are no data", func() { s.GetData() })
	if got := b.run(s); got != s {
		t.Errorf("run returns %v", got)
	}
	if got := steady(b.out.take()); !strings.Contains(got, "\n done at 3/3\n") {
		t.Errorf("%s", got)
	}
	b.fails("ascan: this scan has run already; make a new one", func() { b.run(s) })
	b.fails("the scan has started; a hook is set before run", func() { b.setWatchdogCallback(s, nil) })
	if got := b.run(false); got != (Option{"run", false}) {
		t.Errorf("run(false) is %v", got)
	}
}

func TestScanOptions(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	began := time.Now()
	b.loopscan(3, 0, b.counter("one"), Option{"sleep_time", .1})
	if took := time.Since(began); took < 200*time.Millisecond {
		t.Errorf("two sleeps of 0.1 s took %v", took)
	}
	b.fails("loopscan: past the deadline of 50ms", func() { b.loopscan(3, 20, b.counter("one"), Option{"deadline", .05}) })
	if got := b.out.take(); !strings.Contains(got, " aborted at 0/3: past the deadline of 50ms\n") {
		t.Errorf("%s", got)
	}
	b.fails("loopscan: no option dedaline; did you mean deadline?; options: save, run, title, name, sleep_time, stab_time, restore_motor_positions, scan_info, deadline, dry, wait_advice, without_advice",
		func() { b.loopscan(3, 0, b.counter("one"), Option{"dedaline", 1}) })
	b.fails(`loopscan: option deadline: a time in s, from 0 to a year, expected, got "soon"`,
		func() { b.loopscan(3, 0, b.counter("one"), Option{"deadline", "soon"}) })
	b.fails(`loopscan: option title: a text expected, got 3`, func() { b.loopscan(3, 0, b.counter("one"), Option{"title", 3}) })
}

func TestScanErrors(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m, ramp := b.axis("m"), b.counter("ramp")
	b.fails("ascan: point 2: m: 110 mm is beyond the high limit 100 mm", func() { b.ascan(m, 90, 120, 3, 0, ramp) })
	b.fails("ascan: argument 1 (axis): an axis expected, got the counter ramp; usage: ascan(axis, start, stop, intervals, count_time, counters...)",
		func() { b.ascan(ramp, 0, 1, 2, 0, ramp) })
	b.fails("ascan: argument 6 (counter): a counter expected, got the axis m; usage: ascan(axis, start, stop, intervals, count_time, counters...)",
		func() { b.ascan(m, 0, 1, 2, 0, m) })
	b.fails("loopscan: argument 2 (count_time): a time in s, from 0 to a year, expected, got nothing; usage: loopscan(points, count_time, counters...)",
		func() { b.loopscan(1) })
	b.fails("run: argument 1 (scan): a scan expected, got nothing; usage: run(scan)", func() { b.run() })
	if got := b.out.take(); got != "" {
		t.Errorf("printed %q", got)
	}
	if at := m.Position(); at != 0 {
		t.Errorf("m went to %g", at)
	}
}

func TestDeviceErrorOfAScan(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.simFault(b.counter("ramp"), "trigger", "fail")
	b.fails("ascan: point 0: c: trigger: simulated fault", func() { b.ascan(b.axis("m"), 0, 1, 2, 0, b.counter("ramp")) })
	if got := b.out.take(); !strings.Contains(got, "\n failed at 0/3: point 0: c: trigger: simulated fault\n") {
		t.Errorf("%s", got)
	}
	b.ascan(b.axis("m"), 0, 1, 2, 0, b.counter("ramp"))
	if got := b.out.take(); !strings.Contains(got, "\n done at 3/3\n") {
		t.Errorf("the next scan:\n%s", got)
	}
}

func TestCt(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.ct(.1, b.counter("one"), b.counter("ramp"), b.counter("view"), b.counter("mca"))
	random := regexp.MustCompile(`(min|max|sum) \d+`) // the spectrum has noise
	same(t, "ct", random.ReplaceAllString(b.out.take(), "$1 N"), `
  one   =  1.5          (15 /s)
  ramp  =  1    counts  (10 counts/s)
  view  =  an image of 2 x 3   min N   max N counts   sum N
  mca   =  a spectrum of 8   min N   max N counts   sum N
`)
	b.prints("ct of the default counters", func() { b.ct(.1) }, `
counting ramp, one (all scalar counters)
  ramp  =  1    counts  (10 counts/s)
  one   =  1.5          (15 /s)
`)
	b.fails(`ct: argument 1 (count_time): a time in s, from 0 to a year, expected, got "x"; usage: ct(count_time, counters...)`,
		func() { b.ct("x", b.counter("one")) })
	b.prints("ct without a time per count", func() { b.ct(0, b.counter("one")) }, "  one  =  1.5\n")
	began := time.Now()
	b.ct(b.counter("one"))
	if took := time.Since(began); took < time.Second {
		t.Errorf("the default of 1 s took %v", took)
	}
}

// TestCounterFormat: what the configuration says about how a value is shown.
func TestCounterFormat(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	c := b.counter("one")
	if c.dev.Format != "%.1f" {
		t.Fatalf("format %q", c.dev.Format)
	}
	c.dev.Format = "%.3e"
	b.prints("ct", func() { b.ct(0, c) }, "  one  =  1.500e+00\n")
}

func TestSetWatchdogCallback(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	newScan := func() *Scan {
		return b.ascan(b.axis("m"), 0, 5, 5, 0, b.counter("ramp"), Option{"run", false})
	}
	hook := b.Names()["LimitHook"].Interface().(func() *hooks.Hook)

	s := newScan()
	b.setWatchdogCallback(s, hook())
	s.Run()
	if s.State() != "stopped" || s.Reason() != "by hook LimitHook" || s.Points() != 3 {
		t.Errorf("%v %q at %d", s.State(), s.Reason(), s.Points())
	}
	if got := b.out.take(); !strings.Contains(got, "\n stopped at 3/6 by hook LimitHook\n") {
		t.Errorf("%s", got)
	}

	s = newScan()
	s.SetWatchdogCallback(hook())
	b.setWatchdogCallback(s, nil) // None
	s.Run()
	if s.State() != "done" {
		t.Errorf("without the hook it ends as %v %q", s.State(), s.Reason())
	}

	s = newScan()
	s.SetWatchdogCallback(&limit{above: 2}) // one that was typed at the prompt
	s.Run()
	if s.Reason() != "by hook limit" || s.Points() != 2 {
		t.Errorf("%v %q at %d", s.State(), s.Reason(), s.Points())
	}

	const expected = "set_watchdog_callback: argument 2 (hook): a hook such as StopAlignmentHook(), or None, expected, got %s; usage: set_watchdog_callback(scan, hooks...)"
	s = newScan()
	b.fails(fmt.Sprintf(expected, "nothing"), func() { b.setWatchdogCallback(s) })
	b.fails(fmt.Sprintf(expected, "a function"), func() { b.setWatchdogCallback(s, hook) }) // the brackets are missing
	b.fails("set_watchdog_callback: argument 1 (scan): a scan expected, got nothing (None); usage: set_watchdog_callback(scan, hooks...)",
		func() { b.setWatchdogCallback(nil, hook()) })
}

// A command that is interrupted already does not begin.
func TestInterruptedInput(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ready := b.loopscan(1, 0, b.counter("one"), Option{"run", false})
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(scan.ErrInterrupted)
	b.host.ctx = ctx
	for name, f := range map[string]func(){
		"loopscan": func() { b.loopscan(1, 0, b.counter("one")) },
		"ascan":    func() { b.ascan(b.axis("m"), 1, 2, 1, 0, b.counter("one")) },
		"ct":       func() { b.ct(1, b.counter("one")) },
		"mv":       func() { b.mv(b.axis("m"), 1) },
		"mvr":      func() { b.mvr(b.axis("m"), 1) },
		"wa":       func() { b.wa() },
		"wm":       func() { b.wm(b.axis("m")) },
		"sta":      func() { b.sta() },
		"load":     func() { b.load("x.go") },
		"m":        func() { b.axis("m").Position() },
	} {
		b.fails(name+": interrupted by Ctrl-C", f)
	}
	b.fails("loopscan: interrupted by Ctrl-C", func() { b.run(ready) })
	if len(b.host.loaded) > 0 || ready.State() != "idle" {
		t.Errorf("loaded %v, the scan is %v", b.host.loaded, ready.State())
	}
	b.host.ctx = context.Background()
	if at := b.axis("m").Position(); at != 0 {
		t.Errorf("m went to %g", at)
	}
}

func TestStopOn(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	c, err := b.Session.Bus.Open(t.Context(), "beam_dump", channel.Options{Default: false})
	if err != nil {
		t.Fatal(err)
	}
	for i, by := range []any{"beam_dump", c} {
		s := b.loopscan(1000, .01, b.counter("one"), Option{"run", false})
		s.StopOn(by)
		done := make(chan string, 1)
		go func() { done <- message(t, s.Run) }()
		for s.Points() == 0 && len(done) == 0 {
			time.Sleep(time.Millisecond)
		}
		if err := c.Set(true); err != nil {
			t.Fatal(err)
		}
		if text := <-done; text != "" || s.State() != "stopped" || s.Reason() != "by shared channel beam_dump" {
			t.Errorf("%d: %q, %v, %q", i, text, s.State(), s.Reason())
		}
		late := b.loopscan(1, 0, b.counter("one"), Option{"run", false})
		late.StopOn(by)
		b.fails("loopscan: the shared channel beam_dump is true already: set it to false first", late.Run)
		if err := c.Set(false); err != nil {
			t.Fatal(err)
		}
		late.Run()
		b.fails("the scan has started; StopOn comes before run", func() { late.StopOn(by) })
	}
	s := b.loopscan(1, 0, b.counter("one"), Option{"run", false})
	b.fails("stop_on: the name of a shared channel expected, got 3", func() { s.StopOn(3) })
	b.fails("stop_on: the name of a shared channel expected, got nothing (None)", func() { s.StopOn(nil) })
	if text := message(t, func() { s.StopOn("beam dump") }); !strings.Contains(text, "beam dump") {
		t.Errorf("a name with a blank: %q", text)
	}
}

func ExampleShow() {
	fmt.Println(Show([]any{State("stopped")}))
	fmt.Println(Show([]any{[]float64{0.1 + 0.2, 1e-7}}))
	// Output:
	// stopped
	// [0.3 1e-07]
}
