// Package embedded is a Redis server inside the process, for tests and for machines without redis-server.
//
// The data structures are those of miniredis, which was made for unit tests:
// one client that does not read stalls everybody, a malformed request ends the
// process, and time does not pass. Start puts a guard around it:
//
//	client -> requests (checked, bounded) -> guard (recover, memory) -> miniredis
//	client <- replies  (queued, bounded)  <--------------------------
//	                                          clock (expiry) ---------^
//
// What remains: it gets slow with streams of more than some thousand entries,
// and a time to live may end up to a tenth of a second early. A beamline uses
// redis-server.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"
)

// Options of a server; the zero value is a server on a free loopback port
// without a password.
type Options struct {
	Addr     string // "127.0.0.1:0" if empty
	Password string // none if empty
	MaxBytes int64  // of live heap in this process; commands that need more are refused above it; 0: no limit
	Backlog  int    // bytes of replies that may wait for one client before it is cut; 256 MB if 0
}

// Server is a running server. All its methods may be called from anywhere.
type Server struct {
	options  Options
	listener net.Listener
	data     *miniredis.Miniredis // has no listener of its own
	engine   *server.Server       // executes the commands on data
	front    *server.Server       // serves the connections, sends commands to the guard
	guard    *guard

	cancel  context.CancelFunc
	workers sync.WaitGroup // accept, clock, one writer per connection
	closing sync.Once

	mu     sync.Mutex
	conns  map[*conn]struct{}
	served int64 // connections so far
	closed bool
}

// Start listens and serves until Close.
func Start(o Options) (*Server, error) {
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	if o.Backlog == 0 {
		o.Backlog = maxQueued
	}
	l, err := net.Listen("tcp", o.Addr)
	if err != nil {
		return nil, fmt.Errorf("embedded store: %w", err)
	}
	s, err := newServer(o)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	s.listener = l
	s.workers.Go(s.accept)
	return s, nil
}

func newServer(o Options) (*Server, error) {
	data, err := startData(o.Password)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{options: o, data: data, engine: data.Server(), cancel: cancel, conns: map[*conn]struct{}{}}
	s.front = server.NewServerConn()
	s.guard = &guard{data: data, engine: s.engine, clients: s.Clients, maxBytes: o.MaxBytes}
	s.front.SetPreHook(s.guard.dispatch)
	c := clock{data: data, engine: s.engine, guard: s.guard}
	s.workers.Go(func() { c.run(ctx) })
	return s, nil
}

// startData makes a miniredis that listens nowhere.
func startData(password string) (*miniredis.Miniredis, error) {
	m := miniredis.NewMiniRedis()
	c, err := m.Dial()
	if err != nil {
		return nil, fmt.Errorf("embedded store: %w", err)
	}
	if password != "" {
		m.RequireAuth(password)
	}
	return m, c.Close()
}

// Addr is host:port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// URL is what clients connect to, with the password.
func (s *Server) URL() string {
	u := url.URL{Scheme: "redis", Host: s.Addr()}
	if s.options.Password != "" {
		u.User = url.UserPassword("default", s.options.Password)
	}
	return u.String()
}

// Clients is the number of connections being served.
func (s *Server) Clients() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// Accepted is the number of connections there have been.
func (s *Server) Accepted() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.served
}

// Disconnect cuts all connections at once; the data stay, clients may come
// back. Tests use it.
func (s *Server) Disconnect() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.cut()
	}
}

// Close ends all connections, drops the data and returns when every goroutine
// of the server has ended.
func (s *Server) Close() error {
	var err error
	s.closing.Do(func() { err = s.close() })
	return err
}

func (s *Server) close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	err := s.listener.Close()
	s.cancel()
	s.Disconnect()
	s.data.Close()
	s.drain()
	s.workers.Wait()
	return err
}

// drain waits for the connections. A blocked reader may miss the one signal
// that miniredis gives when it closes, so more are given.
func (s *Server) drain() {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.front.Close()
	}()
	for {
		select {
		case <-ended:
			return
		case <-time.After(5 * time.Millisecond):
			wake(s.engine)
		}
	}
}

// accept survives what ends the loop of miniredis: a client that is gone
// before it was accepted, no file descriptors for a while.
func (s *Server) accept() {
	for {
		c, err := s.listener.Accept()
		switch {
		case err == nil:
			s.serve(c)
		case errors.Is(err, net.ErrClosed):
			return
		default:
			time.Sleep(10 * time.Millisecond)
		}
	}
}

func (s *Server) serve(nc net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		nc.Close()
		return
	}
	c := newConn(nc, s.options.Backlog, s.options.Password == "")
	s.served++
	s.conns[c] = struct{}{}
	s.workers.Go(func() {
		c.write()
		s.mu.Lock()
		delete(s.conns, c)
		s.mu.Unlock()
	})
	s.front.ServeConn(c)
}
