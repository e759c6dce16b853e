package repl

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"blissh/hooks"
)

// Each test here pins a trap of the interpreter that cost a day when it was
// found; the numbers are those of what it does when given raw text.

func TestResultsOfExpressions(t *testing.T) {
	b := newBeam(t)
	for src, want := range map[string]string{
		`1 + 2`:                       "3",
		`two()`:                       "1 x",
		`fmt.Println("a")`:            "a",
		`fmt.Fprintf(os.Stdout, "b")`: "b",
		`"a" + "b"`:                   "ab",
		`[]int{1, 2}`:                 "[1 2]",
		`math.Pi > 3`:                 "true",
		`fmt.Sprint(1)`:               "1",
		`strings.ToUpper('text')`:     "TEXT",
		`x := 3`:                      "",
		`import "fmt"`:                "",
		`var y = 3`:                   "",
		`wa()`:                        "",
		`1; 2; 3`:                     "1\n2\n3",
		`func() int { return 7 }()`:   "7",
	} {
		if got := b.do(t, src); got != want {
			t.Errorf("%s: got %q, want %q", src, got, want)
		}
	}
}

func TestShowIsGivenInterpretedTypesWithTheirMethods(t *testing.T) {
	b := newBeam(t)
	b.do(t, `type T struct{ n int }`, `func (x T) String() string { return fmt.Sprint("T", x.n) }`)
	if got := b.do(t, `T{3}`); got != "T3" {
		t.Errorf("got %q", got)
	}
}

func TestNothingRunsAgainWithALaterInput(t *testing.T) {
	b := newBeam(t)
	b.do(t, `n := 0`, `func() { n++ }()`, `(func() { n++ })()`, `for i := 0; i < 1; i++ { n++ }`, `if true { n++ }`, `{ n++ }`, `func f() { n++ }`, `f()`)
	if got := b.do(t, `1+1`, `n`); !strings.HasSuffix(got, "6") {
		t.Errorf("n is %q, want 6", got)
	}
	if err := b.refuse(t, `func main() { n++ }`); !strings.Contains(err.Msg, "func main") {
		t.Error(err)
	}
	if err := b.refuse(t, `defer wa()`); !strings.Contains(err.Msg, "defer") {
		t.Error(err)
	}
	if err := b.refuse(t, `return 5`); !strings.Contains(err.Msg, "return") {
		t.Error(err)
	}
	if got := b.do(t, `n`); got != "6" {
		t.Errorf("n is %q at the end, want 6", got)
	}
}

func TestCommaOKAtTheTopLevel(t *testing.T) {
	b := newBeam(t)
	b.do(t, `m := map[string]int{"a": 1}`, `v, ok := m["a"]`, `w, no := m["b"]`, `var x any = 5`, `n, isInt := x.(int)`, `_, isString := x.(string)`)
	if got := b.do(t, `fmt.Println(v, ok, w, no, n, isInt, isString)`); !strings.HasPrefix(got, "1 true 0 false 5 true false") {
		t.Errorf("got %q", got)
	}
	if got := b.do(t, `if v, ok := m["a"]; ok { fmt.Print("in if ", v) }`); got != "in if 1" {
		t.Errorf("got %q", got)
	}
	b.do(t, `s := ascan()`, `col, ok := s.get_data()["sim_ct_gauss_noise"]`)
	if got := b.do(t, `len(col)`); got != "501" {
		t.Errorf("got %q", got)
	}
}

func TestRedefinition(t *testing.T) {
	b := newBeam(t)
	if got := b.do(t, `x = 1`, `x = "text"`, `x = 2.5`, `var x []int`, `x := true`, `x`); got != "true" {
		t.Errorf("x: %q", got)
	}
	if got := b.do(t, `func f() int { return 1 }`, `func f() int { return 2 }`, `f()`); got != "2" {
		t.Errorf("f: %q", got)
	}
	if err := b.refuse(t, `func f() int { return "x" }`); err.Line != 1 {
		t.Error(err)
	}
	if got := b.do(t, `f()`); got != "2" {
		t.Errorf("f after a failed redefinition: %q", got)
	}
}

