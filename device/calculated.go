package device

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"
)

// Geometry turns positions of real axes into those of calculated ones, and
// back. Both are user positions, in the order of the axes. It is pure: the same
// positions give the same answer. An error says which position is impossible.
type Geometry interface {
	// Forward gives where the calculated axes are.
	Forward(reals []float64) (calculated []float64, err error)
	// Inverse gives where the real axes have to go.
	Inverse(calculated []float64) (reals []float64, err error)
}

// Calculated is a set of axes whose positions are functions of those of real
// axes. A move of one of them keeps the others where they were sent. Its real
// axes may be calculated themselves. It is safe for concurrent use.
type Calculated struct {
	name     string
	geometry Geometry
	reals    []*MotorAxis
	axes     []*MotorAxis

	mu   sync.Mutex
	want []float64 // dial positions last asked of the calculated axes
	sent []float64 // where the real axes were sent for that
}

// NewCalculated makes the calculated axes that configs describe; nothing moves.
// Velocity, acceleration, backlash and steps are those of the real axes.
func NewCalculated(name string, g Geometry, reals []*MotorAxis, configs []Config, w Wait) *Calculated {
	s := &Calculated{name: name, geometry: g, reals: slices.Clone(reals)}
	for i, c := range configs {
		if c.Address == "" {
			c.Address = "calculated://" + c.Name
		}
		s.axes = append(s.axes, NewAxis(c, &calcMotor{s, i}, w))
	}
	return s
}

// Axes are the calculated axes.
func (s *Calculated) Axes() []*MotorAxis { return slices.Clone(s.axes) }

// Parts are the axes whose positions decide on that of a calculated one; nil
// for an axis with a motor of its own.
func (a *MotorAxis) Parts() []*MotorAxis {
	if m, ok := a.motor.(*calcMotor); ok {
		return slices.Clone(m.set.reals)
	}
	return nil
}

// Hardware gives the axes that move when some axes do: those with a motor of
// their own, each once.
func Hardware(axes []Axis) []Axis {
	var list []Axis
	seen := map[Axis]bool{}
	var visit func(Axis)
	visit = func(a Axis) {
		if seen[a] {
			return
		}
		seen[a] = true
		parts := partsOf(a)
		if parts == nil {
			list = append(list, a)
		}
		for _, p := range parts {
			visit(p)
		}
	}
	for _, a := range axes {
		visit(a)
	}
	return list
}

func partsOf(a Axis) []*MotorAxis {
	if p, ok := a.(interface{ Parts() []*MotorAxis }); ok {
		return p.Parts()
	}
	return nil
}

// CheckShared refuses axes that would move the same hardware, unless they are
// axes of one calculated set.
func CheckShared(axes []Axis) error {
	owner := map[Axis]Axis{}
	for _, a := range axes {
		for _, h := range Hardware([]Axis{a}) {
			other, taken := owner[h]
			if taken && (setOf(other) == nil || setOf(other) != setOf(a)) {
				return fmt.Errorf("%s and %s cannot move together: both move %s", other.Name(), a.Name(), h.Name())
			}
			owner[h] = a
		}
	}
	return nil
}

// setOf is the set that an axis is calculated in; nil for others.
func setOf(a Axis) *Calculated {
	if p, ok := a.(interface{ calculated() *Calculated }); ok {
		return p.calculated()
	}
	return nil
}

func (a *MotorAxis) calculated() *Calculated {
	if m, ok := a.motor.(*calcMotor); ok {
		return m.set
	}
	return nil
}

// goal is where the real axes go when some calculated axes, by their place in
// the set, go to dial positions. All is taken from positions as last read.
func (s *Calculated) goal(to map[int]float64) (want, reals []float64, err error) {
	if want, err = s.held(); err != nil {
		return nil, nil, err
	}
	for i, x := range to {
		want[i] = x
	}
	reals, err = s.inverse(want)
	return want, reals, err
}

// held is where the calculated axes are meant to be: where they were sent if
// the real axes are still where that took them, so that roundings do not add
// up, else where they are.
func (s *Calculated) held() ([]float64, error) {
	at := s.last()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sent != nil && s.near(at) {
		return slices.Clone(s.want), nil
	}
	return s.forward(at)
}

// near reports whether the real axes are where they were sent. s.mu is held.
func (s *Calculated) near(at []float64) bool {
	for i, r := range s.reals {
		if !(math.Abs(at[i]-s.sent[i]) <= r.Tolerance()) {
			return false
		}
	}
	return true
}

// last are the positions of the real axes as last read.
func (s *Calculated) last() []float64 {
	at := make([]float64, len(s.reals))
	for i, r := range s.reals {
		at[i] = r.LastPosition()
	}
	return at
}

func (s *Calculated) forward(reals []float64) (calc []float64, err error) {
	defer recovered(&err)
	calc, err = s.geometry.Forward(reals)
	if err == nil && len(calc) != len(s.axes) {
		err = fmt.Errorf("%s gives %d positions for %d axes", s.name, len(calc), len(s.axes))
	}
	return calc, err
}

func (s *Calculated) inverse(calc []float64) (reals []float64, err error) {
	defer recovered(&err)
	reals, err = s.geometry.Inverse(calc)
	if err == nil && len(reals) != len(s.reals) {
		err = fmt.Errorf("%s gives %d positions for %d real axes", s.name, len(reals), len(s.reals))
	}
	return reals, err
}

