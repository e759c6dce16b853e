package device

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
)

// MoveTogether moves several axes at the same time, each to its place in to,
// and returns when all are at rest. Axes of one calculated set are moved as one.
// One that fails stops the others; the error is the first one, joined on one
// line with every *NotAtRestError that is not part of it. A panic of an axis is
// an error. When ctx ends, the axes decelerate, and the cause is returned.
func MoveTogether(ctx context.Context, axes []Axis, to []float64) error {
	if len(axes) != len(to) {
		return fmt.Errorf("%d positions do not fit %d axes", len(to), len(axes))
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var mu sync.Mutex
	var failures []error
	MoveEach(ctx, axes, to, func(err error) {
		mu.Lock()
		defer mu.Unlock()
		failures = append(failures, err)
		cancel(err)
	})
	return firstAndUnrest(failures)
}

// MoveEach moves the axes at the same time and tells each failure as it comes,
// from any goroutine; failed has to stop the other axes. One axis needs no
// goroutine.
func MoveEach(ctx context.Context, axes []Axis, to []float64, failed func(error)) {
	if len(axes) == 1 {
		moveOne(ctx, axes[0], to[0], failed)
		return
	}
	moveSeveral(ctx, axes, to, failed)
}

func moveSeveral(ctx context.Context, axes []Axis, to []float64, failed func(error)) {
	axes, to = combine(axes, to)
	var all sync.WaitGroup
	for k, a := range axes {
		all.Go(func() { moveOne(ctx, a, to[k], failed) })
	}
	all.Wait()
}

// moveOne moves one axis.
func moveOne(ctx context.Context, a Axis, to float64, failed func(error)) {
	if err := moveSafely(ctx, a, to); err != nil {
		failed(err)
	}
}

// moveSafely makes an error of a panic. A MotorAxis recovers those of its
// driver by itself, and is at rest then; an axis made of others leaves them to
// the end of ctx.
func moveSafely(ctx context.Context, a Axis, to float64) (err error) {
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
	list := failures[:1:1]
	for _, err := range failures[1:] {
		var unrest *NotAtRestError
		if errors.As(err, &unrest) && !errors.Is(list[0], unrest) {
			list = append(list, unrest)
		}
	}
	if len(list) == 1 {
		return list[0]
	}
	return allErrors(list)
}

// allErrors is a first error and those that came with it, on one line.
type allErrors []error

func (all allErrors) Error() string {
	var parts []string
	for _, err := range all {
		parts = append(parts, err.Error())
	}
	return strings.Join(parts, "; then ")
}

// Unwrap gives all errors, the first one first.
func (all allErrors) Unwrap() []error { return all }

// combine puts a joint in the place of axes of one calculated set; where there
// are none, it gives what it was given.
func combine(axes []Axis, to []float64) ([]Axis, []float64) {
	if !slices.ContainsFunc(axes, func(a Axis) bool { return setOf(a) != nil }) {
		return axes, to
	}
	count := map[*Calculated]int{}
	for _, a := range axes {
		count[setOf(a)]++
	}
	var list []Axis
	var targets []float64
	joints := map[*Calculated]*joint{}
	for k, a := range axes {
		s := setOf(a)
		if s == nil || count[s] < 2 {
			list, targets = append(list, a), append(targets, to[k])
			continue
		}
		if joints[s] == nil {
			joints[s] = &joint{set: s}
			list, targets = append(list, joints[s]), append(targets, math.NaN())
		}
		joints[s].add(a, to[k])
	}
	return list, targets
}

// joint is several axes of one set on their way to one combined target.
type joint struct {
	set  *Calculated
	axes []*MotorAxis
	to   []float64
}

var _ Axis = (*joint)(nil)

func (j *joint) add(a Axis, to float64) {
	i := slices.IndexFunc(j.set.axes, func(m *MotorAxis) bool { return m.name == a.Name() })
	j.axes, j.to = append(j.axes, j.set.axes[i]), append(j.to, to)
}

func (j *joint) Name() string { return j.set.name }
func (j *joint) Unit() string { return j.axes[0].unit }
func (j *joint) Position(ctx context.Context) (float64, error) {
	return j.axes[0].Position(ctx)
}

// Move takes all of them to where they are to go, whatever it is given.
func (j *joint) Move(ctx context.Context, _ float64) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	for _, a := range j.axes {
		if err := a.hold(); err != nil {
			return err
		}
		defer a.letGo()
	}
	targets := map[int]float64{}
	for k, a := range j.axes {
		c, err := a.admit(ctx)
		if err != nil {
			return err
		}
		if err := a.ready(ctx, &c, j.to[k]); err != nil {
			return err
		}
		targets[a.motor.(*calcMotor).i] = c.dial(j.to[k])
	}
	return firstOf(j.set.move(ctx, targets), j.arrived(ctx))
}

// arrived reads all of them and compares with where they were sent.
func (j *joint) arrived(ctx context.Context) error {
	ctx, cancel := bounded(ctx, StopGrace)
	defer cancel()
	for k, a := range j.axes {
		if _, _, err := a.read(ctx); err != nil {
			return err
		}
		if err := CheckPosition(a.name, a.unit, a.LastPosition(), j.to[k], a.Tolerance()); err != nil {
			return err
		}
	}
	return nil
}

// ready reads an axis that is held and refuses what it cannot do on its own;
// what the real axes say comes later.
func (a *MotorAxis) ready(ctx context.Context, c *Config, to float64) error {
	dial, s, err := a.read(ctx)
	if err != nil {
		return err
	}
	if err := a.mayStart(c, dial, s); err != nil {
		return err
	}
	return c.check(c.user(dial), to)
}
