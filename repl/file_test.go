package repl

import (
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"blissh/channel"
	"blissh/data"
	"blissh/data/store"
	"blissh/internal/embedded"
)

// runFile runs a text as a file and gives what it printed.
func (b *beam) runFile(t *testing.T, name, text string, args ...string) (string, error) {
	t.Helper()
	b.out.take()
	err := b.in.RunFile(t.Context(), scriptFile(t, name, text), args)
	return b.out.take(), err
}

func TestAProgramRunsOnce(t *testing.T) {
	b := newBeam(t)
	out, err := b.runFile(t, "p.go", `package main

import ("fmt"; "os"; "strings")

var ready = strings.ToUpper("ready")

func main() {
	fmt.Println(ready, strings.Join(os.Args[1:], "+"))
	fmt.Fprintln(os.Stdout, "stdout")
}
`, "a", "b")
	if err != nil || out != "READY a+b\nstdout\n" {
		t.Errorf("%q %v", out, err)
	}
	if got := b.do(t, `1+1`); got != "2" {
		t.Errorf("afterwards: %q", got)
	}
}

func TestAProgramFindsTheSession(t *testing.T) {
	b := newBeam(t)
	out, err := b.runFile(t, "batch.go", `//go:build ignore

package main

import (
	"fmt"

	. "blissh/prompt"
)

func main() {
	const three = 3
	n := len("abc")
	count := func(n int) { for i := range n { mv(robz, i) } }
	for i := range three {
		mv(robz, i)
	}
	for i := range n {
		mv(robz, i)
	}
	count(3)
	s := ascan(robz, 0, 1, 10, .1, save(false))
	fmt.Println(robz.Name(), s.State(), len(s.GetData()["sim_ct_gauss_noise"]))
}
`)
	if err != nil || out != "robz idle 501\n" || len(b.moved) != 9 {
		t.Errorf("%q %v %v", out, err, b.moved)
	}
}

func TestMistakesOfAProgram(t *testing.T) {
	b := newBeamWith(t, Options{})
	for text, want := range map[string]string{
		"package main\n\nfunc main() { nosuch() }":                                              "p.go:3:15: undefined: nosuch",
		"package main\n\nimport . \"blissh/prompt\"\n\nfunc main() { mv(robzz, 1) }":            "p.go:5:18: undefined: robzz; did you mean robz?",
		"package main\n\nfunc main() {\n\tvar x int = \"a\"\n}":                                 "p.go:4:",
		"package main\n\nfunc main( {\n}":                                                       "p.go:3:",
		"package main\n\nfunc f() int { return 3 }\n\nfunc main() {\n\tfor range f() {\n\t}\n}": "p.go:6:2: not supported by the interpreter (Go 1.20): range over an integer",
		"package main\n":                                                             "p.go:1:9: a program needs func main",
		"package other\n\nfunc main() {}":                                            "p.go:1:9: package other: a program needs package main",
		"package main\n\nimport \"net/http\"\n\nfunc main() {}":                      `p.go:3:8: there is no package "net/http"`,
		"package main\n\nfunc main() {\n\tx := []int{}\n\tprintln(x)\n\tx[3] = 1\n}": "p.go:6:2: slice index out of range",
		"package main\n\nimport . \"blissh/prompt\"\n\nfunc main() {\n\tfail()\n}":   "p.go:6:2: robz: beyond the high limit",
	} {
		_, err := b.runFile(t, "p.go", text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n got %v\nwant %s", text, err, want)
		}
	}
	var move *moveError
	if _, err := b.runFile(t, "p.go", "package main\n\nimport . \"blissh/prompt\"\n\nfunc main() { fail() }"); !errors.As(err, &move) {
		t.Error(err)
	}
}

func TestExit(t *testing.T) {
	b := newBeam(t)
	var exit *ExitError
	_, err := b.runFile(t, "p.go", "package main\n\nimport \"os\"\n\nfunc main() { os.Exit(3) }")
	if !errors.As(err, &exit) || exit.Code != 3 {
		t.Error(err)
	}
	if _, err := b.runFile(t, "p.go", "package main\n\nimport \"os\"\n\nfunc main() { os.Exit(0) }"); err != nil {
		t.Error(err)
	}
	_, err = b.runFile(t, "p.go", "package main\n\nimport \"log\"\n\nfunc main() { log.Fatal(\"no\") }")
	if !errors.As(err, &exit) || exit.Code != 1 || b.errs.take() != "no\n" {
		t.Error(err)
	}
}

