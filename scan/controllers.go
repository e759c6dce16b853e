package scan

import (
	"context"
	"sync"

	"blissh/device"
)

// prepare readies one controller.
func (g *group) prepare(ctx context.Context, s device.Setup) error {
	s.Counters = g.counters
	g.convert = conversions(g)
	acq, err := g.controller.Prepare(ctx, s)
	if err != nil {
		return err
	}
	g.acq = acq
	return nil
}

// handover is the controllers that are prepared and to be stopped. It has a
// lock because the end of the scan may not wait for those that do not answer.
type handover struct {
	mu     sync.Mutex
	closed bool
	groups []*group
}

// give hands a prepared controller over; false when it comes too late.
func (h *handover) give(g *group) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		h.groups = append(h.groups, g)
	}
	return !h.closed
}

// take is what was handed over; nothing is taken any more.
func (h *handover) take() []*group {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	return h.groups
}

// prepareChain prepares the controllers side by side. The first failure ends the
// scan and with it the preparation of the others.
func (r *runner) prepareChain() error {
	setup := device.Setup{Axes: r.s.plan.Axes, Points: r.info.Planned, CountTime: r.s.plan.CountTime}
	if r.s.envelope != nil {
		setup.Points = 0 // there may be more of them
	}
	turn := r.keeper.enterWithin(arming, r.o.Answer)
	beside(r.chain.groups, func(g *group) { r.prepareGroup(g, setup) })
	r.keeper.leave(turn)
	if r.s.ending(Now) {
		return errEnding
	}
	if err := r.chain.findMaster(); err != nil {
		return err
	}
	r.chain.start()
	return nil
}

// prepareGroup prepares one controller.
func (r *runner) prepareGroup(g *group, setup device.Setup) {
	r.s.fail(g.during(preparing, func() error { return g.prepare(r.move, setup) }))
	if g.acq != nil && !r.prepared.give(g) {
		r.stopLate(g)
	}
}

// beside does something with all groups at the same time and waits for all.
func beside(groups []*group, do func(*group)) {
	var all sync.WaitGroup
	for _, g := range groups {
		all.Go(func() { do(g) })
	}
	all.Wait()
}

// stopLate stops a controller that was prepared when nobody waited for it any
// more.
func (r *runner) stopLate(g *group) {
	ctx, cancel := context.WithTimeout(r.base, r.o.CleanUp)
	defer cancel()
	_ = g.stop(ctx)
}

// stop ends what a controller does in this scan.
func (g *group) stop(ctx context.Context) error {
	return g.during(stopping, func() error { return g.acq.Stop(ctx) })
}

// stopControllers stops all that were prepared, side by side, whatever becomes
// of each.
func (r *runner) stopControllers(prepared []*group) {
	r.bounded(disarming, func(ctx context.Context) error {
		beside(prepared, func(g *group) { r.s.fail(g.stop(ctx)) })
		return nil
	})
}
