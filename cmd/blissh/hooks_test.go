package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// hookConfig is a session whose prompt is that of the demo, with hooks of its own.
const hookConfig = `session: demo_session
hooks: [hooks]
axes:
  - {name: m, driver: sim, unit: mm, instant: true}
controllers:
  - name: c
    driver: sim
    counters:
      - {name: ramp, kind: linear, slope: 1, intercept: 0}
`

// script is a hook script. Where the mistake is, is its line with the comment
// HERE; an error that a method returns is placed at the hook's type.
type script struct{ name, text string }

// file is the script's name as messages show it, as a pattern.
func (s script) file() string { return `\S*` + regexp.QuoteMeta(s.name) + `\.go` }

// place is the file with the line of the mistake, as a pattern.
func (s script) place() string {
	before, _, found := strings.Cut(s.text, "// HERE")
	if !found {
		before, _, _ = strings.Cut(s.text, "type ")
	}
	return fmt.Sprintf(`%s:%d`, s.file(), strings.Count(before, "\n")+1)
}

// hook is the name of the script's type.
func (s script) hook() string { return typeLine.FindStringSubmatch(s.text)[1] }

var typeLine = regexp.MustCompile(`type (\w+) struct`)

// hook is a script with one hook, whose methods and other functions are given.
// It imports everything that one may need.
func hook(name, methods string) script {
	return script{strings.ToLower(name), `package hooks

import (
	"errors"
	"fmt"
	"time"

	"blissh/data"
	"blissh/hooks"
	"blissh/scan"
)

var (
	_ = errors.New
	_ = fmt.Errorf
	_ = time.Second
	_ *data.Scan
	_ = scan.StopIteration
)

type ` + name + ` struct{ hooks.Base }

` + strings.ReplaceAll(methods, "HOOK", name) + "\n"}
}

// onData is a hook whose OnScanData is given.
func onData(name, body string) script {
	return hook(name, "func (h HOOK) OnScanData(d *scan.Data) error {\n"+body+"\n}")
}

// goodHook stops at 5.
func goodHook() script {
	return onData("GoodHook", "\tif d.Value(\"ramp\") >= 5 {\n\t\treturn scan.StopIteration\n\t}\n\treturn nil")
}

// withHooks makes a place whose session has these scripts; it returns the
// arguments of blissh.
func withHooks(t *testing.T, scripts ...script) (*place, []string) {
	t.Helper()
	p := newPlace(t)
	config := filepath.Join(p.dir, "lab.yml")
	write(t, config, hookConfig)
	for _, s := range scripts {
		write(t, filepath.Join(p.dir, "hooks", s.name+".go"), s.text)
	}
	return p, []string{"--store", "memory", "--config", config}
}

// openWith opens a shell in a terminal on a session with these scripts.
func openWith(t *testing.T, scripts ...script) *terminal {
	t.Helper()
	p, args := withHooks(t, scripts...)
	x := p.open(args...)
	if printed := x.prompt(0); strings.Contains(printed, ".go:") {
		t.Fatalf("the scripts have mistakes:\n%s", printed)
	}
	return x
}

// watch runs a scan under a hook and returns what was printed.
func (x *terminal) watch(hook, scan string) string {
	x.t.Helper()
	x.enter("s = " + strings.TrimSuffix(scan, ")") + ", save=False, run=False)")
	x.want(x.enter("s.set_watchdog_callback("+hook+"())"), `^s\.set_watchdog_callback\(\w+\(\)\)\n$`)
	return x.enter("s.run()")
}

const shortScan = "ascan(m, 0, 20, 20, .001, ramp)"

// goesOn checks that the prompt is alive and that the next scans run, without a
// hook and with one.
func (x *terminal) goesOn() {
	x.t.Helper()
	x.want(x.enter("20+1"), `^Out \[\d+\]: 21$`)
	x.want(x.enter("t = ascan(m, 0, 2, 2, 0, ramp, save=False)"), `^ done at 3/3$`)
	x.want(x.watch("GoodHook", "ascan(m, 0, 20, 20, .005, ramp)"), `^ stopped at \d+/21 by hook GoodHook$`)
}

// oneLineOf checks that what was printed tells the failure in one line of the
// table and in one line of the prompt, and shows nothing of the interpreter.
func (x *terminal) oneLineOf(printed, reason string) {
	x.t.Helper()
	x.want(printed, `^ failed at \d+/\d+: `+reason+`$`)
	x.want(printed, `^\w+: `+reason+`$`)
	if n := len(regexp.MustCompile(reason).FindAllString(printed, -1)); n != 2 {
		x.t.Errorf("told %d times, want in the table and at the prompt:\n%s", n, shorten(printed))
	}
	for _, word := range []string{"goroutine", "yaegi", "runtime.", "reflect.", "_.go"} {
		if strings.Contains(printed, word) {
			x.t.Errorf("%q is shown:\n%s", word, shorten(printed))
		}
	}
	x.want(x.enter("s.state"), `^Out \[\d+\]: failed$`)
}

