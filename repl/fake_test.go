package repl

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"

	"blissh/data"
	"blissh/scan"
)

// beam is a small session for tests: an axis, a scan command, options.
type beam struct {
	in     *Interp
	out    *lockedBuffer
	errs   *lockedBuffer
	robz   *fakeAxis
	moved  []float64
	scans  []*fakeScan
	called []string
}

// lockedBuffer is a buffer that goroutines may write to.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

// take gives what was written since the last call.
func (l *lockedBuffer) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.b.String()
	l.b.Reset()
	return s
}

type fakeAxis struct{ position, velocity float64 }

func (a *fakeAxis) Position() float64      { return a.position }
func (a *fakeAxis) SetPosition(x float64)  { a.position = x }
func (a *fakeAxis) Velocity() float64      { return a.velocity }
func (a *fakeAxis) SetVelocity(v float64)  { a.velocity = v }
func (a *fakeAxis) Name() string           { return "robz" }
func (a *fakeAxis) LowLimit() float64      { return -5 }
func (a *fakeAxis) SetLimits(_, _ float64) {}

type fakeCounter struct{ name string }

type option struct {
	name  string
	value any
}

// moveError is a typed error of a command.
type moveError struct{ axis string }

func (e *moveError) Error() string { return e.axis + ": beyond the high limit" }

type fakeScan struct {
	b       *beam
	args    []any
	options map[string]any
	cb      scan.WatchdogCallback
	state   string
}

func (s *fakeScan) SetWatchdogCallback(cb scan.WatchdogCallback) { s.cb = cb }
func (s *fakeScan) State() string                                { return s.state }
func (s *fakeScan) GetData() map[string][]float64 {
	return map[string][]float64{"sim_ct_gauss_noise": make([]float64, 501)}
}

// Run shows points to the hook until it ends the scan; the hook is called from
// another goroutine, as the watchdog does.
func (s *fakeScan) Run() {
	s.state = "running"
	err := make(chan error)
	go func() { err <- s.watch() }()
	if e := <-err; e != nil && !errors.Is(e, scan.StopIteration) {
		s.state = "failed"
		panic(e)
	} else if e != nil {
		s.state = "stopped"
		return
	}
	s.state = "done"
}

func (s *fakeScan) watch() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("hook: %v", r)
		}
	}()
	info := &data.Scan{Channels: []data.Channel{{Name: "robz"}, {Name: "y"}}}
	for i := range 10 {
		if s.cb == nil {
			return nil
		}
		if err := s.cb.OnScanData(scan.NewData(info, i, 1, []float64{float64(i), float64(i * i)})); err != nil {
			return err
		}
	}
	return nil
}

func newBeam(t testing.TB) *beam { return newBeamWith(t, Options{}) }

func newBeamWith(t testing.TB, o Options) *beam {
	t.Helper()
	b := &beam{out: &lockedBuffer{}, errs: &lockedBuffer{}, robz: &fakeAxis{}}
	o.Stdout, o.Stderr = b.out, b.errs
	o.Keyword = func(name string, value any) any { return option{name, value} }
	o.Commands = func(name string) bool { return reflect.ValueOf(b.names()[name]).Kind() == reflect.Func }
	in, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close() })
	b.in = in
	names := map[string]reflect.Value{}
	for n, v := range b.names() {
		names[n] = reflect.ValueOf(v)
	}
	if err := in.Define(names); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *beam) names() map[string]any {
	return map[string]any{
		"robz":                  b.robz,
		"sim_ct_gauss_noise":    &fakeCounter{"sim_ct_gauss_noise"},
		"ascan":                 b.ascan,
		"mv":                    b.mv,
		"wa":                    func(args ...any) { b.called = append(b.called, fmt.Sprint("wa", len(args))) },
		"save":                  func(v bool) option { return option{"save", v} },
		"run":                   func(v ...any) any { return b.run(v...) },
		"load":                  func(args ...any) {},
		"help":                  func(args ...any) { b.called = append(b.called, fmt.Sprint("help ", args)) },
		"unprotect":             func(name string) { try(b.in.Unprotect(name)) },
		"protect":               func(name string) bool { back, err := b.in.Protect(name); try(err); return back },
		"two":                   func() (int, string) { return 1, "x" },
		"fail":                  func() { panic(&moveError{"robz"}) },
		"wait":                  b.wait,
		"wait_go":               func() { <-b.in.Context().Done(); panic(context.Cause(b.in.Context())) },
		"any_hook":              func(args ...any) { args[0].(*fakeScan).cb = args[1].(scan.WatchdogCallback) },
		"set_watchdog_callback": func(s *fakeScan, cb scan.WatchdogCallback) { s.cb = cb },
	}
}

func try(err error) {
	if err != nil {
		panic(err)
	}
}

func (b *beam) run(v ...any) any {
	if on, ok := v[0].(bool); ok {
		return option{"run", on}
	}
	v[0].(*fakeScan).Run()
	return nil
}

func (b *beam) wait() {
	<-b.in.Context().Done()
	panic(ErrInterrupt)
}

func (b *beam) mv(args ...any) {
	if args[0] != b.robz {
		panic(fmt.Errorf("mv: %v is not an axis", args[0]))
	}
	b.moved = append(b.moved, reflect.ValueOf(args[1]).Convert(reflect.TypeFor[float64]()).Float())
}

func (b *beam) ascan(args ...any) *fakeScan {
	s := &fakeScan{b: b, options: map[string]any{}, state: "idle"}
	for _, a := range args {
		if o, ok := a.(option); ok {
			s.options[o.name] = o.value
			continue
		}
		s.args = append(s.args, a)
	}
	b.scans = append(b.scans, s)
	return s
}

// do runs inputs that must work and gives the last one's output.
func (b *beam) do(t *testing.T, inputs ...string) string {
	t.Helper()
	b.out.take()
	for _, src := range inputs {
		if err := b.in.Run(t.Context(), src); err != nil {
			t.Fatalf("%s\n%v", src, err)
		}
	}
	return strings.TrimSuffix(b.out.take(), "\n")
}

// refuse runs an input that must fail and gives the error.
func (b *beam) refuse(t *testing.T, src string) *Error {
	t.Helper()
	err := b.in.Run(t.Context(), src)
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%s\ngot %v, want an *Error", src, err)
	}
	return e
}

const stopHook = `package hooks

import ("blissh/hooks"; "blissh/scan")

type StopAlignmentHook struct {
	hooks.Base
	n int
}

func (h *StopAlignmentHook) OnScanData(d *scan.Data) error {
	h.n++
	if d.Value("y") > 20 {
		return scan.StopIteration
	}
	return nil
}
`
