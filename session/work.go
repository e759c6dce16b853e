package session

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"blissh/device"
	"blissh/scan"
)

// ErrAbandoned is returned to the prompt when the user would not wait any
// longer: what was running unwinds by itself and its devices are quarantined.
var ErrAbandoned = errors.New("given up waiting")

const (
	abandonTime  = time.Second // for a scan to give up on its devices
	positionTime = time.Second // to read where the axes are, for the record
)

// task is something that runs for the prompt: a scan or a move.
type task interface {
	// interrupt is the first Ctrl-C; it returns what is left of a long count.
	interrupt() time.Duration
	// stop ends it now.
	stop(cause error)
	// abandon leaves it to itself and returns the names of the axes that are
	// quarantined.
	abandon() []string
	// what it is, in a user's words.
	what() string
}

func (sc *Scan) what() string { return fmt.Sprintf("scan %d", sc.Info().Number) }

func (sc *Scan) interrupt() time.Duration {
	sc.asked()
	return sc.Interrupt()
}

// stop from the keyboard is the second press: the user will not wait.
func (sc *Scan) stop(cause error) {
	sc.asked()
	sc.Stop(cause, scan.Now)
	if cause == scan.ErrInterrupted {
		sc.Hurry()
	}
}

func (sc *Scan) abandon() []string {
	sc.Scan.Abandon()
	select {
	case <-sc.Done():
	case <-time.After(abandonTime):
	}
	return sc.Quarantined()
}

// inWork runs f as the work of t, and waits for its end or until it is
// abandoned. It does not begin once ctx has ended.
func (s *Session) inWork(ctx context.Context, t task, f func() error) error {
	w := &working{task: t, abandoned: make(chan struct{}), done: make(chan struct{})}
	if !s.register(w) {
		return f() // it runs already, and says so itself
	}
	if ctx.Err() != nil { // looked at after t can be found by Interrupt
		s.forget(w)
		return context.Cause(ctx)
	}
	var err error
	go func() {
		defer s.forget(w)
		err = f()
	}()
	select {
	case <-w.done:
		return err
	case <-w.abandoned:
		return ErrAbandoned
	}
}

// register makes a task known to Interrupt and the others, unless it is.
func (s *Session) register(w *working) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tasks[w.task] != nil {
		return false
	}
	s.tasks[w.task] = w
	return true
}

func (s *Session) forget(w *working) {
	s.mu.Lock()
	delete(s.tasks, w.task)
	s.mu.Unlock()
	close(w.done)
}

// drain waits until everything that was not abandoned has ended, or ctx has.
func (s *Session) drain(ctx context.Context) {
	for _, w := range s.current() {
		select {
		case <-w.done:
		case <-w.abandoned:
		case <-ctx.Done():
		}
	}
}

// working is a task with the way to give up on it.
type working struct {
	task
	abandoned chan struct{}
	done      chan struct{}
	once      sync.Once
}

func (s *Session) current() []*working {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []*working
	for _, w := range s.tasks {
		list = append(list, w)
	}
	return list
}

// Interrupt is the first Ctrl-C: moving axes decelerate, a short count is
// finished. It returns what is left of the longest count that goes on, 0 when
// there is none.
func (s *Session) Interrupt() (left time.Duration) {
	for _, w := range s.current() {
		left = max(left, w.interrupt())
	}
	return left
}

// Stop ends everything that runs, now. It does not wait.
func (s *Session) Stop(cause error) {
	for _, w := range s.current() {
		w.stop(cause)
	}
}

// Abandon gives the prompt back: what still runs is left to itself and its axes
// are quarantined. It returns their names.
func (s *Session) Abandon() (quarantined []string) {
	for _, w := range s.current() {
		quarantined = append(quarantined, w.abandon()...)
		w.once.Do(func() { close(w.abandoned) })
	}
	return quarantined
}

