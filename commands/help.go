package commands

import (
	"fmt"
	"strings"
	"unsafe"
)

func helpCommand() Command {
	return Command{
		Name: "help", Group: groupShell,
		Usage: "help() or help(name)",
		Help: "Prints the commands, or explains one: what it is called with, units, options, an example. Of a device, a scan or another object it prints the members, " +
			`of a hook what it does. The name may be in quotes, as in help("robz.velocity"); robz.velocity? is the same.`,
		Example: "help(ascan)",
		Func:    func(sh *Shell) any { return sh.help },
	}
}

func (sh *Shell) help(args ...any) {
	a := sh.parse("help", args)
	a.most(1)
	if len(a.list) == 0 {
		sh.explained(overview())
		return
	}
	name, quoted := a.list[0].(string)
	if !quoted {
		name = sh.nameOf(a.list[0])
	}
	if name != "" {
		sh.explained(sh.explainName(name))
		return
	}
	text := sh.explain("", a.list[0])
	if text == "" {
		a.wrong(0, "name", "a command, a device, a hook or another object, or a name in quotes,")
	}
	sh.explained(text)
}

// explained prints a help, on a terminal in lines that fit.
func (sh *Shell) explained(text string) {
	if sh.Screen != nil {
		text = folded(text, sh.columns())
	}
	sh.printf("%s", text)
}

// overview is the list of all commands by group.
func overview() string {
	var b strings.Builder
	for _, g := range Groups() {
		b.WriteString(g + "\n")
		for _, c := range Table() {
			if c.Group == g {
				b.WriteString("  " + c.Usage + "\n")
			}
		}
	}
	b.WriteString("help(ascan) or ascan? explains one, robz? a device; load(\"file.go\") runs a script; Ctrl-C stops; Ctrl-D leaves.\n")
	return b.String()
}

// sameFunc tells two closures of one function literal apart, which reflect does
// not: an interface that holds a func points at its closure.
func sameFunc(a, b any) bool {
	type words struct{ kind, closure unsafe.Pointer }
	return *(*words)(unsafe.Pointer(&a)) == *(*words)(unsafe.Pointer(&b))
}

// text is the help on one command.
func (c Command) text() string {
	text := c.Usage + "\n  " + c.Help + "\n"
	width := 0
	for _, o := range c.Options {
		width = max(width, len(o)+1)
	}
	for _, o := range c.Options {
		text += fmt.Sprintf("  %-*s  %s\n", width, o+"=", OptionHelp(o))
	}
	return text + "  Example: " + c.Example + "\n"
}
