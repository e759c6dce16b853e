package scan

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"blissh/data"
)

// replayed is a scan of three points that is over.
func replayed() *Replay {
	return &Replay{Info: &data.Scan{Name: "ascan"}, Points: []ReplayPoint{{Index: 0}, {Index: 1}, {Index: 2}}}
}

// TestAReplayIsInterrupted: in a call, which ends, and between two calls.
func TestAReplayIsInterrupted(t *testing.T) {
	for _, waits := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			killed := make(chan struct{})
			g := &guard{timeout: time.Hour, began: time.Now(), onData: func(*Data) error {
				cancel()
				if waits {
					<-killed
				}
				return nil
			}}
			r := replayed()
			r.Say = func(v Verdict) { t.Errorf("%+v", v) }
			report := r.Run(ctx, g, WatchdogOptions{Name: "Guard", Kill: func() { close(killed) }})
			if report.Shown != 1 || report.Left || len(g.calls) != 2 || time.Since(g.began) > 0 {
				t.Errorf("%+v, %q after %v", report, g.calls, time.Since(g.began))
			}
		})
	}
}

// TestAReplayNoticesGoexit, as a scan does.
func TestAReplayNoticesGoexit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &guard{began: time.Now(), onData: func(*Data) error { runtime.Goexit(); return nil }}
		report := replayed().Run(t.Context(), g, WatchdogOptions{Name: "Guard"})
		if !errors.Is(report.Failure, errGoexit) {
			t.Errorf("%+v", report)
		}
	})
}
