package device

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// ErrStopped is wrapped by the error of a move that somebody ended with Stop.
var ErrStopped = errors.New("stopped")

// BusyError refuses what cannot be done while an axis moves.
type BusyError struct{ Axis string }

func (e *BusyError) Error() string { return e.Axis + " is moving" }

// SwitchError says that a limit switch stopped an axis.
type SwitchError struct {
	Axis  string
	Unit  string
	State State   // with LimitPositive or LimitNegative
	At    float64 // user position
	Want  float64
}

func (e *SwitchError) Error() string {
	which := "positive limit switch (LIMPOS)"
	if e.State.Has(LimitNegative) {
		which = "negative limit switch (LIMNEG)"
	}
	return fmt.Sprintf("%s was stopped by its %s at %.10g %s on the way to %.10g %s", e.Axis, which, e.At, e.Unit, e.Want, e.Unit)
}

// FaultError says that an axis is in no state to move, or that it was stopped
// by a fault of its own.
type FaultError struct {
	Axis  string
	Unit  string
	State State
	At    float64 // user position
}

func (e *FaultError) Error() string {
	return fmt.Sprintf("%s is %s at %s", e.Axis, e.State, withUnit(e.At, e.Unit))
}

// PositionError says that an axis came to rest away from where it was sent.
type PositionError struct {
	Axis          string
	Unit          string
	At, Want, Tol float64
}

func (e *PositionError) Error() string {
	return fmt.Sprintf("%s is at %s, %s was asked (tolerance %s)", e.Axis, withUnit(e.At, e.Unit), withUnit(e.Want, e.Unit), withUnit(e.Tol, e.Unit))
}

// roundOff is how far the sums of floating-point numbers may be off, in any
// unit.
const roundOff = 1e-9

// CheckPosition compares where an axis rests with where it was sent.
func CheckPosition(axis, unit string, at, want, tol float64) error {
	if math.Abs(at-want) <= tol*(1+roundOff)+roundOff*1e-3 {
		return nil
	}
	return &PositionError{Axis: axis, Unit: unit, At: at, Want: want, Tol: tol}
}

// LateError says that an axis was stopped because it was still moving long after
// it should have arrived.
type LateError struct {
	Axis     string
	Unit     string
	After    time.Duration
	At, Want float64
}

func (e *LateError) Error() string {
	return fmt.Sprintf("%s is still moving after %v, at %.10g %s on the way to %.10g %s: stopped", e.Axis, e.After.Round(time.Second), e.At, e.Unit, e.Want, e.Unit)
}

// NotAtRestError says that an axis was stopped and did not confirm it within
// the time allowed. The axis is quarantined.
type NotAtRestError struct {
	Axis  string
	Cause error // why it was stopped; may be nil
	Err   error // the last thing heard of it
}

func (e *NotAtRestError) Error() string {
	return fmt.Sprintf("%s has not confirmed that it is at rest: %v", e.Axis, e.Err)
}

// Unwrap gives both errors.
func (e *NotAtRestError) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Err}
	}
	return []error{e.Cause, e.Err}
}

// QuarantineError refuses to move an axis that is not known to be at rest.
type QuarantineError struct {
	Axis   string
	Reason string
}

func (e *QuarantineError) Error() string {
	return fmt.Sprintf("%s is quarantined until its state is read at rest: %s", e.Axis, e.Reason)
}
