package main

import (
	"bufio"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"blissh/data"
	"blissh/data/store"
	"blissh/internal/embedded"
)

// tryHook runs blissh hook test in this process.
func tryHook(t *testing.T, h hookTest, path string) (text string, err error) {
	t.Helper()
	var out strings.Builder
	if h.f == nil {
		h.f = &flags{store: "memory"}
	}
	if h.scan == "" {
		h.scan = simulated
	}
	h.out = &out
	err = h.run(path)
	return out.String(), err
}

// hookFile writes a script of one hook; see hook.
func hookFile(t *testing.T, s script) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), s.name+".go")
	write(t, path, s.text)
	return path
}

// wantLines looks for lines by their patterns.
func wantLines(t *testing.T, text string, want ...string) {
	t.Helper()
	for _, line := range want {
		if !regexp.MustCompile("(?m)^" + line + "$").MatchString(text) {
			t.Errorf("no line is like %s:\n%s", line, text)
		}
	}
}

// TestHookTestOfReadyMade shows a simulated scan to the hooks of scripts/.
func TestHookTestOfReadyMade(t *testing.T) {
	for file, c := range map[string]struct {
		set  []string
		want []string
	}{
		"stop_past_peak": {nil, []string{`  point 240  robz -0\.2 mm  stop: past the peak of 108\.8`, `  241 points shown, 260 missed; 243 calls \(OnTimeout 0\), half of them within \S+, the longest \S+; \d+ allocations of \d+\.\d kB in all a call`}},
		"limit":          {nil, []string{`  point \d+  robz -1\.\d+ mm  stop: sim_ct_gauss_noise is 6\d\.\d+, above 60`}},
		"zoom_on_peak":   {nil, []string{`  point 239  robz -0\.22 mm  range 0\.129\d* -2\.129\d* 100`, `  501 points shown, 0 missed; .*`}},
		"time_budget":    {nil, []string{`  point 95  robz -3\.1 mm  stop after the point: the time of 2s is used up`}},
		"beam_guard":     {[]string{"beam_current=5"}, []string{`  before the first point  pause: beam_current 5 is below 10`}},
		"stop_alignment": {[]string{"stop_alignment=true"}, []string{`  no verdict`}}, // its constructor takes an old stop away
		"adaptive_step":  {nil, []string{`  point \d+  robz \S+ mm  insert \S+ 0\.01 3`}},
	} {
		t.Run(file, func(t *testing.T) {
			text, err := tryHook(t, hookTest{set: c.set}, filepath.Join(repository(t), "scripts", file+"_hook.go"))
			if err != nil {
				t.Error(err)
			}
			wantLines(t, text, append(c.want, `1 hook, \d+ verdicts?, none failed`)...)
		})
	}
}

