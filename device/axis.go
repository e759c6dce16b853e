package device

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"
)

// MotorAxis is the standard axis around a Motor: units, offset, limits,
// backlash, whole steps, one move at a time, an end of every move at rest.
// It is safe for concurrent use.
type MotorAxis struct {
	name, unit, address string
	motor               Motor
	standIn             *standIn // in the motor's place; nil: none
	wait                Wait
	encoder             *Counter // nil: none

	mu         sync.Mutex
	cfg        Config // what may be set while the program runs
	guard      func(context.Context) error
	held       bool // somebody moves it or changes its settings
	moving     bool // a Move is under way
	stopAsked  bool // Stop was called during this move
	last       float64
	lastState  State
	target     float64 // dial, where the last move that succeeded was to go, not rounded to steps; NaN: none
	quarantine string
}

// The abilities of a MotorAxis, beside those of Axis.
var (
	_ Axis      = (*MotorAxis)(nil)
	_ Limiter   = (*MotorAxis)(nil)
	_ Tolerant  = (*MotorAxis)(nil)
	_ Addressed = (*MotorAxis)(nil)
	_ Estimator = (*MotorAxis)(nil)
)

// NewAxis makes an axis of a motor; nothing moves and nothing is read. It
// waits with w; nil means PreciseWait.
func NewAxis(c Config, m Motor, w Wait) *MotorAxis {
	if w == nil {
		w = PreciseWait
	}
	c = c.complete()
	a := &MotorAxis{name: c.Name, unit: c.Unit, address: c.Address, motor: m, wait: w, cfg: c, last: math.NaN(), target: math.NaN()}
	a.encoder = newEncoder(a)
	return a
}

// Name is the name of the axis.
func (a *MotorAxis) Name() string { return a.name }

// Unit is the unit of all positions of the axis.
func (a *MotorAxis) Unit() string { return a.unit }

// String is the name of the axis.
func (a *MotorAxis) String() string { return a.name }

// Address names the hardware, for reservations.
func (a *MotorAxis) Address() string { return a.address }

// Motor is the driver's part of the axis.
func (a *MotorAxis) Motor() Motor { return a.motor }

// Config is what the axis is set to now.
func (a *MotorAxis) Config() Config {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.cfg
}

// Position reads the user position from the hardware.
func (a *MotorAxis) Position(ctx context.Context) (float64, error) {
	dial, _, err := a.read(ctx)
	if err != nil {
		return 0, err
	}
	c := a.Config()
	return c.user(dial), nil
}

// Dial reads the dial position from the hardware.
func (a *MotorAxis) Dial(ctx context.Context) (float64, error) {
	dial, _, err := a.read(ctx)
	return dial, err
}

// State reads the state from the hardware. An axis found at rest leaves
// quarantine, and so do the parts of a calculated one.
func (a *MotorAxis) State(ctx context.Context) (State, error) {
	for _, part := range a.Parts() {
		if _, err := part.State(ctx); err != nil {
			return 0, a.failed(ctx, "read", err)
		}
	}
	_, s, err := a.read(ctx)
	if err == nil && s.AtRest() {
		a.mu.Lock()
		a.quarantine = ""
		a.mu.Unlock()
	}
	return s, err
}

// LastPosition is the user position as it was last read, without asking the
// hardware; NaN before the first time.
func (a *MotorAxis) LastPosition() float64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.cfg.user(a.last)
}

// LastDial is LastPosition as the hardware counts it.
func (a *MotorAxis) LastDial() float64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.last
}

// Reference is the user position that a relative move starts from, for an axis
// that was read at "at": where its last move was to go, if it still stands
// there, so that the rounding to steps does not add up over many moves.
func (a *MotorAxis) Reference(at float64) float64 {
	a.mu.Lock()
	target, c := a.cfg.user(a.target), a.cfg
	a.mu.Unlock()
	slack := c.halfStep()
	if m, ok := a.motor.(*calcMotor); ok {
		slack = m.coarseness()
	}
	if math.Abs(target-at) <= slack*(1+1e-6) {
		return target
	}
	return at
}

// LastState is the state as it was last read, without asking the hardware; 0
// before the first time.
func (a *MotorAxis) LastState() State {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.lastState
}

// IsMoving reports whether a Move is under way in this process.
func (a *MotorAxis) IsMoving() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.moving
}

