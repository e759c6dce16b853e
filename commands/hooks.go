package commands

import (
	"blissh/hooks"
	"blissh/session"
)

func setWatchdogCommand() Command {
	return Command{
		Name: "set_watchdog_callback", Group: groupScans,
		Usage:   "set_watchdog_callback(scan, hooks...)",
		Help:    "Gives a scan the hooks that watch it, in place of earlier ones; None takes them away. They are asked in this order, after those of every scan. It comes before run. Prints nothing.",
		Example: "s = ascan(robz, -1, 1, 10, .001, sim_ct_gauss, run=False); set_watchdog_callback(s, StopAlignmentHook(), StopPastPeak())",
		Func:    func(sh *Shell) any { return sh.setWatchdogCallback },
	}
}

func addWatchdogCommand() Command {
	return Command{
		Name: "add_watchdog_callback", Group: groupScans,
		Usage: "add_watchdog_callback(hooks...) or add_watchdog_callback(scan, hooks...)",
		Help: "Lets hooks watch every scan that begins from now on, or one scan before it runs, after those that do already. " +
			"What every_scan of the configuration names watches every scan from the start. Prints nothing.",
		Example: "add_watchdog_callback(TimeBudget())",
		Func:    func(sh *Shell) any { return sh.addWatchdogCallback },
	}
}

func removeWatchdogCommand() Command {
	return Command{
		Name: "remove_watchdog_callback", Group: groupScans,
		Usage: "remove_watchdog_callback() or remove_watchdog_callback(hook)",
		Help: "Takes a hook, given by its name or as an object of its type, away from the scans that begin from now on, or all hooks that watch every scan; " +
			"also those of the configuration, until the shell is opened anew. Prints nothing.",
		Example: `remove_watchdog_callback("TimeBudget")`,
		Func:    func(sh *Shell) any { return sh.removeWatchdogCallback },
	}
}

func lshooksCommand() Command {
	return Command{
		Name: "lshooks", Group: groupScans,
		Usage:   "lshooks()",
		Help:    "Prints the hooks that watch every scan, in the order in which they are asked: where each is from, its file and line, and what it does.",
		Example: "lshooks()",
		Func:    func(sh *Shell) any { return sh.lshooks },
	}
}

func (sh *Shell) setWatchdogCallback(args ...any) {
	a := sh.parse("set_watchdog_callback", args)
	s := a.scan(0, "scan")
	if len(a.list) == 2 && a.list[1] == nil {
		try(s.scan.SetWatchdog())
		return
	}
	try(s.scan.SetWatchdog(a.hooks(1, ", or None,")...))
}

func (sh *Shell) addWatchdogCallback(args ...any) {
	a := sh.parse("add_watchdog_callback", args)
	if _, isScan := a.at(0).(*Scan); isScan {
		try(a.scan(0, "scan").scan.AddWatchdog(a.hooks(1, "")...))
		return
	}
	for _, h := range a.hooks(0, "") {
		try(sh.Session.AddWatchdog(h))
	}
}

func (sh *Shell) removeWatchdogCallback(args ...any) {
	a := sh.parse("remove_watchdog_callback", args)
	a.most(1)
	if len(a.list) == 0 {
		sh.Session.RemoveWatchdogs("")
		return
	}
	name, isText := a.list[0].(string)
	if !isText {
		name = a.hooks(0, "")[0].Name
	}
	if sh.Session.RemoveWatchdogs(name) == 0 {
		failf("remove_watchdog_callback", "no hook %s watches every scan%s", name, suggestion(name, everyNames(sh.Session)))
	}
}

func everyNames(s *session.Session) (names []string) {
	for _, h := range s.EveryScan() {
		names = append(names, h.Name)
	}
	return names
}

func (sh *Shell) lshooks(args ...any) {
	sh.parse("lshooks", args).most(0)
	var rows [][]string
	for _, h := range sh.Session.EveryScan() {
		from := "the prompt"
		if h.Configured {
			from = "the configuration"
		}
		rows = append(rows, []string{h.Name, from, h.Place, h.Doc})
	}
	if len(rows) == 0 {
		sh.printf("no hook watches every scan\n")
	}
	printTable(sh.Out, rows)
}

// hooks are all arguments from i on, of which there is one at least; or is what else
// is possible.
func (a *arguments) hooks(i int, or string) (list []*hooks.Hook) {
	for n := i; n < max(i+1, len(a.list)); n++ {
		cb, ok := a.at(n).(hooks.WatchdogCallback)
		if !ok {
			a.wrong(n, "hook", "a hook such as StopAlignmentHook()"+or)
		}
		list = append(list, hooks.HookOf(cb))
	}
	return list
}

// justTyped refuses what the interpreter hands over without its methods.
func justTyped(command string, more []any) {
	for _, v := range more {
		if _, ok := v.(hooks.WatchdogCallback); v != nil && !ok {
			failf(command, "of hooks typed at the prompt a method takes one; write %s(s, A(), B())", command)
		}
	}
}

// SetWatchdogCallback gives the scan its hooks, in place of earlier ones; None takes
// them away.
func (s *Scan) SetWatchdogCallback(hook hooks.WatchdogCallback, more ...any) {
	if hook == nil && len(more) == 0 {
		try(s.scan.SetWatchdog())
		return
	}
	justTyped("set_watchdog_callback", more)
	s.sh.setWatchdogCallback(append([]any{s, hook}, more...)...)
}

// AddWatchdogCallback gives the scan one more hook, which is asked after the others.
func (s *Scan) AddWatchdogCallback(hook hooks.WatchdogCallback, more ...any) {
	justTyped("add_watchdog_callback", more)
	s.sh.addWatchdogCallback(append([]any{s, hook}, more...)...)
}
