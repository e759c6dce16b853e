package commands

import (
	"context"

	"blissh/device"
)

// Home looks for the reference of the axis and returns when it is at rest there:
// robz.home(), or robz.home(-1) to say in which direction.
func (a *Axis) Home(direction ...int) {
	if len(direction) > 1 {
		failf(a.Name(), "home: one direction expected, 1 or -1, got %d", len(direction))
	}
	towards := 0
	if len(direction) == 1 {
		towards = direction[0]
		if towards != 1 && towards != -1 {
			failf(a.Name(), "home: direction 1 or -1 expected, got %d", towards)
		}
	}
	a.search("looks for its reference", func(ctx context.Context, d *device.MotorAxis) error { return d.Home(ctx, towards) })
}

// HwLimit moves the axis in a direction, 1 or -1, until its limit switch stops
// it.
func (a *Axis) HwLimit(direction int) {
	a.search("looks for its limit switch", func(ctx context.Context, d *device.MotorAxis) error { return d.SearchLimit(ctx, direction) })
}

// search does a motion whose end is not known, and says where that was.
func (a *Axis) search(what string, f func(context.Context, *device.MotorAxis) error) {
	begun := false
	begin := func() {
		begun = true
		a.sh.printf("%s %s\n", a.Name(), what)
	}
	err := a.sh.Session.Search(a.sh.context(a.Name()), begin, a.dev, f)
	if begun {
		err = whereNow(err, []*device.MotorAxis{a.dev})
	}
	try(err)
	state, err := a.dev.State(a.sh.context(a.Name()))
	try(err)
	if a.dev.IsStandIn() {
		a.sh.printf("where that ends is not known in a dry run: %s is taken to stay at %s\n", a.Name(), a.number(a.dev.LastPosition()))
		return
	}
	a.sh.printf("%s is at %s, %s\n", a.Name(), a.number(a.dev.LastPosition()), state)
}

// EncoderPosition reads the user position from the encoder of the axis.
func (a *Axis) EncoderPosition() float64 {
	p, err := a.dev.EncoderPosition(a.sh.context(a.Name()))
	try(err)
	return p
}
