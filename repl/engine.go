package repl

import (
	"errors"
	"fmt"
	"go/ast"
	"io"
	"maps"
	"path"
	"reflect"
	"strings"

	"github.com/traefik/yaegi/interp"

	"blissh/hooks"
	"blissh/repl/symbols"
)

// engine is one interpreter with what keeps it in check. One goroutine at a
// time compiles and executes.
type engine struct {
	o     *Options
	yi    *interp.Interpreter
	guard *guard
	trace *trace
	scope *Scope
	bound Exports
	used  map[string]bool // import paths given to the interpreter

	prompt map[string]reflect.Value // the names of package blissh/prompt
	proven bool                     // the source has been checked before
	src    string                   // of a file
	args   []string
}

// guardPath is the package that instrumented source calls.
const (
	guardPath = "blissh/repl/guard"
	guardName = "__guard"
)

// promptPath is the package under which plain Go finds the session's names.
const promptPath = "blissh/prompt"

func newEngine(o *Options, kind Kind, name string, args []string) *engine {
	silence()
	e := &engine{o: o, used: map[string]bool{}, args: args}
	out, err := writer(o.Stdout), writer(o.Stderr)
	e.guard = newGuard(err)
	e.trace = &trace{next: err, root: o.Root}
	e.guard.trace = e.trace
	e.guard.place = func(f frame) string { return fmt.Sprintf("%s:%d:%d: ", f.file, f.line, f.col) }
	e.yi = interp.New(interp.Options{
		Stdin: strings.NewReader(""), Stdout: out, Stderr: e.trace, Args: args, Env: o.Env,
		GoPath: "none", SourcecodeFilesystem: noFiles{},
	})
	e.scope = &Scope{Kind: kind, Name: name, Context: e.guard.context, Wake: func() {}}
	return e
}

// bind asks for the bindings, once the scope is complete.
func (e *engine) bind() {
	if e.o.Bind != nil {
		e.bound = e.o.Bind(e.scope)
	}
	table := map[string]reflect.Value{
		"Loop":  reflect.ValueOf(e.guard.loop),
		"Size":  reflect.ValueOf(size),
		"Enter": reflect.ValueOf(e.guard.enter),
		"Go":    reflect.ValueOf(e.guard.start),
		"At":    reflect.ValueOf(e.trace.note),
		"Done":  reflect.ValueOf(e.guard.done),
		"Block": reflect.ValueOf(e.guard.block),
		"Value": reflect.ValueOf(e.guard.received),
		"Recv":  reflect.ValueOf(e.guard.recv),
		"Note":  reflect.ValueOf(e.guard.note),
	}
	e.need("fmt")
	e.wrap(table["Note"], printed())
	e.give(guardPath, guardName, table)
}

func writer(w io.Writer) io.Writer {
	if w == nil {
		return io.Discard
	}
	return struct{ io.Writer }{w} // never an *os.File, which would be used directly
}

// close ends what the interpreter's bindings hold. Interpreted goroutines end
// at their next check; they are not waited for.
func (e *engine) close() {
	e.guard.raise(ErrInterrupt)
	e.scope.close()
}

// give hands a package to the interpreter.
func (e *engine) give(importPath, name string, table map[string]reflect.Value) {
	e.used[importPath] = true
	// The doubled slash is the same path to the interpreter, but "fmt/fmt"
	// would make it compile the generic part of the standard library, 2 ms.
	e.use(interp.Exports{importPath + "//" + name: table})
}

// predeclare hands over a package of the session's names. Its functions may
// take interpreted hooks and errors as arguments of type any.
func (e *engine) predeclare(importPath, name string, names map[string]reflect.Value) {
	table := maps.Clone(names)
	for key, own := range e.bound {
		if path.Dir(key) == importPath {
			maps.Copy(table, own)
		}
	}
	e.need("fmt")
	e.need("blissh/hooks")
	e.need("blissh/scan")
	types := append([]reflect.Type{reflect.TypeFor[hooks.Callback]()}, printed()...)
	for _, v := range table {
		if v.Kind() == reflect.Func && takesAny(v.Type()) {
			e.wrap(v, types)
		}
	}
	if importPath == promptPath {
		e.prompt = table
	}
	e.give(importPath, name, table)
}

// takesAny reports whether a function has a parameter of type any.
func takesAny(f reflect.Type) bool {
	for in := range f.Ins() {
		if f.IsVariadic() && in.Kind() == reflect.Slice {
			in = in.Elem()
		}
		if in.Kind() == reflect.Interface && in.NumMethod() == 0 {
			return true
		}
	}
	return false
}

func (e *engine) use(x interp.Exports) {
	if err := e.yi.Use(x); err != nil {
		panic(fmt.Errorf("symbol table: %w", err)) // only for keys without a path
	}
}

// need hands over the package of an import path, if there is one. It reports
// whether interpreted code may import the path.
func (e *engine) need(importPath string) bool {
	if e.used[importPath] {
		return true
	}
	name, table, ok := e.lookup(importPath)
	if !ok {
		return false
	}
	e.give(importPath, name, table)
	e.format(importPath, table)
	return true
}

// lookup is everything that a package has for code of this engine, and its
// name.
func (e *engine) lookup(importPath string) (name string, table map[string]reflect.Value, ok bool) {
	name, table, ok = symbols.Lookup(importPath)
	if !ok {
		name, table = path.Base(importPath), map[string]reflect.Value{}
	}
	for _, own := range []Exports{e.standard(importPath), e.o.Exports, e.bound} {
		for key, names := range own {
			if path.Dir(key) == importPath && len(names) > 0 {
				name, ok = path.Base(key), true
				maps.Copy(table, names)
			}
		}
	}
	return name, table, ok
}

// table is the package of an import path.
func (e *engine) table(importPath string) map[string]reflect.Value {
	_, table, ok := e.lookup(importPath)
	if !ok {
		return nil
	}
	return table
}

// imports hands over all packages that a file imports and names the first one
// that is not there.
func (e *engine) imports(f *ast.File) *ast.ImportSpec {
	for _, spec := range f.Imports {
		if !e.need(importPath(spec)) {
			return spec
		}
	}
	return nil
}

func importPath(spec *ast.ImportSpec) string { return strings.Trim(spec.Path.Value, "\"`") }

// compile turns a file or a block into a program. The compiler panics on what
// it does not know; that becomes an error.
func (e *engine) compile(n ast.Node) (p *compiled, err error) {
	defer func() {
		if r := recover(); r != nil {
			p, err = nil, fmt.Errorf("not supported by the interpreter (Go 1.20): %v", r)
		}
	}()
	return e.yi.CompileAST(n)
}

// compiled is a program that is ready to be executed, once.
type compiled = interp.Program

// execute runs a program. A panic in it comes back as *panicked.
func (e *engine) execute(p *compiled) error {
	if p == nil {
		return nil
	}
	_, err := e.yi.Execute(p)
	if p := (interp.Panic{}); errors.As(err, &p) {
		return &panicked{value: e.guard.value(p.Value), frames: e.trace.take()}
	}
	e.trace.take()
	return err
}

// panicked is a panic that ended interpreted code.
type panicked struct {
	value  any
	frames []frame
}

func (p *panicked) Error() string { return plainPanic(p.value) }
