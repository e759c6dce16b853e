package repl

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"blissh/channel"
	"blissh/data"
	"blissh/device"
	"blissh/device/sim"
	"blissh/hooks"
	"blissh/internal/embedded"
	"blissh/scan"
)

func point(i int, y float64) *scan.Data {
	s := &data.Scan{Channels: []data.Channel{{Name: "robz"}, {Name: "y"}}}
	return scan.NewData(s, i, 1, []float64{float64(i), y})
}

// oneHook loads the only hook of a script and makes it.
func oneHook(t *testing.T, o Options, text string) *hooks.Hook {
	t.Helper()
	path := scriptFile(t, "stop.go", text)
	o.Root = filepath.Dir(path)
	defs, err := NewHookLoader(o).Load(path)
	if err != nil || len(defs) != 1 {
		t.Fatal(defs, err)
	}
	h, err := defs[0].New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return h
}

func loadError(t *testing.T, text string) string {
	t.Helper()
	path := scriptFile(t, "stop.go", text)
	_, err := NewHookLoader(Options{Root: filepath.Dir(path)}).Load(path)
	if err == nil {
		t.Fatalf("loaded:\n%s", text)
	}
	return err.Error()
}

func TestAHookStopsAScan(t *testing.T) {
	h := oneHook(t, Options{}, stopHook)
	if err := h.OnScanData(point(0, 3)); err != nil {
		t.Error(err)
	}
	if err := h.OnScanData(point(1, 30)); !errors.Is(err, scan.StopIteration) {
		t.Error(err)
	}
	if h.Name != "StopAlignmentHook" || h.File != "stop.go" || h.Line != 5 {
		t.Errorf("%s %s %d", h.Name, h.File, h.Line)
	}
	if h.Timeout() != time.Second || h.Mode() != scan.Observe || h.OnFailure() != scan.FailScan || h.OnScanNew(nil) != nil || h.OnTimeout() != nil || h.OnScanEnd(nil) != nil {
		t.Error("the defaults of hooks.Base are not those of the hook")
	}
}

