package scan

import (
	"fmt"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"
)

// MemoryBudget is how much memory a hook may take, in bytes, when its options
// say nothing: far more than the points of a long scan, and less than what hurts.
const MemoryBudget = 256 << 20

// How the memory of a hook is found: nothing tells how much one goroutine has
// taken, so the heap is looked at while a call lasts. When it has grown by more
// than the budget, the hook is held at its next loop turn and let go, again and
// again: if the growth stops and starts with that, the hook is the one that eats.
const (
	lookEvery  = 10 * time.Millisecond  // while a call lasts
	window     = 5 * time.Millisecond   // not held, at least
	longest    = 100 * time.Millisecond // held
	trials     = 20                     // at most
	convincing = 4                      // times that the heap grew while the hook ran
	noise      = 256 << 10              // bytes that others may take meanwhile

	// Calls that are too short for that are weighed one by one, some of them.
	weighEvery = 32
)

// MemoryError says that a hook has taken more memory than its budget.
type MemoryError struct {
	Call   string // "OnScanData"
	Budget int64  // bytes
}

func (e *MemoryError) Error() string {
	return fmt.Sprintf("%s took more than %d MB of memory", e.Call, e.Budget>>20)
}

// Trials lets the hooks of one process be held one at a time. The zero value
// works.
type Trials struct{ mu sync.Mutex }

// nextLook is when a call is to be looked at that has lasted for spent; mu is
// held.
func (w *Watchdog) nextLook(spent time.Duration) time.Duration {
	if !w.weighs() {
		return w.limit - spent
	}
	return min(lookEvery, w.limit-spent)
}

// weighs reports whether the memory of the hook matters: it can be ended.
func (w *Watchdog) weighs() bool { return w.o.Kill != nil && w.o.Hold != nil && w.o.LetGo != nil }

// tooLarge ends a call that has taken too much memory; nil if there is none.
func (w *Watchdog) tooLarge() *cutCall {
	grown, left := w.growth()
	if grown <= w.o.memory() || !w.o.Trials.mu.TryLock() { // another one is on trial
		return nil
	}
	guilty := w.eats(left)
	w.o.Trials.mu.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.heap = 0 // what has come together is somebody else's
	if !guilty || w.call == "" || w.back != nil {
		return nil
	}
	return w.end(&MemoryError{Call: w.call, Budget: w.o.memory()})
}

// growth is by how much the heap has grown since the first look at the call in
// progress, and how much time the call has left.
func (w *Watchdog) growth() (grown int64, left time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.weighs() || w.call == "" || w.back != nil {
		return 0, 0
	}
	now := metric(heapObjects)
	if w.heap == 0 {
		w.heap = now
	}
	return int64(now) - int64(w.heap), w.limit - time.Since(w.since)
}

// eats tells whether the heap grows when the hook runs and not when it is held. A
// hook that cannot be held within the time it has left is no eater that could be
// ended.
func (w *Watchdog) eats(left time.Duration) bool {
	defer w.o.LetGo()
	var own, others flow
	for grew := 0; own.times < trials; {
		var held bool
		n := own.measure(func() {
			time.Sleep(window)
			held = w.o.Hold(left)
		})
		if !held {
			return false
		}
		others.measure(func() { time.Sleep(min(own.last, longest)) })
		w.o.LetGo()
		if n > noise {
			grew++
		}
		if own.rate() > 4*others.rate() && (grew >= convincing || own.bytes > w.o.memory()) {
			return true
		}
	}
	return false
}

// flow is how much the process has allocated in some spans of time.
type flow struct {
	bytes int64
	took  time.Duration
	last  time.Duration // of the last span
	times int
}

func (f *flow) measure(span func()) (bytes int64) {
	before, begin := metric(heapAllocs), time.Now()
	span()
	f.last = time.Since(begin)
	bytes = int64(metric(heapAllocs) - before)
	f.bytes, f.took, f.times = f.bytes+bytes, f.took+f.last, f.times+1
	return bytes
}

func (f *flow) rate() float64 { return float64(f.bytes) / f.took.Seconds() }

// scales weigh a hook that takes a little more at each call.
type scales struct {
	calls, weighed, taken uint64
	live                  uint64 // bytes in use when it was first weighed
}

// weighed makes a call, and weighs some: what it has taken in all is told from
// them. A hook is ended when the process keeps more than its budget and at least
// half of that can be the hook's.
func (w *Watchdog) weighed(f func() error) error {
	s := &w.scales
	if s.calls++; !w.weighs() || s.calls%weighEvery != 0 {
		return f()
	}
	before := metric(heapAllocs)
	err := f()
	s.taken += metric(heapAllocs) - before
	s.weighed++
	live := metric(heapLive)
	if s.weighed == 1 || live < s.live {
		s.live = live // garbage of others is gone
	}
	grown := int64(live) - int64(s.live)
	if err == nil && grown > w.o.memory() && int64(s.taken/s.weighed*s.calls) > grown/2 {
		return &MemoryError{Call: "OnScanData", Budget: w.o.memory()}
	}
	return err
}

// giveBack returns what an ended hook has left to the system.
func giveBack() { debug.FreeOSMemory() }

const (
	heapObjects = "/memory/classes/heap/objects:bytes"
	heapAllocs  = "/gc/heap/allocs:bytes"
	heapLive    = "/gc/heap/live:bytes"
)

func metric(name string) uint64 {
	list := [1]metrics.Sample{{Name: name}}
	metrics.Read(list[:])
	return list[0].Value.Uint64()
}
