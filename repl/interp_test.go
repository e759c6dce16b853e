package repl

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"blissh/scan"
)

// scriptFile writes a file for a test.
func scriptFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	writeFile(t, path, text)
	return path
}

func writeFile(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// withHook defines StopAlignmentHook and NewStopAlignmentHook, as a session does.
func (b *beam) withHook(t *testing.T) {
	t.Helper()
	defs, err := NewHookLoader(Options{}).Load(scriptFile(t, "stop.go", stopHook))
	if err != nil {
		t.Fatal(err)
	}
	construct := func() scan.WatchdogCallback {
		h, err := defs[0].New()
		if err != nil {
			panic(err)
		}
		t.Cleanup(h.Close)
		return h
	}
	err = b.in.Define(map[string]reflect.Value{
		defs[0].Name:         reflect.ValueOf(construct),
		"New" + defs[0].Name: reflect.ValueOf(construct),
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheLinesOfTheOriginal(t *testing.T) {
	b := newBeam(t)
	b.withHook(t)
	b.do(t,
		`s = ascan(robz,-5,5,500,.001,sim_ct_gauss_noise,save=False,run=False)`,
		`s.set_watchdog_callback(StopAlignmentHook())`,
		`s.run()`)
	if got := b.do(t, `s.state`); got != "stopped" {
		t.Errorf("state: %q", got)
	}
	if got := b.do(t, `len(s.get_data()["sim_ct_gauss_noise"])`); got != "501" {
		t.Errorf("len: %q", got)
	}
	if s := b.scans[0]; s.options["save"] != false || s.options["run"] != false || len(s.args) != 6 {
		t.Errorf("scan: %v %v", s.args, s.options)
	}
	b.do(t, `robz.velocity = 5`)
	if got := b.do(t, `robz.velocity`); got != "5" {
		t.Errorf("velocity: %q", got)
	}
	if got := b.do(t, `robz.position`); got != "0" {
		t.Errorf("position: %q", got)
	}
}

func TestTheSameInGo(t *testing.T) {
	b := newBeam(t)
	b.withHook(t)
	b.do(t,
		`s := ascan(robz, -5, 5, 500, .001, sim_ct_gauss_noise, save(false), run(false))`,
		`s.SetWatchdogCallback(NewStopAlignmentHook())`,
		`s.Run()`)
	if got := b.do(t, `s.State()`); got != "stopped" {
		t.Errorf("state: %q", got)
	}
}

func TestTheSameAsCommands(t *testing.T) {
	b := newBeam(t)
	b.withHook(t)
	b.do(t,
		`s = ascan(robz,-5,5,500,.001,sim_ct_gauss_noise,save=False,run=False)`,
		`set_watchdog_callback(s, StopAlignmentHook())`,
		`run(s)`)
	if got := b.do(t, `s.state`); got != "stopped" {
		t.Errorf("state: %q", got)
	}
}
