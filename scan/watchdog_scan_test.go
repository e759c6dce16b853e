package scan_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"blissh/data"
	"blissh/scan"
)

// peak is a hook that has its say when a value is past a threshold.
type peak struct {
	mode   scan.Mode
	policy scan.Policy
	say    error
	last   *data.Scan
}

func (p *peak) Timeout() time.Duration     { return time.Second }
func (p *peak) Mode() scan.Mode            { return p.mode }
func (p *peak) OnFailure() scan.Policy     { return p.policy }
func (p *peak) OnScanNew(*data.Scan) error { return nil }
func (p *peak) OnTimeout() error           { return nil }
func (p *peak) OnScanEnd(s *data.Scan) error {
	p.last = s
	return nil
}

func (p *peak) OnScanData(d *scan.Data) error {
	if d.Value("gauss") > 20 {
		return p.say
	}
	return nil
}

// TestHookEndsARealScan looks at what the scan says of it, and at the axis.
func TestHookEndsARealScan(t *testing.T) {
	past := func(sentinel error) error { return fmt.Errorf("past the peak: %w", sentinel) }
	tests := []struct {
		name    string
		hook    peak
		outcome data.Outcome
		reason  string
		points  int // 0: all
		more    int // that may be taken before an observing hook has spoken
	}{
		{"now", peak{say: past(scan.StopIteration)}, data.Stopped, "by hook Peak: past the peak", 42, 0},
		{"after the point", peak{say: past(scan.StopAfterPoint)}, data.Stopped, "by hook Peak: past the peak", 42, 1},
		{"at a gate", peak{say: past(scan.StopAfterPoint), mode: scan.Gate}, data.Stopped, "by hook Peak: past the peak", 42, 0},
		{"failed", peak{say: errors.New("no fit")}, data.Failed, "hook Peak (peak.go:7): no fit", 42, 0},
		{"forgiven", peak{say: errors.New("no fit"), policy: scan.GoOn}, data.Done, "", 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				axis, _ := newAxis("robz")
				_, gauss := newController("gauss")
				n := &notes{}
				s := mustNew(t, line(axis, -5, 5, 100, 10*time.Millisecond, gauss), options(n))
				hook := tt.hook
				s.AddSink(scan.NewWatchdog(&hook, scan.WatchdogOptions{Name: "Peak", File: "peak.go:7", Stop: s.Stop}))
				err := s.Run(t.Context())
				info := s.Info()
				if info.Outcome != tt.outcome || info.Reason != tt.reason {
					t.Errorf("ended as %s: %q", info.Outcome, info.Reason)
				}
				if (err != nil) != (tt.outcome == data.Failed) {
					t.Errorf("run() returned %v", err)
				}
				if tt.points == 0 {
					tt.points = 101
				}
				if info.Taken < tt.points || info.Taken > tt.points+tt.more || len(n.rows) != info.Taken {
					t.Errorf("%d points taken, %d told", info.Taken, len(n.rows))
				}
				if hook.last == nil || hook.last.Outcome != tt.outcome || hook.last.Taken != info.Taken {
					if tt.hook.policy == scan.FailScan {
						t.Errorf("the hook was told %+v", hook.last)
					}
				}
				if axis.IsMoving() {
					t.Error("the axis still moves")
				}
			})
		})
	}
}

// impatient is a hook that has its say when no point came for a while.
type impatient struct {
	peak
	after    time.Duration
	timeouts int
	speak    func() error
}

func (h *impatient) Timeout() time.Duration { return h.after }
func (h *impatient) OnTimeout() error       { h.timeouts++; return h.speak() }

// TestAHookEndsACountInProgress of an endless scan, at its timeout: after 10 ms
// and not at the end of the count.
func TestAHookEndsACountInProgress(t *testing.T) {
	for _, c := range []struct {
		name    string
		speak   func() error
		outcome data.Outcome
		err     string
	}{
		{"StopIteration", func() error { return scan.StopIteration }, data.Stopped, ""},
		{"an error", func() error { return errors.New("no beam") }, data.Failed, "hook Impatient: no beam"},
		{"a panic", func() error { panic("ouch") }, data.Failed, "hook Impatient: ouch"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, gauss := newController("gauss")
				hook := &impatient{after: 10 * time.Millisecond, speak: c.speak}
				n := &notes{}
				s := mustNew(t, loop(0, 2*time.Second, gauss), options(n))
				s.AddSink(scan.NewWatchdog(hook, scan.WatchdogOptions{Name: "Impatient", Stop: s.Stop}))
				begin := time.Now()
				err := s.Run(t.Context())
				if took := time.Since(begin); took != 10*time.Millisecond {
					t.Errorf("took %v", took)
				}
				if text := fmt.Sprint(err); (err == nil) != (c.err == "") || err != nil && !strings.HasPrefix(text, c.err) {
					t.Errorf("run() returned %v, want %s", err, c.err)
				}
				if i := s.Info(); i.Outcome != c.outcome || i.Taken != 0 || len(n.rows) != 0 || hook.last == nil {
					t.Errorf("%s with %d points, the hook was told of the end: %v", i.Outcome, i.Taken, hook.last != nil)
				}
			})
		})
	}
}