func TestAFileInTheDialect(t *testing.T) {
	b := newBeam(t)
	out, err := b.runFile(t, "setup.blissh", `# the axis of the day
s = ascan(robz, -5, 5, save=False)
for i := 0; i < 2; i++ {
	mv(robz, i)  # each
}
mv robz 7
s.state
`)
	if err != nil || out != "idle\n" || len(b.moved) != 3 {
		t.Errorf("%q %v %v", out, err, b.moved)
	}
	if got := b.do(t, `s.state`); got != "idle" {
		t.Errorf("its variables: %q", got)
	}
	_, err = b.runFile(t, "bad.blissh", "x = 1\n\nmv(robz,\n  nosuch)\n")
	if err == nil || !strings.HasSuffix(err.Error(), "bad.blissh:4:3: undefined: nosuch") {
		t.Error(err)
	}
}

// fakeCleanups is a stack of clean-ups.
type fakeCleanups []func()

func (c *fakeCleanups) Len() int { return len(*c) }
func (c *fakeCleanups) Pop() func() {
	f := (*c)[len(*c)-1]
	*c = (*c)[:len(*c)-1]
	return f
}

func TestCleanUpOfAFileInTheDialect(t *testing.T) {
	var c fakeCleanups
	b := newBeamWith(t, Options{Cleanups: &c})
	if err := b.in.Define(map[string]reflect.Value{"cleanup": reflect.ValueOf(func(f func()) { c = append(c, f) })}); err != nil {
		t.Fatal(err)
	}
	if out, err := b.runFile(t, "f.blissh", "cleanup(func() { fmt.Print(`bye`) })\nfail()\n"); err == nil || out != "bye" || len(c) != 0 {
		t.Errorf("%q %v", out, err)
	}
}

func TestCompileErrors(t *testing.T) {
	b := newBeam(t)
	for text, want := range map[string]bool{
		"nosuch\n":         true,
		"x := (\n":         true,
		"x := 1\nnosuch\n": false,
		"fail()\n":         false,
		"package main\n\nfunc main() { nosuch() }":                             true,
		"package main\n\nfunc main() { a(); b() }":                             true,
		"package main\n\nfunc main() { f() = 3 }\n\nfunc f() int { return 1 }": true,
		"package main\n\nfunc main() { x := 1, 2; println(x) }":                true,
		"package main\n\nimport . \"blissh/prompt\"\n\nfunc main() { fail() }": false,
	} {
		_, err := b.runFile(t, "f", text)
		var c interface{ CompileError() bool }
		if !errors.As(err, &c) || c.CompileError() != want {
			t.Errorf("%s: %v, want %v", text, err, want)
		}
	}
}

func TestUsesPrompt(t *testing.T) {
	for text, want := range map[string]bool{
		"s = ascan(robz)\n": true,
		"// comment\npackage main\n\nimport . \"blissh/prompt\"\n\nfunc main() {}": true,
		"package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println() }":          false,
	} {
		if got, err := UsesPrompt(scriptFile(t, "f.go", text)); err != nil || got != want {
			t.Errorf("%s: %v %v", text, got, err)
		}
	}
	if _, err := UsesPrompt(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a missing file")
	}
}

// TestLoadIsACommand runs a file from within an input, as the command load
// does.
func TestLoadIsACommand(t *testing.T) {
	b := newBeam(t)
	load := func(path string) {
		if err := b.in.RunFile(b.in.Context(), path, nil); err != nil {
			panic(err)
		}
	}
	if err := b.in.Define(map[string]reflect.Value{"load": reflect.ValueOf(load)}); err != nil {
		t.Fatal(err)
	}
	path := scriptFile(t, "more.blissh", "x = 41\nx = x + 1\n")
	if got := b.do(t, `load("`+path+`"); x`); got != "42" {
		t.Errorf("got %q", got)
	}
	program := scriptFile(t, "p.go", "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Print(\"from main\") }")
	if got := b.do(t, `func f() { load("`+program+`") }`, `f()`); got != "from main" {
		t.Errorf("got %q", got)
	}
}

func TestMistakesOfLoadedFilesAreThoseOfTheInnermost(t *testing.T) {
	dir := t.TempDir()
	b := newBeamWith(t, Options{Root: dir})
	load := func(name string) {
		if err := b.in.RunFile(b.in.Context(), filepath.Join(dir, name), nil); err != nil {
			panic(err)
		}
	}
	if err := b.in.Define(map[string]reflect.Value{"load": reflect.ValueOf(load)}); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "a"), "x := 1\nload(`b`)\n")
	writeFile(t, filepath.Join(dir, "b"), "func in_b() { load(`c`) }\n\n\nin_b()\n")
	writeFile(t, filepath.Join(dir, "c"), "x = 1\nx = nosuch\n")
	err := b.refuse(t, "load(`a`)")
	if err.Error() != "c:2:5: undefined: nosuch" || err.CompileError() {
		t.Error(err)
	}
	want := "c:2:5\nb:1:15: in in_b\nb:4:1\na:2:1\nline 1, column 1 of what was typed"
	if got := strings.Join(err.Frames, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	writeFile(t, filepath.Join(dir, "c"), "package main\n\nimport . \"blissh/prompt\"\n\nfunc main() {\n\tfail()\n}\n")
	err = b.refuse(t, "load(`a`)")
	var move *moveError
	if err.Error() != "c:6:2: robz: beyond the high limit" || !errors.As(err, &move) {
		t.Error(err)
	}
}

