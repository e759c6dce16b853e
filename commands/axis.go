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

// Dial reads the position as the hardware counts it.
func (a *Axis) Dial() float64 {
	p, err := a.dev.Dial(a.sh.context(a.Name()))
	try(err)
	return p
}

// State reads the state from the hardware, "READY" for example.
func (a *Axis) State() State {
	s, err := a.dev.State(a.sh.context(a.Name()))
	try(err)
	return State(s.String())
}

// Offset is user minus sign x dial.
func (a *Axis) Offset() float64 { return a.dev.Offset() }

// Sign is +1 or -1.
func (a *Axis) Sign() int { return a.dev.Sign() }

// Velocity is in units per second.
func (a *Axis) Velocity() float64 { return a.dev.Velocity() }

// Acceleration is in units per second squared.
func (a *Axis) Acceleration() float64 { return a.dev.Acceleration() }

// Acctime is how long it takes to reach the velocity, in s; 0 when one of the
// two does not limit.
func (a *Axis) Acctime() float64 {
	if a.Acceleration() == 0 {
		return 0
	}
	return a.Velocity() / a.Acceleration()
}

// Limits are the low and the high user limit; -Inf and +Inf stand for none.
func (a *Axis) Limits() []float64 {
	low, high := a.dev.Limits()
	return []float64{low, high}
}

// LowLimit is the low user limit.
func (a *Axis) LowLimit() float64 { return a.Limits()[0] }

// HighLimit is the high user limit.
func (a *Axis) HighLimit() float64 { return a.Limits()[1] }

// DialLimits are the limits on the dial.
func (a *Axis) DialLimits() []float64 {
	low, high := a.dev.DialLimits()
	return []float64{low, high}
}

// Backlash is the last part of every move, always made in its direction.
func (a *Axis) Backlash() float64 { return a.dev.Backlash() }

// Tolerance is how far from its target the axis may come to rest.
func (a *Axis) Tolerance() float64 { return a.dev.Tolerance() }

// Move is mv of this axis: robz.move(3).
func (a *Axis) Move(position ...any) { a.move("move", position, toPosition) }

// Rmove is mvr of this axis: robz.rmove(-0.1).
func (a *Axis) Rmove(distance ...any) { a.move("rmove", distance, byDistance) }

func (a *Axis) move(method string, given []any, how manner) {
	name := a.Name() + "." + method
	args := parse(Command{Name: name, Usage: name + "(" + how.what + ")"}, given)
	args.most(1)
	args.number(0, how.what, a.Unit()) // says what is wrong as an argument of the method
	args.list = append([]any{a}, args.list...)
	a.sh.move(args, how)
}

// Stop brings the axis to rest, whoever moves it, and prints where that is.
func (a *Axis) Stop() {
	ctx := a.sh.context(a.Name())
	s, err := a.dev.State(ctx)
	word := " is at rest at "
	if err != nil || !s.AtRest() {
		word = " stopped at "
	}
	try(a.dev.Stop(ctx))
	a.sh.printf("%s%s%s\n", a.Name(), word, a.number(a.dev.LastPosition()))
}

// On switches the motor on, for axes that have a switch.
func (a *Axis) On() { a.power(true) }

// Off switches the motor off, for axes that have a switch.
func (a *Axis) Off() { a.power(false) }

func (a *Axis) power(on bool) {
	try(a.dev.SetPower(a.sh.context(a.Name()), on))
	a.sh.printf("%s is %s\n", a.Name(), map[bool]string{true: "on", false: "off"}[on])
}

// String is the axis' information as far as it is known without asking the
// hardware. What is not as in the configuration is marked.
func (a *Axis) String() string {
	return a.about(fmt.Sprintf("position      %s, dial %s (last known)", a.number(a.dev.LastPosition()), a.number(a.dev.LastDial())))
}

// info is the axis' information with position and state as they are now, or
// !ERR when the axis does not answer within a second.
func (a *Axis) info() string {
	r := a.sh.read("", []*device.MotorAxis{a.dev})[0]
	position, state := a.number(r.position)+", dial "+a.number(r.dial), r.stateText()
	if r.err != nil {
		position = "!ERR"
	}
	if note := r.problem(); note != "" {
		state += " (" + note + ")"
	}
	return a.about("position      "+position, "state         "+state)
}

// about is the axis' information; where says where it is.
func (a *Axis) about(where ...string) string {
	low, high := a.dev.Limits()
	u, otherwise := a.Unit(), a.otherwise()
	rows := append([]string{"axis " + a.Name()}, where...)
	rows = append(rows,
		fmt.Sprintf("limits        %s%s", limitsText(low, high, u), otherwise("dial low limit", "dial high limit")),
	)
	offset := fmt.Sprintf("offset        %s, sign %+d%s", a.number(a.dev.Offset()), a.Sign(), otherwise("offset", "sign"))
	tolerance := fmt.Sprintf("tolerance     %s", a.number(a.dev.Tolerance()))
	if parts := a.parts(); parts != "" {
		rows = append(rows, "calculated    from "+parts+", which have the speeds", offset, tolerance)
		return strings.Join(rows, "\n  ")
	}
	rows = append(rows,
		fmt.Sprintf("velocity      %s%s", withUnit(formatNumber(a.dev.Velocity()), u+"/s"), otherwise("velocity")),
		fmt.Sprintf("acceleration  %s, reached in %.3g s%s", withUnit(formatNumber(a.dev.Acceleration()), u+"/s²"), a.Acctime(), otherwise("acceleration")),
		offset,
		fmt.Sprintf("backlash      %s%s", a.number(a.dev.Backlash()), otherwise("backlash")),
		tolerance,
	)
	return strings.Join(rows, "\n  ")
}

// parts are the axes that a calculated one moves.
func (a *Axis) parts() string {
	var names []string
	for _, p := range a.dev.Parts() {
		names = append(names, p.Name())
	}
	return strings.Join(names, ", ")
}

// otherwise finds what the configuration says of settings that differ from it.
func (a *Axis) otherwise() func(names ...string) string {
	differences := a.sh.Session.Differences(a.dev)
	return func(names ...string) string {
		var list []string
		for _, d := range differences {
			if !contains(names, d.Name) {
				continue
			}
			if len(names) > 1 {
				d.Configured = d.Name + " " + d.Configured
			}
			list = append(list, d.Configured)
		}
		if len(list) == 0 {
			return ""
		}
		return " (configuration: " + strings.Join(list, ", ") + ")"
	}
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

// limitsText is "-10 to 20 mm".
func limitsText(low, high float64, unit string) string {
	if math.IsInf(low, 0) && math.IsInf(high, 0) {
		return "none"
	}
	return formatLimit(low) + " to " + withUnit(formatLimit(high), unit)
}

func formatLimit(x float64) string {
	if math.IsInf(x, 0) {
		return "none"
	}
	return formatNumber(x)
}
