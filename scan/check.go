package scan

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"blissh/data"
	"blissh/device"
)

// checkPlan finds what is wrong with a plan, without touching any device.
func checkPlan(p Plan) error {
	if p.Name == "" || !data.ValidName(p.Name) {
		return fmt.Errorf("%q is no name for a scan", p.Name)
	}
	if p.CountTime < 0 || p.SleepTime < 0 || p.StabTime < 0 || p.Deadline < 0 {
		return errors.New("a time cannot be below 0")
	}
	if _, err := json.Marshal(p.Info); err != nil {
		return fmt.Errorf("the scan's info cannot be written as JSON: %w", err)
	}
	if err := checkAxes(p.Axes); err != nil {
		return err
	}
	if err := checkShape(p.Trajectory, len(p.Axes)); err != nil {
		return err
	}
	return route{{t: provisional(p)}}.check(p.Axes, lastPositions(p.Axes))
}

// checkAxes refuses an axis that is given twice.
func checkAxes(axes []device.Axis) error {
	names := map[string]bool{}
	for _, a := range axes {
		if a == nil {
			return errors.New("an axis is missing")
		}
		if names[a.Name()] {
			return fmt.Errorf("axis %s is given twice", a.Name())
		}
		names[a.Name()] = true
	}
	return device.CheckShared(axes)
}

// checkShape refuses a trajectory that is not for n axes, or has no points.
func checkShape(t Trajectory, n int) error {
	switch t := t.(type) {
	case Linear:
		if t.Intervals < 1 {
			return fmt.Errorf("%d intervals: at least 1 is needed", t.Intervals)
		}
	case Mesh:
		if err := checkGrid(t.Intervals); err != nil {
			return err
		}
	case Points:
		if len(t) == 0 {
			return errors.New("the list of points is empty")
		}
	}
	if t.Len() < 0 {
		return fmt.Errorf("%d points", t.Len())
	}
	if d, ok := t.(dimensioned); ok && d.axes() != n {
		return fmt.Errorf("the positions do not fit %d axes", n)
	}
	if t.Len() == 0 && n > 0 {
		return errors.New("a scan with axes needs an end")
	}
	return nil
}

// maxPoints is more than a scan takes in its life: 10 kHz for a month.
const maxPoints = 1e10

// checkGrid refuses an axis without intervals, and more points than can be
// counted.
func checkGrid(intervals []int) error {
	points := 1.
	for _, k := range intervals {
		if k < 1 {
			return fmt.Errorf("%d intervals: at least 1 is needed", k)
		}
		points *= float64(k) + 1
	}
	if points > maxPoints {
		return fmt.Errorf("%.3g points are too many", points)
	}
	return nil
}

// check compares every point of every axis with its limits, the way there
// included. The positions before the first point may be NaN: unknown.
func (r route) check(axes []device.Axis, from []float64) error {
	return r.checkBefore(math.MaxInt, axes, from)
}

// checkBefore is check for the points before one.
func (r route) checkBefore(point int, axes []device.Axis, from []float64) error {
	for k, p := range r {
		end := p.length()
		if k+1 < len(r) {
			end = r[k+1].from
		}
		if err := checkPath(p, min(end, point), axes, from); err != nil {
			return err
		}
		if end >= point {
			return nil
		}
		if k+1 < len(r) && len(axes) > 0 {
			from = make([]float64, len(axes))
			p.at(end-1, from)
		}
	}
	return nil
}

// checkPath is check for the points of one path before point end.
func checkPath(p path, end int, axes []device.Axis, from []float64) error {
	if len(axes) == 0 {
		return nil
	}
	steps := device.NewChecker(axes, from)
	if steps.Straight() && boxed(axes) {
		switch t := p.t.(type) {
		case Linear:
			if lineFits(t, axes, from) {
				return nil
			}
		case Mesh:
			if meshFits(t, axes, from) {
				return nil
			}
		}
	}
	to := make([]float64, len(axes))
	for i := p.from; i < end; i++ {
		p.at(i, to)
		if err := steps.Step(to); err != nil {
			return fmt.Errorf("point %d: %w", i, err)
		}
	}
	return nil
}

// lineFits reports whether a straight line is within the limits: all its steps
// go the same way, so the first two points and the last one decide.
func lineFits(l Linear, axes []device.Axis, from []float64) bool {
	at, steps := make([]float64, len(axes)), device.NewChecker(axes, from)
	for _, i := range []int{0, 1, l.Intervals} {
		if l.At(i, at); steps.Step(at) != nil {
			return false
		}
	}
	return true
}

// meshFits reports whether a grid is within the limits with whatever way of
// reaching its edges: both ends of each axis, from both sides.
func meshFits(m Mesh, axes []device.Axis, from []float64) bool {
	for k, a := range axes {
		start, stop := m.Start[k], m.Stop[k]
		beside := onLine(start, stop, 1, m.Intervals[k])
		for _, move := range [][2]float64{{from[k], start}, {start, stop}, {stop, start}, {beside, start}} {
			if device.NewChecker([]device.Axis{a}, move[:1]).Step(move[1:]) != nil {
				return false
			}
		}
	}
	return true
}

// boxed reports whether each axis has a low and a high limit and nothing else:
// of an axis that is made of others every point has to be looked at.
func boxed(axes []device.Axis) bool {
	for _, a := range axes {
		if _, ok := a.(*device.MotorAxis); !ok {
			return false
		}
	}
	return true
}

// positioned is an axis that remembers where it was read last.
type positioned interface{ LastPosition() float64 }

// lastPositions are known without asking the hardware; NaN if they are not.
func lastPositions(axes []device.Axis) []float64 {
	at := make([]float64, len(axes))
	for k, a := range axes {
		at[k] = math.NaN()
		if p, ok := a.(positioned); ok {
			at[k] = p.LastPosition()
		}
	}
	return at
}
