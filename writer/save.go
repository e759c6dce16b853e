package writer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"blissh/data"
	"blissh/data/file"
	"blissh/data/store"
)

// saving is a scan on its way into files.
type saving struct {
	w       *writer
	scan    *data.Scan
	outputs []file.Output
	skip    []int // notes that are in each file already
	saved   store.Saved
	path    string // the file that is in the way
	quiet   bool   // nobody is told
	lag     *lag
	cut     bool     // its end was deleted before it was read
	more    chan int // points that are to be acknowledged
}

func newSaving(w *writer, s *data.Scan) *saving {
	return &saving{w: w, scan: s, lag: newLag(s, w.o.Self.Host), more: make(chan int, 1)}
}

// save writes a scan to its end, which may be long in coming.
func (w *writer) save(ctx context.Context, uid string) (err error) {
	s, err := w.db.ScanByUID(ctx, w.o.Session, uid)
	if err != nil {
		return err
	}
	if s, err = w.db.AsBegun(ctx, s); err != nil {
		return err
	}
	v := newSaving(w, s)
	defer func() {
		if closed := v.close(); err == nil {
			err = closed
		}
		err = v.failed(ctx, err)
	}()
	if err := v.open(); err != nil {
		return err
	}
	return v.all(ctx)
}

// all writes the scan from the beginning.
func (v *saving) all(ctx context.Context) error {
	r, err := v.w.db.Follow(ctx, v.scan.Session, store.FollowOptions{Scan: v.scan.UID})
	if err != nil {
		return err
	}
	defer r.Close()
	stop := v.reporting(ctx)
	ended, err := v.follow(ctx, r)
	stop()
	if err != nil {
		return err
	}
	return v.end(ctx, ended)
}

// notSaved is why a scan is not in its files.
type notSaved struct {
	number int
	path   string // the file that is in the way, if it is one
	err    error
}

func (e *notSaved) Error() string { return fmt.Sprintf("scan %d is not saved: %v", e.number, e.err) }
func (e *notSaved) Unwrap() error { return e.err }

// failed tells others why a scan is not saved.
func (v *saving) failed(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	err = &notSaved{v.scan.Number, v.path, err}
	if v.saved.Points == 0 { // those that it had before are in the files still
		before, _ := v.w.db.Saved(ctx, v.scan.Session, v.scan.UID)
		v.saved.Points = before.Points
	}
	v.saved.Error, v.saved.Complete = oneLine(err), false
	v.report(ctx, v.saved)
	return err
}

func (v *saving) open() error {
	list, err := v.w.o.targets(v.scan)
	if err != nil {
		return err
	}
	for _, t := range list {
		v.path = t.path
		v.w.opens(t.path)
		if err := os.MkdirAll(filepath.Dir(t.path), 0o755); err != nil {
			return err
		}
		o, err := t.Open(t.path, v.scan)
		if err != nil {
			return err
		}
		v.outputs, v.skip = append(v.outputs, o), append(v.skip, o.Notes())
		v.saved.Files = append(v.saved.Files, o.Path())
		v.w.opens(o.Path())
	}
	v.path = ""
	return nil
}

// close closes the files, once.
func (v *saving) close() error {
	var errs []error
	for _, o := range v.outputs {
		errs = append(errs, o.Close())
	}
	v.outputs = nil
	v.w.opens()
	return errors.Join(errs...)
}

// opens says which files are in use from now on, besides those that are; without any,
// none is, for one scan is written at a time. A question does not look at them.
func (w *writer) opens(files ...string) {
	w.disk.Lock()
	defer w.disk.Unlock()
	if len(files) == 0 {
		w.open = nil
	}
	w.open = append(w.open, files...)
}

// follow writes what the reader brings, and returns the scan as it ended.
func (v *saving) follow(ctx context.Context, r *store.Reader) (*data.Scan, error) {
	a := &blocks{scan: v.scan, points: v.points, lost: v.lost}
	for {
		e, err := r.Next(ctx)
		if errors.Is(err, io.EOF) {
			return v.endless(a), nil
		}
		if err != nil {
			return nil, err
		}
		if end, ok := e.(*data.EndScan); ok {
			return end.Node.Scan, a.flush()
		}
		if err := v.event(a, e); err != nil {
			return nil, err
		}
	}
}

func (v *saving) event(a *blocks, e data.Event) error {
	switch e := e.(type) {
	case *data.NewData:
		return a.data(e)
	case *data.Steering:
		a.turn(e)
		return v.note(file.NoteOf(e))
	case *data.Deleted:
		return a.deleted(e)
	}
	return nil
}

// points writes a block into all files; then it is acknowledged.
func (v *saving) points(b *file.Block) error {
	late := v.lag.see(b, time.Now())
	for i, o := range v.outputs {
		if o, ok := o.(file.Hurrier); ok {
			o.Hurry(late)
		}
		if err := o.Points(b); err != nil {
			return v.broken(i, err)
		}
	}
	v.acknowledge(max(b.First+b.N, v.least()))
	return nil
}

// least is how many points are in all files: more than were read, if they had some
// before.
func (v *saving) least() int {
	least := math.MaxInt
	for _, o := range v.outputs {
		least = min(least, o.Rows())
	}
	return least
}

// broken is an error of one of the files.
func (v *saving) broken(i int, err error) error {
	v.path = v.saved.Files[i]
	return fmt.Errorf("%s: %w", v.path, err)
}

func (v *saving) note(n file.Note) error {
	for i, o := range v.outputs {
		if r, ok := o.(file.Recorder); ok {
			r.Record(n)
		}
		if v.skip[i] > 0 {
			v.skip[i]--
			continue
		}
		if err := o.Note(n); err != nil {
			return v.broken(i, err)
		}
	}
	return nil
}

// lost notes what the store had lost before it was read, up to some point. A file that
// has these points already has no hole, and one that has the note not another.
func (v *saving) lost(n file.Note, until int) error {
	for i, o := range v.outputs {
		if o.Rows() >= until && until > n.Points {
			continue
		}
		if r, ok := o.(file.Recorder); ok {
			r.Record(n)
		}
		if err := o.Note(n); err != nil {
			return v.broken(i, err)
		}
	}
	return nil
}

// end completes the files, and says so when they are closed.
func (v *saving) end(ctx context.Context, s *data.Scan) error {
	for i, o := range v.outputs {
		if err := o.End(s); err != nil {
			return v.broken(i, err)
		}
	}
	if err := v.close(); err != nil {
		return err
	}
	v.saved.Points, v.saved.Complete = s.Taken, true
	if err := v.report(ctx, v.saved); err != nil {
		return err
	}
	but := ""
	if v.cut {
		but = ", but the store has lost the rest of the scan,"
	}
	v.w.o.Say(fmt.Sprintf("scan %d: %d points saved%s in %s", s.Number, s.Taken, but, strings.Join(v.saved.Files, ", ")))
	return nil
}

// endless is how a scan ended whose end was deleted before it was read.
func (v *saving) endless(a *blocks) *data.Scan {
	s := *v.scan
	v.cut = true
	s.Outcome, s.Reason, s.Taken, s.End = data.Failed, "deleted from the store before its end was written", a.next, time.Now()
	return &s
}
