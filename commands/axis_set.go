package commands

import (
	"fmt"
	"reflect"
	"strings"
)

// What is set here is kept in the session's settings: an axis is set likewise
// after a restart.

// keep remembers the settings of the axis.
func (a *Axis) keep() { try(a.sh.Session.KeepSettings(a.dev)) }

// SetPosition says that the axis, where it stands, is at a user position: the
// offset changes, nothing moves. It prints from and to.
func (a *Axis) SetPosition(user float64) {
	from, to, err := a.dev.SetPosition(a.sh.context(a.Name()), user)
	try(err)
	a.sh.printf("%s: position redefined from %s to %s, offset %s; nothing moved\n",
		a.Name(), formatNumber(from), a.number(to), a.number(a.dev.Offset()))
	a.keep()
}

// SetDial makes the hardware count otherwise: the place where the axis stands
// gets another dial position, the user position stays, nothing moves.
func (a *Axis) SetDial(dial float64) {
	from, to, err := a.dev.SetDial(a.sh.context(a.Name()), dial)
	try(err)
	a.sh.printf("%s: dial redefined from %s to %s, position still %s, offset %s; nothing moved\n",
		a.Name(), formatNumber(from), a.number(to), a.number(a.dev.LastPosition()), a.number(a.dev.Offset()))
	a.keep()
}

// SetOffset changes the offset, and with it the user position and the user
// limits; nothing moves.
func (a *Axis) SetOffset(offset float64) {
	from, at := a.dev.Offset(), a.dev.LastPosition()
	try(a.dev.SetOffset(offset))
	a.sh.printf("%s: offset changed from %s to %s, position from %s to %s; nothing moved\n",
		a.Name(), formatNumber(from), a.number(offset), formatNumber(at), a.number(a.dev.LastPosition()))
	a.keep()
}

// SetSign turns the user direction round; the offset stays, nothing moves.
func (a *Axis) SetSign(sign int) {
	from, at := a.dev.Sign(), a.dev.LastPosition()
	try(a.dev.SetSign(sign))
	a.sh.printf("%s: sign changed from %+d to %+d, position from %s to %s; nothing moved\n",
		a.Name(), from, sign, formatNumber(at), a.number(a.dev.LastPosition()))
	a.keep()
}

// SetVelocity changes the velocity, in units per second, and prints from and to.
func (a *Axis) SetVelocity(v float64) {
	from := a.dev.Velocity()
	try(a.dev.SetVelocity(a.sh.context(a.Name()), v))
	a.changed("velocity", from, v, "/s")
}

// SetAcceleration changes the acceleration and prints from and to.
func (a *Axis) SetAcceleration(v float64) {
	from := a.dev.Acceleration()
	try(a.dev.SetAcceleration(a.sh.context(a.Name()), v))
	a.changed("acceleration", from, v, "/s²")
}

// SetAcctime changes the acceleration so that the velocity is reached in a
// time, in s.
func (a *Axis) SetAcctime(seconds float64) {
	if !(seconds > 0) {
		failf("", "%s: acctime %s s is not above 0", a.Name(), formatNumber(seconds))
	}
	a.SetAcceleration(a.dev.Velocity() / seconds)
}

// SetBacklash changes the backlash and prints from and to; 0 switches it off.
func (a *Axis) SetBacklash(b float64) {
	from := a.dev.Backlash()
	try(a.dev.SetBacklash(b))
	a.changed("backlash", from, b, "")
}

// changed tells and keeps a setting.
func (a *Axis) changed(what string, from, to float64, per string) {
	a.sh.printf("%s: %s changed from %s to %s\n", a.Name(), what, formatNumber(from), withUnit(formatNumber(to), a.Unit()+per))
	a.keep()
}

// SetLimits sets both user limits, in any order: robz.set_limits(-10, 10), or
// robz.limits = []float64{-10, 10}. Infinities remove them.
func (a *Axis) SetLimits(limits ...any) {
	list := limits
	if len(limits) == 1 {
		list = elements(limits[0])
	}
	if len(list) != 2 {
		failf("", "%s: two limits expected, low and high, got %d", a.Name(), len(list))
	}
	low, high := a.limit(list[0]), a.limit(list[1])
	a.setLimits(min(low, high), max(low, high))
}

// limit is a number, or an infinity.
func (a *Axis) limit(v any) float64 {
	x, ok := toFloat(v)
	if !ok {
		failf("", "%s: a limit is a number in %s, got %s", a.Name(), a.Unit(), describe(v))
	}
	return x
}

// SetLowLimit sets the low user limit.
func (a *Axis) SetLowLimit(low float64) {
	if high := a.HighLimit(); low > high {
		failf("", "%s: low limit %s is above the high limit %s", a.Name(), a.number(low), a.number(high))
	}
	a.setLimits(low, a.HighLimit())
}

// SetHighLimit sets the high user limit.
func (a *Axis) SetHighLimit(high float64) {
	if low := a.LowLimit(); high < low {
		failf("", "%s: high limit %s is below the low limit %s", a.Name(), a.number(high), a.number(low))
	}
	a.setLimits(a.LowLimit(), high)
}

func (a *Axis) setLimits(low, high float64) {
	fromLow, fromHigh := a.dev.Limits()
	try(a.dev.SetLimits(low, high))
	low, high = a.dev.Limits()
	a.sh.printf("%s: limits are now %s (were %s)\n", a.Name(), limitsText(low, high, a.Unit()), limitsText(fromLow, fromHigh, a.Unit()))
	a.keep()
}

// elements are those of a list; anything else is one.
func elements(v any) (list []any) {
	r := reflect.ValueOf(v)
	if !r.IsValid() || r.Kind() != reflect.Slice && r.Kind() != reflect.Array {
		return []any{v}
	}
	for i := range r.Len() {
		list = append(list, r.Index(i).Interface())
	}
	return list
}

// ApplyConfig sets the axis as the configuration says and forgets what was set
// otherwise. It prints what changes.
func (a *Axis) ApplyConfig() {
	undone, err := a.sh.Session.ApplyConfig(a.sh.context(a.Name()), a.dev)
	try(err)
	if len(undone) == 0 {
		a.sh.printf("%s is set as in the configuration already\n", a.Name())
		return
	}
	var list []string
	for _, d := range undone {
		list = append(list, fmt.Sprintf("%s from %s to %s", d.Name, d.Now, d.Configured))
	}
	a.sh.printf("%s: set as in the configuration: %s; nothing moved\n", a.Name(), strings.Join(list, ", "))
}