// TestHooksThatFail: whatever goes wrong in a hook, the scan fails in one line
// that names hook, file and line, and the prompt goes on.
func TestHooksThatFail(t *testing.T) {
	t.Parallel()
	cases := []struct {
		hook script
		want string // text of the failure
	}{
		{onData("PanicHook", "\tpanic(\"lost the beam\") // HERE"), `lost the beam`},
		{onData("PanicErrorHook", "\tpanic(fmt.Errorf(\"lost the beam\")) // HERE"), `lost the beam`},
		{onData("ErrorHook", "\treturn errors.New(\"no answer from the analysis\")"), `no answer from the analysis`},
		{onData("LinesHook", "\treturn errors.New(\"first\\nsecond\")"), `first; second`},
		{onData("IndexHook", "\tlist := []int{1, 2}\n\ti := 2 + d.Index()\n\t_ = list[i] // HERE\n\treturn nil"), `.*index out of range.*`},
		{onData("NilHook", "\tvar s *data.Scan\n\t_ = s.Number // HERE\n\treturn nil"), `.*nil pointer.*`},
		{onData("MapHook", "\tvar m map[string]int\n\tm[\"a\"] = 1 // HERE\n\treturn nil"), `.*nil map.*`},
		{onData("DivideHook", "\tzero := d.Index() - d.Index()\n\t_ = 1 / zero // HERE\n\treturn nil"), `.*divi\w+ by zero.*`},
		{onData("DeepHook", "\treturn deeper(d.Index())\n}\n\nfunc deeper(i int) error {\n\tpanic(fmt.Sprint(\"in a helper at \", i)) // HERE"), `in a helper at \d+`},
		{onData("RecursionHook", "\treturn forever(d)\n}\n\nfunc forever(d *scan.Data) error {\n\treturn forever(d) // HERE"), `too many nested function calls.*`},
		{hook("NewHook", "func (h HOOK) OnScanNew(s *data.Scan) error {\n\tpanic(\"not today\") // HERE\n}"), `not today`},
		{hook("EndHook", "func (h HOOK) OnScanEnd(s *data.Scan) error {\n\treturn errors.New(\"cannot write\")\n}"), `cannot write`},
	}
	scripts := []script{goodHook()}
	for _, c := range cases {
		scripts = append(scripts, c.hook)
	}
	x := openWith(t, scripts...)
	for _, c := range cases {
		name := c.hook.hook()
		t.Run(name, func(t *testing.T) {
			x.t = t
			printed := x.watch(name, shortScan)
			x.oneLineOf(printed, `hook `+name+` \(`+c.hook.place()+`\): `+c.want)
			x.want(x.enter("20+1"), `^Out \[\d+\]: 21$`)
		})
	}
	x.t = t
	x.goesOn()
}

// TestHookThatFailsBeforeTheScan: nothing has moved then.
func TestHookThatFailsBeforeTheScan(t *testing.T) {
	t.Parallel()
	h := hook("NewHook", "func (h HOOK) OnScanNew(s *data.Scan) error {\n\treturn fmt.Errorf(\"scan %d is not for me\", s.Number)\n}")
	x := openWith(t, goodHook(), h)
	printed := x.watch("NewHook", "ascan(m, 3, 20, 20, .001, ramp)")
	x.want(printed, `^ failed at 0/21: hook NewHook \(`+h.place()+`\): scan 1 is not for me$`)
	x.want(x.enter("m.position"), `^Out \[\d+\]: 0$`)
	x.goesOn()
}

// TestHooksThatDoNotReturn: neither the scan nor the prompt waits for longer than
// the hook's time, 5 s.
func TestHooksThatDoNotReturn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		hook script
		want string
	}{
		{onData("LoopHook", "\tfor {\n\t}"), "OnScanData took longer than 5s"},
		{onData("SleepHook", "\ttime.Sleep(60 * time.Second)\n\treturn nil"), "OnScanData took longer than 5s"},
		{onData("WaitHook", "\tselect {}"), "OnScanData took longer than 5s"},
		{hook("GateHook", "func (h HOOK) Mode() scan.Mode { return hooks.Gate }\n\n"+
			"func (h HOOK) OnScanData(d *scan.Data) error {\n\tfor {\n\t}\n}"), "OnScanData took longer than 100ms"},
	} {
		name := c.hook.hook()
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := openWith(t, goodHook(), c.hook)
			began := time.Now()
			printed := x.watch(name, "loopscan(100000, .01, ramp)")
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("the scan took %v", took)
			}
			x.oneLineOf(printed, `hook `+name+` \(`+c.hook.file()+`:\d+\): `+c.want)
			x.goesOn()
			began = time.Now()
			x.press("\x04")
			select {
			case <-x.done:
			case <-time.After(testPatience):
				t.Fatal("the shell does not leave")
			}
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("the shell leaves after %v", took)
			}
		})
	}
}

