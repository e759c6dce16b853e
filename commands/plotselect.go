package commands

import (
	"path"
	"strings"
)

func plotselectCommand() Command {
	return Command{
		Name: "plotselect", Group: groupAnalysis,
		Usage: "plotselect(counters...)",
		Help: "Chooses the counters that are plotted and have a peak line, for all scans from now on and over restarts. " +
			"A text is a pattern: \"diode*\". Of a scan that has none of them, and after plotselect(None), the first four counters are taken, for the plot those with the unit of the first. plotselect() shows the choice. Prints what is plotted from now on.",
		Example: "plotselect(sim_ct_gauss, \"diode*\")",
		Func:    func(sh *Shell) any { return sh.plotselect },
	}
}

func (sh *Shell) plotselect(args ...any) {
	a := sh.parse("plotselect", args)
	if len(a.list) == 0 {
		sh.printf("%s\n", selectionText(sh.plotSelection()))
		return
	}
	var patterns []string
	for i, v := range a.list {
		switch x := v.(type) {
		case nil:
			a.most(1)
		case *Counter:
			patterns = append(patterns, x.Name())
		case string:
			patterns = append(patterns, sh.pattern(a, i, x))
		default:
			a.wrong(i, "counter", "a counter, or a pattern such as \"diode*\",")
		}
	}
	display := sh.Session.DisplaySettings()
	display.Selected = patterns
	if err := sh.Session.SetDisplaySettings(display); err != nil {
		fail("plotselect", err)
	}
	sh.printf("%s\n", selectionText(patterns))
}

// pattern checks a pattern: it matches a counter of the session.
func (sh *Shell) pattern(a *arguments, i int, pattern string) string {
	if _, err := path.Match(pattern, ""); err != nil {
		failf(a.command.Name, "argument %d (counter): %q is no pattern: * stands for any text, ? for a character, [ab] for one of these", i+1, pattern)
	}
	var names []string
	for _, c := range sh.Session.Counters() {
		if matches(pattern, c.Name) {
			return pattern
		}
		names = append(names, c.Name)
	}
	failf(a.command.Name, "argument %d (counter): no counter of this session matches %q%s", i+1, pattern, suggestion(pattern, names))
	return ""
}

func selectionText(patterns []string) string {
	if len(patterns) == 0 {
		return "plotted: the first four counters of each scan"
	}
	return "plotted: " + strings.Join(patterns, ", ")
}

func (sh *Shell) plotSelection() []string { return sh.Session.DisplaySettings().Selected }

func liveplotCommand() Command {
	return Command{
		Name: "liveplot", Group: groupAnalysis,
		Usage: "liveplot(True) or liveplot(False)",
		Help: "Draws the counters that plotselect names below the table of every scan while it runs, from now on and over restarts. " +
			"A window with fewer than 18 rows shows the table alone. plot() draws the scan when it has ended. liveplot() shows which it is. Prints whether scans are plotted.",
		Example: "liveplot(True)",
		Func:    func(sh *Shell) any { return sh.liveplot },
	}
}

func (sh *Shell) liveplot(args ...any) {
	a := sh.parse("liveplot", args)
	a.most(1)
	display := sh.Session.DisplaySettings()
	if len(a.list) == 1 {
		on, ok := a.list[0].(bool)
		if !ok {
			a.wrong(0, "on", "True or False")
		}
		display.LivePlot = on
		if err := sh.Session.SetDisplaySettings(display); err != nil {
			fail("liveplot", err)
		}
	}
	switch {
	case display.LivePlot && sh.Screen == nil:
		sh.printf("scans are plotted while they run, in a terminal; this is none\n")
	case display.LivePlot:
		sh.printf("scans are plotted while they run: %s\n", strings.TrimPrefix(selectionText(display.Selected), "plotted: "))
	default:
		sh.printf("scans are not plotted while they run\n")
	}
}
