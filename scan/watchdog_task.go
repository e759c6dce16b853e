package scan

import (
	"context"
	"sync"
	"time"

	"blissh/data"
)

// Watchdog is the sink that ties one hook to one scan.
//
// All calls of the hook are made by one goroutine, which starts with NewNode
// and has ended when Finish returns; only a hook that cannot be ended is left
// behind, with a warning that names it. Meanwhile:
//
//	scan's goroutine                  hook's goroutine
//	Put(NewNode)   waits for          Timeout, Mode, OnFailure, OnScanNew
//	Put(Row)       copies, signals    OnScanData, with all points since the last
//	  in gate mode waits for          the verdict on this point
//	                                  OnTimeout when nothing came, or on Wake
//	Finish         waits for          OnScanData with what is left, OnScanEnd
//	Put(EndScan)   finishes, if that has not been done
//
// A verdict or a failure goes to WatchdogOptions.Stop. After a verdict of
// StopIteration and after a failure only OnScanEnd is still called, with the
// number of points that were not shown; after a call that cannot be ended,
// nothing is.
//
// A hook that observes and may fail has no say in the outcome, so the scan waits
// no longer than patience for it, at the beginning and at the end; what it has
// not done by then it does while the scan goes on, or after it.
type Watchdog struct {
	cb     WatchdogCallback
	o      WatchdogOptions
	news   chan struct{} // capacity 1: points are waiting
	turn   chan struct{} // capacity 1: a call has ended
	asked, // closed when the hook has said how it wants to be treated
	begun, // closed when OnScanNew has returned
	over, // closed by Finish
	dead, // closed at a failure
	done chan struct{} // closed when the hook's goroutine has ended
	stuck chan struct{} // capacity 1: a call cannot be ended
	alarm *time.Timer   // runs look; armed during each call

	mu      sync.Mutex
	timeout time.Duration // what the hook answered at the start
	mode    Mode
	policy  Policy
	info    *data.Scan // a copy; nil before NewNode
	values  []float64  // of the newest point
	index   int
	put     int // points received
	shown   int // points handed to OnScanData
	judged  int // points of calls that have returned
	calls   int // of OnScanData
	control *Control
	call    string
	since   time.Time     // start of the call in progress
	idle    time.Duration // of that, when it was held or the process stood still
	due     time.Time     // the next look at it
	limit   time.Duration
	heap    uint64 // when it was looked at first, in bytes
	ended   bool
	decided bool // a verdict: now
	late    bool // a call was ended
	lost    bool // it cannot be ended
	hurried bool // nobody waits for OnScanEnd
	back,   // closed when the call that is being ended has come back
	report chan struct{} // closed when an end has been made known
	lastErr error
	failure *HookError

	scales scales // of the hook's goroutine
}

// NewWatchdog makes the sink for one scan; cb may serve another scan later,
// the Watchdog may not. Set it before Run.
func NewWatchdog(cb WatchdogCallback, o WatchdogOptions) *Watchdog {
	w := &Watchdog{
		cb: cb, o: o,
		news: make(chan struct{}, 1), turn: make(chan struct{}, 1),
		asked: make(chan struct{}), begun: make(chan struct{}), over: make(chan struct{}), dead: make(chan struct{}),
		stuck: make(chan struct{}, 1), done: make(chan struct{}),
	}
	if w.o.Stop == nil {
		w.o.Stop = func(error, When) {}
	}
	if w.o.Warn == nil {
		w.o.Warn = func(string) {}
	}
	if w.o.Trials == nil {
		w.o.Trials = new(Trials)
	}
	w.control = &Control{name: "hook " + o.Name, to: o.Ask, answer: o.Answer}
	return w
}

var (
	_ Sink     = (*Watchdog)(nil)
	_ Finisher = (*Watchdog)(nil)
	_ Settler  = (*Watchdog)(nil)
)

// Put takes one event of the scan. It fails only for EndScan, like Finish.
func (w *Watchdog) Put(ctx context.Context, e data.Event) error {
	switch e := e.(type) {
	case *data.NewNode:
		w.start(ctx, e.Node.Scan)
	case *data.Prepared:
		w.refresh(e.Node.Scan)
	case *data.Steering:
		w.refresh(e.Node.Scan)
	case *data.Row:
		w.row(ctx, e)
	case *data.EndScan:
		return w.Finish(ctx, e.Node.Scan)
	}
	return nil
}

// Counts tells how many times OnScanData was called and for how many points.
func (w *Watchdog) Counts() (calls, points int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.calls, w.shown
}

// Err is the failure of the hook so far, nil while it is well.
func (w *Watchdog) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failure == nil {
		return nil
	}
	return w.failure
}

// missed is how many points the hook was not shown.
func (w *Watchdog) missed() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.put - w.shown
}

// Started reports whether the hook has been shown a scan.
func (w *Watchdog) Started() bool { return w.copyOf(nil) != nil }

// Done is closed when the hook's goroutine has ended.
func (w *Watchdog) Done() <-chan struct{} { return w.done }

