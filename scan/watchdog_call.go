package scan

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"time"

	"blissh/data"
)

// run is the hook's goroutine.
func (w *Watchdog) run() {
	returned := false
	defer func() {
		if !returned {
			w.leave(errGoexit)
			w.fail(errGoexit, w.o.File)
		}
		close(w.done)
	}()
	w.live()
	returned = true
}

// errGoexit is the failure of a hook that ended its goroutine.
var errGoexit = errors.New("it called runtime.Goexit")

// live is the hook's life from its first call to its last.
func (w *Watchdog) live() {
	w.ask()
	close(w.asked)
	if info := w.copyOf(nil); w.isWatching() {
		w.do("OnScanNew", func() error { return w.cb.OnScanNew(info) })
	}
	close(w.begun)
	w.watch()
	<-w.over
	if w.isWatching() {
		w.showPoints()
	}
	if w.mayEnd() {
		info := w.ending()
		w.do("OnScanEnd", func() error { return w.cb.OnScanEnd(info) })
	}
}

// ending is what OnScanEnd is shown: how many points the hook has missed, and of a
// hook that failed at the last points of a clean scan, that it failed.
func (w *Watchdog) ending() *data.Scan {
	info := *w.copyOf(nil)
	info.Missed = w.missed()
	if err := w.fatal(); err != nil && isClean(info.Outcome) {
		info.Outcome = data.Failed
		info.Reason = strings.TrimPrefix(info.Reason+"; then "+err.Error(), "; then ")
	}
	return &info
}

// isClean reports whether an outcome tells of no failure.
func isClean(o data.Outcome) bool { return o == data.Done || o == data.Stopped }

// ask asks the hook how it wants to be treated.
func (w *Watchdog) ask() {
	w.do("Timeout", func() error {
		timeout, mode, policy := w.cb.Timeout(), w.cb.Mode(), w.cb.OnFailure()
		if timeout <= 0 {
			timeout = math.MaxInt64
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.timeout, w.mode, w.policy = timeout, mode, policy
		return nil
	})
}

// watch shows points as they come and calls OnTimeout when none do, until the
// scan ends or the hook has had its say.
func (w *Watchdog) watch() {
	quiet := time.NewTimer(w.timeout)
	defer quiet.Stop()
	wake := w.o.Wake
	for w.isWatching() {
		due, woken := false, false
		select {
		case <-w.news:
		case <-quiet.C:
			due = true
		case _, woken = <-wake:
			if !woken {
				wake = nil
			}
		case <-w.over:
			return
		}
		if seen := w.showPoints(); w.isWatching() && (woken || due && !seen) {
			w.do("OnTimeout", w.cb.OnTimeout)
		}
		quiet.Reset(w.timeout)
	}
}

// showPoints calls OnScanData if points are waiting.
func (w *Watchdog) showPoints() bool {
	d := w.take()
	if d == nil {
		return false
	}
	w.do("OnScanData", func() error { return w.cb.OnScanData(d) })
	return true
}

// take makes the waiting points, if any, into the argument of one call.
func (w *Watchdog) take() *Data {
	w.mu.Lock()
	defer w.mu.Unlock()
	covered := w.put - w.shown
	if covered == 0 {
		return nil
	}
	w.shown = w.put
	w.calls++
	d := NewData(w.info, w.index, covered, append([]float64(nil), w.values...))
	d.control, d.absent = w.control, w.o.Absent
	return d
}

// isWatching reports whether the hook is to see points and timeouts.
func (w *Watchdog) isWatching() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.failure == nil && !w.decided && !w.late
}

// mayEnd reports whether OnScanEnd is to be called when the time comes: of every
// hook that has come back from its calls, however they ended.
func (w *Watchdog) mayEnd() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.lost && !w.hurried
}

// do makes one call of the hook, timed and guarded, and acts on the result. A
// call that was ended is judged by who ended it.
func (w *Watchdog) do(call string, f func() error) {
	var report <-chan struct{}
	over, err := w.weighed(func() error {
		w.enter(call)
		err := guarded(f)
		report = w.leave(err)
		return err
	})
	if over && err == nil {
		err = &MemoryError{Call: call, Budget: w.o.memory()}
	}
	if report != nil {
		<-report
	} else {
		w.judge(call, err)
	}
	w.mu.Lock()
	w.judged = w.shown
	w.mu.Unlock()
	signal(w.turn)
}

func (w *Watchdog) enter(call string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.limit = w.limitOf(call)
	w.call, w.since, w.idle, w.heap = call, time.Now(), 0, 0
	w.setAlarm()
}

// limitOf is called with mu held. A hook whose time was up already gets little
// for its last word.
func (w *Watchdog) limitOf(call string) time.Duration {
	each, frame := w.o.budgets(w.mode)
	switch {
	case call == "OnScanData" || call == "OnTimeout":
		return each
	case w.late:
		return min(frame, lastWord)
	}
	return frame
}

// leave ends a call; of one that was ended it returns what tells that this has
// been reported.
func (w *Watchdog) leave(err error) (report <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.alarm.Stop()
	w.call, w.lastErr = "", err
	if w.back == nil {
		return nil
	}
	close(w.back)
	w.back, w.lost = nil, w.lost && w.ended // nobody waits for more, then
	return w.report
}

// judge acts on what a call returned.
func (w *Watchdog) judge(call string, err error) {
	list, err := advised(err)
	for _, q := range list {
		w.control.ask(q)
	}
	if err == nil {
		return
	}
	stop, when := hookVerdict(w.o.Name, err)
	if stop == nil {
		w.fail(err, w.place(err))
		return
	}
	if w.decide(call, when) {
		w.o.Stop(stop, when)
	}
}

// decide notes a verdict; false if it comes when the scan has ended.
func (w *Watchdog) decide(call string, when When) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		return false
	}
	w.decided = w.decided || when == Now
	return true
}

// fail notes the first failure of the hook and makes it known.
func (w *Watchdog) fail(err error, where string) {
	failure := &HookError{Name: w.o.Name, Where: where, Err: err}
	w.mu.Lock()
	if w.failure != nil {
		w.mu.Unlock()
		return
	}
	w.failure = failure
	policy, ended := w.policy, w.ended
	w.mu.Unlock()
	switch {
	case policy == GoOn:
		w.o.Warn(failure.Error() + "; the scan goes on without it")
	case !ended:
		w.o.Stop(failure, Now)
	}
	close(w.dead)
}

// place is where an error of the last call came from.
func (w *Watchdog) place(err error) string {
	if w.o.Where != nil && err != nil {
		if at := w.o.Where(err); at != "" {
			return at
		}
	}
	return w.o.File
}

// guarded calls f and makes a panic into an error.
func guarded(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = panicked(v)
		}
	}()
	return f()
}

// panicked is the error in a panic's value, in the words of a user.
func panicked(v any) error {
	if e, ok := v.(runtime.Error); ok {
		return errors.New(strings.TrimPrefix(e.Error(), "runtime error: "))
	}
	if e, ok := v.(error); ok {
		return e
	}
	return fmt.Errorf("%v", v)
}
