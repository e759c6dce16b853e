package main

import (
	"context"
	"errors"
	"fmt"

	"blissh/repl"
	"blissh/scan"
)

// The exit codes of the program, DESIGN section 10.
const (
	exitFailed      = 1   // a scan, a script or a start failed, or ran past its deadline
	exitUsage       = 2   // wrong usage, or a script that does not compile
	exitInterrupted = 130 // Ctrl-C
	exitTerminated  = 143 // SIGTERM
)

// noReader is the cause of a stop when the output cannot be written any more.
type noReader struct{}

func (noReader) Error() string        { return "nobody reads the output any more" }
func (noReader) Is(target error) bool { return target == scan.ErrInterrupted }

var errNoReader error = noReader{}

// usageError is a mistake in how the program was called.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// terminated is the cause of a stop by SIGTERM; it counts as an interruption for
// everything that runs.
type terminated struct{}

func (terminated) Error() string        { return "terminated by SIGTERM" }
func (terminated) Is(target error) bool { return target == scan.ErrInterrupted }

var errTerminated error = terminated{}

// printed marks an error that the user has seen already.
type printed struct{ error }

func (p printed) Unwrap() error { return p.error }

// exitCode turns the error of a sub-command into the program's exit status.
func exitCode(err error) int {
	var usage usageError
	var compile interface{ CompileError() bool }
	var exit *repl.ExitError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errTerminated):
		return exitTerminated
	case failed(err):
		return exitFailed
	case errors.Is(err, scan.ErrInterrupted), errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &exit):
		return exit.Code
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &compile) && compile.CompileError():
		return exitUsage
	}
	return exitFailed
}
