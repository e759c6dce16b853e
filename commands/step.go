package commands

import (
	"fmt"
	"math"
	"reflect"
)

// maxIntervals is more than anybody waits for.
const maxIntervals = math.MaxInt32

// intervals is the number of intervals of axis k of a scan: the next argument, or
// what makes of step= a whole number of steps that are not larger.
func (a *arguments) intervals(c *course, x *Axis, start, stop float64, k int) int {
	given, ok := a.options["step"]
	if !ok {
		c.next++
		return a.positive(c.next-1, "intervals")
	}
	step := a.stepOf(given, k)
	if start == stop {
		failf(a.command.Name, "option step: %s begins and ends at %s: there is nothing to divide", x.Name(), x.number(start))
	}
	n := math.Ceil(math.Abs(stop-start)/step - 1e-9)
	if n > maxIntervals {
		failf(a.command.Name, "option step: %s makes more than %d intervals", x.number(step), maxIntervals)
	}
	intervals := max(1, int(n))
	a.notes = append(a.notes, x.Name()+": step "+x.number(step)+" makes "+plural(intervals, "interval")+" of "+
		x.number(math.Abs(stop-start)/float64(intervals))+", "+plural(intervals+1, "point"))
	return intervals
}

// plural counts things in words.
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// stepOf is the step of axis k: one for all axes, or a list with one for each.
func (a *arguments) stepOf(v any, k int) float64 {
	if r := reflect.ValueOf(v); r.Kind() == reflect.Slice {
		if k >= r.Len() {
			failf(a.command.Name, "option step: %d steps are too few, one for each axis is needed", r.Len())
		}
		v = r.Index(k).Interface()
	}
	step, ok := toFloat(v)
	if !ok || !(step > 0) || math.IsInf(step, 0) {
		failf(a.command.Name, "option step: a number above 0 expected, got %s", describe(v))
	}
	return step
}