// Restless names what a user would want to stop: the axes that move, or that
// are not known to be at rest, else the scans and moves that are under way.
func (s *Session) Restless() (names []string) {
	for _, a := range s.devices.Axes {
		if a.IsMoving() || a.Quarantined() {
			names = append(names, a.Name())
		}
	}
	if len(names) > 0 {
		return names
	}
	for _, w := range s.current() {
		names = append(names, w.what())
	}
	return names
}

// Halt stops everything now, also axes that moved on after they were given up,
// and waits until they are at rest or ctx ends. The error names those that do
// not confirm it.
func (s *Session) Halt(ctx context.Context, cause error) error {
	s.Stop(cause)
	errs := make([]error, len(s.devices.Axes))
	var wg sync.WaitGroup
	for i, a := range s.devices.Axes {
		if a.IsMoving() || a.Quarantined() {
			wg.Go(func() { errs[i] = halt(ctx, a) })
		}
	}
	wg.Wait()
	return errors.Join(errs...)
}

// halt stops one axis. A driver that does not even return is not waited for.
func halt(ctx context.Context, a *device.MotorAxis) error {
	done := make(chan error, 1)
	go func() {
		err := a.Stop(ctx)
		if err == nil {
			_, err = a.State(ctx) // lifts a quarantine
		}
		done <- err
	}()
	select {
	case err := <-done:
		if err == nil && !a.Quarantined() {
			return nil
		}
	case <-ctx.Done():
	}
	return fmt.Errorf("%s does not confirm to be at rest", a.Name())
}

// Move takes axes to their targets, all at once, and returns when all are at
// rest. One that fails stops the others. When ctx ends all decelerate and the
// cause is returned.
func (s *Session) Move(ctx context.Context, axes []*device.MotorAxis, targets []float64) error {
	return s.MoveAfter(ctx, func() {}, axes, targets)
}

// MoveAfter is Move that calls begin when nothing speaks against the move any
// more, just before it.
func (s *Session) MoveAfter(ctx context.Context, begin func(), axes []*device.MotorAxis, targets []float64) error {
	list := make([]device.Axis, len(axes))
	for i, a := range axes {
		list[i] = a
	}
	return s.moveList(ctx, begin, list, targets)
}

// stoppedNow is the error of a move that was told to stop now.
type stoppedNow struct{ error }

func (e *stoppedNow) Unwrap() error { return e.error }

// StoppedNow reports whether a move was ended by a stop now, the second Ctrl-C
// for example: nothing moves by itself after that. After the first one the axes
// may go back.
func StoppedNow(err error) bool {
	var now *stoppedNow
	return errors.As(err, &now) || errors.Is(err, ErrAbandoned)
}

func (s *Session) moveAll(ctx context.Context, list []device.Axis, targets []float64, begin func()) error {
	release, err := s.reserve(ctx, list)
	if err != nil {
		return err
	}
	defer release()
	if err := s.guard(ctx); err != nil {
		return err
	}
	begin()
	if err := s.passTime(ctx, list, targets); err != nil {
		return err
	}
	return scan.MoveTogether(ctx, list, targets)
}

// move is a move from the prompt.
type move struct {
	list   []*device.MotorAxis
	cancel context.CancelCauseFunc
	now    atomic.Bool // told to stop now
}

func (m *move) interrupt() time.Duration {
	m.cancel(scan.ErrInterrupted)
	return 0
}

func (m *move) stop(cause error) {
	m.now.Store(true)
	m.cancel(cause)
}

func (m *move) what() string {
	var list []string
	for _, a := range m.list {
		list = append(list, a.Name())
	}
	return "the move of " + strings.Join(list, " and ")
}

func (m *move) abandon() (quarantined []string) {
	for _, a := range m.list {
		if a.IsMoving() {
			a.Quarantine("it did not confirm that it is at rest")
			quarantined = append(quarantined, a.Name())
		}
	}
	return quarantined
}

// newUID is unique for ever: the time in UTC, readable, and 64 random bits.
func newUID() string {
	var b [8]byte
	rand.Read(b[:])
	return time.Now().UTC().Format("20060102T150405.000") + "-" + hex.EncodeToString(b[:])
}
