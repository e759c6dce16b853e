package commands

import (
	"reflect"
	"strings"

	"blissh/internal/spell"
)

// explain is the help on a value, "" when there is none. object is how its
// members are shown to be typed.
func (sh *Shell) explain(object string, v any) string {
	switch x := v.(type) {
	case *Axis:
		return x.info() + "\n" + sh.membersText(object, reflect.TypeOf(x))
	case *Counter:
		return x.String() + "\n" + sh.membersText(object, reflect.TypeOf(x))
	case *Scan:
		return x.String() + "\n" + sh.membersText(object, reflect.TypeOf(x))
	}
	t := reflect.TypeOf(v)
	if t == nil || t.Kind() != reflect.Pointer || t.NumMethod() == 0 {
		return ""
	}
	return sh.membersText(object, t)
}

// membersText has a line for each member of an object.
func (sh *Shell) membersText(object string, t reflect.Type) string {
	list := sh.members(t)
	if object != "" {
		object += "."
	}
	width := 0
	for _, m := range list {
		width = max(width, len(m.call))
	}
	var b strings.Builder
	for _, m := range list {
		b.WriteString("  " + object + m.call + strings.Repeat(" ", width-len(m.call)+2) + m.line + "\n")
	}
	return b.String()
}

// explainName is the help on a name as typed, with or without a period.
func (sh *Shell) explainName(name string) string {
	if d, ok := sh.declared(name); ok {
		return sh.explainDeclared(d)
	}
	if target := sh.aliases[name]; target != "" {
		return name + " is an alias of " + target + "\n" + sh.explainName(target)
	}
	if c, ok := sh.table[name]; ok {
		return c.text()
	}
	if x, ok := sh.objects[name]; ok {
		return sh.explain(name, x)
	}
	if contains(Options(), name) {
		return name + "=value  " + OptionHelp(name) + "\n"
	}
	if d, ok := sh.Session.Hooks.Lookup(strings.TrimPrefix(name, "New")); ok {
		return d.Name + "(): " + d.Doc + " (" + d.File + ")\n"
	}
	if object, member, ok := strings.Cut(name, "."); ok {
		return sh.explainMember(object, member)
	}
	failf("help", "there is no name %s in the session%s", name, suggestion(name, sh.allNames()))
	return ""
}

// declared finds something of the user's.
func (sh *Shell) declared(name string) (Declared, bool) {
	for _, d := range sh.Host.Declared() {
		if d.Name == name {
			return d, true
		}
	}
	return Declared{}, false
}

func (sh *Shell) explainDeclared(d Declared) string {
	switch d.Kind {
	case "function":
		return d.Text + "\n  a function of yours\n"
	case "constant":
		return d.Name + " is a constant, " + d.Text + "\n"
	case "type":
		return d.Name + " is a type of yours\n"
	}
	v, _ := sh.Host.Value(d.Name)
	if text := sh.explain(d.Name, v); text != "" {
		return text
	}
	return d.Name + " is a variable, " + d.Text + "\n"
}

// explainMember is the help on object.member, in either spelling.
func (sh *Shell) explainMember(object, name string) string {
	t := sh.typeOf(object)
	if t == nil {
		failf("help", "there is no object %s in the session%s", object, suggestion(object, sh.allNames()))
	}
	var known []string
	for m := range t.Methods() {
		known = append(known, spell.Snake(m.Name))
		if strings.EqualFold(m.Name, strings.ReplaceAll(name, "_", "")) {
			signature, line := sh.Member(t, m.Name)
			if settable(t, m.Name) {
				line += "; can be set"
			}
			return object + "." + spell.Snake(m.Name) + "  " + line + "\n  in Go: " + object + "." + signature + "\n"
		}
	}
	failf("help", "%s has no %s%s", object, name, suggestion(name, known))
	return ""
}

// typeOf is the type of the object of a name, nil when there is none.
func (sh *Shell) typeOf(name string) reflect.Type {
	if d, ok := sh.declared(name); ok {
		return d.Type
	}
	if target := sh.aliases[name]; target != "" {
		name = target
	}
	return reflect.TypeOf(sh.objects[name])
}

// allNames are those that help knows.
func (sh *Shell) allNames() []string {
	names := append(keys(sh.table), keys(sh.objects)...)
	for _, d := range sh.Host.Declared() {
		names = append(names, d.Name)
	}
	for _, d := range sh.Session.Hooks.Definitions() {
		names = append(names, d.Name)
	}
	return append(names, keys(sh.aliases)...)
}
