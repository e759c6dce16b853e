package scan

import (
	"fmt"
	"math"
	"slices"
)

// track is the path of a scan as it was planned, as straight pieces from corner
// to corner; the first one leads from where the axes stood to the first point.
// So that a move is compared with few of them, there is a tree of boxes above:
//
//	levels[1]   a box around 16 boxes of the level below
//	levels[0]   a box around 16 pieces that follow each other
//	corners     the ends of the pieces, one position per axis
type track struct {
	axes    int
	corners []float64
	levels  [][]float64 // low and high corner of each box
	last    int         // the piece that was found last
}

const (
	fan = 16 // how many pieces, or boxes, a box is around
	// maxCorners bounds the memory of a track: 48 MB with three axes.
	maxCorners = 2_000_000
)

// newTrack is the track of a trajectory; nil if it has too many corners.
func newTrack(from []float64, t Trajectory) *track {
	k := &track{axes: len(from)}
	if !slices.ContainsFunc(from, bad) {
		k.add(from)
	}
	at := make([]float64, k.axes)
	for i := 0; i < t.Len(); i = nextCorner(t, i) {
		if len(k.corners) > maxCorners*k.axes {
			return nil
		}
		t.At(i, at)
		k.add(at)
	}
	k.boxes()
	return k
}

// nextCorner is the first point after i at which a trajectory may turn.
func nextCorner(t Trajectory, i int) int {
	switch t := t.(type) {
	case Linear:
		return i + t.Intervals
	case Mesh: // from one end of a line to the other, and to the next one
		if n := t.Intervals[0]; i%(n+1) == 0 {
			return i + n
		}
	}
	return i + 1
}

// add takes the track on to a place. A corner that the straight line there goes
// through is none.
func (t *track) add(at []float64) {
	n := len(t.corners) / t.axes
	if n > 0 && slices.Equal(t.corner(n-1), at) {
		return
	}
	if n > 1 && within(t.corner(n-2), at, t.corner(n-1)) {
		t.corners = t.corners[:(n-1)*t.axes]
	}
	t.corners = append(t.corners, at...)
}

func (t *track) corner(n int) []float64 { return t.corners[n*t.axes : (n+1)*t.axes] }

// within reports whether x is on the straight line from a to b, but for the
// noise of arithmetic.
func within(a, b, x []float64) bool {
	far, square := distance(a, b, x)
	noise := 0.
	for k := range x {
		noise = max(noise, math.Abs(a[k]), math.Abs(b[k]))
	}
	return far <= 1e-20*square+1e-28*noise*noise
}

// distance is how far x is from the straight line from a to b, whose length
// comes with it; both are squared.
func distance(a, b, x []float64) (far, square float64) {
	var along float64
	for k := range x {
		d := b[k] - a[k]
		along += (x[k] - a[k]) * d
		square += d * d
	}
	t := 0.
	if square > 0 {
		t = max(0, min(1, along/square))
	}
	for k := range x {
		off := x[k] - a[k] - t*(b[k]-a[k])
		far += off * off
	}
	return far, square
}

// pieces is how many there are.
func (t *track) pieces() int { return max(0, len(t.corners)/t.axes-1) }

// boxes builds the tree.
func (t *track) boxes() {
	for n := t.pieces(); n > 1; {
		var level []float64
		for j := 0; j < n; j += fan {
			level = append(level, t.around(len(t.levels), j, min(j+fan, n))...)
		}
		t.levels = append(t.levels, level)
		n = len(level) / (2 * t.axes)
	}
}

// around is the box around pieces, or around boxes of the level below level.
func (t *track) around(level, first, end int) []float64 {
	low, high := slices.Repeat([]float64{math.Inf(1)}, t.axes), slices.Repeat([]float64{math.Inf(-1)}, t.axes)
	add := func(at []float64) {
		for k, x := range at {
			low[k], high[k] = min(low[k], x), max(high[k], x)
		}
	}
	for j := first; j < end; j++ {
		if level == 0 {
			add(t.corner(j))
			add(t.corner(j + 1))
			continue
		}
		box := t.box(level-1, j)
		add(box[:t.axes])
		add(box[t.axes:])
	}
	return append(low, high...)
}

