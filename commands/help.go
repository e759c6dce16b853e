package commands

import (
	"reflect"
	"strings"
	"unsafe"
)

func helpCommand() Command {
	return Command{
		Name: "help", Group: groupShell,
		Usage:   "help() or help(command)",
		Help:    "Lists the commands, or explains one.",
		Example: "help(ascan)",
		Func:    func(sh *Shell) any { return sh.help },
	}
}

func (sh *Shell) help(args ...any) {
	a := sh.parse("help", args)
	a.most(1)
	if len(a.list) == 0 {
		sh.printf("%s", overview())
		return
	}
	if text, ok := sh.explain(a.list[0]); ok {
		sh.printf("%s", text)
		return
	}
	a.wrong(0, "command", "a command, an axis, a counter or a hook")
}

// overview is the list of all commands by group.
func overview() string {
	var b strings.Builder
	for _, g := range []string{groupScans, groupAnalysis, groupMotion, groupDevices, groupShell} {
		b.WriteString(g + "\n")
		for _, c := range Table() {
			if c.Group == g {
				b.WriteString("  " + c.Usage + "\n")
			}
		}
	}
	b.WriteString("help(ascan) explains one of them; load(\"file.go\") runs a script; Ctrl-C stops; Ctrl-D leaves.\n")
	return b.String()
}

// explain is the help on one thing: a command or its name, a device, a hook.
func (sh *Shell) explain(v any) (string, bool) {
	switch x := v.(type) {
	case *Axis:
		return x.String() + "\n", true
	case *Counter:
		return x.String() + "\n", true
	case string:
		return sh.explainName(x)
	}
	if reflect.ValueOf(v).Kind() != reflect.Func {
		return "", false
	}
	for name, f := range sh.constructors {
		if sameFunc(f, v) {
			return sh.explainName(name)
		}
	}
	for name, f := range sh.funcs {
		if sameFunc(f, v) {
			return sh.table[name].text(), true
		}
	}
	return "", false
}

// sameFunc tells two closures of one function literal apart, which reflect does
// not: an interface that holds a func points at its closure.
func sameFunc(a, b any) bool {
	type words struct{ kind, closure unsafe.Pointer }
	return *(*words)(unsafe.Pointer(&a)) == *(*words)(unsafe.Pointer(&b))
}

func (sh *Shell) explainName(name string) (string, bool) {
	var known []string
	for _, c := range Table() {
		if c.Name == name {
			return c.text(), true
		}
		known = append(known, c.Name)
	}
	if d, ok := sh.Session.Hooks.Lookup(strings.TrimPrefix(name, "New")); ok {
		return d.Name + "(): " + d.Doc + " (" + d.File + ")\n", true
	}
	failf("help", "no command %s%s", name, suggestion(name, known))
	return "", false
}

// text is the help on one command.
func (c Command) text() string {
	options := ""
	if len(c.Options) > 0 {
		options = "  Options: " + strings.Join(c.Options, ", ") + "\n"
	}
	return c.Usage + "\n  " + c.Help + "\n" + options + "  Example: " + c.Example + "\n"
}
