package device

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"
)

// Sampler is what a driver writes for a controller that can be read at any time
// and has no idea of a count: a thermometer, a voltmeter. NewSampling makes a
// controller of it.
type Sampler interface {
	Name() string
	Prepare(ctx context.Context, s Setup) (Sampled, error)
}

// Sampled is a Sampler during one scan; its methods are called like those of an
// Acquisition, Sample at least once after each Trigger.
type Sampled interface {
	Trigger(ctx context.Context, p Point) error
	// Sample reads the device once, the counters in the order of the Setup.
	Sample(ctx context.Context, values []float64) error
	Stop(ctx context.Context) error
}

// DefaultMaxRate is how many samples a second are taken of a device that sets
// no limit.
const DefaultMaxRate = 1000

// mostSamples is how many samples one point may publish of one counter.
const mostSamples = 1_000_000

// Sampling is a controller that reads its device again and again while it
// counts, never more often than the device allows, points and scans taken
// together. What a point is made of, the mode of each counter says.
type Sampling struct {
	sampler Sampler
	period  time.Duration // least time between the beginnings of two samples
	wait    Wait

	mu   sync.Mutex
	next time.Time // the next sample may begin
}

var (
	_ Controller = (*Sampling)(nil)
	_ Expander   = (*Sampling)(nil)
)

// NewSampling makes a controller of a sampler. maxRate is in samples a second;
// 0 means DefaultMaxRate. A w of nil is PreciseWait.
func NewSampling(s Sampler, maxRate float64, w Wait) *Sampling {
	if !(maxRate > 0) {
		maxRate = DefaultMaxRate
	}
	if w == nil {
		w = PreciseWait
	}
	return &Sampling{sampler: s, period: seconds(1 / maxRate), wait: w}
}

// Name is the name of the controller.
func (s *Sampling) Name() string { return s.sampler.Name() }

// MaxRate is the most samples that are taken in a second.
func (s *Sampling) MaxRate() float64 { return 1 / s.period.Seconds() }

// Sampler is the driver's part of the controller.
func (s *Sampling) Sampler() Sampler { return s.sampler }

// Expander is a controller one counter of which may fill several data channels.
type Expander interface {
	// Expand gives a counter and those that come with it, for a count time.
	Expand(c *Counter, count time.Duration) ([]*Counter, error)
}

// statistics are what the mode STATS adds, by the end of the name.
var statistics = []string{"n", "std", "var", "min", "max", "p2v"}

// part is what a counter is that came with another one.
type part struct {
	of   *Counter
	what string // "std"
}

// Expand gives a counter with the data channels that its mode adds.
func (s *Sampling) Expand(c *Counter, count time.Duration) ([]*Counter, error) {
	list := []*Counter{c}
	switch c.Mode() {
	case Stats:
		for _, what := range statistics {
			list = append(list, s.part(c, what, unitOf(what, c.Unit)))
		}
	case Samples:
		n := s.planned(count)
		if n > mostSamples {
			return nil, fmt.Errorf("%s: %d samples at each point are too many for mode SAMPLES; %d at most", c.Name, n, mostSamples)
		}
		p := s.part(c, "samples", c.Unit)
		p.Shape = []int{n}
		list = append(list, p)
	}
	return list, nil
}

func (s *Sampling) part(c *Counter, what, unit string) *Counter {
	return &Counter{Name: c.Name + "_" + what, Unit: unit, Controller: s, Format: c.Format, part: &part{c, what}}
}

// unitOf is the unit of a statistic.
func unitOf(what, unit string) string {
	switch {
	case what == "n", unit == "":
		return ""
	case what == "var":
		return unit + "²"
	}
	return unit
}

// planned is how many samples a count has room for; one at least.
func (s *Sampling) planned(count time.Duration) int {
	return max(1, int((count+s.period-1)/s.period))
}

// Prepare prepares the device and starts what samples.
func (s *Sampling) Prepare(ctx context.Context, setup Setup) (Acquisition, error) {
	a := &sampling{s: s, begin: make(chan func() error), done: make(chan error, 1)}
	for _, c := range setup.Counters {
		a.wanted = append(a.wanted, a.want(c))
	}
	wanted := setup
	wanted.Counters = nil
	for _, x := range a.series {
		wanted.Counters = append(wanted.Counters, x.counter)
	}
	var err error
	if a.device, err = s.sampler.Prepare(ctx, wanted); err != nil {
		return nil, err
	}
	a.raw = make([]float64, len(a.series))
	a.worker.Go(a.work)
	return a, nil
}

// sampling is a Sampling during one scan.
type sampling struct {
	s      *Sampling
	device Sampled
	series []*series
	wanted []wanted
	raw    []float64

	begin  chan func() error // one count each
	done   chan error
	worker sync.WaitGroup
	once   sync.Once
}

// wanted is one place of the Reading.
type wanted struct {
	series *series
	what   string // "": what the mode says
}

// want finds or makes the series that a counter is of.
func (a *sampling) want(c *Counter) wanted {
	base, what := c, ""
	if c.part != nil {
		base, what = c.part.of, c.part.what
	}
	i := slices.IndexFunc(a.series, func(x *series) bool { return x.counter == base })
	if i < 0 {
		i = len(a.series)
		a.series = append(a.series, &series{counter: base, mode: base.Mode(), conversion: base.Conversion()})
	}
	a.series[i].keep = a.series[i].keep || what == "samples"
	return wanted{a.series[i], what}
}