// TestHookThatSaysGoOn: the scan is done without it, and one line says so.
func TestHookThatSaysGoOn(t *testing.T) {
	t.Parallel()
	const goOn = "func (h HOOK) OnFailure() scan.Policy { return hooks.GoOn }\n\nfunc (h HOOK) OnScanData(d *scan.Data) error {\n"
	cases := map[string]struct {
		hook script
		want string
	}{
		"error": {hook("ErrorHook", goOn+"\treturn errors.New(\"no answer\")\n}"), "no answer"},
		"panic": {hook("PanicHook", goOn+"\tpanic(\"no beam\") // HERE\n}"), "no beam"},
	}
	x := openWith(t, goodHook(), cases["error"].hook, cases["panic"].hook)
	for name, c := range cases {
		hook := strings.ToUpper(name[:1]) + name[1:] + "Hook"
		printed := x.watch(hook, shortScan)
		line := `hook ` + hook + ` \(` + c.hook.place() + `\): ` + c.want + `; the scan goes on without it`
		x.want(printed, `^`+line+`$`)
		x.want(printed, `^ done at 21/21$`)
		if n := strings.Count(printed, c.want); n != 1 {
			t.Errorf("%s: told %d times:\n%s", name, n, printed)
		}
		x.want(x.enter("s.state"), `^Out \[\d+\]: done$`)
	}
	x.goesOn()
}

// TestScriptsWithMistakes are told at the start, each with file, line and column,
// by the shell and by check; the other hooks and the prompt work.
func TestScriptsWithMistakes(t *testing.T) {
	t.Parallel()
	misspelt := hook("MisspeltHook", "func (h HOOK) OnScanDta(d *scan.Data) error { return nil } // HERE")
	signature := hook("SignatureHook", "func (h HOOK) OnScanData(d *scan.Data) { } // HERE")
	compile := onData("CompileHook", "\treturn nonsense // HERE")
	types := onData("TypesHook", "\tvar n int = \"three\" // HERE\n\t_ = n\n\treturn nil")
	syntax := script{"syntax", "package hooks\n\nimport \"blissh/hooks\"\n\ntype SyntaxHook struct{ hooks.Base \n// HERE"}
	want := []string{
		misspelt.place() + `:\d+: OnScanDta is not a method of a hook; did you mean OnScanData\?`,
		signature.place() + `:\d+: OnScanData must be func\(\*scan\.Data\) error, not func\(\*scan\.Data\)`,
		compile.place() + `:\d+: .*undefined: nonsense`,
		types.place() + `:\d+: .*`,
		syntax.file() + `:\d+:\d+: .*too early.*`,
	}
	p, args := withHooks(t, goodHook(), misspelt, signature, compile, types, syntax)
	x := p.start(args...)
	x.typeLines("s = "+strings.TrimSuffix(shortScan, ")")+", save=False, run=False)", "s.set_watchdog_callback(GoodHook())", "s.run()", "s.state")
	if status := x.exit(); status != 0 {
		t.Errorf("exit status %d", status)
	}
	x.see(`^Out \[4\]: stopped$`)
	check := p.start(append([]string{"check"}, args[2:]...)...)
	if status := check.exit(); status != exitFailed {
		t.Errorf("check: exit status %d", status)
	}
	check.see(`^session demo_session: 1 axes, 1 counters, 1 hooks$`)
	for _, line := range want {
		for name, text := range map[string]string{"the shell": x.out.String(), "check": check.out.String()} {
			if n := len(regexp.MustCompile("(?m)^"+line+"$").FindAllString(text, -1)); n != 1 {
				t.Errorf("%s tells %d times: %s\n%s", name, n, line, text)
			}
		}
	}
	y := p.start(args...)
	y.typeLines("MisspeltHook()")
	if status := y.exit(); status != exitFailed {
		t.Errorf("a hook that was not loaded: exit status %d", status)
	}
	y.see(`^line 1, column 1: .*MisspeltHook`)
}

