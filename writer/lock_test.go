package writer

import (
	"context"
	"errors"
	"testing"
	"time"

	"blissh/data/store"
)

// elsewhere is a writer on another machine.
var elsewhere = store.Writer{Host: "other", PID: 7, User: "u", Root: "/data"}

// TestAWriterThatWasReplaced: this machine had lost the store, and another one has
// the writer when it is back.
func TestAWriterThatWasReplaced(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	var h heard
	o := options(l.root, h.say)
	done := make(chan error, 1)
	go func() { done <- Run(t.Context(), l.db, o) }()
	eventually(t, "there is a writer", func() bool { _, err := l.db.Writer(t.Context(), o.Session); return err == nil })
	eventually(t, "another machine has the writer", func() bool {
		if err := l.db.ForgetWriter(t.Context(), o.Session, o.Self); err != nil { // its life is over
			t.Fatal(err)
		}
		return l.db.SetWriter(t.Context(), o.Session, elsewhere, time.Minute) == nil
	})
	const want = "demo_session has another writer: process 7 of u on other, which writes under /data"
	if err := <-done; err == nil || err.Error() != want {
		t.Errorf("it ended with %v", err)
	}
	if err := Run(t.Context(), l.db, o); err == nil || err.Error() != want {
		t.Errorf("another one: %v", err)
	}
	if w, err := l.db.Writer(t.Context(), o.Session); err != nil || w != elsewhere || len(h.all("")) != 0 {
		t.Errorf("the writer is %v, %v; said %q", w, err, h.all(""))
	}
}

// TestAWriterStaysForItsShell: one that was about to end says at once that it is
// there, unless another one is by now.
func TestAWriterStaysForItsShell(t *testing.T) {
	l := newLine(t)
	lease, err := l.db.OpenSession(t.Context(), "demo_session", store.Holder{Host: "h", PID: 1}, store.SessionOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer lease.Close(context.Background())
	w := &writer{db: l.db, o: options(l.root, func(string) {}), list: newList()}
	if err := w.idle(t.Context(), time.Hour); err != nil {
		t.Error(err)
	}
	if now, err := l.db.Writer(t.Context(), "demo_session"); err != nil || now.PID != w.o.Self.PID {
		t.Errorf("the writer is %v, %v", now, err)
	}
	if err := l.db.ForgetWriter(t.Context(), "demo_session", w.o.Self); err != nil {
		t.Fatal(err)
	}
	if err := l.db.SetWriter(t.Context(), "demo_session", elsewhere, time.Minute); err != nil {
		t.Fatal(err)
	}
	if err := w.idle(t.Context(), time.Hour); otherWriter(err) == nil {
		t.Error(err)
	}
	if err := lease.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.o.Self = elsewhere
	if err := w.idle(t.Context(), time.Hour); !errors.Is(err, ErrIdle) {
		t.Error(err)
	}
}
