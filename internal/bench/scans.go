package main

import (
	"context"
	"slices"
	"time"

	"blissh/device"
)

const points = 501 // of the alignment scan

// overhead is row 1. Instant devices take no time of their own; what calling
// them costs is left in.
func overhead(ctx context.Context, b *bench, e *engine) ([]figure, error) {
	promised, err := b.smallest(ctx, e)
	if err != nil {
		return nil, err
	}
	more, err := b.sizes(ctx, e)
	return append(promised, more...), err
}

// smallest is the scan of the promise: one axis and one counter.
func (b *bench) smallest(ctx context.Context, e *engine) ([]figure, error) {
	s, done, err := b.openInstant(ctx, e)
	if err != nil {
		return nil, err
	}
	defer done()
	limit := atMost(50)
	values, err := b.repeat(true, limit, func() (float64, error) {
		p, err := ascan(s, points-1, 0)
		if err != nil {
			return 0, err
		}
		took, err := timed(ctx, s, p)
		return took.Seconds() * 1e6 / points, err
	})
	return []figure{summary(values, limit, "%.1f/%.1f µs")}, err
}

// alignment is row 2: the demo session's robz stands at -5 already.
func alignment(ctx context.Context, b *bench, e *engine) ([]figure, error) {
	s, done, err := b.openDemo(ctx, e)
	if err != nil {
		return nil, err
	}
	defer done()
	limit := around(8.67, .03)
	values, err := b.repeat(true, limit, func() (float64, error) {
		p, err := ascan(s, points-1, time.Millisecond)
		if err != nil {
			return 0, err
		}
		if err := s.Move(ctx, []*device.MotorAxis{p.Axes[0].(*device.MotorAxis)}, []float64{-5}); err != nil {
			return 0, err
		}
		took, err := timed(ctx, s, p)
		return took.Seconds(), err
	})
	return []figure{summary(values, limit, "%.3f/%.3f s")}, err
}

// counting is row 3. What a point of 1 ms takes beside its count, measured with
// nothing else running (chrt -f 1): 16 µs to wake the publisher's thread, of which
// the runtime makes a system call, 10 µs by which the scan's timer is late, 4 µs
// from point to point, 10 µs for the scan's begin and end. The engine without
// sinks takes 1.5 µs. A machine that is busy, or virtual, adds to the first two.
func counting(ctx context.Context, b *bench, e *engine) ([]figure, error) {
	s, done, err := b.openInstant(ctx, e)
	if err != nil {
		return nil, err
	}
	defer done()
	limit := around(.501, .03)
	values, err := b.repeat(false, limit, func() (float64, error) {
		took, err := timed(ctx, s, loopscan(s, points, time.Millisecond))
		return took.Seconds(), err
	})
	return []figure{summary(values, limit, "%.4f/%.4f s")}, err
}

// sizes is what more devices cost. Each counter has a controller of its own, which
// is triggered and read for itself.
func (b *bench) sizes(ctx context.Context, e *engine) (figures []figure, err error) {
	s, done, err := b.openMany(ctx, e)
	if err != nil {
		return nil, err
	}
	defer done()
	for _, n := range []struct{ axes, counters int }{{1, 4}, {1, 20}, {4, 1}, {4, 4}, {4, 20}} {
		values, err := b.repeat(false, nil, func() (float64, error) {
			took, err := timed(ctx, s, together(s, n.axes, n.counters))
			return took.Seconds() * 1e6 / points, err
		})
		if err != nil {
			return figures, err
		}
		slices.Sort(values)
		figures = append(figures, stated("%.1f/%.1f µs", values[len(values)/2], values[0]))
	}
	return figures, nil
}
