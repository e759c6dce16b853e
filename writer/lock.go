package writer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"blissh/data/store"
	"blissh/internal/redisconn"

	"golang.org/x/sys/unix"
)

// Lock is what the only writer of a session on this machine holds. The kernel
// gives it back when the process ends, however it ends.
type Lock struct{ f *os.File }

// lockTime is how long the lock is tried: who looks whether there is a writer has
// it for a moment.
const lockTime = 300 * time.Millisecond

// TakeLock makes this process the writer of a session. The error says who is,
// if there is one on this machine or on another.
func TakeLock(ctx context.Context, db *store.DB, session string, self store.Writer) (*Lock, error) {
	f, err := openLock(db, session)
	if err != nil {
		return nil, err
	}
	held := wait(ctx, f)
	who, err := db.Writer(ctx, session)
	switch {
	case errors.Is(held, unix.EWOULDBLOCK), err == nil && (!near(who, self) || alive(who)):
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

func openLock(db *store.DB, session string) (*os.File, error) {
	dir, err := redisconn.RuntimeDir()
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, "writer-"+session+"-"+db.ID()+".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock of the writer: %w", err)
	}
	return f, nil
}

// wait takes the lock within lockTime.
func wait(ctx context.Context, f *os.File) error {
	for end := time.Now().Add(lockTime); ; {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EWOULDBLOCK) || time.Now().After(end) || ctx.Err() != nil {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// Find is the writer of a session, if there is one. What the store says of a
// writer on this machine is believed as long as its process is there or its lock is
// held; of another one for some seconds after it was killed.
func Find(ctx context.Context, db *store.DB, session string, self store.Writer) (who store.Writer, found bool, err error) {
	who, err = db.Writer(ctx, session)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return who, false, nil
	case err != nil:
		return who, false, err
	}
	return who, !near(who, self) || alive(who) || held(db, session), nil
}

// alive reports whether the process of a writer on this machine is there. One with
// another runtime folder has another lock.
func alive(who store.Writer) bool {
	return who.PID > 0 && !errors.Is(unix.Kill(who.PID, 0), unix.ESRCH)
}

// held reports whether a process of this user on this machine has the lock.
func held(db *store.DB, session string) bool {
	f, err := openLock(db, session)
	if err != nil {
		return true // who knows
	}
	defer f.Close()
	return errors.Is(unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB), unix.EWOULDBLOCK)
}

// near reports whether two processes can look after each other: those of one user
// on one machine.
func near(a, b store.Writer) bool { return a.Host == b.Host && a.User == b.User }

func whereIs(w store.Writer) string {
	if w.PID == 0 {
		return " on this machine"
	}
	return ": " + w.String()
}

// claim makes self the writer for everybody, for a while; the lock is one for this
// machine alone. One of this machine that was killed is replaced.
func claim(ctx context.Context, db *store.DB, session string, self store.Writer) error {
	err := db.SetWriter(ctx, session, self, beatLife)
	if other := otherWriter(err); other != nil && near(other.Writer, self) && !alive(other.Writer) {
		return db.ReplaceWriter(ctx, other, self, beatLife)
	}
	return err
}

// otherWriter is what err says of another writer; nil: nothing.
func otherWriter(err error) (other *store.OtherWriterError) {
	errors.As(err, &other)
	return other
}

// Release gives the lock back.
func (l *Lock) Release() { l.f.Close() }
