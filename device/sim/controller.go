package sim

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"blissh/device"
)

// ControllerOptions describe a simulated counter controller.
type ControllerOptions struct {
	Name     string
	Seed     uint64        // of the noise; the same seed gives the same values
	ReadTime time.Duration // how long a read takes
	Master   bool          // the controller gates the count itself
	// Integrating makes scalar counters add up over the count time: their
	// functions give values per second.
	Integrating bool
	// MaxRate, in samples a second, makes a sampling controller; 0: one that
	// is read once per point.
	MaxRate float64
	Wait    device.Wait // for ReadTime and the gate; nil: TimerWait
}

// Controller is a simulated controller with any number of counters. Counters
// are added before the first scan.
type Controller struct {
	Faults

	o ControllerOptions

	mu   sync.Mutex
	seed *rand.Rand
	open int // acquisitions that were prepared and not stopped
	fill map[*device.Counter]filler

	front device.Controller // what the counters belong to
}

var _ device.Controller = (*Controller)(nil)

// filler writes the value of one counter into a Reading.
type filler func(in Input, r *rand.Rand, i int, to *device.Reading)

// NewController makes a controller without counters.
func NewController(o ControllerOptions) *Controller {
	if o.Wait == nil {
		o.Wait = device.TimerWait
	}
	c := &Controller{
		o:    o,
		seed: rand.New(rand.NewPCG(o.Seed, 0)),
		fill: map[*device.Counter]filler{},
	}
	c.front = c
	if o.MaxRate > 0 {
		c.front = device.NewSampling(sampler{c}, o.MaxRate, o.Wait)
	}
	return c
}

// Name is the name of the controller.
func (c *Controller) Name() string { return c.o.Name }

// Add makes a scalar counter that follows f.
func (c *Controller) Add(name, unit string, f Function) *device.Counter {
	return c.add(&device.Counter{Name: name, Unit: unit}, func(in Input, r *rand.Rand, i int, to *device.Reading) {
		to.Values[i] = f(in, r)
		if c.o.Integrating {
			to.Values[i] *= in.CountTime.Seconds()
		}
	})
}

// add registers a counter.
func (c *Controller) add(counter *device.Counter, f filler) *device.Counter {
	counter.Controller = c.front
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fill[counter] = f
	return counter
}

// Open is how many acquisitions were prepared and not stopped yet.
func (c *Controller) Open() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open
}

// Prepare begins an acquisition.
func (c *Controller) Prepare(ctx context.Context, s device.Setup) (device.Acquisition, error) {
	a, err := c.prepare(ctx, s)
	if err == nil && c.o.Master {
		return &master{a}, nil
	}
	if err != nil {
		return nil, err
	}
	return a, nil
}

func (c *Controller) prepare(ctx context.Context, s device.Setup) (*acquisition, error) {
	if err := c.meet(ctx, Prepare); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open++
	a := &acquisition{c: c, rand: rand.New(rand.NewPCG(c.seed.Uint64(), 1)), hasAxis: len(s.Axes) > 0}
	for _, counter := range s.Counters {
		a.fill = append(a.fill, c.fill[counter])
	}
	return a, nil
}

// sampler is a Controller that is read again and again.
type sampler struct{ *Controller }

var _ device.Sampler = sampler{}

// Prepare begins an acquisition.
func (s sampler) Prepare(ctx context.Context, setup device.Setup) (device.Sampled, error) {
	a, err := s.prepare(ctx, setup)
	if err != nil {
		return nil, err
	}
	return a, nil
}

// Sample computes the values of now.
func (a *acquisition) Sample(ctx context.Context, values []float64) error {
	a.in.Time = time.Now()
	return a.Read(ctx, &device.Reading{Values: values})
}

// acquisition is the controller during one scan.
type acquisition struct {
	c       *Controller
	rand    *rand.Rand
	hasAxis bool
	fill    []filler
	in      Input
	stopped bool
}

// Trigger notes the point.
func (a *acquisition) Trigger(ctx context.Context, p device.Point) error {
	if err := a.c.meet(ctx, Trigger); err != nil {
		return err
	}
	a.in = Input{Index: p.Index, CountTime: p.CountTime, HasAxis: a.hasAxis, Time: time.Now()}
	if a.hasAxis {
		a.in.X = p.Positions[0]
	}
	return nil
}

// Read computes the values of the point.
func (a *acquisition) Read(ctx context.Context, r *device.Reading) error {
	if err := a.c.meet(ctx, Read); err != nil {
		return err
	}
	if a.c.o.ReadTime > 0 {
		if err := a.c.o.Wait(ctx, a.c.o.ReadTime); err != nil {
			return err
		}
	}
	for i, fill := range a.fill {
		fill(a.in, a.rand, i, r)
	}
	return nil
}

// Stop ends the acquisition.
func (a *acquisition) Stop(ctx context.Context) error {
	if err := a.c.meet(ctx, Stop); err != nil {
		return err
	}
	a.c.mu.Lock()
	defer a.c.mu.Unlock()
	if !a.stopped {
		a.stopped = true
		a.c.open--
	}
	return nil
}

// master is an acquisition that gates the others.
type master struct{ *acquisition }

var _ device.TimeMaster = (*master)(nil)

// Gate lets the others count for the count time.
func (m *master) Gate(ctx context.Context, p device.Point, trigger func(context.Context) error) error {
	if err := m.Trigger(ctx, p); err != nil {
		return err
	}
	end := time.Now().Add(p.CountTime)
	if err := trigger(ctx); err != nil {
		return err
	}
	return m.c.o.Wait.Until(ctx, end)
}
