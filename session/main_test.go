package session

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"blissh/data"
	"blissh/device"
	"blissh/device/sim"
	"blissh/hooks"
	"blissh/internal/embedded"
	"blissh/internal/redisconn"
	"blissh/scan"

	"go.uber.org/goleak"
)

// TestMain gives the tests runtime and state folders of their own. The pool of
// go-redis ends a goroutine that tries to dial up to 1 s after Close.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "blissh-session-")
	if err != nil {
		panic(err)
	}
	os.Setenv("XDG_RUNTIME_DIR", dir)
	os.Setenv("XDG_STATE_HOME", filepath.Join(dir, "state"))
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("github.com/redis/go-redis/v9/internal/pool.(*ConnPool).tryDial"),
		goleak.Cleanup(func(code int) {
			os.RemoveAll(dir)
			os.Exit(code)
		}))
}

// patience bounds what a test waits for: generous, for the machine may be busy.
const patience = 40 * time.Second

// server is a store of a test's own.
type server struct {
	url  string
	stop func()
}

// eachStore runs a test on both engines, side by side with the others.
func eachStore(t *testing.T, test func(t *testing.T, s server)) {
	for name, start := range map[string]func(*testing.T) server{"embedded": startEmbedded, "redis": startRedis} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, start(t))
		})
	}
}

func startEmbedded(t *testing.T) server {
	t.Helper()
	s, err := embedded.Start(embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return server{s.URL(), func() { s.Close() }}
}

// startRedis starts a redis-server behind a socket in a folder with a short
// name: no port can be taken by somebody else.
func startRedis(t *testing.T) server {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("redis-server is not installed: apt-get install redis-server")
	}
	dir, err := os.MkdirTemp("", "redis-")
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "s")
	c := exec.Command(path, "--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no", "--dir", dir)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	stop := sync.OnceFunc(func() { c.Process.Kill(); c.Wait(); os.RemoveAll(dir) })
	t.Cleanup(stop)
	eventually(t, "redis-server listens", func() bool { _, err := os.Stat(socket); return err == nil })
	return server{"unix://" + socket, stop}
}

// eventually waits until something is so.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// lab is an open session of a small beamline: m is an axis whose moves take no
// time, slow one that needs 1 s for a millimetre, shared the same piece of
// hardware in every session.
type lab struct {
	*Session
	t      *testing.T
	url    string
	warned *warnings
	closed bool
}

const labConfig = `session: %[1]s
axes:
  - {name: m, driver: sim, unit: mm, address: "sim://%[1]s/m", instant: true, low: -1000, high: 1000}
  - {name: slow, driver: sim, unit: mm, address: "sim://%[1]s/slow", velocity: 1, acceleration: 100, steps_per_unit: 10000}
  - {name: shared, driver: sim, unit: mm, address: "sim://shared", velocity: 1, acceleration: 100, steps_per_unit: 10000}
controllers:
  - name: c
    driver: sim
    counters:
      - {name: ramp, kind: linear, slope: 2, intercept: 1}
      - {name: noisy, kind: flat, value: 10, noise: 0.5}
`

// warnings are the lines that Warn was told.
type warnings struct {
	mu    sync.Mutex
	lines []string
}

func (w *warnings) add(line string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines = append(w.lines, line)
}

func (w *warnings) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.lines, "\n")
}

// noScripts is a loader for sessions without hook scripts.
type noScripts struct{}

func (noScripts) Load(string) ([]hooks.Definition, error) { return nil, nil }

func options(t *testing.T, url, name string) (Options, *warnings) {
	t.Helper()
	c, err := ParseConfig("lab.yml", fmt.Appendf(nil, labConfig, name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(filepath.Join(os.Getenv("XDG_STATE_HOME"), "blissh", name)) }) // for go test -count
	w := &warnings{}
	return Options{
		Config: c, URL: url, Version: "test", Warn: w.add, Wait: device.TimerWait,
		Loader: func(*Session) hooks.Loader { return noScripts{} },
	}, w
}

// open opens a session, which the test closes at its end.
func open(t *testing.T, url, name string) *lab {
	t.Helper()
	o, w := options(t, url, name)
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{Session: s, t: t, url: url, warned: w}
	t.Cleanup(l.close)
	return l
}

// close closes the session, once.
func (l *lab) close() {
	l.t.Helper()
	if l.closed {
		return
	}
	l.closed = true
	if err := l.Close(context.Background()); err != nil {
		l.t.Errorf("close: %v", err)
	}
}

// sessionName is a name that no other test has: settings and lock files are
// kept by name.
func sessionName(t *testing.T) string {
	return strings.Map(func(r rune) rune {
		if r == '/' {
			return '.'
		}
		return r
	}, t.Name())
}

func (l *lab) axis(name string) *device.MotorAxis {
	l.t.Helper()
	for _, a := range l.Axes() {
		if a.Name() == name {
			return a
		}
	}
	l.t.Fatalf("no axis %s", name)
	return nil
}

// motor is the simulated hardware of an axis.
func (l *lab) motor(name string) *sim.Motor { return l.axis(name).Motor().(*sim.Motor) }

// move moves one axis.
func (l *lab) move(name string, to float64) error {
	return l.Move(context.Background(), []*device.MotorAxis{l.axis(name)}, []float64{to})
}

