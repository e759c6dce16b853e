package repl

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// guided is a session whose names are explained.
func guided(t testing.TB) *beam { return newBeamWith(t, Options{Guide: fakeGuide()}) }

func fakeGuide() Guide {
	usages := map[string]string{
		"ascan": "ascan(axis, start, stop, intervals, count_time, counters...)", "mv": "mv(axis, position, ...)", "wa": "wa()",
		"load": "load(file, arguments...)", "help": "help() or help(name)", "protect": "protect(names...)",
	}
	return Guide{
		Usage: func(name string) string { return usages[name] },
		Describe: func(name string) (kind, line string) {
			switch {
			case usages[name] != "":
				return "command", usages[name]
			case name == "robz" || strings.HasPrefix(name, "m_"):
				return "axis", "axis, at 1.5 mm"
			case name == "sim_ct_gauss_noise":
				return "counter", "counter"
			case strings.HasSuffix(name, "Hook"):
				return "hook", "ends a scan"
			case name == "save" || name == "run":
				return "option", "option"
			}
			return "", ""
		},
		Options: func(command string) []Completion {
			if command != "ascan" {
				return nil
			}
			return []Completion{{"save", "False: not to a file"}, {"run", "False: only made"}}
		},
		Member: func(t reflect.Type, name string) (signature, line string) {
			if t == reflect.TypeFor[*fakeAxis]() && name == "SetLimits" {
				return "SetLimits(low, high float64)", "sets both limits"
			}
			return "", ""
		},
	}
}

// complete gives the texts that are offered at |, and what is before them.
func (b *beam) complete(text string) (before string, list []string) {
	head, tail, _ := strings.Cut(text, "|")
	from, found := b.in.Complete(head+tail, len(head))
	for _, c := range found {
		list = append(list, c.Text)
	}
	return head[:from], list
}

func TestComplete(t *testing.T) {
	b := guided(t)
	b.withHook(t)
	b.do(t, `s = ascan(robz)`, `speed = 2.5`, `const steps = 5`, `func scale(x float64, n int) float64 { return x }`, `type Sample struct{ X float64 }`, `data := s.get_data()`)
	for _, c := range []struct{ typed, want string }{
		{`asc|`, `|ascan`},
		{`x = ro|`, `x = |robz`},
		{`ascan(|`, `ascan(|robz save= run= Sample data s scale speed steps sim_ct_gauss_noise`},
		{`ascan(sa|`, `ascan(|save= scale? save Sample?`},
		{`ascan(robz, -1, 1, 5, .1, s|`, `ascan(robz, -1, 1, 5, .1, |sim_ct_gauss_noise save= s scale speed steps`},
		{`ascan(robz, save=False, |`, `ascan(robz, save=False, |run=`},
		{`ascan(robz, save=T|`, `ascan(robz, save=|True`},
		{`ascan robz s|`, `ascan robz |save= s scale speed steps`},
		{`mv ro|`, `mv |robz`},
		{`mv(robz, sa|`, `mv(robz, |Sample`},
		{`st|`, `|steps string struct`},
		{`Stop|`, `|StopAlignmentHook`},
		{`NewS|`, `|NewStopAlignmentHook`},
		{`robz.|`, `robz.|low_limit name position set_limits set_position set_velocity velocity`},
		{`robz.pos|`, `robz.|position`},
		{`robz.set_v|`, `robz.|set_velocity`},
		{`robz.setv|`, `robz.|set_velocity`},
		{`robz.SetV|`, `robz.|SetVelocity`},
		{`s.set_w|`, `s.|set_watchdog_callback`},
		{`ascan(robz).sta|`, `ascan(robz).|state`},
		{`s.get_data().|`, `s.get_data().|`},
		{`math.Sq|`, `math.|Sqrt SqrtE SqrtPhi SqrtPi Sqrt2`},
		{`mat|`, `|math`},
		{`fo|`, `|for`},
		{`x = fo|`, `x = |`},
		{`func f(rate float64) float64 { return ra|`, `func f(rate float64) float64 { return |rate rand range`},
		{`func f(robz int) { robz.|`, `func f(robz int) { robz.|`},
		{`nosuch.|`, `nosuch.|`},
		{`import "blissh/ch|`, `import "|blissh/channel"`},
		{`protect("ro|`, `protect("|robz"`},
		{`protect("ro|")`, `protect("|robz`},
		{`fmt.Println("ro|`, `fmt.Println("|`},
		{`x # ro|`, `x # ro|`},
		{`3.|`, `3.|`},
	} {
		before, got := b.complete(c.typed)
		want := strings.Split(c.want, "|")
		if before != want[0] {
			t.Errorf("%s: the word begins after %q, want %q", c.typed, before, want[0])
		}
		for _, w := range strings.Fields(want[1]) {
			w, maybe := strings.CutSuffix(w, "?")
			if !slices.Contains(got, w) && !maybe {
				t.Errorf("%s: no %s in %q", c.typed, w, got)
			}
		}
		if fields := strings.Fields(want[1]); len(fields) == 0 && len(got) > 0 || len(fields) > 0 && got != nil && got[0] != fields[0] {
			t.Errorf("%s: %q, want %q first", c.typed, got, fields)
		}
	}
	if _, got := b.complete(`ascan(robz, save=False, |`); slices.Contains(got, "save=") {
		t.Errorf("save= is offered twice: %q", got)
	}
	if _, got := b.complete(`r|`); slices.Contains(got, "__show") || !slices.Contains(got, "robz") {
		t.Errorf("%q", got)
	}
}

