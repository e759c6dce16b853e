package commands

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"blissh/device"
)

func twCommand() Command {
	return Command{
		Name: "tw", Group: groupMotion,
		Usage: "tw(axis, step, ...)",
		Help: "Moves one or two axes step by step with the arrow keys and shows where they are. " +
			"Left and right move the first axis, up and down the second one; without a second one up and down change the step, as + and - do. " +
			"A key that is pressed while the axis moves is dropped, so that a held key stops when it is released. The step is 0.1 unit when none is given.",
		Example: "tw(robz, 0.05)",
		Func:    func(sh *Shell) any { return sh.tw },
	}
}

func (sh *Shell) tw(args ...any) {
	a := sh.parse("tw", args)
	t := &tweak{sh: sh, ctx: sh.context("tw"), axes: a.tweaked(), moved: make(chan error, 1)}
	if sh.Screen == nil || sh.Keyboard == nil {
		failf("tw", "a terminal is needed, with its keyboard; mvr(%s, %s) moves by a step", t.axes[0].dev.Name(), formatNumber(t.axes[0].step))
	}
	if err := t.locate(); err != nil {
		fail("tw", err)
	}
	keyboard, err := sh.Keyboard()
	if err != nil {
		fail("tw", err)
	}
	defer keyboard.Close()
	if err := t.run(keyboard); err != nil {
		fail("tw", err)
	}
}

// tweaked is an axis that is moved by keys.
type tweaked struct {
	dev         *device.MotorAxis
	step, start float64
}

// firstStep is the step in the axis' unit when none is given.
const firstStep = 0.1

// tweaked reads one or two axes, each with its step or without.
func (a *arguments) tweaked() (list []*tweaked) {
	for i := 0; i < max(1, len(a.list)); i++ {
		if len(list) == 2 {
			failf(a.command.Name, "at most two axes, there are four arrow keys; usage: %s", a.command.Usage)
		}
		x := &tweaked{dev: a.axis(i, "axis").dev, step: firstStep}
		if len(list) == 1 && list[0].dev == x.dev {
			failf(a.command.Name, "%s is named twice", x.dev.Name())
		}
		list = append(list, x)
		if i+1 == len(a.list) {
			continue
		}
		if _, another := at(a.list, i+1).(*Axis); another {
			continue
		}
		if i++; i < len(a.list) {
			if err := x.setStep(a.number(i, "step", x.dev.Unit())); err != nil {
				fail(a.command.Name, err)
			}
		}
	}
	return list
}

// at is an element of a list, nil beyond its end.
func at(list []any, i int) any {
	if i < len(list) {
		return list[i]
	}
	return nil
}

// setStep refuses what moves nothing.
func (x *tweaked) setStep(step float64) error {
	if !(step > 0) || math.IsInf(step, 0) {
		return fmt.Errorf("%s: step %s is not above 0", x.dev.Name(), lengthText(x.dev, step))
	}
	if n := math.Abs(x.dev.Config().StepsPerUnit); n > 0 && step*n < 1-1e-6 {
		return fmt.Errorf("%s: step %s is less than a step of the motor, %s", x.dev.Name(), lengthText(x.dev, step), lengthText(x.dev, 1/n))
	}
	x.step = step
	return nil
}

// tweak is one tw. What is typed, the end of a move and the clock meet in run.
type tweak struct {
	sh     *Shell
	ctx    context.Context
	axes   []*tweaked
	active int    // whose step is changed
	entry  string // a number being typed
	note   string // what is to be said beside the positions
	moving bool
	ending bool
	moved  chan error // the end of a move
}

// locate reads where the axes are.
func (t *tweak) locate() (err error) {
	for _, x := range t.axes {
		if x.start, err = x.dev.Position(t.ctx); err != nil {
			return err
		}
	}
	return nil
}

// run obeys keys until one ends it or the input is interrupted; it returns with
// the axes at rest.
func (t *tweak) run(keyboard Keyboard) error {
	t.sh.printf("%s", joinLines(t.instructions()))
	keys, over, stop := readKeys(t.ctx, keyboard)
	defer stop()
	err := t.obey(keys, over)
	if err != nil {
		return whereNow(err, t.devices())
	}
	t.sh.printf("%s", t.result())
	return nil
}

// obey is the loop of run.
func (t *tweak) obey(keys <-chan string, over <-chan error) (err error) {
	redraw := time.NewTicker(redrawPeriod)
	defer redraw.Stop()
	defer t.sh.Screen.Show() // nothing
	var drawn []string
	width := 0
	for t.moving || !t.ending {
		if lines, w := t.lines(), t.sh.width(); w != width || !slices.Equal(lines, drawn) {
			t.sh.Screen.Show(lines...)
			drawn, width = lines, w
		}
		select {
		case key := <-keys:
			t.press(key)
		case err = <-over:
			t.ending = true
		case failure := <-t.moved:
			t.arrived(failure)
		case <-redraw.C:
		}
	}
	return err
}

// readKeys reads keys until ctx ends, the keyboard does, or stop is called,
// which waits for it. Why there are no keys any more comes from over, once.
func readKeys(ctx context.Context, keyboard Keyboard) (_ <-chan string, _ <-chan error, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	keys, over := make(chan string), make(chan error, 1)
	var reading sync.WaitGroup
	reading.Go(func() {
		for {
			key, err := keyboard.Key(ctx)
			if err != nil {
				over <- err
				return
			}
			select {
			case keys <- key:
			case <-ctx.Done():
				over <- context.Cause(ctx)
				return
			}
		}
	})
	return keys, over, func() { cancel(); reading.Wait() }
}

// devices are the axes.
func (t *tweak) devices() (list []*device.MotorAxis) {
	for _, x := range t.axes {
		list = append(list, x.dev)
	}
	return list
}
