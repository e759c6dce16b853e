package main

import (
	"time"

	"blissh/scan"
)

// hangUpPatience is how long after a hang-up what runs may do nothing: a pause
// between two scans is a sleep, which is not nothing, and no calculation takes
// that long. A loop without an end would keep the session from its user.
const hangUpPatience = 5 * time.Minute

// hungUp is the cause of a stop when the terminal is gone and what was typed
// neither ends nor does anything.
type hungUp struct{}

func (hungUp) Error() string        { return "the terminal is gone, and what was typed does not end" }
func (hungUp) Is(target error) bool { return target == scan.ErrInterrupted }

var errHungUp error = hungUp{}

// leaveIdle stops what runs once it has done nothing for some time. It returns
// when nothing runs any more.
func (a *app) leaveIdle(patience time.Duration) {
	tick := time.NewTicker(patience / 100)
	defer tick.Stop()
	for last := time.Now(); a.keys.busy(); <-tick.C {
		switch {
		case a.active():
			last = time.Now()
		case time.Since(last) >= patience:
			a.out.warn("nothing has moved, counted or slept for " + patience.String() + ": what runs is stopped")
			a.keys.end(errHungUp)
			return
		}
	}
}

// active reports whether something is under way that ends by itself, or that
// waits for somebody else.
func (a *app) active() bool {
	return len(a.session.Restless()) > 0 || a.session.Bus.Waiting() || a.current().Sleeping()
}
