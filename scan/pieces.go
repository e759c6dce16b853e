package scan

import (
	"slices"

	"blissh/data"
	"blissh/device"
)

// part is some points of a trajectory: n of them, from point skip on; n is 0 if
// it is open-ended.
type part struct {
	of      Trajectory
	skip, n int
}

// Len is how many points there are.
func (p part) Len() int { return p.n }

// At is point i of the part.
func (p part) At(i int, to []float64) { p.of.At(p.skip+i, to) }

func (p part) axes() int {
	if d, ok := p.of.(dimensioned); ok {
		return d.axes()
	}
	return -1
}

// cut gives the points of a trajectory from skip on, n of them; 0 for all that
// follow. Parts of parts are parts of the whole, so that a path that is changed
// a thousand times is no deeper than one that is changed once.
func cut(t Trajectory, skip, n int) Trajectory {
	if n == 0 && t.Len() > 0 {
		n = t.Len() - skip
	}
	if skip == 0 && n == t.Len() {
		return t
	}
	if _, ok := t.(Static); ok {
		return Static{N: n}
	}
	switch t := t.(type) {
	case part:
		return part{t.of, t.skip + skip, n}
	case Points:
		return t[skip : skip+n]
	}
	return part{t, skip, n}
}

// ahead gives what a route does from point i on, as paths that begin at point
// at.
func (r route) ahead(i, at int) (rest route) {
	for k, p := range r {
		end := p.length()
		if k+1 < len(r) {
			end = r[k+1].from
		}
		if end > 0 && end <= i {
			continue
		}
		skip, n := max(0, i-p.from), 0
		if end > 0 {
			n = end - p.from - skip
		}
		rest = append(rest, path{from: at, t: cut(p.t, skip, n)})
		at += n
	}
	return rest
}

// maxHistory is how many pieces of the path that was taken are remembered; a
// scan that is changed at every point of a night is not to grow without end.
const maxHistory = 10_000

// with gives the route that follows rest from point i on; nothing follows an
// empty one. What was taken stays.
func (r route) with(i int, rest route) route {
	var kept route
	for k, p := range r {
		if p.from >= i {
			break
		}
		end := p.length()
		if k+1 < len(r) {
			end = r[k+1].from
		}
		if end == 0 || end > i {
			p.t = cut(p.t, 0, i-p.from)
		}
		kept = append(kept, p)
	}
	if over := len(kept) - maxHistory; over > 0 {
		kept = kept[over:]
	}
	return append(kept, rest...)
}

// concat joins trajectories to a route that begins at point at.
func concat(at int, list ...Trajectory) (r route) {
	for _, t := range list {
		if t != nil {
			r = append(r, path{from: at, t: t})
			at += t.Len()
		}
	}
	return r
}

// maxListed is how many numbers of a path are written into the record, and into
// how many pieces a path may fall there.
const maxListed = 20_000

// maxShown is how many numbers of a path are shown to who asks for it in this
// process.
const maxShown = 2_000_000

// segments describes the points of a route from point i on, for the record.
func (r route) segments(i, axes int) []data.Segment { return r.describe(i, axes, maxListed) }

// describe gives the points of a route from point i on, as long as they are most
// numbers; where there are none, the list is empty and not nil, which others would
// read as null.
func (r route) describe(i, axes, most int) []data.Segment {
	list := []data.Segment{}
	l := lister{axes: axes, left: most}
	for k, p := range r {
		end := p.length()
		if k+1 < len(r) {
			end = r[k+1].from
		}
		if end > 0 && end <= i {
			continue
		}
		from := max(i, p.from)
		n := max(0, end-from)
		list = append(list, l.list(p.t, from, from-p.from, n)...)
	}
	return list
}

// lister describes points, until there are too many numbers.
type lister struct{ axes, left int }

// takes reports whether there is room for so many numbers more.
func (l *lister) takes(n int) bool {
	l.left -= n
	return l.left >= 0
}

// list describes n points of a trajectory, from its point skip on.
func (l *lister) list(t Trajectory, from, skip, n int) []data.Segment {
	if of, ok := t.(part); ok {
		t, skip = of.of, skip+of.skip
	}
	unknown := []data.Segment{{From: from, Points: n}}
	switch t := t.(type) {
	case Static:
		return unknown
	case Linear:
		l.takes(2 * l.axes)
		return []data.Segment{straight(t, from, skip, n, l.axes)}
	case Mesh:
		if l.takes(2 * l.axes * (n/(t.Intervals[0]+1) + 2)) {
			return t.lines(from, skip, n, l.axes)
		}
		return unknown
	}
	if n == 0 || !l.takes(n*l.axes) {
		return unknown
	}
	s := data.Segment{From: from, Points: n}
	for i := range n {
		at := make([]float64, l.axes)
		t.At(skip+i, at)
		s.At = append(s.At, at)
	}
	return []data.Segment{s}
}

// straight is a segment whose points are on a line.
func straight(t Trajectory, from, skip, n, axes int) data.Segment {
	s := data.Segment{From: from, Points: n, Start: make([]float64, axes), Stop: make([]float64, axes)}
	t.At(skip, s.Start)
	t.At(skip+n-1, s.Stop)
	return s
}

// lines are those of a grid, each a segment.
func (m Mesh) lines(from, skip, n, axes int) (list []data.Segment) {
	width := m.Intervals[0] + 1
	for n > 0 {
		k := min(n, width-skip%width)
		list = append(list, straight(m, from, skip, k, axes))
		from, skip, n = from+k, skip+k, n-k
	}
	return list
}

// Path is where a scan has been sent, and where it will go.
type Path struct {
	Axes     []string
	Segments []data.Segment // of all points that are known, those taken first
	Taken    int            // points
	Begun    int            // points, the one in progress included
	Over     bool           // the scan has ended: what is ahead is not taken any more
}

// Path gives the path of the scan as it is now; the positions are those that
// the axes were, or will be, sent to.
func (s *Scan) Path() Path {
	p := Path{Taken: int(s.taken.Load())} // before the rest, so that it is not ahead of it
	s.mu.Lock()
	way := s.way()
	p.Begun, p.Over = s.next, s.state.Ended()
	s.mu.Unlock()
	p.Segments = way.describe(0, len(s.plan.Axes), maxShown)
	for _, a := range s.plan.Axes {
		p.Axes = append(p.Axes, a.Name())
	}
	return p
}

// duration is the least time from the end of point i-1 to that of point end-1:
// counts, waits and moves as far as the axes can tell. from is where the axes
// are before point i.
func (p *Plan) duration(way route, i, end int, count float64, from []float64) float64 {
	n := max(0, end-i)
	total := float64(n) * count
	waits := n
	if i == 0 {
		waits = max(0, n-1)
	}
	total += float64(waits) * p.SleepTime.Seconds()
	if len(p.Axes) == 0 {
		return total
	}
	total += float64(n) * p.StabTime.Seconds()
	at, to := slices.Clone(from), make([]float64, len(p.Axes))
	moves := 0.
	for k := range min(n, enough) {
		way.at(i+k, to)
		moves += slowest(p.Axes, at, to).Seconds()
		at, to = to, at
	}
	if n > enough {
		moves *= float64(n) / enough
	}
	return total + moves
}

// axis is the place of an axis of the plan by its name; -1 if there is none.
func (p *Plan) axis(name string) int {
	return slices.IndexFunc(p.Axes, func(a device.Axis) bool { return a.Name() == name })
}
