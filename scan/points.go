package scan

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"blissh/data"
	"blissh/device"
)

// takePoints is the loop over the points; the axes are at the first one.
func (r *runner) takePoints() error {
	for i := 0; ; i++ {
		if i > 0 {
			more, err := r.next(i)
			if err != nil || !more {
				return err
			}
		}
		if err := r.point(i); err != nil {
			return err
		}
	}
}

// next sleeps and goes to point i, unless the scan ends before it.
func (r *runner) next(i int) (more bool, err error) {
	if err := r.between(i); err != nil {
		return false, err
	}
	if r.s.ending(AfterPoint) {
		return false, nil
	}
	if d := r.s.plan.SleepTime; d > 0 {
		if n := r.s.planned(); n > 0 && i >= n {
			return false, nil
		}
		if err := r.rest(d); err != nil {
			return false, err
		}
		if r.s.ending(AfterPoint) {
			return false, nil
		}
	}
	return r.goTo(i)
}

// between is where a scan is steered: point i is the next one.
func (r *runner) between(i int) error {
	if err := r.advise(i); err != nil {
		return err
	}
	if err := r.steer(i); err != nil {
		return err
	}
	return r.lastCall(i)
}

// rest waits for d; it counts as motion.
func (r *runner) rest(d time.Duration) error {
	begin := time.Now()
	err := r.o.Wait(r.move, d)
	r.timing.Motion += time.Since(begin)
	return err
}

// goTo takes all axes to point i, if there is such a point.
func (r *runner) goTo(i int) (more bool, err error) {
	if err := r.steer(i); err != nil {
		return false, err
	}
	if r.s.ending(AfterPoint) {
		return false, nil
	}
	if err := r.mayGoOn(r.move); err != nil {
		return false, err
	}
	if !r.s.setPoint(i, r.want) {
		return false, nil
	}
	if err := r.preparePoint(i); err != nil {
		return false, err
	}
	if len(r.axes) == 0 {
		return true, nil
	}
	begin := time.Now()
	turn := r.keeper.enter(r.moving)
	r.moveAll()
	r.keeper.leave(turn)
	r.timing.Motion += time.Since(begin)
	if r.s.ending(Gently) {
		return false, errEnding
	}
	if d := r.s.plan.StabTime; d > 0 {
		if err := r.rest(d); err != nil {
			return false, err
		}
	}
	return true, nil
}

// setPoint begins point i: its set-points are final from now on.
func (s *Scan) setPoint(i int, want []float64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := s.route.length(); n > 0 && i >= n {
		return false
	}
	s.route.at(i, want)
	s.next = i + 1
	return true
}

// await waits until a sink lets the scan go on. Where presets can pause, a wait
// of more than a moment is one.
func (r *runner) await(ctx context.Context, k Ready) error {
	turn := r.keeper.enter("wait for the data to be published")
	defer func() { r.keeper.leave(turn) }()
	if !r.canPause() {
		return k.Ready(ctx)
	}
	answer := make(chan error, 1)
	go func() { answer <- k.Ready(ctx) }()
	select {
	case err := <-answer:
		return err
	case <-time.After(pauseAfter):
	}
	err := r.tellPausers(Pauser.Pause, "pause")
	return errors.Join(<-answer, err, r.tellPausers(Pauser.Resume, "resume"))
}

func (r *runner) canPause() bool {
	return slices.ContainsFunc(r.presets, func(p Preset) bool { _, ok := p.(Pauser); return ok })
}

// tellPausers calls one method of all presets that can pause, each under a fresh
// bounded context.
func (r *runner) tellPausers(f func(Pauser, context.Context, *Scan) error, what string) error {
	var errs []error
	for _, p := range r.presets {
		if k, ok := p.(Pauser); ok {
			ctx, cancel := context.WithTimeout(context.Background(), r.o.CleanUp)
			if err := f(k, ctx, r.s); err != nil {
				errs = append(errs, fmt.Errorf("%s: %s: %w", presetName(p), what, err))
			}
			cancel()
		}
	}
	return errors.Join(errs...)
}

// mayGoOn asks the sinks that may hold the scan back, and the guard.
func (r *runner) mayGoOn(ctx context.Context) error {
	for _, k := range r.ready {
		if err := r.await(ctx, k); err != nil {
			return err
		}
	}
	if r.o.Guard != nil {
		if err := r.o.Guard(ctx); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return errEnding
	}
	return nil
}

// point counts where the axes are and hands the row to the sinks. A row is
// published whole or not at all.
func (r *runner) point(i int) error {
	if err := r.readBack(i); err != nil {
		return err
	}
	if err := r.mayGoOn(r.move); err != nil {
		return err
	}
	if err := r.startPoint(i); err != nil {
		return err
	}
	counted := r.countPoint(i)
	r.stopPoint()
	if !counted || r.s.ending(Now) {
		return errEnding
	}
	if err := r.unmoved(i); err != nil {
		return err
	}
	return r.publish()
}

// countPoint triggers, counts and reads; failures end the scan. It does nothing
// if somebody wants to have no more counts.
func (r *runner) countPoint(i int) bool {
	begin := time.Now()
	if i == 0 {
		r.first = begin
	}
	elapsed := begin.Sub(r.first)
	values := r.row.Values[len(r.axes):]
	values[0] = elapsed.Seconds()
	values[1] = float64(r.first.UnixNano()+int64(elapsed)) * 1e-9
	r.row.Index, r.row.Time = i, begin

	end := begin.Add(r.counted)
	if !r.s.beginCount(end) {
		return false
	}
	turn := r.keeper.enterWithin(counting, r.counted+r.o.Answer)
	r.chain.count(r.count, device.Point{Index: i, CountTime: r.counted, Positions: r.at}, end, r.row)
	r.keeper.leave(turn)
	r.s.countEnd.Store(0)
	r.timing.Counting += time.Since(begin)
	return true
}

// beginCount is the last look at the level before a count. Whoever stops the
// scan after it finds the end of the count.
func (s *Scan) beginCount(end time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ending(Gently) {
		return false
	}
	s.countEnd.Store(int64(end.Sub(s.base)))
	return true
}

// failPoint ends the scan because of a failure at the point in progress.
func (s *Scan) failPoint(err error) {
	s.mu.Lock()
	i := s.next - 1
	s.mu.Unlock()
	s.fail(fmt.Errorf("point %d: %w", i, err))
}

// publish hands the row to all sinks. The first one may refuse it while the
// scan is being cancelled; once it has the row, all get it.
func (r *runner) publish() error {
	var failed error
	ctx := r.count
	for i, out := range r.sinks {
		turn := r.keeper.enter("publish")
		err := out.sink.Put(ctx, r.row)
		r.keeper.leave(turn)
		if err != nil && i == 0 && ctx.Err() != nil {
			return err
		}
		if err != nil && failed == nil {
			failed = err
		}
		ctx = r.base
	}
	r.s.taken.Add(1)
	return failed
}

// outlet is a sink of a run.
type outlet struct {
	sink Sink
	busy bool // with an answer; it stays so when that was left behind
}

// tellAll puts an event into every sink, also after one has failed, and gives
// the first error. A sink that has not come back from the last one is left out.
func (r *runner) tellAll(e data.Event) error {
	var failed error
	for _, out := range r.sinks {
		if out.busy {
			continue
		}
		out.busy = true
		err := r.call("tell the sinks", func() error {
			return safely("panic", func() error { return out.sink.Put(r.count, e) })
		})
		out.busy = false
		if err != nil && failed == nil {
			failed = err
		}
	}
	return failed
}