func TestATypeCanBeDeclaredAgain(t *testing.T) {
	b := newBeam(t)
	b.do(t, `type T struct{ a int }`, `old := T{1}`, `type T struct{ b string; next *T }`, `v := T{b: "new"}`, `v.next = &T{b: "x"}`,
		`func (t *T) B() string { return t.b + t.next.b }`)
	if got := b.do(t, `v.B()`); got != "newx" {
		t.Errorf("got %q", got)
	}
	if got := b.do(t, `old.a`); got != "1" {
		t.Errorf("the old value: %q", got)
	}
}

func TestImportTwice(t *testing.T) {
	b := newBeam(t)
	if got := b.do(t, `import "strings"`, `import "strings"`, `strings.Repeat("a", 2)`, `import ( "strings"; "sort" )`, `import str "strings"`, `str.ToUpper("b")`); got != "aa\nB" {
		t.Errorf("got %q", got)
	}
	if err := b.refuse(t, `import "os/exec"`); !strings.Contains(err.Msg, `no package "os/exec"`) {
		t.Error(err)
	}
}

func TestAFailedStatementLeavesNothingBehind(t *testing.T) {
	b := newBeam(t)
	if err := b.refuse(t, `x := nosuch`); err.Msg != "undefined: nosuch" || err.Col != 6 {
		t.Errorf("%+v", err)
	}
	if err := b.refuse(t, `nosuch`); err.Msg != "undefined: nosuch" {
		t.Errorf("%+v", err)
	}
	if err := b.refuse(t, `x`); err.Msg != "undefined: x" {
		t.Errorf("%+v", err)
	}
	b.refuse(t, `func g() int { return "x" }`)
	if err := b.refuse(t, `g()`); !strings.HasPrefix(err.Msg, "undefined: g") {
		t.Errorf("%+v", err)
	}
}

func TestTypedErrorsOfCommandsComeBack(t *testing.T) {
	b := newBeam(t)
	err := b.refuse(t, `fail()`)
	var move *moveError
	if !errors.As(err, &move) || err.Error() != "robz: beyond the high limit" {
		t.Errorf("%v", err)
	}
	err = b.refuse(t, `func deep() { fail() }; deep()`)
	if !errors.As(err, &move) || len(err.Frames) == 0 || !strings.Contains(err.Frames[0], "deep") {
		t.Errorf("%v %q", err, err.Frames)
	}
}

func TestPanicsAreErrors(t *testing.T) {
	b := newBeam(t)
	b.do(t, `var p *fakeT`[:0]+`type fakeT struct{ n int }`, `var p *fakeT`, `var m map[string]int`, `l := []int{1}`)
	for src, want := range map[string]string{
		`p.n`:                    "nil pointer",
		`m["a"] = 1`:             "nil map",
		`l[5]`:                   "index out of range",
		`panic("my words")`:      "my words",
		`panic(fmt.Errorf("e"))`: "e",
		`func() { var x any = 1; fmt.Println(x.(string)) }()`: "interface conversion",
	} {
		if err := b.refuse(t, src); !strings.Contains(err.Msg, want) || strings.Contains(err.Msg, "\n") {
			t.Errorf("%s: %q", src, err.Msg)
		}
	}
	if got := b.do(t, `1+1`); got != "2" {
		t.Errorf("afterwards: %q", got)
	}
	if text := b.errs.take(); text != "" {
		t.Errorf("the interpreter wrote %q", text)
	}
}

