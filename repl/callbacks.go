package repl

import (
	"context"
	"time"

	"blissh/repl/sync"
)

// syncNames replaces the types of package sync whose misuse ends the process.
func syncNames() map[string]any {
	return map[string]any{"Mutex": (*sync.Mutex)(nil), "RWMutex": (*sync.RWMutex)(nil), "WaitGroup": (*sync.WaitGroup)(nil)}
}

// later is time.AfterFunc for interpreted functions: a panic is said.
func (e *engine) later(d time.Duration, f func()) *time.Timer {
	return time.AfterFunc(d, e.guarded(f))
}

// afterContext is context.AfterFunc for interpreted functions.
func (e *engine) afterContext(ctx context.Context, f func()) (stop func() bool) {
	return context.AfterFunc(ctx, e.guarded(f))
}

func (e *engine) guarded(f func()) func() {
	return func() {
		defer e.guard.recovered()
		f()
	}
}
