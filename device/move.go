package device

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"
)

const (
	// StopGrace is how long after its deceleration an axis may take to
	// confirm that it is at rest.
	StopGrace = 5 * time.Second
	// longPoll is how often a long move is looked at, for faults, for
	// switches and for those who display the position.
	longPoll = 50 * time.Millisecond
	// firstPoll and lastPoll are how often an axis is asked that should be
	// at rest by now.
	firstPoll = 200 * time.Microsecond
	lastPoll  = 20 * time.Millisecond
	// lateFactor and lateGrace are how late a motor may come to rest: some
	// times its computed time, and a while for those that settle.
	lateFactor = 2
	lateGrace  = time.Minute
	// longestMove is the limit for a motor whose time nobody can compute.
	longestMove = 24 * time.Hour
)

// Move goes to a user position, to the nearest whole step, and returns at rest.
// When ctx ends, or when the hardware fails on the way, the axis is stopped
// under a fresh context that is bounded by its deceleration time plus
// StopGrace; then the cause is returned. An axis that does not confirm is
// quarantined and named by a *NotAtRestError. A move that Stop has ended returns
// an error that wraps ErrStopped.
func (a *MotorAxis) Move(ctx context.Context, to float64) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := a.hold(); err != nil {
		return err
	}
	defer a.letGo()
	c, err := a.admit(ctx)
	if err != nil {
		return err
	}
	err = a.travel(ctx, &c, to)
	a.reached(&c, to, err)
	return err
}

// reached notes where a move was to go, if it got there.
func (a *MotorAxis) reached(c *Config, to float64, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.target = math.NaN()
	if err == nil {
		a.target = (to - c.Offset) * float64(c.Sign)
	}
}

// admit asks the guard, refuses a quarantined axis and gives the settings that
// are valid during this move.
func (a *MotorAxis) admit(ctx context.Context) (Config, error) {
	a.mu.Lock()
	guard, reason, c := a.guard, a.quarantine, a.cfg
	a.mu.Unlock()
	if reason != "" {
		return c, &QuarantineError{Axis: a.name, Reason: reason}
	}
	if guard != nil {
		if err := ask(ctx, guard); err != nil {
			return c, fmt.Errorf("%s: %w", a.name, err)
		}
	}
	a.mu.Lock()
	a.moving = true
	a.mu.Unlock()
	return c, nil
}

// travel moves an axis that is held, in one leg or in two.
func (a *MotorAxis) travel(ctx context.Context, c *Config, to float64) error {
	start, s, err := a.read(ctx)
	if err != nil {
		return err
	}
	if err := a.mayStart(c, start, s); err != nil {
		return err
	}
	from := c.user(start)
	if err := c.check(from, to); err != nil {
		return err
	}
	end := c.dial(to)
	if c.stays(start, end) {
		return nil
	}
	if c.needsBacklash(from, to) {
		via := c.dial(to - c.Backlash)
		if err := a.leg(ctx, c, start, via); err != nil {
			return err
		}
		start = via
	}
	if err := a.leg(ctx, c, start, end); err != nil {
		return err
	}
	if err := CheckPosition(a.name, a.unit, a.LastPosition(), to, a.tolerance(c)); err != nil {
		return err
	}
	return a.checkEncoder(ctx, c, to)
}

// mayStart refuses a motor that somebody else moves, that has no power or that
// reports a fault.
func (a *MotorAxis) mayStart(c *Config, dial float64, s State) error {
	switch {
	case s.Has(Moving):
		return &BusyError{Axis: a.name}
	case s.Has(Fault), s.Has(Off), s == 0:
		return &FaultError{Axis: a.name, Unit: a.unit, State: s, At: c.user(dial)}
	}
	return nil
}

// leg is one straight move between dial positions. Once it has told the motor
// to start, it returns with the motor at rest or quarantined.
func (a *MotorAxis) leg(ctx context.Context, c *Config, from, to float64) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if m, ok := a.driven().(Mover); ok {
		return a.ride(ctx, m, to)
	}
	takes, err := a.legTime(c, from, to)
	if err != nil {
		return fmt.Errorf("%s: travel time: %w", a.name, err)
	}
	if err := a.askStart(ctx, to); err != nil {
		return a.halt(ctx, c, a.failed(ctx, "start", err))
	}
	end := time.Now().Add(takes)
	late := time.Now().Add(latest(takes))
	for poll := time.Duration(0); ; {
		if a.stopWanted() {
			return a.halt(ctx, c, fmt.Errorf("%s was %w", a.name, ErrStopped))
		}
		if err := a.wait(ctx, nextLook(time.Until(end), &poll)); err != nil {
			return a.halt(ctx, c, because(ctx, err))
		}
		dial, s, err := a.read(ctx)
		if err != nil {
			return a.halt(ctx, c, err)
		}
		if s.AtRest() {
			return a.judge(c, dial, to, s)
		}
		if time.Now().After(late) {
			return a.halt(ctx, c, &LateError{Axis: a.name, Unit: a.unit, After: latest(takes), At: c.user(dial), Want: c.user(to)})
		}
	}
}

