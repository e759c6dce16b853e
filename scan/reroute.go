package scan

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"blissh/data"
)

// rerouter makes a path of a request. It knows where the scan is and touches
// nothing.
type rerouter struct {
	way  route
	i    int       // the first point that can be changed
	from []float64 // set-points of the point before; NaN before the first one
	plan *Plan
	main *course // of a scan along a straight line; nil for others
}

// course is the straight line of a scan: where the other axes are when a request
// names one.
type course struct{ start, stop []float64 }

// newRerouter describes the scan before point i.
func newRerouter(plan *Plan, planned Trajectory, way route, i int, from []float64) *rerouter {
	x := &rerouter{way: way, i: i, from: from, plan: plan}
	if l, ok := planned.(Linear); ok {
		x.main = &course{l.Start, l.Stop}
	}
	return x
}

// maxNew is how many points one request may make: more than a scan takes in a
// day at 100 a second.
const maxNew = 10_000_000

// change gives the new path of a request that asks for one, and how many of its
// points are new.
func (x *rerouter) change(q data.Request) (rest route, fresh int, err error) {
	if len(x.plan.Axes) == 0 && q.Do != data.DoRepeat && q.Do != data.DoSkipTo {
		return nil, 0, errors.New("the scan moves no axis")
	}
	k := 0
	if q.Axis != "" {
		if k = x.plan.axis(q.Axis); k < 0 {
			return nil, 0, fmt.Errorf("the scan does not move %s", q.Axis)
		}
	}
	switch q.Do {
	case data.DoRange:
		return x.toRange(k, *q.Start, *q.Stop, q.Intervals)
	case data.DoStopAt:
		return x.stopAt(k, *q.Position)
	case data.DoStep:
		return x.step(k, *q.Step)
	case data.DoPoints:
		return x.points(q.Points)
	case data.DoInsert:
		return x.insert(k, *q.Around, *q.Width, *q.N)
	case data.DoSkipTo:
		return x.skipTo(k, q)
	case data.DoRepeat:
		return x.repeat(q.N)
	}
	return nil, 0, fmt.Errorf("%s changes no path", q.Do)
}

// fresh is a route of new points alone.
func (x *rerouter) fresh(t Trajectory) (route, int, error) {
	return concat(x.i, t), t.Len(), nil
}

// line is a straight line on which axis k goes from start to stop and the others
// with it.
func (x *rerouter) line(k int, start, stop float64, intervals int) (Trajectory, error) {
	if intervals > maxNew {
		return nil, fmt.Errorf("%d points are too many", intervals)
	}
	a, err := x.on(k, start)
	if err != nil {
		return nil, err
	}
	b, err := x.on(k, stop)
	if err != nil {
		return nil, err
	}
	return Linear{Start: a, Stop: b, Intervals: intervals}, nil
}

// on is where all axes are when axis k is at a position of the scan's line.
func (x *rerouter) on(k int, at float64) ([]float64, error) {
	if len(x.plan.Axes) == 1 {
		return []float64{at}, nil
	}
	if x.main == nil || x.main.stop[k] == x.main.start[k] {
		return nil, errors.New("the scan does not go along a line: give points, with a position for each axis")
	}
	t := (at - x.main.start[k]) / (x.main.stop[k] - x.main.start[k])
	p := make([]float64, len(x.plan.Axes))
	for j := range p {
		p[j] = x.main.start[j] + t*(x.main.stop[j]-x.main.start[j])
	}
	p[k] = at
	return p, nil
}

func (x *rerouter) toRange(k int, start, stop float64, intervals *int) (route, int, error) {
	n := 0
	if intervals != nil {
		n = *intervals
	} else {
		step, err := x.stepNow(k)
		if err != nil {
			return nil, 0, fmt.Errorf("intervals are missing: %w", err)
		}
		if n, err = intervalsOf(start, stop, step); err != nil {
			return nil, 0, err
		}
	}
	t, err := x.line(k, start, stop, n)
	if err != nil {
		return nil, 0, err
	}
	return x.fresh(t)
}

// intervalsOf is how many steps of about that length there are between two
// places.
func intervalsOf(from, to, step float64) (int, error) {
	n := math.Round(math.Abs(to-from) / math.Abs(step))
	if n > maxNew {
		return 0, fmt.Errorf("%g points are too many", n)
	}
	return max(1, int(n)), nil
}

