package session

import (
	"context"

	"blissh/device"
)

// Search does a motion of one axis whose end is not known, a search for a
// switch, as Move does one: the axis is reserved, Ctrl-C ends it. It calls
// begin just before.
func (s *Session) Search(ctx context.Context, begin func(), a *device.MotorAxis, f func(context.Context, *device.MotorAxis) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	m := &move{list: []*device.MotorAxis{a}, cancel: cancel}
	return s.inWork(ctx, m, func() error {
		defer cancel(nil)
		release, err := s.reserve(ctx, []device.Axis{a})
		if err != nil {
			return err
		}
		defer release()
		if err := s.guard(ctx); err != nil {
			return err
		}
		begin()
		return f(ctx, a)
	})
}
