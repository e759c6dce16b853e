package session

import (
	"context"
	"errors"

	"blissh/data/store"
	"blissh/device"
)

// GoBack takes the axes of a scan that has ended to where they stood before it.
// It calls begin when nothing speaks against the move any more.
func (sc *Scan) GoBack(ctx context.Context, begin func()) error {
	to := sc.Start()
	switch {
	case !sc.State().Ended():
		return errors.New("the scan has not ended")
	case len(sc.Plan().Axes) == 0:
		return errors.New("the scan moved no axis")
	case to == nil:
		return errors.New("the scan ended before it knew where its axes stood: nothing moved")
	}
	return sc.session.moveList(ctx, begin, sc.Plan().Axes, to)
}

// moveList is MoveAfter for any kind of axis.
func (s *Session) moveList(ctx context.Context, begin func(), axes []device.Axis, targets []float64) error {
	ctx, cancel := context.WithCancelCause(ctx)
	m := &move{cancel: cancel}
	for _, a := range axes {
		if x, ok := a.(*device.MotorAxis); ok {
			m.list = append(m.list, x)
		}
	}
	err := s.inWork(ctx, m, func() error {
		defer cancel(nil)
		return s.moveAll(ctx, axes, targets, begin)
	})
	if err != nil && m.now.Load() {
		return &stoppedNow{err}
	}
	return err
}

// Bytes is the room that the scan takes in the store at most.
func (sc *Scan) Bytes() (int64, error) {
	info := sc.Info()
	if sc.session.options.Dry != nil && sc.State().Ended() {
		info.Planned = info.Taken // also of a scan without an end
	}
	return store.Predict(info)
}