func TestDescriptions(t *testing.T) {
	b := guided(t)
	b.do(t, `s = ascan(robz)`, `speed = 2.5`, `const steps = 5`, `func scale(x float64, n int) float64 { return x }`, `data := s.get_data()`, `type T struct{ X int }`, `x := T{1}`)
	for typed, want := range map[string]string{
		"robz|": "axis, at 1.5 mm", "asca|": "ascan(axis, start, stop, intervals, count_time, counters...)", "spee|": "float64", "step|": "= 5",
		"scal|": "scale(x float64, n int) float64", "dat|": "map[string][]float64", "s|": "fakeScan", "T|": "type", "x|": "struct",
		"robz.velocit|": "func() float64; can be set", "robz.set_limit|": "sets both limits", "ascan(sav|": "False: not to a file",
		"math.Sqr|": "func(float64) float64", "math.Pi|": "3.14159", "robz.SetVelocit|": "func(float64)",
	} {
		head, _, _ := strings.Cut(typed, "|")
		_, list := b.in.Complete(head, len(head))
		if len(list) == 0 || list[0].Description != want {
			t.Errorf("%s: %v, want %q", typed, list, want)
		}
	}
}

// A name that was overwritten is described as what it is now.
func TestCompletionFollowsTheUser(t *testing.T) {
	b := guided(t)
	b.do(t, `unprotect("robz")`)
	if _, got := b.complete(`robz.pos|`); len(got) != 1 {
		t.Errorf("%q", got)
	}
	b.do(t, `robz = 5`)
	if _, list := b.in.Complete("robz", 4); len(list) != 1 || list[0].Description != "int" {
		t.Errorf("%v", list)
	}
	if _, got := b.complete(`robz.pos|`); len(got) != 0 {
		t.Errorf("an int has no position: %q", got)
	}
	b.do(t, `robz = ascan(1)`)
	if _, got := b.complete(`robz.sta|`); !slices.Equal(got, []string{"state"}) {
		t.Errorf("%q", got)
	}
}

