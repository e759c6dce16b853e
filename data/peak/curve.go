package peak

import (
	"math"
	"sort"
)

// curve is a measured curve in the order of its positions.
type curve struct {
	x, y     []float64 // x rises strictly
	u        []float64 // y between 0, its minimum, and 1, its maximum
	min, max int       // indices of the lowest and the highest value
	scale    float64   // the largest |y|; 1 when all are 0
}

// newCurve sorts the finite points and merges those at the same position.
func newCurve(x, y []float64) *curve {
	c := &curve{}
	for _, i := range order(x, y) {
		c.x, c.y = append(c.x, x[i]), append(c.y, y[i])
	}
	c.merge()
	c.scaleUp()
	return c
}

// order lists the finite points by position.
func order(x, y []float64) []int {
	var list []int
	for i := range x {
		if finite(x[i]) && finite(y[i]) {
			list = append(list, i)
		}
	}
	sort.SliceStable(list, func(a, b int) bool { return x[list[a]] < x[list[b]] })
	return list
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// merge replaces points at the same position by their mean.
func (c *curve) merge() {
	n := 0
	for i := 0; i < len(c.x); {
		mean, j := 0.0, i
		for ; j < len(c.x) && c.x[j] == c.x[i]; j++ {
			k := float64(j - i + 1)
			mean += c.y[j]/k - mean/k
		}
		c.x[n], c.y[n] = c.x[i], mean
		n, i = n+1, j
	}
	c.x, c.y = c.x[:n], c.y[:n]
}

// scaleUp finds the extremes and the relative heights. Values are divided by the
// largest one first: the height of a curve from -1e308 to 1e308 is no number.
func (c *curve) scaleUp() {
	for i, v := range c.y {
		if v < c.y[c.min] {
			c.min = i
		}
		if v > c.y[c.max] {
			c.max = i
		}
		c.scale = max(c.scale, math.Abs(v))
	}
	if c.scale == 0 {
		c.scale = 1
	}
	if len(c.y) == 0 || c.flat() {
		return
	}
	low := c.y[c.min] / c.scale
	height := c.y[c.max]/c.scale - low
	for _, v := range c.y {
		c.u = append(c.u, (v/c.scale-low)/height)
	}
}

func (c *curve) flat() bool { return c.y[c.min]/c.scale == c.y[c.max]/c.scale }

func (c *curve) point(i int) Point { return Point{c.x[i], c.y[i]} }

// An edge begins below edgeLow of its height and ends above edgeHigh, or the
// other way round. For a Gaussian beam these are where its half maximum is.
const edgeLow, edgeHigh = 0.12, 0.88

// kind tells a peak from a dip and an edge by the two ends of the curve. An odd
// number of crossings is an edge, or a peak or dip that is seen from one side.
func (c *curve) kind(crossings int) Kind {
	left, right := c.ends()
	low, high := min(left, right), max(left, right)
	switch {
	case crossings%2 == 1 && low <= edgeLow && high >= edgeHigh:
		return Edge
	case crossings%2 == 1 && 1-high >= low: // its high end is far from the top
		return Peak
	case crossings%2 == 1:
		return Dip
	case c.u[0] < 0.5:
		return Peak
	}
	return Dip
}

// ends are the mean relative heights of the first and the last twentieth of the
// points: one point may be noise, and many hide that a peak goes down again.
func (c *curve) ends() (left, right float64) {
	n := max(1, len(c.u)/20)
	for i := range n {
		left += c.u[i] / float64(n)
		right += c.u[len(c.u)-1-i] / float64(n)
	}
	return left, right
}

// rise is the width of an edge.
func (c *curve) rise() float64 {
	low, high := crossings(c.x, c.u, edgeLow), crossings(c.x, c.u, edgeHigh)
	if c.u[0] < 0.5 {
		return high.last - low.first
	}
	return low.last - high.first
}

// com is the centre of mass of the area under the straight lines between the
// points, whose heights are weight(i): ∫xw dx / ∫w dx. Between x and x+d with
// weights v and w the area is d(v+w)/2, and its centre at x + d(v+2w)/3(v+w).
// Positions may be spaced unevenly. A single point is its own centre.
func (c *curve) com(weight func(int) float64) float64 {
	if len(c.x) == 1 {
		return c.x[0]
	}
	var mass, moment float64
	first, last := c.x[0], c.x[len(c.x)-1]
	span := last - first
	for i := 1; i < len(c.x); i++ {
		at, d := (c.x[i-1]-first)/span, (c.x[i]-c.x[i-1])/span
		v, w := weight(i-1), weight(i)
		mass += d * (v + w) / 2
		moment += d * (at*(v+w)/2 + d*(v+2*w)/6)
	}
	com := first + span*(moment/mass)
	if !(mass > 0 && com >= first && com <= last) {
		return math.NaN()
	}
	return com
}

// net weighs without the background.
func (c *curve) net(k Kind) func(int) float64 {
	if k == Dip {
		return func(i int) float64 { return 1 - c.u[i] }
	}
	return func(i int) float64 { return c.u[i] }
}