func TestRecursionEndsWithAnError(t *testing.T) {
	b := newBeam(t)
	b.do(t, `func f(n int) int { if n == 0 { return 0 }; return 1 + f(n-1) }`)
	b.do(t, `type R struct{}`, `func (r *R) down(n int) int { if n == 0 { return 0 }; return 1 + r.down(n-1) }`, `r := &R{}`)
	if got := b.do(t, `f(900) + r.down(900)`); got != "1800" {
		t.Errorf("got %q", got)
	}
	if err := b.refuse(t, `f(1100)`); !errors.Is(err, errDepth) {
		t.Error(err)
	}
	begin := time.Now()
	if err := b.refuse(t, `f(-1)`); !errors.Is(err, errDepth) {
		t.Error(err)
	}
	if d := time.Since(begin); d > 5*time.Second {
		t.Errorf("took %v", d)
	}
	b.do(t, `var g func(int) int`, `g = func(n int) int { return g(n+1) }`)
	if err := b.refuse(t, `g(0)`); !errors.Is(err, errDepth) {
		t.Error(err)
	}
}

// interrupted runs an input, interrupts it and gives the error.
func (b *beam) interrupted(t *testing.T, src string) error {
	t.Helper()
	timer := time.AfterFunc(30*time.Millisecond, b.in.Interrupt)
	defer timer.Stop()
	done := make(chan error, 1)
	go func() { done <- b.in.Run(context.Background(), src) }()
	select {
	case err := <-done:
		return err
	case <-time.After(10 * time.Second):
		t.Fatalf("%s does not end", src)
	}
	return nil
}

func TestInterruptEndsWhateverRuns(t *testing.T) {
	b := newBeam(t)
	for _, src := range []string{
		`for {}`,
		`for { func() { defer func() { recover() }(); for {} }() }`,
		`func() { for i := 0; ; i++ { _ = i } }()`,
		`{ L: goto L }`,
		`wait()`,
		`for { wait() }`,
		`time.Sleep(time.Hour)`,
		`wait(); for {}`,
		`func h2() { for { } }; func h() { h2() }; h()`,
		`<-context.Background().Done(); for {}`,
	} {
		if err := b.interrupted(t, src); !errors.Is(err, ErrInterrupt) {
			t.Errorf("%s: %v", src, err)
		}
	}
	if got := b.do(t, `1+1`); got != "2" {
		t.Errorf("afterwards: %q", got)
	}
}

// An error that only tells of the interrupt is no result, and what was given up
// shows nothing.
func TestInterruptedResultsAreNotShown(t *testing.T) {
	b := newBeam(t)
	b.out.take()
	if err := b.interrupted(t, `func() error { <-context.Background().Done(); return context.Cause(context.Background()) }()`); !errors.Is(err, ErrInterrupt) {
		t.Errorf("got %v", err)
	}
	if text := b.out.take(); text != "" {
		t.Errorf("shown: %q", text)
	}
}

func TestInterruptRunsDeferredCalls(t *testing.T) {
	b := newBeam(t)
	b.do(t, `closed := false`)
	b.interrupted(t, `func() { defer func() { closed = true }(); for {} }()`)
	if got := b.do(t, `closed`); got != "true" {
		t.Errorf("closed: %q", got)
	}
}

func TestClosuresLiveOnAfterAnInterrupt(t *testing.T) {
	b := newBeam(t)
	b.do(t, `func counter() func() int { n := 0; return func() int { n++; return n } }`, `c := counter()`, `c()`)
	if err := b.interrupted(t, `for { c() }`); !errors.Is(err, ErrInterrupt) {
		t.Fatal(err)
	}
	b.do(t, `before := c()`, `after := c()`)
	if got := b.do(t, `after - before`); got != "1" {
		t.Errorf("the closure returns zero values: %q", got)
	}
}

func TestTheEndOfTheContextInterrupts(t *testing.T) {
	b := newBeam(t)
	cause := errors.New("past the deadline")
	ctx, cancel := context.WithTimeoutCause(t.Context(), 20*time.Millisecond, cause)
	defer cancel()
	if err := b.in.Run(ctx, `for {}`); !errors.Is(err, cause) {
		t.Errorf("got %v", err)
	}
	if got := b.do(t, `1`); got != "1" {
		t.Errorf("afterwards: %q", got)
	}
}

