package repl

import (
	"context"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// Exports are the names of compiled packages, by "import/path/name" where name
// is the package's, for example "blissh/channel/channel".
type Exports = map[string]map[string]reflect.Value

// Options configure an interpreter; the zero value works.
type Options struct {
	// Stdout and Stderr receive what interpreted code prints; nil discards.
	Stdout, Stderr io.Writer
	// Show formats the values of an expression that was typed, without a
	// newline at the end; "" prints nothing. Nil prints the values as fmt does.
	Show func(values []any) string
	// Keyword makes the option that name=value in a command's arguments
	// stands for. Nil makes name=value an error.
	Keyword func(name string, value any) any
	// Commands names the functions that may be typed with blanks instead of
	// brackets and whose arguments are checked for integer divisions.
	Commands func(name string) bool
	// Guide helps whoever types; see Assist.
	Guide Guide
	// Exports are packages for interpreted code besides those of package
	// symbols; a name given here replaces one of the same package there.
	Exports Exports
	// Bind gives the packages that depend on who runs: it is called once for
	// each new interpreter, and what it returns goes above Exports.
	Bind func(s *Scope) Exports
	// Args and Env are what interpreted code sees of the program's; Args[0]
	// is the program's name.
	Args []string
	Env  []string
	// Cleanups, if not nil, is what running code has registered for its end;
	// see there.
	Cleanups Cleanups
	// Cleaning, if not nil, is told when the clean-ups of code that was
	// interrupted begin.
	Cleaning func()
	// Root, if not empty, is cut off the paths of files in messages.
	Root string
}

// Kind says what an interpreter is for.
type Kind string

// The three kinds of interpreter.
const (
	KindPrompt Kind = "prompt"
	KindFile   Kind = "file"
	KindHook   Kind = "hook"
)

// Scope is one interpreter as its bindings see it.
type Scope struct {
	Kind Kind
	Name string // the file; empty for the prompt
	// Context is cancelled when the code is interrupted or killed; ask for it
	// at each call, since it is renewed.
	Context func() context.Context
	// Wake tells a hook that something it opened has changed. It does not
	// block; it does nothing for the other kinds.
	Wake func()

	mu      sync.Mutex
	closed  bool
	closers []func()
}

// OnClose registers f to be called, last one first, when the interpreter is
// given back; at once if it has been. Safe from any goroutine.
func (s *Scope) OnClose(f func()) {
	s.mu.Lock()
	closed := s.closed
	if !closed {
		s.closers = append(s.closers, f)
	}
	s.mu.Unlock()
	if closed {
		f()
	}
}

func (s *Scope) close() {
	s.mu.Lock()
	list := s.closers
	s.closed, s.closers = true, nil
	s.mu.Unlock()
	for _, f := range slices.Backward(list) {
		f()
	}
}

// Error is a mistake in interpreted source, or what went wrong when it ran.
type Error struct {
	Msg    string   // one line, without position
	File   string   // as shown to the user; empty at the prompt
	Line   int      // from 1; 0 when unknown
	Col    int      // from 1, in bytes
	Cause  error    // what a command panicked with, or a runtime error; nil for mistakes in the source
	Frames []string // where it happened, innermost first: "file:line:col: in function", or without a function

	ran bool // earlier statements of the same file or input have run
}

// Error is the message in one line; the position is in front if the mistake
// is in a file, or in the source itself.
func (e *Error) Error() string {
	switch {
	case e.File != "" && e.Line > 0:
		return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Col, e.Msg)
	case e.File != "":
		return e.File + ": " + e.Msg
	case e.Line > 0 && e.Cause == nil:
		return fmt.Sprintf("%d:%d: %s", e.Line, e.Col, e.Msg)
	}
	return e.Msg
}

func (e *Error) Unwrap() error { return e.Cause }

// CompileError reports whether this is a mistake in the source that was found
// before anything of it ran.
func (e *Error) CompileError() bool { return e.Cause == nil && !e.ran }

// Errors are several mistakes of one file.
type Errors []*Error

func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, err := range e {
		lines[i] = err.Error()
	}
	return strings.Join(lines, "\n")
}

// CompileError reports whether nothing ran; see Error.
func (e Errors) CompileError() bool {
	return !slices.ContainsFunc(e, func(err *Error) bool { return !err.CompileError() })
}

// Unwrap gives the mistakes one by one.
func (e Errors) Unwrap() []error {
	out := make([]error, len(e))
	for i, err := range e {
		out[i] = err
	}
	return out
}

// ExitError is what a program ends with that calls os.Exit.
type ExitError struct{ Code int }

func (e *ExitError) Error() string { return fmt.Sprintf("exit status %d", e.Code) }
