package scan_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"blissh/data"
	"blissh/device"
	"blissh/device/sim"
	"blissh/scan"
)

// watcher is a preset of all three kinds that notes its calls and fails at one.
type watcher struct {
	diary
	panics bool
}

func (w *watcher) tell(ctx context.Context, what string) error {
	if w.panics && what == w.fails {
		panic("ouch")
	}
	return w.note(ctx, what)
}

func (w *watcher) PrepareChain(ctx context.Context, _ *scan.Scan, list []device.Controller) error {
	return w.tell(ctx, "chain prepare "+list[0].Name())
}
func (w *watcher) StartChain(ctx context.Context, _ *scan.Scan) error {
	return w.tell(ctx, "chain start")
}
func (w *watcher) StopChain(ctx context.Context, _ *scan.Scan) error {
	return w.tell(ctx, "chain stop")
}
func (w *watcher) PreparePoint(ctx context.Context, _ *scan.Scan, i int) error {
	return w.tell(ctx, fmt.Sprint("prepare ", i))
}
func (w *watcher) StartPoint(ctx context.Context, _ *scan.Scan, i int) error {
	return w.tell(ctx, fmt.Sprint("start ", i))
}
func (w *watcher) StopPoint(ctx context.Context, _ *scan.Scan, i int) error {
	return w.tell(ctx, fmt.Sprint("stop ", i))
}

var (
	_ scan.ChainPreset = (*watcher)(nil)
	_ scan.PointPreset = (*watcher)(nil)
)

// TestPresetsOfAllKindsAreToldInOrder: two presets around a scan of two points,
// and every call of the second one failing in turn: whatever was begun is ended,
// in reverse order, and the first error is the scan's.
func TestPresetsOfAllKindsAreToldInOrder(t *testing.T) {
	const begun = "a prepare, b prepare, a chain prepare gauss_ctl, b chain prepare gauss_ctl, a prepare 0, b prepare 0"
	const running = begun + ", a start, b start, a chain start, b chain start, a start 0, b start 0"
	const point0 = running + ", b stop 0, a stop 0, a prepare 1, b prepare 1"
	const point1 = point0 + ", a start 1, b start 1, b stop 1, a stop 1"
	const end, all = ", b stop, a stop", ", b chain stop, a chain stop, b stop, a stop"
	for _, c := range []struct{ fails, calls, reason string }{
		{"", point1 + all, ""},
		{"prepare", "a prepare, b prepare" + end, "preset b: prepare: no vacuum"},
		{"chain prepare gauss_ctl", strings.TrimSuffix(begun, ", a prepare 0, b prepare 0") + all, "preset b: prepare chain: no vacuum"},
		{"prepare 0", begun + ", b stop 0, a stop 0" + all, "point 0: preset b: prepare point: no vacuum"},
		{"start", begun + ", a start, b start, b stop 0, a stop 0" + all, "preset b: start: no vacuum"},
		{"chain start", strings.TrimSuffix(running, ", a start 0, b start 0") + ", b stop 0, a stop 0" + all, "preset b: start chain: no vacuum"},
		{"start 0", running + ", b stop 0, a stop 0" + all, "point 0: preset b: start point: no vacuum"},
		{"stop 0", running + ", b stop 0, a stop 0" + all, "preset b: stop point 0: no vacuum"},
		{"prepare 1", point0 + ", b stop 1, a stop 1" + all, "point 1: preset b: prepare point: no vacuum"},
		{"chain stop", point1 + all, "preset b: stop chain: no vacuum"},
		{"stop", point1 + all, "preset b: stop: no vacuum"},
	} {
		for _, panics := range []bool{false, true} {
			if panics && (c.fails == "" || c.fails == "prepare" || c.fails == "start" || c.fails == "stop") {
				continue // those of diary do not panic
			}
			t.Run(c.fails+fmt.Sprint(" panics ", panics), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					b := newStand(t)
					var calls []string
					b.plan.Trajectory = scan.Linear{Start: []float64{10}, Stop: []float64{11}, Intervals: 1}
					second := &watcher{diary: diary{name: "b", to: &calls, fails: c.fails}, panics: panics}
					b.plan.Presets = []scan.Preset{&watcher{diary: diary{name: "a", to: &calls}}, second}
					err := b.make().Run(t.Context())
					b.atRest()
					calls = slices.DeleteFunc(calls, func(s string) bool { return panics && s == "b "+c.fails })
					want := strings.Split(c.calls, ", ")
					want = slices.DeleteFunc(want, func(s string) bool { return panics && s == "b "+c.fails })
					if !slices.Equal(calls, want) {
						t.Errorf("calls\n %v, want\n %v", calls, want)
					}
					reason := c.reason
					if panics {
						reason = strings.ReplaceAll(reason, "no vacuum", "panic: ouch")
					}
					if got := b.s.Info().Reason; !strings.HasSuffix(got, strings.TrimPrefix(reason, "preset b: ")) || (err == nil) != (reason == "") {
						t.Errorf("reason %q, want %q", got, reason)
					}
				})
			})
		}
	}
}

// TestAPointPresetIsCalledOnceForEachPoint, the last one of a stopped scan
// included.
func TestAPointPresetIsCalledOnceForEachPoint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newStand(t)
		var calls []string
		b.opts.Presets = func() []scan.Preset { return []scan.Preset{&watcher{diary: diary{name: "p", to: &calls}}} }
		s := b.make()
		at(inMove, func() { s.Stop(&scan.StopError{By: "hook"}, scan.Now) })
		if err := s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		count := map[string]int{}
		for _, c := range calls {
			count[c]++
		}
		for what, want := range map[string]int{
			"p prepare 0": 1, "p start 0": 1, "p stop 0": 1, "p prepare 1": 1, "p start 1": 0, "p stop 1": 1, "p prepare 2": 0, "p stop": 1,
		} {
			if count[what] != want {
				t.Errorf("%s: %d times, want %d; %v", what, count[what], want, calls)
			}
		}
	})
}

// TestADeviceThatFailsOnTheWayBack is the last stage that can fail: everything
// is at rest and all data are kept.
func TestADeviceThatFailsOnTheWayBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newStand(t)
		var calls []string
		b.plan.Relative, b.plan.Return = true, true
		b.plan.Presets = []scan.Preset{&diary{name: "a", to: &calls}}
		b.motor.FailAfter(sim.Start, 11, errors.New("boom"))
		err := b.make().Run(t.Context())
		if where := b.atRest(); where != 20 || err == nil {
			t.Errorf("robz is at %v, error %v", where, err)
		}
		info := b.s.Info()
		if info.Outcome != data.Failed || info.Reason != "go back: robz: start: boom" || info.Taken != 11 || b.s.Returned() {
			t.Errorf("%v, %d points: %s", info.Outcome, info.Taken, info.Reason)
		}
		if !slices.Equal(calls, []string{"a prepare", "a start", "a stop"}) {
			t.Error(calls)
		}
	})
}

// TestABlockedPresetIsInterrupted: a preset may pause the scan by blocking, and a
// stop ends that.
func TestABlockedPresetIsInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newStand(t)
		var calls []string
		b.plan.Presets = []scan.Preset{&watcher{diary: diary{name: "p", to: &calls, fails: "start 1", block: true}}}
		s := b.make()
		at(time.Hour, func() { s.Interrupt() })
		if err := s.Run(t.Context()); !errors.Is(err, scan.ErrInterrupted) {
			t.Error(err)
		}
		b.atRest()
		if len(b.notes.rows) != 1 || calls[len(calls)-3] != "p stop 1" {
			t.Errorf("%d rows; %v", len(b.notes.rows), calls)
		}
	})
}