func TestCompleteFiles(t *testing.T) {
	b := guided(t)
	dir := t.TempDir()
	for _, name := range []string{"align.go", "alone.txt", ".hidden", "scripts/map.go"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		writeFile(t, path, "")
	}
	t.Chdir(dir)
	for typed, want := range map[string][]string{
		`load("|`:               {`align.go"`, `alone.txt"`, `scripts/`},
		`load("al|`:             {`align.go"`, `alone.txt"`},
		`load('al|`:             {`align.go'`, `alone.txt'`},
		`load("al|")`:           {`align.go`, `alone.txt`},
		`load("scripts/|`:       {`map.go"`},
		`load "scripts/m|`:      {`map.go"`},
		`load("nosuch/|`:        nil,
		`load("a.go", "al|`:     nil,
		`load(al|`:              {`"align.go"`, `"alone.txt"`},
		`load al|`:              {`"align.go"`, `"alone.txt"`},
		`load("` + dir + `/.h|`: {`.hidden"`},
	} {
		_, got := b.complete(typed)
		if strings.HasPrefix(typed, "load al") || strings.HasPrefix(typed, "load(al") {
			got = slices.DeleteFunc(got, func(s string) bool { return !strings.HasPrefix(s, `"`) })
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", typed, got, want)
		}
	}
	if before, _ := b.complete(`load("scripts/m|`); before != `load("scripts/` {
		t.Errorf("the word begins after %q", before)
	}
}

func TestHint(t *testing.T) {
	b := guided(t)
	b.do(t, `s = ascan(robz)`, `func scale(x float64, n int) float64 { return x }`, `f := func(a []float64) int { return 1 }`, `speed = 1`)
	const ascan = "ascan(axis, start, stop, intervals, count_time, counters...)"
	for typed, want := range map[string]string{
		``:                                "",
		`ascan|`:                          ascan,
		`ascan(|`:                         "ascan(«axis», start, stop, intervals, count_time, counters...)",
		`ascan(robz, -5, |`:               "ascan(axis, start, «stop», intervals, count_time, counters...)",
		`ascan(robz, |, 5)`:               "ascan(axis, «start», stop, intervals, count_time, counters...)",
		`ascan robz -5 |`:                 "ascan(axis, start, «stop», intervals, count_time, counters...)",
		`ascan(robz, 1, 2, 3, 4, a, b, |`: "ascan(axis, start, stop, intervals, count_time, «counters...»)",
		`ascan(robz, save=F|`:             ascan + "  «save=» False: not to a file",
		`ascan(robz, nosuch=F|`:           ascan,
		`ascan(robz)|`:                    "",
		`mv(|`:                            "mv(«axis», position, ...)",
		`mv(robz, (3 + speed|`:            "mv(axis, «position», ...)",
		`mv(robz, 3, |`:                   "mv(«axis», position, ...)",
		`mv robz 3 robz -|`:               "mv(axis, «position», ...)",
		`mv(robz, scale(1, |`:             "scale(x float64, «n int») float64",
		`x = scale(|`:                     "scale(«x float64», n int) float64",
		`f(|`:                             "f(«[]float64») int",
		`wa(|`:                            "wa()",
		`help(|`:                          "help() or help(«name»)",
		`robz.set_limits(-1, |`:           "robz.set_limits(low, «high float64»)",
		`robz.SetVelocity(|`:              "robz.SetVelocity(«float64»)",
		`math.Pow(2, |`:                   "math.Pow(float64, «float64») float64",
		`len(|`:                           "len(«list»)",
		`nosuch(|`:                        "",
		`speed(|`:                         "",
		`s.nosuch(|`:                      "",
		`x = 3; mv(|`:                     "mv(«axis», position, ...)",
		"x = 3\nmv |":                     "mv(«axis», position, ...)",
		`mv(robz, // |`:                   "",
		`load("al|`:                       "load(«file», arguments...)",
		`func g(mv func(int)) { mv(|`:     "",
	} {
		head, tail, _ := strings.Cut(typed, "|")
		if got := b.in.Hint(head+tail, len(head)); got != want {
			t.Errorf("%s\n got %s\nwant %s", typed, got, want)
		}
	}
}

// manyDevices is a session as large as they get.
func manyDevices(tb testing.TB) *beam {
	b := newBeamWith(tb, Options{Guide: fakeGuide()})
	names := map[string]reflect.Value{}
	for i := range 2000 {
		names[fmt.Sprintf("m_%04d", i)] = reflect.ValueOf(b.robz)
	}
	if err := b.in.Define(names); err != nil {
		tb.Fatal(err)
	}
	if err := b.in.Run(tb.Context(), `s = ascan(robz)`); err != nil {
		tb.Fatal(err)
	}
	return b
}

