package scan

import (
	"errors"

	"blissh/data"
	"blissh/device"
)

// errUnresolved refuses to change a path that is not known yet.
var errUnresolved = errors.New("the path of a relative scan is known when it runs")

// aimed is an axis that knows where it was sent last.
type aimed interface{ Reference(at float64) float64 }

// setPosition is where an axis was sent to, if it stands there, else where it
// stands. A relative scan counts from it and goes back to it: scans that go back
// to a read-back wander away within the tolerance.
func setPosition(m *mover, at float64) float64 {
	if a, ok := m.axis.(aimed); ok {
		return a.Reference(at)
	}
	return at
}

// resolve makes the path of a relative scan absolute, now that it is known where
// the axes stand.
func (r *runner) resolve() error {
	s := r.s
	if !s.plan.Relative {
		return nil
	}
	s.mu.Lock()
	t := Shift(s.plan.Trajectory, s.start)
	s.route, s.resolved = route{{t: t}}, true
	s.mu.Unlock()
	s.plan.resolve(r.info, t)
	s.show(r.info)
	return nil
}

// resolve describes the path of a relative scan in absolute positions.
func (p *Plan) resolve(d *data.Scan, t Trajectory) {
	describePath(d, p.Axes, t)
	if p.Resolved != nil {
		d.Title = p.Resolved(t)
	}
}

// provisional is the path of a plan from where its axes were read last; of those
// that were not read yet the path is left as it is.
func provisional(p Plan) Trajectory {
	if !p.Relative {
		return p.Trajectory
	}
	by := lastPositions(p.Axes)
	for k, at := range by {
		if bad(at) {
			by[k] = 0
		}
	}
	return Shift(p.Trajectory, by)
}

// Shift moves a trajectory by a distance per axis.
func Shift(t Trajectory, by []float64) Trajectory {
	switch t := t.(type) {
	case Linear:
		return Linear{Start: sum(t.Start, by), Stop: sum(t.Stop, by), Intervals: t.Intervals}
	case Mesh:
		return Mesh{Start: sum(t.Start, by), Stop: sum(t.Stop, by), Intervals: t.Intervals, Zigzag: t.Zigzag}
	case Points:
		shifted := make(Points, len(t))
		for i, at := range t {
			shifted[i] = sum(at, by)
		}
		return shifted
	}
	return moved{t, by}
}

// sum adds two lists; what is missing of b is 0.
func sum(a, b []float64) []float64 {
	c := make([]float64, len(a))
	copy(c, a)
	for k := range min(len(a), len(b)) {
		c[k] += b[k]
	}
	return c
}

// moved is any trajectory somewhere else.
type moved struct {
	Trajectory
	by []float64
}

// At adds the distance.
func (m moved) At(i int, to []float64) {
	m.Trajectory.At(i, to)
	for k := range to {
		to[k] += m.by[k]
	}
}

func (m moved) axes() int {
	if d, ok := m.Trajectory.(dimensioned); ok {
		return d.axes()
	}
	return len(m.by)
}

// Returned reports whether the axes are back where they stood before the scan,
// because its plan asked for it.
func (s *Scan) Returned() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.returned
}

var _ aimed = (*device.MotorAxis)(nil)
