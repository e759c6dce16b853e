package dialect

import (
	"reflect"
	"testing"
)

// fakeEnv is a session with one axis, one scan command and one hook type.
type fakeEnv struct{}

type axis struct{ Label string }

func (*axis) Position() float64             { return 0 }
func (*axis) SetPosition(float64)           {}
func (*axis) Velocity() float64             { return 0 }
func (*axis) SetVelocity(float64)           {}
func (*axis) GetData() map[string][]float64 { return nil }
func (*axis) SetWatchdogCallback(any)       {}

func (fakeEnv) Known(name string) bool {
	return name == "_" || fakeEnv{}.Type(name) != nil || name == "n"
}
func (fakeEnv) Protected(name string) bool { return name == "robz" || name == "ascan" }
func (fakeEnv) Command(name string) bool {
	return name == "wa" || name == "wm" || name == "mv" || name == "ct" || name == "dry" || name == "help"
}
func (fakeEnv) Type(name string) reflect.Type {
	switch name {
	case "robz", "s":
		return reflect.TypeFor[*axis]()
	case "ascan":
		return reflect.TypeFor[func(...any) *axis]()
	case "list":
		return reflect.TypeFor[[]*axis]()
	}
	return nil
}
func (fakeEnv) Construct(name string) string {
	if name == "Mine" {
		return "(&Mine{})"
	}
	return ""
}