// work does the counts, on a goroutine of its own, until begin is closed.
func (a *sampling) work() {
	for count := range a.begin {
		a.done <- safely(count)
	}
}

// Trigger begins to sample.
func (a *sampling) Trigger(ctx context.Context, p Point) error {
	if err := a.device.Trigger(ctx, p); err != nil {
		return err
	}
	end := time.Now().Add(p.CountTime)
	select {
	case a.begin <- func() error { return a.count(ctx, p.CountTime, end) }:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// count takes samples until end; one at least.
func (a *sampling) count(ctx context.Context, count time.Duration, end time.Time) error {
	var spent time.Duration
	for _, x := range a.series {
		x.reset(count)
	}
	for n := 1; ; n++ {
		begin, err := a.s.turn(ctx)
		if err != nil {
			return err
		}
		if err := a.device.Sample(ctx, a.raw); err != nil {
			return err
		}
		spent += time.Since(begin)
		for i, x := range a.series {
			x.add(a.raw[i])
		}
		if a.single() || !a.s.another(end, spent/time.Duration(n)) {
			return nil
		}
	}
}

// single reports whether one sample is enough for everybody.
func (a *sampling) single() bool {
	return !slices.ContainsFunc(a.series, func(x *series) bool { return x.mode != Single || x.keep })
}

// turn waits until the device may be read again.
func (s *Sampling) turn(ctx context.Context) (time.Time, error) {
	s.mu.Lock()
	at := time.Now()
	if s.next.After(at) {
		at = s.next
	}
	s.next = at.Add(s.period)
	s.mu.Unlock()
	if err := s.wait.Until(ctx, at); err != nil {
		return at, err
	}
	return time.Now(), nil
}

// another reports whether a sample that takes so long would end in time.
func (s *Sampling) another(end time.Time, takes time.Duration) bool {
	s.mu.Lock()
	at := s.next
	s.mu.Unlock()
	if now := time.Now(); now.After(at) {
		at = now
	}
	return at.Before(end) && !at.Add(takes).After(end)
}

// Read waits for the end of the count and gives what the modes say.
func (a *sampling) Read(ctx context.Context, r *Reading) error {
	select {
	case err := <-a.done:
		if err != nil {
			return err
		}
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	for i, w := range a.wanted {
		if w.what == "samples" {
			w.series.write(r.Arrays[i])
			continue
		}
		r.Values[i] = w.series.value(w.what)
	}
	return nil
}

// Stop ends what samples, and the device.
func (a *sampling) Stop(ctx context.Context) error {
	a.once.Do(func() { close(a.begin) })
	ended := make(chan struct{})
	go func() {
		a.worker.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return a.device.Stop(ctx)
	case <-ctx.Done():
		return firstOf(fmt.Errorf("a sample has not ended: %w", context.Cause(ctx)), a.device.Stop(ctx))
	}
}

// series is the samples of one counter at one point.
type series struct {
	counter    *Counter
	mode       Mode
	conversion Conversion
	keep       bool // the samples themselves are wanted
	count      time.Duration

	n             int
	first, last   float64
	low, high     float64
	mean, scatter float64 // scatter: sum of squared deviations from the mean
	all           []float64
}

func (x *series) reset(count time.Duration) {
	x.count, x.n, x.mean, x.scatter, x.all = count, 0, 0, 0, x.all[:0]
}

// add takes in one sample: B. P. Welford, Technometrics 4 (1962) 419, which does
// not lose digits when the mean is large.
func (x *series) add(raw float64) {
	v := x.conversion.Of(raw)
	x.n++
	if x.n == 1 {
		x.first, x.low, x.high = v, v, v
	}
	x.last, x.low, x.high = v, math.Min(x.low, v), math.Max(x.high, v)
	away := v - x.mean
	x.mean += away / float64(x.n)
	x.scatter += away * (v - x.mean)
	if x.keep && len(x.all) < mostSamples {
		x.all = append(x.all, v)
	}
}

// value is a statistic, or what the mode says. The variance is that of the
// samples themselves (divided by n): 0 for one sample.
func (x *series) value(what string) float64 {
	switch what {
	case "n":
		return float64(x.n)
	case "var":
		return x.scatter / float64(x.n)
	case "std":
		return math.Sqrt(x.scatter / float64(x.n))
	case "min":
		return x.low
	case "max":
		return x.high
	case "p2v":
		return x.high - x.low
	}
	switch x.mode {
	case Single:
		return x.first
	case Last:
		return x.last
	case Integrate:
		return x.mean * x.count.Seconds()
	}
	return x.mean
}

// write puts the samples into an array of fixed length: NaN where there is
// none, and those that find no room are left out.
func (x *series) write(to []byte) {
	for i := range len(to) / 8 {
		v := math.NaN()
		if i < len(x.all) {
			v = x.all[i]
		}
		binary.LittleEndian.PutUint64(to[8*i:], math.Float64bits(v))
	}
}