// Quarantined reports whether moves are refused because the axis has not
// confirmed that it is at rest, or one of its parts has not.
func (a *MotorAxis) Quarantined() bool {
	a.mu.Lock()
	own := a.quarantine != ""
	a.mu.Unlock()
	return own || slices.ContainsFunc(a.Parts(), (*MotorAxis).Quarantined)
}

// Quarantine refuses moves until the state is read at rest. Parts of a
// calculated axis that move share it.
func (a *MotorAxis) Quarantine(reason string) {
	for _, part := range a.Parts() {
		if part.IsMoving() {
			part.Quarantine(reason)
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.quarantine == "" {
		a.quarantine = cmp.Or(reason, "no reason was given")
	}
}

// SetGuard sets what is asked before each move: an error refuses it. It must
// be fast; nil removes it.
func (a *MotorAxis) SetGuard(guard func(context.Context) error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.guard = guard
}

// Tolerance is how far from its target the axis may rest: the configured
// value, and never less than half a step, or than what the tolerances of its
// parts add up to.
func (a *MotorAxis) Tolerance() float64 {
	c := a.Config()
	return a.tolerance(&c)
}

func (a *MotorAxis) tolerance(c *Config) float64 {
	tol := max(c.Tolerance, c.halfStep())
	if m, ok := a.motor.(*calcMotor); ok {
		tol = max(tol, m.coarseness())
	}
	return tol
}

// CheckTarget refuses a user position that is no number or that passes a
// limit, on its own or with the backlash approach. A from of NaN means that
// the start is unknown; backlash is then left out. What a calculated axis asks
// of its parts is checked as well, from where they were read last.
func (a *MotorAxis) CheckTarget(from, to float64) error {
	c := a.Config()
	if err := c.check(from, to); err != nil {
		return err
	}
	if r, ok := a.motor.(reacher); ok {
		if err := r.reach(c.dial(to)); err != nil {
			return fmt.Errorf("%s: %w", a.name, err)
		}
	}
	return nil
}

// Stays reports whether a move between two user positions is none: they are on
// the same step.
func (a *MotorAxis) Stays(from, to float64) bool {
	c := a.Config()
	start := (from - c.Offset) * float64(c.Sign)
	return c.stays(start, c.dial(to)) || math.Abs(to-from) <= roundOff
}

// reacher is a motor with limits of its own.
type reacher interface{ reach(dial float64) error }

// check is CheckTarget on settings that do not change.
func (c *Config) check(from, to float64) error {
	if math.IsNaN(to) || math.IsInf(to, 0) {
		return fmt.Errorf("%s: cannot move to %v", c.Name, to)
	}
	low, high := c.limits()
	slack := max(1e-9, c.halfStep()*1e-3)
	if to < low-slack || to > high+slack {
		return &LimitError{Axis: c.Name, Unit: c.Unit, Want: to, Low: low, High: high}
	}
	if via := to - c.Backlash; c.needsBacklash(from, to) && (via < low-slack || via > high+slack) {
		return &LimitError{Axis: c.Name, Unit: c.Unit, Want: via, Low: low, High: high, Backlash: true}
	}
	return nil
}

// MoveTime is how long a move takes, backlash included; 0 when the driver
// cannot tell.
func (a *MotorAxis) MoveTime(from, to float64) time.Duration {
	c := a.Config()
	if math.IsNaN(from) || math.IsNaN(to) {
		return 0
	}
	start, end := c.dial(from), c.dial(to)
	if !c.needsBacklash(from, to) {
		d, _ := a.legTime(&c, start, end)
		return d
	}
	via := c.dial(to - c.Backlash)
	there, _ := a.legTime(&c, start, via)
	back, _ := a.legTime(&c, via, end)
	return plus(there, back)
}

// read asks the hardware and remembers the answer.
func (a *MotorAxis) read(ctx context.Context) (float64, State, error) {
	dial, s, err := a.askRead(ctx)
	if err != nil {
		return 0, 0, a.failed(ctx, "read", err)
	}
	a.mu.Lock()
	a.last, a.lastState = dial, s
	a.mu.Unlock()
	return dial, s, nil
}

// failed names the axis and what was tried, unless ctx has ended; a panic is
// told in any case.
func (a *MotorAxis) failed(ctx context.Context, what string, err error) error {
	var panicked *panicError
	if ctx.Err() != nil && !errors.As(err, &panicked) {
		return context.Cause(ctx)
	}
	return fmt.Errorf("%s: %s: %w", a.name, what, err)
}

// because is the cause of a context that has ended, else err.
func because(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
