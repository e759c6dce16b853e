package scan

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
)

// guard is a hook for tests: each method does what its field says, and every
// call is noted with the time since the start.
type guard struct {
	timeout  time.Duration
	mode     Mode
	policy   Policy
	onNew    func() error
	onData   func(d *Data) error
	onTime   func() error
	onEnd    func() error
	began    time.Time
	calls    []string
	covered  int
	overlaps int
	inside   bool
}

func (g *guard) note(format string, args ...any) func() {
	if g.inside {
		g.overlaps++
	}
	g.inside = true
	g.calls = append(g.calls, fmt.Sprintf("%v ", time.Since(g.began))+fmt.Sprintf(format, args...))
	return func() { g.inside = false }
}

func perform(f func() error) error {
	if f == nil {
		return nil
	}
	return f()
}

func (g *guard) Timeout() time.Duration { return g.timeout }
func (g *guard) Mode() Mode             { return g.mode }
func (g *guard) OnFailure() Policy      { return g.policy }

func (g *guard) OnScanNew(s *data.Scan) error {
	defer g.note("new %s", s.Name)()
	return perform(g.onNew)
}

func (g *guard) OnScanData(d *Data) error {
	defer g.note("data %d+%d=%g", d.Index(), d.Covered(), d.Value("diode"))()
	g.covered += d.Covered()
	if g.onData == nil {
		return nil
	}
	return g.onData(d)
}

func (g *guard) OnTimeout() error {
	defer g.note("timeout")()
	return perform(g.onTime)
}

func (g *guard) OnScanEnd(s *data.Scan) error {
	defer g.note("end %s", s.Outcome)()
	return perform(g.onEnd)
}

// watched is a scan as far as a sink sees it.
type watched struct {
	*Watchdog
	guard *guard
	info  *data.Scan
	stops []string
	warns []string
}

// watch makes a watchdog of g, whose times count from now.
func watch(g *guard, o WatchdogOptions) *watched {
	w := &watched{guard: g, info: &data.Scan{Name: "ascan", Number: 1, Channels: []data.Channel{
		{Name: "image", Shape: []int{2, 2}}, {Name: "robz"}, {Name: "diode"},
	}}}
	g.began = time.Now()
	if o.Name == "" {
		o.Name, o.File = "Guard", "guard.go:5"
	}
	o.Stop = func(cause error, when When) {
		w.stops = append(w.stops, fmt.Sprintf("%v %v: %v", time.Since(g.began), when, cause))
	}
	o.Warn = func(line string) { w.warns = append(w.warns, line) }
	w.Watchdog = NewWatchdog(g, o)
	return w
}

func (w *watched) begin() { w.Put(context.Background(), &data.NewNode{Node: data.ScanNode(w.info)}) }

// point puts point i, whose diode reads i times ten.
func (w *watched) point(i int) {
	row := &data.Row{Index: i, Values: []float64{0, float64(10 * i)}}
	w.Put(context.Background(), row)
	row.Values[1] = -1 // it belongs to the scan
}

func (w *watched) finish(o data.Outcome) error {
	w.info.Outcome = o
	return w.Put(context.Background(), &data.EndScan{Node: data.ScanNode(w.info), Outcome: o})
}

func (w *watched) wantCalls(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(w.guard.calls, want) {
		t.Errorf("calls:\n  %s\nwant:\n  %s", strings.Join(w.guard.calls, "\n  "), strings.Join(want, "\n  "))
	}
	if w.guard.overlaps > 0 {
		t.Errorf("%d calls overlapped", w.guard.overlaps)
	}
}

func wantLines(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n  %s\nwant:\n  %s", what, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func TestHookSeesNewDataTimeoutEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := watch(&guard{timeout: time.Second}, WatchdogOptions{})
		w.begin()
		time.Sleep(2500 * time.Millisecond)
		w.point(0)
		time.Sleep(900 * time.Millisecond)
		w.point(1)
		time.Sleep(1100 * time.Millisecond)
		if err := w.finish(data.Done); err != nil {
			t.Error(err)
		}
		w.wantCalls(t, "0s new ascan", "1s timeout", "2s timeout", "2.5s data 0+1=0",
			"3.4s data 1+1=10", "4.4s timeout", "4.5s end done")
		wantLines(t, "stops", w.stops)
	})
}

func TestTimeoutCountsFromTheEndOfACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &guard{timeout: time.Second, onTime: sleep(300 * time.Millisecond)}
		w := watch(g, WatchdogOptions{})
		w.begin()
		time.Sleep(3 * time.Second)
		w.finish(data.Done)
		w.wantCalls(t, "0s new ascan", "1s timeout", "2.3s timeout", "3s end done")
	})
}

func TestZeroTimeoutIsNoTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := watch(&guard{}, WatchdogOptions{})
		w.begin()
		time.Sleep(time.Hour)
		w.finish(data.Done)
		w.wantCalls(t, "0s new ascan", "1h0m0s end done")
	})
}

func TestPointsMergeWhileTheHookRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &guard{timeout: time.Hour, onData: func(*Data) error { time.Sleep(1030 * time.Millisecond); return nil }}
		w := watch(g, WatchdogOptions{})
		w.begin()
		for i := range 35 {
			w.point(i)
			time.Sleep(100 * time.Millisecond)
		}
		if took := time.Since(g.began); took != 3500*time.Millisecond {
			t.Errorf("the scan was delayed: %v", took)
		}
		w.finish(data.Done)
		calls, points := w.Counts()
		if calls != 5 || points != 35 || g.covered != 35 {
			t.Errorf("%d calls for %d points, %d seen by the hook", calls, points, g.covered)
		}
		w.wantCalls(t, "0s new ascan", "0s data 0+1=0", "1.03s data 10+10=100", "2.06s data 20+10=200",
			"3.09s data 30+10=300", "4.12s data 34+4=340", "5.15s end done")
	})
}