// TestNoTimeoutWhilePointsCome sooner than that.
func TestNoTimeoutWhilePointsCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, gauss := newController("gauss")
		hook := &impatient{after: 100 * time.Millisecond, speak: func() error { return scan.StopIteration }}
		s := mustNew(t, loop(200, 90*time.Millisecond, gauss), options(&notes{}))
		s.AddSink(scan.NewWatchdog(hook, scan.WatchdogOptions{Name: "Impatient", Stop: s.Stop}))
		if err := s.Run(t.Context()); err != nil || s.Info().Taken != 200 || hook.timeouts != 0 {
			t.Errorf("%v, %d points, %d timeouts", err, s.Info().Taken, hook.timeouts)
		}
	})
}

// TestAHookThatFailsAtTheEndIsHeardByThePublisher, which comes first among the
// sinks.
func TestAHookThatFailsAtTheEndIsHeardByThePublisher(t *testing.T) {
	for _, c := range []struct {
		name string
		hook late
		told string // to OnScanEnd
	}{
		{"at the last point", late{data: errors.New("no fit")}, "failed: hook Late: no fit"},
		{"in OnScanEnd", late{end: errors.New("no fit")}, "done: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newStand(t)
				publisher, hook := &notes{}, c.hook
				b.opts.Open = func(context.Context, *data.Scan) ([]scan.Sink, error) { return []scan.Sink{publisher}, nil }
				s := b.make()
				s.AddSink(scan.NewWatchdog(&hook, scan.WatchdogOptions{Name: "Late", Stop: s.Stop}))
				if err := s.Run(t.Context()); err == nil || err.Error() != "hook Late: no fit" {
					t.Errorf("run() returned %v", err)
				}
				b.atRest()
				for i, n := range []*notes{publisher, b.notes} {
					if n.end.Outcome != data.Failed || n.end.Reason != "hook Late: no fit" {
						t.Errorf("sink %d heard %+v", i, n.end)
					}
				}
				if got := string(hook.last.Outcome) + ": " + hook.last.Reason; got != c.told {
					t.Errorf("OnScanEnd was told %q", got)
				}
			})
		})
	}
}

// late is a hook that looks at the last point when the scan has ended.
type late struct {
	peak
	data, end error
}

func (h *late) OnScanData(d *scan.Data) error {
	switch d.Index() {
	case 9:
		time.Sleep(2 * time.Second) // the last point comes meanwhile
	case 10:
		return h.data
	}
	return nil
}

func (h *late) OnScanEnd(s *data.Scan) error {
	h.last = s
	return h.end
}

// TestHookThatHangsFailsARealScan within its budget, with the axis at rest.
func TestHookThatHangsFailsARealScan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		axis, _ := newAxis("robz")
		_, gauss := newController("gauss")
		hang := &hanging{killed: make(chan struct{})}
		s := mustNew(t, line(axis, -50, 50, 100, time.Second, gauss), options(&notes{}))
		s.AddSink(scan.NewWatchdog(hang, scan.WatchdogOptions{Name: "Hanging", Stop: s.Stop, Kill: func() { close(hang.killed) }}))
		begin := time.Now()
		err := s.Run(t.Context())
		var overrun *scan.OverrunError
		if !errors.As(err, &overrun) || overrun.Call != "OnScanData" {
			t.Errorf("run() returned %v", err)
		}
		// First move 0.83 s, count 1 s, then the budget.
		if took := time.Since(begin); math.Abs((took - 6850*time.Millisecond).Seconds()) > 0.1 {
			t.Errorf("took %v", took)
		}
		if axis.IsMoving() {
			t.Error("the axis still moves")
		}
	})
}

// hanging is a hook that never returns by itself.
type hanging struct {
	peak
	killed chan struct{}
}

func (h *hanging) OnScanData(*scan.Data) error { <-h.killed; return errors.New("killed") }
