package strictyaml

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Error is one mistake in a file. Line and Col count from 1; 0 is unknown.
type Error struct {
	File      string
	Line, Col int
	Msg       string
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Msg)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Col, e.Msg)
}

// Errors are all mistakes of a file, from top to bottom.
type Errors []*Error

// Error has one line per mistake.
func (es Errors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the mistakes to errors.As.
func (es Errors) Unwrap() []error {
	list := make([]error, len(es))
	for i, e := range es {
		list[i] = e
	}
	return list
}

// Add notes a mistake at a node.
func (r *Report) Add(n *yaml.Node, format string, args ...any) {
	e := &Error{File: r.file, Msg: strings.Join(strings.Fields(fmt.Sprintf(format, args...)), " ")}
	if n != nil {
		e.Line, e.Col = n.Line, n.Column
	}
	r.found = append(r.found, e)
}

// Err is nil or of type Errors: everything noted so far, top to bottom, each
// mistake once.
func (r *Report) Err() error {
	if len(r.found) == 0 {
		return nil
	}
	sorted := slices.Clone(r.found)
	slices.SortStableFunc(sorted, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
	return slices.CompactFunc(sorted, func(a, b *Error) bool { return *a == *b })
}

// syntax notes an error of the YAML parser.
func (r *Report) syntax(err error) {
	at := &yaml.Node{Line: 1, Column: 1}
	if strings.Contains(err.Error(), "no documents") {
		r.Add(at, "the file is empty")
		return
	}
	msg := err.Error()
	var load *yaml.LoadError
	if errors.As(err, &load) {
		msg = load.Message
		at.Line, at.Column = max(load.Mark.Line, 1), max(load.Mark.Column, 1)
	}
	r.Add(at, "not YAML: %s", strings.TrimPrefix(msg, "yaml: "))
}
