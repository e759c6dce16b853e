package scan

import "time"

// lastWord is what OnScanEnd may take of a hook that was ended once.
const lastWord = time.Second

// look is called by the alarm while a call lasts: it ends one that takes too
// much memory or time.
func (w *Watchdog) look() {
	w.allowForStandstill()
	if c := w.tooLarge(); c != nil {
		w.await(c)
		giveBack()
	}
	if c := w.exceeded(); c != nil {
		w.await(c)
	}
}

// setAlarm says when the call in progress is to be looked at; mu is held.
func (w *Watchdog) setAlarm() {
	next := w.limit - w.spent()
	if w.weighs() || w.limit <= GateBudget {
		next = min(next, lookEvery)
	}
	w.due = time.Now().Add(next)
	w.alarm.Reset(next)
}

// spent is what the call in progress has had of its time; mu is held.
func (w *Watchdog) spent() time.Duration { return time.Since(w.since) - w.idle }

// allowForStandstill gives a call the time again by which the alarm is late: the
// process stood still then, and so did the hook.
func (w *Watchdog) allowForStandstill() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if late := time.Since(w.due); late > 0 && w.since.Before(w.due) {
		w.idle += late
	}
}

// cutCall is a call that was asked to end.
type cutCall struct {
	why    error
	back   chan struct{} // closed when it has come back
	report chan struct{} // to be closed when that has been made known
}

// exceeded ends a call whose time is up; nil if there is none.
func (w *Watchdog) exceeded() *cutCall {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.call == "" || w.back != nil {
		return nil
	}
	if w.spent() < w.limit {
		w.setAlarm()
		return nil
	}
	return w.end(&OverrunError{Call: w.call, Budget: w.limit})
}

// end asks the call in progress to end; mu is held.
func (w *Watchdog) end(why error) *cutCall {
	w.late = true
	w.back, w.report = make(chan struct{}), make(chan struct{})
	if w.o.Kill != nil {
		w.o.Kill()
	}
	return &cutCall{why, w.back, w.report}
}

// await makes known why a call was ended, once it has come back or cannot be
// waited for.
func (w *Watchdog) await(c *cutCall) {
	defer close(c.report)
	select {
	case <-c.back:
		w.fail(c.why, w.place(w.lastErr))
	case <-w.done:
		w.fail(c.why, w.o.File)
	case <-time.After(killGrace):
		w.lose(c)
		w.fail(c.why, w.o.File)
		signal(w.stuck)
	}
}

// lose gives up on a call, unless it has come back by now.
func (w *Watchdog) lose(c *cutCall) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lost = w.back == c.back
}

// isLost reports whether a call goes on that was to end.
func (w *Watchdog) isLost() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lost
}

// CutShort ends the hook of a scan that does not wait for it any longer, and says
// why; it returns when the hook has ended or cannot be ended.
func (w *Watchdog) CutShort(why string) {
	w.mu.Lock()
	w.hurried = true
	call := w.call
	if w.lost || w.back != nil {
		w.mu.Unlock()
		w.awaitReport()
		return
	}
	if call == "" {
		w.mu.Unlock()
		w.awaitDone()
		return
	}
	c := w.end(errCutShort{call, why})
	w.mu.Unlock()
	w.await(c)
	w.awaitDone()
}

// awaitDone gives a hook that is between two calls the moment to end.
func (w *Watchdog) awaitDone() {
	select {
	case <-w.done:
	case <-w.stuck:
	case <-time.After(killGrace):
	}
}

// errCutShort says that a call was not waited for.
type errCutShort struct{ call, why string }

func (e errCutShort) Error() string {
	return e.call + " was cut short, for " + e.why
}
