// Package channel shares values between the processes of a beamline.
//
// A shared channel is a named value in the store: a flag with which an
// analysis program stops a scan, a number that a display follows. Whoever
// writes last wins, by the order in which the store received the writes. A
// late joiner reads the value at once. Values are anything that JSON can say.
//
//	bus, err := channel.Connect(ctx, "")
//	...
//	defer bus.Close()
//	stop, err := bus.Open(ctx, "stop_alignment", channel.Options{Default: false})
//	...
//	if stop.Bool() { ... }     // a local read, nanoseconds
//	err = stop.Set(true)       // everybody else has it a millisecond later
//
// From a terminal, the same is
//
//	redis-cli XADD 'blissh:channel:{stop_alignment}' MAXLEN 1 '*' v true
//	redis-cli XREVRANGE 'blissh:channel:{stop_alignment}' + - COUNT 1
//
// A value lives as long as a process holds its shared channel open, and a
// minute longer.
package channel

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"blissh/internal/redisconn"
)

// ErrClosed is returned by what needs an open shared channel or bus.
var ErrClosed = errors.New("the shared channel is closed")

// ErrNotSent is wrapped by the error of Set when the store is away: the value
// holds in this process and will be published when the store is back, unless a
// newer one replaces it or the shared channel is closed before.
var ErrNotSent = errors.New("not sent yet, the store is away")

// setBound is how long Set waits for the store.
const setBound = 2 * time.Second

// Channel is one shared channel as this process sees it. All methods may be
// called from any goroutine; the reads are local and never wait.
type Channel struct {
	bus     *Bus
	watcher *watcher
	name    string
	address string // its key in the store

	now     atomic.Pointer[value]
	changed subscribers

	setting sync.Mutex // one Set at a time, held while it waits for the store

	mu      sync.Mutex // guards the writes of now, and:
	pending *string    // newest value that the store does not have
	refs    int        // Opens minus Closes; guarded by Bus.mu
}

// Name is the name given to Open.
func (c *Channel) Name() string { return c.name }

// Bool is the value as a truth: true, a number that is not zero, a string like
// "true", "True" or "1".
func (c *Channel) Bool() bool { return c.now.Load().truth }

// Float is the value as a number: a number, 1 for true and 0 for false, a
// string that reads as a number; else NaN.
func (c *Channel) Float() float64 { return c.now.Load().float }

// String is the content of a string, and the JSON of anything else.
func (c *Channel) String() string { return c.now.Load().text }

// Value is the decoded JSON: nil, bool, float64, string, []any or
// map[string]any. It is shared between callers, who must not change it. A
// shared channel without a value has nil.
func (c *Channel) Value() any { return c.now.Load().any }

// Revision identifies the value in the store; "" if the store has none. Two
// equal values set one after the other have different revisions.
func (c *Channel) Revision() string { return c.now.Load().id }

// Stale reports that the connection to the store is down, so that the value
// may be out of date.
func (c *Channel) Stale() bool { return c.watcher.stale.Load() }

// Set publishes a value, and returns when the store has it, at most 2 s later.
// When the store is away the error wraps ErrNotSent. A value sent just before
// a connection broke may be published twice.
func (c *Channel) Set(v any) error {
	raw, err := encode(v)
	if err != nil {
		return fmt.Errorf("shared channel %s: %w", c.name, err)
	}
	if err := c.set(raw); err != nil {
		return fmt.Errorf("shared channel %s: %w", c.name, err)
	}
	return nil
}

// set tells the watcher of a value that it is to send, once it may: resend
// leaves it alone while a Set is in progress.
func (c *Channel) set(raw string) error {
	err := c.send(raw)
	if errors.Is(err, ErrNotSent) {
		c.watcher.owe()
	}
	return err
}

func (c *Channel) send(raw string) error {
	c.setting.Lock()
	defer c.setting.Unlock()
	if c.changed.ended() {
		return ErrClosed
	}
	if c.Stale() {
		c.postpone(raw)
		return ErrNotSent
	}
	ctx, cancel := context.WithTimeout(context.Background(), setBound) // Close lets it finish
	defer cancel()
	err := c.publish(ctx, c.bus.client, raw)
	switch {
	case redisconn.Away(err) && c.bus.ctx.Err() != nil:
		return ErrClosed
	case redisconn.Away(err):
		c.postpone(raw)
		return fmt.Errorf("%w: %w", ErrNotSent, err)
	}
	return err
}

// publish adds the value to the stream and shows it in this process.
func (c *Channel) publish(ctx context.Context, to redis.Cmdable, raw string) error {
	seen := c.now.Load()
	p := to.Pipeline()
	id := p.XAdd(ctx, &redis.XAddArgs{Stream: c.address, MaxLen: 1, Values: []any{field, raw}})
	p.PExpire(ctx, c.address, life)
	if _, err := p.Exec(ctx); err != nil {
		return err
	}
	c.mu.Lock()
	c.pending = nil
	c.mu.Unlock()
	c.offer(seen, id.Val(), raw)
	return nil
}

