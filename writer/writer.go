// Package writer follows a session and writes its scans into files.
//
// It is a client of the store like any other: the scan does not know of it and
// does not wait. Whatever happens to it, it begins with the scan from its first
// point again and adds what is not in the files yet; so a killed process, a full
// disk and a store that was away need nothing of their own. A scan that cannot be
// written is tried again (list) as long as the store has it.
package writer

import (
	"context"
	"errors"
	"fmt"
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
	// Saved is told when so many points of a scan are in all its files; nil is nobody.
	Saved func(s *data.Scan, points int)
	// Idle ends the writer when the session had no shell for so long and everything
	// is written, or when the store is gone; 0: it stays.
	Idle time.Duration
}

const pauseTime = time.Second // after something in the store that is no scan

// Run writes the scans of a session that are marked to be saved, those that ended
// before it began included, until ctx ends or another process is the writer of the
// session. It returns the cause then, or who is.
func Run(ctx context.Context, db *store.DB, o Options) error {
	w := &writer{db: db, o: o, list: newList()}
	if err := claim(ctx, db, o.Session, o.Self); err != nil {
		return err
	}
	scans, err := db.Walk(ctx, data.SessionNode(o.Session), store.WalkOptions{Include: store.OfKind(data.KindScan)})
	if err != nil {
		return err
	}
	defer scans.Close()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return w.announced(ctx, scans) })
	g.Go(func() error { return w.beat(ctx) })
	g.Go(func() error { return w.work(ctx) })
	g.Go(func() error { return db.HearQuestions(ctx, o.Session, w.answer) })
	err = g.Wait()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), beatTime)
	defer cancel()
	return errors.Join(err, db.ForgetWriter(last, o.Session, o.Self))
}

type writer struct {
	db   *store.DB
	o    Options
	list *list

	disk sync.Mutex // for open, and while a file that is not in it is looked at
	open []string   // files that are being opened, written or closed
}

// announced lists the scans that the store has, and then waits for new ones.
func (w *writer) announced(ctx context.Context, scans *store.Walker) error {
	for {
		n, err := scans.NextNode(ctx)
		if errors.Is(err, store.ErrMalformed) { // one that nobody can write; others come
			w.o.Say(oneLine(err))
			if err := sleep(ctx, pauseTime); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		if n.Scan.Save && !w.complete(ctx, n.Scan) {
			w.list.add(n.Scan)
		}
	}
}

// complete reports whether a scan that has ended is in files already. If that is not
// known, it is read again.
func (w *writer) complete(ctx context.Context, s *data.Scan) bool {
	if s.Outcome == "" {
		return false
	}
	saved, err := w.db.Saved(ctx, s.Session, s.UID)
	return err == nil && saved.Complete
}

// work writes one scan after the other.
func (w *writer) work(ctx context.Context) error {
	for {
		t, err := w.list.next(ctx)
		if err != nil {
			return err
		}
		err = w.save(ctx, t.uid)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err == nil:
			w.list.done(t)
		case errors.Is(err, store.ErrNotFound):
			w.gone(t)
		case w.list.again(t, err) && !silent(err):
			w.o.Say(oneLine(err))
		}
	}
}

// silent reports whether an error is only that the store is away, of which beat
// tells.
func silent(err error) bool {
	broken := (*notSaved)(nil)
	return !errors.As(err, &broken) && !errors.Is(err, store.ErrMalformed)
}

// gone gives a scan up that the store does not have any more.
func (w *writer) gone(t *task) {
	w.list.done(t)
	line := fmt.Sprintf("scan %d is no longer in the store, and not complete in files", t.number)
	if t.said != "" {
		line += ": " + t.said
	}
	w.o.Say(line)
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}

// oneLine is the text of an error.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }
