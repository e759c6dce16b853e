package commands

import (
	"context"
	"errors"
	"strings"
	"time"

	"blissh/data"
	"blissh/scan"
)

func allowCommand() Command {
	return Command{
		Name: "allow", Group: groupSteering, Options: []string{"points", "count_time", "duration"},
		Usage: "allow(scan, axis, low, high) or allow(scan)",
		Help: "Lets requests steer a scan: send an axis to places from low to high, leave points out, repeat them, count shorter. It comes before the scan " +
			"runs; without it only stop, pause and resume are obeyed. Options: points of the whole scan (twice those planned if left out), count_time of each " +
			"point in s (as planned), duration of the whole scan in s (twice as planned).",
		Example: "s = ascan(robz, -1, 1, 10, .001, sim_ct_gauss, run=False); allow(s, robz, -1, 1, points=100)",
		Func:    func(sh *Shell) any { return sh.allow },
	}
}

func startCommand() Command {
	return Command{
		Name: "start", Group: groupSteering,
		Usage: "start(scan)",
		Help: "Runs a scan that was made with run=False in the background: the prompt comes back, and pause, resume, stop and the scan's methods steer it. " +
			"It prints what happens to the scan, not its points. Ctrl-C stops it. A hook that was typed at the prompt cannot watch it.",
		Example: "s = loopscan(10, .01, sim_ct_gauss, run=False); start(s); wait(s)",
		Func:    func(sh *Shell) any { return sh.start },
	}
}

func waitCommand() Command {
	return Command{
		Name: "wait", Group: groupSteering,
		Usage:   "wait(scan)",
		Help:    "Waits until a scan that was started has ended. Ctrl-C stops the scan, as if it had been run.",
		Example: "s = loopscan(10, .01, sim_ct_gauss, run=False); start(s); wait(s)",
		Func:    func(sh *Shell) any { return sh.wait },
	}
}

func pauseCommand() Command {
	return Command{
		Name: "pause", Group: groupSteering,
		Usage:   "pause(scan) or pause(scan, reason)",
		Help:    "Lets a scan in the background wait after the point in progress, until resume.",
		Example: "s = loopscan(20, .1, sim_ct_gauss, run=False); start(s); pause(s); resume(s); wait(s)",
		Func:    func(sh *Shell) any { return sh.pause },
	}
}

func resumeCommand() Command {
	return Command{
		Name: "resume", Group: groupSteering,
		Usage:   "resume(scan)",
		Help:    "Ends the pause of a scan, whoever has asked for it.",
		Example: "s = loopscan(20, .1, sim_ct_gauss, run=False); start(s); pause(s); resume(s); wait(s)",
		Func:    func(sh *Shell) any { return sh.resume },
	}
}

func (sh *Shell) allow(args ...any) {
	a := sh.parse("allow", args)
	a.most(4)
	s := a.scan(0, "scan")
	s.sh = sh
	what := scan.Allowance{Points: a.wholeOption("points"), CountTime: a.secondsOption("count_time"), Duration: a.secondsOption("duration")}
	if len(a.list) == 1 {
		try(s.scan.Allow("", 0, 0, what))
		return
	}
	x := a.axis(1, "axis")
	unit := x.Unit()
	try(s.scan.Allow(x.Name(), a.number(2, "low", unit), a.number(3, "high", unit), what))
}

func (sh *Shell) start(args ...any) {
	a := sh.parse("start", args)
	a.most(1)
	a.scan(0, "scan").Start()
}

func (sh *Shell) wait(args ...any) {
	a := sh.parse("wait", args)
	a.most(1)
	a.scan(0, "scan").Wait()
}

func (sh *Shell) pause(args ...any) any {
	a := sh.parse("pause", args)
	a.most(2)
	s, reason := a.scan(0, "scan"), ""
	if len(a.list) == 2 {
		text, ok := a.list[1].(string)
		if !ok {
			a.wrong(1, "reason", "a text")
		}
		reason = text
	}
	return s.ask(data.AskPause(reason))
}

func (sh *Shell) resume(args ...any) any {
	a := sh.parse("resume", args)
	a.most(1)
	return a.scan(0, "scan").Resume()
}

// Allow lets requests steer the scan: s.allow(robz, -3, 1).
func (s *Scan) Allow(args ...any) { s.sh.allow(append([]any{s}, args...)...) }

// Start runs the scan in the background; the prompt comes back.
func (s *Scan) Start() {
	ctx := s.sh.context("start")
	if s.sh.dry || s.sh.DryRun != nil { // in a dry run nothing takes time
		s.Run()
		return
	}
	s.brief(true)
	ended := make(chan struct{})
	err := s.scan.Launch(ctx, func(err error) {
		s.failure = err
		close(ended)
	})
	if err != nil {
		s.brief(false)
		fail("start", err)
	}
	s.ended = ended
	if s.kept {
		s.sh.setLast(s)
	}
}

