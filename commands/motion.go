package commands

import (
	"blissh/device"
)

func mvCommand() Command {
	return Command{
		Name: "mv", Group: groupMotion,
		Usage:   "mv(axis, position, ...)",
		Help:    "Moves axes to user positions, all at once, and returns when they are at rest. Positions are in the axis' unit. All targets are checked against the limits first. Prints from where to where.",
		Example: "mv(robx, 1, roby, 2.5)",
		Func:    func(sh *Shell) any { return sh.mv },
	}
}

func mvrCommand() Command {
	return Command{
		Name: "mvr", Group: groupMotion,
		Usage:   "mvr(axis, distance, ...)",
		Help:    "Moves axes by a distance from where they are, in the axis' unit, all at once. All targets are checked against the limits first. Prints from where to where.",
		Example: "mvr(robz, -0.1)",
		Func:    func(sh *Shell) any { return sh.mvr },
	}
}

func mvdCommand() Command {
	return Command{
		Name: "mvd", Group: groupMotion,
		Usage:   "mvd(axis, dial_position, ...)",
		Help:    "Moves axes to dial positions, those that the hardware counts, all at once. All targets are checked against the limits first. Prints from where to where.",
		Example: "mvd(robz, 2)",
		Func:    func(sh *Shell) any { return sh.mvd },
	}
}

func umvCommand() Command {
	return Command{
		Name: "umv", Group: groupMotion,
		Usage:   "umv(axis, position, ...)",
		Help:    "Is mv that shows user and dial positions while the axes move.",
		Example: "umv(robx, 1, roby, 2.5)",
		Func:    func(sh *Shell) any { return sh.umv },
	}
}

func umvrCommand() Command {
	return Command{
		Name: "umvr", Group: groupMotion,
		Usage:   "umvr(axis, distance, ...)",
		Help:    "Is mvr that shows user and dial positions while the axes move.",
		Example: "umvr(robz, -0.1)",
		Func:    func(sh *Shell) any { return sh.umvr },
	}
}

func umvdCommand() Command {
	return Command{
		Name: "umvd", Group: groupMotion,
		Usage:   "umvd(axis, dial_position, ...)",
		Help:    "Is mvd that shows user and dial positions while the axes move.",
		Example: "umvd(robz, 2)",
		Func:    func(sh *Shell) any { return sh.umvd },
	}
}

func (sh *Shell) mv(args ...any)   { sh.move(sh.parse("mv", args), toPosition) }
func (sh *Shell) mvr(args ...any)  { sh.move(sh.parse("mvr", args), byDistance) }
func (sh *Shell) mvd(args ...any)  { sh.move(sh.parse("mvd", args), toDial) }
func (sh *Shell) umv(args ...any)  { sh.move(sh.parse("umv", args), toPosition.shown()) }
func (sh *Shell) umvr(args ...any) { sh.move(sh.parse("umvr", args), byDistance.shown()) }
func (sh *Shell) umvd(args ...any) { sh.move(sh.parse("umvd", args), toDial.shown()) }

// manner is how the numbers of a move are meant, and what is seen of it.
type manner struct {
	what string // the numbers in messages
	dial bool   // they are dial positions
	live bool   // positions are shown while the axes move
	// target is the user position that a number means for an axis that was
	// read at from.
	target func(a *device.MotorAxis, from, given float64) float64
}

var (
	toPosition = manner{what: "position", target: func(_ *device.MotorAxis, _, given float64) float64 { return given }}
	byDistance = manner{what: "distance", target: func(a *device.MotorAxis, from, given float64) float64 { return a.Reference(from) + given }}
	toDial     = manner{what: "dial position", dial: true, target: func(a *device.MotorAxis, _, given float64) float64 { return userOf(a, given) }}
)

// shown is the same move with live positions.
func (m manner) shown() manner {
	m.live = true
	return m
}

// userOf is the user position of a place on the dial.
func userOf(a *device.MotorAxis, dial float64) float64 {
	return float64(a.Sign())*dial + a.Offset()
}

// targets reads pairs of axis and number.
func (a *arguments) targets(what string) (axes []*device.MotorAxis, values []float64) {
	for i := 0; i < max(len(a.list), 2); i += 2 {
		x := a.axis(i, "axis")
		for _, other := range axes {
			if other == x.dev {
				failf(a.command.Name, "%s is named twice", x.Name())
			}
		}
		axes = append(axes, x.dev)
		values = append(values, a.number(i+1, what, x.Unit()))
	}
	return axes, values
}
