package session

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"

	"blissh/data/store"
)

func TestLockFile(t *testing.T) {
	t.Parallel()
	first, err := lockSession("store1", "lock")
	if err != nil {
		t.Fatal(err)
	}
	_, err = lockSession("store1", "lock")
	var locked *lockedError
	if !errors.As(err, &locked) || locked.path != first.file.Name() {
		t.Errorf("a second lock: %v", err)
	}
	other, err := lockSession("store2", "lock") // the same session on another store
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []*lock{first, other} {
		if err := l.release(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(l.file.Name()); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the file is left behind (%v)", err)
		}
	}
	again, err := lockSession("store1", "lock")
	if err != nil {
		t.Fatal(err)
	}
	again.release()
}

func TestLockFileOfADeadProcess(t *testing.T) {
	t.Parallel()
	l, err := lockSession("store", "dead")
	if err != nil {
		t.Fatal(err)
	}
	l.file.Close() // as the kernel does at kill -9: the file stays, the lock goes
	l, err = lockSession("store", "dead")
	if err != nil {
		t.Fatal(err)
	}
	l.release()
}

// A file that was removed or replaced between open and lock is not the lock.
func TestReplacedLockFile(t *testing.T) {
	t.Parallel()
	l, err := lockSession("store", "replaced")
	if err != nil {
		t.Fatal(err)
	}
	defer l.file.Close()
	path := l.file.Name()
	if !l.current(path) {
		t.Error("a new lock is not current")
	}
	os.Remove(path)
	if l.current(path) {
		t.Error("a removed file is current")
	}
	next, err := lockSession("store", "replaced")
	if err != nil {
		t.Fatal(err)
	}
	defer next.release()
	if l.current(path) || !next.current(path) {
		t.Error("the replaced file is current, or the new one is not")
	}
}

func TestOneHolderAtATime(t *testing.T) {
	t.Parallel()
	var holders, taken atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 200 {
				l, err := lockSession("store", "contended")
				var locked *lockedError
				if errors.As(err, &locked) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				if n := holders.Add(1); n != 1 {
					t.Errorf("%d have the lock", n)
				}
				taken.Add(1)
				holders.Add(-1)
				if err := l.release(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if taken.Load() == 0 {
		t.Error("nobody ever got the lock")
	}
	if got := lockFiles(t, "contended"); len(got) > 0 {
		t.Errorf("left behind: %q", got)
	}
}

// lockOf takes the lock file of a session, as another shell of this machine
// would.
func lockOf(t *testing.T, url, name string) *lock {
	t.Helper()
	db := database(t, url)
	l, err := lockSession(db.ID(), name)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func database(t *testing.T, url string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// TestLockWithoutALease: a shell of this machine whose lease has run out still
// has its lock.
func TestLockWithoutALease(t *testing.T) {
	t.Parallel()
	s := startEmbedded(t)
	name := sessionName(t)
	l := lockOf(t, s.url, name)
	o, _ := options(t, s.url, name)
	_, err := Open(t.Context(), o)
	refused(t, "a shell without the lock", err, "session "+name, "another shell on this machine", l.file.Name())
	if got := keys(t, s.url, "blissh:{"+name+"}:lease"); len(got) > 0 {
		t.Errorf("it keeps the lease all the same: %q", got)
	}
	l.release()
	open(t, s.url, name)
}

// TestLeaseOfADeadProcess is taken at once by whoever has the lock, by nobody
// else.
func TestLeaseOfADeadProcess(t *testing.T) {
	t.Parallel()
	s := startEmbedded(t)
	name := sessionName(t)
	dead := exec.Command("true")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	h := thisProcess()
	h.PID = dead.Process.Pid
	old, err := database(t, s.url).OpenSession(t.Context(), name, h, store.SessionOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close(context.Background())
	l := lockOf(t, s.url, name)
	o, _ := options(t, s.url, name)
	_, err = Open(t.Context(), o)
	refused(t, "a shell without the lock", err, "session "+name)
	l.release()
	open(t, s.url, name)
}
