package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"blissh/repl"
)

const assistConfig = `session: demo_session
hooks: [hooks]
aliases: {omega: robz, m: mv}
axes:
  - {name: robz, driver: sim, unit: mm, instant: true, start: 1.5, velocity: 1, acceleration: 1}
  - {name: roby, driver: sim, unit: mm, instant: true}
controllers:
  - name: c
    driver: sim
    counters:
      - {name: ramp, kind: linear, slope: 1, intercept: 0, unit: counts}
`

// newLab opens a session with a hook; write replaces a file in its folder.
func newLab(t *testing.T) (x *typist, replace func(name, text string)) {
	t.Helper()
	dir := t.TempDir()
	replace = func(name, text string) {
		t.Helper()
		write(t, filepath.Join(dir, name), text)
	}
	replace("lab.yml", assistConfig)
	replace("hooks/good.go", goodHook().text)
	return newTypist(t, filepath.Join(dir, "lab.yml")), replace
}

// TestAssistInASession: what is offered comes from the session, and no axis is
// asked for it.
func TestAssistInASession(t *testing.T) {
	x, _ := newLab(t)
	x.enter("s = loopscan(2, 0, ramp, save=False)")
	x.enter(`sim_fault(robz, "read", "hang")`)
	defer x.enter(`sim_fault(robz, "clear")`)
	var assist repl.Assist = x.current().Interp
	begin := time.Now()
	for typed, want := range map[string]repl.Completion{
		"mv rob":            {Text: "roby", Description: "axis, at 0 mm"},
		"mv(om":             {Text: "omega", Description: "alias of robz: axis, at 1.5 mm"},
		"loopsc":            {Text: "loopscan", Description: "loopscan(points, count_time, counters...)"},
		"loopscan(3, .1, ":  {Text: "ramp", Description: "counter, in counts"},
		"loopscan 3 .1 sav": {Text: "save=", Description: "True or False: whether the data are kept in a file; True if left out"},
		"Good":              {Text: "GoodHook", Description: "hook"},
		"s.set_w":           {Text: "set_watchdog_callback", Description: "gives the scan its hooks, in place of earlier ones; None takes them away"},
		"robz.velo":         {Text: "velocity", Description: "is in units per second; can be set"},
		"omega.Velo":        {Text: "Velocity", Description: "is in units per second; can be set"},
		"s":                 {Text: "s", Description: "Scan"},
		`load("scripts/al`:  {Text: `align.go"`},
		`help("rob`:         {Text: `roby"`, Description: "axis, at 0 mm"},
	} {
		if _, list := assist.Complete(typed, len(typed)); len(list) == 0 || list[0] != want {
			t.Errorf("%s: %q, want %q first", typed, list, want)
		}
	}
	for typed, want := range map[string]string{
		"m omega ":             "mv(axis, «position», ...)",
		"s.stop_on(":           "s.stop_on(«sharedChannel any»)",
		"loopscan(3, title=":   "loopscan(points, count_time, counters...)  «title=» a text in place of the scan's command as its title",
		"ascan(robz, -5, ":     "ascan(axis, start, «stop», intervals, count_time, counters...)",
		"robz.set_limits(":     "robz.set_limits(«limits ...any»)",
		"channel.Open(\"x\", ": "channel.Open(string, «any») *channel.Channel",
		"GoodHook(":            "GoodHook() *hooks.Hook",
	} {
		if got := assist.Hint(typed, len(typed)); got != want {
			t.Errorf("%s\n got %s\nwant %s", typed, got, want)
		}
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("it took %v: an axis that hangs was asked", took)
	}
}

