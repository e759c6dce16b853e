package scan

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// DefaultAnswer is how long a device may take to answer, beside the time that
// it counts. A detector that is armed may need some of it.
const DefaultAnswer = time.Minute

// attention is how often a running scan looks for calls that are overdue.
const attention = time.Second

// NoAnswerError ends a scan that waits for a device for too long.
type NoAnswerError struct {
	Doing string // "camera: read"
	After time.Duration
}

func (e *NoAnswerError) Error() string {
	return fmt.Sprintf("%s: no answer within %v", e.Doing, e.After)
}

// attend looks after the calls of devices until the scan ends or is told to; it
// reports whether the end is there. Moves have limits of their own, and presets
// may take as long as they like: a shutter waits for the beam.
func (r *runner) attend() (over bool) {
	tick := time.NewTicker(attention)
	defer tick.Stop()
	var seen int
	var since time.Time
	for {
		select {
		case <-r.keeper.over:
			return true
		case <-r.s.urge:
			return false
		case <-tick.C:
		}
		call, limit := r.keeper.limited()
		if call != seen || call == 0 {
			seen, since = call, time.Now()
			continue
		}
		if time.Since(since) >= limit {
			r.overdue(call, limit)
		}
	}
}

// overdue ends the scan because of a call that lasts too long.
func (r *runner) overdue(call int, limit time.Duration) {
	doing, ok := r.keeper.isIn(call)
	if !ok {
		return
	}
	err := &NoAnswerError{Doing: r.named(doing), After: limit}
	if taken := r.s.State() >= Running; taken {
		r.s.failPoint(err)
		return
	}
	r.s.fail(err)
}

// How calls that all controllers take part in are called.
const (
	counting  = "count"
	arming    = "prepare the controllers"
	disarming = "stop the controllers"
)

// named is how a call is called in an error: where several controllers take
// part, by those that have not answered.
func (r *runner) named(doing string) string {
	if doing == counting || doing == arming || doing == disarming {
		return r.chain.waiting(doing)
	}
	return doing
}

// enterWithin notes a call that is to return in a certain time.
func (k *keeper) enterWithin(what string, limit time.Duration) (turn int) {
	turn = k.enter(what)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.limit = limit
	return turn
}

// limited is the call in progress with its limit; 0 if there is none.
func (k *keeper) limited() (call int, limit time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.doing == "" || k.limit == 0 {
		return 0, 0
	}
	return k.calls, k.limit
}

// isIn says what a call is, if it is still in progress.
func (k *keeper) isIn(call int) (doing string, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.doing, k.calls == call && k.doing != ""
}

// stage is what a controller is asked to do.
type stage int32

const (
	idle stage = iota
	preparing
	triggering
	gating
	reading
	stopping
)

func (s stage) String() string {
	return [...]string{"", "prepare", "trigger", "count", "read", "stop"}[s]
}

// waiting names the controllers that have not answered, or says what is being
// done when all have.
func (c *chain) waiting(doing string) string {
	var list []string
	for _, g := range c.groups {
		if s := stage(g.stage.Load()); s != idle {
			list = append(list, g.controller.Name()+": "+s.String())
		}
	}
	return cmp.Or(strings.Join(list, ", "), doing)
}