// latest is how long a move may last that should take so long.
func latest(takes time.Duration) time.Duration {
	if takes == 0 {
		return longestMove
	}
	return plus(lateGrace, time.Duration(min(lateFactor*float64(takes), float64(longestStep))))
}

// ride lets a motor do the whole move and reads where that ended.
func (a *MotorAxis) ride(ctx context.Context, m Mover, to float64) error {
	err := a.askMove(ctx, m, to)
	ctx, cancel := bounded(ctx, StopGrace)
	defer cancel()
	_, _, unread := a.read(ctx)
	return firstOf(err, unread)
}

// nextLook is how long to wait before the motor is asked again: until the
// computed end, in pieces when that is far away; then at once and ever longer.
func nextLook(left time.Duration, poll *time.Duration) time.Duration {
	switch {
	case left > longPoll+lastPoll:
		return longPoll
	case left > 0:
		return left
	}
	d := *poll
	*poll = min(max(2*d, firstPoll), lastPoll)
	return d
}

// judge says whether a motor that came to rest did so as it should. Where it
// rests is compared at the end of the move.
func (a *MotorAxis) judge(c *Config, dial, to float64, s State) error {
	away := math.Abs(dial-to) > c.Tolerance
	switch {
	case s.Has(Fault):
		return &FaultError{Axis: a.name, Unit: a.unit, State: s, At: c.user(dial)}
	case away && s&(LimitPositive|LimitNegative) != 0:
		return &SwitchError{Axis: a.name, Unit: a.unit, State: s, At: c.user(dial), Want: c.user(to)}
	case away && a.stopWanted():
		return fmt.Errorf("%s was %w at %.10g %s", a.name, ErrStopped, c.user(dial), a.unit)
	}
	return nil
}

// stopWanted reports whether Stop was called during this move.
func (a *MotorAxis) stopWanted() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.stopAsked
}

// Stop brings the axis to rest, whoever moves it, and returns when it is. It
// does so even when ctx has ended, within the deceleration time plus StopGrace;
// else it returns a *NotAtRestError and the axis is quarantined.
func (a *MotorAxis) Stop(ctx context.Context) error {
	a.mu.Lock()
	a.stopAsked = a.moving
	c := a.cfg
	a.mu.Unlock()
	if err := a.halt(ctx, &c, nil); err != nil {
		return err
	}
	ctx, cancel := bounded(ctx, StopGrace)
	defer cancel()
	for a.IsMoving() {
		if err := a.wait(ctx, time.Millisecond); err != nil {
			return a.giveUp(nil, because(ctx, err))
		}
	}
	return nil
}

// bounded is a fresh context that ends after d, with a cause that says so.
func bounded(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	cause := fmt.Errorf("no answer within %g s", d.Round(100*time.Millisecond).Seconds())
	return context.WithTimeoutCause(context.WithoutCancel(ctx), d, cause)
}

// halt stops the motor and waits until it is at rest, then returns cause.
func (a *MotorAxis) halt(ctx context.Context, c *Config, cause error) error {
	ctx, cancel := bounded(ctx, plus(a.stopTime(c), StopGrace))
	defer cancel()
	stopped := a.stopMotor(ctx)
	for poll := firstPoll; ; poll = min(2*poll, lastPoll) {
		_, s, err := a.read(ctx)
		if err == nil && s.AtRest() {
			return cause
		}
		if ctx.Err() != nil || a.wait(ctx, poll) != nil {
			return a.giveUp(cause, firstOf(stopped, err, errors.New(s.String())))
		}
		if stopped != nil {
			stopped = a.stopMotor(ctx)
		}
	}
}

// stopTime is how long the axis takes to come to rest.
func (a *MotorAxis) stopTime(c *Config) time.Duration {
	if m, ok := a.motor.(*calcMotor); ok {
		return m.stopTime()
	}
	return StopTime(c.Velocity, c.Acceleration)
}

// stopMotor tells the motor to decelerate.
func (a *MotorAxis) stopMotor(ctx context.Context) error {
	if err := a.askStop(ctx); err != nil {
		return a.failed(ctx, "stop", err)
	}
	return nil
}

// giveUp puts an axis that has not confirmed into quarantine.
func (a *MotorAxis) giveUp(cause, err error) error {
	e := &NotAtRestError{Axis: a.name, Cause: cause, Err: err}
	a.Quarantine(e.Error())
	return e
}

// firstOf is the first error that is not nil.
func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
