package commands

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"blissh/data"
	"blissh/device"
	"blissh/scan"
	"blissh/session"
)

// gotoCommands are goto_cen, goto_com, goto_peak, goto_trough, goto_edge.
func gotoCommands() []Command {
	var list []Command
	for _, m := range measures() {
		name := "goto_" + m.name
		list = append(list, Command{
			Name: name, Group: groupAnalysis,
			Usage: name + "(counter, axis)",
			Help: "Moves the scanned axes to " + m.what + ", and says from where to where. It refuses a maximum or minimum at the end of the range, unless force=True, " +
				"and what the curve does not have. Interrupted once it goes back to where it was." + lookedAt,
			Example: gotoExample(m, name),
			Options: append([]string{"force"}, m.options()...),
			Func:    func(sh *Shell) any { return func(args ...any) { sh.gotoMeasure(name, m, args) } },
		})
	}
	return list
}

// gotoExample is one that is not refused: most curves are lowest at their end.
func gotoExample(m measure, name string) string {
	if m.name == "trough" {
		return name + "(force=True)"
	}
	return name + "()"
}

func (sh *Shell) gotoMeasure(name string, m measure, args []any) {
	a := sh.parse(name, args)
	a.results().gotoMeasure(m, a)
}

func gotoCustomCommand() Command {
	return Command{
		Name: "goto_custom", Group: groupAnalysis,
		Usage:   "goto_custom(function, counter, axis)",
		Help:    "Moves the scanned axes to where find_position finds, with the same arguments, and says from where to where. Interrupted once it goes back to where it was.",
		Example: "goto_custom(func(x, y []float64) float64 { return x[len(x)/2] })",
		Options: []string{"scan"},
		Func:    func(sh *Shell) any { return sh.gotoCustom },
	}
}

func (sh *Shell) gotoCustom(args ...any) {
	a := sh.parse("goto_custom", args)
	f := a.function()
	a.results().gotoFound(a, f)
}

// The same as methods of a scan; see the commands.

// GotoCen moves to the middle between the outermost crossings of the half height.
func (r results) GotoCen(args ...any) { r.gotoMethod("cen", args) }

// GotoCom moves to the centre of mass.
func (r results) GotoCom(args ...any) { r.gotoMethod("com", args) }

// GotoPeak moves to the largest value.
func (r results) GotoPeak(args ...any) { r.gotoMethod("peak", args) }

// GotoTrough moves to the smallest value.
func (r results) GotoTrough(args ...any) { r.gotoMethod("trough", args) }

// GotoEdge moves to where an edge crosses the half height.
func (r results) GotoEdge(args ...any) { r.gotoMethod("edge", args) }

// GotoCustom moves to where a function func(x, y []float64) float64 finds.
func (r results) GotoCustom(args ...any) {
	a := r.parse("goto_custom", args)
	f := a.function()
	r.gotoFound(a, f)
}

func (r results) gotoMethod(measure string, args []any) {
	r.gotoMeasure(measureNamed(measure), r.parse("goto_"+measure, args))
}

func (r results) gotoMeasure(m measure, a *arguments) {
	force, net := a.boolOption("force", false), a.boolOption("net", false)
	var targets []float64
	curves := r.curves(a)
	for _, c := range curves {
		if r.unknown(c) {
			targets = append(targets, r.assumed(m.name, c))
			continue
		}
		s := c.stats(a.command.Name)
		if net {
			s.COM = s.NetCOM
		}
		at := c.value(a.command.Name, m, s)
		if end := at == s.First.X || at == s.Last.X; end && !force {
			failf(a.command.Name, "the %s of %s is at the end of the range, %s = %s: it may be further out; force=True goes there",
				m.name, c.counter, c.axis, withUnit(formatNumber(at), c.xUnit))
		}
		targets = append(targets, at)
	}
	r.moveTo(a, curves, targets)
}

func (r results) gotoFound(a *arguments, f func(x, y []float64) float64) {
	r.moveTo(a, r.curves(a), r.find(a, f))
}