// start begins the hook's goroutine and waits for OnScanNew.
func (w *Watchdog) start(ctx context.Context, s *data.Scan) {
	if w.copyOf(nil) != nil {
		return
	}
	w.alarm = time.AfterFunc(time.Hour, w.look)
	w.alarm.Stop()
	w.refresh(s)
	go w.run()
	select {
	case <-w.asked:
	case <-w.dead:
	case <-ctx.Done():
		return
	}
	impatient, stop := w.impatience()
	defer stop()
	select {
	case <-w.begun:
		w.awaitReport()
	case <-w.dead:
	case <-impatient:
	case <-ctx.Done():
	}
}

// patience is how long a scan waits for a hook that has no say in its outcome:
// enough for one that is well, and too little to matter.
const patience = 20 * time.Millisecond

// impatience ends the wait for a hook that observes and may fail; it never does of
// another one. For a call that has lasted longer already nobody waits.
func (w *Watchdog) impatience() (<-chan time.Time, func() bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.o.Linger == nil || w.mode != Observe || w.policy != GoOn {
		return nil, func() bool { return true }
	}
	left := patience
	if w.call != "" {
		left -= time.Since(w.since)
	}
	t := time.NewTimer(left)
	return t.C, t.Stop
}

// awaitReport waits, after a call was ended, until the scan has been told.
func (w *Watchdog) awaitReport() {
	w.mu.Lock()
	report := w.report
	w.mu.Unlock()
	if report != nil {
		<-report
	}
}

// refresh keeps a copy of the description, which belongs to the scan.
func (w *Watchdog) refresh(s *data.Scan) { w.copyOf(s) }

// copyOf keeps a copy of s, if it is given, and returns the newest copy.
func (w *Watchdog) copyOf(s *data.Scan) *data.Scan {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s != nil {
		c := *s
		w.info = &c
	}
	return w.info
}

// row leaves a point for the hook and, in gate mode, waits for its verdict.
func (w *Watchdog) row(ctx context.Context, r *data.Row) {
	w.mu.Lock()
	w.values = append(w.values[:0], r.Values...)
	w.index = r.Index
	w.put++
	mine, gate := w.put, w.mode == Gate
	w.mu.Unlock()
	signal(w.news)
	for gate && !w.isJudged(mine) {
		select {
		case <-w.turn:
		case <-w.dead:
			return
		case <-ctx.Done():
			return
		}
	}
}

// Settle waits until the hook has looked at all points that there are, or cannot
// any more, or ctx ends.
func (w *Watchdog) Settle(ctx context.Context) {
	w.mu.Lock()
	mine := w.put
	w.mu.Unlock()
	impatient, stop := w.impatience()
	defer stop()
	for !w.isJudged(mine) {
		select {
		case <-w.turn:
		case <-w.dead:
			return
		case <-impatient:
			return
		case <-ctx.Done():
			return
		}
	}
}

// isJudged reports whether the hook's say on the first n points is known.
func (w *Watchdog) isJudged(n int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.decided || w.judged >= n && !w.late
}

// Finish shows the hook what is left and then s, whose outcome and reason
// OnScanEnd is to know; it waits until the hook's goroutine has ended or cannot
// be ended, which its budget or the end of ctx decides. Its error is a failure
// of the hook that the outcome does not show yet. A second call does nothing.
func (w *Watchdog) Finish(ctx context.Context, s *data.Scan) error {
	if !w.close(s) {
		return nil
	}
	before := w.Err()
	impatient, stop := w.impatience()
	defer stop()
	for cut := false; !cut && !w.hasEnded() && !w.isLost(); {
		select {
		case <-w.done:
		case <-w.stuck:
		case <-impatient:
			if !w.hasEnded() {
				w.o.Linger(w)
				return nil
			}
		case <-ctx.Done():
			w.CutShort("the scan was to end at once")
			cut = true
		}
	}
	w.leaveBehind()
	w.awaitReport()
	if before == nil || isClean(s.Outcome) {
		return w.fatal()
	}
	return nil
}

func (w *Watchdog) hasEnded() bool {
	select {
	case <-w.done:
		return true
	default:
		return false
	}
}

// close marks the end; false if there is nothing to end.
func (w *Watchdog) close(s *data.Scan) bool {
	if w.copyOf(nil) == nil {
		return false
	}
	w.refresh(s)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		return false
	}
	w.ended = true
	close(w.over)
	return true
}

// leaveBehind names a hook whose call has not returned.
func (w *Watchdog) leaveBehind() {
	w.mu.Lock()
	call := w.call
	w.mu.Unlock()
	if call != "" {
		err := &HookError{Name: w.o.Name, Where: w.o.File, Err: errLeft{call}}
		w.o.Warn(err.Error())
	}
}

// errLeft says that a call is still going on when the scan has ended.
type errLeft struct{ call string }

func (e errLeft) Error() string { return e.call + " has not returned and was left behind" }

// fatal is the failure of the hook if it is one of the scan.
func (w *Watchdog) fatal() error {
	if w.Err() == nil || w.isForgiven() {
		return nil
	}
	return w.Err()
}

// isForgiven reports whether the hook said that the scan may do without it.
func (w *Watchdog) isForgiven() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.policy == GoOn
}

// signal leaves a token for a receiver that may be busy.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