func (t *track) box(level, j int) []float64 {
	return t.levels[level][2*t.axes*j : 2*t.axes*(j+1)]
}

// holds reports whether a move is on one piece of the track. Those beside the
// one before come first, for most moves follow the track.
func (t *track) holds(from, to []float64) bool {
	for _, j := range []int{t.last, t.last + 1, t.last - 1} {
		if j >= 0 && j < t.pieces() && t.piece(j, from, to) {
			t.last = j
			return true
		}
	}
	if len(t.levels) == 0 {
		return t.pieces() == 1 && t.piece(0, from, to)
	}
	return t.find(len(t.levels)-1, 0, from, to)
}

// find looks below a box.
func (t *track) find(level, j int, from, to []float64) bool {
	if level < 0 {
		if !t.piece(j, from, to) {
			return false
		}
		t.last = j
		return true
	}
	if !inside(t.box(level, j), from) || !inside(t.box(level, j), to) {
		return false
	}
	n := t.pieces()
	if level > 0 {
		n = len(t.levels[level-1]) / (2 * t.axes)
	}
	for k := j * fan; k < min((j+1)*fan, n); k++ {
		if t.find(level-1, k, from, to) {
			return true
		}
	}
	return false
}

// besides is how far beside a piece of length 1 or less a place may be; of a
// longer one it is that share of its length.
const besides = 1e-6

// piece reports whether a move is on piece j.
func (t *track) piece(j int, from, to []float64) bool {
	for _, x := range [][]float64{from, to} {
		if far, square := distance(t.corner(j), t.corner(j+1), x); !(far <= besides*besides*max(square, 1)) {
			return false
		}
	}
	return true
}

// inside reports whether a place is in a box, or as little beside it as it may
// be beside a piece in there.
func inside(box, x []float64) bool {
	n := len(x)
	var square float64
	for k := range x {
		square += (box[n+k] - box[k]) * (box[n+k] - box[k])
	}
	slack := besides * max(1, math.Sqrt(square))
	for k := range x {
		if !(x[k] >= box[k]-slack && x[k] <= box[n+k]+slack) {
			return false
		}
	}
	return true
}

// onPath refuses a move that leaves the straight pieces of the path that was
// planned: with several axes there may be something between them. The way to the
// first new point and that from the last one to the next planned one are moves,
// too. One that would come without the request, or goes nowhere, needs no look.
func (r *runner) onPath(c *change) error {
	from, to, next := r.spent.from, make([]float64, len(r.s.plan.Axes)), r.following(c.i)
	for k := c.i; k <= c.i+c.fresh && k < c.planned(); k++ {
		c.rest.at(k, to)
		if k == c.i && slices.Equal(to, next) || slices.Equal(from, to) {
			from = slices.Clone(to)
			continue
		}
		t := r.planTrack()
		if t == nil {
			return fmt.Errorf("the path that was planned has more than %d corners: it cannot be changed", maxCorners)
		}
		if !t.holds(from, to) {
			return fmt.Errorf("point %d: the way there is not on the path that was planned", k)
		}
		from = slices.Clone(to)
	}
	return nil
}

// following is where point i will be without a change; nil if there is none.
func (r *runner) following(i int) []float64 {
	way := r.way()
	if i >= way.length() {
		return nil
	}
	at := make([]float64, len(r.s.plan.Axes))
	way.at(i, at)
	return at
}

// planTrack is the track of what was planned, made when it is needed first; nil
// if it has too many corners.
func (r *runner) planTrack() *track {
	if !r.tracked {
		r.track, r.tracked = newTrack(r.s.start, r.planned), true
	}
	return r.track
}
