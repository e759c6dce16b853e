package main

import (
	"context"
	"time"

	"blissh/device"
)

const points = 501 // of the alignment scan

// overhead is row 1. Instant devices take no time of their own; what calling
// them costs is left in.
func overhead(ctx context.Context, b *bench, e *engine) ([]figure, error) {
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

// counting is row 3.
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
