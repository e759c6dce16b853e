package scan

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"blissh/device"
)

// mover is an axis during a scan.
type mover struct {
	axis    device.Axis
	name    string
	reading string     // how a read of it is called
	last    positioned // not nil: knows the read-back of its last move
	tol     float64
	sent    bool    // it was sent to a point of this scan, the last one to "to"
	to      float64 // of an axis behind a calculated one: where it was before the count
}

// newMover finds the abilities of an axis.
func newMover(a device.Axis) *mover {
	m := &mover{axis: a, name: a.Name(), reading: "read " + a.Name(), tol: device.DefaultTolerance}
	m.last, _ = a.(positioned)
	if t, ok := a.(device.Tolerant); ok {
		m.tol = t.Tolerance()
	}
	return m
}

// names joins the names of axes.
func names(axes []device.Axis) string {
	var list []string
	for _, a := range axes {
		list = append(list, a.Name())
	}
	return strings.Join(list, ", ")
}

// moveAll moves the axes whose set-point is new, at the same time. A failure
// ends the scan and with it the other moves.
func (r *runner) moveAll() {
	r.going, r.to = r.going[:0], r.to[:0]
	for k, m := range r.axes {
		if m.sent && m.to == r.want[k] {
			continue
		}
		m.sent, m.to = true, r.want[k]
		r.going, r.to = append(r.going, m.axis), append(r.to, m.to)
	}
	device.MoveEach(r.move, r.going, r.to, r.failed)
}

// readBack takes the real positions of point i and compares them with what was
// asked.
func (r *runner) readBack(i int) error {
	for k, m := range r.axes {
		at, err := r.whereIs(m)
		if err == nil {
			err = device.CheckPosition(m.name, m.axis.Unit(), at, r.want[k], m.tol)
		}
		if err != nil {
			return fmt.Errorf("point %d: %w", i, err)
		}
		r.at[k], r.row.Values[k] = at, at
	}
	for _, m := range r.parts {
		at, err := r.whereIs(m)
		if err != nil {
			return fmt.Errorf("point %d: %w", i, err)
		}
		m.to = at
	}
	return nil
}

// whereIs is the read-back of an axis: the one that ended its move, else a
// fresh one.
func (r *runner) whereIs(m *mover) (float64, error) {
	if m.last != nil && r.s.plan.StabTime == 0 {
		return m.last.LastPosition(), nil
	}
	return r.position(r.move, m)
}

// position reads an axis.
func (r *runner) position(ctx context.Context, m *mover) (float64, error) {
	turn := r.keeper.enterWithin(m.reading, r.o.Answer)
	at, err := m.axis.Position(ctx)
	r.keeper.leave(turn)
	return at, err
}

// MovedError says that an axis moved while the scan counted.
type MovedError struct {
	Axis     string
	Unit     string
	From, To float64
	Tol      float64
}

func (e *MovedError) Error() string {
	digits := max(0, int(math.Ceil(-math.Log10(e.Tol)-1e-9)))
	text := fmt.Sprintf("%s was moved by someone else: %.*f -> %.*f %s", e.Axis, digits, e.From, digits, e.To, e.Unit)
	return strings.TrimSuffix(text, " ") // without a unit
}

// unmoved reads the axes again after the count, and those behind calculated
// ones.
func (r *runner) unmoved(i int) error {
	for k, m := range r.axes {
		if err := r.stands(m, r.at[k]); err != nil {
			return fmt.Errorf("point %d: %w", i, err)
		}
	}
	for _, m := range r.parts {
		if err := r.stands(m, m.to); err != nil {
			return fmt.Errorf("point %d: %w", i, err)
		}
	}
	return nil
}

// stands reads an axis that should be where it was before the count.
func (r *runner) stands(m *mover, before float64) error {
	at, err := r.position(r.count, m)
	if err == nil && math.Abs(at-before) > m.tol*(1+1e-9) {
		return &MovedError{Axis: m.name, Unit: m.axis.Unit(), From: before, To: at, Tol: m.tol}
	}
	return err
}

// GoBack moves the axes of a finished scan to where they stood before it. The
// scan itself does so at its end if the plan asks for it, unless something is
// wrong with the axes or somebody wanted everything to stand still.
func (s *Scan) GoBack(ctx context.Context) error {
	s.mu.Lock()
	start, ended := s.start, s.state.Ended()
	s.mu.Unlock()
	if !ended {
		return errors.New("the scan has not ended")
	}
	if start == nil {
		return errors.New("where the axes stood before the scan is not known")
	}
	if s.opts.Reserve != nil && len(s.plan.Axes) > 0 {
		release, err := s.opts.Reserve(ctx, s.plan.Axes)
		if err != nil {
			return err
		}
		defer release()
	}
	return s.moveTo(ctx, start)
}

// Start gives the positions of the scanned axes before the scan; nil if they
// were not read yet.
func (s *Scan) Start() []float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]float64(nil), s.start...)
}

// moveTo moves all axes at the same time, if the guard lets it.
func (s *Scan) moveTo(ctx context.Context, to []float64) error {
	if s.opts.Guard != nil {
		if err := s.opts.Guard(ctx); err != nil {
			return err
		}
	}
	return MoveTogether(ctx, s.plan.Axes, to)
}
