package scan

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"blissh/data"
)

func TestPanicNamesFileAndLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var none []float64
		w := watch(&guard{onData: func(d *Data) error { _ = none[3]; return nil }}, WatchdogOptions{
			Name: "StopAlignmentHook", Where: func(error) string { return "scripts/stop.go:22" },
		})
		w.begin()
		w.point(0)
		synctest.Wait()
		if err := w.finish(data.Failed); err != nil {
			t.Errorf("the scan has failed with it already: %v", err)
		}
		wantLines(t, "stops", w.stops,
			"0s now: hook StopAlignmentHook (scripts/stop.go:22): index out of range [3] with length 0")
		w.wantCalls(t, "0s new ascan", "0s data 0+1=0", "0s end failed")
	})
}

func TestPanicOfAnyValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := watch(&guard{onNew: func() error { panic("no beam") }}, WatchdogOptions{})
		w.begin()
		w.finish(data.Failed)
		wantLines(t, "stops", w.stops, "0s now: hook Guard (guard.go:5): no beam")
	})
}

// asker panics before it has said how it wants to be treated.
type asker struct{ guard }

func (*asker) Timeout() time.Duration { panic("never written") }

func TestPanicInTimeoutFailsTheScan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var stops []error
		w := NewWatchdog(&asker{}, WatchdogOptions{Name: "Asker", Stop: func(err error, _ When) { stops = append(stops, err) }})
		s := &data.Scan{Name: "ascan"}
		w.Put(context.Background(), &data.NewNode{Node: data.ScanNode(s)})
		w.Put(context.Background(), &data.EndScan{Node: data.ScanNode(s), Outcome: data.Failed})
		var failure *HookError
		if len(stops) != 1 || !errors.As(stops[0], &failure) || failure.Error() != "hook Asker: never written" {
			t.Errorf("%v", stops)
		}
	})
}

func TestHookThatMayFailIsDroppedWithOneWarning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &guard{timeout: time.Second, policy: GoOn, onData: func(*Data) error { return errors.New("no fit") }}
		w := watch(g, WatchdogOptions{})
		w.begin()
		for i := range 3 {
			w.point(i)
			time.Sleep(2 * time.Second)
		}
		if err := w.finish(data.Done); err != nil {
			t.Error(err)
		}
		wantLines(t, "stops", w.stops)
		wantLines(t, "warnings", w.warns, "hook Guard (guard.go:5): no fit; the scan goes on without it")
		w.wantCalls(t, "0s new ascan", "0s data 0+1=0", "6s end done")
	})
}

func TestFailureAtTheEndIsReturned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := watch(&guard{onEnd: func() error { return errors.New("no report") }}, WatchdogOptions{})
		w.begin()
		err := w.finish(data.Done)
		if err == nil || err.Error() != "hook Guard (guard.go:5): no report" {
			t.Errorf("got %v", err)
		}
		wantLines(t, "stops", w.stops)
	})
}

func TestFailureThatTheOutcomeDoesNotShowIsReturned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := watch(&guard{onData: func(*Data) error { return errors.New("no fit") }}, WatchdogOptions{})
		w.begin()
		w.point(0)
		synctest.Wait()
		if err := w.finish(data.Done); err == nil {
			t.Error("a scan was done although its guard had failed")
		}
	})
}

func TestOverrunIsKilledAndFailsTheScan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		killed := make(chan struct{})
		g := &guard{timeout: time.Second, onData: func(*Data) error { <-killed; panic("killed") }}
		w := watch(g, WatchdogOptions{
			Kill:  func() { close(killed) },
			Where: func(err error) string { return "stop.go:9 " + err.Error() },
		})
		w.begin()
		w.point(0)
		synctest.Wait()
		w.point(1)
		time.Sleep(10 * time.Second)
		w.finish(data.Failed)
		wantLines(t, "stops", w.stops, "5s now: hook Guard (stop.go:9 killed): OnScanData took longer than 5s")
		wantLines(t, "warnings", w.warns)
		w.wantCalls(t, "0s new ascan", "0s data 0+1=0", "10s end failed")
	})
}

func TestHookThatNeverReturnsIsLeftBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		w := watch(&guard{onTime: func() error { <-release; return nil }, timeout: time.Second}, WatchdogOptions{Budget: 2 * time.Second})
		w.begin()
		time.Sleep(1500 * time.Millisecond)
		begin := time.Now()
		err := w.finish(data.Done)
		if took := time.Since(begin); took != 1500*time.Millisecond+killGrace {
			t.Errorf("the end of the scan took %v", took)
		}
		if err == nil || err.Error() != "hook Guard (guard.go:5): OnTimeout took longer than 2s" {
			t.Errorf("got %v", err)
		}
		wantLines(t, "warnings", w.warns, "hook Guard (guard.go:5): OnTimeout has not returned and was left behind")
		close(release)
	})
}

func TestOnScanNewHoldsTheScanForItsBudgetOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		w := watch(&guard{onNew: func() error { <-release; return nil }}, WatchdogOptions{})
		w.begin()
		wantLines(t, "stops", w.stops, "5.02s now: hook Guard (guard.go:5): OnScanNew took longer than 5s")
		w.finish(data.Failed)
		close(release)
	})
}

func TestCancelledScanDoesNotWaitForOnScanNew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := watch(&guard{onNew: sleep(3 * time.Second)}, WatchdogOptions{})
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		w.Put(ctx, &data.NewNode{Node: data.ScanNode(w.info)})
		if took := time.Since(w.guard.began); took != time.Second {
			t.Errorf("returned after %v", took)
		}
		w.finish(data.Aborted)
		w.wantCalls(t, "0s new ascan", "3s end aborted")
	})
}

