package device

import (
	"context"
	"math"
	"sync"
	"time"
)

// VirtualTime is the time of a dry run: it stands still until somebody waits,
// and a wait ends at once and takes it on. Waits at the same time add up. It is
// safe for concurrent use.
type VirtualTime struct {
	began time.Time

	mu      sync.Mutex
	elapsed time.Duration
	end     time.Duration
	over    func() // called once, when end is reached; nil: never, or it was
}

// NewVirtualTime begins now.
func NewVirtualTime() *VirtualTime { return &VirtualTime{began: time.Now(), end: math.MaxInt64} }

// EndAfter has f called once, when so much time has passed.
func (v *VirtualTime) EndAfter(d time.Duration, f func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.end, v.over = d, f
}

// Wait is a Wait that takes no time. It ends early where EndAfter says so.
func (v *VirtualTime) Wait(ctx context.Context, d time.Duration) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if over := v.advance(d); over != nil {
		over()
		return because(ctx, nil)
	}
	return nil
}

// advance gives what is to be called because the end has been reached.
func (v *VirtualTime) advance(d time.Duration) (over func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	after := plus(v.elapsed, max(0, d))
	if v.over == nil || after < v.end {
		v.elapsed = after
		return nil
	}
	over, v.over = v.over, nil
	v.elapsed = max(v.elapsed, v.end)
	return over
}

// Elapsed is how much time has passed.
func (v *VirtualTime) Elapsed() time.Duration {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.elapsed
}

// Left is the time up to the end of EndAfter.
func (v *VirtualTime) Left() time.Duration {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.over == nil {
		return math.MaxInt64
	}
	return v.end - v.elapsed
}

// Now is the time as it would be.
func (v *VirtualTime) Now() time.Time { return v.began.Add(v.Elapsed()) }
