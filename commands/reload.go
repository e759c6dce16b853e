package commands

import "fmt"

func reloadHooksCommand() Command {
	return Command{
		Name: "reload_hooks", Group: groupShell,
		Usage: "reload_hooks()",
		Help: "Looks for edited hook scripts, as is done before every input and when a hook is made. Prints what has changed, all hooks with file and line, and " +
			"each mistake that stands, with file, line and column; a script with a mistake stays in use as it was before the edit.",
		Example: "reload_hooks()",
		Func:    func(sh *Shell) any { return sh.reloadHooks },
	}
}

func (sh *Shell) reloadHooks(args ...any) {
	sh.parse("reload_hooks", args).most(0)
	changed, _ := sh.Session.Hooks.Reload()
	for _, line := range changed {
		sh.printf("%s\n", line)
	}
	if err := sh.Host.Define(sh.HookNames()); err != nil {
		fail("reload_hooks", err)
	}
	var rows [][]string
	for _, d := range sh.Session.Hooks.Definitions() {
		rows = append(rows, []string{d.Name, fmt.Sprintf("%s:%d", d.File, d.Line), d.Doc})
	}
	if len(rows) == 0 {
		sh.printf("no hooks\n")
	}
	printTable(sh.Out, rows)
	for _, p := range sh.Session.Hooks.Problems() {
		sh.printf("%v\n", p)
	}
}
