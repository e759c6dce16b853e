package commands

import (
	"fmt"
	"math"
	"strings"

	"blissh/device"
)

// Axis is an axis at the prompt. All positions and limits are in the axis'
// unit; user = sign x dial + offset. Its methods panic with an *Error.
type Axis struct {
	sh  *Shell
	dev *device.MotorAxis
}

// Name is the name that is typed.
func (a *Axis) Name() string { return a.dev.Name() }

// Unit is that of all positions, "mm" for example.
func (a *Axis) Unit() string { return a.dev.Unit() }

// Position reads the user position from the hardware.
func (a *Axis) Position() float64 {
	p, err := a.dev.Position(a.sh.context(a.Name()))
	try(err)
	return p
}

// SetPosition says that the axis, where it stands, is at a user position: the
// offset changes, nothing moves. It prints from and to.
func (a *Axis) SetPosition(user float64) {
	from, to, err := a.dev.SetPosition(a.sh.context(a.Name()), user)
	try(err)
	a.sh.printf("%s: position redefined from %s to %s, offset %s; nothing moved\n",
		a.Name(), formatNumber(from), a.number(to), a.number(a.dev.Offset()))
}

// Dial reads the position as the hardware counts it.
func (a *Axis) Dial() float64 {
	p, err := a.dev.Dial(a.sh.context(a.Name()))
	try(err)
	return p
}

// Offset is user minus sign x dial.
func (a *Axis) Offset() float64 { return a.dev.Offset() }

// Sign is +1 or -1.
func (a *Axis) Sign() int { return a.dev.Sign() }

// Velocity is in units per second.
func (a *Axis) Velocity() float64 { return a.dev.Velocity() }

// SetVelocity changes the velocity, in units per second, and prints from and to.
func (a *Axis) SetVelocity(v float64) {
	from := a.dev.Velocity()
	try(a.dev.SetVelocity(a.sh.context(a.Name()), v))
	a.sh.printf("%s: velocity changed from %s to %s %s/s\n", a.Name(), formatNumber(from), formatNumber(v), a.Unit())
}

// Acceleration is in units per second squared.
func (a *Axis) Acceleration() float64 { return a.dev.Acceleration() }

// SetAcceleration changes the acceleration and prints from and to.
func (a *Axis) SetAcceleration(v float64) {
	from := a.dev.Acceleration()
	try(a.dev.SetAcceleration(a.sh.context(a.Name()), v))
	a.sh.printf("%s: acceleration changed from %s to %s %s/s²\n", a.Name(), formatNumber(from), formatNumber(v), a.Unit())
}

// Limits are the low and the high user limit; -Inf and +Inf stand for none.
func (a *Axis) Limits() []float64 {
	low, high := a.dev.Limits()
	return []float64{low, high}
}

// SetLimits sets both user limits: robz.limits = []float64{-10, 10}.
func (a *Axis) SetLimits(limits []float64) {
	if len(limits) != 2 {
		failf("", "%s: two limits expected, low and high, got %d", a.Name(), len(limits))
	}
	try(a.dev.SetLimits(limits[0], limits[1]))
	low, high := a.dev.Limits()
	a.sh.printf("%s: limits are now %s to %s\n", a.Name(), formatLimit(low), withUnit(formatLimit(high), a.Unit()))
}

// LowLimit is the low user limit.
func (a *Axis) LowLimit() float64 { return a.Limits()[0] }

// HighLimit is the high user limit.
func (a *Axis) HighLimit() float64 { return a.Limits()[1] }

// Backlash is the last part of every move, always made in its direction.
func (a *Axis) Backlash() float64 { return a.dev.Backlash() }

// Tolerance is how far from its target the axis may come to rest.
func (a *Axis) Tolerance() float64 { return a.dev.Tolerance() }

// State reads the state from the hardware, "READY" for example.
func (a *Axis) State() State {
	s, err := a.dev.State(a.sh.context(a.Name()))
	try(err)
	return State(s.String())
}

// String is the axis' information as far as it is known without asking the
// hardware.
func (a *Axis) String() string {
	return a.about(fmt.Sprintf("position      %s (last known)", a.number(a.dev.LastPosition())))
}

// info is the axis' information with position and state as they are now, or
// !ERR when the axis does not answer within a second.
func (a *Axis) info() string {
	r := a.sh.read("", []*device.MotorAxis{a.dev})[0]
	position, state := a.number(r.position)+", dial "+a.number(r.dial), r.stateText()
	if r.err != nil {
		position = "!ERR"
	}
	if note := r.note(); note != "" {
		state += " (" + note + ")"
	}
	return a.about("position      "+position, "state         "+state)
}

// about is the axis' information; where says where it is.
func (a *Axis) about(where ...string) string {
	low, high := a.dev.Limits()
	u := a.Unit()
	rows := append([]string{"axis " + a.Name()}, where...)
	rows = append(rows,
		fmt.Sprintf("limits        %s to %s", formatLimit(low), withUnit(formatLimit(high), u)),
		fmt.Sprintf("velocity      %s %s/s", formatNumber(a.dev.Velocity()), u),
		fmt.Sprintf("acceleration  %s %s/s²", formatNumber(a.dev.Acceleration()), u),
		fmt.Sprintf("offset        %s, sign %+d", a.number(a.dev.Offset()), a.Sign()),
		fmt.Sprintf("backlash      %s", a.number(a.dev.Backlash())),
		fmt.Sprintf("tolerance     %s", a.number(a.dev.Tolerance())),
	)
	return strings.Join(rows, "\n  ")
}

// Counter is a counter at the prompt.
type Counter struct{ dev *device.Counter }

// Name is the name that is typed.
func (c *Counter) Name() string { return c.dev.Name }

// Unit is that of the values, which may be none.
func (c *Counter) Unit() string { return c.dev.Unit }

// Shape is empty for a number, [n] for a spectrum, [rows columns] for an image.
func (c *Counter) Shape() []int { return c.dev.Shape }

// Controller is the name of what is triggered and read.
func (c *Counter) Controller() string { return c.dev.Controller.Name() }

func (c *Counter) String() string {
	unit := ""
	if c.dev.Unit != "" {
		unit = " in " + c.dev.Unit
	}
	return fmt.Sprintf("counter %s%s, %s, of controller %s", c.Name(), unit, shapeText(c.dev.Shape), c.Controller())
}

// shapeText names the shape of a counter's values.
func shapeText(shape []int) string {
	switch len(shape) {
	case 0:
		return "a number"
	case 1:
		return fmt.Sprintf("a spectrum of %d", shape[0])
	}
	return fmt.Sprintf("an image of %d x %d", shape[0], shape[1])
}

// number is a length with the axis' unit behind it.
func (a *Axis) number(x float64) string { return withUnit(formatNumber(x), a.Unit()) }

// withUnit puts a unit behind a number, or nothing.
func withUnit(number, unit string) string {
	if unit == "" {
		return number
	}
	return number + " " + unit
}

func formatLimit(x float64) string {
	if math.IsInf(x, 0) {
		return "none"
	}
	return formatNumber(x)
}
