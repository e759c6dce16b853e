package device

import (
	"context"
	"fmt"
	"math"
	"strings"
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
	dial, err := a.readAtRest(ctx)
	if err != nil {
		return 0, 0, err
	}
	a.change(func(c *Config) {
		from = c.user(dial)
		c.Offset = user - float64(c.Sign)*dial
		to = c.user(dial)
	})
	return from, to, nil
}

// readAtRest is the dial position of an axis that nobody moves, from elsewhere
// included.
func (a *MotorAxis) readAtRest(ctx context.Context) (dial float64, err error) {
	dial, s, err := a.read(ctx)
	if err == nil && s.Has(Moving) {
		return 0, &BusyError{Axis: a.name}
	}
	return dial, err
}

// SetDial makes the hardware call the place where the axis stands dial; nothing
// moves. The user position stays what it is, by another offset, and the limits
// stay where they are on the dial. It returns the dial position before and
// after, and is refused while the axis moves and for a motor that is no
// DialSetter.
func (a *MotorAxis) SetDial(ctx context.Context, dial float64) (from, to float64, err error) {
	if _, ok := a.motor.(DialSetter); !ok {
		return 0, 0, fmt.Errorf("%s: this device cannot set its dial position", a.name)
	}
	if err := finite(a.name, "dial", dial); err != nil {
		return 0, 0, err
	}
	if err := a.hold(); err != nil {
		return 0, 0, err
	}
	defer a.letGo()
	if from, err = a.readAtRest(ctx); err != nil {
		return 0, 0, err
	}
	if err := a.tellDial(ctx, dial); err != nil {
		return 0, 0, a.failed(ctx, "set dial", err)
	}
	if to, _, err = a.read(ctx); err != nil {
		return 0, 0, err
	}
	a.change(func(c *Config) {
		c.Offset += float64(c.Sign) * (from - to)
		a.target += to - from
	})
	return from, to, nil
}

// SetPower switches the motor on or off; refused while the axis moves and for a
// motor that is no Switch.
func (a *MotorAxis) SetPower(ctx context.Context, on bool) error {
	if _, ok := a.motor.(Switch); !ok {
		return fmt.Errorf("%s: this device has no switch", a.name)
	}
	if err := a.hold(); err != nil {
		return err
	}
	defer a.letGo()
	if err := a.tellPower(ctx, on); err != nil {
		return a.failed(ctx, "switch", err)
	}
	return nil
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

// SetSign changes the sign: the offset stays, the user position changes.
func (a *MotorAxis) SetSign(sign int) error {
	if sign != 1 && sign != -1 {
		return fmt.Errorf("%s: sign %d is neither 1 nor -1", a.name, sign)
	}
	return a.set(func(c *Config) { c.Sign = sign })
}

// Limits are the user limits; infinite when there are none.
func (a *MotorAxis) Limits() (low, high float64) {
	c := a.Config()
	return c.limits()
}

// DialLimits are the limits as the hardware counts; infinite when there are
// none.
func (a *MotorAxis) DialLimits() (low, high float64) {
	c := a.Config()
	return c.Low, c.High
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

// Backlash is the user distance of the last approach, its sign the direction.
func (a *MotorAxis) Backlash() float64 { return a.Config().Backlash }

// SetBacklash sets it; 0 switches it off.
func (a *MotorAxis) SetBacklash(b float64) error {
	if err := a.ownSpeed(); err != nil {
		return err
	}
	if err := finite(a.name, "backlash", b); err != nil {
		return err
	}
	return a.set(func(c *Config) { c.Backlash = b })
}

// ownSpeed refuses settings that are those of the parts of a calculated axis.
func (a *MotorAxis) ownSpeed() error {
	var names []string
	for _, part := range a.Parts() {
		names = append(names, part.name)
	}
	if names == nil {
		return nil
	}
	return fmt.Errorf("%s is calculated: velocity, acceleration and backlash are those of %s", a.name, strings.Join(names, ", "))
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

// finite refuses NaN and infinities.
func finite(axis, what string, x float64) error {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return fmt.Errorf("%s: %s cannot be %v", axis, what, x)
	}
	return nil
}
