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
)

// MemoryError says that a hook has taken more memory than its budget.
type MemoryError struct {
	Call   string // "OnScanData"
	Budget int64  // bytes
}

// Error is "OnScanData took more than 256 MB of memory".
func (e *MemoryError) Error() string {
	return fmt.Sprintf("%s took more than %d MB of memory", e.Call, e.Budget>>20)
}

// Trials lets the hooks of one process be held one at a time. The zero value
// works.
type Trials struct {
	mu    sync.Mutex // of a call that is held and let go
	short sync.Mutex // of short calls
}

// weighs reports whether the memory of the hook matters: it can be ended.
func (w *Watchdog) weighs() bool { return w.o.Kill != nil && w.o.Hold != nil && w.o.LetGo != nil }

// tooLarge ends a call that has taken too much memory; nil if there is none.
func (w *Watchdog) tooLarge() *cutCall {
	grown, since := w.growth()
	if grown <= w.o.memory() || !w.o.Trials.mu.TryLock() { // another one is on trial
		return nil
	}
	guilty := w.eats(since)
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
// progress, and when that has begun.
func (w *Watchdog) growth() (grown int64, since time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.weighs() || w.call == "" || w.back != nil {
		return 0, since
	}
	now := metric(heapObjects)
	if w.heap == 0 {
		w.heap = now
	}
	return int64(now) - int64(w.heap), w.since
}

// eats tells whether the heap grows when the hook runs and not when it is held. A
// hook that cannot be held within the time it has left is no eater that could be
// ended; nor is a call that is over.
func (w *Watchdog) eats(since time.Time) bool {
	defer w.o.LetGo()
	var own, others flow
	for grew := 0; own.times < trials; {
		var held bool
		n := own.measure(func() {
			time.Sleep(window)
			held = w.hold(since)
		})
		if !held {
			return false
		}
		others.measure(func() { time.Sleep(min(own.last, longest)) })
		w.letGo(since, others.last)
		if n > noise {
			grew++
		}
		if own.rate() > 4*others.rate() && (grew >= convincing || own.bytes > w.o.memory()) {
			return true
		}
	}
	return false
}

// hold holds the call that began then, as long as it has time left.
func (w *Watchdog) hold(since time.Time) bool {
	w.mu.Lock()
	left := w.limit - w.spent()
	if w.call == "" || w.since != since {
		left = 0
	}
	w.mu.Unlock()
	return left > 0 && w.o.Hold(left)
}

// letGo lets the call go on; the time for which it was held is none of its own.
func (w *Watchdog) letGo(since time.Time, held time.Duration) {
	w.mu.Lock()
	if w.since == since {
		w.idle += held
	}
	w.mu.Unlock()
	w.o.LetGo()
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
