package writer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"blissh/data/store"
	"blissh/internal/redisconn"

	"golang.org/x/sys/unix"
)

// Lock is what the only writer of a session on this machine holds. The kernel
// gives it back when the process ends, however it ends.
type Lock struct{ f *os.File }

// TakeLock makes this process the writer of a session. The error says who is,
// if there is one on this machine or on another.
func TakeLock(ctx context.Context, db *store.DB, session, host string) (*Lock, error) {
	dir, err := redisconn.RuntimeDir()
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, "writer-"+session+"-"+db.ID()+".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock of the writer: %w", err)
	}
	held := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	who, err := db.Writer(ctx, session)
	switch {
	case errors.Is(held, unix.EWOULDBLOCK), err == nil && who.Host != host:
		f.Close()
		return nil, fmt.Errorf("%s has a writer%s", session, whereIs(who))
	case held != nil:
		f.Close()
		return nil, fmt.Errorf("lock of the writer: %w", held)
	case err != nil && !errors.Is(err, store.ErrNotFound):
		f.Close()
		return nil, err
	}
	return &Lock{f}, nil
}

func whereIs(w store.Writer) string {
	if w.PID == 0 {
		return " on this machine"
	}
	return fmt.Sprintf(": process %d of %s on %s, which writes under %s", w.PID, w.User, w.Host, w.Root)
}

// Release gives the lock back.
func (l *Lock) Release() { l.f.Close() }
