package commands

import (
	"strings"

	"blissh/device"
	"blissh/session"
)

// MeasurementGroup is, at the prompt, a named list of counters at the prompt. Its methods panic
// with an *Error.
type MeasurementGroup struct {
	sh *Shell
	g  *session.MeasurementGroup
}

// Name is the name that is typed.
func (g *MeasurementGroup) Name() string { return g.g.Name() }

// SetActive makes it the group that scans without counters count.
func (g *MeasurementGroup) SetActive() {
	try(g.sh.Session.SetActiveGroup(g.Name()))
	g.sh.printf("active measurement group: %s (%s)\n", g.Name(), strings.Join(g.Enabled(), ", "))
}

// Enable counts counters again: by name, by pattern ("diode*"), or all.
func (g *MeasurementGroup) Enable(counters ...any) { g.change(g.g.Enable, "enable", counters) }

// Disable counts them no longer.
func (g *MeasurementGroup) Disable(counters ...any) { g.change(g.g.Disable, "disable", counters) }

func (g *MeasurementGroup) change(f func(...string) error, what string, counters []any) {
	var patterns []string
	for _, v := range counters {
		switch x := v.(type) {
		case string:
			patterns = append(patterns, x)
		case *Counter:
			patterns = append(patterns, x.Name())
		default:
			failf(g.Name(), "%s: a counter, or a pattern such as \"diode*\", expected, got %s", what, describe(v))
		}
	}
	try(f(patterns...))
	g.sh.printf("%s counts %s\n", g.Name(), orNone(g.Enabled()))
}

// Available, Enabled and Disabled are names of counters.
func (g *MeasurementGroup) Available() []string { return g.g.Available() }

// Enabled see Available.
func (g *MeasurementGroup) Enabled() []string { return g.g.Enabled() }

// Disabled see Available.
func (g *MeasurementGroup) Disabled() []string { return g.g.Disabled() }

func (g *MeasurementGroup) String() string {
	text := "measurement group " + g.Name() + ": " + orNone(g.Enabled())
	if off := g.Disabled(); len(off) > 0 {
		text += "; disabled: " + strings.Join(off, ", ")
	}
	if gone := g.g.Missing(); len(gone) > 0 {
		text += "; not there: " + strings.Join(gone, ", ")
	}
	return text
}

func lsmgCommand() Command {
	return Command{
		Name: "lsmg", Group: groupDevices,
		Usage:   "lsmg()",
		Help:    "Lists the measurement groups with their counters; * marks the active one, whose counters a scan takes when it is given none.",
		Example: "lsmg()",
		Func:    func(sh *Shell) any { return sh.lsmg },
	}
}

func (sh *Shell) lsmg(args ...any) {
	sh.parse("lsmg", args).most(0)
	active := sh.Session.ActiveGroup()
	if active == nil {
		sh.printf("there are no measurement groups; the configuration may have some, under measurement_groups\n")
		return
	}
	rows := [][]string{{"", "group", "counters", "disabled"}}
	for _, g := range sh.Session.Groups() {
		mark := ""
		if g == active {
			mark = "*"
		}
		rows = append(rows, []string{mark, g.Name(), orNone(g.Enabled()), strings.Join(g.Disabled(), ", ")})
	}
	printTable(sh.Out, rows)
}

func activeGroupCommand() Command {
	return Command{
		Name: "active_group", Group: groupDevices,
		Usage:   "active_group() or active_group(group)",
		Help:    "The measurement group whose counters a scan takes when it is given none; with a group, or its name, chooses it. The choice is remembered.",
		Example: "active_group()",
		Func:    func(sh *Shell) any { return sh.activeGroup },
	}
}

func (sh *Shell) activeGroup(args ...any) any {
	a := sh.parse("active_group", args)
	a.most(1)
	if len(a.list) == 0 {
		g := sh.Session.ActiveGroup()
		if g == nil {
			failf("active_group", "there are no measurement groups; the configuration may have some, under measurement_groups")
		}
		return sh.groups[g]
	}
	g, ok := a.list[0].(*MeasurementGroup)
	if name, isName := a.list[0].(string); isName {
		g, ok = sh.groupNamed(name), true
	}
	if !ok || g == nil {
		a.wrong(0, "group", "a measurement group or its name")
	}
	g.SetActive()
	return g
}

func (sh *Shell) groupNamed(name string) *MeasurementGroup {
	var names []string
	for _, g := range sh.Session.Groups() {
		if g.Name() == name {
			return sh.groups[g]
		}
		names = append(names, g.Name())
	}
	failf("active_group", "no measurement group is called %s%s; there is %s", name, suggestion(name, names), orNone(names))
	return nil
}

// countersOf are the counters that an argument stands for: itself, or the
// enabled ones of a measurement group.
func countersOf(v any) (list []*device.Counter, ok bool) {
	switch x := v.(type) {
	case *Counter:
		if x != nil {
			return []*device.Counter{x.dev}, true
		}
	case *MeasurementGroup:
		if x != nil {
			return x.g.Counters(), true
		}
	}
	return nil, false
}
