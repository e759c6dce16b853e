package main

import (
	"context"
	"fmt"
	"reflect"
	"sync"

	"blissh/channel"
	"blissh/data/store"
	"blissh/repl"
)

// links are the connections of interpreted code: the shared channels and
// databases that scripts and hooks open without saying where the store is.
type links struct {
	url func() (string, error)

	mu  sync.Mutex
	bus *channel.Bus
	dbs []*store.DB
}

// fixed makes links to a store that is known already; bus may be nil.
func fixed(url string, bus *channel.Bus) *links {
	return &links{url: func() (string, error) { return url, nil }, bus: bus}
}

// connect gives the bus, which it opens at the first use.
func (l *links) connect(ctx context.Context) (*channel.Bus, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.bus != nil {
		return l.bus, nil
	}
	url, err := l.url()
	if err == nil {
		l.bus, err = channel.Connect(ctx, url)
	}
	return l.bus, err
}

// close ends what interpreted code opened; what waits in it returns an error.
func (l *links) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, db := range l.dbs {
		db.Close()
	}
	l.dbs = nil
	if l.bus != nil {
		l.bus.Close()
		l.bus = nil
	}
}

// bind is what an interpreter's imports of blissh/channel and blissh/data/store
// add or replace: Open and OpenDefault of shared channels, Open of the store.
func (l *links) bind(s *repl.Scope) repl.Exports {
	open := func(name string, o channel.Options) *channel.Channel {
		bus, err := l.connect(s.Context())
		if err != nil {
			panic(fmt.Errorf("shared channel %s: %w", name, err))
		}
		c, err := bus.Open(s.Context(), name, o)
		if err != nil {
			panic(err)
		}
		s.OnClose(c.Watch(func(*channel.Channel) { s.Wake() }))
		return c
	}
	return repl.Exports{
		"blissh/channel/channel": {
			"Open": reflect.ValueOf(func(name string, initial any) *channel.Channel {
				return open(name, channel.Options{Initial: initial})
			}),
			"OpenDefault": reflect.ValueOf(func(name string, value any) *channel.Channel {
				return open(name, channel.Options{Default: value})
			}),
		},
		"blissh/data/store/store": {"Open": reflect.ValueOf(l.openStore)},
	}
}

// openStore is store.Open for interpreted code: without an address it takes the
// program's store.
func (l *links) openStore(ctx context.Context, url string) (*store.DB, error) {
	if url == "" {
		var err error
		if url, err = l.url(); err != nil {
			return nil, err
		}
	}
	db, err := store.Open(ctx, url)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dbs = append(l.dbs, db)
	return db, nil
}
