// Package sync stands for the standard one in interpreted code: where a misuse
// there ends the process, here it is a panic like any other.
package sync

import (
	"sync"
	"sync/atomic"
)

// Mutex is sync.Mutex, but to unlock it when it is not locked is a panic.
type Mutex struct {
	mu     sync.Mutex
	locked atomic.Bool
}

// Lock waits until the mutex is free and takes it.
func (m *Mutex) Lock() {
	m.mu.Lock()
	m.locked.Store(true)
}

// TryLock takes the mutex if it is free.
func (m *Mutex) TryLock() bool {
	ok := m.mu.TryLock()
	if ok {
		m.locked.Store(true)
	}
	return ok
}

// Unlock gives the mutex back.
func (m *Mutex) Unlock() {
	if !m.locked.CompareAndSwap(true, false) {
		panic("sync: unlock of a mutex that is not locked")
	}
	m.mu.Unlock()
}

// RWMutex is sync.RWMutex, but to unlock it when it is not locked is a panic.
type RWMutex struct {
	mu      sync.RWMutex
	locked  atomic.Bool
	readers atomic.Int64
}

// Lock waits for all others and takes the mutex.
func (m *RWMutex) Lock() {
	m.mu.Lock()
	m.locked.Store(true)
}

// TryLock takes the mutex if nobody has it.
func (m *RWMutex) TryLock() bool {
	ok := m.mu.TryLock()
	if ok {
		m.locked.Store(true)
	}
	return ok
}

// Unlock gives the mutex back.
func (m *RWMutex) Unlock() {
	if !m.locked.CompareAndSwap(true, false) {
		panic("sync: unlock of a mutex that is not locked")
	}
	m.mu.Unlock()
}

// RLock takes the mutex for reading.
func (m *RWMutex) RLock() {
	m.mu.RLock()
	m.readers.Add(1)
}

// TryRLock takes the mutex for reading if nobody writes.
func (m *RWMutex) TryRLock() bool {
	ok := m.mu.TryRLock()
	if ok {
		m.readers.Add(1)
	}
	return ok
}

// RUnlock gives the mutex back after reading.
func (m *RWMutex) RUnlock() {
	for {
		n := m.readers.Load()
		if n < 1 {
			panic("sync: unlock of a mutex that nobody reads")
		}
		if m.readers.CompareAndSwap(n, n-1) {
			m.mu.RUnlock()
			return
		}
	}
}

// RLocker is the reading side of the mutex.
func (m *RWMutex) RLocker() sync.Locker { return reader{m} }

type reader struct{ m *RWMutex }

func (r reader) Lock()   { r.m.RLock() }
func (r reader) Unlock() { r.m.RUnlock() }

// WaitGroup is sync.WaitGroup, but a panic in a function that was given to Go
// is one of Wait.
type WaitGroup struct {
	wg    sync.WaitGroup
	fault atomic.Pointer[any]
}

// Add counts n more, or fewer.
func (w *WaitGroup) Add(n int) { w.wg.Add(n) }

// Done counts one fewer.
func (w *WaitGroup) Done() { w.wg.Done() }

// Wait returns when the count is 0.
func (w *WaitGroup) Wait() {
	w.wg.Wait()
	if fault := w.fault.Swap(nil); fault != nil {
		panic(*fault)
	}
}

// Go counts one more, until f has returned.
func (w *WaitGroup) Go(f func()) {
	w.wg.Go(func() {
		defer func() {
			if r := recover(); r != nil {
				w.fault.CompareAndSwap(nil, &r)
			}
		}()
		f()
	})
}
