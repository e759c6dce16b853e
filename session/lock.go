package session

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"blissh/internal/redisconn"

	"golang.org/x/sys/unix"
)

// lock is the lock file of a session on this machine. The kernel gives it back
// when the process dies, however it dies.
type lock struct{ file *os.File }

// lockedError says that another process of this user on this machine runs the
// session.
type lockedError struct{ path string }

func (e *lockedError) Error() string {
	return "another shell on this machine runs it (lock file " + e.path + ")"
}

// lockSession takes the lock of a session of one store. A file that its last
// owner removed between our open and our lock is not the lock any more: the
// next one is tried.
func lockSession(storeID, session string) (*lock, error) {
	dir, err := redisconn.RuntimeDir()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "session-"+session+"-"+storeID+".lock")
	for {
		l, err := lockFile(path)
		if err != nil || l.current(path) {
			return l, err
		}
		l.file.Close()
	}
}

func lockFile(path string) (*lock, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock of the session: %w", err)
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if err == nil {
		return &lock{f}, nil
	}
	f.Close()
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil, &lockedError{path}
	}
	return nil, fmt.Errorf("lock of the session: %s: %w", path, err)
}

// current reports whether the locked file is the one that has the name.
func (l *lock) current(path string) bool {
	ours, err := l.file.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(path)
	return err == nil && os.SameFile(ours, named)
}

// release removes the file while it is still locked, so that none is left
// behind, and closes it.
func (l *lock) release() error {
	return errors.Join(os.Remove(l.file.Name()), l.file.Close())
}
