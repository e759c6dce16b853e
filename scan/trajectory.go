package scan

import "math"

// Trajectory is the pure path of set-points of a scan. It is not changed while
// a scan uses it.
type Trajectory interface {
	// Len is the number of points; 0 means that the scan is open-ended.
	Len() int
	// At writes the set-points of point i, one per axis.
	At(i int, to []float64)
}

// dimensioned is a trajectory for a certain number of axes.
type dimensioned interface{ axes() int }

// Linear goes on a straight line from Start to Stop in equal intervals, both
// ends included: Intervals + 1 points. All axes step together.
type Linear struct {
	Start, Stop []float64
	Intervals   int
}

// Len is one more than the intervals.
func (l Linear) Len() int { return l.Intervals + 1 }

// At is exact at both ends.
func (l Linear) At(i int, to []float64) {
	for k := range to {
		to[k] = onLine(l.Start[k], l.Stop[k], i, l.Intervals)
	}
}

func (l Linear) axes() int { return same(len(l.Start), len(l.Stop)) }

// onLine is end i of n intervals between start and stop.
func onLine(start, stop float64, i, n int) float64 {
	switch i {
	case 0:
		return start
	case n:
		return stop
	}
	return start + (stop-start)*float64(i)/float64(n)
}

// Points is a list of points, each with one position per axis.
type Points [][]float64

// Len is the length of the list.
func (p Points) Len() int { return len(p) }

// At copies point i.
func (p Points) At(i int, to []float64) { copy(to, p[i]) }

func (p Points) axes() int {
	if len(p) == 0 {
		return -1
	}
	n := len(p[0])
	for _, at := range p {
		n = same(n, len(at))
	}
	return n
}

// Mesh goes over a grid, the first axis fastest. With Zigzag every second line
// runs backwards, on every axis but the slowest.
type Mesh struct {
	Start, Stop []float64
	Intervals   []int
	Zigzag      bool
}

// Len is the product of the points of all axes.
func (m Mesh) Len() int {
	n := 1
	for _, k := range m.Intervals {
		n *= k + 1
	}
	return n
}

// At finds the place of point i on each axis.
func (m Mesh) At(i int, to []float64) {
	for k := range to {
		points := m.Intervals[k] + 1
		line, at := i/points, i%points
		if m.Zigzag && line%2 == 1 && k < len(to)-1 {
			at = points - 1 - at
		}
		to[k] = onLine(m.Start[k], m.Stop[k], at, m.Intervals[k])
		i = line
	}
}

func (m Mesh) axes() int { return same(len(m.Start), same(len(m.Stop), len(m.Intervals))) }

// Static stays where it is: a scan of N points without axes, 0 for as many as
// come until it is stopped.
type Static struct{ N int }

// Len is N.
func (s Static) Len() int { return s.N }

// At has nothing to write.
func (s Static) At(int, []float64) {}

func (s Static) axes() int { return 0 }

// same is a if both are equal, else -1.
func same(a, b int) int {
	if a == b {
		return a
	}
	return -1
}

// bad reports whether x is no position.
func bad(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) }
