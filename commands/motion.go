package commands

import (
	"errors"
	"strings"

	"blissh/device"
	"blissh/scan"
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

func (sh *Shell) mv(args ...any)  { sh.move(sh.parse("mv", args), "position", false) }
func (sh *Shell) mvr(args ...any) { sh.move(sh.parse("mvr", args), "distance", true) }

// move is mv and mvr: it reads where the axes are, checks all targets, prints
// one line per axis, then moves.
func (sh *Shell) move(a *arguments, what string, relative bool) {
	ctx := sh.context(a.command.Name)
	axes, values := a.targets(what)
	var lines strings.Builder
	for i, x := range axes {
		from, err := x.Position(ctx)
		if err != nil {
			fail(a.command.Name, err)
		}
		if relative {
			values[i] += from
		}
		if x.Quarantined() {
			failf(a.command.Name, "%s is quarantined: it did not confirm to be at rest; sta() reads its state", x.Name())
		}
		if err := x.CheckTarget(from, values[i]); err != nil {
			fail(a.command.Name, err)
		}
		lines.WriteString("moving " + x.Name() + " from " + formatNumber(from) + " to " + withUnit(formatNumber(values[i]), x.Unit()) + "\n")
	}
	begin := func() { sh.printf("%s", lines.String()) }
	if err := sh.Session.MoveAfter(ctx, begin, axes, values); err != nil {
		fail(a.command.Name, sh.whereNow(err, axes))
	}
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

// whereNow adds to an interruption where the axes came to rest.
func (sh *Shell) whereNow(err error, axes []*device.MotorAxis) error {
	if !errors.Is(err, scan.ErrInterrupted) {
		return err
	}
	var list []string
	for _, a := range axes {
		word := " stopped at "
		if a.Quarantined() || a.IsMoving() {
			word = " is NOT confirmed at rest, last seen at "
		}
		list = append(list, a.Name()+word+withUnit(formatNumber(a.LastPosition()), a.Unit()))
	}
	return &notedError{err, strings.Join(list, ", ")}
}

// notedError is an error with a note in brackets.
type notedError struct {
	error
	note string
}

func (e *notedError) Error() string { return e.error.Error() + " (" + e.note + ")" }
func (e *notedError) Unwrap() error { return e.error }