// known reports whether all real axes have been read.
func (s *Calculated) known() bool {
	return !slices.ContainsFunc(s.last(), math.IsNaN)
}

// checkReals compares targets of the real axes with their limits.
func (s *Calculated) checkReals(from, to []float64) error {
	for i, r := range s.reals {
		if err := r.CheckTarget(from[i], to[i]); err != nil {
			return err
		}
	}
	return nil
}

// move takes calculated axes to dial positions, by their place in the set. The
// real axes have just been read. It returns with all of them at rest.
func (s *Calculated) move(ctx context.Context, to map[int]float64) error {
	want, reals, err := s.goal(to)
	if err != nil {
		return err
	}
	if err := s.checkReals(s.last(), reals); err != nil {
		return err
	}
	s.mu.Lock()
	s.want, s.sent = want, reals
	s.mu.Unlock()
	return MoveTogether(ctx, axesOf(s.reals), reals)
}

func axesOf(list []*MotorAxis) []Axis {
	axes := make([]Axis, len(list))
	for i, a := range list {
		axes[i] = a
	}
	return axes
}

// read asks all real axes, side by side.
func (s *Calculated) read(ctx context.Context) (at []float64, state State, err error) {
	at, states := make([]float64, len(s.reals)), make([]State, len(s.reals))
	err = s.each(func(i int, r *MotorAxis) error {
		dial, state, err := r.read(ctx)
		if err == nil {
			c := r.Config()
			at[i], states[i] = c.user(dial), state
		}
		return err
	})
	return at, merge(states), err
}

// each calls f for every real axis, side by side, and gives the first error.
func (s *Calculated) each(f func(i int, r *MotorAxis) error) error {
	errs := make([]error, len(s.reals))
	var all sync.WaitGroup
	for i, r := range s.reals {
		all.Go(func() { errs[i] = f(i, r) })
	}
	all.Wait()
	return firstOf(errs...)
}

// merge is the state of axes that act as one: ready if all are, else whatever
// any of them is. Switches stay with the axis that has them.
func merge(states []State) State {
	all, any := ^State(0), State(0)
	for _, s := range states {
		if s == 0 {
			return 0
		}
		all, any = all&s, any|s
	}
	return all&Ready | any&(Moving|Fault|Off)
}

// calcMotor is one axis of a set as a motor; what is dial to the axis is the
// position that the geometry gives.
type calcMotor struct {
	set *Calculated
	i   int
}

// The abilities of a calcMotor.
var (
	_ Motor   = (*calcMotor)(nil)
	_ Mover   = (*calcMotor)(nil)
	_ Timed   = (*calcMotor)(nil)
	_ reacher = (*calcMotor)(nil)
)

func (m *calcMotor) Move(ctx context.Context, dial float64) error {
	return m.set.move(ctx, map[int]float64{m.i: dial})
}

// Start is not used: a Mover does the whole move.
func (m *calcMotor) Start(ctx context.Context, dial float64) error { return m.Move(ctx, dial) }

func (m *calcMotor) Stop(ctx context.Context) error {
	return m.set.each(func(_ int, r *MotorAxis) error { return r.Stop(ctx) })
}

func (m *calcMotor) Read(ctx context.Context) (float64, State, error) {
	at, state, err := m.set.read(ctx)
	if err != nil {
		return 0, 0, err
	}
	calc, err := m.set.forward(at)
	if err != nil {
		return 0, 0, err
	}
	return calc[m.i], state, nil
}

// TravelTime is that of the slowest real axis.
func (m *calcMotor) TravelTime(from, to float64) time.Duration {
	_, begin, err := m.set.goal(map[int]float64{m.i: from})
	if err != nil {
		return 0
	}
	_, end, err := m.set.goal(map[int]float64{m.i: to})
	if err != nil {
		return 0
	}
	var longest time.Duration
	for k, r := range m.set.reals {
		longest = max(longest, r.MoveTime(begin[k], end[k]))
	}
	return longest
}

// reach compares what a target asks of the real axes with their limits, the
// other axes of the set staying where they are. Before the real axes have been
// read nothing can be said.
func (m *calcMotor) reach(dial float64) error {
	if !m.set.known() {
		return nil
	}
	_, to, err := m.set.goal(map[int]float64{m.i: dial})
	if err != nil {
		return err
	}
	return m.set.checkReals(m.set.last(), to)
}

// coarseness is how far off the axis may be when each real axis is off by its
// tolerance.
func (m *calcMotor) coarseness() float64 {
	at := m.set.last()
	mid, err := m.set.forward(at)
	if err != nil {
		return 0
	}
	sum := 0.0
	for k, r := range m.set.reals {
		off := slices.Clone(at)
		off[k] += r.Tolerance()
		if calc, err := m.set.forward(off); err == nil {
			sum += math.Abs(calc[m.i] - mid[m.i])
		}
	}
	if math.IsNaN(sum) {
		return 0
	}
	return sum
}

// stopTime is how long the slowest real axis takes to stop.
func (m *calcMotor) stopTime() time.Duration {
	var longest time.Duration
	for _, r := range m.set.reals {
		c := r.Config()
		longest = max(longest, r.stopTime(&c))
	}
	return longest
}
