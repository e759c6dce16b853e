package commands

import (
	"path"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

func lsobjCommand() Command {
	return Command{
		Name: "lsobj", Group: groupDevices,
		Usage: "lsobj() or lsobj(pattern)",
		Help: "Prints the names of the session by kind: axes, counters, measurement groups, hooks, aliases, and what was declared at the prompt, with its type. " +
			"In a pattern * stands for any letters and ? for one.",
		Example: `lsobj("rob*")`,
		Func:    func(sh *Shell) any { return sh.lsobj },
	}
}

func (sh *Shell) lsobj(args ...any) {
	a := sh.parse("lsobj", args)
	a.most(1)
	pattern := "*"
	if len(a.list) == 1 {
		pattern = a.text(0, "pattern")
	}
	if _, err := path.Match(pattern, ""); err != nil {
		a.wrong(0, "pattern", `a pattern such as "rob*"`)
	}
	found := false
	for _, k := range sh.kinds() {
		if k = k.like(pattern); len(k.names) > 0 {
			sh.printf("%s", k.text(sh.columns()))
			found = true
		}
	}
	if !found {
		sh.printf("no name is like %s\n", pattern)
	}
}

// kind is a list of names with its head. What follows a blank or a bracket in
// a name explains it.
type kind struct {
	head  string
	names []string
}

// like keeps the names that match a pattern.
func (k kind) like(pattern string) kind {
	k.names = slices.DeleteFunc(k.names, func(name string) bool {
		if end := strings.IndexAny(name, " ("); end >= 0 {
			name = name[:end]
		}
		ok, _ := path.Match(pattern, name) // the pattern has been checked
		return !ok
	})
	return k
}

// kinds lists the names of the session.
func (sh *Shell) kinds() []kind {
	var axes, counters, groups, hooks, aliases []string
	for _, x := range sh.Session.Axes() {
		axes = append(axes, x.Name())
	}
	for _, c := range sh.Session.Counters() {
		counters = append(counters, c.Name)
	}
	for _, d := range sh.Session.Hooks.Definitions() {
		hooks = append(hooks, d.Name)
	}
	for _, name := range keys(sh.aliases) {
		aliases = append(aliases, name+" = "+sh.aliases[name])
	}
	for _, g := range sh.Session.Groups() {
		groups = append(groups, g.Name())
	}
	list := []kind{{"axes", axes}, {"counters", counters}, {"groups", groups}, {"hooks", hooks}, {"aliases", aliases}}
	return append(list, declaredKinds(sh.Host.Declared())...)
}

func declaredKinds(all []Declared) []kind {
	names := map[string][]string{}
	for _, d := range all {
		text := d.Name
		switch d.Kind {
		case "variable":
			text += " " + d.Text
		case "constant":
			text += " = " + d.Text
		case "function":
			text = d.Text
		}
		names[d.Kind] = append(names[d.Kind], text)
	}
	return []kind{{"variables", names["variable"]}, {"constants", names["constant"]}, {"functions", names["function"]}, {"types", names["type"]}}
}

// text prints the names side by side as far as they fit.
func (k kind) text(columns int) string {
	const indent, gap = 11, 2
	b := k.head + strings.Repeat(" ", max(1, indent-len(k.head)))
	at := indent
	for i, name := range k.names {
		n := utf8.RuneCountInString(name)
		switch {
		case i == 0:
		case at+gap+n > columns:
			b += "\n" + strings.Repeat(" ", indent)
			at = indent
		default:
			b += strings.Repeat(" ", gap)
			at += gap
		}
		b += name
		at += n
	}
	return b + "\n"
}

// columns is the width of the terminal, 80 where there is none.
func (sh *Shell) columns() int {
	if sh.Screen != nil {
		columns, _ := sh.Screen.Size()
		return columns
	}
	return 80
}

// nameOf is the name of an object of the session, "" for other values.
func (sh *Shell) nameOf(v any) string {
	switch x := v.(type) {
	case *Axis:
		return x.Name()
	case *Counter:
		return x.Name()
	}
	if reflect.ValueOf(v).Kind() != reflect.Func {
		return ""
	}
	for name, f := range sh.constructors {
		if sameFunc(f, v) {
			return name
		}
	}
	for name, f := range sh.funcs {
		if sameFunc(f, v) {
			return name
		}
	}
	return ""
}