// errNoStep refuses what needs a step where there is none.
var errNoStep = errors.New("the scan has no step to go on with")

// stepNow is the step that axis k makes next, or made last; with its sign.
func (x *rerouter) stepNow(k int) (float64, error) {
	a, b := make([]float64, len(x.plan.Axes)), make([]float64, len(x.plan.Axes))
	for _, i := range []int{x.i, x.i - 1, x.i - 2} { // from i to i+1
		if n := x.way.length(); i < 0 || n > 0 && i+1 >= n || i < x.way[0].from {
			continue
		}
		x.way.at(i, a)
		x.way.at(i+1, b)
		if d := b[k] - a[k]; d != 0 {
			return d, nil
		}
	}
	return 0, errNoStep
}

// stopAt goes on with the same step until axis k is at a position: from the next
// point if the scan is to jump there, as a request before this one may have asked.
func (x *rerouter) stopAt(k int, end float64) (route, int, error) {
	step, err := x.stepNow(k)
	if err != nil {
		return nil, 0, err
	}
	if x.i == 0 {
		first := x.setPoint(0)
		if (end-first[k])*step < 0 {
			return nil, 0, fmt.Errorf("the scan begins at %s, beyond %s", length(first[k], x.plan.Axes[k].Unit()), number(end))
		}
		begin := *x
		begin.from = sum(first, x.unit(k, -step))
		x = &begin
	} else {
		x = x.before(k, step, end)
	}
	left := end - x.from[k]
	slack := 1e-9 * math.Max(math.Abs(step), math.Abs(end))
	if math.Abs(left) <= slack {
		return nil, 0, nil // it ends here
	}
	if left*step < 0 {
		return nil, 0, fmt.Errorf("%s is at %s already, beyond %s", x.plan.Axes[k].Name(), length(x.from[k], x.plan.Axes[k].Unit()), number(end))
	}
	n := math.Floor(left/step + 1e-6)
	if n > maxNew {
		return nil, 0, fmt.Errorf("%g points are too many", n)
	}
	last := x.from[k] + n*step
	var list []Trajectory
	if n >= 1 {
		if math.Abs(end-last) <= 1e-6*math.Abs(step) {
			last = end
		}
		t, err := x.from1(k, step, last, int(n))
		if err != nil {
			return nil, 0, err
		}
		list = append(list, t)
	}
	if last != end {
		p, err := x.on(k, end)
		if err != nil {
			return nil, 0, err
		}
		list = append(list, Points{p})
	}
	rest := concat(x.i, list...)
	return rest, rest.length() - x.i, nil
}

// before is x one step before the next point, if that is elsewhere than one step
// after the last one and not beyond the end.
func (x *rerouter) before(k int, step, end float64) *rerouter {
	if n := x.way.length(); n > 0 && x.i >= n {
		return x
	}
	next := x.setPoint(x.i)[k]
	if math.Abs(next-x.from[k]-step) <= 1e-6*math.Abs(step) || (end-next)*step < 0 {
		return x
	}
	jump := *x
	jump.from = sum(x.from, x.unit(k, next-step-x.from[k]))
	return &jump
}

// from1 is n points from one step after the last point to a place.
func (x *rerouter) from1(k int, step, last float64, n int) (Trajectory, error) {
	if n == 1 {
		p, err := x.on(k, last)
		return Points{p}, err
	}
	return x.line(k, x.from[k]+step, last, n-1)
}

// setPoint gives the set-points of a planned point.
func (x *rerouter) setPoint(i int) []float64 {
	at := make([]float64, len(x.plan.Axes))
	x.way.at(i, at)
	return at
}

// step goes on to the last planned point with steps of another length.
func (x *rerouter) step(k int, step float64) (route, int, error) {
	n := x.way.length()
	if n == 0 || x.i >= n {
		return nil, 0, errors.New("there is nothing ahead of the last point")
	}
	end, from := x.setPoint(n-1), x.from
	if x.i == 0 {
		from = x.setPoint(0)
	}
	if end[k] == from[k] {
		return nil, 0, errNoStep
	}
	step = math.Copysign(step, end[k]-from[k])
	ahead := &rerouter{way: concat(x.i, Points{sum(from, x.unit(k, step)), sum(from, x.unit(k, 2*step))}), i: x.i, from: from, plan: x.plan, main: x.main}
	if x.i == 0 {
		return ahead.toRange(k, from[k], end[k], nil)
	}
	return ahead.stopAt(k, end[k])
}

