package session

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"blissh/data"
	"blissh/hooks"
	"blissh/scan"
)

// roll notes who was asked, in order.
type roll struct {
	mu  sync.Mutex
	log []string
}

func (r *roll) note(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log = append(r.log, text)
}

func (r *roll) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.log, " ")
}

// gate is a hook that is asked at every point, says its name, and does something.
type gate struct {
	hooks.Base
	name   string
	roll   *roll
	policy scan.Policy
	does   func(d *scan.Data) error
}

func (g *gate) Mode() scan.Mode        { return hooks.Gate }
func (g *gate) OnFailure() scan.Policy { return g.policy }

func (g *gate) OnScanData(d *scan.Data) error {
	g.roll.note(fmt.Sprintf("%s%d", g.name, d.Index()))
	if g.does == nil {
		return nil
	}
	return g.does(d)
}

func (g *gate) hook() *hooks.Hook {
	h := hooks.HookOf(g)
	h.Name, h.File, h.SHA256 = g.name, g.name+".go", "0123"
	return h
}

// TestHooksAreAskedInOrder: those of every scan first, then the scan's own, each
// in the order in which it was given, and the record names them so.
func TestHooksAreAskedInOrder(t *testing.T) {
	t.Parallel()
	l := open(t, startEmbedded(t).url, sessionName(t))
	r := &roll{}
	make := func(name string) *hooks.Hook { return (&gate{name: name, roll: r}).hook() }
	for _, name := range []string{"A", "B"} {
		if err := l.AddWatchdog(make(name)); err != nil {
			t.Fatal(err)
		}
	}
	sc := l.loopscan(2, 0)
	if err := errors.Join(sc.SetWatchdog(make("X")), sc.SetWatchdog(make("C"), make("D")), sc.AddWatchdog(make("E"))); err != nil {
		t.Fatal(err)
	}
	if err := sc.run(); err != nil {
		t.Error(err)
	}
	if got := r.text(); got != "A0 B0 C0 D0 E0 A1 B1 C1 D1 E1" {
		t.Errorf("asked: %s", got)
	}
	read, err := l.DB.Scan(t.Context(), l.Name, sc.Info().Number)
	if err != nil {
		t.Fatal(err)
	}
	for _, info := range []*data.Scan{sc.Info(), read} {
		var names []string
		for _, h := range info.Hooks {
			names = append(names, h.Name+" "+h.File+" "+h.SHA256)
		}
		if got := strings.Join(names, ", "); got != "A A.go 0123, B B.go 0123, C C.go 0123, D D.go 0123, E E.go 0123" {
			t.Errorf("the record names %s", got)
		}
	}
	if n := l.RemoveWatchdogs("A"); n != 1 {
		t.Errorf("%d removed", n)
	}
	r.log = nil
	if err := l.loopscan(1, 0).run(); err != nil || r.text() != "B0" {
		t.Errorf("the next scan asks %s: %v", r.text(), err)
	}
}

// TestTheFirstStopIsNamed: all hooks see the point of the stop, and the scan is
// ended by the first that says so.
func TestTheFirstStopIsNamed(t *testing.T) {
	t.Parallel()
	l := open(t, startEmbedded(t).url, sessionName(t))
	r := &roll{}
	stop := func(d *scan.Data) error {
		if d.Index() == 1 {
			return fmt.Errorf("enough: %w", scan.StopIteration)
		}
		return nil
	}
	sc := l.loopscan(5, 0)
	sc.SetWatchdog((&gate{name: "A", roll: r}).hook(), (&gate{name: "B", roll: r, does: stop}).hook(), (&gate{name: "C", roll: r, does: stop}).hook())
	if err := sc.run(); err != nil {
		t.Error(err)
	}
	sc.ended(data.Stopped, "by hook B: enough")
	if got := r.text(); got != "A0 B0 C0 A1 B1 C1" {
		t.Errorf("asked: %s", got)
	}
}