func TestHookThatEndsItsGoroutineFailsTheScan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := watch(&guard{onData: func(*Data) error { runtime.Goexit(); return nil }}, WatchdogOptions{})
		w.begin()
		w.point(0)
		synctest.Wait()
		w.finish(data.Failed)
		wantLines(t, "stops", w.stops, "0s now: hook Guard (guard.go:5): it called runtime.Goexit")
	})
}

func TestGateWaitsForTheVerdictOnEachPoint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &guard{mode: Gate, timeout: time.Hour, onData: func(d *Data) error {
			time.Sleep(50 * time.Millisecond)
			if d.Index() == 2 {
				return StopIteration
			}
			return nil
		}}
		w := watch(g, WatchdogOptions{})
		w.begin()
		for i := range 3 {
			w.point(i)
		}
		wantLines(t, "stops before the next point", w.stops, "150ms now: by hook Guard")
		w.finish(data.Stopped)
		w.wantCalls(t, "0s new ascan", "0s data 0+1=0", "50ms data 1+1=10", "100ms data 2+1=20", "150ms end stopped")
	})
}

func TestGateFailsWhenTheVerdictIsLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &guard{mode: Gate, timeout: time.Hour, onData: func(*Data) error { time.Sleep(time.Second); return nil }}
		w := watch(g, WatchdogOptions{})
		w.begin()
		w.point(0)
		wantLines(t, "stops before the next point", w.stops,
			"120ms now: hook Guard (guard.go:5): OnScanData took longer than 100ms")
		time.Sleep(2 * time.Second)
		w.finish(data.Failed)
		w.wantCalls(t, "0s new ascan", "0s data 0+1=0", "2.12s end failed") // it has come back by then
	})
}

func TestGateThatMayFailLetsTheScanGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &guard{mode: Gate, policy: GoOn, onData: func(*Data) error { return errors.New("no fit") }}
		w := watch(g, WatchdogOptions{})
		w.begin()
		for i := range 3 {
			w.point(i)
		}
		if err := w.finish(data.Done); err != nil || time.Since(g.began) != 0 || len(w.stops) > 0 {
			t.Errorf("%v after %v: %v", err, time.Since(g.began), w.stops)
		}
	})
}

func TestGateEndsWithTheScan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &guard{mode: Gate, onData: func(*Data) error { time.Sleep(80 * time.Millisecond); return nil }}
		w := watch(g, WatchdogOptions{})
		w.begin()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
		defer cancel()
		w.Put(ctx, &data.Row{Values: []float64{0, 0}})
		if took := time.Since(g.began); took != 10*time.Millisecond {
			t.Errorf("the cancelled scan waited %v", took)
		}
		w.finish(data.Aborted)
	})
}

// TestCountsAreExact runs outside of a bubble, for the race detector.
func TestCountsAreExact(t *testing.T) {
	const points = 20000
	var seen atomic.Int64
	g := &guard{timeout: time.Millisecond, onData: func(d *Data) error { seen.Add(int64(d.Covered())); return nil }}
	w := watch(g, WatchdogOptions{})
	w.begin()
	for i := range points {
		w.point(i)
	}
	if err := w.finish(data.Done); err != nil {
		t.Fatal(err)
	}
	if _, n := w.Counts(); n != points || seen.Load() != points {
		t.Errorf("%d points delivered, %d seen, %d put", n, seen.Load(), points)
	}
}

// quick is a hook that does nothing, for benchmarks.
type quick struct{ guard }

func (*quick) OnScanData(*Data) error { return nil }

func BenchmarkPutObserve(b *testing.B) {
	w := NewWatchdog(&quick{}, WatchdogOptions{})
	s := &data.Scan{Name: "ascan"}
	w.Put(b.Context(), &data.NewNode{Node: data.ScanNode(s)})
	row := &data.Row{Values: make([]float64, 4)}
	b.ReportAllocs()
	for b.Loop() {
		w.Put(b.Context(), row)
	}
	w.Put(b.Context(), &data.EndScan{Node: data.ScanNode(s), Outcome: data.Done})
}

// BenchmarkPutGate is a round trip: put, wake, call, verdict.
func BenchmarkPutGate(b *testing.B) {
	w := NewWatchdog(&quick{guard{mode: Gate}}, WatchdogOptions{})
	s := &data.Scan{Name: "ascan"}
	w.Put(b.Context(), &data.NewNode{Node: data.ScanNode(s)})
	row := &data.Row{Values: make([]float64, 4)}
	b.ReportAllocs()
	for b.Loop() {
		w.Put(b.Context(), row)
	}
	w.Put(b.Context(), &data.EndScan{Node: data.ScanNode(s), Outcome: data.Done})
}

func TestAHookIsCutShortWhenTheScanDoesNotWait(t *testing.T) {
	for name, kill := range map[string]bool{"can be ended": true, "cannot be ended": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				release := make(chan struct{})
				o := WatchdogOptions{}
				if kill {
					o.Kill = func() { close(release) }
				}
				w := watch(&guard{onData: func(*Data) error { <-release; return nil }}, o)
				w.begin()
				w.point(0)
				synctest.Wait()
				ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
				defer cancel()
				w.info.Outcome = data.Stopped
				begin := time.Now()
				err := w.Finish(ctx, w.info)
				if took := time.Since(begin); took > 100*time.Millisecond+killGrace {
					t.Errorf("the end of the scan took %v", took)
				}
				if err == nil || err.Error() != "hook Guard (guard.go:5): OnScanData was cut short, for the scan was to end at once" {
					t.Errorf("got %v", err)
				}
				if left := len(w.warns) > 0; left == kill {
					t.Errorf("warnings: %q", w.warns)
				}
				w.wantCalls(t, "0s new ascan", "0s data 0+1=0")
				if !kill {
					close(release)
				}
			})
		})
	}
}
