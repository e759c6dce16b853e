package commands

import (
	"context"
	"fmt"
	"strings"
	"time"

	"blissh/device"
)

// axisTime bounds the reading of one axis in a list; one that does not answer
// is marked and does not hide the others.
const axisTime = time.Second

// storeTime bounds one question to the store.
const storeTime = 10 * time.Second

func waCommand() Command {
	return Command{
		Name: "wa", Group: groupMotion,
		Usage:   "wa()",
		Help:    "Prints where all axes are: user and dial position, in the axis' unit, and which of them move. !ERR marks an axis that does not answer, ? one that is quarantined.",
		Example: "wa()",
		Func:    func(sh *Shell) any { return sh.wa },
	}
}

func wmCommand() Command {
	return Command{
		Name: "wm", Group: groupMotion,
		Usage:   "wm(axis, ...)",
		Help:    "Prints where some axes are, user and dial, with their limits and offsets, in the axis' unit.",
		Example: "wm(robx, robz)",
		Func:    func(sh *Shell) any { return sh.wm },
	}
}

func staCommand() Command {
	return Command{
		Name: "sta", Group: groupMotion,
		Usage:   "sta(axis, ...)",
		Help:    "Prints the states of axes, of all axes when none is named, as their controllers tell them. An axis that is read at rest leaves quarantine.",
		Example: "sta()",
		Func:    func(sh *Shell) any { return sh.sta },
	}
}

func (sh *Shell) wa(args ...any) {
	sh.parse("wa", args).most(0)
	list := sh.read("wa", sh.Session.Axes())
	if len(list) == 0 {
		sh.printf("no axes\n")
		return
	}
	sh.printf("%s", joinLines(append(positionLines(list, sh.width()), problemLines(list)...)))
}

// positionLines is the table of wa and of umv.
func positionLines(list []reading, width int) []string {
	head, user, dial, note := []string{""}, []string{"user"}, []string{"dial"}, []string{""}
	for _, r := range list {
		head = append(head, label(r.axis.Name(), r.axis.Unit()))
		user, dial, note = append(user, r.text(r.position)), append(dial, r.text(r.dial)), append(note, r.motion())
	}
	return blocks([][]string{head, user, dial, note}, width)
}

func (sh *Shell) wm(args ...any) {
	a := sh.parse("wm", args)
	list := sh.read("wm", a.axes(max(1, len(a.list))))
	rows := [][]string{{""}, {"user high"}, {"user"}, {"user low"}, {"offset"}, {"dial high"}, {"dial"}, {"dial low"}, {""}}
	for _, r := range list {
		for i, cell := range r.column() {
			rows[i] = append(rows[i], cell)
		}
	}
	sh.printf("%s", joinLines(append(blocks(rows, sh.width()), problemLines(list)...)))
}

// column is what wm says of an axis.
func (r reading) column() []string {
	a := r.axis
	low, high := a.Limits()
	dialLow, dialHigh := a.DialLimits()
	return []string{
		label(a.Name(), a.Unit()), formatLimit(high), r.text(r.position), formatLimit(low),
		axisPosition(a, a.Offset()), formatLimit(dialHigh), r.text(r.dial), formatLimit(dialLow), r.motion(),
	}
}

func (sh *Shell) sta(args ...any) {
	a := sh.parse("sta", args)
	axes := sh.Session.Axes()
	if len(a.list) > 0 {
		axes = a.axes(len(a.list))
	}
	rows := [][]string{{"axis", "state", ""}}
	for _, r := range sh.read("sta", axes) {
		rows = append(rows, []string{r.axis.Name(), r.stateText(), r.problem()})
	}
	printTable(sh.Out, rows)
}

// axes are the first n arguments.
func (a *arguments) axes(n int) (list []*device.MotorAxis) {
	for i := range n {
		list = append(list, a.axis(i, "axis").dev)
	}
	return list
}

// reading is one axis as it was found.
type reading struct {
	axis           *device.MotorAxis
	position, dial float64
	state          device.State
	err            error
	moving         bool
	quarantined    bool
}

// read asks all axes side by side.
func (sh *Shell) read(command string, axes []*device.MotorAxis) []reading {
	ctx, cancel := context.WithTimeoutCause(sh.context(command), axisTime, errNoAnswer)
	defer cancel()
	answers := make([]chan reading, len(axes))
	for i, a := range axes {
		answers[i] = make(chan reading, 1)
		go func() { answers[i] <- readAxis(ctx, a) }()
	}
	late := time.After(axisTime + axisGrace)
	list := make([]reading, len(axes))
	for i, a := range axes {
		select {
		case list[i] = <-answers[i]:
		case <-late:
			late = closedTime()
			list[i] = reading{axis: a, err: errNoAnswer, moving: a.IsMoving(), quarantined: a.Quarantined()}
		}
	}
	return list
}

// axisGrace is how much longer than its time a driver may take to say that its
// time is over. One that says nothing is left behind.
const axisGrace = 200 * time.Millisecond

var errNoAnswer = fmt.Errorf("no answer within %g s", axisTime.Seconds())

// closedTime is a clock that has struck already.
func closedTime() <-chan time.Time {
	c := make(chan time.Time)
	close(c)
	return c
}

// readAxis asks once, for positions and state of the same moment.
func readAxis(ctx context.Context, a *device.MotorAxis) reading {
	r := reading{axis: a}
	r.state, r.err = a.State(ctx)
	r.position, r.dial = a.LastPosition(), a.LastDial()
	r.moving = a.IsMoving() || r.err == nil && r.state.Has(device.Moving)
	r.quarantined = a.Quarantined()
	return r
}

// text is a position, or the mark of an axis that has none.
func (r reading) text(x float64) string {
	switch {
	case r.quarantined:
		return "?"
	case r.err != nil:
		return "!ERR"
	}
	return axisPosition(r.axis, x)
}

// motion marks an axis that moves.
func (r reading) motion() string {
	if r.moving {
		return "moving"
	}
	return ""
}

func (r reading) stateText() string {
	if r.err != nil {
		return "!ERR"
	}
	return r.state.String()
}

// problem is what is wrong with the axis, without its name.
func (r reading) problem() string {
	var list []string
	if r.quarantined {
		list = append(list, "quarantined: moves are refused until it is read at rest")
	}
	if r.err != nil {
		list = append(list, strings.TrimPrefix(r.err.Error(), r.axis.Name()+": "))
	}
	return strings.Join(list, "; ")
}

// problemLines explain the marks in a table.
func problemLines(list []reading) (lines []string) {
	for _, r := range list {
		if p := r.problem(); p != "" {
			lines = append(lines, fmt.Sprintf("  %s %s: %s", r.text(0), r.axis.Name(), p))
		}
	}
	return lines
}
