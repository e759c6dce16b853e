package hooks

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"blissh/data"
	"blissh/scan"
)

// peakHook ends a scan at the first value above 5.
type peakHook struct{ Base }

func (*peakHook) OnScanData(d *scan.Data) error {
	if d.Value("diode") > 5 {
		return scan.StopAfterPoint
	}
	return nil
}

func TestHookOfACompiledType(t *testing.T) {
	h := HookOf(&peakHook{})
	if h.Name != "peakHook" || h.Place() != "" {
		t.Errorf("%s at %q", h.Name, h.Place())
	}
	if HookOf(h) != h {
		t.Error("a hook was wrapped twice")
	}
	if got := HookOf(struct{ Base }{}).Name; got != "watchdog" {
		t.Errorf("a type without a name is called %q", got)
	}
}

func TestHookEndsAScan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := HookOf(&peakHook{})
		h.File, h.Line = "scripts/peak.go", 12
		var cause error
		w, _ := h.Watchdog(WatchOptions{Stop: func(err error, _ scan.When) { cause = err }})
		s := &data.Scan{Name: "loopscan", Channels: []data.Channel{{Name: "diode"}}}
		w.Put(t.Context(), &data.NewNode{Node: data.ScanNode(s)})
		w.Put(t.Context(), &data.Row{Values: []float64{7}})
		synctest.Wait()
		w.Put(t.Context(), &data.EndScan{Node: data.ScanNode(s), Outcome: data.Stopped})
		var stop *scan.StopError
		if !errors.As(cause, &stop) || stop.By != "hook peakHook" {
			t.Errorf("got %v", cause)
		}
	})
}

// brokenHook fails in its own way.
type brokenHook struct {
	Base
	killed chan struct{}
}

func (h *brokenHook) OnScanNew(*data.Scan) error { <-h.killed; return nil }

func TestWatchdogKillsThroughTheHook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cb := &brokenHook{killed: make(chan struct{})}
		h := &Hook{WatchdogCallback: cb, Name: "Broken", File: "broken.go", Line: 3, Kill: func() { close(cb.killed) }}
		var cause error
		w, _ := h.Watchdog(WatchOptions{Budget: time.Second, Stop: func(err error, _ scan.When) { cause = err }})
		s := &data.Scan{Name: "ct"}
		w.Put(context.Background(), &data.NewNode{Node: data.ScanNode(s)})
		w.Put(context.Background(), &data.EndScan{Node: data.ScanNode(s), Outcome: data.Failed})
		if cause == nil || cause.Error() != "hook Broken (broken.go:3): OnScanNew took longer than 1s" {
			t.Errorf("got %v", cause)
		}
	})
}

func TestWithinLeavesASlowScriptBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		_, err := within(t.Context(), startLimit, func() (int, error) { time.Sleep(time.Minute); return 1, nil })
		if err == nil || err.Error() != "not ready after 5s" || time.Since(begin) != startLimit {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
		time.Sleep(time.Minute) // the script comes back to nobody
	})
}

// slowEnd is a hook whose end takes until it is let go.
type slowEnd struct {
	Base
	release chan struct{}
}

func (h *slowEnd) OnScanEnd(*data.Scan) error { <-h.release; return nil }

// TestAHookIsRetiredWhenItHasComeBack: what it holds is given back no earlier, and
// it is asked to end.
func TestAHookIsRetiredWhenItHasComeBack(t *testing.T) {
	for _, obeys := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			cb := &slowEnd{release: make(chan struct{})}
			h := HookOf(&lenient{cb})
			var killed, closed atomic.Bool
			h.Kill = func() {
				killed.Store(true)
				if obeys {
					close(cb.release)
				}
			}
			h.Close = func() { closed.Store(true) }
			w, _ := h.Watchdog(WatchOptions{Linger: func(*scan.Watchdog) {}, Warn: func(string) {}})
			s := &data.Scan{Name: "loopscan"}
			w.Put(t.Context(), &data.NewNode{Node: data.ScanNode(s)})
			w.Put(t.Context(), &data.EndScan{Node: data.ScanNode(s), Outcome: data.Done})
			h.Retire()
			synctest.Wait()
			if !killed.Load() || closed.Load() != obeys {
				t.Errorf("killed %v, closed %v", killed.Load(), closed.Load())
			}
			if !obeys {
				close(cb.release)
			}
			time.Sleep(time.Second)
			if !closed.Load() {
				t.Error("never closed")
			}
		})
	}
}

// lenient is a hook that may fail.
type lenient struct{ WatchdogCallback }

func (*lenient) OnFailure() scan.Policy { return GoOn }
