package scan

import (
	"errors"
	"fmt"
	"math"
	"time"

	"blissh/device"
)

// Replace gives the scan another path from point from on: t's first point
// becomes point from. It is checked like a plan. Points that have begun cannot
// be replaced; the end of the scan moves with the path.
func (s *Scan) Replace(from int, t Trajectory) error {
	if err := checkShape(t, len(s.plan.Axes)); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.state >= Stopping:
		return errors.New("the scan has ended")
	case !s.resolved:
		return errUnresolved
	case from < s.next:
		return fmt.Errorf("point %d has begun; the path can be replaced from point %d on", from, s.next)
	case s.route.length() > 0 && from > s.route.length():
		return fmt.Errorf("the scan ends before point %d", from)
	}
	p := path{from: from, t: t}
	if err := checkPath(p, p.length(), s.plan.Axes, s.before(from)); err != nil {
		return err
	}
	s.route = s.route.turn(p, s.next-1)
	s.shown.Planned = s.route.length()
	return nil
}

// before are the set-points before point i. s.mu is held.
func (s *Scan) before(i int) []float64 {
	if i == 0 {
		return lastPositions(s.plan.Axes)
	}
	at := make([]float64, len(s.plan.Axes))
	s.route.at(i-1, at)
	return at
}

// SetPoint gives the set-points of point i, which must be one of the path.
func (s *Scan) SetPoint(i int) []float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := make([]float64, len(s.plan.Axes))
	s.way().at(i, at)
	return at
}

// way is the path as far as it is known. s.mu is held.
func (s *Scan) way() route {
	if s.resolved {
		return s.route
	}
	return route{{t: provisional(s.plan)}}
}

// Check compares the path with the limits once more, from where the axes were
// read last.
func (s *Scan) Check() error {
	s.mu.Lock()
	way := s.way()
	s.mu.Unlock()
	return way.check(s.plan.Axes, lastPositions(s.plan.Axes))
}

// Estimate is the least time that the scan takes: counts, waits and moves as
// far as the axes can tell; 0 when it is open-ended.
func (s *Scan) Estimate() time.Duration {
	s.mu.Lock()
	way := s.way()
	s.mu.Unlock()
	n := way.length()
	if n == 0 {
		return 0
	}
	total := plus(times(n, s.plan.CountTime), times(n-1, s.plan.SleepTime))
	if len(s.plan.Axes) > 0 {
		total = plus(total, times(n, s.plan.StabTime))
	}
	return plus(plus(total, moveTime(way, s.plan.Axes)), s.returnTime(way, n))
}

// returnTime is how long the way back takes, if there is one.
func (s *Scan) returnTime(way route, n int) time.Duration {
	if !s.plan.Return || len(s.plan.Axes) == 0 {
		return 0
	}
	last := make([]float64, len(s.plan.Axes))
	way.at(n-1, last)
	return slowest(s.plan.Axes, last, lastPositions(s.plan.Axes))
}

// plus adds two durations, up to the longest one there is.
func plus(a, b time.Duration) time.Duration {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

// times is n times d, up to the longest duration there is.
func times(n int, d time.Duration) time.Duration {
	if d > 0 && int64(n) > math.MaxInt64/int64(d) {
		return math.MaxInt64
	}
	return time.Duration(n) * d
}

// moveTime is how long the moves of a route take, the first one included when
// the axes know where they are. The steps of a line are all alike.
func moveTime(way route, axes []device.Axis) time.Duration {
	if len(axes) == 0 {
		return 0
	}
	at, to := lastPositions(axes), make([]float64, len(axes))
	if l, ok := way[0].t.(Linear); ok && len(way) == 1 {
		l.At(0, to)
		first := slowest(axes, at, to)
		l.At(1, at)
		return plus(first, times(l.Intervals, slowest(axes, to, at)))
	}
	var total time.Duration
	first, n := way[0].from, way.length()-way[0].from
	for i := range min(n, enough) {
		way.at(first+i, to)
		total = plus(total, slowest(axes, at, to))
		at, to = to, at
	}
	if n > enough {
		return time.Duration(min(float64(total)*float64(n)/enough, math.MaxInt64/2))
	}
	return total
}

// enough is how many moves are added up; more are like them on the average.
const enough = 1_000_000

// slowest is the duration of the longest of several moves.
func slowest(axes []device.Axis, from, to []float64) time.Duration {
	var longest time.Duration
	for k, a := range axes {
		if e, ok := a.(device.Estimator); ok {
			longest = max(longest, e.MoveTime(from[k], to[k]))
		}
	}
	return longest
}

// path is a trajectory that takes over at a certain point of the scan.
type path struct {
	from int
	t    Trajectory
}

// length is the number of points up to the path's end; 0 when open-ended.
func (p path) length() int {
	if n := p.t.Len(); n > 0 {
		return p.from + n
	}
	return 0
}

// at writes the set-points of point i, which is not before from.
func (p path) at(i int, to []float64) { p.t.At(i-p.from, to) }

// route is what a scan follows: one path after the other, each from its first
// point until the next one takes over. There is at least one.
type route []path

// length is the number of points of the whole scan; 0 when open-ended.
func (r route) length() int { return r[len(r)-1].length() }

// at writes the set-points of point i.
func (r route) at(i int, to []float64) {
	k := len(r) - 1
	for k > 0 && r[k].from > i {
		k--
	}
	r[k].at(i, to)
}

// turn gives the route that follows p from p.from on, and forgets paths that
// are over before point i. The old route is left as it is.
func (r route) turn(p path, i int) route {
	var turned route
	for k, old := range r {
		over := k+1 < len(r) && r[k+1].from <= i
		if old.from < p.from && !over {
			turned = append(turned, old)
		}
	}
	return append(turned, p)
}
