package scan

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"blissh/data"
	"blissh/device"
)

// AbortError is an end from outside that nobody who looks after the
// measurement asked for; the outcome is aborted.
type AbortError struct {
	By    string // "SIGTERM"
	Cause error  // may be nil
}

func (e *AbortError) Error() string {
	if e.Cause == nil {
		return "by " + e.By
	}
	return "by " + e.By + ": " + e.Cause.Error()
}

// Unwrap gives the cause.
func (e *AbortError) Unwrap() error { return e.Cause }

// DeadlineError ends a scan that takes longer than Plan.Deadline; the outcome
// is aborted.
type DeadlineError struct{ After time.Duration }

func (e *DeadlineError) Error() string { return fmt.Sprintf("past the deadline of %s", e.After) }

// UnconfirmedError names what was still busy when a scan was abandoned.
type UnconfirmedError struct {
	Doing string   // the call that did not return, "move robz"
	Axes  []string // quarantined
}

func (e *UnconfirmedError) Error() string {
	if len(e.Axes) == 0 {
		return e.Doing + " has not returned"
	}
	return fmt.Sprintf("%s has not returned; quarantined: %s", e.Doing, strings.Join(e.Axes, ", "))
}

// levelOf is what the scan compares: 0 while nobody wants it to end.
func levelOf(w When) int32 { return int32(w) + 1 }

// Stop ends the scan, from any goroutine: a hook's verdict, a key, a deadline,
// a device that fails. The first cause is kept and decides the outcome; a later
// call may only make the end come sooner. A nil cause is a request without a
// reason. Before Run it is remembered; after the end it does nothing. It does
// not wait: Run returns when everything is at rest.
func (s *Scan) Stop(cause error, when When) {
	if cause == nil {
		cause = &StopError{By: "request"}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stop(cause, when)
}

// stop is Stop with s.mu held; it reports whether cause is the first.
func (s *Scan) stop(cause error, when When) (first bool) {
	if when >= Now {
		s.hurry()
	}
	if s.closed {
		return false
	}
	if first = s.cause == nil; first {
		s.cause = cause
	}
	if s.cancelBack != nil && when >= Gently {
		s.cancelBack(cause)
	}
	if levelOf(when) > s.level.Load() {
		s.level.Store(levelOf(when))
		s.cancel()
		signal(s.stirred)
	}
	return first
}

// cancel ends the contexts that the level wants ended. s.mu is held.
func (s *Scan) cancel() {
	if s.cancelMove == nil {
		return
	}
	level := s.level.Load()
	if level >= levelOf(Gently) {
		s.cancelMove(s.cause)
	}
	if level >= levelOf(Now) {
		s.cancelCount(s.cause)
	}
}

// hurry begins to bound how long the devices may take. s.mu is held.
func (s *Scan) hurry() {
	if !s.urged {
		s.urged = true
		close(s.urge)
	}
}

// Hurry is the second press of Ctrl-C: the scan ends now, and nobody waits any
// longer for the last call of a hook or for a store that is away. Devices and
// presets have the time that they need.
func (s *Scan) Hurry() {
	s.Stop(ErrInterrupted, Now)
	s.hurryAll()
}

// Abandon is the third press of Ctrl-C: it ends the scan now, and a device call
// that does not return is left behind. Axes that have not confirmed that they
// are at rest are quarantined, and Run returns soon.
func (s *Scan) Abandon() {
	s.Stop(ErrInterrupted, Now)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.haste = true
}

// longCount is the rest of a count that a person should be told about.
const longCount = 2 * time.Second

// Interrupt is one press of Ctrl-C: moving axes decelerate now, a count in
// progress is finished. When that takes more than 2 s, the time left is
// returned, so that the caller can offer the second press, Hurry.
func (s *Scan) Interrupt() (left time.Duration) {
	s.Stop(ErrInterrupted, Gently)
	if end := s.countEnd.Load(); end != 0 {
		left = time.Duration(end) - time.Since(s.base)
	}
	if left <= longCount {
		return 0
	}
	return left
}

// ending reports whether the scan is to end at this level or sooner.
func (s *Scan) ending(when When) bool { return s.level.Load() >= levelOf(when) }

// fail ends the scan because of err, which may be nil. An error that only says
// that the scan is ending already is nothing new.
func (s *Scan) fail(err error) {
	if err == nil || errors.Is(err, errEnding) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isNews(err) && !s.stop(err, Now) {
		s.later = append(s.later, err)
	}
}

// isNews reports whether err tells more than the cause of the end does. An
// axis that does not come to rest does, whatever it was stopped for. s.mu is
// held.
func (s *Scan) isNews(err error) bool {
	if s.cause == nil {
		return true
	}
	var unrest *device.NotAtRestError
	if errors.As(err, &unrest) {
		return true
	}
	return !errors.Is(err, s.cause) && !errors.Is(err, context.Canceled)
}

// errEnding is returned inside the engine when a stage finds that the scan is
// ending.
var errEnding = errors.New("the scan is ending")

// outcomeOf tells an outcome from its cause.
func outcomeOf(cause error) data.Outcome {
	var asked *StopError
	var abort *AbortError
	var deadline *DeadlineError
	switch {
	case cause == nil:
		return data.Done
	case errors.As(cause, &asked), errors.Is(cause, StopIteration), errors.Is(cause, StopAfterPoint):
		return data.Stopped
	case errors.As(cause, &abort), errors.As(cause, &deadline), errors.Is(cause, ErrInterrupted):
		return data.Aborted
	}
	return data.Failed
}

// settle tells how a scan ended: its outcome, and the error that Run returns.
// What went wrong after the end had begun turns a clean end into a failed one.
func settle(cause error, later []error) (data.Outcome, error) {
	outcome := outcomeOf(cause)
	if len(later) == 0 {
		return outcome, cause
	}
	if outcome == data.Done || outcome == data.Stopped {
		outcome = data.Failed
	}
	return outcome, &endError{first: cause, later: later}
}

// endError is a first cause with what followed it.
type endError struct {
	first error
	later []error
}

func (e *endError) Error() string {
	var parts []string
	for _, err := range e.Unwrap() {
		parts = append(parts, err.Error())
	}
	return strings.Join(parts, "; then ")
}

// Unwrap gives all errors, the first cause first.
func (e *endError) Unwrap() []error {
	if e.first == nil {
		return e.later
	}
	return append([]error{e.first}, e.later...)
}
