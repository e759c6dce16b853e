package hooks

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"blissh/data"
	"blissh/device"
	"blissh/scan"
)

// PresetCallback is what a hook does around a scan, once it was added as a
// preset; Base has all of it. An error fails the scan; the three that stop are
// called for all presets whose counterpart was called, in reverse order, however
// the scan ends. A call may last: the scan waits for it, until it is to end.
type PresetCallback interface {
	OnPrepare(s *data.Scan) error              // before anything moves
	OnChainPrepare(controllers []string) error // these are triggered during a point
	OnStart(s *data.Scan) error                // at the first point, before it is counted
	OnChainStart() error
	OnPointPrepare(point int) error // before the move to a point
	OnPointStart(point int) error   // at the point, before the count
	OnPointStop(point int) error    // counters have been read
	OnChainStop() error
	OnStop(s *data.Scan) error
}

// Callback is all that a hook may be asked; whatever embeds Base is one.
type Callback interface {
	WatchdogCallback
	PresetCallback
}

// OnPrepare does nothing.
func (Base) OnPrepare(*data.Scan) error { return nil }

// OnChainPrepare does nothing.
func (Base) OnChainPrepare([]string) error { return nil }

// OnStart does nothing.
func (Base) OnStart(*data.Scan) error { return nil }

// OnChainStart does nothing.
func (Base) OnChainStart() error { return nil }

// OnPointPrepare does nothing.
func (Base) OnPointPrepare(int) error { return nil }

// OnPointStart does nothing.
func (Base) OnPointStart(int) error { return nil }

// OnPointStop does nothing.
func (Base) OnPointStop(int) error { return nil }

// OnChainStop does nothing.
func (Base) OnChainStop() error { return nil }

// OnStop does nothing.
func (Base) OnStop(*data.Scan) error { return nil }

// lastWord is how long a call may still take once the scan is to end.
const lastWord = 500 * time.Millisecond

// Preset makes the preset of a hook; nil if it has no such methods. One hook is
// always the same preset.
func (h *Hook) Preset() scan.Preset {
	if h.PresetCallback == nil {
		return nil
	}
	h.presetOnce.Do(func() { h.preset = &preset{h} })
	return h.preset
}

// preset is a hook around scans. What it calls is interpreted: on a goroutine of
// its own, recovered, and killed when the scan does not want to wait any more.
type preset struct{ h *Hook }

var (
	_ scan.ChainPreset = (*preset)(nil)
	_ scan.PointPreset = (*preset)(nil)
)

// Typed reports whether the hook was typed at the prompt.
func (p *preset) Typed() bool { return p.h.Typed }

// Record is how the hook stands in the description of a scan.
func (p *preset) Record() data.Hook { return p.h.Record() }

// Name is the hook's.
func (p *preset) Name() string { return p.h.Name }

func (p *preset) Prepare(ctx context.Context, s *scan.Scan) error {
	return p.call(ctx, func() error { return p.h.OnPrepare(s.Info()) })
}

func (p *preset) Start(ctx context.Context, s *scan.Scan) error {
	return p.call(ctx, func() error { return p.h.OnStart(s.Info()) })
}

func (p *preset) Stop(ctx context.Context, s *scan.Scan) error {
	return p.end(ctx, func() error { return p.h.OnStop(s.Info()) })
}

func (p *preset) PrepareChain(ctx context.Context, _ *scan.Scan, controllers []device.Controller) error {
	var names []string
	for _, c := range controllers {
		names = append(names, c.Name())
	}
	return p.call(ctx, func() error { return p.h.OnChainPrepare(names) })
}

func (p *preset) StartChain(ctx context.Context, _ *scan.Scan) error {
	return p.call(ctx, p.h.OnChainStart)
}

func (p *preset) StopChain(ctx context.Context, _ *scan.Scan) error {
	return p.end(ctx, p.h.OnChainStop)
}

func (p *preset) PreparePoint(ctx context.Context, _ *scan.Scan, i int) error {
	return p.call(ctx, func() error { return p.h.OnPointPrepare(i) })
}

func (p *preset) StartPoint(ctx context.Context, _ *scan.Scan, i int) error {
	return p.call(ctx, func() error { return p.h.OnPointStart(i) })
}

func (p *preset) StopPoint(ctx context.Context, _ *scan.Scan, i int) error {
	return p.end(ctx, func() error { return p.h.OnPointStop(i) })
}

// end is call for what has to be done in any case.
func (p *preset) end(ctx context.Context, f func() error) error {
	if p.h.Protect == nil {
		return p.call(ctx, f)
	}
	return p.call(ctx, func() error { return p.h.Protect(f) })
}

// call waits for f. When ctx ends, f is killed and has a last word.
func (p *preset) call(ctx context.Context, f func() error) error {
	done := make(chan error, 1)
	go func() {
		defer func() {
			if v := recover(); v != nil {
				done <- p.panicked(v)
			}
		}()
		done <- f()
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	if p.h.Kill != nil {
		p.h.Kill()
	}
	select {
	case <-done:
	case <-time.After(lastWord):
	}
	return context.Cause(ctx)
}

// panicked is the error of a panic: with its place in a script, of a command at the
// prompt as it is, else in the user's words.
func (p *preset) panicked(v any) error {
	if p.h.Where != nil {
		err := fmt.Errorf("panic: %v", v)
		if at := p.h.Where(err); at != "" {
			return fmt.Errorf("%s: %w", at, err)
		}
		return err
	}
	words, foreign := plain(v)
	err, isError := v.(error)
	if _, ofGo := v.(runtime.Error); isError && !ofGo && !foreign {
		return err
	}
	return fmt.Errorf("panic: %v", words)
}