// unit is a distance along axis k alone.
func (x *rerouter) unit(k int, d float64) []float64 {
	u := make([]float64, len(x.plan.Axes))
	u[k] = d
	return u
}

// points goes to a list of points.
func (x *rerouter) points(list []data.Position) (route, int, error) {
	var t Points
	for n, p := range list {
		if len(p) != len(x.plan.Axes) {
			return nil, 0, fmt.Errorf("point %d of the list has %d positions, the scan moves %s", n, len(p), axesText(len(x.plan.Axes)))
		}
		t = append(t, slices.Clone([]float64(p)))
	}
	return x.fresh(t)
}

func axesText(n int) string {
	if n == 1 {
		return "1 axis"
	}
	return fmt.Sprintf("%d axes", n)
}

// insert takes n points around a place and then goes on as planned.
func (x *rerouter) insert(k int, around, width float64, n int) (route, int, error) {
	if x.way.length() == 0 {
		return nil, 0, errors.New("the scan has no end")
	}
	t, err := x.bunch(k, around, width, n)
	if err != nil {
		return nil, 0, err
	}
	rest := concat(x.i, t)
	return append(rest, x.way.ahead(x.i, x.i+n)...), n, nil
}

// bunch is n points within a width around a place.
func (x *rerouter) bunch(k int, around, width float64, n int) (Trajectory, error) {
	if n == 1 {
		p, err := x.on(k, around)
		return Points{p}, err
	}
	start, stop := around-width/2, around+width/2
	if step, err := x.stepNow(k); err == nil && step < 0 {
		start, stop = stop, start
	}
	return x.line(k, start, stop, n-1)
}

// skipTo leaves out planned points.
func (x *rerouter) skipTo(k int, q data.Request) (route, int, error) {
	n := x.way.length()
	var to int
	switch {
	case q.Point != nil:
		if to = *q.Point; to < x.i {
			return nil, 0, fmt.Errorf("point %d has begun", to)
		}
	case len(x.plan.Axes) == 0:
		return nil, 0, errors.New("the scan moves no axis")
	default:
		var err error
		if to, err = x.reaching(k, *q.Position); err != nil {
			return nil, 0, err
		}
	}
	if n == 0 {
		return nil, 0, errors.New("the scan has no end: all points ahead are alike")
	}
	if to >= n {
		return nil, 0, fmt.Errorf("the scan ends at point %d", n-1)
	}
	return x.way.ahead(to, x.i), 0, nil
}

// reaching is the first planned point at which axis k is at a position or has
// passed it.
func (x *rerouter) reaching(k int, position float64) (int, error) {
	n := x.way.length()
	at := make([]float64, len(x.plan.Axes))
	side := 0.
	for i := x.i; i < n; i++ {
		x.way.at(i, at)
		d := at[k] - position
		if math.Abs(d) < 1e-9*max(1, math.Abs(position)) || side*d < 0 {
			return i, nil
		}
		if side == 0 {
			side = d
		}
	}
	return 0, fmt.Errorf("the path ahead does not reach %s %s", x.plan.Axes[k].Name(), length(position, x.plan.Axes[k].Unit()))
}

// repeat takes the last point again.
func (x *rerouter) repeat(times *int) (route, int, error) {
	n := 1
	if times != nil {
		n = *times
	}
	switch {
	case x.i == 0:
		return nil, 0, errors.New("no point has been taken yet")
	case x.way.length() == 0:
		return nil, 0, errors.New("the scan has no end")
	}
	var again Trajectory = Static{N: n}
	if len(x.plan.Axes) > 0 {
		again = Points{x.from}
		if n > 1 {
			again = Linear{Start: x.from, Stop: x.from, Intervals: n - 1}
		}
	}
	return append(concat(x.i, again), x.way.ahead(x.i, x.i+n)...), 0, nil
}
