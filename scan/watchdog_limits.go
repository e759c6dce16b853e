package scan

import (
	"cmp"
	"time"
)

// lastWord is what OnScanEnd may take of a hook that was ended once.
const lastWord = time.Second

// look is called by the alarm while a call lasts: it ends one that takes too
// much memory or time.
func (w *Watchdog) look() {
	if err, back, report := w.tooLarge(); err != nil {
		w.await(err, back, report)
		giveBack()
	}
	if err, back, report := w.exceeded(); err != nil {
		w.await(err, back, report)
	}
}

// exceeded ends a call whose time is up; nil if there is none.
func (w *Watchdog) exceeded() (err error, back, report chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.call == "" || w.back != nil {
		return nil, nil, nil
	}
	spent := time.Since(w.since)
	if spent < w.limit {
		w.alarm.Reset(w.nextLook(spent))
		return nil, nil, nil
	}
	back, report = w.end()
	return &OverrunError{Call: w.call, Budget: w.limit}, back, report
}

// end asks the call in progress to end. back is closed when it has come back,
// report is to be closed when that has been made known; mu is held.
func (w *Watchdog) end() (back, report chan struct{}) {
	w.late = true
	w.back, w.report = make(chan struct{}), make(chan struct{})
	if w.o.Kill != nil {
		w.o.Kill()
	}
	return w.back, w.report
}

// await makes known why a call was ended, once it has come back or cannot be
// waited for.
func (w *Watchdog) await(err error, back, report chan struct{}) {
	defer close(report)
	select {
	case <-back:
		w.fail(err, w.place(w.lastErr))
	case <-w.done:
		w.fail(err, w.o.File)
	case <-time.After(killGrace):
		w.mu.Lock()
		w.lost = true
		w.mu.Unlock()
		w.fail(err, w.o.File)
		close(w.stuck)
	}
}

// CutShort ends the hook of a scan that does not wait for it any longer; it
// returns when the hook has ended or cannot be ended.
func (w *Watchdog) CutShort() {
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
	back, report := w.end()
	w.mu.Unlock()
	w.await(errCutShort{call}, back, report)
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
type errCutShort struct{ call string }

func (e errCutShort) Error() string {
	return cmp.Or(e.call, "OnScanEnd") + " was cut short, for the scan was to end at once"
}
