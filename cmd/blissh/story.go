package main

import (
	"errors"
	"strings"
	"time"

	"blissh/repl"
)

// failure is an error with when and of what it came.
type failure struct {
	err  error
	at   time.Time
	what string // the input, or what else was run
}

// story is a failure in full: when and of what, each error with its causes, as
// far as they say more, and where in interpreted code it happened.
func (f *failure) story() string {
	if f == nil {
		return ""
	}
	input, more, _ := strings.Cut(strings.TrimSpace(f.what), "\n")
	if more != "" {
		input += " ..."
	}
	lines := []string{f.at.Format("2006-01-02 15:04:05") + "  " + input}
	for i, err := range failures(f.err) {
		text := placed(err, 0)
		if e, ok := err.(*repl.Error); i > 0 && !(ok && e.CompileError()) {
			text = "then " + text
		}
		lines = append(lines, text)
		lines = append(lines, causes(err, text)...)
		lines = append(lines, places(err)...)
	}
	return strings.Join(lines, "\n")
}

// failures are the errors that came together.
func failures(err error) (list []error) {
	if many := (repl.Errors)(nil); errors.As(err, &many) {
		for _, e := range many {
			list = append(list, e)
		}
		return list
	}
	several, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	for _, e := range several.Unwrap() {
		list = append(list, failures(e)...)
	}
	return list
}

// causes are the lines on what led to an error, but for what has been said.
func causes(err error, said string) (lines []string) {
	next := []error{errors.Unwrap(err)}
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		next = several.Unwrap()
	}
	for _, cause := range next {
		if cause == nil {
			continue
		}
		text := oneLine(cause)
		if !strings.Contains(said, text) {
			lines = append(lines, "  because "+text)
			said += "\n" + text
		}
		lines = append(lines, causes(cause, said)...)
	}
	return lines
}

// places are the lines on where an error passed, innermost first.
func places(err error) (lines []string) {
	var e *repl.Error
	if !errors.As(err, &e) {
		return nil
	}
	for _, f := range e.Frames {
		lines = append(lines, "  at "+f)
	}
	return lines
}
