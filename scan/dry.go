package scan

import (
	"math"
	"time"

	"blissh/device"
)

// A dry run (Options.Dry) takes a scan from Idle to its outcome without a point:
// what is checked before a scan is checked, the axes, which are stand-ins, go to
// where it would leave them, and the virtual time goes on by what it would take.
// Sinks, presets and counters hear nothing of it.

// pretend is prepare and takePoints of a dry run.
func (r *runner) pretend() error {
	for _, step := range []func() error{r.reserve, r.locate, r.resolve, r.checkAgain} {
		if r.s.ending(AfterPoint) {
			return errEnding
		}
		if err := step(); err != nil {
			return err
		}
	}
	r.info.Start, r.info.Planned = r.now(), r.s.planned()
	r.s.show(r.info)
	n, takes, late := r.s.affordable(r.o.Dry.Left())
	if err := r.leap(n); err != nil {
		return err
	}
	if err := r.o.Dry.Wait(r.count, takes); err != nil || r.s.ending(AfterPoint) {
		return errEnding // who ends the time says why
	}
	if late {
		r.s.Stop(&DeadlineError{After: r.s.plan.Deadline}, Now)
	}
	return nil
}

// affordable is how many points a scan takes, and how long that takes, with so
// much time left. late says that the scan's own deadline comes first.
func (s *Scan) affordable(left time.Duration) (n int, takes time.Duration, late bool) {
	limit := left
	if d := s.plan.Deadline; d > 0 && d < left {
		limit, late = d, true
	}
	n, takes = s.planned(), s.Estimate()
	switch {
	case n == 0 && limit == math.MaxInt64: // nobody knows how long it would go on
		return 1, s.plan.CountTime, false
	case n == 0:
		each := max(s.plan.CountTime+s.plan.SleepTime, time.Millisecond)
		return int((limit + s.plan.SleepTime) / each), limit, late
	case takes > limit:
		return int(float64(n) * float64(limit) / float64(takes)), limit, late
	}
	return n, takes, false
}

// leap takes the axes to the last of n points.
func (r *runner) leap(n int) error {
	r.s.taken.Store(int64(n))
	r.timing.Counting = times(n, r.s.plan.CountTime)
	if n == 0 || !r.s.setPoint(n-1, r.want) {
		return nil
	}
	return r.call(r.moving, func() error { return device.MoveTogether(r.move, r.s.plan.Axes, r.want) })
}

// now is the time of this run.
func (r *runner) now() time.Time {
	if r.o.Dry != nil {
		return r.o.Dry.Now()
	}
	return time.Now()
}