// brief makes the scan's tables leave out the points, or not.
func (s *Scan) brief(on bool) {
	for _, d := range s.display {
		if t, ok := d.(*ScanTable); ok {
			t.Brief(on)
		}
	}
}

// Wait waits until the scan in the background has ended, and panics unless the
// outcome is done or stopped.
func (s *Scan) Wait() {
	ctx := s.sh.context("wait")
	if s.ended == nil {
		if s.scan.State().Ended() {
			return
		}
		failf("wait", "the scan was not started: start(s) runs it in the background")
	}
	select {
	case <-s.ended:
	case <-ctx.Done():
		<-s.ended // Ctrl-C stops the scan, too
	}
	s.after(s.failure, "wait")
}

// answerTime is how long a command waits for the answer to its request; a point
// may take longer.
const answerTime = 2 * time.Second

// Asked is what became of a request from the prompt.
type Asked string

// String makes it print without quotes.
func (a Asked) String() string { return string(a) }

// ask hands over a request and waits a moment for its answer.
func (s *Scan) ask(q data.Request) Asked {
	ctx, cancel := context.WithTimeout(s.sh.context(typed(q.Do)), answerTime)
	defer cancel()
	q.By = scan.Prompt
	answers := make(chan data.Answer, 1)
	s.scan.Ask(q, func(a data.Answer) { answers <- a })
	select {
	case a := <-answers:
		if !a.Applied {
			fail(typed(q.Do), errors.New(a.String()))
		}
		return Asked(a.String())
	case <-ctx.Done():
		return Asked("asked for; the answer comes after the point in progress")
	}
}

// typed is how a request is called at the prompt.
func typed(do string) string {
	if do == data.DoPoints {
		return "take_points"
	}
	return do
}

// Stop ends the scan after the point in progress: s.stop("enough").
func (s *Scan) Stop(reason ...string) Asked { return s.ask(data.AskStop(strings.Join(reason, " "))) }

// Pause lets the scan wait after the point in progress: s.pause("refill").
func (s *Scan) Pause(reason ...string) Asked { return s.ask(data.AskPause(strings.Join(reason, " "))) }

// Resume ends the pause, whoever has asked for it.
func (s *Scan) Resume() Asked { return s.ask(data.AskResume()) }

// Range goes from start to stop from now on: s.range(-1.5, -0.5, 100), or
// without the intervals with the step that the scan has.
func (s *Scan) Range(start, stop any, intervals ...any) Asked {
	a := parse(Command{Name: "range", Usage: "s.range(start, stop) or s.range(start, stop, intervals)"}, append([]any{start, stop}, intervals...))
	a.most(3)
	from, to := a.number(0, "start", ""), a.number(1, "stop", "")
	if len(intervals) == 0 {
		return s.ask(data.AskRange(from, to))
	}
	return s.ask(data.AskRange(from, to, a.positive(2, "intervals")))
}

// StopAt goes on as before, until the axis is at a position.
func (s *Scan) StopAt(position float64) Asked { return s.ask(data.AskStopAt(position)) }

// Step goes on to the same end in steps of another length.
func (s *Scan) Step(step float64) Asked { return s.ask(data.AskStep(step)) }

// TakePoints goes to these points from now on, of a scan of one axis.
func (s *Scan) TakePoints(positions ...any) Asked {
	a := parse(Command{Name: "take_points", Usage: "s.take_points(positions...)"}, positions)
	a.flatten()
	var list []float64
	for i := range a.list {
		list = append(list, a.number(i, "position", ""))
	}
	return s.ask(data.AskPoints(list))
}

// Insert takes n points around a position now and then goes on as planned:
// s.insert(-1, 0.5, 11).
func (s *Scan) Insert(around, width float64, n int) Asked {
	return s.ask(data.AskInsert(around, width, n))
}

// SkipTo leaves out the points before a position.
func (s *Scan) SkipTo(position float64) Asked { return s.ask(data.AskSkipTo(position)) }

// Repeat takes the last point again.
func (s *Scan) Repeat() Asked { return s.ask(data.AskRepeat()) }

// CountTime counts for that many s from the next point on.
func (s *Scan) CountTime(seconds float64) Asked { return s.ask(data.AskCountTime(seconds)) }

// withoutAdvice reads the option of that name.
func (a *arguments) withoutAdvice() scan.WithoutAdvice {
	words := []string{"go_on", "pause", "stop"}
	text := a.stringOption("without_advice")
	if text == "" {
		return scan.GoOnWithout
	}
	for i, w := range words {
		if text == w {
			return scan.WithoutAdvice(i)
		}
	}
	failf(a.command.Name, "option without_advice: %s expected, got %q", strings.Join(words, ", "), text)
	return 0
}
