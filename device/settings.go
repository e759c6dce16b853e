package device

import (
	"context"
	"fmt"
	"math"
	"time"
)

// hold takes the axis for one move or one change of its settings.
func (a *MotorAxis) hold() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.held {
		return &BusyError{Axis: a.name}
	}
	a.held = true
	return nil
}

// letGo ends what hold began.
func (a *MotorAxis) letGo() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.held, a.moving, a.stopAsked = false, false, false
}

// change alters the settings while the axis is held and thus at rest.
func (a *MotorAxis) change(f func(*Config)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	f(&a.cfg)
}

// SetPosition makes user the name of the place where the axis stands, by
// changing the offset; nothing moves. It returns the position before and after
// and is refused while the axis moves. The limits stay where they are on the
// dial.
func (a *MotorAxis) SetPosition(ctx context.Context, user float64) (from, to float64, err error) {
	if err := finite(a.name, "position", user); err != nil {
		return 0, 0, err
	}
	if err := a.hold(); err != nil {
		return 0, 0, err
	}
	defer a.letGo()
	dial, s, err := a.read(ctx)
	if err != nil {
		return 0, 0, err
	}
	if s.Has(Moving) {
		return 0, 0, &BusyError{Axis: a.name}
	}
	a.change(func(c *Config) {
		from = c.user(dial)
		c.Offset = user - float64(c.Sign)*dial
		to = c.user(dial)
	})
	return from, to, nil
}

// Offset is user position minus Sign times dial position.
func (a *MotorAxis) Offset() float64 { return a.Config().Offset }

// SetOffset changes the offset; refused while the axis moves.
func (a *MotorAxis) SetOffset(offset float64) error {
	if err := finite(a.name, "offset", offset); err != nil {
		return err
	}
	return a.set(func(c *Config) { c.Offset = offset })
}

// Sign is 1, or -1 when user and dial run against each other.
func (a *MotorAxis) Sign() int { return a.Config().Sign }

// Limits are the user limits; infinite when there are none.
func (a *MotorAxis) Limits() (low, high float64) {
	c := a.Config()
	return c.limits()
}

// SetLimits sets the user limits, in any order; infinities remove them.
func (a *MotorAxis) SetLimits(low, high float64) error {
	if math.IsNaN(low) || math.IsNaN(high) {
		return fmt.Errorf("%s: a limit cannot be NaN", a.name)
	}
	return a.set(func(c *Config) {
		x, y := (low-c.Offset)*float64(c.Sign), (high-c.Offset)*float64(c.Sign)
		c.Low, c.High = min(x, y), max(x, y)
	})
}

// longestStep is how long the smallest move may take: a speed that is lower
// was mistyped.
const longestStep = 24 * time.Hour

// Velocity is in unit/s.
func (a *MotorAxis) Velocity() float64 { return a.Config().Velocity }

// SetVelocity sets the velocity in unit/s, within the axis' velocity limits.
func (a *MotorAxis) SetVelocity(ctx context.Context, v float64) error {
	c := a.Config()
	if !(v > 0) || math.IsInf(v, 0) {
		return fmt.Errorf("%s: velocity %.10g %s/s is not above 0", a.name, v, a.unit)
	}
	if c.VelocityHigh > 0 && v > c.VelocityHigh {
		return fmt.Errorf("%s: velocity %.10g %s/s is beyond the high limit %.10g %s/s", a.name, v, a.unit, c.VelocityHigh, a.unit)
	}
	if v < c.VelocityLow {
		return fmt.Errorf("%s: velocity %.10g %s/s is beyond the low limit %.10g %s/s", a.name, v, a.unit, c.VelocityLow, a.unit)
	}
	if step := c.step(); TravelTime(step, v, 0) > longestStep {
		return fmt.Errorf("%s: velocity %.10g %s/s is too low: a step of %.10g %s would take more than a day", a.name, v, a.unit, step, a.unit)
	}
	return a.setSpeed(ctx, func(c *Config) { c.Velocity = v })
}

// Acceleration is in unit/s².
func (a *MotorAxis) Acceleration() float64 { return a.Config().Acceleration }

// SetAcceleration sets the acceleration in unit/s².
func (a *MotorAxis) SetAcceleration(ctx context.Context, acc float64) error {
	if !(acc > 0) || math.IsInf(acc, 0) {
		return fmt.Errorf("%s: acceleration %.10g %s/s² is not above 0", a.name, acc, a.unit)
	}
	c := a.Config()
	if step := c.step(); TravelTime(step, 0, acc) > longestStep {
		return fmt.Errorf("%s: acceleration %.10g %s/s² is too low: a step of %.10g %s would take more than a day", a.name, acc, a.unit, step, a.unit)
	}
	return a.setSpeed(ctx, func(c *Config) { c.Acceleration = acc })
}

// Backlash is the user distance of the last approach, its sign the direction.
func (a *MotorAxis) Backlash() float64 { return a.Config().Backlash }

// SetBacklash sets it; 0 switches it off.
func (a *MotorAxis) SetBacklash(b float64) error {
	if err := finite(a.name, "backlash", b); err != nil {
		return err
	}
	return a.set(func(c *Config) { c.Backlash = b })
}

// set changes a setting that the hardware does not know of.
func (a *MotorAxis) set(f func(*Config)) error {
	if err := a.hold(); err != nil {
		return err
	}
	defer a.letGo()
	a.change(f)
	return nil
}

// setSpeed changes a setting that the hardware may have to know of.
func (a *MotorAxis) setSpeed(ctx context.Context, f func(*Config)) error {
	if err := a.hold(); err != nil {
		return err
	}
	defer a.letGo()
	c := a.Config()
	f(&c)
	if err := a.tellSpeed(ctx, &c); err != nil {
		return fmt.Errorf("%s: set speed: %w", a.name, err)
	}
	a.change(f)
	return nil
}

// finite refuses NaN and infinities.
func finite(axis, what string, x float64) error {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return fmt.Errorf("%s: %s cannot be %v", axis, what, x)
	}
	return nil
}
