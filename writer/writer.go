// Package writer follows a session and writes its scans into files.
//
// It is a client of the store like any other: the scan does not know of it and
// does not wait. Whatever happens to it, it begins with the scan from its first
// point again and adds what is not in the files yet; so a killed process, a full
// disk and a store that was away need nothing of their own.
package writer

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"blissh/data"
	"blissh/data/file"
	"blissh/data/store"

	"golang.org/x/sync/errgroup"
)

// Options of Run.
type Options struct {
	Session string
	Formats []file.Format
	Place   Place
	Wanted  Wanted
	Self    store.Writer      // who writes, for others
	Say     func(line string) // what is worth knowing; may be called from several goroutines
	// Idle ends the writer when the session had no shell for so long and everything
	// is written, or when the store is gone; 0: it stays.
	Idle time.Duration
}

const retryTime = time.Second // after an error, before a scan is tried again

// Run writes the scans of a session that are marked to be saved, those that ended
// before it began included, until ctx ends. It returns the cause then.
func Run(ctx context.Context, db *store.DB, o Options) error {
	w := &writer{db: db, o: o, seen: map[string]bool{}, wake: make(chan struct{}, 1)}
	r, err := db.Follow(ctx, o.Session, store.FollowOptions{NoArrays: true})
	if err != nil {
		return err
	}
	defer r.Close()
	// The reader knows the running scan by now: none falls between the two.
	if err := w.catchUp(ctx); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return w.announced(ctx, r) })
	g.Go(func() error { return w.beat(ctx) })
	g.Go(func() error { return w.work(ctx) })
	g.Go(func() error { return db.HearQuestions(ctx, o.Session, w.answer) })
	err = g.Wait()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), beatTime)
	defer cancel()
	return errors.Join(err, db.ForgetWriter(last, o.Session))
}

// writer is the list of scans that are to be written.
type writer struct {
	db   *store.DB
	o    Options
	wake chan struct{}

	mu    sync.Mutex
	seen  map[string]bool
	queue []task
	busy  bool // with a scan that is not in the queue meanwhile

	disk sync.Mutex
	open []string // files that are being written
}

// task is a scan that is to be written, and the error of the last attempt.
type task struct {
	uid   string
	after time.Time
	said  string
}

// add puts a scan on the list, once.
func (w *writer) add(uid string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.seen[uid] {
		w.seen[uid] = true
		w.push(task{uid: uid})
	}
}

// push needs the lock.
func (w *writer) push(t task) {
	w.queue = append(w.queue, t)
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// catchUp lists the ended scans that are not complete in files.
func (w *writer) catchUp(ctx context.Context) error {
	list, err := w.db.Scans(ctx, w.o.Session)
	if err != nil {
		return err
	}
	for _, s := range list {
		if !s.Save || s.Outcome == "" {
			continue
		}
		saved, err := w.db.Saved(ctx, s.Session, s.UID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if !saved.Complete {
			w.add(s.UID)
		}
	}
	return nil
}

// announced waits for new scans.
func (w *writer) announced(ctx context.Context, r *store.Reader) error {
	for {
		e, err := r.Next(ctx)
		if errors.Is(err, store.ErrMalformed) { // one that nobody can write; others come
			w.o.Say(strings.ReplaceAll(err.Error(), "\n", "; "))
			if err := sleep(ctx, retryTime); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		if n, ok := e.(*data.NewNode); ok && n.Node.Kind == data.KindScan && n.Node.Scan.Save {
			w.add(n.Node.Scan.UID)
		}
	}
}

// work writes one scan after the other.
func (w *writer) work(ctx context.Context) error {
	for {
		t, err := w.next(ctx)
		if err != nil {
			return err
		}
		err = w.save(ctx, t.uid)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if errors.Is(err, store.ErrNotFound) && t.said != "" {
			w.o.Say("scan " + t.uid + " is no longer in the store; its files are not complete")
		}
		if err == nil || errors.Is(err, store.ErrNotFound) {
			continue
		}
		if t.said != err.Error() {
			w.o.Say(err.Error())
		}
		t.said, t.after = err.Error(), time.Now().Add(retryTime)
		w.mu.Lock()
		w.push(t)
		w.mu.Unlock()
	}
}

// next waits for a scan whose time has come. One that could not be written lets
// others pass.
func (w *writer) next(ctx context.Context) (task, error) {
	for {
		w.mu.Lock()
		w.busy = false
		i := slices.IndexFunc(w.queue, func(t task) bool { return !t.after.After(time.Now()) })
		if i >= 0 {
			t := w.queue[i]
			w.queue, w.busy = slices.Delete(w.queue, i, i+1), true
			w.mu.Unlock()
			return t, nil
		}
		wait := time.Hour
		for _, t := range w.queue {
			wait = min(wait, time.Until(t.after))
		}
		w.mu.Unlock()
		select {
		case <-ctx.Done():
			return task{}, context.Cause(ctx)
		case <-w.wake:
		case <-time.After(wait):
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
