package data

import (
	"math"
	"time"
)

// Way is where a scan goes from a certain point on.
type Way struct {
	Planned   int       `json:"planned"`    // points of the whole scan; 0 when open-ended
	Left      float64   `json:"left"`       // s, at least; 0 when open-ended
	CountTime float64   `json:"count_time"` // s, of each point
	Path      []Segment `json:"path"`       // of the points ahead
	Grid      bool      `json:"grid"`       // of a mesh: its points stay those of the grid, in its order
}

// Plan is what was planned before requests changed it.
type Plan struct {
	Planned    int     `json:"planned"`
	CountTime  float64 `json:"count_time"` // s
	Ranges     []Range `json:"ranges"`
	Shape      []int   `json:"shape"`
	BackNForth bool    `json:"backnforth"`
}

// Segment is a part of a path: points on a straight line at equal distances, or
// a list of points. Positions are in the order of Scan.Moving.
type Segment struct {
	From   int         `json:"from"`            // index of its first point
	Points int         `json:"points"`          // how many; 0: until the scan is stopped
	Start  []float64   `json:"start,omitempty"` // first and last point of a line
	Stop   []float64   `json:"stop,omitempty"`
	At     [][]float64 `json:"at,omitempty"` // the points of a list
}

// Known reports whether the positions are there: a path that is too long to be
// listed has none.
func (s Segment) Known() bool { return s.Start != nil || s.At != nil }

// Position gives the set-points of point i of the scan; nil if it is not one of
// the segment or not known.
func (s Segment) Position(i int) []float64 {
	n := i - s.From
	switch {
	case n < 0, s.Points > 0 && n >= s.Points:
		return nil
	case s.At != nil:
		return s.At[n]
	case s.Start == nil:
		return nil
	}
	at := make([]float64, len(s.Start))
	for k := range at {
		at[k] = between(s.Start[k], s.Stop[k], n, s.Points-1)
	}
	return at
}

// between is end n of so many intervals between start and stop.
func between(start, stop float64, n, intervals int) float64 {
	switch n {
	case 0:
		return start
	case intervals:
		return stop
	}
	return start + (stop-start)*float64(n)/float64(intervals)
}

// Envelope is what a scan may be asked for beyond stop, pause and resume: the
// axes that may go elsewhere, and how long it may become.
type Envelope struct {
	Axes      []Bound `json:"axes"`
	Points    int     `json:"points"`     // of the whole scan, at most
	CountTime float64 `json:"count_time"` // s, of each point, at most
	Duration  float64 `json:"duration"`   // s, of the whole scan as it is planned, at most
}

// Bound is where an axis may be sent.
type Bound struct {
	Axis string  `json:"axis"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Of finds the bound of an axis.
func (e *Envelope) Of(axis string) (Bound, bool) {
	if e != nil {
		for _, b := range e.Axes {
			if b.Axis == axis {
				return b, true
			}
		}
	}
	return Bound{}, false
}

// Holds reports whether a position is within the bound, but for the noise of
// arithmetic.
func (b Bound) Holds(x float64) bool {
	slack := 1e-9 * math.Max(math.Abs(b.Low), math.Abs(b.High))
	return x >= b.Low-slack && x <= b.High+slack
}

// keptSegments is how many pieces of the path that was taken a description
// keeps; the stream of the scan has them all.
const keptSegments = 200

// Turn brings a description up to date: from point k on the scan goes another
// way. A mesh that leaves its grid is one no more: its points lie scattered, and
// what it was is told by Plan.
func (s *Scan) Turn(k int, w *Way) {
	if s.Plan == nil {
		s.Plan = &Plan{s.Planned, s.CountTime.Seconds(), orEmpty(s.Ranges), orEmpty(s.Shape), s.BackNForth}
	}
	if !w.Grid {
		s.Shape, s.BackNForth = nil, false
	}
	var path []Segment
	for _, p := range s.Path {
		if p.From < k {
			path = append(path, p.before(k))
		}
	}
	if over := len(path) - keptSegments; over > 0 {
		path = path[over:]
	}
	s.Path = append(path, w.Path...)
	s.Planned, s.CountTime = w.Planned, time.Duration(math.Round(w.CountTime*1e9))
	if len(s.Shape) == 0 {
		s.stretch(w.Path)
	}
}

// before is what a segment has before point k.
func (s Segment) before(k int) Segment {
	n := k - s.From
	if s.Points > 0 && n >= s.Points {
		return s
	}
	if s.At != nil {
		s.At = s.At[:n]
	} else if s.Start != nil {
		s.Stop = s.Position(k - 1)
	}
	s.Points = n
	return s
}

// stretch makes the ranges cover a path.
func (s *Scan) stretch(path []Segment) {
	ranges := append([]Range(nil), s.Ranges...)
	for _, p := range path {
		at := p.At
		if p.Start != nil {
			at = [][]float64{p.Start, p.Stop}
		}
		for _, x := range at {
			for i := range min(len(ranges), len(x)) {
				r := &ranges[i]
				r.Low, r.High, r.Stop = min(r.Low, x[i]), max(r.High, x[i]), x[i]
			}
		}
	}
	s.Ranges = ranges
}
