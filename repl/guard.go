package repl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"blissh/scan"
)

// ErrInterrupt is what interpreted code that was interrupted ends with; it is the
// engine's error, so that a command and the loop around it end alike.
var ErrInterrupt = scan.ErrInterrupted

// errDepth ends a recursion that would end the process.
var errDepth = errors.New("too many nested function calls (about 1000)")

const (
	maxDepth      = 1000 // nested interpreted calls
	framesPerCall = 2    // of Go's stack, at least, for one interpreted call
	framesAtMost  = 10   // ... and at most
	sampleCalls   = 32   // function entries between two looks at the stack

	// unwindTime is what deferred calls of interrupted code have.
	unwindTime = 5 * time.Second
)

// guard is what the checks in one interpreter's code look at. Its methods are
// safe from any goroutine.
type guard struct {
	raised atomic.Bool
	calls  atomic.Uint32
	sleeps atomic.Int32       // calls of time.Sleep
	output io.Writer          // complaints of goroutines
	trace  *trace             // where their panics passed
	place  func(frame) string // "file:line:col: ", or "" for what was typed

	mu     sync.Mutex
	cause  error
	since  time.Time     // of cause
	final  bool          // lower has no effect any more
	held   chan struct{} // closed when the code may go on; nil: it may
	noted  any           // the value of the last panic, with its methods
	ctx    context.Context
	cancel context.CancelCauseFunc
	gos    sync.WaitGroup
}

func newGuard(output io.Writer) *guard {
	g := &guard{output: output}
	g.ctx, g.cancel = context.WithCancelCause(context.Background())
	return g
}

// raise asks the interpreted code to end; the first cause is kept.
func (g *guard) raise(cause error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.cause == nil {
		g.cause, g.since = cause, time.Now()
	}
	g.raised.Store(true)
	g.release()
	g.cancel(g.cause)
}

// hold lets the code wait at its next check, or go on.
func (g *guard) hold(on bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.release()
	if on && g.cause == nil {
		g.held = make(chan struct{})
	}
	g.raised.Store(g.held != nil || g.cause != nil)
}

// release lets held code go on; mu is held.
func (g *guard) release() {
	if g.held != nil {
		close(g.held)
		g.held = nil
	}
}

// condemn is raise for good.
func (g *guard) condemn(cause error) {
	g.mu.Lock()
	g.final = true
	g.mu.Unlock()
	g.raise(cause)
}

// condemned reports whether condemn was called.
func (g *guard) condemned() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.final
}

// lower makes the code usable again after raise.
func (g *guard) lower() {
	if !g.raised.Load() {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.final {
		return
	}
	if g.cause == nil {
		return // it is held
	}
	g.cause = nil
	g.ctx, g.cancel = context.WithCancelCause(context.Background())
	g.raised.Store(false)
}

// context is cancelled by raise; it lives on from one evaluation to the next.
func (g *guard) context() context.Context {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.ctx
}

// reason is the cause given to raise, nil when it was not called.
func (g *guard) reason() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.cause
}

// loop is called at every turn of an interpreted loop.
func (g *guard) loop() {
	if g.raised.Load() {
		g.leave()
	}
}

// leave ends code that was asked to, unless it is a deferred call on the way
// out.
func (g *guard) leave() {
	g.mu.Lock()
	if held := g.held; held != nil {
		g.mu.Unlock()
		<-held
		g.mu.Lock()
	}
	cause, since := g.cause, g.since
	g.mu.Unlock()
	if cause == nil || unwinding() && time.Since(since) < unwindTime {
		return
	}
	panic(cause)
}

// unwinding reports whether the calling goroutine is running deferred calls
// because of a panic.
func unwinding() bool {
	pcs := make([]uintptr, maxDepth*framesAtMost)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	for {
		f, more := frames.Next()
		if f.Function == "runtime.gopanic" {
			return true
		}
		if !more {
			return false
		}
	}
}

// enter is called at the entry of every interpreted function.
func (g *guard) enter() {
	g.loop()
	if g.calls.Add(1)%sampleCalls == 0 {
		checkDepth()
	}
}

// checkDepth panics when interpreted calls are nested deeper than maxDepth.
// They are only counted on a stack that is deep enough.
func checkDepth() {
	var one [1]uintptr
	if runtime.Callers(maxDepth*framesPerCall, one[:]) == 0 {
		return
	}
	pcs := make([]uintptr, maxDepth*framesAtMost)
	calls, depth := 0, runtime.Callers(0, pcs)
	if depth == len(pcs) { // calls that pass through compiled functions, such as sort.Slice
		panic(errDepth)
	}
	for _, pc := range pcs[:depth] {
		if f := runtime.FuncForPC(pc - 1); f != nil && f.Name() == "github.com/traefik/yaegi/interp.runCfg" {
			calls++
		}
	}
	if calls > maxDepth {
		panic(errDepth)
	}
}

// note is called with the value of a panic of a type that interpreted code may
// have declared.
func (g *guard) note(v any) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.noted = v
}

// value is what a panic that interpreted code has not recovered means: an error
// or a text of a type of interpreted code has its methods, which the value
// itself has not.
func (g *guard) value(v any) any {
	g.mu.Lock()
	noted := g.noted
	g.noted = nil
	g.mu.Unlock()
	inner := panicValue(v)
	if noted != nil && nameless(inner) {
		return noted
	}
	if _, ok := inner.(error); ok {
		return inner
	}
	return v
}

// nameless reports whether a value is of a type of interpreted code.
func nameless(v any) bool {
	if v == nil {
		return false
	}
	t := reflect.TypeOf(v)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Name() == ""
}

// start runs f, the body of an interpreted go statement, in a goroutine that
// cannot end the process.
func (g *guard) start(f func()) {
	g.gos.Go(func() {
		defer g.recovered()
		f()
	})
}

func (g *guard) recovered() {
	r := recover()
	if r == nil {
		return
	}
	place := ""
	if frames := g.trace.take(); len(frames) > 0 {
		place = g.place(frames[0])
	}
	if !g.raised.Load() {
		fmt.Fprintf(g.output, "goroutine: %s%s\n", place, plainPanic(g.value(r)))
	}
}
