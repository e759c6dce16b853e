package storeserver

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"syscall"
	"time"

	"blissh/internal/redisconn"
)

// Status is what a running store says of itself.
type Status struct {
	URL       string // without the password
	Engine    string
	Version   string // of the server
	PID       int    // of the store's process, not of redis-server
	Clients   int    // connections, this one not counted
	UsedBytes int64
	MaxBytes  int64 // above this the server refuses data
}

// Inspect asks this user's store; the error wraps ErrNotRunning if there is
// none.
func Inspect(ctx context.Context) (Status, error) {
	f, err := current()
	if err != nil {
		return Status{}, err
	}
	s := Status{URL: redisconn.Redact(f.URL), Engine: f.Engine, PID: f.PID}
	if err := s.ask(ctx, f.URL); err != nil {
		return s, fmt.Errorf("store %s: %w", s.URL, err)
	}
	return s, nil
}

func (s *Status) ask(ctx context.Context, url string) error {
	c, err := ownClient(url)
	if err != nil {
		return err
	}
	defer c.Close()
	info, err := c.Info(ctx).Result()
	if err != nil {
		return err
	}
	s.Version = field(info, "redis_version")
	s.UsedBytes, _ = strconv.ParseInt(field(info, "used_memory"), 10, 64)
	s.MaxBytes, _ = strconv.ParseInt(field(info, "maxmemory"), 10, 64)
	if s.Engine == Redis {
		s.Clients, err = foreign(ctx, c)
		return err
	}
	n, err := strconv.Atoi(field(info, "connected_clients"))
	s.Clients = n - 1
	return err
}

// Stop ends this user's store and returns when it is gone, after 10 s at most.
// Whoever is connected loses it. The error wraps ErrNotRunning if there is none.
func Stop(ctx context.Context) error {
	pid := holder()
	if pid == 0 {
		return ErrNotRunning
	}
	ctx, cancel := context.WithTimeoutCause(ctx, 10*time.Second, errors.New("it does not end"))
	defer cancel()
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop the store, process %d: %w", pid, err)
	}
	for holder() == pid {
		if err := pause(ctx); err != nil {
			return fmt.Errorf("stop the store, process %d: %w", pid, err)
		}
	}
	return nil
}
