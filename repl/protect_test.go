package repl

import (
	"strings"
	"testing"
)

// Every way to overwrite a name of the session by accident is refused, and the
// name still stands for the same afterwards.
func TestEveryWayToOverwriteAName(t *testing.T) {
	b := newBeam(t)
	b.withHook(t)
	b.do(t, `list := []int{1}`, `var x any = 1`, `m := map[string]int{}`, `ch := make(chan int, 1)`)
	for _, name := range []string{"robz", "ascan", "sim_ct_gauss_noise", "StopAlignmentHook", "NewStopAlignmentHook", "save"} {
		for _, src := range []string{
			`N = 3`, `N := 3`, `N, y := 1, 2`, `y, N = 1, 2`, `list[0], N = 1, 2`, `N, list[0] = 1, 2`, `N += 1`, `N++`, `(N) = 3`,
			`var N = 3`, `var N int`, `var y, N = 1, 2`, "var (\n y = 1\n N = 2\n)", `const N = 3`, `const (y = 1; N = 2)`,
			`type N int`, `type (Y int; N struct{})`, `type N = int`, `func N() {}`, `func N(a int) int { return a }`,
			`import N "strings"`, `import (N "math")`,
			`for N := range list { }`, `for _, N := range list { }`, `for N = range list { }`, `for N := 0; N < 2; N++ { }`,
			`for i := 0; i < 2; i++ { N = nil }`, `if N := 3; N > 2 { }`, `switch N := 3; N { }`, `switch N := x.(type) { case int: _ = N }`,
			`for { for N := range list { } }`, `if true { N = nil }`, `func f() { N = nil }`, `g := func() { N = nil }`,
			`select { case N = <-ch: default: }`, `N, ok := m["a"]`, `_, N = m["a"]`,
		} {
			src := strings.ReplaceAll(src, "N", name)
			if err := b.refuse(t, src); err.Msg != name+` is a name of the session; unprotect("`+name+`") allows to overwrite it` {
				t.Errorf("%s\n%v", src, err)
			}
		}
	}
	b.do(t, `mv(robz, 1)`, `s = ascan(robz)`, `StopAlignmentHook()`)
}

// A name may mean something else where nobody takes it for the session's.
func TestNamesInsideFunctionsAreFree(t *testing.T) {
	b := newBeam(t)
	got := b.do(t, `func f(robz int, save bool) int { mv := robz + 1; for ascan := 0; ascan < 2; ascan++ { mv++ }; return mv }`,
		`g := func(robz int) int { robz++; return robz }`, `type T struct{ robz int }`, `t := T{robz: 4}`,
		`h := func() int { robz := 1; return robz }`, `robz: for { break robz }`, `f(1, true) + g(1) + h()`)
	if got != "7" {
		t.Errorf("got %s", got)
	}
}

func TestUnprotectAndProtect(t *testing.T) {
	b := newBeam(t)
	if got := b.do(t, `unprotect("robz")`, `robz = 3`, `robz`); got != "3" {
		t.Errorf("after unprotect: %q", got)
	}
	if got := b.do(t, `protect("robz")`); got != "true" {
		t.Errorf("protect gives back: %q", got)
	}
	if got := b.do(t, `robz.name`); got != "robz" {
		t.Errorf("the axis is not back: %q", got)
	}
	b.refuse(t, `robz = 3`)
	if got := b.do(t, `unprotect("robz"); robz = 4; protect("robz"); robz.name()`); got != "true\nrobz" {
		t.Errorf("in one input: %q", got)
	}

	b.do(t, `x = 5`, `protect("x")`)
	for _, src := range []string{`x = 6`, `x := 6`, `x++`, `var x = 7`, `func x() {}`} {
		if err := b.refuse(t, src); !strings.Contains(err.Msg, `unprotect("x")`) {
			t.Errorf("%s: %v", src, err)
		}
	}
	if got := b.do(t, `unprotect("x")`, `x = 6`, `x`); got != "6" {
		t.Errorf("x = %s", got)
	}
	for src, want := range map[string]string{
		`unprotect("robs")`: "there is no name robs in the session; did you mean robz?",
		`protect("robs")`:   "there is no name robs in the session; did you mean robz?",
		`protect("__show")`: "there is no name __show in the session",
	} {
		if err := b.refuse(t, src); err.Msg != want {
			t.Errorf("%s: %s", src, err.Msg)
		}
	}
}
