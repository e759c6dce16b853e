package device

import (
	"fmt"
	"maps"
	"math"
	"slices"
)

// Checker compares set-points of several axes with all limits, one point after
// the other, the way there included. Calculated axes are checked with the real
// ones that they move, for the point as a whole. It asks no hardware.
type Checker struct {
	axes  []Axis
	at    []float64
	alone []int // axes that are checked by themselves
	sets  []*checkedSet
}

// checkedSet is a calculated set some axes of which are scanned.
type checkedSet struct {
	set   *Calculated
	index map[int]int // place among the axes by place in the set
	reals []float64   // where the real axes are; NaN: unknown
}

// NewChecker begins where the axes are; NaN is unknown.
func NewChecker(axes []Axis, from []float64) *Checker {
	c := &Checker{axes: axes, at: slices.Clone(from)}
	sets := map[*Calculated]*checkedSet{}
	for k, a := range axes {
		s := setOf(a)
		if s == nil {
			c.alone = append(c.alone, k)
			continue
		}
		if sets[s] == nil {
			sets[s] = &checkedSet{set: s, index: map[int]int{}, reals: s.last()}
			c.sets = append(c.sets, sets[s])
		}
		sets[s].index[slices.IndexFunc(s.axes, func(m *MotorAxis) bool { return m.name == a.Name() })] = k
	}
	return c
}

// Straight reports whether a straight line of set-points is one for every
// axis that moves, so that its ends decide about the limits.
func (c *Checker) Straight() bool { return len(c.sets) == 0 }

// Step checks the way from the point before to the next one.
func (c *Checker) Step(to []float64) error {
	for _, k := range c.alone {
		if err := checkAlone(c.axes[k], c.at[k], to[k]); err != nil {
			return err
		}
	}
	for _, s := range c.sets {
		if err := s.step(c.axes, c.at, to); err != nil {
			return err
		}
	}
	copy(c.at, to)
	return nil
}

// checkAlone asks the axis, if it knows limits.
func checkAlone(a Axis, from, to float64) error {
	if math.IsNaN(to) || math.IsInf(to, 0) {
		return fmt.Errorf("%s: cannot move to %v", a.Name(), to)
	}
	if l, ok := a.(Limiter); ok {
		return l.CheckTarget(from, to)
	}
	return nil
}

// step checks the limits of the calculated axes, then those of the real ones.
func (s *checkedSet) step(axes []Axis, from, to []float64) error {
	targets := map[int]float64{}
	var names string
	for _, i := range slices.Sorted(maps.Keys(s.index)) {
		k, c := s.index[i], s.set.axes[i].Config()
		if err := c.check(from[k], to[k]); err != nil {
			return err
		}
		targets[i] = c.dial(to[k])
		names += axes[k].Name() + ": "
	}
	if !s.set.known() {
		return nil
	}
	_, reals, err := s.set.goal(targets)
	if err == nil {
		err = s.set.checkReals(s.reals, reals)
	}
	if err != nil {
		return fmt.Errorf("%s%w", names, err)
	}
	s.reals = reals
	return nil
}
