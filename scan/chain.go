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
// unless a controller is one, gates all controllers; they are triggered
// together and read side by side. Its methods are called by one goroutine.
type chain struct {
	groups     []*group
	calcs      []*calcStep
	nArrays    int
	wait       device.Wait
	fail       func(error) // ends the scan while others are still reading
	master     device.TimeMaster
	masterAt   *group
	point      device.Point
	triggerAll func(context.Context) error // triggers all but the master
	reads      sync.WaitGroup
	readers    sync.WaitGroup
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
	stage      atomic.Int32         // see stage
	begin      chan context.Context // a read is wanted; nil: by the chain itself
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
	c.triggerAll = c.trigger
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

// prepare readies one controller.
func (c *chain) prepare(ctx context.Context, g *group, s device.Setup) error {
	s.Counters = g.counters
	g.convert = conversions(g)
	acq, err := g.controller.Prepare(ctx, s)
	if err != nil {
		return fmt.Errorf("%s: prepare: %w", g.controller.Name(), err)
	}
	g.acq = acq
	m, ok := acq.(device.TimeMaster)
	if !ok {
		return nil
	}
	if c.master != nil {
		return fmt.Errorf("two time masters: %s, %s", c.masterAt.controller.Name(), g.controller.Name())
	}
	c.master, c.masterAt = m, g
	return nil
}

// start begins the goroutines that read all groups but the first.
func (c *chain) start() {
	for _, g := range c.groups[min(1, len(c.groups)):] {
		begin := make(chan context.Context)
		g.begin = begin
		c.readers.Go(func() { c.serve(g, begin) })
	}
}

// serve reads one group whenever it is asked to, until begin is closed.
func (c *chain) serve(g *group, begin <-chan context.Context) {
	for ctx := range begin {
		c.read(ctx, g)
		c.reads.Done()
	}
}

// close ends what start began.
func (c *chain) close() {
	for _, g := range c.groups {
		if g.begin != nil {
			close(g.begin)
			g.begin = nil
		}
	}
	c.readers.Wait()
}

// count does one point: gate, trigger, wait, read, calculate. A failure is
// reported to fail; the caller looks whether the scan is ending.
func (c *chain) count(ctx context.Context, p device.Point, end time.Time, row *data.Row) {
	c.point = p
	if err := c.gate(ctx, end); err != nil {
		c.fail(err)
		return
	}
	c.readAll(ctx)
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
		c.masterAt.stage.Store(int32(gating))
		err := c.master.Gate(ctx, c.point, c.triggerAll)
		c.masterAt.stage.Store(int32(idle))
		if err != nil {
			return fmt.Errorf("%s: count: %w", c.masterAt.controller.Name(), err)
		}
		return nil
	}
	if err := c.trigger(ctx); err != nil {
		return err
	}
	if c.point.CountTime == 0 {
		return nil
	}
	return c.wait.Until(ctx, end)
}

// trigger triggers all controllers but the time master.
func (c *chain) trigger(ctx context.Context) error {
	for _, g := range c.groups {
		if g == c.masterAt {
			continue
		}
		g.stage.Store(int32(triggering))
		err := g.acq.Trigger(ctx, c.point)
		g.stage.Store(int32(idle))
		if err != nil {
			return fmt.Errorf("%s: trigger: %w", g.controller.Name(), err)
		}
	}
	return nil
}

// readAll reads the controllers side by side, one of them here.
func (c *chain) readAll(ctx context.Context) {
	if len(c.groups) == 0 || ctx.Err() != nil {
		return
	}
	c.reads.Add(len(c.groups) - 1)
	for _, g := range c.groups[1:] {
		g.begin <- ctx
	}
	c.read(ctx, c.groups[0])
	c.reads.Wait()
}

// read reads one controller and reports a failure at once, so that the others
// need not be waited for.
func (c *chain) read(ctx context.Context, g *group) {
	defer func() {
		if p := recover(); p != nil {
			c.fail(fmt.Errorf("%s: read: panic: %v", g.controller.Name(), p))
		}
	}()
	g.stage.Store(int32(reading))
	err := g.acq.Read(ctx, &g.reading)
	g.stage.Store(int32(idle))
	if err != nil {
		c.fail(fmt.Errorf("%s: read: %w", g.controller.Name(), err))
		return
	}
	if len(g.reading.Values) != len(g.counters) || len(g.reading.Arrays) != len(g.counters) {
		c.fail(fmt.Errorf("%s: read: %d values and %d arrays, %d expected", g.controller.Name(), len(g.reading.Values), len(g.reading.Arrays), len(g.counters)))
		return
	}
	for i, size := range g.sizes {
		if size > 0 && len(g.reading.Arrays[i]) != size {
			c.fail(fmt.Errorf("%s: read: counter %s: %d bytes, %d expected", g.controller.Name(), g.counters[i].Name, len(g.reading.Arrays[i]), size))
			return
		}
	}
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
