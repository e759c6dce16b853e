package scan

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"blissh/data"
	"blissh/device"
)

// chain is who triggers whom during a point: one time master, a software timer
// unless a controller is one, gates all controllers; they are prepared,
// triggered, read and stopped side by side, so that a slow one costs its own
// time only. Its methods are called by one goroutine.
type chain struct {
	groups     []*group
	calcs      []*calcStep
	nArrays    int
	wait       device.Wait
	fail       func(error) // ends the scan while others are still busy
	master     device.TimeMaster
	masterAt   *group
	gated      []*group // all but the master's
	point      device.Point
	triggerAll func(context.Context) error // triggers the gated ones
	triggerOne func(context.Context, *group)
	readOne    func(context.Context, *group)
	tasks      sync.WaitGroup
	workers    sync.WaitGroup
}

// group is one controller with its counters of this scan.
type group struct {
	controller device.Controller
	counters   []*device.Counter
	slots      []slot
	convert    []device.Conversion
	sizes      []int // bytes of each array; 0 for a scalar
	reading    device.Reading
	acq        device.Acquisition
	stage      atomic.Int32 // see stage
	tasks      chan task    // for the group's worker; nil: it has none
}

// slot is the place of a counter in a row.
type slot struct {
	array bool
	index int
}

// calcStep is one calculated counter.
type calcStep struct {
	name string
	calc device.Calculator
	from []int // places of its inputs among the values
	in   []float64
	to   int
}

// newChain arranges ordered counters whose data channels are given; the values
// of a row begin with skip others.
func newChain(counters []*device.Counter, channels []data.Channel, skip int) (*chain, error) {
	c := &chain{}
	c.triggerAll, c.triggerOne, c.readOne = c.trigger, c.triggerGroup, c.read
	groups := map[device.Controller]*group{}
	places := map[*device.Counter]int{}
	next := skip
	for i, counter := range counters {
		ch := channels[skip+i]
		if ch.PointSize() == 0 {
			return nil, fmt.Errorf("counter %s: dtype %q with shape %v is unknown", ch.Name, ch.DType, ch.Shape)
		}
		at := slot{index: next}
		if !ch.Scalar() {
			at = slot{array: true, index: c.nArrays}
			c.nArrays++
		} else {
			places[counter] = next
			next++
		}
		if calc, ok := counter.Controller.(device.Calculator); ok {
			c.calcs = append(c.calcs, newCalcStep(counter, calc, places, at.index))
			continue
		}
		g := groups[counter.Controller]
		if g == nil {
			g = &group{controller: counter.Controller}
			groups[counter.Controller] = g
			c.groups = append(c.groups, g)
		}
		g.add(counter, ch, at)
	}
	return c, nil
}

// newCalcStep finds the inputs, which are placed already.
func newCalcStep(c *device.Counter, calc device.Calculator, places map[*device.Counter]int, to int) *calcStep {
	s := &calcStep{name: c.Name, calc: calc, to: to}
	for _, in := range calc.Inputs() {
		s.from = append(s.from, places[in])
	}
	s.in = make([]float64, len(s.from))
	return s
}

// add gives a counter of the group its place in the row.
func (g *group) add(c *device.Counter, ch data.Channel, at slot) {
	size := 0
	if at.array {
		size = ch.PointSize()
	}
	g.counters = append(g.counters, c)
	g.slots = append(g.slots, at)
	g.sizes = append(g.sizes, size)
	g.reading.Values = append(g.reading.Values, 0)
	g.reading.Arrays = append(g.reading.Arrays, make([]byte, size))
}

// findMaster looks for the time master among the prepared controllers.
func (c *chain) findMaster() error {
	for _, g := range c.groups {
		m, ok := g.acq.(device.TimeMaster)
		if !ok {
			c.gated = append(c.gated, g)
			continue
		}
		if c.master != nil {
			return fmt.Errorf("two time masters: %s, %s", c.masterAt.controller.Name(), g.controller.Name())
		}
		c.master, c.masterAt = m, g
	}
	return nil
}

