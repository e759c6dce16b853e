package sim

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Op names one kind of call to a simulated device.
type Op int

// The calls that can be made to fail.
const (
	Start Op = iota
	Stop
	Read
	Prepare
	Trigger
	Encoder
	ops // how many there are
)

func (o Op) String() string {
	return [...]string{"start", "stop", "read", "prepare", "trigger", "encoder"}[o]
}

// Faults are failures on command. The zero value has none; it is safe for
// concurrent use.
type Faults struct {
	any atomic.Bool // spares a healthy device the lock

	mu   sync.Mutex
	plan [ops]fault
}

// fault is what happens at one kind of call.
type fault struct {
	skip  int           // calls that pass first
	err   error         // returned once
	rude  any           // not nil: what the call panics with, once
	slow  time.Duration // before every call
	block chan struct{} // not nil: calls block until it is closed
	deaf  bool          // a blocked call ignores its context as well
}

// Fail makes the next call of kind op return err, once.
func (f *Faults) Fail(op Op, err error) { f.FailAfter(op, 0, err) }

// FailAfter lets n calls of kind op pass and makes the one after them return
// err, once.
func (f *Faults) FailAfter(op Op, n int, err error) {
	f.set(op, func(p *fault) { p.err, p.skip = err, n })
}

// Panic makes the next call of kind op panic with value, once. Together with
// Deaf it panics when it is let go.
func (f *Faults) Panic(op Op, value any) {
	f.set(op, func(p *fault) { p.rude = value })
}

// Slow delays every call of kind op; 0 ends it.
func (f *Faults) Slow(op Op, d time.Duration) {
	f.set(op, func(p *fault) { p.slow = d })
}

// Hang makes calls of kind op block until their context ends, or Clear.
func (f *Faults) Hang(op Op) { f.HangAfter(op, 0) }

// HangAfter lets n calls of kind op pass first.
func (f *Faults) HangAfter(op Op, n int) {
	f.set(op, func(p *fault) { p.block, p.skip = make(chan struct{}), n })
}

// Deaf makes calls of kind op block until Clear, whatever their context says:
// a driver that breaks its contract.
func (f *Faults) Deaf(op Op) {
	f.set(op, func(p *fault) { p.block, p.deaf = make(chan struct{}), true })
}

// Clear ends all faults and lets blocked calls go on.
func (f *Faults) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.plan {
		if f.plan[i].block != nil {
			close(f.plan[i].block)
		}
		f.plan[i] = fault{}
	}
	f.any.Store(false)
}

func (f *Faults) set(op Op, change func(*fault)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(&f.plan[op])
	f.any.Store(true)
}

// meet is called by a device at the beginning of every call.
func (f *Faults) meet(ctx context.Context, op Op) error {
	if !f.any.Load() {
		return nil
	}
	p := f.take(op)
	if p.slow > 0 {
		if err := sleep(ctx, p.slow); err != nil {
			return err
		}
	}
	if p.block != nil {
		if err := p.wait(ctx); err != nil {
			return err
		}
	}
	if p.rude != nil {
		panic(p.rude)
	}
	return p.err
}

// take counts one call and gives what it meets.
func (f *Faults) take(op Op) fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := &f.plan[op]
	if p.skip > 0 {
		p.skip--
		return fault{slow: p.slow}
	}
	now := *p
	p.err, p.rude = nil, nil
	return now
}

// wait blocks as the fault says.
func (p fault) wait(ctx context.Context) error {
	done := ctx.Done()
	if p.deaf {
		done = nil
	}
	select {
	case <-p.block:
		return nil
	case <-done:
		return context.Cause(ctx)
	}
}

// sleep waits with an ordinary timer.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
