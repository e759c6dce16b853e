package channel

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"blissh/internal/redisconn"
)

const connectTimeout = 3 * time.Second

// Bus is a program's connection to the shared channels of one store. Its
// methods may be called from any goroutine.
type Bus struct {
	url    string
	single bool // one server: one watcher follows everything
	renew  time.Duration
	client redis.UniversalClient
	report atomic.Pointer[func(error)]

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	owned  sync.WaitGroup

	waiting atomic.Int32 // calls of Wait

	mu       sync.Mutex
	closed   bool
	channels map[string]*Channel // by key
	events   map[string]*EventChannel
	watch    *watcher // if single
}

// Connect connects to the store at url; "" is the one that BLISSH_STORE names,
// else this user's own. The context bounds this call only.
func Connect(ctx context.Context, url string) (*Bus, error) {
	if url == "" {
		found, err := redisconn.Find()
		if err != nil {
			return nil, fmt.Errorf("shared channels: %w", err)
		}
		url = found
	}
	b, err := newBus(url)
	if err != nil {
		return nil, fmt.Errorf("shared channels: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	if err := b.client.Ping(ctx).Err(); err != nil {
		b.Close()
		return nil, fmt.Errorf("shared channels: store %s does not answer: %w", redisconn.Redact(url), err)
	}
	return b, nil
}

func newBus(url string) (*Bus, error) {
	o, err := redisconn.Options(url)
	if err != nil {
		return nil, err
	}
	client, err := redisconn.New(url, func(o *redis.UniversalOptions) {
		o.MaxRetries, o.MinRetryBackoff = 1, -1
		redisconn.Bound(o, redisconn.NewBounds(maxValue, maxReply))
	})
	if err != nil {
		return nil, err
	}
	b := &Bus{
		url: url, client: client, renew: renewal, single: o.MasterName != "" || !o.IsClusterMode && len(o.Addrs) == 1,
		channels: map[string]*Channel{}, events: map[string]*EventChannel{},
	}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	if b.single {
		b.watch = b.newWatcher()
	}
	return b, nil
}

// Options of Open; the zero value reads what is there.
type Options struct {
	// Initial, if not nil, is published: it overwrites what is there.
	Initial any
	// Default, if not nil, is the value in this process while the store has
	// none. It is never published.
	Default any
	// Session, if not "", makes the shared channel private to that session.
	Session string
}

// Open returns the shared channel with this name. There is one object per name
// and bus: opening again returns the same one, with the options applied again.
// Close it as often as it was opened, or close the bus.
func (b *Bus) Open(ctx context.Context, name string, o Options) (*Channel, error) {
	c, err := b.open(ctx, name, o)
	if err != nil {
		return nil, fmt.Errorf("shared channel %s: %w", name, err)
	}
	return c, nil
}

func (b *Bus) open(ctx context.Context, name string, o Options) (*Channel, error) {
	c, err := b.hold(name, o.Session)
	if err != nil {
		return nil, err
	}
	if err := c.begin(ctx, o); err != nil {
		b.release(c)
		return nil, err
	}
	return c, nil
}

// begin gives a shared channel the value that it has for this opener.
func (c *Channel) begin(ctx context.Context, o Options) error {
	if o.Initial != nil {
		raw, err := encode(o.Initial)
		if err != nil {
			return err
		}
		c.setting.Lock()
		defer c.setting.Unlock()
		return c.publish(ctx, c.bus.client, raw)
	}
	if err := c.read(ctx, c.bus.client); err != nil {
		return err
	}
	if o.Default == nil {
		return nil
	}
	raw, err := encode(o.Default)
	if err == nil {
		c.propose(raw)
	}
	return err
}

// hold finds or makes the object, and counts its holders.
func (b *Bus) hold(name, session string) (*Channel, error) {
	if err := checkName("name", name); err != nil {
		return nil, err
	}
	if err := checkName("session", session); session != "" && err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, ErrClosed
	}
	key := channelKey(session, name)
	c, ok := b.channels[key]
	if !ok {
		c = &Channel{bus: b, name: name, address: key}
		c.now.Store(none())
		c.watcher = b.follow(c)
		b.channels[key] = c
	}
	c.refs++
	return c, nil
}

func (b *Bus) release(c *Channel) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c.refs--; c.refs != 0 {
		return
	}
	delete(b.channels, c.address)
	c.watcher.remove(c)
	c.end()
}

// follow finds a watcher for a topic; b.mu is held.
func (b *Bus) follow(t topic) *watcher {
	if !b.single {
		return b.newWatcher(t)
	}
	b.watch.add(t)
	return b.watch
}

// Report gives the bus a place for errors that no call returns: a store that
// refuses a value set while it was away, a panic in a function given to Watch.
// Without one such errors are dropped, and a panic ends the program as any
// panic does. f must not wait for the bus.
func (b *Bus) Report(f func(error)) { b.report.Store(&f) }

func (b *Bus) complain(err error) {
	if f := b.report.Load(); f != nil && *f != nil && b.ctx.Err() == nil {
		(*f)(err)
	}
}

// guarded runs a watching function.
func (b *Bus) guarded(name string, f func()) {
	if r := b.report.Load(); r == nil || *r == nil {
		f()
		return
	}
	defer func() {
		if fault := recover(); fault != nil {
			b.complain(fmt.Errorf("shared channel %s: a watching function failed: %v", name, fault))
		}
	}()
	f()
}

// start runs f in a goroutine that Close waits for; false if the bus is closed.
func (b *Bus) start(f func()) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return false
	}
	b.owned.Go(f)
	return true
}

// Close closes all shared channels of this bus and returns when its goroutines
// have ended; functions given to Watch must not call it. Values stay in the
// store for a minute, or as long as others hold them.
func (b *Bus) Close() error {
	if !b.shut() {
		return nil
	}
	b.cancel()
	b.owned.Wait()
	return b.client.Close()
}

func (b *Bus) shut() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return false
	}
	b.closed = true
	for _, c := range b.channels {
		c.end()
	}
	for _, e := range b.events {
		e.end()
	}
	return true
}