// TestAHookThatMayFailLeavesTheOthers at work.
func TestAHookThatMayFailLeavesTheOthers(t *testing.T) {
	t.Parallel()
	l := open(t, startEmbedded(t).url, sessionName(t))
	r := &roll{}
	fail := func(d *scan.Data) error { return errors.New("no fit") }
	sc := l.loopscan(3, 0)
	sc.SetWatchdog((&gate{name: "A", roll: r, policy: scan.GoOn, does: fail}).hook(), (&gate{name: "B", roll: r}).hook())
	if err := sc.run(); err != nil {
		t.Error(err)
	}
	sc.ended(data.Done, "")
	if got := r.text(); got != "A0 B0 B1 B2" {
		t.Errorf("asked: %s", got)
	}
}

// TestAdviceOfSeveralHooks is applied in the order in which they are asked: the last
// one holds.
func TestAdviceOfSeveralHooks(t *testing.T) {
	t.Parallel()
	l := open(t, startEmbedded(t).url, sessionName(t))
	r := &roll{}
	at := func(err error) func(d *scan.Data) error {
		return func(d *scan.Data) error {
			if d.Index() == 1 {
				return err
			}
			return nil
		}
	}
	sc := l.ascan("m", 0, 10, 10)
	if err := sc.Allow("m", 0, 10, scan.Allowance{Duration: time.Hour}); err != nil {
		t.Fatal(err)
	}
	sc.SetWatchdog((&gate{name: "A", roll: r, does: at(scan.AskRange(4, 8, 4))}).hook(), (&gate{name: "B", roll: r, does: at(scan.AskRange(9, 10, 1))}).hook())
	if err := sc.run(); err != nil {
		t.Error(err)
	}
	columns, err := sc.Columns(t.Context())
	if got := fmt.Sprint(columns["m"]); err != nil || got != "[0 1 9 10]" {
		t.Errorf("the scan went to %s: %v", got, err)
	}
}

// TestOneHookTwice is refused for one scan, and asked once where it also watches
// every scan.
func TestOneHookTwice(t *testing.T) {
	t.Parallel()
	l := open(t, startEmbedded(t).url, sessionName(t))
	r := &roll{}
	h := (&gate{name: "A", roll: r}).hook()
	sc := l.loopscan(2, 0)
	refused(t, "a hook twice", sc.SetWatchdog(h, h), "hook A is given twice")
	if err := errors.Join(sc.SetWatchdog(h), l.AddWatchdog(h)); err != nil {
		t.Fatal(err)
	}
	refused(t, "a hook twice", l.AddWatchdog(h), "hook A watches every scan already")
	if err := sc.run(); err != nil || r.text() != "A0 A1" {
		t.Errorf("asked: %s, %v", r.text(), err)
	}
}

// everyLoader finds one hook in each file, named by it, that is also a preset.
type everyLoader struct{ roll *roll }

type everyHook struct{ gate }

func (h *everyHook) OnPrepare(*data.Scan) error { h.roll.note("prepare" + h.name); return nil }
func (h *everyHook) OnStop(*data.Scan) error    { h.roll.note("stop" + h.name); return nil }

func (l *everyLoader) Load(path string) ([]hooks.Definition, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	version := string(src)
	name := strings.TrimSuffix(filepath.Base(path), ".go")
	return []hooks.Definition{{Name: name, File: path, Line: 3, SHA256: version, New: func() (*hooks.Hook, error) {
		h := hooks.HookOf(&everyHook{gate{name: name, roll: l.roll}})
		h.Name, h.SHA256 = name, version
		l.roll.note("new" + name)
		return h, nil
	}}}, nil
}

