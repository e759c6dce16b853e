package scan

import (
	"context"
	"fmt"
	"time"

	"blissh/device"
)

// Preset is code around a scan. Prepare comes before anything moves, Start
// before the first count, Stop in reverse order at the end, under a fresh
// bounded context, for every preset whose Prepare was called. An error of any of
// them fails the scan; the first one is the scan's, all other presets are
// stopped none the less.
type Preset interface {
	Prepare(ctx context.Context, s *Scan) error
	Start(ctx context.Context, s *Scan) error
	Stop(ctx context.Context, s *Scan) error
}

// ChainPreset is a preset that wants to know what is triggered during a point.
// PrepareChain comes just before the controllers are prepared, StartChain just
// before the first point, StopChain in reverse order before the controllers are
// stopped, for every preset whose PrepareChain was called.
type ChainPreset interface {
	Preset
	PrepareChain(ctx context.Context, s *Scan, controllers []device.Controller) error
	StartChain(ctx context.Context, s *Scan) error
	StopChain(ctx context.Context, s *Scan) error
}

// PointPreset is a preset around every point. PreparePoint comes before the move
// to the point, StartPoint at rest before the trigger, StopPoint in reverse order
// when the counters have been read, under a fresh bounded context, for every
// preset whose PreparePoint was called.
type PointPreset interface {
	Preset
	PreparePoint(ctx context.Context, s *Scan, point int) error
	StartPoint(ctx context.Context, s *Scan, point int) error
	StopPoint(ctx context.Context, s *Scan, point int) error
}

// Pauser is a preset that is told when the scan has to wait for its store, and
// when it goes on: it closes a shutter, say. Resume follows every Pause, before
// anything moves or counts again, also when the scan is to end.
type Pauser interface {
	Pause(ctx context.Context, s *Scan) error
	Resume(ctx context.Context, s *Scan) error
}

// BasePreset does nothing: a preset that embeds it has only to write what it
// needs.
type BasePreset struct{}

// Prepare does nothing.
func (BasePreset) Prepare(context.Context, *Scan) error { return nil }

// Start does nothing.
func (BasePreset) Start(context.Context, *Scan) error { return nil }

// Stop does nothing.
func (BasePreset) Stop(context.Context, *Scan) error { return nil }

var _ Preset = BasePreset{}

// pauseAfter is how long a sink may hold the scan back before it is a pause.
const pauseAfter = 100 * time.Millisecond

// presetName is how errors call a preset: by its Name, if it has one.
func presetName(p Preset) string {
	if n, ok := p.(interface{ Name() string }); ok {
		return "preset " + n.Name()
	}
	return fmt.Sprintf("preset %T", p)
}

// preset calls one method of a preset and names it in the error.
func (r *runner) preset(p Preset, what string, f func(ctx context.Context) error) error {
	what = presetName(p) + ": " + what
	err := r.call(what, func() error {
		return safely("panic", func() error { return f(r.move) })
	})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// presetStop calls one method that ends what a preset has begun.
func (r *runner) presetStop(p Preset, what string, f func(ctx context.Context) error) {
	what = presetName(p) + ": " + what
	r.bounded(what, func(ctx context.Context) error {
		if err := f(ctx); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		return nil
	})
}

// preparePresets prepares the presets in order.
func (r *runner) preparePresets() error {
	for _, p := range r.allPresets() {
		if r.s.ending(AfterPoint) {
			return errEnding
		}
		r.presets = append(r.presets, p)
		if err := r.preset(p, "prepare", func(ctx context.Context) error { return p.Prepare(ctx, r.s) }); err != nil {
			return err
		}
	}
	return nil
}

// allPresets are those of the session, of the plan, and those that were added.
func (r *runner) allPresets() (all []Preset) {
	if r.o.Presets != nil {
		all = r.o.Presets()
	}
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	return append(all, r.s.presets...)
}

// startPresets starts the presets in order.
func (r *runner) startPresets() error {
	for _, p := range r.presets {
		if r.s.ending(Gently) {
			return errEnding
		}
		if err := r.preset(p, "start", func(ctx context.Context) error { return p.Start(ctx, r.s) }); err != nil {
			return err
		}
	}
	return nil
}

// prepareChainPresets tells the presets which controllers take part.
func (r *runner) prepareChainPresets() error {
	var controllers []device.Controller
	for _, g := range r.chain.groups {
		controllers = append(controllers, g.controller)
	}
	for _, p := range r.presets {
		c, ok := p.(ChainPreset)
		if !ok {
			continue
		}
		r.chainPresets = append(r.chainPresets, c)
		if err := r.preset(p, "prepare chain", func(ctx context.Context) error { return c.PrepareChain(ctx, r.s, controllers) }); err != nil {
			return err
		}
	}
	return nil
}

// startChainPresets comes last before the first point.
func (r *runner) startChainPresets() error {
	for _, c := range r.chainPresets {
		if r.s.ending(Gently) {
			return errEnding
		}
		if err := r.preset(c, "start chain", func(ctx context.Context) error { return c.StartChain(ctx, r.s) }); err != nil {
			return err
		}
	}
	return nil
}

// preparePoint is told before the move to a point.
func (r *runner) preparePoint(i int) error {
	r.pointIndex = i
	for _, p := range r.presets {
		k, ok := p.(PointPreset)
		if !ok {
			continue
		}
		r.pointPresets = append(r.pointPresets, k)
		if err := r.pointPreset(k, "prepare point", i, k.PreparePoint); err != nil {
			return err
		}
	}
	return nil
}

// startPoint is told before the trigger.
func (r *runner) startPoint(i int) error {
	for _, k := range r.pointPresets {
		if err := r.pointPreset(k, "start point", i, k.StartPoint); err != nil {
			return err
		}
	}
	return nil
}

// pointPreset calls one method and says at which point it failed.
func (r *runner) pointPreset(k PointPreset, what string, i int, f func(context.Context, *Scan, int) error) error {
	err := r.preset(k, what, func(ctx context.Context) error { return f(ctx, r.s, i) })
	if err != nil {
		return fmt.Errorf("point %d: %w", i, err)
	}
	return nil
}

// stopPoint ends what preparePoint has begun, in reverse order.
func (r *runner) stopPoint() {
	for range len(r.pointPresets) {
		r.stopLastPoint()
	}
}

// stopLastPoint ends one preset's part in the point, the last one that is left.
func (r *runner) stopLastPoint() {
	n := len(r.pointPresets)
	if n == 0 {
		return
	}
	k, i := r.pointPresets[n-1], r.pointIndex
	r.pointPresets = r.pointPresets[:n-1]
	r.presetStop(k, fmt.Sprintf("stop point %d", i), func(ctx context.Context) error { return k.StopPoint(ctx, r.s, i) })
}
