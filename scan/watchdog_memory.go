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
	lookEvery  = 10 * time.Millisecond // while a call lasts
	window     = 5 * time.Millisecond  // held, and not held
	trials     = 20                    // at most
	convincing = 4                     // windows in which the heap has grown
	noise      = 256 << 10             // bytes that others may take in a window

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
func (w *Watchdog) weighs() bool { return w.o.Kill != nil && w.o.Hold != nil }

// tooLarge ends a call that has taken too much memory; nil if there is none.
func (w *Watchdog) tooLarge() (err error, back, report chan struct{}) {
	if w.growth() <= w.o.memory() {
		return nil, nil, nil
	}
	guilty := w.eats()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.heap = 0 // what has come together is somebody else's
	if !guilty || w.call == "" || w.back != nil {
		return nil, nil, nil
	}
	back, report = w.end()
	return &MemoryError{Call: w.call, Budget: w.o.memory()}, back, report
}

// growth is by how much the heap has grown since the first look at the call in
// progress.
func (w *Watchdog) growth() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.weighs() || w.call == "" || w.back != nil {
		return 0
	}
	now := metric(heapObjects)
	if w.heap == 0 {
		w.heap = now
	}
	return int64(now) - int64(w.heap)
}

// eats tells whether the heap grows when the hook runs and not when it is held.
func (w *Watchdog) eats() bool {
	w.o.Trials.mu.Lock()
	defer w.o.Trials.mu.Unlock()
	defer w.o.Hold(false)
	grew, all, others := 0, uint64(0), uint64(0)
	for range trials {
		n := allocatedIn(window)
		if all += n; n > noise {
			grew++
		}
		w.o.Hold(true)
		time.Sleep(window / 5) // until the next turn of its loop
		others += allocatedIn(window)
		w.o.Hold(false)
		if grew >= convincing && all > 4*others {
			return true
		}
	}
	return others <= noise || all > 4*others
}

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
	if s.live == 0 {
		s.live = metric(heapLive)
	}
	before := metric(heapAllocs)
	err := f()
	s.taken += metric(heapAllocs) - before
	s.weighed++
	grown := int64(metric(heapLive)) - int64(s.live)
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

// allocatedIn is how many bytes the process takes in a time.
func allocatedIn(d time.Duration) uint64 {
	before := metric(heapAllocs)
	time.Sleep(d)
	return metric(heapAllocs) - before
}
