package session

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"blissh/data"
	"blissh/data/store"
	"blissh/writer"
)

// filing is what a session knows of the process that writes its scans into
// files.
type filing struct {
	one    chan struct{} // has an element while a writer is looked for or started
	seen   bool          // there was one
	failed bool          // none could be started at last, which was said
	cancel context.CancelFunc
	done   sync.WaitGroup
}

const (
	writerLook  = 2 * time.Second        // between two looks whether there is a writer
	writerDelay = 200 * time.Millisecond // before the first one: the prompt comes first
	answerWait  = 2 * time.Second        // for an answer, before the writer is looked for again
	answerTries = 3
)

// errSilent is the cause of the end of waiting for a writer's answer.
var errSilent = errors.New("no answer")

// openFiling begins to see to it that there is a writer.
func (s *Session) openFiling(context.Context) error {
	if !s.saves() {
		return nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.filing.one, s.filing.cancel = make(chan struct{}, 1), cancel
	s.filing.done.Go(func() {
		for wait := writerDelay; ; wait = writerLook {
			select {
			case <-ctx.Done():
				return
			case <-time.After(wait):
				_, _ = s.ensureWriter(ctx, true) // it has said what went wrong
			}
		}
	})
	return nil
}

func (s *Session) closeFiling() {
	if s.filing.cancel != nil {
		s.filing.cancel()
		s.filing.done.Wait()
	}
}

// saves reports whether scans are saved at all: not in a dry run, nor where there
// is nothing to start.
func (s *Session) saves() bool { return s.options.Dry == nil && s.options.StartWriter != nil }

// ensureWriter returns the session's writer, after starting one if there is none.
// One that is started in the place of another is told of in one line; tell says that
// nobody else tells of an error. A *NotSavedError says that none starts.
func (s *Session) ensureWriter(ctx context.Context, tell bool) (store.Writer, error) {
	f := &s.filing
	select {
	case f.one <- struct{}{}:
		defer func() { <-f.one }()
	case <-ctx.Done(): // Ctrl-C does not wait for a start that takes long
		return store.Writer{}, context.Cause(ctx)
	}
	who, found, err := s.findWriter(ctx)
	if err == nil && !found {
		err = s.startWriter(ctx, tell)
		who, _, _ = s.findWriter(ctx)
	}
	f.seen = f.seen || err == nil
	return who, err
}

// startWriter starts a writer. No other one is looked for meanwhile.
func (s *Session) startWriter(ctx context.Context, tell bool) error {
	f := &s.filing
	err := s.options.StartWriter(ctx, s.DB, s.Name)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil && (f.failed || !tell):
	case err != nil:
		go s.options.Warn(fmt.Sprintf("the writer of the files does not start: %v; it is tried again", err))
	case f.failed:
		go s.options.Warn("the writer of the files is there; it goes on with what is missing")
	case f.seen:
		go s.options.Warn("the writer of the files had ended; it is started again and goes on with what is missing")
	}
	if f.failed = err != nil; f.failed {
		return &NotSavedError{fmt.Sprintf("no writer can be started: %v", err)}
	}
	return nil
}

func (s *Session) findWriter(ctx context.Context) (store.Writer, bool, error) {
	return writer.Find(ctx, s.DB, s.Name, store.Writer{Host: s.holder.Host, PID: s.holder.PID, User: s.holder.User})
}

// NotSavedError refuses a scan that could not be saved.
type NotSavedError struct{ Why string }

// Error is one line that says what to do.
func (e *NotSavedError) Error() string {
	return "not started, it could not be saved: " + e.Why + "; save=False goes on without a file"
}

// promised asks the writer whether it can save the scan, and completes the
// description for that. Nothing has moved, and no number is given yet.
func (sc *Scan) promised(ctx context.Context, info *data.Scan) error {
	s := sc.session
	if !info.Save || !s.saves() {
		return nil
	}
	asked := *info
	asked.Saving = s.Saving()
	s.foresee(ctx, &asked)
	bytes, err := store.Predict(&asked)
	if err != nil {
		return err
	}
	p, err := s.askWriter(ctx, store.Question{Scan: &asked, Bytes: bytes})
	if err != nil {
		return err
	}
	sc.mu.Lock()
	defer sc.mu.Unlock()
	sc.promise = &p
	return nil
}

// foresee fills in what names the files of a scan that has not begun.
func (s *Session) foresee(ctx context.Context, info *data.Scan) {
	info.Session, info.User, info.Host = s.Name, s.holder.User, s.holder.Host
	if info.Start.IsZero() {
		info.Start = time.Now()
	}
	if f, err := s.settings.load(); err == nil {
		last, _ := s.DB.LastNumber(ctx, s.Name) // a file that is named after it is new in any case
		info.Number = max(f.ScanNumber, last) + 1
	}
}

// askWriter asks, and starts a writer that is not there. One that was killed a
// moment ago is noticed by its silence.
func (s *Session) askWriter(ctx context.Context, q store.Question) (p store.Promise, err error) {
	var who store.Writer
	for range answerTries {
		if who, err = s.ensureWriter(ctx, false); err != nil {
			return p, err
		}
		if p, err = s.ask(ctx, q); !errors.Is(err, errSilent) {
			break
		}
	}
	switch {
	case errors.Is(err, errSilent):
		return p, &NotSavedError{fmt.Sprintf("the writer, process %d of %s on %s, does not answer: end it", who.PID, who.User, who.Host)}
	case err != nil:
		return p, err
	case p.Error != "":
		return p, &NotSavedError{p.Error}
	}
	return p, nil
}

func (s *Session) ask(ctx context.Context, q store.Question) (store.Promise, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, answerWait, errSilent)
	defer cancel()
	return s.DB.AskWriter(ctx, s.Name, q)
}