var slowest = []string{"", "m", "m_1", "ascan(", "mv(m_0001, m_", "s.", "m_0001.", "wm m_", "x = 5\nfunc f(a int) {\n mv(m_0001.position, m_"}

// completionLimit is what an answer may take. The limit of the design is 10 ms;
// a busy machine with the race detector on needs more.
const completionLimit = 100 * time.Millisecond

func TestCompletionIsQuick(t *testing.T) {
	b := manyDevices(t)
	for _, text := range slowest {
		best := time.Hour
		for range 10 {
			begin := time.Now()
			b.in.Complete(text, len(text))
			b.in.Hint(text, len(text))
			best = min(best, time.Since(begin))
		}
		if best > completionLimit {
			t.Errorf("%q: %v", text, best)
		}
	}
	if _, list := b.in.Complete("m_", 2); len(list) != 2000 {
		t.Errorf("%d of 2000 devices", len(list))
	}
}

func BenchmarkComplete(b *testing.B) {
	m := manyDevices(b)
	for _, text := range slowest {
		b.Run(text, func(b *testing.B) {
			for b.Loop() {
				m.in.Complete(text, len(text))
				m.in.Hint(text, len(text))
			}
		})
	}
}

// Completion is asked for from another goroutine than the one that runs.
func TestCompleteWhileSomethingRuns(t *testing.T) {
	b := guided(t)
	done := make(chan error)
	go func() {
		var err error
		for i := 0; i < 200 && err == nil; i++ {
			err = b.in.Run(t.Context(), fmt.Sprintf("x%d := ascan(robz); type T%d struct{}; func f%d(a int) {}; math.Sqrt(2); strings.ToUpper(\"a\")", i%7, i%3, i%5))
		}
		done <- err
	}()
	for running := true; running; {
		select {
		case err := <-done:
			if running = false; err != nil {
				t.Fatal(err)
			}
		default:
		}
		for _, text := range []string{"x1.st", "f", "f1(", "T", "math.Sq", "strings."} {
			b.in.Complete(text, len(text))
			b.in.Hint(text, len(text))
		}
	}
}

func FuzzAssist(f *testing.F) {
	for _, text := range slowest {
		f.Add(text, len(text))
	}
	for _, text := range []string{`s.get_data()["a"].`, `load("scr`, `ascan robz -5 (3+`, `robz.velocity = `, "import \"", `func f(x T) { x.`, `math.`, `'`, "`a", `robz.set_limits(`, `s.GetData(`, `x.y.z(`, `f(`} {
		f.Add(text, len(text))
		f.Add(text, len(text)-1)
	}
	b := guided(f)
	if err := b.in.Run(f.Context(), "s = ascan(robz); f := func(x ...int) {}; type T struct{ X int }; x := T{}"); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string, cursor int) {
		from, list := b.in.complete(text, cursor)
		if from < 0 || from > min(max(cursor, 0), len(text)) {
			t.Fatalf("%q, %d: the word begins at %d", text, cursor, from)
		}
		for _, c := range list {
			if c.Text == "" || strings.Contains(c.Text+c.Description, "\n") {
				t.Fatalf("%q, %d: %q", text, cursor, c)
			}
		}
		if h := b.in.hint(text, cursor); strings.Contains(h, "\n") {
			t.Fatalf("%q, %d: %q", text, cursor, h)
		}
	})
}

// A question mark asks for help, with the text as it was typed.
func TestQuestionMark(t *testing.T) {
	b := guided(t)
	b.do(t, `ascan?`, `robz.velocity?`, "x = 1; robz? # what is it\nwa?")
	want := []string{"help [ascan]", "help [robz.velocity]", "help [robz]", "help [wa]"}
	if !slices.Equal(b.called, want) {
		t.Errorf("%q, want %q", b.called, want)
	}
	for _, src := range []string{`?`, `3?`, `x = robz?`, `ascan(robz)?`} {
		if err := b.refuse(t, src); !strings.Contains(err.Msg, "?") {
			t.Errorf("%s: %v", src, err)
		}
	}
}
