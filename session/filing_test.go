package session

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"blissh/data/file"
	"blissh/data/store"
	"blissh/device"
	"blissh/internal/redistest"
	"blissh/scan"
	"blissh/writer"
)

// clerk is the writer of a session, in this process.
type clerk struct {
	t   *testing.T
	url string

	mu     sync.Mutex
	fails  error // of the next starts
	slow   bool  // a start takes until it is given up
	mute   bool  // it gives a sign of life and answers nothing
	starts int
	cancel context.CancelFunc
	done   chan struct{}
}

// start is Options.StartWriter.
func (c *clerk) start(ctx context.Context, db *store.DB, session string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.starts++
	switch {
	case c.slow:
		<-ctx.Done()
		return context.Cause(ctx)
	case c.fails != nil:
		return c.fails
	}
	h := thisProcess()
	self := store.Writer{Host: h.Host, PID: h.PID, User: h.User}
	if c.mute {
		return db.SetWriter(ctx, session, self, time.Minute)
	}
	formats, err := file.Named("spec,csv,hdf5")
	if err != nil {
		return err
	}
	own, err := store.Open(ctx, c.url)
	if err != nil {
		return err
	}
	running, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	c.cancel, c.done = cancel, done
	go func() {
		defer close(done)
		defer own.Close()
		err := writer.Run(running, own, writer.Options{Session: session, Formats: formats, Wanted: writer.Wanted{Root: true, Template: true}, Self: self, Say: func(string) {}})
		if running.Err() == nil {
			c.t.Errorf("the writer ended: %v", err)
		}
	}()
	for ctx.Err() == nil {
		if _, found, err := writer.Find(ctx, db, session, self); found || err != nil {
			return err
		}
		time.Sleep(time.Millisecond)
	}
	return context.Cause(ctx)
}

// end ends the writer that runs.
func (c *clerk) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cancel != nil {
		c.cancel()
		<-c.done
		c.cancel = nil
	}
}

func (c *clerk) started() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.starts
}

func (c *clerk) failing(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fails = err
}

// openSaving opens a session whose scans are saved by c.
func openSaving(t *testing.T, s server, c *clerk) *lab {
	t.Helper()
	c.t, c.url = t, s.url
	o, w := options(t, s.url, sessionName(t))
	o.StartWriter, o.Config.Saving.Root = c.start, t.TempDir()
	x, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.end)
	l := &lab{Session: x, t: t, url: s.url, warned: w}
	t.Cleanup(l.close)
	return l
}

// saved makes a scan of m that is to be saved.
func (l *lab) saved(points int, count time.Duration) *testScan {
	l.t.Helper()
	return l.scan(scan.Plan{
		Name: "ascan", Axes: []device.Axis{l.axis("m")}, CountTime: count, Save: true,
		Trajectory: scan.Linear{Start: []float64{1}, Stop: []float64{2}, Intervals: points - 1},
	})
}

// position is where the axis m is.
func (l *lab) position() float64 {
	l.t.Helper()
	p, err := l.axis("m").Position(context.Background())
	if err != nil {
		l.t.Fatal(err)
	}
	return p
}

// complete waits until a scan is in files.
func (s *testScan) complete() {
	s.t.Helper()
	if v := s.Saved(context.Background(), patience); !v.Complete || v.Points != s.Info().Taken {
		s.t.Errorf("saved is %+v", v)
	}
}

func TestAScanIsSaved(t *testing.T) {
	eachStore(t, func(t *testing.T, s server) {
		l := openSaving(t, s, &clerk{})
		sc := l.saved(5, 0)
		planned, err := sc.PlannedFiles(t.Context())
		if err != nil || len(planned) != 2 {
			t.Fatalf("%v, %v", planned, err)
		}
		if err := sc.run(); err != nil {
			t.Fatal(err)
		}
		host, files := sc.Files()
		if host != "" || len(files) != 3 || files[0] != planned[0] || files[2] != planned[1] || !strings.HasSuffix(files[1], "_0001_ascan.csv") {
			t.Errorf("files %v on %q, planned %v", files, host, planned)
		}
		sc.complete()
		for _, f := range files {
			if _, err := os.Stat(f); err != nil {
				t.Error(err)
			}
		}
		if err := l.ascan("m", 3, 4, 1).run(); err != nil { // not saved
			t.Error(err)
		}
		if w := l.warned.String(); w != "" {
			t.Errorf("warned of %s", w)
		}
	})
}

