package scan

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"blissh/data"
	"blissh/device"
)

// errRan refuses a second run.
var errRan = errors.New("this scan has run already; make a new one")

// Run does the scan, once, and returns when everything is at rest and every
// sink has the end. It returns nil when the scan is done or stopped, and the
// first cause when it is aborted or failed. When ctx ends, the scan is aborted
// now.
func (s *Scan) Run(ctx context.Context) error {
	r, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { s.Stop(endOf(ctx), Now) })()
	if d := s.plan.Deadline; d > 0 && s.opts.Dry == nil {
		defer time.AfterFunc(d, func() { s.Stop(&DeadlineError{After: d}, Now) }).Stop()
	}
	go r.work()
	r.watch()
	return s.Err()
}

// endOf is the cause of a caller's context that has ended.
func endOf(ctx context.Context) error {
	cause := context.Cause(ctx)
	if errors.Is(cause, context.Canceled) || errors.Is(cause, context.DeadlineExceeded) {
		return &AbortError{By: "the caller", Cause: cause}
	}
	return cause
}

// begin takes the scan's only run.
func (s *Scan) begin(ctx context.Context) (*runner, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != Idle {
		return nil, errRan
	}
	s.state = Preparing
	r := newRunner(s, context.WithoutCancel(ctx))
	s.cancel()
	return r, nil
}

// runner is what one run needs; it belongs to the run's goroutine.
type runner struct {
	s      *Scan
	o      *Options
	info   *data.Scan
	sinks  []*outlet
	ready  []Ready
	chain  *chain
	keeper keeper

	base  context.Context // values only
	move  context.Context // ends gently
	count context.Context // ends now

	axes         []*mover
	parts        []*mover // axes behind calculated ones
	want         []float64
	at           []float64
	going        []device.Axis // those of the move in progress
	to           []float64     // where they go
	failed       func(error)   // ends the scan at the point in progress
	row          *data.Row
	moving       string // how a move is called
	began        time.Time
	first        time.Time // trigger of the first point
	timing       data.Timing
	pausers      []pauser      // who wants the scan to wait; nil: nobody
	counted      time.Duration // count time of the next point
	planned      Trajectory    // what the scan was before any request
	spent        spent
	track        *track // of planned, once tracked
	tracked      bool
	presets      []Preset      // whose Prepare was called
	chainPresets []ChainPreset // whose PrepareChain was called
	pointPresets []PointPreset // whose PreparePoint was called, and not StopPoint yet
	pointIndex   int           // the point that pointPresets are at
	prepared     handover
	release      func()
	todo         []func() // what is left of the end
	outcome      error    // what Run returns if it is not a clean end
}

// newRunner makes the contexts and buffers of a run. s.mu is held.
func newRunner(s *Scan, base context.Context) *runner {
	info := s.shown
	r := &runner{s: s, o: &s.opts, info: &info, chain: s.chain, base: base}
	r.began = r.now()
	r.count, s.cancelCount = context.WithCancelCause(base)
	r.move, s.cancelMove = context.WithCancelCause(r.count)
	r.row = newRow(info.Channels)
	r.counted = s.plan.CountTime
	n := len(s.plan.Axes)
	r.want, r.at = make([]float64, n), make([]float64, n)
	for _, a := range s.plan.Axes {
		r.axes = append(r.axes, newMover(a))
	}
	for _, a := range device.Hardware(s.plan.Axes) {
		if !slices.Contains(s.plan.Axes, a) {
			r.parts = append(r.parts, newMover(a))
		}
	}
	r.failed = s.failPoint
	r.moving = "move " + names(s.plan.Axes)
	r.keeper.over = make(chan struct{})
	return r
}

// work does the whole scan on a goroutine of its own, so that a device call
// that never returns can be left behind.
func (r *runner) work() {
	switch {
	case r.o.Dry != nil:
		r.stage(r.pretend)
	case r.stage(r.prepare):
		r.stage(r.takePoints)
	}
	r.beginEnd()
	r.finish()
}

// stage runs a part of the scan; an error or a panic ends the scan. The panic
// of a call that was left behind ends its goroutine, like its return.
func (r *runner) stage(part func() error) (ok bool) {
	turn := r.keeper.now()
	err := safely("panic", part)
	r.keeper.leave(turn)
	r.s.fail(err)
	return err == nil
}

// safely makes an error of a panic; what is how it begins.
func safely(what string, f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s: %v", what, p)
		}
	}()
	return f()
}

// call lends the goroutine to code that may not come back.
func (r *runner) call(what string, f func() error) error {
	turn := r.keeper.enter(what)
	err := f()
	r.keeper.leave(turn)
	return err
}

// obtain is call for code that hands something over: what comes after the
// goroutine was left behind is given back.
func (r *runner) obtain(what string, f func() error, giveBack func()) error {
	turn := r.keeper.enter(what)
	err := f()
	if !r.keeper.back(turn) {
		giveBack()
		runtime.Goexit()
	}
	return err
}