func TestInterruptEndsAProgram(t *testing.T) {
	b := newBeam(t)
	for _, text := range []string{
		"package main\n\nfunc main() { for { } }",
		"package main\n\nimport . \"blissh/prompt\"\n\nfunc main() { wait() }",
		"package main\n\nimport (\"context\"; \"time\")\n\nfunc main() { ctx, cancel := context.WithTimeout(context.Background(), time.Hour); defer cancel(); <-ctx.Done(); for { } }",
	} {
		timer := time.AfterFunc(50*time.Millisecond, b.in.Interrupt)
		if _, err := b.runFile(t, "p.go", text); !errors.Is(err, ErrInterrupt) {
			t.Errorf("%s: %v", text, err)
		}
		timer.Stop()
	}
}

const client = `package main

import (
	"context"
	"fmt"
	"strings"

	"blissh/channel"
	"blissh/data"
	"blissh/data/store"
)

func main() {
	ctx := context.Background()
	db, err := store.Open(ctx, "")
	if err != nil {
		panic(err)
	}
	r, err := db.Follow(ctx, "demo_session", store.FollowOptions{})
	if err != nil {
		panic(err)
	}
	stop := channel.OpenDefault("stop_alignment", false)
	largest := 0.0
	for {
		event, err := r.Next(ctx)
		if err != nil {
			fmt.Println("end:", err)
			return
		}
		switch e := event.(type) {
		case *data.NewNode:
			largest = 0
			fmt.Println("new", e.Node.Name)
		case *data.NewData:
			if !strings.Contains(e.Node.Name, "gauss") {
				continue
			}
			if v := e.Last(); v > largest {
				largest = v
			} else if v < largest/2 && !stop.Bool() {
				fmt.Println("stop at", v)
				if err := stop.Set(true); err != nil {
					panic(err)
				}
			}
		}
	}
}
`

// TestAClientProgram follows a session through a store, asks for a stop
// through a shared channel, and ends when it is interrupted.
func TestAClientProgram(t *testing.T) {
	server, err := embedded.Start(embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	bus, err := channel.Connect(t.Context(), server.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	stop, err := bus.Open(t.Context(), "stop_alignment", channel.Options{Default: false})
	if err != nil {
		t.Fatal(err)
	}
	b := newBeamWith(t, Options{Bind: func(s *Scope) Exports {
		e := bindTo(bus)(s)
		e["blissh/data/store/store"] = map[string]reflect.Value{"Open": reflect.ValueOf(
			func(ctx context.Context, url string) (*store.DB, error) {
				db, err := store.Open(ctx, server.URL())
				if err == nil {
					s.OnClose(func() { db.Close() })
				}
				return db, err
			})}
		return e
	}})
	done := make(chan error, 1)
	go func() { done <- b.in.RunFile(context.Background(), scriptFile(t, "client.go", client), nil) }()
	publish(t, server.URL())
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	if err := stop.Wait(ctx, true); err != nil {
		t.Fatal("nobody asked for a stop: ", err)
	}
	b.in.Interrupt()
	select {
	case err := <-done:
		if err != nil && !errors.Is(err, ErrInterrupt) {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the program does not end")
	}
	if out := b.out.take(); !strings.HasPrefix(out, "new 1_ascan\nnew ") || !strings.Contains(out, "stop at 1\n") {
		t.Errorf("printed %q", out)
	}
}

// publish writes a scan with a peak into the store, slowly enough for a
// reader to see the top.
func publish(t *testing.T, url string) {
	t.Helper()
	db, err := store.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	s := &data.Scan{
		Session: "demo_session", UID: "uid1", Number: 1, Name: "ascan", Start: time.Now(), Planned: 3,
		Channels: []data.Channel{{Name: "sim_ct_gauss", DType: data.Float64, Role: "counter"}},
	}
	p, err := db.Publish(t.Context(), s, store.PublishOptions{})
	if err != nil {
		t.Fatal(err)
	}
	put := func(e data.Event) {
		if err := p.Put(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
	}
	put(&data.NewNode{Node: data.ScanNode(s)})
	put(&data.Prepared{Node: data.ScanNode(s)})
	for i, v := range []float64{5, 10, 1} {
		put(&data.Row{Index: i, Time: time.Now(), Values: []float64{v}})
	}
	s.Taken, s.Outcome = 3, data.Done
	put(&data.EndScan{Node: data.ScanNode(s), Outcome: data.Done, Points: 3})
}
