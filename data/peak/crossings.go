package peak

import "math"

// found is where a curve crosses a level.
type found struct {
	n           int
	first, last float64
}

// crossings finds where the lines between the points (x, u) cross a level. A
// curve that only touches it does not cross; one that follows it for a while and
// leaves on the other side crosses in the middle of that.
func crossings(x, u []float64, level float64) found {
	f := found{first: math.NaN(), last: math.NaN()}
	before := -1 // the last point that was not on the level
	for i, v := range u {
		if v == level {
			continue
		}
		if before >= 0 && (u[before] < level) != (v < level) {
			f.add(between(x, u, before, i, level))
		}
		before = i
	}
	return f
}

func (f *found) add(at float64) {
	if f.n == 0 {
		f.first = at
	}
	f.last = at
	f.n++
}

// between is the crossing between the points a and b; all points between these
// are on the level.
func between(x, u []float64, a, b int, level float64) float64 {
	if b > a+1 {
		return middle(x[a+1], x[b-1])
	}
	return x[a] + (x[b]-x[a])*((level-u[a])/(u[b]-u[a]))
}
