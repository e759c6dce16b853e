package main

import (
	"errors"
	"strings"

	"blissh/repl"
	"blissh/scan"
)

// scriptFailures are the errors of a script: its own and those of its clean-ups.
func scriptFailures(err error) []error {
	if several, ok := err.(interface{ Unwrap() []error }); ok && !isErrors(err) {
		return several.Unwrap()
	}
	if err == nil {
		return nil
	}
	return []error{err}
}

// endedBy is the error of a script that was told to end: where it was then, and
// why; the errors of its clean-ups stay.
func endedBy(err, end error) error {
	if end == nil {
		return err
	}
	list := scriptFailures(err)
	for i, p := range list {
		var at *repl.Error
		switch {
		case errors.Is(p, end):
			return err
		case errors.As(p, &at) && at.File != "" && at.Cause == scan.ErrInterrupted:
			there := *at
			there.Msg, there.Cause = end.Error(), end
			list[i] = &there
			return errors.Join(list...)
		case p == scan.ErrInterrupted:
			list[i] = end
			return errors.Join(list...)
		}
	}
	return errors.Join(append([]error{end}, list...)...)
}

// scriptError is an error of a script in one line: what went wrong, where, and in
// which function; "" when the script has ended itself.
func scriptError(err error) string {
	var list []string
	for _, p := range scriptFailures(err) {
		if ownExit(p) {
			continue
		}
		list = append(list, oneLine(p)+inFunction(p))
	}
	return strings.Join(list, "; ")
}

// inFunction names the function that ran and those that called it, unless the
// script has no more than main.
func inFunction(err error) string {
	var e *repl.Error
	if !errors.As(err, &e) || len(e.Frames) < 2 {
		return ""
	}
	var names []string
	for _, f := range e.Frames {
		if _, name, _ := strings.Cut(f, ": in "); name != "" && name != "func" && !strings.Contains(name, " ") {
			names = append(names, name)
		}
	}
	switch len(names) {
	case 0:
		return ""
	case 1:
		return " (in " + names[0] + ")"
	}
	return " (in " + names[0] + ", called by " + strings.Join(names[1:], ", ") + ")"
}
