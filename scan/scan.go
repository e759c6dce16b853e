package scan

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"blissh/data"
)

// Scan is one scan, waiting, running or finished. Its methods may be called
// from any goroutine.
type Scan struct {
	plan  Plan
	opts  Options
	chain *chain
	base  time.Time // for countEnd

	taken    atomic.Int64
	level    atomic.Int32 // see levelOf
	countEnd atomic.Int64 // when the count in progress ends, since base; 0: none

	mu          sync.Mutex
	state       State
	shown       data.Scan // what Info shows
	sinks       []Sink    // added before Run
	presets     []Preset
	route       route
	envelope    *data.Envelope // what requests may change; not changed after Preparing
	next        int            // first point that has not begun
	cause       error          // why the scan is ending
	later       []error
	result      error
	start       []float64 // where the axes stood before; nil: not known
	resolved    bool      // the path is absolute
	returned    bool      // the axes are back at start
	still       string    // why it waits between two points; "": it does not
	cancelMove  context.CancelCauseFunc
	cancelCount context.CancelCauseFunc
	cancelBack  context.CancelCauseFunc // not nil while the axes go back

	urge   chan struct{} // closed when the end may not take for ever
	urged  bool
	haste  bool // Abandon was called
	closed bool // the outcome is settled

	rush     context.Context // ends when the sinks are to be quick
	hurryAll context.CancelFunc

	inbox   inbox
	stirred chan struct{} // capacity 1: the scan is to end

	done chan struct{}
}

// New checks a plan and makes its scan; nothing moves. What is checked: every
// point of every axis against the limits, backlash included, axes, counters
// and data channels that are given twice, times, the shape of the path. Inputs
// of calculated counters, the axes behind calculated ones and the encoders of
// all are added.
func New(p Plan, o Options) (*Scan, error) {
	p, o = p.complete(), o.complete()
	if err := checkPlan(p); err != nil {
		return nil, err
	}
	counters, err := order(withBeside(p.Counters, p.Axes))
	if err == nil {
		counters, err = expand(counters, p.CountTime)
	}
	if err != nil {
		return nil, err
	}
	p.Counters = counters
	channels, err := describe(p.Axes, counters)
	if err != nil {
		return nil, err
	}
	chain, err := newChain(counters, channels, len(p.Axes)+timers)
	if err != nil {
		return nil, err
	}
	chain.wait = o.Wait
	s := &Scan{plan: p, opts: o, chain: chain, base: time.Now(), done: make(chan struct{}), urge: make(chan struct{}), inbox: newInbox(), stirred: make(chan struct{}, 1)}
	s.rush, s.hurryAll = context.WithCancel(context.Background())
	s.presets = append(s.presets, p.Presets...)
	s.route, s.resolved = route{{t: provisional(p)}}, !p.Relative
	s.shown = describeScan(p, channels)
	chain.fail = s.failPoint
	return s, nil
}

// timers is how many data channels stand between the axes and the counters.
const timers = 2

// State is where the scan is in its life.
func (s *Scan) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

// Info describes the scan; it is a copy, with the points taken so far.
func (s *Scan) Info() *data.Scan {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.shown
	d.Taken = int(s.taken.Load())
	if !s.resolved {
		s.plan.resolve(&d, provisional(s.plan))
	}
	return &d
}

// Plan is what the scan was made of, counters added and ordered.
func (s *Scan) Plan() Plan { return s.plan }

// Done is closed when Run has ended.
func (s *Scan) Done() <-chan struct{} { return s.done }

// Err is what Run returned; nil before that.
func (s *Scan) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.result
}

// Progress gives the points taken and planned; planned is 0 when open-ended.
func (s *Scan) Progress() (taken, planned int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int(s.taken.Load()), s.route.length()
}

// Quarantined names the scanned axes that have not confirmed that they are at
// rest.
func (s *Scan) Quarantined() []string {
	var names []string
	for _, a := range s.plan.Axes {
		if q, ok := a.(interface{ Quarantined() bool }); ok && q.Quarantined() {
			names = append(names, a.Name())
		}
	}
	return names
}

// errStarted refuses what must be said before Run.
var errStarted = errors.New("the scan has started")

// AddSink adds a sink, a hook's watchdog for example; before Run only.
func (s *Scan) AddSink(k Sink) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != Idle {
		return fmt.Errorf("%w: set the hook before run", errStarted)
	}
	s.sinks = append(s.sinks, k)
	return nil
}

// AddPreset adds a preset after the others; before Run only.
func (s *Scan) AddPreset(p Preset) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != Idle {
		return fmt.Errorf("%w: add the preset before run", errStarted)
	}
	s.presets = append(s.presets, p)
	return nil
}

// Presets are those that were added to the scan, the plan's first.
func (s *Scan) Presets() []Preset {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Preset(nil), s.presets...)
}
