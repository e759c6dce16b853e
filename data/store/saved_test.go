package store

import (
	"errors"
	"testing"
	"time"
)

// TestOneWriter: processes on different machines have nothing but the store to tell
// them who writes.
func TestOneWriter(t *testing.T) {
	onEachStore(t, func(b *bench) { b.oneWriter(b.db) })
}

func (b *bench) oneWriter(db *DB) {
	a := Writer{Host: "a", PID: 7, User: "u", Since: time.Now(), Root: "/data"}
	later, other := a, Writer{Host: "b", PID: 7, User: "u", Since: time.Now()}
	later.Since = later.Since.Add(1)
	is := func(want Writer) {
		b.Helper()
		if w, err := db.Writer(b.Context(), "s"); err != nil || w.Host != want.Host || !w.Since.Equal(want.Since) {
			b.Errorf("the writer is %v, %v; want %v", w, err, want)
		}
	}
	for range 2 {
		if err := db.SetWriter(b.Context(), "s", a, time.Minute); err != nil {
			b.Fatal(err)
		}
	}
	held := (*OtherWriterError)(nil)
	for _, w := range []Writer{later, other} {
		if err := db.SetWriter(b.Context(), "s", w, time.Minute); !errors.As(err, &held) || err.Error() != "s has another writer: process 7 of u on a, which writes under /data" {
			b.Errorf("a second one: %v", err)
		}
		if err := db.ForgetWriter(b.Context(), "s", w); err != nil {
			b.Error(err)
		}
		is(a)
	}
	if err := db.ReplaceWriter(b.Context(), held, other, time.Minute); err != nil {
		b.Error(err)
	}
	if err := db.ReplaceWriter(b.Context(), held, a, time.Minute); err == nil {
		b.Error("who is dead was replaced twice")
	}
	is(other)
	if err := db.ForgetWriter(b.Context(), "s", other); err != nil {
		b.Error(err)
	}
	if w, err := db.Writer(b.Context(), "s"); !errors.Is(err, ErrNotFound) {
		b.Errorf("the writer is %v, %v; want none", w, err)
	}
}
