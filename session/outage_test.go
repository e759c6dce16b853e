package session

import (
	"errors"
	"math"
	"strings"
	"syscall"
	"testing"
	"time"

	"blissh/data"
	"blissh/data/store"
	"blissh/internal/redistest"
)

// While the store is away no new move or count starts: the point in progress is
// completed, and the scan goes on when the store is back.
func TestNothingStartsWhileTheStoreIsAway(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	l := open(t, "redis://"+server.Addr, sessionName(t))
	sc := l.ascan("m", 0, 500, 500)
	done := sc.startCounting()
	server.Signal(syscall.SIGSTOP)
	eventually(t, "the user is told", func() bool { return strings.Contains(l.warned.String(), "the store does not answer since") })
	before, _, _ := l.motor("m").Read(t.Context())
	time.Sleep(time.Second)
	if after, _, _ := l.motor("m").Read(t.Context()); after > before+1.5 { // mm; a point each
		t.Errorf("m went on from %g to %g", before, after)
	}
	if len(done) > 0 {
		t.Errorf("the scan ended: %v", <-done)
	}
	server.Signal(syscall.SIGCONT)
	if err := result(t, done); err != nil {
		t.Fatal(err)
	}
	sc.ended(data.Done, "")
	if !strings.Contains(l.warned.String(), "the store is back") {
		t.Errorf("the user was told:\n%s", l.warned)
	}
	columns, err := sc.Columns(t.Context())
	if err != nil || len(columns["m"]) != 501 {
		t.Errorf("%d points, %v", len(columns["m"]), err)
	}
}

// A scan that the store has no room for is refused before anything moves.
func TestFullStoreRefusesTheScan(t *testing.T) {
	eachStore(t, func(t *testing.T, s server) {
		l := open(t, s.url, sessionName(t))
		if err := l.DB.SetRetention(t.Context(), store.Retention{Limit: 1e6}); err != nil {
			t.Fatal(err)
		}
		err := l.ascan("m", 5, 6, 20_000).run()
		var full *store.FullError
		if !errors.As(err, &full) || full.Limit != 1e6 || full.Free != 1e6 || full.Need < 1e6 {
			t.Errorf("the scan: %v", err)
		}
		if at, _, _ := l.motor("m").Read(t.Context()); math.Abs(at) > 1e-9 {
			t.Errorf("m went to %g", at)
		}
		if err := l.ascan("m", 5, 6, 20).run(); err != nil {
			t.Errorf("a scan that fits: %v", err)
		}
	})
}