// TestHookTestOfARecordedScan: from the store and from a file, the hook does the
// same.
func TestHookTestOfARecordedScan(t *testing.T) {
	server, err := embedded.Start(embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	f := &flags{store: server.URL()}
	publish(t, server.URL())
	name := filepath.Join(t.TempDir(), "scan.json")
	dumpTo(t, server.URL(), name)
	path := hookFile(t, onData("PastHook", "\tif d.Value(\"robz\") > 1 {\n\t\treturn fmt.Errorf(\"at %g of %d: %w\", d.Value(d.Counter()), d.Info().Number, scan.StopIteration)\n\t}\n\t_ = d.Value(\"diode7\")\n\treturn nil"))
	var first string
	for _, scan := range []string{"last", "demo_session:1", "DEMO_SESSION:last", name} {
		text, err := tryHook(t, hookTest{f: f, scan: scan}, path)
		if err != nil {
			t.Errorf("%s: %v", scan, err)
		}
		text = regexp.MustCompile(`half of them.*`).ReplaceAllString(text, "")
		if first == "" {
			first = text
		}
		if text != first {
			t.Errorf("%s:\n%s\nand before:\n%s", scan, text, first)
		}
	}
	wantLines(t, first, `PastHook \(\S+pasthook\.go:\d+\): ascan robz -5 5 500 0\.001 \(simulated\), 501 points`,
		`  point 301  robz 1\.02 mm  stop: at 1\.\d+ of 1`, `  the scan has no data channel diode7: d\.Value gave 0`)
	for scan, want := range map[string]string{
		"demo_session:7": "scan 7 of demo_session: not in the store", "nowhere:last": "nowhere", "nosuch.json": "--scan nosuch.json: simulated, SESSION:NUMBER, SESSION:last, last, or a file of blissh dump --json expected",
		path: ":1: no line of blissh dump --json",
	} {
		if _, err := tryHook(t, hookTest{f: f, scan: scan}, path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", scan, err)
		}
	}
}

// publish puts the simulated scan into a store.
func publish(t *testing.T, url string) {
	t.Helper()
	ctx := t.Context()
	db, err := store.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	r := simulate()
	r.Info.Taken = len(r.Points)
	p, err := db.Publish(ctx, r.Info, store.PublishOptions{})
	if err != nil {
		t.Fatal(err)
	}
	node := data.ScanNode(r.Info)
	events := []data.Event{&data.NewNode{Node: node}, &data.Prepared{Node: node}}
	for _, point := range r.Points {
		events = append(events, &data.Row{Index: point.Index, Time: point.Time, Values: point.Values})
	}
	for _, e := range append(events, &data.EndScan{Node: node, Outcome: data.Done, Points: len(r.Points)}) {
		if err := p.Put(ctx, e); err != nil {
			t.Fatal(err)
		}
	}
}

// dumpTo writes what blissh dump --json writes of the scan.
func dumpTo(t *testing.T, url, name string) {
	t.Helper()
	db, err := store.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s, err := findScan(t.Context(), db, demoName, "1")
	if err != nil {
		t.Fatal(err)
	}
	r, err := db.Follow(t.Context(), demoName, store.FollowOptions{Scan: s.UID, NoWait: true})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	out := bufio.NewWriter(file)
	d := dump{json: true}
	d.begin(out, s)
	if err := errors.Join(d.format.begin(s, d.rows.columns), d.copy(t.Context(), r, out.Flush)); err != nil {
		t.Fatal(err)
	}
}

// TestHookTestTellsFailures: each with its place, and status 1; a hook that would
// wait for too long is found in no time.
func TestHookTestTellsFailures(t *testing.T) {
	for _, c := range []struct {
		hook script
		want string
	}{
		{onData("PanicHook", "\tif d.Index() == 3 {\n\t\tpanic(\"no beam\") // HERE\n\t}\n\treturn nil"), `  point 3  robz -4\.94 mm  fails: hook PanicHook \(PLACE\): no beam`},
		{onData("ErrorHook", "\treturn errors.New(\"no fit\")"), `  point 0  robz -5 mm  fails: hook ErrorHook \(PLACE\): no fit`},
		{onData("SleepHook", "\ttime.Sleep(10 * time.Second)\n\treturn nil"), `  point 0  robz -5 mm  fails: hook SleepHook \(PLACE\): OnScanData took longer than 5s`},
		{hook("LoopHook", "func (h HOOK) Mode() scan.Mode { return hooks.Gate }\n\nfunc (h HOOK) OnScanData(d *scan.Data) error {\n\tfor {\n\t}\n}"),
			`  point 0  robz -5 mm  fails: hook LoopHook \(\S+\): OnScanData took longer than 100ms`},
		{hook("EndHook", "func (h HOOK) OnScanEnd(s *data.Scan) error {\n\treturn errors.New(\"cannot write\")\n}"), `  point 500  robz 5 mm  fails: hook EndHook \(PLACE\): cannot write`},
		{hook("PrepareHook", "func (h HOOK) OnPrepare(s *data.Scan) error {\n\treturn errors.New(\"no shutter\")\n}"), `  before the first point  fails: hook PrepareHook \(PLACE\): no shutter`},
	} {
		t.Run(c.hook.hook(), func(t *testing.T) {
			text, err := tryHook(t, hookTest{}, hookFile(t, c.hook))
			var seen printed
			if !errors.As(err, &seen) || exitCode(err) != exitFailed {
				t.Errorf("ended with %v", err)
			}
			wantLines(t, text, strings.ReplaceAll(c.want, "PLACE", c.hook.place()), `1 hook, \d+ verdicts?, 1 failed`)
		})
	}
}

// TestHookTestInTheTimeOfTheScan: a hook sees the points' time, and is told when
// none came.
func TestHookTestInTheTimeOfTheScan(t *testing.T) {
	text, err := tryHook(t, hookTest{}, hookFile(t, hook("ClockHook", `func (h HOOK) Timeout() time.Duration { return 5 * time.Millisecond }

var began, calls = time.Now(), 0

func (h HOOK) OnScanNew(s *data.Scan) error { began = time.Now(); return nil }

func (h HOOK) OnTimeout() error { calls++; return nil }

func (h HOOK) OnScanData(d *scan.Data) error {
	if d.Index() == 100 {
		return fmt.Errorf("%.2f s and %d timeouts: %w", time.Since(began).Seconds(), calls, scan.StopAfterPoint)
	}
	return nil
}`)))
	if err != nil {
		t.Error(err)
	}
	wantLines(t, text, `  point 100  robz -3 mm  stop after the point: 2\.10 s and 319 timeouts`)
}

// interrupter sends Ctrl-C when it is written to.
type interrupter struct{ strings.Builder }

func (w *interrupter) Write(p []byte) (int, error) {
	if w.Len() == 0 {
		_ = syscall.Kill(os.Getpid(), syscall.SIGINT)
	}
	return w.Builder.Write(p)
}

// TestHookTestIsInterrupted by the first Ctrl-C: the hook is ended and the next one
// is not tried.
func TestHookTestIsInterrupted(t *testing.T) {
	loops := onData("LoopHook", "\tfor {\n\t}")
	loops.text += "\ntype SecondHook struct{ hooks.Base }\n"
	var out interrupter
	err := (&hookTest{f: &flags{store: "memory"}, scan: simulated, out: &out}).run(hookFile(t, loops))
	if exitCode(err) != exitInterrupted || strings.Contains(out.String(), "SecondHook") || strings.Contains(out.String(), "fails") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

// TestHookTestOfSeveralHooks takes all hooks of a file, or one.
func TestHookTestOfSeveralHooks(t *testing.T) {
	two := onData("FirstHook", "\treturn nil")
	two.text += "\ntype SecondHook struct{ hooks.Base }\n"
	path := hookFile(t, two)
	text, err := tryHook(t, hookTest{}, path)
	if err != nil {
		t.Error(err)
	}
	wantLines(t, text, `FirstHook \(.*`, `SecondHook \(.*`, `2 hooks, 0 verdicts, none failed`)
	if text, err = tryHook(t, hookTest{only: "SecondHook"}, path); err != nil || strings.Contains(text, "FirstHook") {
		t.Errorf("%v\n%s", err, text)
	}
	if _, err = tryHook(t, hookTest{only: "Third"}, path); err == nil || !strings.HasSuffix(err.Error(), "no hook is called Third; there is FirstHook, SecondHook") {
		t.Errorf("%v", err)
	}
	if _, err = tryHook(t, hookTest{set: []string{"beam"}}, path); exitCode(err) != exitUsage {
		t.Errorf("%v", err)
	}
}
