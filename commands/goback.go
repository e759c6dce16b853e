package commands

import (
	"context"
	"math"

	"blissh/device"
)

func gobackCommand() Command {
	return Command{
		Name: "goback", Group: groupMotion,
		Usage:   "goback() or goback(scan)",
		Help:    "Moves the axes of the last scan, or of the one given, to where they stood before it, all at once. Prints from where to where.",
		Example: "goback()",
		Func:    func(sh *Shell) any { return sh.goback },
	}
}

func (sh *Shell) goback(args ...any) {
	a := sh.parse("goback", args)
	a.most(1)
	s := sh.moved
	if len(a.list) == 1 {
		s = a.scan(0, "scan")
	}
	if s == nil {
		failf("goback", "no scan has moved anything yet")
	}
	ctx := sh.context("goback")
	axes, to := motors(s.scan.Plan().Axes, s.scan.Start())
	begun := false
	begin := func() {
		begun = true
		sh.printf("%s", moveLines("moving", axes, positions(ctx, axes), to))
	}
	err := s.scan.GoBack(ctx, begin)
	if begun {
		err = whereNow(err, axes)
	}
	if err != nil {
		fail("goback", err)
	}
}

// positions reads where axes are; one that does not answer is where it was read
// last.
func positions(ctx context.Context, axes []*device.MotorAxis) []float64 {
	at := make([]float64, len(axes))
	for k, x := range axes {
		var err error
		if at[k], err = x.Position(ctx); err != nil {
			at[k] = x.LastPosition()
		}
	}
	return at
}

// motors are those axes that are motors, with their positions.
func motors(axes []device.Axis, at []float64) (list []*device.MotorAxis, theirs []float64) {
	for k, a := range axes {
		if m, ok := a.(*device.MotorAxis); ok && k < len(at) {
			list, theirs = append(list, m), append(theirs, at[k])
		}
	}
	return list, theirs
}

// stranded says where axes are that did not go back, though they were to.
func (s *Scan) stranded() {
	p := s.scan.Plan()
	if !p.Return || s.scan.Returned() {
		return
	}
	axes, to := motors(p.Axes, s.scan.Start())
	for k, x := range axes {
		if at := x.LastPosition(); math.Abs(at-to[k]) > x.Tolerance() {
			s.sh.printf("%s is at %s and does not move by itself: goback() takes it to %s\n", x.Name(), lengthText(x, at), lengthText(x, to[k]))
		}
	}
}
