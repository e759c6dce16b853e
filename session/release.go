package session

import (
	"context"
	"slices"
	"sync"
	"time"

	"blissh/data/store"
)

const (
	// releaseWait is how long the end of a move or a scan waits until its axes
	// are given back: long for a store, short for whoever stops something
	// while the store is away.
	releaseWait = 100 * time.Millisecond
	// releaseTry bounds one exchange and is the time between two.
	releaseTry = time.Second
	// releaseLife is the life of a reservation, which then ends by itself.
	releaseLife = 20 * time.Second
)

// releases are the reservations on their way back to the store.
type releases struct {
	mu      sync.Mutex
	pending []chan struct{} // each is closed when one has come to its end
}

// release gives axes back. It does not wait for a store that is away: that is
// tried again until the reservation has ended by itself.
func (s *Session) release(r *store.Reservation) {
	done := s.releases.add()
	go func() {
		defer s.releases.remove(done)
		for end := time.Now().Add(releaseLife); !s.tryRelease(r) && time.Now().Before(end); {
			select {
			case <-s.closing:
				return
			case <-time.After(releaseTry):
			}
		}
	}()
	select {
	case <-done:
	case <-time.After(releaseWait):
	}
}

// tryRelease reports whether there is nothing left to give back.
func (s *Session) tryRelease(r *store.Reservation) bool {
	ctx, cancel := context.WithTimeout(context.Background(), releaseTry)
	defer cancel()
	return r.Release(ctx) == nil
}

func (p *releases) add() chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	done := make(chan struct{})
	p.pending = append(p.pending, done)
	return done
}

func (p *releases) remove(done chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pending = slices.DeleteFunc(p.pending, func(c chan struct{}) bool { return c == done })
	close(done)
}

// wait gives those that are under way the time for one more exchange.
func (p *releases) wait(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 2*releaseTry)
	defer cancel()
	p.mu.Lock()
	list := slices.Clone(p.pending)
	p.mu.Unlock()
	for _, done := range list {
		select {
		case <-done:
		case <-ctx.Done():
			return
		}
	}
}

// endReleases leaves the rest to the end of the lease.
func (s *Session) endReleases(ctx context.Context) {
	select {
	case <-s.closing:
	default:
		close(s.closing)
	}
	s.releases.wait(ctx)
}
