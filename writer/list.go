package writer

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"blissh/data"

	"golang.org/x/sys/unix"
)

// task is a scan that is to be written.
type task struct {
	uid    string
	number int

	// What became of it so far, if it could not be written.
	after time.Time     // when it is tried again
	wait  time.Duration // doubles each time
	said  string        // what is wrong, as it was said
	path  string        // the file that is in the way; "": it is something else
	full  bool          // its disk has no space
	as    state         // of the file, after the last attempt
}

// A scan that cannot be written is tried again after retryFirst, then after twice as
// long, at most retryMost; and as soon as there is a reason to: look, every lookTime,
// whether the file in the way has changed.
const (
	retryFirst = time.Second
	retryMost  = time.Minute
	lookTime   = time.Second
)

// list is the scans that are to be written, in the order in which they come.
type list struct {
	wake chan struct{}

	mu    sync.Mutex
	known map[string]bool // those in tasks, and the one that is being written
	tasks []*task
}

func newList() *list { return &list{wake: make(chan struct{}, 1), known: map[string]bool{}} }

// add puts a scan on the list, once, and is a reason to try the others again.
func (l *list) add(s *data.Scan) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.known[s.UID] {
		l.known[s.UID] = true
		l.tasks = append(l.tasks, &task{uid: s.UID, number: s.Number})
		l.due()
	}
}

// hurry makes all scans due.
func (l *list) hurry() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.due()
}

// due needs the lock.
func (l *list) due() {
	for _, t := range l.tasks {
		t.after = time.Time{}
	}
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// done forgets a scan.
func (l *list) done(t *task) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.known, t.uid)
}

// again puts a scan back that could not be written. It reports whether that is for
// another reason than the last time.
func (l *list) again(t *task, err error) (news bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t.wait = min(max(2*t.wait, retryFirst), retryMost)
	t.after = time.Now().Add(t.wait)
	news, t.said = t.said != innermost(err), innermost(err)
	t.path, t.full = "", errors.Is(err, unix.ENOSPC)
	if broken := (*notSaved)(nil); errors.As(err, &broken) {
		t.path = broken.path
	}
	l.tasks = append(l.tasks, t)
	for _, other := range l.tasks { // this attempt has changed it, nobody else
		if other.path != "" && filepath.Dir(other.path) == filepath.Dir(t.path) {
			other.as = stateOf(other.path)
		}
	}
	return news
}

// ready reports whether there is a reason to try a scan.
func (t *task) ready() bool {
	if t.path == "" || time.Until(t.after) <= 0 {
		return time.Until(t.after) <= 0
	}
	now := stateOf(t.path)
	if t.full && now.free > t.as.free {
		return true
	}
	now.free = t.as.free
	return now != t.as
}

// innermost is what an error is about, without the numbers around it.
func innermost(err error) string {
	if several, ok := err.(interface{ Unwrap() []error }); ok && len(several.Unwrap()) > 0 {
		return innermost(several.Unwrap()[0])
	}
	if inner := errors.Unwrap(err); inner != nil {
		return innermost(inner)
	}
	return err.Error()
}

// pending reports whether a scan is to be written; with failed also one that
// could not be.
func (l *list) pending(failed bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range l.tasks {
		if failed || t.said == "" {
			return true
		}
	}
	return len(l.known) > len(l.tasks) // one is being written
}

// next waits for a scan whose time has come. One that could not be written lets
// others pass.
func (l *list) next(ctx context.Context) (*task, error) {
	for {
		t, wait := l.take()
		if t != nil {
			return t, nil
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-l.wake:
		case <-time.After(wait):
		}
	}
}

// take takes the first scan whose time has come, or says when to look again.
func (l *list) take() (*task, time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.IndexFunc(l.tasks, (*task).ready)
	if i >= 0 {
		t := l.tasks[i]
		l.tasks = slices.Delete(l.tasks, i, i+1)
		return t, 0
	}
	if len(l.tasks) == 0 {
		return nil, time.Hour
	}
	return nil, lookTime
}

// state is what the system says of a file, or of the nearest folder above it that is
// there.
type state struct {
	path    string
	inode   uint64
	mode    uint32
	size    int64
	changed unix.Timespec
	free    uint64 // bytes of the file system
}

func stateOf(path string) state {
	x := state{path: path}
	var s unix.Stat_t
	for unix.Stat(x.path, &s) != nil {
		if x.path == filepath.Dir(x.path) {
			return x
		}
		x.path = filepath.Dir(x.path)
	}
	x.inode, x.mode, x.size, x.changed = uint64(s.Ino), uint32(s.Mode), s.Size, s.Ctim
	var f unix.Statfs_t
	if unix.Statfs(x.path, &f) == nil {
		x.free = uint64(f.Bavail) * uint64(f.Bsize)
	}
	return x
}