// TestEditedHooks: an edited hook is there for the next scan; a broken edit is
// told with its place, and the hook before it stays.
func TestEditedHooks(t *testing.T) {
	x, replace := newLab(t)
	run := func() string {
		t.Helper()
		x.enter("s = ascan(robz, 0, 20, 20, .005, ramp, run=False)")
		x.enter("s.set_watchdog_callback(GoodHook())")
		x.enter("s.run()")
		return x.enter("s.state")
	}
	see := func(printed, pattern string) {
		t.Helper()
		if !regexp.MustCompile("(?m)" + pattern).MatchString(printed) {
			t.Errorf("nothing matches %s:\n%s", pattern, printed)
		}
	}
	see(run(), `^Out \[\d+\]: stopped$`)
	see(x.enter("reload_hooks()"), `^  GoodHook  \S*good\.go:\d+$`)

	replace("hooks/good.go", strings.Replace(goodHook().text, ">= 5", ">= 1000", 1))
	see(run(), `^Out \[\d+\]: done$`)

	replace("hooks/good.go", strings.Replace(goodHook().text, "scan.StopIteration\n", "scan.StopIteratio\n", 1))
	printed := x.enter("reload_hooks()")
	see(printed, `^  GoodHook  \S*good\.go:\d+$`)
	see(printed, `^\S*good\.go:\d+:\d+: .*StopIteratio.*; the version before this edit of GoodHook stays in use$`)
	see(run(), `^Out \[\d+\]: done$`)

	replace("hooks/good.go", goodHook().text)
	replace("hooks/more.go", strings.ReplaceAll(goodHook().text, "GoodHook", "MoreHook"))
	printed = x.enter("reload_hooks(); MoreHook()")
	see(printed, `^  MoreHook  \S*more\.go:\d+$`)
	if strings.Contains(printed, "stays in use") {
		t.Errorf("the mistake is mended:\n%s", printed)
	}
	see(run(), `^Out \[\d+\]: stopped$`)
}

// TestReloadHooksInAScript: a script sees hooks that were added while it runs.
func TestReloadHooksInAScript(t *testing.T) {
	x, replace := newLab(t)
	dir := filepath.Dir(x.session.Config.File)
	replace("new.txt", strings.ReplaceAll(goodHook().text, "GoodHook", "LateHook"))
	replace("late.go", `text, err := os.ReadFile("`+dir+`/new.txt")
os.WriteFile("`+dir+`/hooks/late.go", text, 0o600)
reload_hooks()
h = LateHook()
`)
	printed := x.enter(`load("` + dir + `/late.go")`)
	if !strings.Contains(printed, "  LateHook  ") || strings.Contains(printed, "undefined") {
		t.Errorf("prints\n%s", printed)
	}
	if _, err := os.Stat(filepath.Join(dir, "hooks", "late.go")); err != nil {
		t.Error(err)
	}
}

// TestProtectionAtThePrompt: what protect and unprotect say, and that a device
// is back.
func TestProtectionAtThePrompt(t *testing.T) {
	x, _ := newLab(t)
	for _, c := range [][2]string{
		{`robz = 5`, `column 1: robz is a name of the session; unprotect("robz") allows to overwrite it`},
		{`for omega := range []int{1} { }`, `column 5: omega is a name of the session; unprotect("omega") allows to overwrite it`},
		{`unprotect("robz", "nosuch")`, "robz may be overwritten; protect(\"robz\") ends that\nunprotect: there is no name nosuch in the session"},
		{`robz = 5`, ``},
		{`robz + 1`, `Out [5]: 6`},
		{`robz?`, `robz is a variable, int`},
		{`protect("robz")`, `robz is the axis again, and protected`},
		{`robz.position`, `Out [8]: 1.5`},
		{`x = 5; protect("x"); x = 6`, "x is protected\ncolumn 22: x is a name of the session; unprotect(\"x\") allows to overwrite it"},
		{`unprotect(roby)`, `roby may be overwritten; protect("roby") ends that`},
		{`m omega 3`, `moving robz from 1.5 to 3 mm`},
		{`unprotect ramp mv`, "ramp may be overwritten; protect(\"ramp\") ends that\nmv may be overwritten; protect(\"mv\") ends that"},
	} {
		if got := strings.TrimSuffix(x.enter(c[0]), "\n"); got != c[1] {
			t.Errorf("%s\n got %s\nwant %s", c[0], got, c[1])
		}
	}
}
