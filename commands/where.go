package commands

import (
	"context"
	"errors"
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
		Help:    "Prints where all axes are: user and dial position, in the axis' unit. !ERR marks an axis that does not answer, ? one that is quarantined.",
		Example: "wa()",
		Func:    func(sh *Shell) any { return sh.wa },
	}
}

func wmCommand() Command {
	return Command{
		Name: "wm", Group: groupMotion,
		Usage:   "wm(axis, ...)",
		Help:    "Prints where some axes are, with their limits and offsets, in the axis' unit.",
		Example: "wm(robx, robz)",
		Func:    func(sh *Shell) any { return sh.wm },
	}
}

func staCommand() Command {
	return Command{
		Name: "sta", Group: groupMotion,
		Usage:   "sta()",
		Help:    "Prints the state of all axes, as their controllers tell it. An axis that is read at rest leaves quarantine.",
		Example: "sta()",
		Func:    func(sh *Shell) any { return sh.sta },
	}
}

func (sh *Shell) wa(args ...any) {
	sh.parse("wa", args).most(0)
	head, user, dial := []string{""}, []string{"user"}, []string{"dial"}
	for _, r := range sh.read("wa", sh.Session.Axes()) {
		head = append(head, label(r.axis.Name(), r.axis.Unit()))
		user, dial = append(user, r.user()), append(dial, r.dialText())
	}
	printTable(sh.Out, [][]string{head, user, dial})
}

func (sh *Shell) wm(args ...any) {
	a := sh.parse("wm", args)
	var axes []*device.MotorAxis
	for i := 0; i < max(1, len(a.list)); i++ {
		axes = append(axes, a.axis(i, "axis").dev)
	}
	rows := [][]string{{""}, {"user high"}, {"user"}, {"user low"}, {"offset"}, {"dial"}}
	for _, r := range sh.read("wm", axes) {
		low, high := r.axis.Limits()
		column := []string{label(r.axis.Name(), r.axis.Unit()), formatLimit(high), r.user(), formatLimit(low), formatPosition(r.axis.Offset()), r.dialText()}
		for i := range rows {
			rows[i] = append(rows[i], column[i])
		}
	}
	printTable(sh.Out, rows)
}

func (sh *Shell) sta(args ...any) {
	sh.parse("sta", args).most(0)
	rows := [][]string{{"axis", "state", ""}}
	for _, r := range sh.read("sta", sh.Session.Axes()) {
		rows = append(rows, []string{r.axis.Name(), r.stateText(), r.note()})
	}
	printTable(sh.Out, rows)
}

// reading is one axis as it was found.
type reading struct {
	axis           *device.MotorAxis
	position, dial float64
	state          device.State
	err            error
	quarantined    bool
}

// read asks all axes side by side.
func (sh *Shell) read(command string, axes []*device.MotorAxis) []reading {
	ctx, cancel := context.WithTimeout(sh.context(command), axisTime)
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
			list[i] = reading{axis: a, err: errNoAnswer, quarantined: a.Quarantined()}
		}
	}
	return list
}

// axisGrace is how much longer than its time a driver may take to say that its
// time is over. One that says nothing is left behind.
const axisGrace = 200 * time.Millisecond

var errNoAnswer = errors.New("no answer")

// closedTime is a clock that has struck already.
func closedTime() <-chan time.Time {
	c := make(chan time.Time)
	close(c)
	return c
}

func readAxis(ctx context.Context, a *device.MotorAxis) reading {
	r := reading{axis: a}
	r.state, r.err = a.State(ctx)
	if r.err == nil {
		r.position, r.err = a.Position(ctx)
	}
	if r.err == nil {
		r.dial, r.err = a.Dial(ctx)
	}
	r.quarantined = a.Quarantined()
	return r
}

func (r reading) user() string     { return r.mark(r.position) }
func (r reading) dialText() string { return r.mark(r.dial) }

func (r reading) mark(x float64) string {
	switch {
	case r.quarantined:
		return "?"
	case r.err != nil:
		return "!ERR"
	}
	return formatPosition(x)
}

func (r reading) stateText() string {
	if r.err != nil {
		return "!ERR"
	}
	return r.state.String()
}

func (r reading) note() string {
	switch {
	case r.err != nil:
		return r.err.Error()
	case r.quarantined:
		return "quarantined: moves are refused until it is read at rest"
	}
	return ""
}
