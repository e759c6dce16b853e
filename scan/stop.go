package scan

import "errors"

// StopIteration, returned by a hook, ends the scan now and cleanly: moving axes
// decelerate, the point in progress is dropped, the outcome is stopped. Wrap it
// to give a reason: fmt.Errorf("past the peak: %w", scan.StopIteration).
//
//lint:ignore ST1012 the word is the original's
var StopIteration = errors.New("stop the scan")

// StopAfterPoint, returned by a hook, ends the scan cleanly when the point in
// progress is complete.
//
//lint:ignore ST1012 named after its sibling
var StopAfterPoint = errors.New("stop the scan after this point")

// When says how soon a stop is to happen.
type When int

const (
	// AfterPoint lets the point in progress be completed.
	AfterPoint When = iota
	// Gently is one Ctrl-C: moving axes decelerate now, a count in progress
	// is finished.
	Gently
	// Now cancels the point in progress.
	Now
)

func (w When) String() string {
	return [...]string{"after the point", "gently", "now"}[w]
}

// ErrInterrupted is the cause of a stop from the keyboard.
var ErrInterrupted = errors.New("interrupted by Ctrl-C")

// StopError is a stop that somebody asked for; the outcome is stopped.
type StopError struct {
	By     string // "hook StopAlignmentHook", "shared channel stop_alignment", ...
	Reason string // may be empty
}

func (e *StopError) Error() string {
	if e.Reason == "" {
		return "by " + e.By
	}
	return "by " + e.By + ": " + e.Reason
}
