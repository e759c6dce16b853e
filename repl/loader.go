package repl

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"blissh/data"
	"blissh/hooks"
	"blissh/scan"
)

// HookLoader loads hook scripts. Its methods are safe from any goroutine.
type HookLoader struct{ o Options }

var _ hooks.Loader = (*HookLoader)(nil)

// NewHookLoader makes a loader whose interpreters have what o gives them.
func NewHookLoader(o Options) *HookLoader { return &HookLoader{o} }

// errKilled is what killed hooks end with.
var errKilled = errors.New("killed: it took more than its budget")

// Load reads a script, checks it and lists the hooks in it; nothing of it is
// executed. All mistakes are in the error. Each instance that a Definition
// makes gets an interpreter of its own, package variables included, so that
// hooks can neither disturb nor see each other.
func (l *HookLoader) Load(path string) ([]hooks.Definition, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s := &script{o: &l.o, name: l.o.display(path), src: src}
	e, f, err := s.open()
	if err != nil {
		return nil, err
	}
	defer e.close()
	types, err := findHooks(e, f)
	if err != nil {
		return nil, err
	}
	if _, err := s.compile(e, f, types); err != nil {
		return nil, err
	}
	var out []hooks.Definition
	for _, t := range types {
		out = append(out, hooks.Definition{Name: t.name, File: s.name, Line: t.line, Doc: t.doc, SHA256: s.sum(), New: s.constructor(t)})
	}
	return out, nil
}

// script is a checked file, from which instances are made.
type script struct {
	o    *Options
	name string
	src  []byte
}

// sum is the hash of the file, in hexadecimal digits.
func (s *script) sum() string {
	sum := sha256.Sum256(s.src)
	return hex.EncodeToString(sum[:])
}

// open makes an engine and parses the script for it.
func (s *script) open() (*engine, *ast.File, error) {
	e := newEngine(s.o, KindHook, s.name, []string{s.name})
	f, err := e.parseFile(s.src)
	if err != nil {
		e.close()
		return nil, nil, err
	}
	return e, f, nil
}

// compile adds a constructor for each hook type and compiles the script.
func (s *script) compile(e *engine, f *ast.File, types []*hookType) (*compiled, error) {
	e.bind()
	e.need("blissh/hooks")
	f.Name.Name = "__script" // "package hooks" would hide the import of that name
	f.Decls = append([]ast.Decl{hooksImport(f.Name.End())}, f.Decls...)
	for _, t := range types {
		if err := addConstructor(e, f, t); err != nil {
			return nil, err
		}
	}
	return e.compileFile(f)
}

