package commands

import (
	"slices"
	"strings"

	"blissh/device"
	"blissh/scan"
)

// scanOptions are the keyword options of every scan.
func scanOptions() []string {
	return []string{"save", "run", "title", "name", "sleep_time", "stab_time", "restore_motor_positions", "scan_info", "deadline", "dry", "wait_advice", "without_advice"}
}

// stepPlan is the plan of a scan that goes somewhere: what follows its course in
// the arguments are count_time and counters.
func (sh *Shell) stepPlan(a *arguments, c course) scan.Plan {
	count := a.seconds(c.next, "count_time")
	write := func(name string, t scan.Trajectory) string {
		return title(append(append([]any{name}, c.write(t)...), count.Seconds())...)
	}
	p := scan.Plan{
		Title:      write(a.command.Name, c.trajectory),
		Axes:       c.devices(),
		Trajectory: c.trajectory,
		CountTime:  count,
		Counters:   sh.counted(a, c.next+1),
		Relative:   c.relative,
	}
	if p.Relative {
		p.Resolved = func(t scan.Trajectory) string { return write(absolute(a.command.Name), t) }
	}
	return p
}

// absolute is the scan that a relative one comes to: ascan for dscan and lineup.
func absolute(name string) string {
	switch {
	case name == "lineup":
		return "ascan"
	case strings.HasPrefix(name, "d"):
		return "a" + name[1:]
	}
	return name
}

// counted takes all arguments from i on, or what the session counts by default.
func (sh *Shell) counted(a *arguments, i int) []*device.Counter {
	a.flatten()
	if i < len(a.list) {
		return a.counters(i)
	}
	list, what := sh.Session.DefaultCounters()
	switch {
	case len(list) > 0:
	case sh.Session.ActiveGroup() != nil:
		failf(a.command.Name, "no counter of the %s is enabled", what)
	default:
		a.wrong(i, "counter", "a counter")
	}
	var names []string
	for _, c := range list {
		names = append(names, c.Name)
	}
	a.notes = append(a.notes, "counting "+strings.Join(names, ", ")+" ("+what+")")
	return list
}

// counters are all arguments from i on, groups in place of their counters.
func (a *arguments) counters(i int) (list []*device.Counter) {
	for ; i < len(a.list); i++ {
		counters, ok := countersOf(a.list[i])
		if !ok {
			a.wrong(i, "counter", "a counter")
		}
		_, group := a.list[i].(*MeasurementGroup)
		for _, c := range counters {
			if !group || !slices.Contains(list, c) {
				list = append(list, c)
			}
		}
	}
	return list
}

// newScan checks a plan and runs it unless run=False or dry=True was given.
func (sh *Shell) newScan(p scan.Plan, a *arguments) *Scan {
	dry := a.boolOption("dry", false) || sh.dry
	run := a.boolOption("run", true)
	p = sh.complete(p, a)
	if p.Relative || dry {
		sh.locate(a.command.Name, p.Axes)
	}
	s := sh.makeScan(p, sh.Display)
	s.kept = true
	for _, n := range a.notes {
		sh.printf("%s\n", n)
	}
	switch {
	case dry:
		s.preview()
	case run:
		s.Run()
	}
	return s
}

// complete fills in what the options of every scan say.
func (sh *Shell) complete(p scan.Plan, a *arguments) scan.Plan {
	p.Name, p.Type = a.command.Name, a.command.Name
	if n := a.stringOption("name"); n != "" {
		p.Name = n
	}
	p.Save = a.boolOption("save", true)
	p.SleepTime, p.StabTime = a.secondsOption("sleep_time"), a.secondsOption("stab_time")
	p.Deadline = a.secondsOption("deadline")
	p.Return = a.boolOption("restore_motor_positions", p.Relative)
	p.Info = a.mapOption("scan_info")
	p.WaitAdvice, p.Without = a.secondsOption("wait_advice"), a.withoutAdvice()
	if t := a.stringOption("title"); t != "" {
		p.Title, p.Resolved = t, nil
	}
	if sh.Typed != nil {
		p.Command = sh.Typed()
	}
	return p
}

// locate reads where axes stand, for a relative scan to be checked there.
func (sh *Shell) locate(command string, axes []device.Axis) {
	ctx := sh.context(command)
	for _, x := range axes {
		if _, err := x.Position(ctx); err != nil {
			fail(command, err)
		}
	}
}
