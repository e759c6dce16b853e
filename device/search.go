package device

import (
	"context"
	"fmt"
	"time"
)

// searchTime is how long a search for a switch may take.
const searchTime = 10 * time.Minute

// Home looks for the reference of the axis, in a user direction, 1 or -1, or in
// the one that the hardware is set to, 0. It returns at rest; what the motor
// counts is then right again. Limits of the configuration do not hold, for the
// position is in doubt. It ends like Move when ctx ends.
func (a *MotorAxis) Home(ctx context.Context, direction int) error {
	m, ok := a.motor.(Homer)
	if !ok {
		return fmt.Errorf("%s has no home search", a.name)
	}
	return a.search(ctx, "home search", direction, Home, m.StartHome)
}

// SearchLimit moves in a user direction, 1 or -1, until the limit switch at
// that end stops the axis. It ends like Move when ctx ends.
func (a *MotorAxis) SearchLimit(ctx context.Context, direction int) error {
	m, ok := a.motor.(LimitSearcher)
	if !ok {
		return fmt.Errorf("%s has no search for a limit switch", a.name)
	}
	if direction != 1 && direction != -1 {
		return fmt.Errorf("%s: a limit switch is searched in direction 1 or -1, not %d", a.name, direction)
	}
	goal := LimitPositive
	if direction*a.Sign() < 0 {
		goal = LimitNegative
	}
	return a.search(ctx, "search for the limit switch", direction, goal, m.StartLimit)
}

// search begins a motion whose end nobody can compute, and waits until it ends
// in a state with goal.
func (a *MotorAxis) search(ctx context.Context, what string, direction int, goal State, start func(context.Context, int) error) error {
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
	dial, s, err := a.read(ctx)
	if err == nil {
		err = a.mayStart(&c, dial, s)
	}
	if err != nil {
		return err
	}
	if a.standIn != nil {
		return nil // nobody knows where it would end
	}
	if err := safely(func() error { return start(ctx, direction*c.Sign) }); err != nil {
		return a.halt(ctx, &c, a.failed(ctx, what, err))
	}
	return a.follow(ctx, &c, what, goal)
}

// follow waits until a search has ended.
func (a *MotorAxis) follow(ctx context.Context, c *Config, what string, goal State) error {
	for end := time.Now().Add(searchTime); ; {
		if a.stopWanted() {
			return a.halt(ctx, c, fmt.Errorf("%s was %w", a.name, ErrStopped))
		}
		if err := a.wait(ctx, lastPoll); err != nil {
			return a.halt(ctx, c, because(ctx, err))
		}
		dial, s, err := a.read(ctx)
		switch {
		case err != nil:
			return a.halt(ctx, c, err)
		case s.AtRest() && s.Has(goal):
			return nil
		case s.AtRest() && a.stopWanted():
			return fmt.Errorf("%s was %w at %.10g %s", a.name, ErrStopped, c.user(dial), a.unit)
		case s.AtRest():
			return fmt.Errorf("%s: the %s ended without %s: %w", a.name, what, goal, &FaultError{Axis: a.name, Unit: a.unit, State: s, At: c.user(dial)})
		case time.Now().After(end):
			return a.halt(ctx, c, fmt.Errorf("%s: the %s has not ended within %v", a.name, what, searchTime))
		}
	}
}