// A scan that could not be saved has not begun: nothing has moved, it has no
// number, and the store does not know it.
func TestAScanThatCannotBeSavedIsRefused(t *testing.T) {
	eachStore(t, func(t *testing.T, s server) {
		l := openSaving(t, s, &clerk{})
		sc := l.saved(5, 0)
		planned, err := sc.PlannedFiles(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		h5 := planned[1]
		if err := os.MkdirAll(filepath.Dir(h5), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(h5, []byte("no HDF5"), 0o644); err != nil {
			t.Fatal(err)
		}
		err = sc.run()
		if refused := (*NotSavedError)(nil); !errors.As(err, &refused) || !strings.HasPrefix(err.Error(), "not started, it could not be saved: "+h5+": the file is damaged: ") ||
			!strings.HasSuffix(err.Error(), ": move it away; save=False goes on without a file") {
			t.Error(err)
		}
		if list, err := l.DB.Scans(t.Context(), l.Name); err != nil || len(list) != 0 || l.position() != 0 {
			t.Errorf("m is at %v, the store has %v (%v)", l.position(), list, err)
		}
		without := l.ascan("m", 3, 4, 1)
		if err := without.run(); err != nil || without.Info().Number != 1 {
			t.Errorf("without a file: number %d, %v", without.Info().Number, err)
		}
		if err := os.Remove(h5); err != nil {
			t.Fatal(err)
		}
		again := l.saved(5, 0)
		if err := again.run(); err != nil || again.Info().Number != 2 {
			t.Errorf("after the file was moved away: number %d, %v", again.Info().Number, err)
		}
		again.complete()
	})
}

func TestAScanWithoutAWriterIsRefused(t *testing.T) {
	eachStore(t, func(t *testing.T, s server) {
		c := &clerk{fails: errors.New("no room for it")}
		l := openSaving(t, s, c)
		eventually(t, "it is said that no writer starts", func() bool {
			return strings.Contains(l.warned.String(), "does not start: no room for it; it is tried again")
		})
		err := l.saved(5, 0).run()
		if want := "not started, it could not be saved: no writer can be started: no room for it; save=False goes on without a file"; err == nil || err.Error() != want {
			t.Errorf("%v", err)
		}
		if l.position() != 0 {
			t.Errorf("m is at %v", l.position())
		}
		c.failing(nil)
		eventually(t, "it is said that there is a writer", func() bool { return strings.Contains(l.warned.String(), "the writer of the files is there") })
		sc := l.saved(5, 0)
		if err := sc.run(); err != nil {
			t.Error(err)
		}
		sc.complete()
		if w := l.warned.String(); strings.Count(w, "\n") != 1 {
			t.Errorf("warned of %s", w)
		}
	})
}

// A writer that is there and does not answer.
func TestAMuteWriter(t *testing.T) {
	t.Parallel()
	l := openSaving(t, startEmbedded(t), &clerk{mute: true})
	err := l.saved(5, 0).run()
	if err == nil || !strings.Contains(err.Error(), "the writer, process ") || !strings.HasSuffix(err.Error(), " does not answer: end it; save=False goes on without a file") || l.position() != 0 {
		t.Errorf("m is at %v: %v", l.position(), err)
	}
}

// Ctrl-C ends a scan that waits for a writer which the shell is starting already.
func TestAScanThatWaitsForAWriterIsInterrupted(t *testing.T) {
	t.Parallel()
	l := openSaving(t, startEmbedded(t), &clerk{slow: true})
	eventually(t, "a writer is being started", func() bool { return len(l.filing.one) == 1 })
	stop := errors.New("stopped by the user")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stop)
	if _, err := l.ensureWriter(ctx, false); !errors.Is(err, stop) {
		t.Error(err)
	}
	if len(l.filing.one) != 1 {
		t.Error("the start was given up")
	}
}

// While the store is away nobody knows whether there is a writer, and a scan
// without a file does not begin either.
func TestNoStoreIsNoLackOfAWriter(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	c := &clerk{}
	l := openSaving(t, server{url: "redis://" + redis.Addr}, c)
	eventually(t, "there is a writer", func() bool { return c.started() == 1 })
	c.end()
	redis.Kill()
	defer redis.Restart() // for the end of the session
	_, err := l.askWriter(t.Context(), store.Question{Scan: l.nextScan(l.Saving())})
	if refused := (*NotSavedError)(nil); err == nil || errors.As(err, &refused) {
		t.Errorf("%v", err)
	}
}

// A writer that ends in mid-scan is replaced, once, and the scan does not wait.
func TestAWriterThatEndsIsReplaced(t *testing.T) {
	eachStore(t, func(t *testing.T, s server) {
		c := &clerk{}
		l := openSaving(t, s, c)
		sc := l.saved(400, 10*time.Millisecond)
		done := sc.startCounting()
		c.end()
		eventually(t, "it is said that the writer had ended", func() bool {
			return l.warned.String() == "the writer of the files had ended; it is started again and goes on with what is missing"
		})
		if err := <-done; err != nil {
			t.Error(err)
		}
		sc.complete()
		if n := c.started(); n != 2 {
			t.Errorf("%d starts", n)
		}
	})
}
