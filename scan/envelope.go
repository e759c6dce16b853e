package scan

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"blissh/data"
	"blissh/device"
)

// Allowance is what requests may change in a scan. The zero value of a limit
// stands for its default.
type Allowance struct {
	Points    int           // of the whole scan; 0: twice those planned
	CountTime time.Duration // of each point; 0: as planned
	Duration  time.Duration // of the whole scan; 0: twice as planned
}

// Allow lets requests send an axis to places from low to high, and change how
// many points there are and how long they are counted, within a. Without it a
// scan obeys stop, pause and resume only. axis may be "": then the axes go only
// where they would have gone. It comes before Run; several calls add up, and
// the limits of the last one hold.
func (s *Scan) Allow(axis string, low, high float64, a Allowance) error {
	if a.Points < 0 || a.CountTime < 0 || a.Duration < 0 {
		return errors.New("what is allowed cannot be below 0")
	}
	if axis != "" {
		if err := s.checkBound(axis, low, high); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != Idle {
		return fmt.Errorf("%w: allow comes before run", errStarted)
	}
	e := &data.Envelope{Axes: []data.Bound{}}
	if s.envelope != nil {
		e.Axes = slices.Clone(s.envelope.Axes)
	}
	e.Points, e.CountTime, e.Duration = a.Points, a.CountTime.Seconds(), a.Duration.Seconds()
	if axis != "" {
		e.Axes = slices.DeleteFunc(e.Axes, func(b data.Bound) bool { return b.Axis == axis })
		e.Axes = append(e.Axes, data.Bound{Axis: axis, Low: low, High: high})
	}
	s.envelope = e
	return nil
}

func (s *Scan) checkBound(axis string, low, high float64) error {
	k := s.plan.axis(axis)
	switch {
	case k < 0:
		return fmt.Errorf("the scan does not move %s", axis)
	case bad(low) || bad(high) || low > high:
		return fmt.Errorf("%s: a range from low to high expected, got %v to %v", axis, low, high)
	}
	return nil
}

// Envelope is what requests may change, completed once the scan runs; nil if
// nothing but stop and pause is allowed.
func (s *Scan) Envelope() *data.Envelope {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.envelope
}

// plotCourse notes what is planned before anything moves, and fills in the
// defaults of what is allowed.
func (r *runner) plotCourse() {
	s := r.s
	s.mu.Lock()
	defer s.mu.Unlock()
	r.planned, r.spent.from = s.route[0].t, s.start
	r.info.Path = s.route.segments(0, len(s.plan.Axes))
	if s.envelope == nil {
		return
	}
	e, n := *s.envelope, s.route.length()
	if e.CountTime == 0 {
		e.CountTime = s.plan.CountTime.Seconds()
	}
	if n > 0 {
		if e.Points == 0 {
			e.Points = 2 * n
		}
		if e.Duration == 0 {
			e.Duration = 2 * s.plan.duration(s.route, 0, n, max(e.CountTime, s.plan.CountTime.Seconds()), s.start)
		}
	}
	s.envelope = &e
	r.info.Allow = &e
}

// spent is the planned time of the points that were taken, as far as they were
// counted up: up to point upTo, with the axes at from.
type spent struct {
	time float64 // s
	upTo int
	from []float64
}

// spend counts up to point i.
func (r *runner) spend(i int) {
	s := r.s
	if i <= r.spent.upTo {
		return
	}
	way := r.way()
	r.spent.time += s.plan.duration(way, r.spent.upTo, i, r.counted.Seconds(), r.spent.from)
	r.spent.upTo = i
	r.spent.from = make([]float64, len(s.plan.Axes))
	way.at(i-1, r.spent.from)
}

// change is what a request comes to: the path from point i on, whose first fresh
// points are new, and how long each is counted.
type change struct {
	i     int
	rest  route
	fresh int
	same  bool // the path is as before
	count time.Duration
	left  float64 // s, that it takes at least
}

// planned is how many points the scan has then; 0 when it is open-ended.
func (c *change) planned() int {
	if len(c.rest) == 0 {
		return c.i
	}
	return c.rest.length()
}

// permit compares a change with what is allowed: where the axes go, how many
// points there are, how long each counts and all take.
func (r *runner) permit(c *change) error {
	e, plan := r.s.envelope, &r.s.plan
	n, count := c.planned(), c.count.Seconds()
	if was := r.way().length(); e.Points > 0 && (n > e.Points || n == 0) && was > 0 && (n > was || n == 0) {
		return fmt.Errorf("%s would be planned, at most %d are allowed", pointsText(n), e.Points)
	}
	if count > e.CountTime*(1+1e-9) {
		return fmt.Errorf("%s s of count time, at most %s s are allowed", number(count), number(e.CountTime))
	}
	if !c.same {
		if err := r.within(c); err != nil {
			return err
		}
	}
	if n == 0 || n == c.i {
		return nil
	}
	c.left = plan.duration(c.rest, c.i, n, count, r.spent.from)
	if total := r.spent.time + c.left; e.Duration > 0 && total > e.Duration*(1+1e-9) {
		return fmt.Errorf("the scan would take %s s, at most %s s are allowed", number(total), number(e.Duration))
	}
	return nil
}

// within checks the new set-points against the bounds; with several axes every
// move has to stay on the planned path as well.
func (r *runner) within(c *change) error {
	axes := r.s.plan.Axes
	to := make([]float64, len(axes))
	for k := c.i; k < c.i+c.fresh; k++ {
		c.rest.at(k, to)
		for j, a := range axes {
			if err := r.inBounds(k, a, to[j]); err != nil {
				return err
			}
		}
	}
	if len(axes) < 2 {
		return nil
	}
	return r.onPath(c)
}

// inBounds checks one axis at one new point.
func (r *runner) inBounds(point int, a device.Axis, to float64) error {
	b, ok := r.s.envelope.Of(a.Name())
	if !ok {
		return fmt.Errorf("%s may not be sent elsewhere: nothing was allowed for it", a.Name())
	}
	if !b.Holds(to) {
		return fmt.Errorf("point %d: %s at %s is outside the allowed %s to %s", point, a.Name(), length(to, a.Unit()), number(b.Low), length(b.High, a.Unit()))
	}
	return nil
}

func pointsText(n int) string {
	if n == 0 {
		return "points without end"
	}
	return strconv.Itoa(n) + " points"
}

func number(x float64) string { return strconv.FormatFloat(x, 'g', 6, 64) }

func length(x float64, unit string) string {
	if unit == "" {
		return number(x)
	}
	return number(x) + " " + unit
}