// postpone shows a value in this process and keeps it for the watcher to send.
func (c *Channel) postpone(raw string) {
	c.mu.Lock()
	c.pending = &raw
	c.now.Store(newValue(c.now.Load().id, raw))
	c.mu.Unlock()
	c.changed.notify()
}

// offer takes what the store was found to hold. seen is what was held here
// when the store was asked: if that is still so, any other revision is news,
// also a lower one, for the store may have been restarted under an earlier
// clock. If not, an answer overtook this one, and only a later revision is.
func (c *Channel) offer(seen *value, id, raw string) {
	if c.accept(seen, id, raw) {
		c.changed.notify()
	}
}

func (c *Channel) accept(seen *value, id, raw string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now.Load()
	if c.pending != nil || id == now.id || now != seen && !later(id, now.id) {
		return false
	}
	c.now.Store(newValue(id, raw))
	return true
}

// propose sets a value for this process only, if there is none.
func (c *Channel) propose(raw string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.now.Load().id == "" && c.pending == nil {
		c.now.Store(newValue("", raw))
	}
}

// read asks the store now.
func (c *Channel) read(ctx context.Context, from redis.Cmdable) error {
	p := from.Pipeline()
	done := c.ask(ctx, p)
	if _, err := p.Exec(ctx); err != nil && redisconn.Away(err) {
		return err
	}
	return done(ctx, from)
}

// Close gives the shared channel back; it must be called once for each Open.
// The last one ends the calls of Watch, closes the Go channels of Subscribe
// and stops the renewal of the value in the store.
func (c *Channel) Close() error {
	c.bus.release(c)
	return nil
}

// The watcher's side.

func (c *Channel) key() string { return c.address }

func (c *Channel) follow() (after string, take func([]redis.XMessage)) {
	seen := c.now.Load()
	after = seen.id
	if after == "" {
		after = "0-0"
	}
	return after, func(entries []redis.XMessage) {
		for _, e := range entries {
			c.offer(seen, e.ID, text(e))
			seen = c.now.Load()
		}
	}
}

// ask adds to a pipeline what renews and reads the key; the result handles the
// answer.
func (c *Channel) ask(ctx context.Context, p redis.Pipeliner) func(context.Context, redis.Cmdable) error {
	seen := c.now.Load()
	last := p.XRevRangeN(ctx, c.address, "+", "-", 1)
	p.PExpire(ctx, c.address, life)
	return func(ctx context.Context, to redis.Cmdable) error {
		entries, err := last.Result()
		switch {
		case err != nil:
			return fmt.Errorf("shared channel %s: %w", c.name, err)
		case c.unsent():
			return c.resend(ctx, to)
		case len(entries) == 0:
			return c.restore(ctx, to, seen)
		}
		c.offer(seen, entries[0].ID, text(entries[0]))
		return nil
	}
}

func (c *Channel) unsent() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pending != nil
}

// resend publishes the pending value, unless a Set is at it just now.
func (c *Channel) resend(ctx context.Context, to redis.Cmdable) error {
	if !c.setting.TryLock() {
		return nil
	}
	defer c.setting.Unlock()
	c.mu.Lock()
	raw := c.pending
	c.mu.Unlock()
	if raw == nil {
		return nil
	}
	err := c.publish(ctx, to, *raw)
	if err != nil && !redisconn.Away(err) && !redisconn.Full(err) {
		c.mu.Lock()
		c.pending = nil // refused: it would be refused again
		c.mu.Unlock()
	}
	return err
}

// restore publishes the last value under the revision that it had, when the
// key is gone. If somebody has set a new one in the meantime, Redis refuses
// the older revision; that is not an error.
func (c *Channel) restore(ctx context.Context, to redis.Cmdable, last *value) error {
	if last.id == "" {
		return nil
	}
	p := to.Pipeline()
	added := p.XAdd(ctx, &redis.XAddArgs{Stream: c.address, MaxLen: 1, ID: last.id, Values: []any{field, last.raw}})
	p.PExpire(ctx, c.address, life)
	_, err := p.Exec(ctx)
	if redis.HasErrorPrefix(added.Err(), "ERR The ID specified in XADD") {
		return nil
	}
	return err
}

func (c *Channel) end() { c.changed.end() }

// text is the value of an entry; an entry of a stranger without our field
// counts as null.
func text(e redis.XMessage) string {
	if s, ok := e.Values[field].(string); ok {
		return s
	}
	return "null"
}
