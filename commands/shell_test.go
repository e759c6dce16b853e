package commands

import (
	"errors"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestHelp(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.out.take()
	b.help()
	for _, want := range []string{"scans\n  ascan(axis, start, stop, intervals, count_time, counters...)\n", "\nmotion\n  mv(axis, position, ...)\n", "\nlast scan\n", "\ndevices\n", "\nshell\n  help() or help(name)\n"} {
		if text := b.out.text(); !strings.Contains(text, want) {
			t.Errorf("help() has no %q:\n%s", want, text)
		}
	}
	for _, c := range Table() {
		if strings.Count(b.out.text(), "\n  "+c.Usage+"\n") != 1 {
			t.Errorf("help() does not list %s", c.Name)
		}
	}
	const ofMvr = `
mvr(axis, distance, ...)
  Moves axes by a distance from where they are, in the axis' unit, all at once. All targets are checked against the limits first. Prints from where to where.
  Example: mvr(robz, -0.1)
`
	b.prints("help(mvr)", func() { b.help(b.Names()["mvr"].Interface()) }, ofMvr)
	b.prints(`help("mvr")`, func() { b.help("mvr") }, ofMvr)
	b.prints("help(one)", func() { b.help(b.counter("one")) }, `
counter one, a number, of controller c
  one.controller  is the name of what is triggered and read
  one.factor      multiplies what the hardware reads: the value is factor x reading + offset; can be set
  one.mode        is what the counter makes of the samples of a point: "MEAN", "STATS", "SAMPLES", "SINGLE", "LAST" or "INTEGRATE"; "" if it is read once per point; can be set
  one.name        is the name that is typed
  one.offset      is added to factor x reading; can be set
  one.shape       is empty for a number, [n] for a spectrum, [rows columns] for an image
  one.unit        is that of the values, which may be none
`)
	for _, name := range []string{"LimitHook", "NewLimitHook"} {
		b.prints(name, func() { b.help(name) }, "LimitHook(): LimitHook ends a scan. (limit.go)\n")
	}
	const usage = "; usage: help() or help(name)"
	b.fails("help: there is no name acsan in the session; did you mean ascan?", func() { b.help("acsan") })
	b.fails("help: argument 1 (name): a command, a device, a hook or another object, or a name in quotes, expected, got 3"+usage, func() { b.help(3) })
	b.fails("help: argument 2, 3, is one too many"+usage, func() { b.help("mv", 3) })
}

// Help on options stands with the command, and alone.
func TestHelpOfOptions(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	got := take(b, func() { b.help("ascan") })
	for _, o := range scanOptions() {
		if OptionHelp(o) == "" || !regexp.MustCompile(`(?m)^  `+o+`= +`+regexp.QuoteMeta(OptionHelp(o))+"$").MatchString(got) {
			t.Errorf("help(ascan) does not explain %s:\n%s", o, got)
		}
	}
	b.prints(`help("save")`, func() { b.help("save") }, "save=value  "+OptionHelp("save")+"\n")
}

// Help on members, in both spellings, and on what the user has declared.
func TestHelpOfMembersAndVariables(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	s := b.loopscan(3, 0, b.counter("one"), Option{"run", false})
	b.host.declared = []Declared{
		{"f", "function", "f(x float64) float64", nil}, {"n", "constant", "5", nil}, {"s", "variable", "Scan", reflect.TypeOf(s)},
		{"T", "type", "", nil}, {"x", "variable", "float64", reflect.TypeFor[float64]()},
	}
	b.host.values = map[string]any{"s": s, "x": 2.5}
	const velocity = `
m.velocity  is in units per second; can be set
  in Go: m.Velocity() float64
`
	b.prints("m.velocity", func() { b.help("m.velocity") }, velocity)
	b.prints("m.Velocity", func() { b.help("m.Velocity") }, velocity)
	b.prints("s.stop_on", func() { b.help("s.stop_on") }, `
s.stop_on  stops the scan when a shared channel, given by name or as an object, becomes true, without a hook in between
  in Go: s.StopOn(sharedChannel any)
`)
	b.prints("f", func() { b.help("f") }, "f(x float64) float64\n  a function of yours\n")
	b.prints("n", func() { b.help("n") }, "n is a constant, 5\n")
	b.prints("x", func() { b.help("x") }, "x is a variable, float64\n")
	b.prints("T", func() { b.help("T") }, "T is a type of yours\n")
	got := take(b, func() { b.help("s") })
	if !strings.HasPrefix(got, "Scan  loopscan 3 0  (idle, 0 of 3 points)\n  s.add_comment(") || !strings.Contains(got, "\n  s.get_data(names ...string)") {
		t.Errorf("help(s) prints\n%s", got)
	}
	if anonymous := take(b, func() { b.help(s) }); strings.Contains(anonymous, "s.get_data") || !strings.Contains(anonymous, "\n  get_data(names ...string)") {
		t.Errorf("help of a scan without a name prints\n%s", anonymous)
	}
	b.fails("help: m has no velosity; did you mean velocity?", func() { b.help("m.velosity") })
	b.fails("help: there is no object nn in the session; did you mean n?", func() { b.help("nn.velocity") })
}

// Help finds every command by its function, as it is typed: help(mv).
func TestHelpOfEveryCommand(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, c := range Table() {
		got := take(b, func() { b.help(b.Names()[c.Name].Interface()) })
		if !strings.HasPrefix(got, c.Usage+"\n") {
			t.Errorf("help(%s) prints %q", c.Name, got)
		}
	}
}

// TestHelpOfAHook: help(StopAlignmentHook), without quotes, as for a command.
func TestHelpOfAHook(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.prints("help(LimitHook)", func() { b.help(b.Names()["LimitHook"].Interface()) }, "LimitHook(): LimitHook ends a scan. (limit.go)\n")
}

func TestLscnt(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.prints("lscnt", func() { b.lscnt() }, `
  counter  unit    value              controller
  ramp     counts  a number           c
  one              a number           c
  view     counts  an image of 2 x 3  camera
  mca      counts  a spectrum of 8    camera
`)
	b.fails("lscnt: argument 1, the counter one, is one too many; usage: lscnt()", func() { b.lscnt(b.counter("one")) })
}

func TestLoad(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.load("scripts/align.go", "robz", "5")
	b.load("a.go")
	if want := [][]string{{"scripts/align.go", "robz", "5"}, {"a.go"}}; !reflect.DeepEqual(b.host.loaded, want) {
		t.Errorf("loaded %q", b.host.loaded)
	}
	b.host.loadError = errTest
	b.fails("the disk is full", func() { b.load("a.go") })
	var e *Error
	func() {
		defer func() { e, _ = recover().(*Error) }()
		b.load("a.go")
	}()
	if !errors.Is(e, errTest) {
		t.Errorf("the cause is lost: %#v", e)
	}
	b.fails("load: argument 1 (file): a text expected, got nothing; usage: load(file, arguments...)", func() { b.load() })
	b.fails(`load: argument 1 (file): a text expected, got ""; usage: load(file, arguments...)`, func() { b.load("") })
	b.fails("load: argument 2 (argument): a text expected, got 5; usage: load(file, arguments...)", func() { b.load("a.go", 5) })
}

func TestLastError(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.prints("last_error", func() { b.lastError() }, "no error so far\n")
	b.host.lastError = "mv: robz is in the way\n  because of roby"
	b.prints("last_error", func() { b.lastError() }, "mv: robz is in the way\n  because of roby\n")
}

// Clean-ups are done in reverse order, also those that a clean-up registers.
func TestCleanup(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var did []string
	note := func(s string) func() { return func() { did = append(did, s) } }
	b.cleanup(note("first"))
	b.cleanup(func() { note("second")(); b.cleanup(note("third")) })
	if b.Cleanups.Len() != 2 {
		t.Errorf("%d clean-ups", b.Cleanups.Len())
	}
	for b.Cleanups.Len() > 0 {
		b.Cleanups.Pop()()
	}
	if want := []string{"second", "third", "first"}; !slices.Equal(did, want) {
		t.Errorf("did %q", did)
	}
	const usage = "; usage: cleanup(func() { ... })"
	b.fails("cleanup: argument 1 (function): a function without arguments expected, got nothing"+usage, func() { b.cleanup() })
	b.fails("cleanup: argument 1 (function): a function without arguments expected, got a function"+usage, func() { b.cleanup(func(int) {}) })
	b.fails("cleanup: argument 2, a function, is one too many"+usage, func() { b.cleanup(note(""), note("")) })
	if b.Cleanups.Len() != 0 {
		t.Error("a refused clean-up was registered")
	}
}

func TestSimFault(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m, one := b.axis("m"), b.counter("one")
	const usage = `; usage: sim_fault(device, call, kind) or sim_fault(device, "clear")`
	b.fails("sim_fault: argument 1 (device): a simulated axis or counter expected, got nothing"+usage, func() { b.simFault() })
	b.fails(`sim_fault: argument 1 (device): a simulated axis or counter expected, got "m"`+usage, func() { b.simFault("m", "start", "fail") })
	b.fails("sim_fault: argument 2 (call): a text expected, got nothing"+usage, func() { b.simFault(m) })
	b.fails(`sim_fault: argument 2 (call): move, stop, read, encoder or clear expected, got "halt"`+usage, func() { b.simFault(m, "halt", "fail") })
	b.fails(`sim_fault: argument 3 (kind): fail, panic, slow, hang or deaf expected, got "explode"`+usage, func() { b.simFault(m, "start", "explode") })

	// Every call of both kinds of device can be made to fail, once.
	for call, note := range map[string]string{"start": " (m is at 0 mm)", "read": ""} {
		b.simFault(m, call, "fail")
		b.fails("mv: m: "+call+": simulated fault"+note, func() { b.mv(m, 1) })
		b.mv(m, 0)
	}
	for _, call := range []string{"prepare", "trigger", "read", "stop"} {
		b.simFault(one, call, "fail")
		if text := message(t, func() { b.ct(0, one) }); !strings.HasPrefix(text, "ct: ") || !strings.HasSuffix(text, "c: "+call+": simulated fault") {
			t.Errorf("%s fails: %q", call, text)
		}
		b.ct(0, one)
	}
	b.simFault(m, "read", "fail")
	b.simFault(m, "clear")
	if m.Position() != 0 {
		t.Error("m is elsewhere")
	}
}

// A call that belongs to the other kind of device does nothing: it is refused.
func TestSimFaultOfACallThatIsNotThere(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, call := range []string{"prepare", "trigger"} {
		if message(t, func() { b.simFault(b.axis("m"), call, "fail") }) == "" {
			t.Errorf("an axis takes %s", call)
		}
	}
	if message(t, func() { b.simFault(b.counter("one"), "start", "fail") }) == "" {
		t.Error("a counter takes start")
	}
}

// TestNames: everything that can be typed, and nothing under two meanings.
func TestNames(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	names := b.Names()
	for _, want := range []string{"ascan", "run", "SCANS", "save", "title", "deadline", "m", "th", "slow", "ramp", "one", "view", "mca", "LimitHook", "NewLimitHook"} {
		if _, ok := names[want]; !ok {
			t.Errorf("%s cannot be typed", want)
		}
	}
	if n := len(Table()) + len(Options()) + 3 + 4 + 2 + 2 + 1; len(names) != n {
		t.Errorf("%d names, %d expected: %q", len(names), n, keys(names))
	}
	if names["m"].Interface() != b.Names()["m"].Interface() {
		t.Error("m is another object each time")
	}
	save := names["save"].Interface().(func(any) any)
	if got := save(false); got != Keyword("save", false) {
		t.Errorf("save(false) is %v", got)
	}
	hook := names["NewLimitHook"].Call(nil)[0].Interface()
	if hook == names["LimitHook"].Call(nil)[0].Interface() {
		t.Error("a constructor gives the same hook twice")
	}
}

// Values that are handed to a command are named in the user's words.
func TestDescribe(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for want, v := range map[string]any{
		"nothing (None)":          nil,
		`"5"`:                     "5",
		"the axis m":              b.axis("m"),
		"the counter one":         b.counter("one"),
		"a scan":                  b.loopscan(1, 0, b.counter("one"), Option{"run", false}),
		"a function":              b.Names()["mv"].Interface(),
		"a list or map":           []float64{1},
		"a value of another kind": struct{ x int }{1},
		"2.5":                     2.5,
		"true":                    true,
	} {
		if got := describe(v); got != want {
			t.Errorf("describe(%T) = %s, want %s", v, got, want)
		}
	}
}
