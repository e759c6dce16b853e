package session

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"blissh/data"
	"blissh/data/store"
	"blissh/internal/embedded"
	"blissh/scan"
)

func TestCloseLeavesNothing(t *testing.T) {
	eachStore(t, func(t *testing.T, s server) {
		name := sessionName(t)
		l := open(t, s.url, name)
		if got := lockFiles(t, name); len(got) != 1 {
			t.Errorf("lock files while it is open: %q", got)
		}
		sc := l.ascan("m", 0, 1, 5)
		if err := sc.run(); err != nil {
			t.Error(err)
		}
		if err := l.move("m", 3); err != nil {
			t.Error(err)
		}
		l.close()
		if got := lockFiles(t, name); len(got) > 0 {
			t.Errorf("lock files: %q", got)
		}
		if got := keys(t, s.url, "blissh:{"+name+"}:lease"); len(got) > 0 {
			t.Errorf("the lease is still there: %q", got)
		}
		if got := keys(t, s.url, "blissh:axis:*"); len(got) > 0 {
			t.Errorf("axes are still reserved: %q", got)
		}
		if got := keys(t, s.url, "blissh:{"+name+"}:scan:"+sc.Info().UID); len(got) != 1 {
			t.Error("the data of the scan went with the session")
		}
		if l.warned.String() != "" {
			t.Errorf("warned of %s", l.warned)
		}
	})
}

func TestCloseEndsAllConnections(t *testing.T) {
	t.Parallel()
	s, err := embedded.Start(embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	l := open(t, s.URL(), sessionName(t))
	if err := l.loopscan(3, 0).run(); err != nil {
		t.Error(err)
	}
	l.close()
	eventually(t, "all connections end", func() bool { return s.Clients() == 0 })
}

func TestOpenThatFailsHalfWayGivesEverythingBack(t *testing.T) {
	t.Parallel()
	s := startEmbedded(t)
	name := sessionName(t)
	inTheWay := filepath.Join(os.Getenv("XDG_STATE_HOME"), "blissh", name)
	if err := os.MkdirAll(filepath.Dir(inTheWay), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(inTheWay, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	o, _ := options(t, s.url, name)
	_, err := Open(t.Context(), o)
	refused(t, "no folder for settings", err, "settings of session "+name)
	if got := append(lockFiles(t, name), keys(t, s.url, "blissh:{"+name+"}:lease")...); len(got) > 0 {
		t.Errorf("left behind: %q", got)
	}
	os.Remove(inTheWay)
	open(t, s.url, name)
}

func TestStoreThatDoesNotAnswerIsNamed(t *testing.T) {
	t.Parallel()
	s := startEmbedded(t)
	s.stop()
	o, _ := options(t, s.url, sessionName(t))
	_, err := Open(t.Context(), o)
	refused(t, "no store", err, s.url, "blissh store")
	if got := lockFiles(t, sessionName(t)); len(got) > 0 {
		t.Errorf("left behind: %q", got)
	}
}

func TestSecondShellIsRefused(t *testing.T) {
	eachStore(t, func(t *testing.T, s server) {
		name := sessionName(t)
		first := open(t, s.url, name)
		o, _ := options(t, s.url, name)
		_, err := Open(t.Context(), o)
		me := thisProcess()
		refused(t, "a second shell", err, name, me.Host, fmt.Sprint("process ", me.PID, " "), me.User)
		var held *store.HeldError
		if !errors.As(err, &held) || held.Holder != me {
			t.Errorf("%#v", err)
		}
		if err := first.guard(t.Context()); err != nil {
			t.Errorf("the first shell has lost its lease: %v", err)
		}
		if err := first.loopscan(3, 0).run(); err != nil {
			t.Errorf("the first shell does not scan any more: %v", err)
		}
		first.close()
		open(t, s.url, name)
	})
}

func TestCloseInMidScanAbortsIt(t *testing.T) {
	eachStore(t, func(t *testing.T, s server) {
		l := open(t, s.url, sessionName(t))
		sc := l.ascan("slow", 0, 100, 5)
		done := sc.startCounting()
		eventually(t, "slow moves", l.axis("slow").IsMoving)
		l.close()
		if err := result(t, done); !errors.Is(err, scan.ErrInterrupted) {
			t.Errorf("run returned %v", err)
		}
		sc.ended(data.Aborted, "the session is being closed")
		if _, state, _ := l.motor("slow").Read(context.Background()); !state.AtRest() {
			t.Errorf("slow is %v", state)
		}
		db, err := store.Open(t.Context(), s.url)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		kept, err := db.ScanByUID(t.Context(), l.Name, sc.Info().UID)
		if err != nil || kept.Outcome != data.Aborted || !strings.Contains(kept.Reason, "the session is being closed") || kept.Taken != 1 {
			t.Errorf("in the store: %+v (%v)", kept, err)
		}
	})
}

func TestAfterCloseNothingMoves(t *testing.T) {
	t.Parallel()
	l := open(t, startEmbedded(t).url, sessionName(t))
	late := l.ascan("m", 1, 2, 3)
	l.close()
	began := time.Now()
	refused(t, "a move after Close", l.move("m", 1))
	refused(t, "a scan after Close", late.run())
	if at, _, _ := l.motor("m").Read(context.Background()); at != 0 {
		t.Errorf("m is at %g", at)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}
