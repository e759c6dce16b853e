package commands

import "fmt"

// Error is the failure of one command, the panic value of all of them.
type Error struct {
	Command string // "ascan"; empty for a method of an object
	Err     error
}

func (e *Error) Error() string {
	if e.Command == "" {
		return e.Err.Error()
	}
	return e.Command + ": " + e.Err.Error()
}

func (e *Error) Unwrap() error { return e.Err }

// fail ends a command with an error.
func fail(command string, err error) {
	panic(&Error{Command: command, Err: err})
}

// failf ends a command with a message.
func failf(command, format string, args ...any) {
	fail(command, fmt.Errorf(format, args...))
}

// try ends a method of an object when err is not nil.
func try(err error) {
	if err != nil {
		fail("", err)
	}
}
