package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"blissh/data"
	"blissh/data/store"
	"blissh/internal/redisconn"
)

// sessionsPeriod is how often a listener to all sessions looks for new ones.
const sessionsPeriod = time.Second

// crowd is one listener for each session of a store.
type crowd struct {
	listener
	db     *store.DB
	ctx    context.Context
	end    context.CancelCauseFunc // the first error ends all
	work   sync.WaitGroup
	joined map[string]bool
}

// everything follows every session of the store.
func (l *listener) everything(ctx context.Context, db *store.DB) error {
	c := &crowd{listener: *l, db: db, joined: map[string]bool{}}
	c.out = &whole{to: l.out}
	c.ctx, c.end = context.WithCancelCause(ctx)
	defer c.end(nil)
	c.discover()
	c.work.Wait()
	if ctx.Err() != nil {
		return printed{context.Cause(ctx)}
	}
	return context.Cause(c.ctx)
}

// discover begins to follow each session that the store names, until ctx ends.
// One that comes later is followed from its beginning, so that nothing of it is
// missed.
func (c *crowd) discover() {
	tick := time.NewTicker(sessionsPeriod)
	defer tick.Stop()
	for ; c.ctx.Err() == nil; c.ended = true {
		names, err := c.db.Sessions(c.ctx)
		if err != nil && !redisconn.Away(err) {
			c.end(err)
		}
		for _, name := range names {
			c.join(name)
		}
		select {
		case <-c.ctx.Done():
		case <-tick.C:
		}
	}
}

func (c *crowd) join(name string) {
	if c.joined[name] {
		return
	}
	c.joined[name] = true
	if !data.ValidName(name) {
		fmt.Fprintf(os.Stderr, "blissh: the store names a session %.80q, which is no name; it is left out\n", name)
		return
	}
	one := c.listener
	c.work.Go(func() {
		if err := one.session(c.ctx, c.db, name); err != nil && c.ctx.Err() == nil {
			c.end(err)
		}
	})
}

// whole keeps the lines of several listeners apart; each comes in one Write.
type whole struct {
	mu sync.Mutex
	to io.Writer
}

func (w *whole) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.to.Write(b)
}
