package session

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"blissh/data"
	"blissh/hooks"
	"blissh/scan"
)

// countingHook counts what it is shown and may end the scan at a point.
type countingHook struct {
	hooks.Base
	begun, points, ended atomic.Int32
	stopAt               int // index; 0: never
}

func (h *countingHook) OnScanNew(*data.Scan) error { h.begun.Add(1); return nil }
func (h *countingHook) OnScanEnd(*data.Scan) error { h.ended.Add(1); return nil }

func (h *countingHook) Mode() scan.Mode { return hooks.Gate }

func (h *countingHook) OnScanData(d *scan.Data) error {
	h.points.Add(int32(d.Covered()))
	if h.stopAt > 0 && d.Index() == h.stopAt {
		return fmt.Errorf("ramp is %g: %w", d.Value("ramp"), scan.StopIteration)
	}
	return nil
}

func (h *countingHook) seen() string {
	return fmt.Sprintf("%d %d %d", h.begun.Load(), h.points.Load(), h.ended.Load())
}

func (s *testScan) watchedBy(cb hooks.WatchdogCallback) {
	s.t.Helper()
	var h *hooks.Hook
	if cb != nil {
		h = hooks.HookOf(cb)
	}
	if err := s.SetWatchdog(h); err != nil {
		s.t.Fatal(err)
	}
}

func TestWatchdogEndsTheScan(t *testing.T) {
	t.Parallel()
	l := open(t, startEmbedded(t).url, sessionName(t))
	h := &countingHook{stopAt: 3}
	sc := l.ascan("m", 0, 10, 10)
	sc.watchedBy(h)
	if err := sc.run(); err != nil {
		t.Error(err)
	}
	sc.ended(data.Stopped, "by hook countingHook: ramp is 7")
	if got := h.seen(); got != "1 4 1" || sc.Info().Taken != 4 {
		t.Errorf("the hook saw %s; %d points were taken", got, sc.Info().Taken)
	}
}

func TestWatchdogReplaced(t *testing.T) {
	t.Parallel()
	l := open(t, startEmbedded(t).url, sessionName(t))
	first, second := &countingHook{stopAt: 2}, &countingHook{}
	sc := l.loopscan(5, 0)
	sc.watchedBy(first)
	sc.watchedBy(second)
	if err := sc.run(); err != nil {
		t.Error(err)
	}
	sc.ended(data.Done, "")
	if first.seen() != "0 0 0" || second.seen() != "1 5 1" {
		t.Errorf("the first hook saw %s, the second %s", first.seen(), second.seen())
	}
}

func TestWatchdogTakenAway(t *testing.T) {
	t.Parallel()
	l := open(t, startEmbedded(t).url, sessionName(t))
	h := &countingHook{stopAt: 2}
	sc := l.loopscan(5, 0)
	sc.watchedBy(h)
	sc.watchedBy(nil)
	if err := sc.run(); err != nil {
		t.Error(err)
	}
	sc.ended(data.Done, "")
	if h.seen() != "0 0 0" {
		t.Errorf("the hook saw %s", h.seen())
	}
}

func TestWatchdogAfterTheStartIsRefused(t *testing.T) {
	t.Parallel()
	l := open(t, startEmbedded(t).url, sessionName(t))
	kept, late := &countingHook{}, &countingHook{}
	sc := l.loopscan(1_000_000, time.Millisecond)
	sc.watchedBy(kept)
	done := sc.startCounting()
	refused(t, "a hook in mid-scan", sc.SetWatchdog(hooks.HookOf(late)), "a hook is set before run")
	refused(t, "no hook in mid-scan", sc.SetWatchdog(nil), "a hook is set before run")
	before := kept.points.Load()
	eventually(t, "the first hook goes on", func() bool { return kept.points.Load() > before })
	l.Stop(scan.ErrInterrupted)
	result(t, done)
	refused(t, "a hook after the scan", sc.SetWatchdog(hooks.HookOf(late)), "a hook is set before run")
	if late.seen() != "0 0 0" {
		t.Errorf("the refused hook saw %s", late.seen())
	}
}

// One hook serves several scans.
func TestWatchdogOfTheNextScan(t *testing.T) {
	t.Parallel()
	l := open(t, startEmbedded(t).url, sessionName(t))
	h := &countingHook{stopAt: 2}
	for range 2 {
		sc := l.loopscan(5, 0)
		sc.watchedBy(h)
		if err := sc.run(); err != nil {
			t.Error(err)
		}
		sc.ended(data.Stopped, "by hook countingHook")
	}
	if h.seen() != "2 6 2" {
		t.Errorf("the hook saw %s", h.seen())
	}
}
