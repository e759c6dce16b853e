package channel

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
)

// subscribers are Go channels with room for one signal each: whoever comes
// late sees that something changed, and reads the newest value.
type subscribers struct {
	mu   sync.Mutex
	all  map[chan struct{}]struct{}
	over bool
}

func (s *subscribers) add() (<-chan struct{}, func()) {
	ch := make(chan struct{}, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		close(ch)
		return ch, func() {}
	}
	if s.all == nil {
		s.all = map[chan struct{}]struct{}{}
	}
	s.all[ch] = struct{}{}
	return ch, func() { s.remove(ch) }
}

func (s *subscribers) remove(ch chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.all[ch]; ok {
		delete(s.all, ch)
		close(ch)
	}
}

func (s *subscribers) notify() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for ch := range s.all {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

func (s *subscribers) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	for ch := range s.all {
		close(ch)
	}
	s.all = nil
}

func (s *subscribers) ended() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.over
}

// Subscribe returns a Go channel that receives after a change of the value,
// set here or elsewhere. Changes that come quickly merge into one signal. It
// is closed by cancel, and when the shared channel is closed.
func (c *Channel) Subscribe() (changed <-chan struct{}, cancel func()) {
	return c.changed.add()
}

// Watch calls f after each change, in a goroutine of its own, one call at a
// time; changes that come while f runs merge into one call. f may read, Set
// and cancel. After cancel no new call begins.
func (c *Channel) Watch(f func(*Channel)) (cancel func()) {
	changed, unsubscribe := c.Subscribe()
	var cancelled atomic.Bool // a signal may be left in changed
	cancel = func() { cancelled.Store(true); unsubscribe() }
	if !c.bus.start(func() {
		for range changed {
			if !cancelled.Load() {
				c.bus.guarded(c.name, func() { f(c) })
			}
		}
	}) {
		cancel()
	}
	return cancel
}

// Wait returns when the value equals want, as JSON compares: 1 and 1.0 are
// equal, 1 and true are not. It returns the context's cause when that ends
// first.
func (c *Channel) Wait(ctx context.Context, want any) error {
	raw, err := encode(want)
	if err != nil {
		return fmt.Errorf("shared channel %s: %w", c.name, err)
	}
	c.bus.waiting.Add(1)
	defer c.bus.waiting.Add(-1)
	changed, cancel := c.Subscribe()
	defer cancel()
	for !c.now.Load().equal(raw) {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case _, open := <-changed:
			if !open {
				return fmt.Errorf("shared channel %s: %w", c.name, ErrClosed)
			}
		}
	}
	return nil
}

// Waiting reports whether somebody waits for a value of a shared channel.
func (b *Bus) Waiting() bool { return b.waiting.Load() > 0 }
