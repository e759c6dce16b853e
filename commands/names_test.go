package commands

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestLsobj(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.host.declared = []Declared{
		{"f", "function", "f(x float64) float64", nil}, {"n", "constant", "5", nil}, {"mine", "variable", "Scan", nil}, {"T", "type", "", nil},
	}
	b.prints("lsobj", func() { b.lsobj() }, `
axes       m  th  slow
counters   ramp  one  view  mca
hooks      LimitHook
aliases    count = ct  omega = m
variables  mine Scan
constants  n = 5
functions  f(x float64) float64
types      T
`)
	b.prints(`lsobj("m*")`, func() { b.lsobj("m*") }, `
axes       m
counters   mca
variables  mine Scan
`)
	b.prints(`lsobj("?")`, func() { b.lsobj("?") }, `
axes       m
constants  n = 5
functions  f(x float64) float64
types      T
`)
	b.prints(`lsobj("nosuch*")`, func() { b.lsobj("nosuch*") }, "no name is like nosuch*\n")
	const usage = "; usage: lsobj() or lsobj(pattern)"
	b.fails(`lsobj: argument 1 (pattern): a pattern such as "rob*" expected, got "["`+usage, func() { b.lsobj("[") })
	b.fails(`lsobj: argument 1 (pattern): a text expected, got 3`+usage, func() { b.lsobj(3) })
	b.Screen = narrow{}
	b.prints("lsobj on a narrow terminal", func() { b.lsobj("*[ae]*") }, `
counters   ramp  one
           view  mca
aliases    omega = m
variables  mine Scan
`)
}

// narrow is a terminal of 24 columns.
type narrow struct{}

func (narrow) Show(...string)            {}
func (narrow) Size() (columns, rows int) { return 24, 10 }

func TestProtectAndUnprotect(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.prints("unprotect", func() {
		b.unprotect("m", b.axis("th"), b.Names()["mv"].Interface(), b.Names()["LimitHook"].Interface())
	}, `
m may be overwritten; protect("m") ends that
th may be overwritten; protect("th") ends that
mv may be overwritten; protect("mv") ends that
LimitHook may be overwritten; protect("LimitHook") ends that
`)
	b.prints("protect", func() { b.protect("m", "mv", "ramp") }, `
m is the axis again, and protected
mv is the command again, and protected
ramp is protected
`)
	b.fails("unprotect: the disk is full", func() { b.unprotect("nosuch") })
	for name, f := range map[string]func(...any){"protect": b.protect, "unprotect": b.unprotect} {
		b.fails(name+`: argument 1 (name): a name in quotes, such as "robz", expected, got nothing; usage: `+name+"(names...)", func() { f() })
		b.fails(name+`: argument 2 (name): a name in quotes, such as "robz", expected, got 5; usage: `+name+"(names...)", func() { f("ramp", 5) })
	}
}

// What the prompt shows beside a name, without asking the hardware.
func TestDescribeNames(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.HookNames()
	b.simFault(b.axis("slow"), "read", "hang")
	b.axis("m").Position()
	for name, want := range map[string][2]string{
		"m": {"axis", "axis, at 0 mm"}, "th": {"axis", "axis, at 10.5 deg"}, "slow": {"axis", "axis, at 0"}, "ramp": {"counter", "counter, in counts"},
		"view": {"counter", "counter, an image of 2 x 3, in counts"}, "mv": {"command", "mv(axis, position, ...)"}, "save": {"option", OptionHelp("save")},
		"omega": {"axis", "alias of m: axis, at 0 mm"}, "count": {"command", "alias of ct: ct(count_time, counters...)"},
		"LimitHook": {"hook", "hook: LimitHook ends a scan."}, "nosuch": {"", ""},
	} {
		begin := time.Now()
		kind, line := b.Describe(name)
		if kind != want[0] || line != want[1] {
			t.Errorf("%s: %s, %q", name, kind, line)
		}
		if took := time.Since(begin); took > 500*time.Millisecond {
			t.Errorf("%s took %v: was the hardware asked?", name, took)
		}
	}
	if !b.IsCommand("count") || b.IsCommand("omega") || b.Usage("count") != b.Usage("ct") || len(b.OptionsOf("loopscan")) != len(scanOptions()) {
		t.Error("an alias of a command is one, an alias of an axis is none")
	}
	b.simFault(b.axis("slow"), "clear")
}

func TestAliases(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	names := b.Names()
	if names["omega"].Interface() != names["m"].Interface() {
		t.Error("omega is another axis than m")
	}
	b.prints("help of an alias", func() { b.help("count") }, "count is an alias of ct\n"+take(b, func() { b.help("ct") }))
	if got := take(b, func() { b.help("omega.velocity") }); !strings.HasPrefix(got, "omega.velocity  is in units per second") {
		t.Errorf("%q", got)
	}
}

// An axis that does not answer is told within its time, and does not end the
// prompt.
func TestAboutAnAxisThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m := b.axis("m")
	for _, kind := range []string{"fail", "hang", "deaf"} {
		b.simFault(m, "read", kind)
		begin := time.Now()
		got := Show([]any{m})
		if !strings.Contains(got, "\n  position      !ERR\n  state         !ERR (") || !strings.Contains(got, "\n  velocity      10 mm/s\n") {
			t.Errorf("%s:\n%s", kind, got)
		}
		if took := time.Since(begin); took > axisTime+axisGrace+5*time.Second {
			t.Errorf("%s: took %v", kind, took)
		}
		b.simFault(m, "clear")
	}
}

func TestReloadHooks(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.prints("reload_hooks", func() { b.reloadHooks() }, "  LimitHook  limit.go:3  LimitHook ends a scan.\n")
	b.fails("reload_hooks: argument 1, 3, is one too many; usage: reload_hooks()", func() { b.reloadHooks(3) })
}

// Every method of an object at the prompt has a line of its own.
func TestMembersAreExplained(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, v := range []any{&Axis{}, &Counter{}, &Scan{}} {
		for _, m := range b.members(reflect.TypeOf(v)) {
			if strings.TrimSuffix(m.line, "; can be set") == "" {
				t.Errorf("%T.%s has no comment", v, m.call)
			}
		}
	}
}

// Options are explained, and the table lists those that a command takes.
func TestOptionsOfTheTable(t *testing.T) {
	for _, c := range Table() {
		for _, o := range c.Options {
			if OptionHelp(o) == "" {
				t.Errorf("option %s of %s is not explained", o, c.Name)
			}
		}
	}
	for _, o := range Options() {
		if OptionHelp(o) == "" {
			t.Errorf("option %s is not explained", o)
		}
	}
}
