package scan

import (
	"context"
	"fmt"
	"slices"
	"time"

	"blissh/data"
)

// beginEnd lists what is to be done at the end, whatever happened before.
func (r *runner) beginEnd() {
	s := r.s
	s.enter(Stopping)
	s.mu.Lock()
	s.hurry()
	s.mu.Unlock()
	for range r.pointPresets {
		r.todo = append(r.todo, r.stopLastPoint)
	}
	r.todo = append(r.todo, func() { r.bounded("end the readers", r.closeChain) })
	for i := len(r.chainPresets) - 1; i >= 0; i-- {
		c := r.chainPresets[i]
		r.todo = append(r.todo, func() {
			r.presetStop(c, "stop chain", func(ctx context.Context) error { return c.StopChain(ctx, r.s) })
		})
	}
	if prepared := r.prepared.take(); len(prepared) > 0 {
		r.todo = append(r.todo, func() { r.stopControllers(prepared) })
	}
	for i := len(r.presets) - 1; i >= 0; i-- {
		p := r.presets[i]
		r.todo = append(r.todo, func() {
			r.presetStop(p, "stop", func(ctx context.Context) error { return p.Stop(ctx, r.s) })
		})
	}
	r.todo = append(r.todo, r.goBack, r.locateEnd, r.unreserve, r.sumUp)
	for _, out := range r.sinks {
		if f, ok := out.sink.(Finisher); ok {
			r.todo = append(r.todo, func() { r.brief("finish the sinks", r.finisher(f)) })
		}
	}
	r.todo = append(r.todo, r.refuseRest, r.conclude)
	for _, out := range r.sinks {
		r.todo = append(r.todo, func() { r.tellEnd(out) })
	}
	r.todo = append(r.todo, r.end)
}

// finish does what is left of the end, each step once.
func (r *runner) finish() {
	for len(r.todo) > 0 {
		step := r.todo[0]
		r.todo = r.todo[1:]
		step()
	}
	close(r.keeper.over)
}

// bounded does one step of the clean-up under a fresh context with a limit; an
// error or a panic of it prevents no other step.
func (r *runner) bounded(what string, f func(context.Context) error) {
	ctx, cancel := context.WithTimeout(r.base, r.o.CleanUp)
	defer cancel()
	r.step(ctx, what, f)
}

// brief is bounded for a sink, which has no more than sinkTime after Hurry.
func (r *runner) brief(what string, f func(context.Context) error) {
	ctx, cancel := r.sinkContext()
	defer cancel()
	r.step(ctx, what, f)
}

func (r *runner) step(ctx context.Context, what string, f func(context.Context) error) {
	r.s.fail(r.call(what, func() error {
		return safely(what+": panic", func() error { return f(ctx) })
	}))
}

// sinkTime is how long a sink may still take for the end after Hurry: enough
// for a store that answers.
const sinkTime = 80 * time.Millisecond

// sinkContext is a fresh context with the limit of a clean-up step, or of
// sinkTime once somebody has said Hurry.
func (r *runner) sinkContext() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(r.base, r.o.CleanUp)
	stop := context.AfterFunc(r.s.rush, func() { time.AfterFunc(sinkTime, cancel) })
	return ctx, func() {
		stop()
		cancel()
	}
}

// closeChain ends the goroutines that read.
func (r *runner) closeChain(context.Context) error {
	r.chain.close()
	return nil
}

// goBack takes the axes to where they were, if the plan asks for it and
// nothing speaks against it. A press of Ctrl-C ends it.
func (r *runner) goBack() {
	start, ctx := r.s.returning(r.base)
	if start == nil {
		return
	}
	begin := time.Now()
	turn := r.keeper.enterPatient("go back")
	err := safely("panic", func() error { return r.s.moveTo(ctx, start) })
	r.keeper.leave(turn)
	r.timing.Motion += time.Since(begin)
	r.s.mu.Lock()
	r.s.cancelBack(nil)
	r.s.cancelBack = nil
	r.s.returned = err == nil
	r.s.mu.Unlock()
	if err != nil {
		r.s.fail(fmt.Errorf("go back: %w", err))
	}
}