// TestHookThatCannotBeMade: a constructor that fails is one line at the prompt.
func TestHookThatCannotBeMade(t *testing.T) {
	t.Parallel()
	panics := hook("PanicHook", "func NewHOOK() *HOOK {\n\tpanic(\"no such shared channel\") // HERE\n}")
	fails := hook("ErrorHook", "func NewHOOK() (*HOOK, error) {\n\treturn nil, errors.New(\"no licence\")\n}")
	loops := hook("LoopHook", "func NewHOOK() *HOOK {\n\tfor {\n\t}\n}")
	x := openWith(t, goodHook(), panics, fails, loops)
	x.want(x.enter("PanicHook()"), `^hook PanicHook \(\S*panichook\.go:\d+\): .*no such shared channel$`)
	x.want(x.enter("ErrorHook()"), `^hook ErrorHook \(\S*errorhook\.go:\d+\): .*no licence$`)
	x.want(x.enter("LoopHook()"), `^hook LoopHook \(\S*loophook\.go:\d+\): not ready after 5s$`)
	x.goesOn()
}

// TestVerdicts: StopIteration and StopAfterPoint, bare and wrapped with a
// reason, end the scan as stopped.
func TestVerdicts(t *testing.T) {
	t.Parallel()
	verdict := func(name, result string) script {
		return onData(name, "\tif d.Index() >= 3 {\n\t\treturn "+result+"\n\t}\n\treturn nil")
	}
	cases := []struct {
		hook script
		want string
	}{
		{verdict("BareHook", "scan.StopIteration"), `by hook BareHook`},
		{verdict("WrapHook", `fmt.Errorf("past the peak at %g: %w", 2.5, scan.StopIteration)`), `by hook WrapHook: past the peak at 2\.5`},
		{verdict("FrontHook", `fmt.Errorf("%w: half of %d", scan.StopIteration, 12)`), `by hook FrontHook: half of 12`},
		{verdict("TwiceHook", `fmt.Errorf("outer: %w", fmt.Errorf("inner: %w", scan.StopIteration))`), `by hook TwiceHook: outer: inner`},
		{verdict("AfterHook", `fmt.Errorf("enough: %w", scan.StopAfterPoint)`), `by hook AfterHook: enough`},
	}
	var scripts []script
	for _, c := range cases {
		scripts = append(scripts, c.hook)
	}
	x := openWith(t, scripts...)
	for _, c := range cases {
		name := c.hook.hook()
		printed := x.watch(name, "ascan(m, 0, 20, 20, .005, ramp)")
		x.want(printed, `^ stopped at \d+/21 `+c.want+`$`)
		x.want(x.enter("s.state"), `^Out \[\d+\]: stopped$`)
		x.want(x.enter("s.reason"), `^Out \[\d+\]: "`+c.want+`"$`)
	}
}

// TestGateHook: the scan waits for the verdict of each point, so none is taken
// after it, and none is merged.
func TestGateHook(t *testing.T) {
	t.Parallel()
	gate := hook("GateHook", `func (h HOOK) Mode() scan.Mode { return hooks.Gate }

func (h HOOK) OnScanData(d *scan.Data) error {
	if d.Covered() != 1 {
		return errors.New("points were merged")
	}
	if d.Index() == 7 {
		return scan.StopIteration
	}
	return nil
}`)
	x := openWith(t, gate)
	x.want(x.watch("GateHook", "loopscan(1000, 0, ramp)"), `^ stopped at 8/1000 by hook GateHook$`)
	x.want(x.enter(`len(s.get_data()["ramp"])`), `^Out \[\d+\]: 8$`)
	x.want(x.watch("GateHook", "loopscan(7, 0, ramp)"), `^ done at 7/7$`)
}

// TestHookOfARunningScan: a hook is set before the scan runs.
func TestHookOfARunningScan(t *testing.T) {
	t.Parallel()
	x := openWith(t, goodHook())
	x.enter("s = loopscan(100000, .01, ramp, save=False, run=False)")
	start := x.typeLine("go s.run()")
	x.seeAfter(start, ` 3/100000 `)
	start = len(x.out.String())
	x.typeLine("s.set_watchdog_callback(GoodHook())")
	x.seeAfter(start, `the scan has started; a hook is set before run`)
	start = x.typeLine("s.set_watchdog_callback(None)")
	x.seeAfter(start, `the scan has started; a hook is set before run`)
	x.press(ctrlC)
	x.seeAfter(start, ` aborted at \d+/100000: interrupted by Ctrl-C`)
	x.enter("1")
	x.want(x.enter("s.state"), `^Out \[\d+\]: aborted$`)
	x.goesOn()
}
