package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"blissh/repl"

	"github.com/fatih/color"
)

// oneLine is an error as a user sees it: one line, or one a mistake for a file
// with several.
func oneLine(err error) string {
	var many repl.Errors
	if errors.As(err, &many) {
		return many.Error()
	}
	return strings.Join(strings.Split(err.Error(), "\n"), "; ")
}

// placed puts the place of an error in what was typed before it. first is the
// number of the input's first line, 0 at a terminal, where an input of one line
// needs no line number.
func placed(err error, first int) string {
	if several, ok := err.(interface{ Unwrap() []error }); ok && !isErrors(err) {
		var list []string
		for _, e := range several.Unwrap() {
			if text := placed(e, first); !slices.Contains(list, text) {
				list = append(list, text)
			}
		}
		return strings.Join(list, "; ")
	}
	var e *repl.Error
	if !errors.As(err, &e) || e.File != "" {
		if first > 0 {
			return fmt.Sprintf("line %d: %s", first, oneLine(err))
		}
		return oneLine(err)
	}
	line := max(1, e.Line) + max(0, first-1)
	switch mistake := e.Cause == nil && e.Line > 0; {
	case mistake && first == 0 && line == 1:
		return fmt.Sprintf("column %d: %s", e.Col, e.Msg)
	case mistake:
		return fmt.Sprintf("line %d, column %d: %s", line, e.Col, e.Msg)
	case first > 0:
		return fmt.Sprintf("line %d: %s", line, e.Msg)
	}
	return e.Msg
}

// isErrors reports whether an error is the mistakes of one file.
func isErrors(err error) bool {
	_, ok := err.(repl.Errors)
	return ok
}

func (s *shell) paintError(text string) string {
	if !s.out.colour {
		return text
	}
	c := color.New(color.FgRed)
	c.EnableColor()
	return c.Sprint(text)
}

// story is an error in full: when it was asked for, what it says, the chain of
// causes, and where in interpreted code it happened.
func story(err error) string {
	if err == nil {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s", time.Now().Format("2006-01-02 15:04:05"), oneLine(err))
	last := oneLine(err)
	for cause := errors.Unwrap(err); cause != nil; cause = errors.Unwrap(cause) {
		if text := oneLine(cause); text != last {
			fmt.Fprintf(&b, "\n  because %s", text)
			last = text
		}
	}
	var e *repl.Error
	if errors.As(err, &e) {
		for _, f := range e.Frames {
			fmt.Fprintf(&b, "\n  at %s", f)
		}
	}
	return b.String()
}
