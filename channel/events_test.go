package channel_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"

	"blissh/channel"
)

func events(t *testing.T, b *channel.Bus, name string) *channel.EventChannel {
	t.Helper()
	e, err := b.Events(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// collector keeps what a watching function was given.
type collector struct {
	mu      sync.Mutex
	all     []any
	batches int
}

func (c *collector) take(events []any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, events...)
	c.batches++
}

func (c *collector) has(want ...any) func() bool {
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return slices.Equal(c.all, want)
	}
}

func TestEventsReachEveryWatcherInOrder(t *testing.T) {
	onBoth(t, func(t *testing.T, s server) {
		mine := events(t, connect(t, s), "e")
		var earlier, near, far collector
		cancel := mine.Watch(earlier.take)
		if err := mine.Post("before the others watched"); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the own event", earlier.has("before the others watched"))
		cancel()
		theirs := events(t, connect(t, s), "e")
		theirs.Watch(far.take)
		mine.Watch(near.take)
		if err := mine.Post("one"); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the first event", far.has("one"))
		want := []any{"one"}
		for i := range 300 {
			want = append(want, float64(i))
			if err := mine.Post(i); err != nil {
				t.Fatal(err)
			}
		}
		eventually(t, "300 events there", far.has(want...))
		eventually(t, "300 events here", near.has(want...))
	})
}

func TestEventsInOneGoComeInFewCalls(t *testing.T) {
	onBoth(t, func(t *testing.T, s server) {
		var got collector
		e := events(t, connect(t, s), "e")
		e.Watch(got.take)
		_, err := plain(t, s).TxPipelined(t.Context(), func(p redis.Pipeliner) error {
			for i := range 10 {
				p.XAdd(t.Context(), &redis.XAddArgs{Stream: "blissh:channel:{e}:events", Values: []any{"v", fmt.Sprint(i)}})
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "10 events", got.has(0., 1., 2., 3., 4., 5., 6., 7., 8., 9.))
		if got.batches > 2 {
			t.Errorf("in %d calls", got.batches)
		}
	})
}

func TestEventsAfterAnOutage(t *testing.T) {
	onBoth(t, func(t *testing.T, s server) {
		var got collector
		e := events(t, connect(t, s), "e")
		e.Watch(got.take)
		if err := e.Post(1); err != nil {
			t.Fatal(err)
		}
		eventually(t, "an event", got.has(1.))
		s.Stop()
		if err := e.Post("lost"); err == nil {
			t.Error("posted without a store")
		}
		s.Restart()
		eventually(t, "an event to be posted", func() bool { return e.Post(2) == nil })
		eventually(t, "an event from the new store", got.has(1., 2.))
	})
}

func TestEventChannelIsClosedWithItsLastHolder(t *testing.T) {
	s := startEmbedded(t)
	bus := connect(t, s)
	first, second := events(t, bus, "e"), events(t, bus, "e")
	if first != second {
		t.Error("two objects of one name")
	}
	var got collector
	second.Watch(got.take)
	first.Close()
	if err := second.Post(1); err != nil {
		t.Fatal(err)
	}
	eventually(t, "an event", got.has(1.))
	second.Close()
	third := events(t, bus, "e")
	if third == first {
		t.Error("closed, and there again")
	}
	var anew collector
	third.Watch(anew.take)
	if err := third.Post(2); err != nil {
		t.Fatal(err)
	}
	eventually(t, "an event for the new holder", anew.has(2.))
	if !got.has(1.)() {
		t.Error("an event for a watcher of the closed event channel")
	}
}

func TestSlowWatcherDelaysNobody(t *testing.T) {
	s := startEmbedded(t)
	e := events(t, connect(t, s), "e")
	release := make(chan struct{})
	var slow, quick collector
	e.Watch(func(events []any) { <-release; slow.take(events) })
	e.Watch(quick.take)
	if err := e.Post("first"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the quick one to have it", quick.has("first"))
	if err := e.Post("second"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the quick one to have both", quick.has("first", "second"))
	close(release)
	eventually(t, "the slow one to have both", slow.has("first", "second"))
}
