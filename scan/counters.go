package scan

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"blissh/data"
	"blissh/device"
)

// order puts calculated counters after those they are computed from, adds
// inputs that are missing and refuses a counter that is given twice.
func order(given []*device.Counter) ([]*device.Counter, error) {
	o := ordering{state: map[*device.Counter]mark{}}
	seen := map[*device.Counter]bool{}
	for _, c := range given {
		if c == nil {
			return nil, errors.New("a counter is missing")
		}
		if seen[c] {
			return nil, fmt.Errorf("counter %s is given twice", c.Name)
		}
		seen[c] = true
		if err := o.visit(c); err != nil {
			return nil, err
		}
	}
	return append(o.real, o.calculated...), nil
}

// expand puts those counters that fill several data channels in the place of
// one.
func expand(ordered []*device.Counter, count time.Duration) (all []*device.Counter, err error) {
	for _, c := range ordered {
		x, ok := c.Controller.(device.Expander)
		if !ok {
			all = append(all, c)
			continue
		}
		list, err := x.Expand(c, count)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}

// withBeside adds what a scan of the axes publishes in any case.
func withBeside(given []*device.Counter, axes []device.Axis) []*device.Counter {
	all := slices.Clone(given)
	for _, c := range device.Beside(axes) {
		if !slices.ContainsFunc(given, func(g *device.Counter) bool { return g != nil && g.Name == c.Name }) {
			all = append(all, c)
		}
	}
	return all
}

// mark is how far the ordering has come with a counter.
type mark int

const (
	unseen mark = iota
	open
	placed
)

// ordering sorts counters by what they depend on.
type ordering struct {
	state            map[*device.Counter]mark
	real, calculated []*device.Counter
}

// visit places c after its inputs.
func (o *ordering) visit(c *device.Counter) error {
	switch o.state[c] {
	case placed:
		return nil
	case open:
		return fmt.Errorf("counter %s is computed from itself", c.Name)
	}
	if c.Controller == nil {
		return fmt.Errorf("counter %s has no controller", c.Name)
	}
	calc, ok := c.Controller.(device.Calculator)
	if !ok {
		o.real, o.state[c] = append(o.real, c), placed
		return nil
	}
	o.state[c] = open
	for _, in := range calc.Inputs() {
		if len(in.Shape) > 0 {
			return fmt.Errorf("counter %s: its input %s is not scalar", c.Name, in.Name)
		}
		if err := o.visit(in); err != nil {
			return err
		}
	}
	o.calculated, o.state[c] = append(o.calculated, c), placed
	return nil
}

// describe gives the data channels: axes, elapsed_time, epoch, counters.
func describe(axes []device.Axis, counters []*device.Counter) ([]data.Channel, error) {
	var channels []data.Channel
	for _, a := range axes {
		channels = append(channels, data.Channel{Name: a.Name(), Unit: a.Unit(), DType: data.Float64, Role: "axis"})
	}
	for _, timer := range []string{data.ElapsedTime, data.Epoch} {
		channels = append(channels, data.Channel{Name: timer, Unit: "s", DType: data.Float64, Role: "timer"})
	}
	for _, c := range counters {
		channels = append(channels, counterChannel(c))
	}
	return channels, checkNames(channels)
}

// counterChannel is the data channel of a counter.
func counterChannel(c *device.Counter) data.Channel {
	dtype := c.DType
	if dtype == "" {
		dtype = data.Float64
	}
	return data.Channel{Name: c.Name, Unit: c.Unit, DType: dtype, Shape: c.Shape, Role: cmp.Or(c.Role, "counter"), Controller: c.Controller.Name()}
}

// checkNames refuses data channels that could not be told apart.
func checkNames(channels []data.Channel) error {
	seen := map[string]bool{}
	for _, c := range channels {
		if !data.ValidName(c.Name) {
			return fmt.Errorf("%q is no name for a data channel", c.Name)
		}
		if seen[c.Name] {
			return fmt.Errorf("two data channels are called %s", c.Name)
		}
		seen[c.Name] = true
	}
	return nil
}
