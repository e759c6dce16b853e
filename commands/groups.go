package commands

import (
	"math"
	"reflect"

	"blissh/device"
	"blissh/scan"
)

// course is what a scan command has read of its arguments: which axes go where,
// and how that is written in a title.
type course struct {
	axes       []*Axis
	trajectory scan.Trajectory
	write      func(scan.Trajectory) []any // the words of the title between name and count_time
	relative   bool                        // positions count from where the axes stand
	next       int                         // the first argument after it
}

// devices are the axes as the engine knows them.
func (c course) devices() []device.Axis {
	var list []device.Axis
	for _, x := range c.axes {
		list = append(list, x.dev)
	}
	return list
}

// line reads n times axis, start, stop, or as often as there is an axis if n is
// 0, and then the intervals, which are left out when step= is given.
func (a *arguments) line(n int) course {
	a.flatten()
	var l scan.Linear
	c := course{relative: relative(a.command.Name)}
	for k := 0; a.another(c.next, k, n, 1); k++ {
		x := a.axis(c.next, numbered("axis", k, n))
		c.axes = append(c.axes, x)
		l.Start = append(l.Start, a.number(c.next+1, numbered("start", k, n), x.Unit()))
		l.Stop = append(l.Stop, a.number(c.next+2, numbered("stop", k, n), x.Unit()))
		c.next += 3
	}
	l.Intervals = a.intervals(&c, c.axes[0], l.Start[0], l.Stop[0], 0)
	c.trajectory = l
	c.write = func(t scan.Trajectory) []any {
		l := t.(scan.Linear)
		return append(lineWords(c.axes, l.Start, l.Stop, nil), l.Intervals)
	}
	return c
}

// mesh reads n times axis, start, stop, intervals, or as often as there is an
// axis, twice at least, if n is 0. The intervals are left out when step= is given.
func (a *arguments) mesh(n int) course {
	a.flatten()
	m := scan.Mesh{Zigzag: a.boolOption("backnforth", false)}
	c := course{relative: relative(a.command.Name)}
	for k := 0; a.another(c.next, k, n, 2); k++ {
		x := a.axis(c.next, numbered("axis", k, 2))
		c.axes = append(c.axes, x)
		m.Start = append(m.Start, a.number(c.next+1, numbered("start", k, 2), x.Unit()))
		m.Stop = append(m.Stop, a.number(c.next+2, numbered("stop", k, 2), x.Unit()))
		c.next += 3
		m.Intervals = append(m.Intervals, a.intervals(&c, x, m.Start[k], m.Stop[k], k))
	}
	c.trajectory = m
	c.write = func(t scan.Trajectory) []any {
		m := t.(scan.Mesh)
		return lineWords(c.axes, m.Start, m.Stop, m.Intervals)
	}
	return c
}

// lists reads axis and list of positions as often as there is an axis, once at
// least.
func (a *arguments) lists(most int) course {
	a.flatten()
	var columns [][]float64
	c := course{}
	for k := 0; k < most && a.another(c.next, k, 0, 1); k++ {
		c.axes = append(c.axes, a.axis(c.next, "axis"))
		columns = append(columns, a.positions(c.next+1, c.axes[k].Unit()))
		if len(columns[k]) != len(columns[0]) {
			failf(a.command.Name, "%d positions for %s, but %d for %s: the lists must be of the same length", len(columns[0]), c.axes[0].Name(), len(columns[k]), c.axes[k].Name())
		}
		c.next += 2
	}
	c.trajectory = rows(columns)
	c.write = func(t scan.Trajectory) []any { return listWords(c.axes, t) }
	return c
}

// another reports whether group k of n begins at argument i; with n = 0 as long
// as there are axes, and in any case for the first few.
func (a *arguments) another(i, k, n, few int) bool {
	if n > 0 {
		return k < n
	}
	if k < few {
		return true
	}
	_, ok := a.at(i).(*Axis)
	return ok
}

// at is argument i, nil if there is none.
func (a *arguments) at(i int) any {
	if i < len(a.list) {
		return a.list[i]
	}
	return nil
}

// numbered is the name of an argument of one of several groups: "start2".
func numbered(name string, k, n int) string {
	if n == 1 {
		return name
	}
	return name + string(rune('1'+min(k, 8)))
}

// flatten takes apart lists that hold axes, counters or lists: what may be typed
// one after the other may be given as a list too.
func (a *arguments) flatten() {
	var flat []any
	for _, v := range a.list {
		flat = append(flat, flattened(v)...)
	}
	a.list = flat
}

func flattened(v any) []any {
	r := reflect.ValueOf(v)
	if r.Kind() != reflect.Slice && r.Kind() != reflect.Array || r.Len() == 0 {
		return []any{v}
	}
	if _, isNumber := toFloat(r.Index(0).Interface()); isNumber {
		return []any{v}
	}
	var flat []any
	for i := range r.Len() {
		flat = append(flat, flattened(r.Index(i).Interface())...)
	}
	return flat
}

// positions reads a list of numbers.
func (a *arguments) positions(i int, unit string) []float64 {
	const name, expected = "positions", "a list of positions such as []float64{0, 1.5, 2}"
	r := reflect.ValueOf(a.at(i))
	if r.Kind() != reflect.Slice && r.Kind() != reflect.Array {
		a.wrong(i, name, expected)
	}
	if r.Len() == 0 {
		failf(a.command.Name, "argument %d (%s): the list is empty; usage: %s", i+1, name, a.command.Usage)
	}
	list := make([]float64, r.Len())
	for k := range list {
		f, ok := toFloat(r.Index(k).Interface())
		if !ok || math.IsNaN(f) || math.IsInf(f, 0) {
			failf(a.command.Name, "argument %d (%s): %s expected at [%d], got %s; usage: %s", i+1, name, withUnit("a number in", unit), k, describe(r.Index(k).Interface()), a.command.Usage)
		}
		list[k] = f
	}
	return list
}

// rows turns columns of positions into points.
func rows(columns [][]float64) scan.Points {
	points := make(scan.Points, len(columns[0]))
	for i := range points {
		for _, c := range columns {
			points[i] = append(points[i], c[i])
		}
	}
	return points
}

// lineWords are axis, start and stop of each axis, and its intervals if there are
// any.
func lineWords(axes []*Axis, start, stop []float64, intervals []int) []any {
	var words []any
	for k, x := range axes {
		words = append(words, x.Name(), x.rounded(start[k]), x.rounded(stop[k]))
		if intervals != nil {
			words = append(words, intervals[k])
		}
	}
	return words
}

// listWords are axis, first and last position of each axis, and the number of
// points.
func listWords(axes []*Axis, t scan.Trajectory) []any {
	n := t.Len()
	first, last := make([]float64, len(axes)), make([]float64, len(axes))
	t.At(0, first)
	t.At(n-1, last)
	return append(lineWords(axes, first, last, nil), points(n))
}

// rounded is a position to the digits that the axis' tolerance leaves.
func (a *Axis) rounded(x float64) float64 {
	digits := math.Pow(10, math.Ceil(-math.Log10(a.dev.Tolerance())-1e-9))
	if r := math.Round(x*digits) / digits; !math.IsNaN(r) && !math.IsInf(r, 0) {
		return r
	}
	return x
}
