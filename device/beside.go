package device

import (
	"context"
	"slices"
)

// Beside gives the counters that a scan of some axes has in any case: where the
// axes behind calculated ones are, and the encoders of all of them.
func Beside(axes []Axis) []*Counter {
	var parts []Axis
	for _, a := range axes {
		for _, p := range partsOf(a) {
			if !slices.Contains(axes, Axis(p)) && !slices.Contains(parts, Axis(p)) {
				parts = append(parts, p)
			}
		}
	}
	var list []*Counter
	if len(parts) > 0 {
		list = positionCounters(parts)
		for _, c := range Beside(parts) {
			if !slices.ContainsFunc(list, func(x *Counter) bool { return x.Name == c.Name }) {
				list = append(list, c)
			}
		}
	}
	for _, a := range axes {
		if e, ok := a.(interface{ Encoder() *Counter }); ok && e.Encoder() != nil && !slices.Contains(list, e.Encoder()) {
			list = append(list, e.Encoder())
		}
	}
	return list
}

// positionCounters are the positions of axes, of one controller.
func positionCounters(axes []Axis) []*Counter {
	p := &positions{}
	var list []*Counter
	for _, a := range axes {
		c := &Counter{Name: a.Name(), Unit: a.Unit(), Role: RoleAxis, Controller: p}
		p.axes = append(p.axes, a)
		list = append(list, c)
	}
	p.counters = list
	return list
}

// RoleAxis marks a counter whose values are the positions of an axis.
const RoleAxis = "axis"

// positions is the controller of counters that are positions of axes.
type positions struct {
	axes     []Axis
	counters []*Counter
}

func (p *positions) Name() string { return "axes" }

// Prepare finds the axes that are wanted.
func (p *positions) Prepare(_ context.Context, s Setup) (Acquisition, error) {
	r := &positionReader{}
	for _, c := range s.Counters {
		r.axes = append(r.axes, p.axes[slices.Index(p.counters, c)])
	}
	return r, nil
}

// positionReader reads the axes while others count.
type positionReader struct{ axes []Axis }

func (r *positionReader) Trigger(context.Context, Point) error { return nil }
func (r *positionReader) Stop(context.Context) error           { return nil }

func (r *positionReader) Read(ctx context.Context, to *Reading) (err error) {
	for i, a := range r.axes {
		if to.Values[i], err = a.Position(ctx); err != nil {
			return err
		}
	}
	return nil
}
