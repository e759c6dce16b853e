package channel

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"blissh/internal/redisconn"
)

// Times of a watcher.
const (
	block     = 2 * time.Second // one XREAD; a dead connection shows 1 s later
	retryMin  = 20 * time.Millisecond
	retryMax  = time.Second
	dialBound = 3 * time.Second
)

// topic is a stream that a watcher follows.
type topic interface {
	key() string
	// follow says after which entry to read, and takes what came.
	follow() (after string, take func([]redis.XMessage))
	// ask puts renewal and a plain read into a pipeline; the result handles
	// the answer.
	ask(context.Context, redis.Pipeliner) func(context.Context, redis.Cmdable) error
}

// watcher owns one connection on which it waits for changes of its topics: all
// of a bus, or one where Redis Cluster may put each on another server.
type watcher struct {
	bus   *Bus
	stale atomic.Bool // the connection is down
	owing atomic.Bool // a value was set that the store does not have

	bad map[topic]time.Time // cannot be read, until then; of the goroutine

	mu      sync.Mutex
	topics  []topic
	conn    *redis.Client // closed to interrupt a blocked read
	changed chan struct{} // a signal that conn was closed on purpose
}

// newWatcher starts a goroutine that ends with the bus, or with its last topic
// if it was made for one.
func (b *Bus) newWatcher(topics ...topic) *watcher {
	w := &watcher{bus: b, bad: map[topic]time.Time{}, topics: topics, changed: make(chan struct{}, 1)}
	b.owned.Go(w.run)
	return w
}

func (w *watcher) add(t topic) {
	w.mu.Lock()
	w.topics = append(slices.Clip(w.topics), t)
	w.mu.Unlock()
	w.interrupt()
}

func (w *watcher) remove(t topic) {
	w.mu.Lock()
	w.topics = slices.DeleteFunc(slices.Clone(w.topics), func(o topic) bool { return o == t })
	w.mu.Unlock()
	w.interrupt()
}

// interrupt makes the watcher look again at once. Closing the connection is
// what ends a blocked read; a cancelled context would not.
func (w *watcher) interrupt() {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case w.changed <- struct{}{}:
	default:
	}
	if w.conn != nil {
		w.conn.Close()
	}
}

// owe has a value sent that is pending.
func (w *watcher) owe() {
	w.owing.Store(true)
	if !w.stale.Load() {
		w.interrupt()
	}
}

func (w *watcher) run() {
	ctx, retry := w.bus.ctx, retryMin
	for ctx.Err() == nil {
		topics := w.current()
		switch {
		case len(topics) > 0:
			w.attend(ctx, topics, &retry)
		case w.bus.single:
			wait(ctx, w.changed, 0)
		default:
			return
		}
	}
}

// current empties the signal before it looks, so that no change is missed.
func (w *watcher) current() []topic {
	select {
	case <-w.changed:
	default:
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.topics
}

// attend follows topics until they change or the connection breaks; then it
// waits longer from time to time.
func (w *watcher) attend(ctx context.Context, topics []topic, retry *time.Duration) {
	readable := w.readable(topics)
	if len(readable) == 0 {
		wait(ctx, w.changed, retryMax)
		return
	}
	err := w.connected(ctx, readable, func() { *retry = retryMin })
	if ctx.Err() != nil || len(w.changed) > 0 || errors.Is(err, errSifted) {
		return
	}
	if !w.stale.Swap(true) {
		w.bus.complain(fmt.Errorf("shared channels: store %s is away: %w", redisconn.Redact(w.bus.url), err))
	}
	wait(ctx, w.changed, *retry)
	*retry = min(2**retry, retryMax)
}

func (w *watcher) connected(ctx context.Context, topics []topic, works func()) error {
	dial, cancel := context.WithTimeout(ctx, dialBound)
	conn, err := redisconn.Bounded(dial, w.bus.url, topics[0].key(), redisconn.NewBounds(maxValue, maxReply))
	cancel()
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	w.own(conn)
	defer w.own(nil)
	defer conn.Close()
	return w.follow(ctx, conn, topics, works)
}

func (w *watcher) own(conn *redis.Client) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.conn = conn
}

func (w *watcher) follow(ctx context.Context, conn *redis.Client, topics []topic, works func()) error {
	for len(w.changed) == 0 {
		if w.pardon() {
			return errSifted
		}
		w.owing.Store(false)
		good, err := w.check(ctx, conn, topics)
		if err != nil {
			return err
		}
		w.stale.Store(false)
		works()
		if w.owing.Load() {
			continue // set after the check, by somebody who still saw stale
		}
		if err := w.listen(ctx, conn, good); err != nil {
			return err
		}
	}
	return nil
}

// check renews and reads every topic. It returns those that can be followed: a
// key that somebody has overwritten with another type is left out.
func (w *watcher) check(ctx context.Context, conn *redis.Client, topics []topic) ([]topic, error) {
	ctx, cancel := context.WithTimeout(ctx, dialBound)
	defer cancel()
	p := conn.Pipeline()
	var finish []func(context.Context, redis.Cmdable) error
	for _, t := range topics {
		finish = append(finish, t.ask(ctx, p))
	}
	if _, err := p.Exec(ctx); redisconn.Away(err) {
		return nil, err
	} else if errors.Is(err, redisconn.ErrTooLarge) {
		return nil, w.sift(ctx, topics)
	}
	var good []topic
	for i, t := range topics {
		switch err := finish[i](ctx, conn); {
		case redisconn.Away(err):
			return nil, err
		case err != nil:
			w.bus.complain(err)
		default:
			good = append(good, t)
		}
	}
	return good, nil
}

// listen takes changes as they come, for as long as a renewal holds.
func (w *watcher) listen(ctx context.Context, conn *redis.Client, topics []topic) error {
	if len(topics) == 0 {
		wait(ctx, w.changed, w.bus.renew)
		return ctx.Err()
	}
	for end := time.Now().Add(w.bus.renew); time.Now().Before(end); {
		switch err := next(ctx, conn, topics, min(block, w.bus.renew)); {
		case redisconn.Away(err):
			return err
		case errors.Is(err, redisconn.ErrTooLarge):
			return w.sift(ctx, topics)
		case err != nil: // an answer, but not data: check will say whose key it is
			wait(ctx, nil, retryMax)
			return nil
		}
	}
	return nil
}

// next waits for the entries of one XREAD.
func next(ctx context.Context, conn *redis.Client, topics []topic, block time.Duration) error {
	args := []any{"xread", "count", readCount}
	if block >= 0 {
		args = append(args, "block", block.Milliseconds())
	}
	args = append(args, "streams")
	take := make(map[string]func([]redis.XMessage), len(topics))
	var ids []any
	for _, t := range topics {
		after, f := t.follow()
		args, ids = append(args, t.key()), append(ids, after)
		take[t.key()] = f
	}
	cmd := redis.NewXStreamSliceCmd(ctx, append(args, ids...)...)
	if err := conn.Process(ctx, cmd); errors.Is(err, redis.Nil) {
		return nil
	} else if err != nil {
		return err
	}
	for _, s := range cmd.Val() {
		take[s.Stream](s.Messages)
	}
	return nil
}

// wait waits for a signal, without taking it, for d (0: for ever), or for the
// end of ctx.
func wait(ctx context.Context, signal chan struct{}, d time.Duration) {
	var timeout <-chan time.Time
	if d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		timeout = t.C
	}
	select {
	case <-ctx.Done():
	case <-timeout:
	case <-signal:
		select {
		case signal <- struct{}{}:
		default:
		}
	}
}