func TestRewrite(t *testing.T) {
	for _, c := range [][2]string{
		{`x = ascan(robz,-5,5,500,.001,save=False,run=False)`, `x := ascan(robz,-5,5,500,.001,__kw("save", false),__kw("run", false))`},
		{`f(a, b = g(c=1), d=2)`, `f(a, __kw("b", g(__kw("c", 1))), __kw("d", 2))`},
		{`f(a == b, func() { x = 3 })`, `f(a == b, func() { x = 3 })`},
		{`s.set_watchdog_callback(StopAlignmentHook())`, `s.SetWatchdogCallback(StopAlignmentHook())`},
		{`s.set_watchdog_callback(Mine())`, `s.SetWatchdogCallback((&Mine{}))`},
		{`len(s.get_data()["a"])`, `len(s.GetData()["a"])`},
		{`dry(ct(1, a, save=False))`, `dry(func() { ct(1, a, __kw("save", false)) })`},
		{`x = dry(ct((1)))`, `x := dry(func() { ct((1)) })`},
		{`dry ct(1)`, `dry(func() { ct(1) })`},
		{`dry ct 1 a`, `dry(ct, 1, a)`},
		{`dry(ct(1), 2)`, `dry(ct(1), 2)`},
		{`dry(ct, 1)`, `dry(ct, 1)`},
		{`dry(f(ct(1)))`, `dry(f(ct(1)))`},
		{`func g(dry func(any)) { dry(ct(1)) }`, `func g(dry func(any)) { dry(ct(1)) }`},
		{`robz.position`, `robz.Position()`},
		{`robz.Position`, `robz.Position`},
		{`robz.velocity = 5`, `robz.SetVelocity(5)`},
		{`robz.velocity=robz.position`, `robz.SetVelocity(robz.Position())`},
		{`robz.velocity += 1`, `robz.SetVelocity(robz.Velocity() + (1))`},
		{`robz.velocity++`, `robz.SetVelocity(robz.Velocity() + 1)`},
		{`list[0].velocity--`, `list[0].SetVelocity(list[0].Velocity() - 1)`},
		{`func f() { var a, robz Q; robz.position = 7 }`, `func f() { var a, robz Q; robz.position = 7 }`},
		{`func f() { var ( b int; robz Q ); robz.position = 7 }`, `func f() { var ( b int; robz Q ); robz.position = 7 }`},
		{`func f() { const a, robz = 1, 2; robz.position = 7 }`, `func f() { const a, robz = 1, 2; robz.position = 7 }`},
		{`robz.label = "x"`, `robz.Label = "x"`},
		{`list[0].position`, `list[0].Position()`},
		{`f(a=robz.position)`, `f(__kw("a", robz.Position()))`},
		{`ascan(robz).get_data()`, `ascan(robz).GetData()`},
		{`for i := 0; i < 3; i++ { robz.velocity = 3 }`, `for i := 0; i < 3; i++ { robz.SetVelocity(3) }`},
		{`func f(robz other) { robz.position = 3 }`, `func f(robz other) { robz.position = 3 }`},
		{`print('it\'s "x"', 'a')`, `print("it's \"x\"", 'a')`},
		{`x = None`, `x := nil`},
		{`m.None`, `m.None`},
		{"f(a,\n  b=1\n)", "f(a,\n  __kw(\"b\", 1),\n)"},
		{"func f(\n a int,\n) {}", "func f(\n a int,\n) {}"},
		{`n = 3`, `n = 3`},
		{`n, y = 3, 4`, `n, y := 3, 4`},
		{`wa`, `wa()`},
		{`wm robz  s`, `wm(robz, s)`},
		{`wm robz, s`, `wm(robz, s)`},
		{`mv robz -3`, `mv(robz, -3)`},
		{`mv robz 3 - 1`, `mv(robz, 3 - 1)`},
		{`mv robz (3 + 1) wait=False`, `mv(robz, (3 + 1), __kw("wait", false))`},
		{`mv robz robz.position`, `mv(robz, robz.Position())`},
		{`wm robz -n "a b" 'c d' (n + 1) [2]int{1, 2}[0] -robz.position title="x y"`, `wm(robz, -n, "a b", "c d", (n + 1), [2]int{1, 2}[0], -robz.Position(), __kw("title", "x y"))`},
		{`wm robz n+1 n * 2 -n`, `wm(robz, n+1, n * 2, -n)`},
		{`wm robz f(1, 2) list[0] !true &n`, `wm(robz, f(1, 2), list[0], !true, &n)`},
		{`wm robz func() { mv(robz, 1) }`, `wm(robz, func() { mv(robz, 1) })`},
		{`wm robz -5 .5 1e-3`, `wm(robz, -5, .5, 1e-3)`},
		{`wm func(a int) error { return nil } robz`, `wm(func(a int) error { return nil }, robz)`},
		{`x = ct robz -3`, `x := ct(robz, -3)`},
		{`x, y := ct robz  save=False;`, `x, y := ct(robz, __kw("save", false));`},
		{`x = ct`, `x := ct`},
		{`x = ct - n`, `x := ct - n`},
		{`x = ct(1)`, `x := ct(1)`},
		{`x + ct robz`, `x + ct robz`},
		{`ct -1`, `ct(-1)`},
		{`ct .1`, `ct(.1)`},
		{`ct(1)`, `ct(1)`},
		{`ct - n`, `ct - n`},
		{`wa;`, `wa();`},
		{`wa?`, `help("wa")`},
		{`robz.velocity ? ;`, `help("robz.velocity") ;`},
		{`robz?`, `help("robz")`},
		{`help robz.velocity`, `help("robz.velocity")`},
		{`help n;`, `help("n");`},
		{`help`, `help()`},
		{`help(n)`, `help(n)`},
		{`help "n"`, `help("n")`},
		{`robz.?`, `robz.?`},
		{`3?`, `3?`},
		{`x = robz?`, `x := robz?`},
		{`x = "a?"`, `x := "a?"`},
	} {
		got, _, err := Rewrite(c[0], fakeEnv{})
		if err != nil || got != c[1] {
			t.Errorf("%s\n got %s\nwant %s (%v)", c[0], got, c[1], err)
		}
	}
}

func TestAKeywordAfterAPeriodEndsAStatement(t *testing.T) {
	for src, want := range map[string]bool{`load dia.go`: false, `go`: true, `x.`: true, `x := `: true} {
		if got := Incomplete(src); got != want {
			t.Errorf("%s: %v", src, got)
		}
	}
}
