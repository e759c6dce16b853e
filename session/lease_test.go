package session

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"blissh/data"
	"blissh/data/store"
	"blissh/scan"
)

// Another shell that takes the session over stops everything here, until the
// lease is held again.
func TestLeaseTakenAway(t *testing.T) {
	eachStore(t, func(t *testing.T, s server) {
		l := open(t, s.url, sessionName(t))
		lease := "blissh:{" + l.Name + "}:lease"
		sc := l.loopscan(1_000_000, time.Millisecond)
		scanned, moved := sc.startCounting(), l.moving("slow", 50)
		set(t, s.url, lease, "token of another shell")

		err := result(t, moved)
		var lost *store.LeaseError
		if !errors.As(err, &lost) || !lost.Taken {
			t.Errorf("the move returned %v", err)
		}
		l.atRest("slow")
		eventually(t, "the scan ends", func() bool { return sc.State() >= scan.Stopping })
		refused(t, "a new move", l.move("m", 1), "another shell has taken session "+l.Name)
		late := l.ascan("m", 1, 2, 1)
		lateDone := inBackground(late.run) // its end has to wait for the lease
		eventually(t, "the new scan is refused", func() bool { return late.State() >= scan.Stopping })
		if at, _, _ := l.motor("m").Read(t.Context()); at != 0 {
			t.Errorf("m went to %g", at)
		}

		remove(t, s.url, lease)
		refused(t, "the scan", result(t, scanned), "another shell has taken session")
		sc.ended(data.Failed, "another shell has taken session")
		refused(t, "the new scan", result(t, lateDone), "another shell has taken session")
		eventually(t, "the lease is held again", func() bool { return l.guard(t.Context()) == nil })
		if err := l.move("m", 1); err != nil {
			t.Errorf("a move, when the lease is held again: %v", err)
		}
		if err := l.loopscan(2, 0).run(); err != nil {
			t.Errorf("a scan, when the lease is held again: %v", err)
		}
		if n := strings.Count(l.warned.String(), "another shell has taken session"); n != 1 {
			t.Errorf("the user was told %d times:\n%s", n, l.warned)
		}
	})
}

// A store that does not answer for 10 s is a lease that may be somebody else's.
func TestStoreGoneStopsAMove(t *testing.T) {
	t.Parallel()
	s := startEmbedded(t)
	o, w := options(t, s.url, sessionName(t))
	session, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{Session: session, t: t, url: s.url, warned: w}
	moved := l.moving("slow", 100)
	s.stop()
	began := time.Now()
	err = result(t, moved)
	var lost *store.LeaseError
	if !errors.As(err, &lost) || lost.Taken {
		t.Errorf("the move returned %v", err)
	}
	if took := time.Since(began); took < 5*time.Second || took > 15*time.Second {
		t.Errorf("the move went on for %v", took)
	}
	l.atRest("slow")
	refused(t, "a new move", l.move("m", 1))
	if err := l.axis("m").Move(t.Context(), 1); !errors.As(err, &lost) {
		t.Errorf("a move of the axis itself: %v", err)
	}
	if at, _, _ := l.motor("m").Read(t.Context()); at != 0 {
		t.Errorf("m went to %g", at)
	}
	if n := strings.Count(w.String(), "the store does not answer"); n != 1 {
		t.Errorf("the user was told %d times:\n%s", n, w)
	}
	began = time.Now()
	if err := session.Close(context.Background()); err == nil {
		t.Error("Close does not tell that the lease could not be given back")
	}
	if took := time.Since(began); took > closeTime {
		t.Errorf("Close took %v", took)
	}
	if got := lockFiles(t, l.Name); len(got) > 0 {
		t.Errorf("lock files: %q", got)
	}
}
