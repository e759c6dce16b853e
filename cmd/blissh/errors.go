package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

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
