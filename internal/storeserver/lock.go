package storeserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"blissh/internal/redisconn"
)

// lock is a file that the kernel unlocks when its process ends, however.
type lock struct{ f *os.File }

var errHeld = errors.New("held by another process")

// openLock takes the lock of that name in the runtime directory, or returns
// errHeld.
func openLock(name string) (*lock, error) {
	dir, err := redisconn.RuntimeDir()
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = errHeld
		}
		return nil, err
	}
	return &lock{f}, nil
}

func (l *lock) release() { l.f.Close() }

const (
	storeLock  = "store.lock"
	ensureLock = "ensure.lock"
)

// takeStoreLock makes this process the user's store. Whoever asks for the
// holder has the lock for a moment, so a second look is needed.
func takeStoreLock(ctx context.Context) (*lock, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, 300*time.Millisecond, ErrRunning)
	defer cancel()
	l, err := waitLock(ctx, storeLock)
	if errors.Is(err, ErrRunning) {
		return nil, fmt.Errorf("%w: process %d", err, holder())
	}
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	if err := l.sign(); err != nil {
		l.release()
		return nil, fmt.Errorf("store: %w", err)
	}
	return l, nil
}

// sign writes our process ID.
func (l *lock) sign() error {
	if err := l.f.Truncate(0); err != nil {
		return err
	}
	_, err := l.f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

// holder is the process of the running store; 0 if there is none.
func holder() int {
	dir, err := redisconn.RuntimeDir()
	if err != nil {
		return 0
	}
	f, err := os.Open(filepath.Join(dir, storeLock))
	if err != nil {
		return 0
	}
	defer f.Close()
	if syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) == nil {
		return 0 // nobody holds it; closing gives it back
	}
	b, _ := io.ReadAll(f)
	pid, _ := strconv.Atoi(strings.TrimSpace(string(b)))
	return pid
}

// waitLock takes a lock as soon as it is free.
func waitLock(ctx context.Context, name string) (*lock, error) {
	for {
		l, err := openLock(name)
		if !errors.Is(err, errHeld) {
			return l, err
		}
		if err := pause(ctx); err != nil {
			return nil, err
		}
	}
}

// pause is one turn of waiting for another process.
func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(10 * time.Millisecond):
		return nil
	}
}
