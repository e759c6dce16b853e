// Package device is what blissh asks of a piece of hardware.
//
// An axis moves to a number; a counter is one measured quantity. Counters
// belong to a controller, which is triggered and read once per point for all
// of them. The interfaces are small so that a driver is one folder beside this
// one; optional abilities are separate interfaces found by type assertion.
//
// MotorAxis is the standard axis around a driver's Motor, NewCalculated makes
// axes whose positions are functions of those of others, NewCalc a counter that
// is computed from others, NewSampling a controller of counters that are read
// again and again while they count.
//
//	Axis        Position, Move                    every axis
//	Limiter     CheckTarget                       refuses a target before anything moves
//	Tolerant    Tolerance                         how far from its target an axis may rest
//	Addressed   Address                           hardware address, for reservations
//	Estimator   MoveTime                          how long a move takes
//	Controller  Prepare                           every counter controller
//	Acquisition Trigger, Read, Stop               one controller during one scan
//	TimeMaster  Gate                              a controller that gates the others
//
// Contexts: when the context of a Move or a Read ends, the device is brought to
// rest under a fresh, bounded context, and context.Cause is returned.
package device

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// Axis is anything that moves to a number. It is safe for concurrent use; two
// moves at a time are refused.
type Axis interface {
	Name() string
	Unit() string
	// Position reads the user position from the hardware.
	Position(ctx context.Context) (float64, error)
	// Move goes to a user position and returns at rest. When ctx ends, it
	// decelerates, waits until the axis is at rest and returns the cause.
	Move(ctx context.Context, to float64) error
}

// Limiter refuses a target, the way there included (backlash).
type Limiter interface {
	CheckTarget(from, to float64) error
}

// Tolerant is an axis that knows how far from its target it may come to rest.
type Tolerant interface{ Tolerance() float64 }

// Addressed is an axis that names its hardware, for example "sim://robz".
type Addressed interface{ Address() string }

// Estimator predicts the duration of a move.
type Estimator interface {
	MoveTime(from, to float64) time.Duration
}

// Counter is one measured quantity. Mode and conversion can be set while the
// program runs; the fields are not changed once it is in use.
type Counter struct {
	Name       string
	Unit       string
	DType      string // numpy name; empty means "<f8"
	Shape      []int  // empty: scalar; [n]: spectrum; [rows, columns]: image
	Controller Controller
	Format     string // fmt verb for display, such as "%.4f"; empty: chosen by the display
	Role       string // RoleAxis for the position of an axis; empty: a counter

	part *part // not nil: came with another counter
	set  atomic.Pointer[settings]
}

// Setup is what a controller is told once, before the first point.
type Setup struct {
	Counters  []*Counter // those wanted of this controller, in the order of Reading
	Axes      []Axis     // the scanned axes, first one first
	Points    int        // 0 when open-ended
	CountTime time.Duration
}

// Point is what a controller is told at each trigger.
type Point struct {
	Index     int
	CountTime time.Duration
	Positions []float64 // read-back of Setup.Axes; do not keep
}

// Reading receives the values of one point, in the order of Setup.Counters and
// before their conversion, which is the scan's (or Sampling's) business:
// Values[i] for a scalar, Arrays[i] (little-endian bytes, row-major) otherwise.
// Arrays[i] is of the right length when Read is called; a controller fills it,
// or puts a slice of its own there that it leaves alone until the next Trigger.
type Reading struct {
	Values []float64
	Arrays [][]byte
}

// Controller is triggered and read once for all its counters.
type Controller interface {
	Name() string
	Prepare(ctx context.Context, s Setup) (Acquisition, error)
}

// Acquisition is one controller during one scan. Its methods are called by one
// goroutine at a time, Trigger and Read alternately, Stop once at the end.
type Acquisition interface {
	// Trigger begins to count and returns at once.
	Trigger(ctx context.Context, p Point) error
	// Read waits for the end of the count and fills r.
	Read(ctx context.Context, r *Reading) error
	// Stop brings the controller back to rest, also after a failure.
	Stop(ctx context.Context) error
}

// TimeMaster is an acquisition that gates others: it opens the gate, calls
// trigger, which triggers the others, and returns when the count time is over.
type TimeMaster interface {
	Gate(ctx context.Context, p Point, trigger func(context.Context) error) error
}

// LimitError says which limit a target would pass.
type LimitError struct {
	Axis      string
	Unit      string
	Want      float64
	Low, High float64
	Backlash  bool // the backlash approach passes it, not the target itself
}

func (e *LimitError) Error() string {
	via := ""
	if e.Backlash {
		via = " (with backlash)"
	}
	which, limit := "low", e.Low
	if e.Want > e.High {
		which, limit = "high", e.High
	}
	return fmt.Sprintf("%s: %s%s is beyond the %s limit %s", e.Axis, withUnit(e.Want, e.Unit), via, which, withUnit(limit, e.Unit))
}

// withUnit is a number with its unit, if it has one.
func withUnit(x float64, unit string) string {
	if unit == "" {
		return fmt.Sprintf("%.10g", x)
	}
	return fmt.Sprintf("%.10g %s", x, unit)
}
