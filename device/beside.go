package device

import (
	"context"
	"slices"
)

// Beside gives what a scan of some axes publishes in any case, as counters in
// the role of axes: where the axes behind calculated ones are, and the encoders
// of all of them.
func Beside(axes []Axis) []*Counter {
	all := slices.Clone(axes)
	for i := 0; i < len(all); i++ {
		for _, p := range partsOf(all[i]) {
			if !slices.Contains(all, Axis(p)) {
				all = append(all, p)
			}
		}
	}
	var list []*Counter
	if parts := all[len(axes):]; len(parts) > 0 {
		list = positionCounters(parts)
	}
	for _, a := range all {
		if e, ok := a.(interface{ Encoder() *Counter }); ok && e.Encoder() != nil {
			list = append(list, asAxis(e.Encoder()))
		}
	}
	return list
}

// asAxis is a counter of a position in the role of an axis.
func asAxis(c *Counter) *Counter {
	return &Counter{Name: c.Name, Unit: c.Unit, Format: c.Format, Controller: c.Controller, Role: RoleAxis}
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