// moveTo moves the axes of the curves, and back if it is interrupted once.
func (r results) moveTo(a *arguments, curves []curve, targets []float64) {
	ctx := r.sh.context(a.command.Name)
	axes := make([]*device.MotorAxis, len(curves))
	from := make([]float64, len(curves))
	for i, c := range curves {
		axes[i] = r.sh.axisNamed(a.command.Name, c.axis)
		var err error
		if from[i], err = axes[i].Position(ctx); err == nil {
			err = axes[i].CheckTarget(from[i], targets[i])
		}
		if err != nil {
			fail(a.command.Name, err)
		}
	}
	err := r.sh.Session.MoveAfter(ctx, func() { r.sh.printf("%s", moveLines("moving", axes, from, targets)) }, axes, targets)
	if err == nil {
		return
	}
	if errors.Is(err, scan.ErrInterrupted) && !session.StoppedNow(err) && atRest(axes) {
		fail(a.command.Name, r.sh.comeBack(ctx, err, axes, from))
	}
	fail(a.command.Name, whereNow(err, axes))
}

func moveLines(word string, axes []*device.MotorAxis, from, to []float64) string {
	var b strings.Builder
	for i, x := range axes {
		fmt.Fprintf(&b, "%s %s from %s to %s\n", word, x.Name(), formatNumber(from[i]), withUnit(formatNumber(to[i]), x.Unit()))
	}
	return b.String()
}

func atRest(axes []*device.MotorAxis) bool {
	for _, a := range axes {
		if a.Quarantined() || a.IsMoving() {
			return false
		}
	}
	return true
}

// comeBack brings axes back after one press of Ctrl-C; the next one stops that,
// too. It gives the error to end with.
func (sh *Shell) comeBack(ctx context.Context, cause error, axes []*device.MotorAxis, back []float64) error {
	now := make([]float64, len(axes))
	for i, x := range axes {
		now[i] = x.LastPosition()
	}
	begin := func() { sh.printf("%s", moveLines("interrupted: going back,", axes, now, back)) }
	if err := sh.Session.MoveAfter(context.WithoutCancel(ctx), begin, axes, back); err != nil {
		return whereNow(err, axes)
	}
	return whereNow(cause, axes)
}

// axisNamed is the axis behind a data channel.
func (sh *Shell) axisNamed(command, name string) *device.MotorAxis {
	for _, a := range sh.Session.Axes() {
		if a.Name() == name {
			return a
		}
	}
	if name == data.ElapsedTime {
		failf(command, "the scan moved no axis")
	}
	failf(command, "%s is no axis of this session", name)
	return nil
}

func whereCommand() Command {
	return Command{
		Name: "where", Group: groupAnalysis,
		Usage:   "where(counter)",
		Help:    "Where the axes of the last scan, or of scan=s, are now, and what was counted at the nearest point.",
		Example: "where()",
		Options: []string{"scan"},
		Func:    func(sh *Shell) any { return sh.where },
	}
}

func (sh *Shell) where(args ...any) {
	a := sh.parse("where", args)
	a.results().where(a)
}

// Where says where the axes of the scan are now, and what was counted at the
// nearest point.
func (r results) Where(args ...any) { r.where(r.parse("where", args)) }

func (r results) where(a *arguments) {
	ctx := r.sh.context("where")
	for _, c := range r.curves(a) {
		x := r.sh.axisNamed("where", c.axis)
		at, err := x.Position(ctx)
		if err != nil {
			fail("where", err)
		}
		i := nearestPoint(c.x, at)
		if i < 0 {
			failf("where", "the scan has no point yet")
		}
		r.sh.printf("%s at %s; nearest is point %d at %s: %s %s\n", c.axis, withUnit(formatNumber(at), c.xUnit), i+1,
			withUnit(formatNumber(c.x[i]), c.xUnit), c.counter, withUnit(formatNumber(c.y[i]), c.yUnit))
	}
}

// nearestPoint is the index of the value that is nearest to x, -1 when there is
// none.
func nearestPoint(list []float64, x float64) int {
	best, distance := -1, math.Inf(1)
	for i, v := range list {
		if d := math.Abs(v - x); d < distance {
			best, distance = i, d
		}
	}
	return best
}
