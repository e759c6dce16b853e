package scan

import (
	"runtime"
	"sync"
	"time"
)

const (
	// hasteTime is how long one call may still take after Abandon.
	hasteTime = 500 * time.Millisecond
	// hasteLook and look are how often the run is looked at once it has been
	// told to end.
	hasteLook = 50 * time.Millisecond
	look      = 250 * time.Millisecond
)

// keeper knows what foreign code the run's goroutine is in, so that a call
// that never returns can be left behind: its goroutine ends when it does
// return, and another one does the rest of the scan.
type keeper struct {
	over chan struct{} // closed when the scan has ended

	mu      sync.Mutex
	turn    int           // which goroutine does the run
	calls   int           // counts up with each call
	doing   string        // empty: the engine's own code
	patient bool          // the call may take long
	limit   time.Duration // of the call, while the scan runs; 0: none
}

// enter notes a call; leave ends it and the goroutine as well, if that was
// left behind meanwhile.
func (k *keeper) enter(what string) (turn int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.calls++
	k.doing, k.patient, k.limit = what, false, 0
	return k.turn
}

// enterPatient notes a call that may take long.
func (k *keeper) enterPatient(what string) (turn int) {
	turn = k.enter(what)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.patient = true
	return turn
}

func (k *keeper) leave(turn int) {
	if !k.back(turn) {
		runtime.Goexit()
	}
}

// back ends a call; false if its goroutine was left behind meanwhile.
func (k *keeper) back(turn int) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.turn != turn {
		return false
	}
	k.doing = ""
	return true
}

// now is whose turn it is.
func (k *keeper) now() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.turn
}

// leaveBehind takes the run from the goroutine that is in the given call, and
// says what that was.
func (k *keeper) leaveBehind(call int) (doing string, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.calls != call || k.doing == "" {
		return "", false
	}
	k.turn++
	doing, k.doing = k.doing, ""
	return doing, true
}

// current is the call in progress, 0 if there is none.
func (k *keeper) current() (call int, patient bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.doing == "" {
		return 0, false
	}
	return k.calls, k.patient
}

// watch waits for the end of the run, and ends it when a device does not answer. Once the scan is to end, no call may last
// longer than twice the limit of a clean-up step, and hasteTime after Abandon.
func (r *runner) watch() {
	if r.attend() {
		return
	}
	var seen int
	var since time.Time
	for {
		haste := r.s.inHaste()
		if r.isOver(haste) {
			return
		}
		call, patient := r.keeper.current()
		if call != seen || call == 0 {
			seen, since = call, time.Now()
			continue
		}
		limit := 2 * r.o.CleanUp
		if haste {
			limit = hasteTime
		}
		if time.Since(since) >= limit && (!patient || haste) {
			r.leaveBehind(call)
		}
	}
}

// isOver waits a little for the end.
func (r *runner) isOver(haste bool) bool {
	every := look
	if haste {
		every = hasteLook
	}
	t := time.NewTimer(every)
	defer t.Stop()
	select {
	case <-r.keeper.over:
		return true
	case <-t.C:
		return false
	}
}

// inHaste reports whether Abandon was called.
func (s *Scan) inHaste() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.haste
}

// leaveBehind gives up a call that does not return: axes that may still move
// are quarantined and the end goes on without it.
func (r *runner) leaveBehind(call int) {
	doing, ok := r.keeper.leaveBehind(call)
	if !ok {
		return
	}
	doing = r.named(doing)
	r.s.fail(&UnconfirmedError{Doing: doing, Axes: r.quarantine(doing)})
	go func() {
		if r.todo == nil {
			r.beginEnd()
		}
		r.finish()
	}()
}

// quarantine refuses further moves of those axes that are still moving.
func (r *runner) quarantine(why string) (axes []string) {
	for _, m := range r.axes {
		a, ok := m.axis.(interface {
			IsMoving() bool
			Quarantine(string)
		})
		if ok && a.IsMoving() {
			a.Quarantine(why + " has not returned")
			axes = append(axes, m.name)
		}
	}
	return axes
}
