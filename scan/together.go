package scan

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"blissh/device"
)

// MoveTogether moves several axes at the same time, each to its place in to,
// and returns when all are at rest. One that fails stops the others; the error
// is the first one, joined on one line with every *device.NotAtRestError that
// is not part of it. A panic of an axis is an error. When ctx ends, the axes
// decelerate, and the cause is returned.
func MoveTogether(ctx context.Context, axes []device.Axis, to []float64) error {
	if len(axes) != len(to) {
		return fmt.Errorf("%d positions do not fit %d axes", len(to), len(axes))
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var mu sync.Mutex
	var failures []error
	moveEach(ctx, axes, to, func(err error) {
		mu.Lock()
		defer mu.Unlock()
		failures = append(failures, err)
		cancel(err)
	})
	return firstAndUnrest(failures)
}

// moveEach moves the axes at the same time and tells each failure as it comes,
// from any goroutine; failed has to stop the other axes. One axis needs no
// goroutine.
func moveEach(ctx context.Context, axes []device.Axis, to []float64, failed func(error)) {
	if len(axes) == 1 {
		moveOne(ctx, axes[0], to[0], failed)
		return
	}
	var all sync.WaitGroup
	for k, a := range axes {
		all.Go(func() { moveOne(ctx, a, to[k], failed) })
	}
	all.Wait()
}

// moveOne moves one axis.
func moveOne(ctx context.Context, a device.Axis, to float64, failed func(error)) {
	if err := moveSafely(ctx, a, to); err != nil {
		failed(err)
	}
}

// moveSafely makes an error of a panic. A MotorAxis recovers those of its
// driver by itself, and is at rest then; an axis made of others leaves them to
// the end of ctx.
func moveSafely(ctx context.Context, a device.Axis, to float64) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s: move: panic: %v", a.Name(), p)
		}
	}()
	return a.Move(ctx, to)
}

// firstAndUnrest is the first failure, with the axes beside it that have not
// come to rest.
func firstAndUnrest(failures []error) error {
	if len(failures) == 0 {
		return nil
	}
	first := failures[0]
	var later []error
	for _, err := range failures[1:] {
		var unrest *device.NotAtRestError
		if errors.As(err, &unrest) && !errors.Is(first, unrest) {
			later = append(later, unrest)
		}
	}
	if later == nil {
		return first
	}
	return &endError{first: first, later: later}
}