// moving starts a move and returns when the axis is on its way.
func (l *lab) moving(name string, to float64) <-chan error {
	l.t.Helper()
	from, _, _ := l.motor(name).Read(context.Background())
	done := inBackground(func() error { return l.move(name, to) })
	eventually(l.t, name+" moves", func() bool {
		if len(done) > 0 {
			l.t.Fatalf("%s does not move: %v", name, <-done)
		}
		at, s, err := l.motor(name).Read(context.Background())
		return err == nil && s.Has(device.Moving) && at > from
	})
	return done
}

// busy reports whether a scan or a move is running.
func (l *lab) busy() bool { return len(l.current()) > 0 }

// atRest checks that an axis stands still.
func (l *lab) atRest(name string) {
	l.t.Helper()
	if s, err := l.axis(name).State(context.Background()); err != nil || !s.AtRest() {
		l.t.Errorf("%s is %v, not at rest (%v)", name, s, err)
	}
}

// loopscan makes a scan without axes.
func (l *lab) loopscan(points int, count time.Duration) *testScan {
	l.t.Helper()
	return l.scan(scan.Plan{Name: "loopscan", Trajectory: scan.Static{N: points}, CountTime: count})
}

// ascan makes a scan of one axis.
func (l *lab) ascan(axis string, start, stop float64, intervals int) *testScan {
	l.t.Helper()
	return l.scan(scan.Plan{
		Name: "ascan", Axes: []device.Axis{l.axis(axis)},
		Trajectory: scan.Linear{Start: []float64{start}, Stop: []float64{stop}, Intervals: intervals},
	})
}

func (l *lab) scan(p scan.Plan) *testScan {
	l.t.Helper()
	p.Counters = l.Counters()
	r := &record{columns: map[string][]float64{}, prepared: make(chan struct{}), began: make(chan struct{})}
	s, err := l.NewScan(p, r)
	if err != nil {
		l.t.Fatal(err)
	}
	return &testScan{Scan: s, t: l.t, record: r}
}

// testScan is a scan with what its sinks are told.
type testScan struct {
	*Scan
	*record
	t *testing.T
}

// run runs the scan to its end.
func (s *testScan) run() error { return s.Run(context.Background()) }

// start runs the scan in the background and returns when it is prepared.
func (s *testScan) start() <-chan error {
	s.t.Helper()
	done := inBackground(s.run)
	s.reach(s.prepared, done)
	return done
}

// startCounting returns when the first point is there.
func (s *testScan) startCounting() <-chan error {
	s.t.Helper()
	done := inBackground(s.run)
	s.reach(s.began, done)
	return done
}

func (s *testScan) reach(event <-chan struct{}, done <-chan error) {
	s.t.Helper()
	select {
	case <-event:
	case err := <-done:
		s.t.Fatalf("the scan has ended: %v", err)
	case <-time.After(patience):
		s.t.Fatal("the scan does not begin")
	}
}

// ended checks outcome and reason of a scan that is over.
func (s *testScan) ended(outcome data.Outcome, reason string) {
	s.t.Helper()
	i := s.Info()
	if i.Outcome != outcome || !strings.Contains(i.Reason, reason) || reason == "" && i.Reason != "" {
		s.t.Errorf("the scan ended as %s (%s), want %s (%s)", i.Outcome, i.Reason, outcome, reason)
	}
	if s.channels == nil {
		return // it was refused before anybody was told
	}
	if s.last == nil || s.last.Outcome != i.Outcome || s.last.Reason != i.Reason {
		s.t.Errorf("the sink was told %+v", s.last)
	}
}

// record is a sink that keeps what it is told.
type record struct {
	channels        []string
	columns         map[string][]float64
	prepared, began chan struct{}
	last            *data.EndScan
}

func (r *record) Put(_ context.Context, e data.Event) error {
	switch e := e.(type) {
	case *data.NewNode:
		for _, c := range e.Node.Scan.Channels {
			r.channels = append(r.channels, c.Name)
		}
	case *data.Prepared:
		close(r.prepared)
	case *data.Row:
		for i, v := range e.Values {
			r.columns[r.channels[i]] = append(r.columns[r.channels[i]], v)
		}
		if e.Index == 0 {
			close(r.began)
		}
	case *data.EndScan:
		last := *e
		r.last = &last
	}
	return nil
}

func inBackground(f func() error) <-chan error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	return done
}

// result waits for the end of what runs in the background.
func result(t *testing.T, done <-chan error) error {
	t.Helper()
	select {
	case err := <-done:
		return err
	case <-time.After(patience):
		t.Fatal("it does not end")
		return nil
	}
}

// refused checks that an error is there and says what it should.
func refused(t *testing.T, what string, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: not refused", what)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%s: %q does not say %q", what, err, w)
		}
	}
}

// keys lists what a store holds under a pattern.
func keys(t *testing.T, url, pattern string) []string {
	t.Helper()
	c, err := redisconn.New(url, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	list, err := c.Keys(context.Background(), pattern).Result()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// set and remove change the store behind everybody's back.
func set(t *testing.T, url, key, value string) {
	t.Helper()
	c, err := redisconn.New(url, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Set(context.Background(), key, value, time.Minute).Err(); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, url, key string) {
	t.Helper()
	c, err := redisconn.New(url, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Del(context.Background(), key).Err(); err != nil {
		t.Fatal(err)
	}
}

// lockFiles are the lock files of a session.
func lockFiles(t *testing.T, name string) []string {
	t.Helper()
	dir, err := redisconn.RuntimeDir()
	if err != nil {
		t.Fatal(err)
	}
	list, err := filepath.Glob(filepath.Join(dir, "session-"+name+"-*.lock"))
	if err != nil {
		t.Fatal(err)
	}
	return list
}
