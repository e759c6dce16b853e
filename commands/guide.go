package commands

import (
	"fmt"
	"math"
)

// Describe tells the kind of a name of the session in one word ("command",
// "option", "axis", "counter", "hook") and what it is in one line, as far as that
// is known without asking hardware. It is safe for concurrent use.
func (sh *Shell) Describe(name string) (kind, line string) {
	if target := sh.aliases[name]; target != "" {
		kind, line = sh.Describe(target)
		return kind, "alias of " + target + ": " + line
	}
	if c, ok := sh.table[name]; ok {
		return "command", c.Usage
	}
	switch x := sh.objects[name].(type) {
	case *Axis:
		return "axis", x.line()
	case *Counter:
		return "counter", x.line()
	}
	if contains(Options(), name) {
		return "option", OptionHelp(name)
	}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if doc, ok := sh.hookDocs[name]; ok && doc != "" {
		return "hook", "hook: " + doc
	} else if ok {
		return "hook", "hook"
	}
	return "", ""
}

// Usage is how a command, or an alias of one, is called; "" for other names.
func (sh *Shell) Usage(name string) string { return sh.command(name).Usage }

// OptionsOf are the keyword options of a command, or of an alias of one.
func (sh *Shell) OptionsOf(name string) []string { return sh.command(name).Options }

// IsCommand reports whether a name is a command, or an alias of one.
func (sh *Shell) IsCommand(name string) bool { return sh.command(name).Name != "" }

// command is the one that a name stands for, the zero value if none.
func (sh *Shell) command(name string) Command {
	if target := sh.aliases[name]; target != "" {
		name = target
	}
	return sh.table[name]
}

// line is the axis in one line, with the position as it was last read.
func (a *Axis) line() string {
	p := a.dev.LastPosition()
	switch {
	case a.dev.Quarantined():
		return "axis in quarantine"
	case !math.IsNaN(p):
		return "axis, at " + a.number(p)
	case a.Unit() != "":
		return "axis, in " + a.Unit()
	}
	return "axis"
}

func (c *Counter) line() string {
	text := "counter"
	if len(c.dev.Shape) > 0 {
		text += ", " + shapeText(c.dev.Shape)
	}
	if c.dev.Unit != "" {
		text += fmt.Sprintf(", in %s", c.dev.Unit)
	}
	return text
}
