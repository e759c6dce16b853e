package main

import (
	"strings"
	"testing"
	"time"

	"blissh/data"
	"blissh/data/file"
	"blissh/data/store"
	"blissh/internal/redistest"
	"blissh/writer"

	"github.com/redis/go-redis/v9"
)

// TestAWriterThatComesLate: the one that was started ends because of another one,
// which says only a moment later that it is there.
func TestAWriterThatComesLate(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	db, err := store.Open(t.Context(), redistest.Embedded(t))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ended := make(chan struct{})
	close(ended)
	words := func() string { return "no memory" }
	if err := appears(t.Context(), db, "s", ended, words); err == nil || err.Error() != "it ended at once; no memory" {
		t.Error(err)
	}
	redistest.Eventually(t, "the other one is seen", func() bool {
		seen := make(chan error, 1)
		go func() { seen <- appears(t.Context(), db, "s", ended, words) }()
		if err := db.SetWriter(t.Context(), "s", store.Writer{Host: "other", PID: 7, User: "u"}, time.Minute); err != nil {
			t.Fatal(err)
		}
		return <-seen == nil
	})
}

// TestAWriterInThisProcess that ends says itself why.
func TestAWriterInThisProcess(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	url := redistest.Embedded(t)
	db, err := store.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	w := &fileWriter{url: url, private: true, root: t.TempDir()}
	raw := redis.NewClient(&redis.Options{Addr: strings.TrimPrefix(url, "redis://"), Protocol: 2})
	defer raw.Close()
	if err := raw.RPush(t.Context(), "blissh:{s}:writer", "no writer").Err(); err != nil {
		t.Fatal(err)
	}
	err = w.start(t.Context(), db, "s")
	if err == nil || !strings.HasPrefix(err.Error(), "it ended at once; ") || !strings.Contains(err.Error(), "WRONGTYPE") {
		t.Error(err)
	}
}

// TestTheRootOfAWriterInTheBackground is that of its shell, though it runs elsewhere;
// the session says more than that.
func TestTheRootOfAWriterInTheBackground(t *testing.T) {
	formats, err := file.Named("spec")
	if err != nil {
		t.Fatal(err)
	}
	x := filing{root: "scans", template: writer.DefaultTemplate, formats: sessionFormats, background: "/shell/scans"}
	place, _, err := x.check()
	if err != nil || place.Root != "/shell/scans" {
		t.Errorf("%+v, %v", place, err)
	}
	path, err := place.Path(&data.Scan{Session: "s", Start: time.Now()}, formats[0])
	if err != nil || !strings.HasPrefix(path, "/shell/scans/s/") {
		t.Errorf("%s, %v", path, err)
	}
}
