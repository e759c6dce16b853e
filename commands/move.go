package commands

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"blissh/device"
	"blissh/scan"
	"blissh/session"
)

// leg is one axis of a move.
type leg struct {
	axis     *device.MotorAxis
	from, to float64 // user
	note     string  // "(dial 2 mm)"
}

// move is all the move commands: it reads where the axes are, checks all
// targets, prints one line per axis, then moves those that are not there yet.
func (sh *Shell) move(a *arguments, how manner) {
	ctx := sh.context(a.command.Name)
	axes, numbers := a.targets(how.what)
	var legs []leg
	for i, x := range axes {
		l, err := plan(ctx, x, numbers[i], how)
		if err != nil {
			fail(a.command.Name, err)
		}
		legs = append(legs, l)
	}
	if err := checkTargets(legs); err != nil {
		fail(a.command.Name, err)
	}
	going, there := split(legs)
	sh.printf("%s", there)
	if len(going) == 0 {
		return
	}
	if err := sh.travel(ctx, going, how); err != nil {
		fail(a.command.Name, err)
	}
}

// plan is the way of one axis; whether it can go it is looked at for all together.
func plan(ctx context.Context, x *device.MotorAxis, given float64, how manner) (l leg, err error) {
	from, err := x.Position(ctx)
	if err != nil {
		return l, err
	}
	l = leg{axis: x, from: from, to: how.target(x, from, given)}
	if how.dial {
		l.note = " (dial " + lengthText(x, given) + ")"
	}
	if x.Quarantined() {
		return l, fmt.Errorf("%s is quarantined: it did not confirm to be at rest; sta() reads its state", x.Name())
	}
	return l, nil
}

// checkTargets compares all targets with all limits, those of axes that are
// calculated in one set as one.
func checkTargets(legs []leg) error {
	var axes []device.Axis
	var from, to []float64
	for _, l := range legs {
		axes, from, to = append(axes, l.axis), append(from, l.from), append(to, l.to)
	}
	if err := device.CheckShared(axes); err != nil {
		return err
	}
	return device.NewChecker(axes, from).Step(to)
}

// split leaves out the axes that are there already, and says so.
func split(legs []leg) (going []leg, there string) {
	for _, l := range legs {
		if l.axis.Stays(l.from, l.to) && !l.axis.IsMoving() {
			there += l.axis.Name() + " is at " + lengthText(l.axis, l.from) + " already\n"
			continue
		}
		going = append(going, l)
	}
	return going, there
}

// travel moves; the error says where each axis came to rest.
func (sh *Shell) travel(ctx context.Context, legs []leg, how manner) error {
	axes, targets := make([]*device.MotorAxis, len(legs)), make([]float64, len(legs))
	for i, l := range legs {
		axes[i], targets[i] = l.axis, l.to
	}
	begun, hide := false, func() {}
	begin := func() {
		begun = true
		sh.printf("%s", announce(legs))
		if how.live {
			hide = sh.showMoving(axes)
		}
	}
	err := sh.Session.MoveAfter(ctx, begin, axes, targets)
	if begun {
		hide()
		err = whereNow(err, axes)
	}
	if begun && how.live {
		sh.printf("%s", sh.arrival(axes))
	}
	return err
}

// announce says what is about to move.
func announce(legs []leg) string {
	var b strings.Builder
	for _, l := range legs {
		b.WriteString("moving " + l.axis.Name() + " from " + formatNumber(l.from) + " to " + lengthText(l.axis, l.to) + l.note + "\n")
	}
	return b.String()
}

// lengthText is a position with the axis' unit behind it.
func lengthText(a *device.MotorAxis, x float64) string { return withUnit(formatNumber(x), a.Unit()) }

// whereNow adds to the error of a move that had begun where the axes came to
// rest. One that the user would not wait for is named by the third Ctrl-C.
func whereNow(err error, axes []*device.MotorAxis) error {
	if err == nil || errors.Is(err, session.ErrAbandoned) {
		return err
	}
	word := " is at "
	if errors.Is(err, scan.ErrInterrupted) {
		word = " stopped at "
	}
	var list []string
	for _, a := range axes {
		list = append(list, a.Name()+restWord(a, word)+lengthText(a, a.LastPosition()))
	}
	return &notedError{err, strings.Join(list, ", ")}
}

// restWord is word, unless nobody knows that the axis is at rest.
func restWord(a *device.MotorAxis, word string) string {
	if a.Quarantined() || a.IsMoving() {
		return " is NOT confirmed at rest, last seen at "
	}
	return word
}

// notedError is an error with a note in brackets.
type notedError struct {
	error
	note string
}

func (e *notedError) Error() string { return e.error.Error() + " (" + e.note + ")" }
func (e *notedError) Unwrap() error { return e.error }