// addConstructor adds func __new_T() (hooks.Callback, error). The value goes
// through a variable of the interface type, since the interpreter does not
// convert the result of a call.
func addConstructor(e *engine, f *ast.File, t *hookType) error {
	make := "h := &" + t.name + "{}"
	switch {
	case t.constructor && t.fails:
		make = "h, err := New" + t.name + "(); if err != nil { return nil, err }"
	case t.constructor:
		make = "h := New" + t.name + "()"
	}
	text := "package p\nfunc " + constructorName(t.name) + "() (__hooks.Callback, error) { " + make + "; return h, nil }"
	g, err := parser.ParseFile(e.yi.FileSet(), e.scope.Name, text, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	f.Decls = append(f.Decls, g.Decls...)
	return nil
}

func constructorName(t string) string { return "New__" + t }

func hooksImport(pos token.Pos) ast.Decl {
	d := guardImport(pos).(*ast.GenDecl)
	spec := d.Specs[0].(*ast.ImportSpec)
	spec.Name.Name, spec.Path.Value = "__hooks", strconv.Quote("blissh/hooks")
	return d
}

// constructor gives Definition.New.
func (s *script) constructor(t *hookType) func() (*hooks.Hook, error) {
	return func() (*hooks.Hook, error) {
		in, err := s.instance(t)
		if err != nil {
			return nil, err
		}
		h := &hooks.Hook{
			WatchdogCallback: in, Name: t.name, File: s.name, Line: t.line,
			SHA256: s.sum(), Wake: in.wake, Kill: in.kill, Hold: in.e.guard.hold, Where: in.where, Close: in.close,
		}
		if t.preset {
			h.PresetCallback = in
		}
		return h, nil
	}
}

// instance is one hook in its interpreter. Between its calls the interpreter
// evaluates nothing.
type instance struct {
	e      *engine
	cb     hooks.Callback
	wake   chan struct{}
	active atomic.Int32 // calls in progress
	once   sync.Once
}

func (s *script) instance(t *hookType) (_ *instance, err error) {
	e, f, err := s.open()
	if err != nil {
		return nil, err
	}
	in := &instance{e: e, wake: make(chan struct{}, 1)}
	defer func() {
		if err != nil {
			in.close()
		}
	}()
	e.scope.Wake, e.proven = in.signal, true
	types, err := findHooks(e, f)
	if err != nil {
		return nil, err
	}
	p, err := s.compile(e, f, types)
	if err != nil {
		return nil, err
	}
	if err := e.runError(e.execute(p)); err != nil {
		return nil, err
	}
	return in, in.construct(t)
}

// construct calls the constructor in the script.
func (in *instance) construct(t *hookType) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = in.e.runError(&panicked{value: in.e.guard.value(r), frames: in.e.trace.take()})
		}
	}()
	f, ok := in.e.yi.Symbols("__script")["__script"][constructorName(t.name)]
	if !ok {
		return fmt.Errorf("%s: the constructor of %s is not there", in.e.scope.Name, t.name)
	}
	out := f.Call(nil)
	if e, _ := out[1].Interface().(error); e != nil {
		return fmt.Errorf("%s: New%s: %w", in.e.scope.Name, t.name, e)
	}
	cb, ok := out[0].Interface().(hooks.Callback)
	if !ok || reflect.ValueOf(cb).IsZero() {
		return fmt.Errorf("%s: New%s returned no hook", in.e.scope.Name, t.name)
	}
	in.cb = cb
	return nil
}

// signal tells the watchdog that something the hook opened has changed.
func (in *instance) signal() {
	select {
	case in.wake <- struct{}{}:
	default:
	}
}

// kill ends the call in progress at its next check.
func (in *instance) kill() { in.e.guard.raise(errKilled) }

func (in *instance) close() { in.once.Do(in.e.close) }

// where gives "file:line" of the innermost interpreted function that the last
// panic passed.
func (in *instance) where(error) string {
	for _, f := range in.e.trace.peek() {
		return fmt.Sprintf("%s:%d", f.file, f.line)
	}
	return ""
}

// enter begins a call: what an earlier one left behind is cleared, unless it
// is still running.
func (in *instance) enter() {
	if in.active.Add(1) == 1 {
		in.e.guard.lower()
		in.e.trace.take()
	}
}

func (in *instance) leave() { in.active.Add(-1) }

func (in *instance) Timeout() time.Duration {
	in.enter()
	defer in.leave()
	return in.cb.Timeout()
}

func (in *instance) Mode() scan.Mode {
	in.enter()
	defer in.leave()
	return in.cb.Mode()
}

func (in *instance) OnFailure() scan.Policy {
	in.enter()
	defer in.leave()
	return in.cb.OnFailure()
}

func (in *instance) OnScanNew(s *data.Scan) error {
	in.enter()
	defer in.leave()
	defer in.plainly()
	return in.cb.OnScanNew(s)
}

func (in *instance) OnScanData(d *scan.Data) error {
	in.enter()
	defer in.leave()
	defer in.plainly()
	return in.cb.OnScanData(d)
}

func (in *instance) OnTimeout() error {
	in.enter()
	defer in.leave()
	defer in.plainly()
	return in.cb.OnTimeout()
}

func (in *instance) OnScanEnd(s *data.Scan) error {
	in.enter()
	defer in.leave()
	defer in.plainly()
	return in.cb.OnScanEnd(s)
}

// plainly puts a panic of interpreted code into the user's words; one with an
// error goes on as it is, for its cause matters.
func (in *instance) plainly() {
	r := recover()
	if r == nil {
		return
	}
	r = in.e.guard.value(r)
	if err, ok := r.(error); ok {
		switch err.(type) {
		case runtime.Error, *reflect.ValueError:
		default:
			panic(err)
		}
	}
	panic(errors.New(plainPanic(r)))
}
