package commands

import (
	"cmp"
	"fmt"
	"strings"

	"blissh/channel"
	"blissh/scan"
	"blissh/session"
)

// Scan is a scan at the prompt. Its methods panic with an *Error.
type Scan struct {
	results
	scan    *session.Scan
	display []scan.Sink
	kept    bool // it becomes the last scan when it runs

	ended   <-chan struct{} // closed when it has ended in the background; nil: it was not started
	failure error           // why, once it has ended
}

// State is where a scan is in its life: "idle", "preparing", "running",
// "stopping", then its outcome: "done", "stopped", "aborted" or "failed".
type State string

// String makes the state print without quotes.
func (s State) String() string { return string(s) }

func runCommand() Command {
	return Command{
		Name: "run", Group: groupScans,
		Usage:   "run(scan)",
		Help:    "Runs a scan that was made with run=False and prints it as ascan does; returns it. A scan runs once. In Go spelling run(false) is also the option of a scan.",
		Example: "run(loopscan(5, .01, sim_ct_gauss, run=False))",
		Func:    func(sh *Shell) any { return sh.run },
	}
}

func (sh *Shell) run(args ...any) any {
	if len(args) == 1 {
		if b, ok := args[0].(bool); ok {
			return Option{"run", b}
		}
	}
	a := sh.parse("run", args)
	a.most(1)
	s := a.scan(0, "scan")
	s.Run()
	return s
}

func (a *arguments) scan(i int, name string) *Scan {
	if i < len(a.list) {
		if s, ok := a.list[i].(*Scan); ok && s != nil {
			return s
		}
	}
	a.wrong(i, name, "a scan")
	return nil
}

// makeScan checks a plan; display makes the sink that shows it, nil for none.
func (sh *Shell) makeScan(p scan.Plan, display func() scan.Sink) *Scan {
	var sinks []scan.Sink
	if display != nil && sh.DryRun == nil {
		sinks = append(sinks, display())
	}
	inner, err := sh.Session.NewScan(p, sinks...)
	if err != nil {
		fail(p.Type, err)
	}
	for _, s := range sinks {
		switch t := s.(type) {
		case *ScanTable:
			o := sh.tableOptions(inner.Estimate(), &p)
			o.Filing = inner
			t.Expect(o)
		case *JSONScan:
			t.filing = inner
		}
	}
	return &Scan{results: results{sh, inner}, scan: inner, display: sinks}
}

// Run runs the scan; it returns when everything is at rest and panics unless
// the outcome is done or stopped.
func (s *Scan) Run() {
	ctx := s.sh.context(s.scan.Info().Type)
	if s.sh.dry {
		s.preview()
		return
	}
	if s.kept && s.scan.State() == scan.Idle {
		s.sh.setLast(s)
	}
	err := s.scan.Run(ctx)
	if s.sh.DryRun != nil && s.Points() > 0 {
		s.sh.DryRun.add(s)
	}
	s.after(err, s.scan.Info().Type)
}

// after is what follows the end of a scan; it panics if err is one.
func (s *Scan) after(err error, command string) {
	if s.scan.State().Ended() {
		s.shown()
	}
	if len(s.scan.Plan().Axes) > 0 && s.scan.Start() != nil {
		s.sh.moved = s
		s.stranded()
	}
	if err != nil {
		fail(command, err)
	}
}

// shown waits until the display has shown the end, and adds what only the whole
// scan can tell.
func (s *Scan) shown() {
	for _, d := range s.display {
		if w, ok := d.(interface{ Wait() }); ok {
			w.Wait()
		}
		switch t := d.(type) {
		case *ScanTable:
			s.sh.peakLines(s)
		case *JSONScan:
			t.saved()
		}
	}
}

// StopOn stops the scan when a shared channel, given by name or as an object,
// becomes true, without a hook in between. It comes before Run.
func (s *Scan) StopOn(sharedChannel any) {
	c, ok := sharedChannel.(*channel.Channel)
	if name, isName := sharedChannel.(string); isName {
		var err error
		c, err = s.sh.Session.Bus.Open(s.sh.context("stop_on"), name, channel.Options{Default: false})
		try(err)
		ok = true
	}
	if !ok || c == nil {
		failf("stop_on", "the name of a shared channel expected, got %s", describe(sharedChannel))
	}
	try(s.scan.StopOn(c))
}

// State tells where the scan is in its life.
func (s *Scan) State() State { return State(s.scan.State().String()) }

// Number is the scan's number in its session; 0 before Run.
func (s *Scan) Number() int { return s.scan.Info().Number }

// Reason says in one line why the scan ended; "" when it is done.
func (s *Scan) Reason() string { return s.scan.Info().Reason }

// Points is the number of points taken so far.
func (s *Scan) Points() int { taken, _ := s.scan.Progress(); return taken }

func (s *Scan) String() string {
	i := s.scan.Info()
	number := ""
	if i.Number > 0 {
		number = fmt.Sprintf(" %d", i.Number)
	}
	state := cmp.Or(s.scan.Waits(), fmt.Sprint(s.State()))
	return fmt.Sprintf("Scan%s  %s  (%s, %d of %s)", number, i.Title, state, s.Points(), points(i.Planned))
}

// points counts in words; 0 planned points are an open end.
func points(n int) string {
	switch n {
	case 0:
		return "points until stopped"
	case 1:
		return "1 point"
	}
	return fmt.Sprintf("%d points", n)
}

// title is the text of a command with its numbers as a scientist writes them.
func title(words ...any) string {
	var list []string
	for _, w := range words {
		if f, ok := w.(float64); ok {
			list = append(list, formatNumber(f))
			continue
		}
		list = append(list, fmt.Sprint(w))
	}
	return strings.Join(list, " ")
}
