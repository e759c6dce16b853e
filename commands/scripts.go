package commands

import (
	"errors"
	"fmt"
	"io/fs"
)

func loadCommand() Command {
	return Command{
		Name: "load", Group: groupShell,
		Usage:   "load(file, arguments...)",
		Help:    "Runs a script file. A file with a package clause is plain Go with an interpreter of its own; one without is run as if it were typed here. Prints what the script prints.",
		Example: `load("scripts/align.go")`,
		Func:    func(sh *Shell) any { return sh.load },
	}
}

func (sh *Shell) load(args ...any) {
	a := sh.parse("load", args)
	var words []string
	for i := range max(1, len(a.list)) {
		name := "argument"
		if i == 0 {
			name = "file"
		}
		words = append(words, a.text(i, name))
	}
	sh.context("load")
	if err := sh.Host.Load(words[0], words[1:]); err != nil {
		fail("", noFile(words[0], err))
	}
}

// noFile says what is wrong with a file that could not be read.
func noFile(path string, err error) error {
	failed, ok := err.(*fs.PathError)
	switch {
	case !ok:
		return err
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("load: there is no file %s", path)
	case failed.Op == "read":
		return fmt.Errorf("load: %s is a folder; a file is expected", path)
	}
	return fmt.Errorf("load: %w", err)
}

func (a *arguments) text(i int, name string) string {
	if i < len(a.list) {
		if s, ok := a.list[i].(string); ok && s != "" {
			return s
		}
	}
	a.wrong(i, name, "a text")
	return ""
}

func lastErrorCommand() Command {
	return Command{
		Name: "last_error", Group: groupShell,
		Usage:   "last_error()",
		Help:    "Prints the whole story of the last error: when, what, because of what, and where in a script or hook.",
		Example: "last_error()",
		Func:    func(sh *Shell) any { return sh.lastError },
	}
}

func (sh *Shell) lastError(args ...any) {
	sh.parse("last_error", args).most(0)
	story := sh.Host.LastError()
	if story == "" {
		story = "no error so far"
	}
	sh.printf("%s\n", story)
}

func cleanupCommand() Command {
	return Command{
		Name: "cleanup", Group: groupShell,
		Usage: "cleanup(func() { ... })",
		Help: "Registers what is to be done when the running input or script ends, however it ends; the last one registered is done first. " +
			"It may move and count, for at most 60 s, also after Ctrl-C. Prints nothing.",
		Example: "cleanup(func() { mv(robz, 0) })",
		Func:    func(sh *Shell) any { return sh.cleanup },
	}
}

func (sh *Shell) cleanup(args ...any) {
	a := sh.parse("cleanup", args)
	a.most(1)
	if len(a.list) == 1 {
		if f, ok := a.list[0].(func()); ok {
			sh.Cleanups.list = append(sh.Cleanups.list, f)
			return
		}
	}
	a.wrong(0, "function", "a function without arguments")
}

// Cleanups is the list of what is to be done at the end of the running input.
type Cleanups struct{ list []func() }

// Len is how many there are.
func (c *Cleanups) Len() int { return len(c.list) }

// Pop takes the last one away.
func (c *Cleanups) Pop() func() {
	last := c.list[len(c.list)-1]
	c.list = c.list[:len(c.list)-1]
	return last
}