// count does one point: gate, trigger, wait, read, calculate. A failure is
// reported to fail; the caller looks whether the scan is ending.
func (c *chain) count(ctx context.Context, p device.Point, end time.Time, row *data.Row) {
	c.point = p
	if err := c.gate(ctx, end); err != nil {
		c.fail(err)
		return
	}
	c.each(ctx, c.groups, c.readOne)
	if ctx.Err() != nil {
		return
	}
	c.fill(row)
	if err := c.calculate(row); err != nil {
		c.fail(err)
	}
}

// gate lets the controllers count until end, or as long as the time master
// says.
func (c *chain) gate(ctx context.Context, end time.Time) error {
	if c.master != nil {
		return c.masterAt.during(gating, func() error { return c.master.Gate(ctx, c.point, c.triggerAll) })
	}
	if err := c.trigger(ctx); err != nil {
		return err
	}
	if c.point.CountTime == 0 {
		return nil
	}
	return c.wait.Until(ctx, end)
}

// trigger triggers all controllers but the time master. The first failure is
// reported at once, so that the others need not be waited for.
func (c *chain) trigger(ctx context.Context) error {
	c.each(ctx, c.gated, c.triggerOne)
	return context.Cause(ctx)
}

// triggerGroup triggers one controller.
func (c *chain) triggerGroup(ctx context.Context, g *group) {
	if err := g.during(triggering, func() error { return g.acq.Trigger(ctx, c.point) }); err != nil {
		c.fail(err)
	}
}

// read reads one controller.
func (c *chain) read(ctx context.Context, g *group) {
	err := g.during(reading, func() error { return g.acq.Read(ctx, &g.reading) })
	if err == nil {
		err = g.checkReading()
	}
	if err != nil {
		c.fail(err)
	}
}

// checkReading compares what was read with what was agreed.
func (g *group) checkReading() error {
	if len(g.reading.Values) != len(g.counters) || len(g.reading.Arrays) != len(g.counters) {
		return fmt.Errorf("%s: read: %d values and %d arrays, %d expected", g.controller.Name(), len(g.reading.Values), len(g.reading.Arrays), len(g.counters))
	}
	for i, size := range g.sizes {
		if size > 0 && len(g.reading.Arrays[i]) != size {
			return fmt.Errorf("%s: read: counter %s: %d bytes, %d expected", g.controller.Name(), g.counters[i].Name, len(g.reading.Arrays[i]), size)
		}
	}
	return nil
}

// fill copies what was read into the row.
func (c *chain) fill(row *data.Row) {
	for _, g := range c.groups {
		for i, at := range g.slots {
			if at.array {
				row.Arrays[at.index].Bytes = g.reading.Arrays[i]
			} else {
				row.Values[at.index] = g.convert[i].Of(g.reading.Values[i])
			}
		}
	}
}

// conversions are those of the counters of a group, as they are set now. A
// sampling controller converts each sample by itself.
func conversions(g *group) (list []device.Conversion) {
	_, itself := g.controller.(*device.Sampling)
	for _, c := range g.counters {
		if itself {
			list = append(list, device.NoConversion())
			continue
		}
		list = append(list, c.Conversion())
	}
	return list
}

// calculate fills in the calculated counters, in order.
func (c *chain) calculate(row *data.Row) error {
	for _, s := range c.calcs {
		for i, from := range s.from {
			s.in[i] = row.Values[from]
		}
		v, err := s.calc.Calculate(s.in)
		if err != nil {
			return fmt.Errorf("counter %s: %w", s.name, err)
		}
		row.Values[s.to] = v
	}
	return nil
}

// newRow makes the row that is filled at every point.
func newRow(channels []data.Channel) *data.Row {
	row := &data.Row{}
	for _, ch := range channels {
		if ch.Scalar() {
			row.Values = append(row.Values, 0)
		} else {
			row.Arrays = append(row.Arrays, data.Array{DType: ch.DType, Shape: ch.Shape})
		}
	}
	return row
}
