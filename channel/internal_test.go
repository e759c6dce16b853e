package channel

import (
	"context"
	"errors"
	"testing"
	"time"

	"blissh/internal/redisconn"
)

// A watcher that is told of an unsent value while Set still holds the shared
// channel would leave it alone, until the next renewal.
func TestTheWatcherIsToldOfAnUnsentValueWhenItMaySendIt(t *testing.T) {
	client, err := redisconn.New("redis://127.0.0.1:1", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	c := &Channel{bus: &Bus{client: client, ctx: context.Background()}, watcher: &watcher{changed: make(chan struct{}, 1)}}
	c.now.Store(newValue("", "null"))
	c.watcher.mu.Lock() // holds owe in its place
	said := make(chan error)
	go func() { said <- c.Set(true) }()
	for end := time.Now().Add(5 * time.Second); !c.watcher.owing.Load(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the watcher was not told")
		}
	}
	if !c.setting.TryLock() {
		t.Error("the watcher was told too early")
	} else {
		c.setting.Unlock()
	}
	c.watcher.mu.Unlock()
	if err := <-said; !errors.Is(err, ErrNotSent) {
		t.Error(err)
	}
}

// A signal that was sent before cancel must not call the function after it.
func TestASignalLeftOverCallsNobody(t *testing.T) {
	b := &Bus{ctx: context.Background()}
	c := &Channel{bus: b}
	begun, release, calls := make(chan struct{}), make(chan struct{}), 0
	cancel := c.Watch(func(*Channel) { calls++; close(begun); <-release })
	c.changed.notify()
	<-begun
	c.changed.notify()
	cancel()
	close(release)

	e := &EventChannel{bus: b, boxes: map[*mailbox]struct{}{}}
	posted, free, events := make(chan struct{}), make(chan struct{}), 0
	drop := e.Watch(func([]any) { events++; close(posted); <-free })
	for box := range e.boxes {
		box.put([]any{1})
		<-posted
		box.put([]any{2})
	}
	drop()
	close(free)
	b.owned.Wait()
	if calls != 1 || events != 1 {
		t.Errorf("%d and %d calls, 1 and 1 came before cancel", calls, events)
	}
}

// An event that comes while Watch begins must wake the function.
func TestAnEventThatComesWhileWatchBegins(t *testing.T) {
	b := &Bus{ctx: context.Background()}
	e := &EventChannel{bus: b, boxes: map[*mailbox]struct{}{}}
	stop := make(chan struct{})
	posting := make(chan struct{})
	go func() { // to whoever is there, once
		defer close(posting)
		had := map[*mailbox]bool{}
		for {
			select {
			case <-stop:
				return
			default:
			}
			e.mu.Lock()
			for box := range e.boxes {
				if !had[box] {
					had[box] = true
					box.put([]any{1})
				}
			}
			e.mu.Unlock()
		}
	}()
	for i := range 500 {
		got := make(chan struct{})
		cancel := e.Watch(func([]any) { close(got) })
		select {
		case <-got:
		case <-time.After(2 * time.Second):
			t.Fatalf("watcher %d was not woken", i)
		}
		cancel()
	}
	close(stop)
	<-posting
	b.owned.Wait()
}
