package channel

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/redis/go-redis/v9"

	"blissh/internal/redisconn"
)

// maxQueue is how many events wait for a watching function that is slow.
const maxQueue = 10_000

// EventChannel carries events: unlike a shared channel it has no value, and
// who is not watching misses what is posted. All methods may be called from
// any goroutine.
type EventChannel struct {
	bus     *Bus
	watcher *watcher
	name    string
	address string

	mu    sync.Mutex
	last  string // ID of the last entry seen
	boxes map[*mailbox]struct{}
	over  bool
	refs  int // guarded by Bus.mu
}

// Events returns the event channel with this name, one object per name and
// bus. Close it as often as it was asked for, or close the bus.
func (b *Bus) Events(ctx context.Context, name string) (*EventChannel, error) {
	e, err := b.holdEvents(name)
	if err != nil {
		return nil, fmt.Errorf("event channel %s: %w", name, err)
	}
	if err := e.begin(ctx); err != nil {
		b.releaseEvents(e)
		return nil, fmt.Errorf("event channel %s: %w", name, err)
	}
	return e, nil
}

func (b *Bus) holdEvents(name string) (*EventChannel, error) {
	if err := checkName("name", name); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, ErrClosed
	}
	e, ok := b.events[name]
	if !ok {
		e = &EventChannel{bus: b, name: name, address: eventsKey(name), boxes: map[*mailbox]struct{}{}}
		b.events[name] = e
	}
	e.refs++
	return e, nil
}

func (b *Bus) releaseEvents(e *EventChannel) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e.refs--; e.refs != 0 {
		return
	}
	delete(b.events, e.name)
	if w := e.watched(nil); w != nil {
		w.remove(e)
	}
	e.end()
}

// begin finds where the stream stands, so that only what comes later counts,
// and has it followed from there.
func (e *EventChannel) begin(ctx context.Context) error {
	last, err := e.bus.client.XRevRangeN(ctx, e.address, "+", "-", 1).Result()
	if err != nil {
		return err
	}
	e.bus.mu.Lock()
	defer e.bus.mu.Unlock()
	if e.bus.closed {
		return ErrClosed
	}
	if e.watched(nil) == nil {
		e.last = newest(last)
		e.watched(e.bus.follow(e))
	}
	return nil
}

// watched returns the watcher, after setting it if w is not nil.
func (e *EventChannel) watched(w *watcher) *watcher {
	e.mu.Lock()
	defer e.mu.Unlock()
	if w != nil {
		e.watcher = w
	}
	return e.watcher
}

func newest(entries []redis.XMessage) string {
	if len(entries) == 0 {
		return "0-0"
	}
	return entries[0].ID
}

// Name is the name given to Events.
func (e *EventChannel) Name() string { return e.name }

// Post sends one event to all who watch, this process included, and returns
// when the store has it. Without a store the event is lost, and the error says
// so. The store keeps the last 1000 events.
func (e *EventChannel) Post(v any) error {
	raw, err := encode(v)
	if err == nil {
		err = e.post(raw)
	}
	if err != nil {
		return fmt.Errorf("event channel %s: %w", e.name, err)
	}
	return nil
}

func (e *EventChannel) post(raw string) error {
	ctx, cancel := context.WithTimeout(context.Background(), setBound)
	defer cancel()
	p := e.bus.client.Pipeline()
	p.XAdd(ctx, &redis.XAddArgs{Stream: e.address, MaxLen: maxEvents, Values: []any{field, raw}})
	p.PExpire(ctx, e.address, life)
	_, err := p.Exec(ctx)
	if redisconn.Away(err) && e.bus.ctx.Err() != nil {
		return ErrClosed
	}
	return err
}

// Watch calls f with the events posted since its last call, in order, in a
// goroutine of its own. Of more than 10 000 that wait the oldest are dropped.
// f may Post and cancel. After cancel no new call begins.
func (e *EventChannel) Watch(f func([]any)) (cancel func()) {
	box := &mailbox{}
	ready, _ := box.ready.add() // before anything can be put into the box
	var cancelled atomic.Bool   // a signal may be left in ready
	cancel = func() { cancelled.Store(true); e.drop(box) }
	e.keep(box)
	if !e.bus.start(func() {
		for range ready {
			if events := box.empty(); len(events) > 0 && !cancelled.Load() {
				e.bus.guarded(e.name, func() { f(events) })
			}
		}
	}) {
		cancel()
	}
	return cancel
}

func (e *EventChannel) keep(box *mailbox) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.over {
		box.ready.end()
	}
	e.boxes[box] = struct{}{}
}

func (e *EventChannel) drop(box *mailbox) {
	e.mu.Lock()
	delete(e.boxes, box)
	e.mu.Unlock()
	box.ready.end()
}

// Close gives the event channel back; the last Close ends the calls of Watch.
func (e *EventChannel) Close() error {
	e.bus.releaseEvents(e)
	return nil
}

func (e *EventChannel) end() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.over = true
	for box := range e.boxes {
		box.ready.end()
	}
}

// mailbox holds the events that a watching function has not had.
type mailbox struct {
	ready subscribers
	mu    sync.Mutex
	queue []any
}

func (m *mailbox) put(events []any) {
	m.mu.Lock()
	m.queue = append(m.queue, events...)
	if over := len(m.queue) - maxQueue; over > 0 {
		m.queue = slices.Delete(m.queue, 0, over)
	}
	m.mu.Unlock()
	m.ready.notify()
}

func (m *mailbox) empty() []any {
	m.mu.Lock()
	defer m.mu.Unlock()
	events := m.queue
	m.queue = nil
	return events
}

// The watcher's side.

func (e *EventChannel) key() string { return e.address }

func (e *EventChannel) follow() (after string, take func([]redis.XMessage)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.last, e.take
}

func (e *EventChannel) take(entries []redis.XMessage) {
	events := make([]any, len(entries))
	for i, entry := range entries {
		events[i] = decode(text(entry))
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.last = entries[len(entries)-1].ID
	for box := range e.boxes {
		box.put(slices.Clone(events))
	}
}

// ask keeps the stream alive, and notices when it began anew under an earlier
// clock: then everything in it is new.
func (e *EventChannel) ask(ctx context.Context, p redis.Pipeliner) func(context.Context, redis.Cmdable) error {
	last := p.XRevRangeN(ctx, e.address, "+", "-", 1)
	p.PExpire(ctx, e.address, life)
	return func(context.Context, redis.Cmdable) error {
		entries, err := last.Result()
		if err != nil {
			return fmt.Errorf("event channel %s: %w", e.name, err)
		}
		e.mu.Lock()
		defer e.mu.Unlock()
		if later(e.last, newest(entries)) {
			e.last = "0-0"
		}
		return nil
	}
}