func TestTheContextLivesFromInputToInput(t *testing.T) {
	b := newBeam(t)
	b.do(t, `ctx := context.Background()`)
	if got := b.do(t, `ctx.Err()`); got != "<nil>" {
		t.Errorf("got %q", got)
	}
	b.interrupted(t, `for {}`)
	if got := b.do(t, `ctx.Err()`); got == "<nil>" {
		t.Error("the context outlived the interrupt")
	}
}

func TestGoroutinesCannotEndTheProcess(t *testing.T) {
	b := newBeam(t)
	b.do(t, `func() { done := make(chan int); go func() { defer close(done); panic("in a goroutine") }(); <-done }()`)
	for range 100 {
		if text := b.errs.take(); text != "" {
			if !strings.Contains(text, "in a goroutine") {
				t.Errorf("complaint: %q", text)
			}
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("nothing was said")
}

func TestGoEvaluatesItsArgumentsAtOnce(t *testing.T) {
	b := newBeam(t)
	b.do(t, `sum := 0`, `func put(c chan int, n int, x float64) { c <- n }`,
		`func() { c := make(chan int, 10); for i := 0; i < 3; i++ { go put(c, i, 2) }; sum = <-c + <-c + <-c }()`)
	if got := b.do(t, `sum`); got != "3" {
		t.Errorf("got %q", got)
	}
}

func TestLoopVariablesAreThoseOfGo122(t *testing.T) {
	b := newBeam(t)
	b.do(t, `var fs []func() int`,
		`for i := 0; i < 3; i++ { fs = append(fs, func() int { return i }) }`,
		`for _, x := range []int{3, 4} { fs = append(fs, func() int { return x }) }`,
		`out := ""`, `for _, f := range fs { out += fmt.Sprint(f()) }`)
	if got := b.do(t, `out`); got != "01234" {
		t.Errorf("got %q", got)
	}
}

func TestRangeOverAConstant(t *testing.T) {
	b := newBeam(t)
	b.do(t, `n := 0`, `for i := range 4 { n += i }`, `for range 2 { n++ }`, `l := []int{1,2,3}`, `for i := range len(l) { n += i; l = append(l, i) }`)
	if got := b.do(t, `n`); got != "11" {
		t.Errorf("got %q", got)
	}
	if got := b.do(t, `m := 3`, `n = 0`, `for i := range m { n += i }`, `n`); got != "3" {
		t.Errorf("over a variable: %q", got)
	}
	if got := b.do(t, `n = 0`, `for i := range m * 2 { n += i }`, `n`); got != "15" {
		t.Errorf("over an expression: %q", got)
	}
	if err := b.refuse(t, `for range func(yield func() bool) {} { }`); !strings.Contains(err.Msg, "Go 1.20") {
		t.Error(err)
	}
}

func TestSessionNamesAreProtected(t *testing.T) {
	b := newBeam(t)
	for _, src := range []string{`robz = 3`, `robz := 3`, `var robz = 3`, `func mv() {}`, `type robz int`, `for i := 0; i < 2; i++ { robz = nil }`, `const ascan = 1`, `robz, x := 1, 2`, `save++`} {
		if err := b.refuse(t, src); !strings.Contains(err.Msg, "unprotect(") {
			t.Errorf("%s: %v", src, err)
		}
	}
	if got := b.do(t, `func f(robz int) int { return robz }`, `f(3)`); got != "3" {
		t.Errorf("a parameter of that name: %q", got)
	}
	if got := b.do(t, `unprotect("robz")`, `robz = 3`, `robz`); got != "3" {
		t.Errorf("after unprotect: %q", got)
	}
	if err := b.refuse(t, `unprotect("nosuch")`); !strings.Contains(err.Msg, "nosuch") {
		t.Error(err)
	}
}

func TestMistypedNames(t *testing.T) {
	b := newBeam(t)
	err := b.refuse(t, `mv(robzz, 3)`)
	if err.Error() != "1:4: undefined: robzz; did you mean robz?" {
		t.Error(err)
	}
	err = b.refuse(t, "x = 1\ny = (x +\n  acsan(1))")
	if err.Line != 3 || err.Col != 3 || !strings.Contains(err.Msg, "did you mean ascan") {
		t.Errorf("%+v", err)
	}
	for typed, meant := range map[string]string{`robz.velocty`: "did you mean velocity?", `robz.Velocty`: "did you mean Velocity?"} { // as it was spelled
		if err := b.refuse(t, typed); err.Col != 6 || !strings.Contains(err.Msg, meant) {
			t.Errorf("%+v", err)
		}
	}
}

func TestColumnsAreTheUsersOwn(t *testing.T) {
	b := newBeam(t)
	for src, col := range map[string]int{
		`ascan(robz, save=False, nosuch)`:   25,
		`s = ascan(robz, 'text', a=nosuch)`: 27,
		`mv robz nosuch`:                    9,
		`robz.velocity = nosuch`:            17,
		`1 + )`:                             5,
		`x := ascan(robz).Nosuch`:           18,
	} {
		if err := b.refuse(t, src); err.Col != col || err.Line != 1 {
			t.Errorf("%s: %d:%d %s, want column %d", src, err.Line, err.Col, err.Msg, col)
		}
	}
}

func TestArithmeticThatSendsAnAxisElsewhere(t *testing.T) {
	b := newBeam(t)
	b.do(t, `const n = 3`)
	for src, want := range map[string]string{
		`mv(robz, 3/4)`:              "3/4 is 0 in Go; write 3./4",
		`mv(robz, -7/2)`:             "-7/2 is -3 in Go; write -7./2",
		`mv robz 3/4`:                "3/4 is 0 in Go; write 3./4",
		`ascan(robz, x=(1+2)/2)`:     "3/2 is 1 in Go; write 3./2",
		`mv(robz, 2^3)`:              "2^3 is not a power in Go; write math.Pow(2, 3)",
		`const n = 3; mv(robz, n/4)`: "n/4 is 0 in Go; write float64(n)/4",
		`mv(robz, n/4)`:              "n/4 is 0 in Go; write float64(n)/4",
		`func mm() { const k int = 3; mv(robz, k/4) }`: "k/4 is 0 in Go; write float64(k)/4",
		`mv(robz, int(3)/4)`:                           "3/4 is 0 in Go; write 3./4",
		`robz.velocity = 1/2`:                          "1/2 is 0 in Go; write 1./2",
	} {
		if err := b.refuse(t, src); err.Msg != want {
			t.Errorf("%s: %q", src, err.Msg)
		}
	}
	if len(b.moved) != 0 {
		t.Errorf("moved: %v", b.moved)
	}
	b.do(t, `mv(robz, 6/2)`, `mv(robz, 3./4)`, `mv robz -1`, `const f float64 = 3`, `mv(robz, f/4)`, `n := 3.`, `mv(robz, n/4)`)
	if fmt.Sprint(b.moved) != "[3 0.75 -1 0.75 0.75]" {
		t.Errorf("moved: %v", b.moved)
	}
}

func TestWhatCannotBeSet(t *testing.T) {
	b := newBeam(t)
	b.do(t, `func ff() int { return 1 }`, `x := 0`)
	for src, want := range map[string]string{
		`robz.low_limit = 3`:                  "robz.low_limit cannot be set; there is SetLimits",
		`robz.LowLimit = 3`:                   "robz.LowLimit cannot be set; there is SetLimits",
		`robz.name = "x"`:                     "robz.name cannot be set",
		`robz.name++`:                         "robz.name cannot be set",
		`robz.low_limit += 3`:                 "robz.low_limit cannot be set; there is SetLimits",
		`func g() { robz.low_limit = 3 }`:     "robz.low_limit cannot be set; there is SetLimits",
		`x, robz.low_limit = 1, 3`:            "robz.low_limit cannot be set; there is SetLimits",
		`math.Sqrt(4) = 5`:                    "math.Sqrt(4) cannot be set: it is the result of a call",
		`ff() = 3`:                            "ff() cannot be set: it is the result of a call",
		`func h() { ff()++ }`:                 "ff() cannot be set: it is the result of a call",
		`x := 1,5`:                            "assignment mismatch: 1 variable but 2 values; write 1.5",
		`x = -1,5`:                            "assignment mismatch: 1 variable but 2 values; write -1.5",
		`a, b := 1,2,3`:                       "assignment mismatch: 2 variables but 3 values",
		`var q = 1, 2`:                        "assignment mismatch: 1 variable but 2 values; write 1.2",
		`r := two()`:                          "assignment mismatch: 1 variable but two() returns 2 values",
		`_ = two()`:                           "assignment mismatch: 1 variable but two() returns 2 values",
		`a, b := ff()`:                        "assignment mismatch: 2 variables but ff() returns 1 value",
		`x := wa()`:                           "wa() (no value) used as value",
		`func k() { x := 1, 5; fmt.Print(x)}`: "assignment mismatch: 1 variable but 2 values; write 1.5",
	} {
		if err := b.refuse(t, src); err.Msg != want {
			t.Errorf("%s: %q", src, err.Msg)
		}
	}
	b.do(t, `robz.velocity = 2`, `robz.velocity++`, `robz.velocity += 2`, `v, err := strconv.Atoi("3")`)
	if got := b.do(t, `robz.velocity`); got != "5" {
		t.Errorf("velocity: %s", got)
	}
}

func TestMessagesAreInTheUsersWords(t *testing.T) {
	b := newBeam(t)
	b.do(t, `x := 1`, `n := -1`, `s := ascan()`)
	for src, want := range map[string]string{
		`x()`:                        "x is not a function",
		`make([]int, n)`:             "make: negative len",
		`1 << 70`:                    "1 << 70 overflows int",
		`y = None`:                   "None alone has no type: declare the variable first, for example var x any",
		`s.set_watchdog_callback(3)`: "a hook is expected, such as StopAlignmentHook(), not 3",
		`x +`:                        "the input ends too early",
		`x :=`:                       "the input ends too early",
		`if x == 1 {`:                "the input ends too early",
		`1 + )`:                      "a value is missing before ')'",
	} {
		if err := b.refuse(t, src); err.Msg != want {
			t.Errorf("%s: %q", src, err.Msg)
		}
	}
}

func TestAMethodCannotBeDeclaredAgain(t *testing.T) {
	b := newBeam(t)
	b.do(t, `type P struct{ a int }`, `func (p P) Sum() int { return p.a }`)
	for _, src := range []string{`func (p P) Sum() int { return 2 }`, `func (p *P) Sum() int { return 2 }`} {
		if err := b.refuse(t, src); err.Msg != "P.Sum exists already; declare type P again first" {
			t.Errorf("%s: %v", src, err)
		}
	}
	b.do(t, `type P struct{ a int }`, `func (p P) Sum() int { return 2 * p.a }`)
	if got := b.do(t, `P{3}.Sum()`); got != "6" {
		t.Errorf("got %q", got)
	}
}

func TestVariablesOfATypeFromAVariable(t *testing.T) {
	b := newBeam(t)
	b.do(t, `type P struct{ a int }`, `func (p P) Sum() int { return p.a }`, `type S interface{ Sum() int }`, `p := P{4}`, `var s S = p`, `var pt *P = &p`)
	if got := b.do(t, `s.Sum() + pt.a`); got != "8" {
		t.Errorf("got %q", got)
	}
	b.do(t, `k := 5`)
	b.refuse(t, `var k int = "text"`)
	b.refuse(t, `var z S = k`)
	if got := b.do(t, `k`); got != "5" {
		t.Errorf("k: %q", got)
	}
}

func TestCommandsTypedWithBlanks(t *testing.T) {
	b := newBeam(t)
	b.do(t, `wa`, `wa robz`, `mv robz 3`, `wa # all of them`)
	if fmt.Sprint(b.called, b.moved) != "[wa0 wa1 wa0] [3]" {
		t.Errorf("%v %v", b.called, b.moved)
	}
}

func TestHooksTypedAtThePrompt(t *testing.T) {
	b := newBeam(t)
	b.do(t, `type Mine struct { hooks.Base; n int }`,
		`func (m *Mine) OnScanData(d *scan.Data) error { m.n++; if d.Index() == 4 { return scan.StopIteration }; return nil }`,
		`s = ascan(robz)`, `s.set_watchdog_callback(Mine())`, `s.run()`)
	if got := b.do(t, `s.state`); got != "stopped" {
		t.Errorf("state: %q", got)
	}
	b.do(t, `s = ascan(robz)`, `any_hook(s, Mine())`, `s.run()`)
	if got := b.do(t, `s.state`); got != "stopped" {
		t.Errorf("as an argument of type any: %q", got)
	}
	b.do(t, `func NewMine() *Mine { return &Mine{n: 100} }`, `s = ascan(robz)`, `s.SetWatchdogCallback(NewMine())`, `set_watchdog_callback(s, Mine())`, `run(s)`)
	if got := b.do(t, `s.state`); got != "stopped" {
		t.Errorf("state: %q", got)
	}
}

func TestHooksTypedAtThePromptHaveTheirName(t *testing.T) {
	b := newBeam(t)
	b.do(t, `type Mine struct { hooks.Base; n *time.Time }`, `func (m *Mine) OnScanData(d *scan.Data) error { l := []int{}; return fmt.Errorf("%d", l[d.Index()+3]) }`,
		`func (m *Mine) OnTimeout() error { m.n.Unix(); return nil }`)
	for src, want := range map[string]string{
		`func (m *Mine) OnScanDta(d *scan.Data) error { return nil }`: "OnScanDta is not a method of a hook; did you mean OnScanData?",
		`func (m *Mine) OnScanEnd() error { return nil }`:             "OnScanEnd must be func(*data.Scan) error, not func() error",
	} {
		if err := b.refuse(t, src); err.Msg != want {
			t.Errorf("%s: %v", src, err)
		}
	}
	b.do(t, `s := ascan(robz)`, `s.set_watchdog_callback(Mine())`)
	h := hooks.HookOf(b.scans[0].cb)
	if h.Name != "Mine" {
		t.Errorf("name: %q", h.Name)
	}
	b.do(t, `type Mine struct { n int; hooks.Base }`, `func (m *Mine) OnTimeout() error { return nil }`, `any_hook(s, Mine())`)
	if h := hooks.HookOf(b.scans[0].cb); h.Name != "Mine" {
		t.Errorf("name: %q", h.Name)
	}
	if r := recovered(h.OnTimeout); fmt.Sprint(r) != "nil pointer dereference" {
		t.Errorf("panic: %v", r)
	}
	if r := recovered(func() error { return h.OnScanData(point(1, 1)) }); fmt.Sprint(r) != "slice index out of range" {
		t.Errorf("panic: %v", r)
	}
}

func TestPythonHabitsGetAHint(t *testing.T) {
	b := newBeam(t)
	for src, want := range map[string]string{
		`def f(x): pass`:       "func name",
		`for x in range(3): y`: "for i := 0",
		`2**3`:                 "math.Pow",
		`from x import y`:      "import",
	} {
		if err := b.refuse(t, src); !strings.Contains(err.Msg, want) {
			t.Errorf("%s: %s", src, err.Msg)
		}
	}
}

func TestANameMayBeDefinedAgain(t *testing.T) {
	b := newBeam(t)
	b.do(t, `x := 5`)
	b.withHook(t)
	b.withHook(t)
	if got := b.do(t, `x`); got != "5" {
		t.Errorf("the user's names: %q", got)
	}
	b.do(t, `h := StopAlignmentHook()`)
}

// TestEverydayStatements holds what the interpreter refuses at the top level
// when it is given as it is: values of compiled maps, slices of results.
func TestEverydayStatements(t *testing.T) {
	b := newBeam(t)
	b.do(t, `s := ascan()`,
		`k := s.get_data()["sim_ct_gauss_noise"]`, `w = s.get_data()["sim_ct_gauss_noise"][0:3]`,
		`v := s.get_data()["sim_ct_gauss_noise"][3]`, `var g = s.get_data()["x"]`, `d := s.get_data()`, `q, ok := d["x"]`,
		`word := strings.Split("a,b", ",")[1]`, `y = robz.position * 2`, `far := robz.position > 3`, `text = s.state + "x"`,
		`a, c := two()`, `f = s.State`, `m := math.Max(1, v)`, `t0 := time.Now()`, `i, err := strconv.Atoi("5")`,
		`h := func(x float64) float64 { return x*x }`, `fn := math.Sqrt`, `list := []any{robz, 1}`)
	for src, want := range map[string]string{
		`len(k)`: "501", `len(w)`: "3", `v * 2 + 1`: "1", `len(g)`: "0", `ok`: "false", `word`: "b", `far`: "false",
		`text`: "idlex", `c`: "x", `f()`: "idle", `h(3)`: "9", `fn(4)`: "2", `err == nil`: "true", `i + 1`: "6", `m`: "1",
		`time.Since(t0) < time.Hour`: "true", `len(list)`: "2", `a`: "1", `q == nil`: "true", `y`: "0",
	} {
		if got := b.do(t, src); got != want {
			t.Errorf("%s: got %q, want %q", src, got, want)
		}
	}
}

// TestFunctionsKeepTheirVariables: an assignment of another type makes a new
// variable, which is said when a function uses the old one.
func TestFunctionsKeepTheirVariables(t *testing.T) {
	b := newBeam(t)
	if out := b.do(t, `y := 2`, `y = "text"`); out != "" {
		t.Errorf("no function uses y: %q", out)
	}
	if out := b.do(t, `func g() string { return y }`, `y = "other"`); out != "" {
		t.Errorf("y is of the same type: %q", out)
	}
	if out := b.do(t, `y = 2.5`); out != "y is a new variable, float64, not string: functions typed before, such as g, keep the old one" {
		t.Errorf("it says %q", out)
	}
}

// TestProtectionComesFirst: what follows the sign need not be put right before
// it is said that the name is not free.
func TestProtectionComesFirst(t *testing.T) {
	b := newBeam(t)
	for _, src := range []string{`robz = [1, 2]`, `robz = lambda x: 3`, `robz = 5 if true else 3`, `mv = not x`, `robz := x ? 1 : 2`, `robz += [1]`} {
		if err := b.refuse(t, src); err.Col != 1 || !strings.Contains(err.Msg, "is a name of the session") {
			t.Errorf("%s: %+v", src, err)
		}
	}
}

// TestAHookWithoutMethodsIsRefused: its method may not have compiled, and a scan
// would run unguarded.
func TestAHookWithoutMethodsIsRefused(t *testing.T) {
	b := newBeam(t)
	b.do(t, `type Guard struct { hooks.Base }`)
	b.refuse(t, `func (g *Guard) OnScanData(d *scan.Data) error { return d.Nosuch() }`)
	for _, src := range []string{`h := &Guard{}`, `Guard()`, `new(Guard)`} {
		if err := b.refuse(t, src); !strings.Contains(err.Msg, "Guard has no method of a hook, such as OnScanData") {
			t.Errorf("%s: %v", src, err)
		}
	}
	b.do(t, `func (g *Guard) OnScanData(d *scan.Data) error { return nil }`, `h := &Guard{}`)
}