// returning begins the way back, or gives nil when nothing may move.
func (s *Scan) returning(base context.Context) ([]float64, context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.plan.Return || s.next == 0 || !s.mayReturn() {
		return nil, nil
	}
	ctx, cancel := context.WithCancelCause(base)
	s.cancelBack = cancel
	return s.start, ctx
}

// mayReturn: after done, stopped and one Ctrl-C; not when more than that
// happened. s.mu is held.
func (s *Scan) mayReturn() bool {
	outcome, _ := settle(s.cause, s.later)
	switch outcome {
	case data.Done, data.Stopped:
		return !s.haste
	case data.Aborted:
		return s.level.Load() <= levelOf(Gently) && len(s.later) == 0
	}
	return false
}

// unreserve gives the axes back.
func (r *runner) unreserve() {
	release := r.release
	r.release = nil
	if release != nil {
		r.bounded("release the axes", func(context.Context) error {
			release()
			return nil
		})
	}
}

// locateEnd reads where the axes are, for the record of a scan that is saved. An
// end that hurries does without.
func (r *runner) locateEnd() {
	if r.o.Positions == nil || !r.info.Save || len(r.sinks) == 0 || r.s.rush.Err() != nil {
		return
	}
	r.brief("read the axes", func(ctx context.Context) error {
		axes := slices.Clone(r.info.Axes)
		for _, now := range r.o.Positions(ctx) {
			if i := slices.IndexFunc(axes, func(a data.Axis) bool { return a.Name == now.Name }); i >= 0 {
				axes[i].End = now.Start
			}
		}
		r.info.Axes = axes
		return nil
	})
}

// sumUp writes into the description what was taken and how long that took.
func (r *runner) sumUp() {
	d := r.info
	d.End = r.now()
	d.Taken, d.Planned = int(r.s.taken.Load()), r.s.planned()
	d.Timing = r.timing
	d.Timing.Total = d.End.Sub(r.began)
	d.Timing.Overhead = d.Timing.Total - d.Timing.Counting - d.Timing.Motion - d.Timing.Paused
}

// finisher has one sink finish, and shows it the outcome as it is so far.
func (r *runner) finisher(f Finisher) func(context.Context) error {
	d := *r.info
	r.s.mu.Lock()
	outcome, err := settle(r.s.cause, r.s.later)
	r.s.mu.Unlock()
	d.Outcome, d.Reason = outcome, reason(err)
	return func(ctx context.Context) error { return f.Finish(ctx, &d) }
}

// conclude settles the outcome; what comes later cannot change it, save a sink
// that does not take the end.
func (r *runner) conclude() {
	s := r.s
	s.mu.Lock()
	outcome, err := settle(s.cause, s.later)
	s.closed = true
	s.mu.Unlock()
	r.describeEnd(outcome, err)
}

// describeEnd writes outcome and reason into the description.
func (r *runner) describeEnd(outcome data.Outcome, err error) {
	r.info.Outcome, r.info.Reason, r.outcome = outcome, reason(err), err
	r.s.show(r.info)
}

// reason is an error as a description holds it.
func reason(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// tellEnd hands the end to one sink, under a fresh context with a limit. A
// sink that does not take it makes the scan a failed one for those after it.
func (r *runner) tellEnd(out *outlet) {
	ctx, cancel := r.sinkContext()
	defer cancel()
	d := r.info
	e := &data.EndScan{Node: data.ScanNode(d), Outcome: d.Outcome, Reason: d.Reason, Points: d.Taken}
	err := r.call("end the sinks", func() error {
		return safely("panic", func() error { return out.sink.Put(ctx, e) })
	})
	if err == nil {
		return
	}
	outcome := data.Failed
	if d.Outcome == data.Aborted {
		outcome = data.Aborted
	}
	r.describeEnd(outcome, &endError{first: r.outcome, later: []error{err}})
}

// end makes the outcome known and lets Run return.
func (r *runner) end() {
	s := r.s
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cancelCount(nil)
	s.shown = *r.info
	s.state = stateOf(r.info.Outcome)
	if s.state == Aborted || s.state == Failed {
		s.result = r.outcome
	}
	close(s.done)
}
