package commands

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"

	"blissh/device"
	"blissh/hooks"
	"blissh/internal/embedded"
	"blissh/scan"
	"blissh/session"

	"go.uber.org/goleak"
)

// TestMain gives the tests runtime and state folders of their own. The pool of
// go-redis ends a goroutine that tries to dial up to 1 s after Close.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "blissh-commands-")
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

const labConfig = `session: SESSION
aliases: {omega: m, count: ct}
axes:
  - {name: m, driver: sim, unit: mm, instant: true, low: -100, high: 100, velocity: 10, acceleration: 100}
  - {name: th, driver: sim, unit: deg, instant: true, sign: -1, offset: 12.5, start: 2, velocity: 10, acceleration: 100}
  - {name: slow, driver: sim, velocity: 1, acceleration: 100}
controllers:
  - name: c
    driver: sim
    counters:
      - {name: ramp, kind: linear, slope: 2, intercept: 1, unit: counts}
      - {name: one, kind: flat, value: 1.5, format: "%.1f"}
  - name: camera
    driver: sim
    counters:
      - {name: view, kind: image, rows: 2, columns: 3, unit: counts}
      - {name: mca, kind: spectrum, size: 8}
`

// bench is a shell on a session of its own, without an interpreter.
type bench struct {
	*Shell
	t    *testing.T
	host *fakeHost
	out  *screen
}

// screen collects what is printed.
type screen struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(b)
}

// take gives what was printed since the last time.
func (s *screen) take() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := s.b.String()
	s.b.Reset()
	return text
}

// text is what was printed since take, which it leaves.
func (s *screen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// fakeHost stands for the interpreter.
type fakeHost struct {
	ctx       context.Context
	lastError string
	loaded    [][]string
	loadError error
	declared  []Declared
	values    map[string]any
	open      map[string]bool // what was given to Unprotect
}

func (h *fakeHost) Context() context.Context { return h.ctx }
func (h *fakeHost) LastError() string        { return h.lastError }
func (h *fakeHost) Declared() []Declared     { return h.declared }

func (h *fakeHost) Value(name string) (any, bool)         { v, ok := h.values[name]; return v, ok }
func (h *fakeHost) Define(map[string]reflect.Value) error { return nil }

func (h *fakeHost) Protect(name string) (back bool, err error) {
	back = h.open[name]
	delete(h.open, name)
	return back, nil
}

func (h *fakeHost) Unprotect(name string) error {
	if name == "nosuch" {
		return errTest
	}
	h.open[name] = true
	return nil
}

func (h *fakeHost) Call(f func() error) error { return f() }

func (h *fakeHost) Load(path string, args []string) error {
	h.loaded = append(h.loaded, append([]string{path}, args...))
	return h.loadError
}

// scripts is a loader of one hook, which was not interpreted.
type scripts struct{}

func (scripts) Load(path string) ([]hooks.Definition, error) {
	return []hooks.Definition{{
		Name: "LimitHook", File: "limit.go", Line: 3, Doc: "LimitHook ends a scan.",
		New: func() (*hooks.Hook, error) {
			return &hooks.Hook{WatchdogCallback: &limit{above: 4}, Name: "LimitHook", File: "limit.go", Line: 3}, nil
		},
	}}, nil
}

// limit ends a scan when ramp is above a value.
type limit struct {
	hooks.Base
	above float64
}

func (*limit) Mode() scan.Mode { return hooks.Gate }

func (h *limit) OnScanData(d *scan.Data) error {
	if d.Value("ramp") > h.above {
		return scan.StopIteration
	}
	return nil
}

func newBench(t *testing.T) *bench {
	t.Helper()
	return newBenchOf(t, labConfig)
}

func newBenchOf(t *testing.T, text string) *bench {
	t.Helper()
	store, err := embedded.Start(embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	config, err := session.ParseConfig("lab.yml", []byte(strings.Replace(text, "SESSION", t.Name(), 1)))
	if err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(t.TempDir(), "limit.go")
	if err := os.WriteFile(script, []byte("package hooks\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	config.Hooks = []string{script}
	settings := filepath.Join(os.Getenv("XDG_STATE_HOME"), "blissh", config.Name)
	t.Cleanup(func() { os.RemoveAll(settings) }) // for go test -count
	out := &screen{}
	s, err := session.Open(t.Context(), session.Options{
		Config: config, URL: store.URL(), Wait: device.TimerWait, Version: "test",
		Loader: func(*session.Session) hooks.Loader { return scripts{} },
		Warn:   func(line string) { out.Write([]byte("warning: " + line + "\n")) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	host := &fakeHost{ctx: context.Background(), open: map[string]bool{}}
	sh := NewShell(s, host, out)
	sh.Display = func() scan.Sink { return NewScanTable(out, false) }
	return &bench{Shell: sh, t: t, host: host, out: out}
}

// axis and counter are the objects that a user types.
func (b *bench) axis(name string) *Axis {
	b.t.Helper()
	x, ok := b.Names()[name].Interface().(*Axis)
	if !ok {
		b.t.Fatalf("no axis %s", name)
	}
	return x
}

func (b *bench) counter(name string) *Counter {
	b.t.Helper()
	c, ok := b.Names()[name].Interface().(*Counter)
	if !ok {
		b.t.Fatalf("no counter %s", name)
	}
	return c
}

// prints checks what a command prints, to the letter but for what changes from
// run to run.
func (b *bench) prints(what string, f func(), want string) {
	b.t.Helper()
	b.out.take()
	if text := message(b.t, f); text != "" {
		b.t.Errorf("%s: %s", what, text)
	}
	same(b.t, what, steady(b.out.take()), want)
}

// fails checks the line with which a command fails.
func (b *bench) fails(want string, f func()) {
	b.t.Helper()
	if got := message(b.t, f); got != want {
		b.t.Errorf("got  %s\nwant %s", got, want)
	}
}

func same(t *testing.T, what, got, want string) {
	t.Helper()
	if got != strings.TrimPrefix(want, "\n") {
		t.Errorf("%s prints\n%s\nwant\n%s", what, got, want)
	}
}

// What changes from run to run: the date, the time that a scan took, and how
// many samples a busy machine takes.
var (
	dates   = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`)
	took    = regexp.MustCompile(`took .*`)
	samples = regexp.MustCompile(`(_n +=  +)\d+( +)\(\d+ /s\)`)
)

// steady blanks out what changes.
func steady(text string) string {
	text = dates.ReplaceAllString(text, "DATE")
	text = samples.ReplaceAllString(text, "${1}N$2(N /s)")
	return took.ReplaceAllString(text, "took TIME")
}

// escapes are the colours of a terminal.
var escapes = regexp.MustCompile("\x1b\\[[0-9;]*m")

var errTest = errors.New("the disk is full")
