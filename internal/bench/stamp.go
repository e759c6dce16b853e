package main

import (
	"context"
	"sync/atomic"
	"time"

	"blissh/device"
)

// stampName is the counter whose value is the time of its reading.
const stampName = "stamp"

// pace is how often the paced devices give a point.
const pace = time.Millisecond

// stamper is a controller that gates itself once per pace, as hardware with a
// clock of its own does, and reads the clock that all processes share.
type stamper struct {
	at   []atomic.Int64 // of each point
	pace time.Duration
}

func newStamper(points int) *stamper { return &stamper{make([]atomic.Int64, points), pace} }

func (s *stamper) Name() string { return "stamper" }

// counter is the only one.
func (s *stamper) counter() []*device.Counter {
	return []*device.Counter{{Name: stampName, Unit: "ns", Controller: s}}
}

// Prepare begins a scan.
func (s *stamper) Prepare(context.Context, device.Setup) (device.Acquisition, error) {
	return &stamping{s: s}, nil
}

// stamping is a stamper during one scan.
type stamping struct {
	s    *stamper
	due  int64 // when the point in progress is ready
	next int   // its index
}

var _ device.TimeMaster = (*stamping)(nil)

// Gate waits for the next beat. Beats that were missed are left out, so that no
// two points come at once.
func (a *stamping) Gate(ctx context.Context, p device.Point, trigger func(context.Context) error) error {
	a.next = p.Index
	if err := trigger(ctx); err != nil {
		return err
	}
	a.due = max(a.due+int64(a.s.pace), now())
	for left := a.due - now(); left > 0; left = a.due - now() {
		nap(time.Duration(left))
	}
	return context.Cause(ctx)
}

// Trigger has nothing to do.
func (a *stamping) Trigger(context.Context, device.Point) error { return nil }

// Read gives the time, which is a whole number for the first 104 days.
func (a *stamping) Read(_ context.Context, r *device.Reading) error {
	t := now()
	a.s.at[a.next].Store(t)
	r.Values[0] = float64(t)
	return nil
}

// Stop has nothing to do.
func (a *stamping) Stop(context.Context) error { return nil }
