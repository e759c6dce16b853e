package repl

import "reflect"

// Guide knows what the predeclared names of a session mean, for whoever types
// them. Its functions are called at every key and from any goroutine: they
// answer at once, from what is known, and never ask hardware. A nil one knows
// nothing.
type Guide struct {
	// Describe tells the kind of a name in one word ("command", "axis",
	// "counter", "hook", "option") and what it is in one line.
	Describe func(name string) (kind, line string)
	// Usage is how a command is called, "mv(axis, position, ...)"; its
	// arguments are completed by their names: those called as a kind, file,
	// name, pattern. It is "" for what is no command.
	Usage func(command string) string
	// Options are the keyword options of a command, without the =.
	Options func(command string) []Completion
	// Member tells how a method of a compiled type is called, in Go with the
	// names of its parameters, and what it does in one line. Both may be "".
	Member func(t reflect.Type, name string) (signature, line string)
}

func (g *Guide) describe(name string) (kind, line string) {
	if g.Describe == nil {
		return "", ""
	}
	return g.Describe(name)
}

func (g *Guide) usage(command string) string {
	if g.Usage == nil {
		return ""
	}
	return g.Usage(command)
}

func (g *Guide) options(command string) []Completion {
	if g.Options == nil {
		return nil
	}
	return g.Options(command)
}

func (g *Guide) member(t reflect.Type, name string) (signature, line string) {
	if g.Member == nil {
		return "", ""
	}
	return g.Member(t, name)
}
