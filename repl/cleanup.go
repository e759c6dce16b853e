package repl

import (
	"errors"
	"time"
)

// Cleanups are functions that running code has registered to be called at its
// end, however it ends: the last one registered is called first.
type Cleanups interface {
	// Len is how many there are.
	Len() int
	// Pop takes the last one away.
	Pop() func()
}

// cleanUpTime bounds the clean-up of one input or program.
const cleanUpTime = 60 * time.Second

var errCleanUpTime = errors.New("the clean-up took longer than 60 s")

// registered is how many clean-ups there are.
func (in *Interp) registered() int {
	if in.o.Cleanups == nil {
		return 0
	}
	return in.o.Cleanups.Len()
}

// cleanUp calls the clean-ups that were registered after mark by the code of e.
// They run as if nothing had happened: Context is a fresh one, and loops turn.
// An interrupt that came before holds again afterwards.
func (in *Interp) cleanUp(e *engine, mark int) error {
	prompt := in.engine()
	if in.registered() <= mark || prompt.guard.condemned() {
		return nil
	}
	cause := prompt.guard.reason()
	prompt.guard.lower()
	e.guard.lower()
	if cause != nil && in.o.Cleaning != nil {
		in.o.Cleaning()
	}
	limit := time.AfterFunc(cleanUpTime, func() { in.interrupt(errCleanUpTime) })
	defer limit.Stop()
	var errs []error
	for in.registered() > mark {
		errs = append(errs, in.protect(e, in.o.Cleanups.Pop()))
	}
	if cause != nil {
		prompt.guard.raise(cause)
	}
	return errors.Join(errs...)
}

// Call calls f, which calls interpreted code, as if nothing had happened: what
// ends a scan is done also when Ctrl-C has ended the input. An interrupt that
// came before holds again afterwards.
func (in *Interp) Call(f func() error) error {
	g := in.engine().guard
	cause := g.reason()
	if g.condemned() {
		return cause
	}
	g.lower()
	limit := time.AfterFunc(cleanUpTime, func() { in.interrupt(errCleanUpTime) })
	defer limit.Stop()
	if cause != nil {
		defer g.raise(cause)
	}
	return f()
}

// protect calls a function of interpreted code; its panic comes back as an
// error.
func (in *Interp) protect(e *engine, f func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			p := &panicked{value: e.guard.value(r), frames: e.trace.take()}
			if e == in.engine() {
				err = in.panicError(&unit{}, p)
			} else {
				err = e.runError(p)
			}
			if own := (*Error)(nil); errors.As(err, &own) {
				own.Msg = "clean-up: " + own.Msg
			}
		}
	}()
	f()
	return nil
}