func TestVerdicts(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"now", StopIteration, "0s now: by hook Guard"},
		{"with a reason", fmt.Errorf("past the peak: %w", StopIteration), "0s now: by hook Guard: past the peak"},
		{"reason behind", fmt.Errorf("%w (past the peak)", StopIteration), "0s now: by hook Guard: past the peak"},
		{"joined", errors.Join(errors.New("no beam"), StopIteration), "0s now: by hook Guard: no beam"},
		{"after the point", fmt.Errorf("enough: %w", StopAfterPoint), "0s after the point: by hook Guard: enough"},
		{"both", errors.Join(StopAfterPoint, StopIteration), "0s now: by hook Guard: stop the scan after this point"},
		{"failure", errors.New("no such counter"), "0s now: hook Guard (guard.go:5): no such counter"},
		{"two lines", errors.New("no such\ncounter"), "0s now: hook Guard (guard.go:5): no such; counter"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := watch(&guard{onData: func(*Data) error { return tt.err }}, WatchdogOptions{})
				w.begin()
				w.point(0)
				synctest.Wait()
				w.finish(data.Stopped)
				wantLines(t, "stops", w.stops, tt.want)
			})
		})
	}
}

func TestVerdictIsAStopErrorAndFailureAHookError(t *testing.T) {
	stop, when := hookVerdict("H", fmt.Errorf("x: %w", StopIteration))
	if stop == nil || when != Now || stop.By != "hook H" || stop.Reason != "x" {
		t.Errorf("%+v %v", stop, when)
	}
	if stop, _ := hookVerdict("H", errors.New("x")); stop != nil {
		t.Errorf("an error is no verdict: %+v", stop)
	}
}

func TestVerdictsOfOtherCalls(t *testing.T) {
	past := func() error { return StopIteration }
	tests := []struct {
		name  string
		guard guard
		want  []string
	}{
		{"new", guard{onNew: past}, []string{"0s now: by hook Guard"}},
		{"timeout", guard{timeout: time.Second, onTime: past}, []string{"1s now: by hook Guard"}},
		{"end", guard{onEnd: past}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := watch(&tt.guard, WatchdogOptions{})
				w.begin()
				time.Sleep(10 * time.Second)
				if err := w.finish(data.Done); err != nil {
					t.Error(err)
				}
				wantLines(t, "stops", w.stops, tt.want...)
			})
		})
	}
}

func TestNoPointsAfterStopIteration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &guard{timeout: time.Second, onData: func(*Data) error { return StopIteration }}
		w := watch(g, WatchdogOptions{})
		w.begin()
		for i := range 3 {
			w.point(i)
			time.Sleep(2 * time.Second)
		}
		w.finish(data.Stopped)
		w.wantCalls(t, "0s new ascan", "0s data 0+1=0", "6s end stopped")
	})
}

func TestPointInProgressIsShownAfterStopAfterPoint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &guard{timeout: time.Hour, onData: func(*Data) error { return StopAfterPoint }}
		w := watch(g, WatchdogOptions{})
		w.begin()
		w.point(0)
		time.Sleep(time.Second)
		w.point(1)
		w.finish(data.Stopped)
		w.wantCalls(t, "0s new ascan", "0s data 0+1=0", "1s data 1+1=10", "1s end stopped")
	})
}

func TestWakeCallsOnTimeoutAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wake := make(chan struct{}, 1)
		w := watch(&guard{timeout: time.Second}, WatchdogOptions{Wake: wake})
		w.begin()
		time.Sleep(300 * time.Millisecond)
		wake <- struct{}{}
		time.Sleep(900 * time.Millisecond)
		wake <- struct{}{}
		synctest.Wait()
		close(wake) // a closed one wakes nobody, least of all for ever
		time.Sleep(1100 * time.Millisecond)
		w.finish(data.Done)
		w.wantCalls(t, "0s new ascan", "300ms timeout", "1.2s timeout", "2.2s timeout", "2.3s end done")
	})
}

func TestHookKeepsItsData(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var kept []*Data
		w := watch(&guard{onData: func(d *Data) error { kept = append(kept, d); return nil }}, WatchdogOptions{})
		w.begin()
		for i := range 3 {
			w.point(i)
			synctest.Wait()
		}
		w.info.Name = "changed by the scan"
		w.finish(data.Done)
		for i, d := range kept {
			if d.Value("diode") != float64(10*i) || d.Info().Name != "ascan" {
				t.Errorf("point %d reads %g in %s", i, d.Value("diode"), d.Info().Name)
			}
		}
	})
}

func TestEventsWithoutANewScanAreIgnored(t *testing.T) {
	w := watch(&guard{}, WatchdogOptions{})
	if err := w.finish(data.Failed); err != nil || len(w.guard.calls) > 0 {
		t.Errorf("%v %v", err, w.guard.calls)
	}
}

// sleep is a hook's method that takes a while.
func sleep(d time.Duration) func() error {
	return func() error { time.Sleep(d); return nil }
}
