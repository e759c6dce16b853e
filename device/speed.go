package device

import (
	"context"
	"fmt"
	"math"
	"time"
)

// longestStep is how long the smallest move may take: a speed that is lower
// was mistyped.
const longestStep = 24 * time.Hour

// Velocity is in unit/s.
func (a *MotorAxis) Velocity() float64 { return a.Config().Velocity }

// SetVelocity sets the velocity in unit/s, within the axis' velocity limits.
func (a *MotorAxis) SetVelocity(ctx context.Context, v float64) error {
	if err := a.ownSpeed(); err != nil {
		return err
	}
	c := a.Config()
	if err := c.checkVelocity(v); err != nil {
		return err
	}
	return a.setSpeed(ctx, func(c *Config) { c.Velocity = v })
}

// Acceleration is in unit/s².
func (a *MotorAxis) Acceleration() float64 { return a.Config().Acceleration }

// SetAcceleration sets the acceleration in unit/s².
func (a *MotorAxis) SetAcceleration(ctx context.Context, acc float64) error {
	if err := a.ownSpeed(); err != nil {
		return err
	}
	c := a.Config()
	if err := c.checkAcceleration(acc); err != nil {
		return err
	}
	return a.setSpeed(ctx, func(c *Config) { c.Acceleration = acc })
}

func (c *Config) checkVelocity(v float64) error {
	switch {
	case !(v > 0) || math.IsInf(v, 0):
		return fmt.Errorf("%s: velocity %.10g %s/s is not above 0", c.Name, v, c.Unit)
	case c.VelocityHigh > 0 && v > c.VelocityHigh:
		return fmt.Errorf("%s: velocity %.10g %s/s is beyond the high limit %.10g %s/s", c.Name, v, c.Unit, c.VelocityHigh, c.Unit)
	case v < c.VelocityLow:
		return fmt.Errorf("%s: velocity %.10g %s/s is beyond the low limit %.10g %s/s", c.Name, v, c.Unit, c.VelocityLow, c.Unit)
	case TravelTime(c.step(), v, 0) > longestStep:
		return fmt.Errorf("%s: velocity %.10g %s/s is too low: a step of %.10g %s would take more than a day", c.Name, v, c.Unit, c.step(), c.Unit)
	}
	return nil
}

func (c *Config) checkAcceleration(acc float64) error {
	if !(acc > 0) || math.IsInf(acc, 0) {
		return fmt.Errorf("%s: acceleration %.10g %s/s² is not above 0", c.Name, acc, c.Unit)
	}
	if TravelTime(c.step(), 0, acc) > longestStep {
		return fmt.Errorf("%s: acceleration %.10g %s/s² is too low: a step of %.10g %s would take more than a day", c.Name, acc, c.Unit, c.step(), c.Unit)
	}
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

// Configure sets offset, sign, limits, speeds and backlash to those of c, all
// of them or, when one is refused, none; the rest of c is not looked at. It is
// refused while the axis moves.
func (a *MotorAxis) Configure(ctx context.Context, c Config) error {
	now := a.Config()
	want := now
	want.adopt(&c)
	if err := want.checkSettings(&now); err != nil {
		return err
	}
	if want.Velocity == now.Velocity && want.Acceleration == now.Acceleration {
		return a.set(func(c *Config) { c.adopt(&want) })
	}
	return a.setSpeed(ctx, func(c *Config) { c.adopt(&want) })
}

// adopt takes over what Configure sets.
func (c *Config) adopt(from *Config) {
	c.Offset, c.Sign, c.Low, c.High = from.Offset, from.Sign, from.Low, from.High
	c.Velocity, c.Acceleration, c.Backlash = from.Velocity, from.Acceleration, from.Backlash
}

// checkSettings refuses what Configure may not set. Speeds that stay as they
// are pass, and 0, as the driver has it.
func (c *Config) checkSettings(now *Config) error {
	if c.Velocity != now.Velocity && c.Velocity != 0 {
		if err := c.checkVelocity(c.Velocity); err != nil {
			return err
		}
	}
	if c.Acceleration != now.Acceleration && c.Acceleration != 0 {
		if err := c.checkAcceleration(c.Acceleration); err != nil {
			return err
		}
	}
	if c.Sign != 1 && c.Sign != -1 {
		return fmt.Errorf("%s: sign %d is neither 1 nor -1", c.Name, c.Sign)
	}
	if !(c.Low <= c.High) {
		return fmt.Errorf("%s: the low limit %.10g %s is above the high limit %.10g %s (dial)", c.Name, c.Low, c.Unit, c.High, c.Unit)
	}
	return firstOf(finite(c.Name, "offset", c.Offset), finite(c.Name, "backlash", c.Backlash))
}