// TestEveryScanOfTheConfiguration: the hooks that a configuration names watch every
// scan, as presets, too; they are made once, and anew after an edit; a name that is
// none is told with its place, and no scan begins without it.
func TestEveryScanOfTheConfiguration(t *testing.T) {
	t.Parallel()
	r, dir := &roll{}, t.TempDir()
	script := func(name, text string) {
		path := filepath.Join(dir, name+".go")
		if err := os.WriteFile(path, []byte("package hooks\n//"+text), 0o600); err != nil {
			t.Fatal(err)
		}
		old := time.Now().Add(-time.Hour + time.Duration(len(text))*time.Second)
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	script("Guard", "1")
	cfg, err := ParseConfig(filepath.Join(dir, "lab.yml"), []byte("session: "+sessionName(t)+`
hooks: [.]
every_scan: [Guard, Gaurd]
controllers:
  - {name: c, driver: sim, counters: [{name: ramp, kind: linear}]}
`))
	if err != nil {
		t.Fatal(err)
	}
	var warned []string
	s, err := Open(t.Context(), Options{
		Config: cfg, URL: startEmbedded(t).url, Loader: func(*Session) hooks.Loader { return &everyLoader{r} },
		Warn: func(text string) { warned = append(warned, text) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(t.Context()) })
	const wrong = "lab.yml:3:21: every_scan: no hook is called Gaurd; did you mean Guard?"
	if len(warned) != 1 || !strings.HasSuffix(warned[0], wrong+"; no scan begins without it") {
		t.Errorf("warned: %q", warned)
	}
	run := func() error {
		sc, err := s.NewScan(scan.Plan{Name: "loopscan", Trajectory: scan.Static{N: 1}, Counters: s.Counters()})
		if err != nil {
			t.Fatal(err)
		}
		return sc.Run(t.Context())
	}
	if err := run(); err == nil || !strings.HasSuffix(err.Error(), wrong) {
		t.Errorf("a scan without its guard: %v", err)
	}
	s.RemoveWatchdogs("Gaurd")
	r.log = nil
	for range 2 {
		if err := run(); err != nil {
			t.Error(err)
		}
	}
	script("Guard", "22")
	s.ReloadHooks()
	if err := run(); err != nil {
		t.Error(err)
	}
	if got := r.text(); got != "prepareGuard Guard0 stopGuard prepareGuard Guard0 stopGuard newGuard prepareGuard Guard0 stopGuard" {
		t.Errorf("%s", got)
	}
}

// TestEveryScanKey: what is no list of names is a mistake with its place.
func TestEveryScanKey(t *testing.T) {
	for text, want := range map[string]string{
		"every_scan: Guard":          "lab.yml:2:13: every_scan must be a list of hooks such as [BeamGuard, TimeBudget]",
		"every_scan: [Guard, Guard]": "lab.yml:2:21: every_scan: Guard is there twice",
		"every_scan: [a b]":          "lab.yml:2:14: every_scan: the name of a hook expected, such as BeamGuard",
	} {
		_, err := ParseConfig("lab.yml", []byte("session: lab\n"+text+"\n"))
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// restless is a hook that may fail and takes its time for the end.
type restless struct {
	hooks.Base
	release chan struct{}
	ended   chan struct{}
}

func (h *restless) OnFailure() scan.Policy { return hooks.GoOn }

func (h *restless) OnScanEnd(*data.Scan) error {
	<-h.release
	close(h.ended)
	return nil
}

// TestAHookThatIsNotDoneWithItsScan is waited for when the session ends, not by the
// scan.
func TestAHookThatIsNotDoneWithItsScan(t *testing.T) {
	t.Parallel()
	l := open(t, startEmbedded(t).url, sessionName(t))
	h := &restless{release: make(chan struct{}), ended: make(chan struct{})}
	sc := l.loopscan(3, 0)
	sc.watchedBy(h)
	if err := sc.run(); err != nil {
		t.Error(err)
	}
	sc.ended(data.Done, "")
	select {
	case <-h.ended:
		t.Error("it was waited for")
	default:
	}
	close(h.release)
	l.close()
	select {
	case <-h.ended:
	default:
		t.Error("the session ended before its hook")
	}
}