// TestTheHookOfTheDesign loads the script that the demo session carries, with
// a shared channel that another process sets.
func TestTheHookOfTheDesign(t *testing.T) {
	server, err := embedded.Start(embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	bus, err := channel.Connect(t.Context(), server.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	text, err := os.ReadFile("../scripts/stop_alignment_hook.go")
	if err != nil {
		t.Fatal(err)
	}
	h := oneHook(t, Options{Bind: bindTo(bus)}, string(text))
	if err := h.OnScanData(point(0, 1)); err != nil {
		t.Fatal(err)
	}
	other, err := channel.Connect(t.Context(), server.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	stop, err := other.Open(t.Context(), "stop_alignment", channel.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := stop.Set(true); err != nil {
		t.Fatal(err)
	}
	select {
	case <-h.Wake:
	case <-time.After(5 * time.Second):
		t.Fatal("the shared channel changed and the hook was not woken")
	}
	if err := h.OnScanData(point(1, 1)); !errors.Is(err, scan.StopIteration) {
		t.Errorf("got %v", err)
	}
}

// bindTo gives scripts the shared channels of a bus, as the program does.
func bindTo(bus *channel.Bus) func(*Scope) Exports {
	return func(s *Scope) Exports {
		open := func(name string, o channel.Options) *channel.Channel {
			c, err := bus.Open(s.Context(), name, o)
			if err != nil {
				panic(err)
			}
			s.OnClose(c.Watch(func(*channel.Channel) { s.Wake() }))
			return c
		}
		return Exports{"blissh/channel/channel": {
			"Open":        reflect.ValueOf(func(name string, v any) *channel.Channel { return open(name, channel.Options{Initial: v}) }),
			"OpenDefault": reflect.ValueOf(func(name string, v any) *channel.Channel { return open(name, channel.Options{Default: v}) }),
		}}
	}
}

func TestAHookWithoutSharedChannelsSaysSo(t *testing.T) {
	path := scriptFile(t, "h.go", `package h

import ("blissh/channel"; "blissh/hooks")

type H struct { hooks.Base; c *channel.Channel }

func NewH() *H { return &H{c: channel.Open("stop", false)} }
`)
	defs, err := NewHookLoader(Options{}).Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := defs[0].New(); err == nil || !strings.Contains(err.Error(), "shared channel stop") {
		t.Errorf("got %v", err)
	}
}

func TestMisspeltMethodsAreFound(t *testing.T) {
	got := loadError(t, `package hooks

import ("blissh/hooks"; "blissh/scan"; "blissh/data")

type A struct{ hooks.Base }

func (a *A) OnScanDatta(d *scan.Data) error { return nil }
func (a *A) OnScanEnd(d *data.Scan) { }
func (a *A) on_scan_new(d *data.Scan) error { return nil }
func (a *A) OnPoint(d *scan.Data) error { return nil }
func (a *A) Helper() int { return 1 }

func main() {}
`)
	want := []string{
		"stop.go:13:6: a hook script has no func main",
		"stop.go:7:13: OnScanDatta is not a method of a hook; did you mean OnScanData?",
		"stop.go:8:13: OnScanEnd must be func(*data.Scan) error, not func(*data.Scan)",
		"stop.go:9:13: on_scan_new is not a method of a hook; did you mean OnScanNew?",
		"stop.go:10:13: OnPoint is not a method of a hook; those are Mode, OnChainPrepare, OnChainStart, OnChainStop, OnFailure, OnPointPrepare, OnPointStart, OnPointStop, OnPrepare, OnScanData, OnScanEnd, OnScanNew, OnStart, OnStop, OnTimeout, Timeout",
	}
	if got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

func TestMistakesOfAHookScript(t *testing.T) {
	head := "package hooks\n\nimport (\"blissh/hooks\"; \"blissh/scan\")\n\nvar _ = scan.StopIteration\n\n"
	for text, want := range map[string]string{
		head + "type A struct{ hooks.Base }\n\nfunc (a *A) OnTimeout() error { return nosuch }":  "stop.go:9:40: undefined: nosuch",
		head + "type A struct{ hooks.Base }\n\nfunc (a *A) OnTimeout() error { return 5 }":       "stop.go:9:",
		head + "type A struct{ *hooks.Base }\n":                                                  "stop.go:7:16: embed hooks.Base by value",
		head + "type A struct{ n int }\n\nfunc (a *A) OnTimeout() error { return nil }":          "does not embed hooks.Base",
		head + "type A struct{ n int }\n":                                                        "there is no hook in this file",
		head + "type A struct{ hooks.Base }\n\nfunc NewA(n int) *A { return nil }":               "NewA must not have parameters",
		"package hooks\n\nimport \"os/exec\"\n":                                                  "there is no hook",
		"package hooks\n\nimport (\"blissh/hooks\"; \"os/exec\")\n\ntype A struct{ hooks.Base }": `stop.go:3:25: there is no package "os/exec"`,
		"package hooks\n\nfunc f( {\n\nvar x = \n":                                               "stop.go:3:",
		"func f() {}": "stop.go:1:1: a package clause comes first",
	} {
		if got := loadError(t, text); !strings.Contains(got, want) {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
}

func TestLoadingExecutesNothing(t *testing.T) {
	path := scriptFile(t, "h.go", `package h

import ("blissh/hooks"; "os")

var _ = os.WriteFile("`+filepath.Join(t.TempDir(), "written")+`", nil, 0o600)

type H struct{ hooks.Base }
`)
	if _, err := NewHookLoader(Options{}).Load(path); err != nil {
		t.Fatal(err)
	}
	if files, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "..", "*", "written")); len(files) > 0 {
		t.Error("the script was executed")
	}
}

const troubleHook = `package hooks

import (
	"fmt"
	"time"

	"blissh/hooks"
	"blissh/scan"
)

type Trouble struct{ hooks.Base; n int }

func (h *Trouble) Timeout() time.Duration { return 5 * time.Second }
func (h *Trouble) OnFailure() scan.Policy { return hooks.GoOn }

func (h *Trouble) OnScanData(d *scan.Data) error {
	h.n++
	switch d.Index() {
	case 1:
		for {
		}
	case 2:
		return deep(d)
	case 3:
		return fmt.Errorf("past the peak: %w", scan.StopIteration)
	case 4:
		time.Sleep(time.Hour)
	case 5:
		return recurse(0)
	case 6:
		go func() { panic("elsewhere") }()
	}
	return nil
}

func recurse(n int) error { return recurse(n + 1) }

func deep(d *scan.Data) error {
	list := []int{1}
	fmt.Print()
	if list[d.Index()+3] > 0 {
		return nil
	}
	return nil
}
`

// recovered calls f and gives what it panicked with.
func recovered(f func() error) (r any) {
	defer func() { r = recover() }()
	return f()
}

func TestAHookInALoopIsKilledAndWorksAfterwards(t *testing.T) {
	h := oneHook(t, Options{}, troubleHook)
	for _, i := range []int{1, 4} {
		timer := time.AfterFunc(30*time.Millisecond, h.Kill)
		if r := recovered(func() error { return h.OnScanData(point(i, 0)) }); r != errKilled {
			t.Errorf("point %d: %v", i, r)
		}
		timer.Stop()
	}
	if err := h.OnScanData(point(0, 0)); err != nil {
		t.Error(err)
	}
}

func TestWhereAHookPanicked(t *testing.T) {
	h := oneHook(t, Options{}, troubleHook)
	r := recovered(func() error { return h.OnScanData(point(2, 0)) })
	if r == nil {
		t.Fatal("no panic")
	}
	if got := h.Where(fmt.Errorf("%v", r)); got != "stop.go:41" {
		t.Errorf("where: %q (%v)", got, r)
	}
}

func TestAHookThatRecursesForEver(t *testing.T) {
	h := oneHook(t, Options{}, troubleHook)
	if r := recovered(func() error { return h.OnScanData(point(5, 0)) }); r != errDepth {
		t.Errorf("got %v", r)
	}
}

func TestWrappedSentinelsAndOverriddenDefaults(t *testing.T) {
	h := oneHook(t, Options{}, troubleHook)
	err := h.OnScanData(point(3, 0))
	if !errors.Is(err, scan.StopIteration) || !strings.HasPrefix(err.Error(), "past the peak") {
		t.Error(err)
	}
	if h.Timeout() != 5*time.Second || h.OnFailure() != scan.GoOn {
		t.Error("the hook's own methods are not called")
	}
}

func TestInstancesOfOneScriptAreApart(t *testing.T) {
	path := scriptFile(t, "h.go", `package h

import ("blissh/hooks"; "blissh/scan")

var seen int

// H counts. It does nothing else.
type H struct{ hooks.Base }

func NewH() (*H, error) { return &H{}, nil }

func (h *H) OnScanData(d *scan.Data) error { seen++; if seen > 1 { return scan.StopIteration }; return nil }

type Second struct{ hooks.Base }
`)
	defs, err := NewHookLoader(Options{}).Load(path)
	if err != nil || len(defs) != 2 || defs[0].Doc != "H counts." {
		t.Fatal(defs, err)
	}
	for range 2 {
		h, err := defs[0].New()
		if err != nil {
			t.Fatal(err)
		}
		defer h.Close()
		if err := h.OnScanData(point(0, 0)); err != nil {
			t.Error("it shares variables with another instance")
		}
	}
	if _, err := defs[1].New(); err != nil {
		t.Error(err)
	}
}

const presetScript = `package hooks

import (
	"errors"

	"blissh/data"
	"blissh/hooks"
)

type ShutterHook struct {
	hooks.Base
	calls []string
}

func (h *ShutterHook) OnPrepare(s *data.Scan) error { h.calls = append(h.calls, s.Name); return nil }
func (h *ShutterHook) OnChainPrepare(c []string) error { h.calls = append(h.calls, c...); return nil }
func (h *ShutterHook) OnPointStart(i int) error {
	for i == 1 {
	}
	h.calls = append(h.calls, "point")
	return nil
}
func (h *ShutterHook) OnStop(s *data.Scan) error {
	if len(h.calls) != 3 || h.calls[0] != "ct" || h.calls[1] != "card" || h.calls[2] != "point" {
		return errors.New("wrong calls")
	}
	var m map[string]int
	m["a"] = 1
	return nil
}
`

// TestAScriptIsAPreset: its state lives from call to call, what goes wrong in it
// has a place, and a loop without end is killed.
func TestAScriptIsAPreset(t *testing.T) {
	h := oneHook(t, Options{}, presetScript)
	p, _ := h.Preset().(scan.PointPreset)
	chain, _ := h.Preset().(scan.ChainPreset)
	if p == nil || chain == nil {
		t.Fatal("it is no preset")
	}
	counter := device.NewCalc("a", "", nil)
	s, err := scan.New(scan.Plan{Name: "ct", Counters: []*device.Counter{counter}}, scan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	card := sim.NewController(sim.ControllerOptions{Name: "card"})
	ctx, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, errors.New("too long"))
	defer cancel()
	for i, err := range []error{
		p.Prepare(t.Context(), s), chain.PrepareChain(t.Context(), s, []device.Controller{card}), p.PreparePoint(t.Context(), s, 0),
		p.StartPoint(t.Context(), s, 0), p.StopPoint(t.Context(), s, 0), p.Start(t.Context(), s),
	} {
		if err != nil {
			t.Errorf("call %d: %v", i, err)
		}
	}
	if err := p.StartPoint(ctx, s, 1); err == nil || err.Error() != "too long" {
		t.Errorf("an endless loop: %v", err)
	}
	if err := p.Stop(t.Context(), s); err == nil || err.Error() != "stop.go:28: panic: assignment to entry in nil map" {
		t.Errorf("a panic: %v", err)
	}
	if h := oneHook(t, Options{}, stopHook); h.Preset() != nil {
		t.Error("a hook without such methods is a preset")
	}
}

func TestSignaturesOfPresetsAreChecked(t *testing.T) {
	got := loadError(t, `package hooks

import "blissh/hooks"

type A struct{ hooks.Base }

func (A) OnPointStart() error { return nil }
func (A) OnPrepar(int) error { return nil }
`)
	const want = "stop.go:7:10: OnPointStart must be func(int) error, not func() error\nstop.go:8:10: OnPrepar is not a method of a hook; did you mean OnPrepare?"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
