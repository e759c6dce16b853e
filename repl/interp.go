package repl

import (
	"context"
	"errors"
	"fmt"
	"go/constant"
	"go/parser"
	"maps"
	"reflect"
	"slices"
	"sync"

	"blissh/repl/dialect"
)

// Interp is the interpreter behind the prompt: one namespace that lives as
// long as the session. Run, RunFile and Define wait for each other, except that
// code which is running may call RunFile and Define with the interpreter's own
// context. The other methods are safe at any time.
type Interp struct {
	o     Options
	turn  sync.Mutex // held by the evaluation in progress
	units units

	mu      sync.Mutex
	e       *engine
	engines map[*engine]bool          // those that run a file for us
	names   map[string]reflect.Value  // predeclared
	open    map[string]bool           // predeclared, but the user may overwrite them
	locked  map[string]bool           // declared by the user, who wants to keep them
	user    map[string]bool           // declared by the user
	about   map[string]Name           // what is known of those
	types   map[string]int            // how often the user declared a type
	funcs   map[string]string         // source of the user's functions
	returns map[string]int            // how many values they return
	consts  map[string]constant.Value // whole numbers
	hooks   map[string]bool           // types that embed hooks.Base
	methods map[string]bool           // that exist, or have not compiled
	imports map[string]bool           // packages imported so far, by name
	packs   int                       // packages of predeclared names so far
	given   map[string]string         // package that a predeclared name came in

	typeNames map[reflect.Type]string // types exported as T0, T1, ...
	checker   *checker                // used by the evaluation in progress
}

// New makes an interpreter.
func New(o Options) (*Interp, error) {
	in := &Interp{o: o, engines: map[*engine]bool{}, names: map[string]reflect.Value{}}
	if err := in.start(); err != nil {
		return nil, err
	}
	return in, nil
}

// start makes a new engine with the names defined so far and without anything
// of the user's.
func (in *Interp) start() error {
	e := newEngine(&in.o, KindPrompt, "", in.o.Args)
	e.guard.place = in.placeOf
	e.bind()
	in.mu.Lock()
	in.e, in.open, in.user, in.types = e, map[string]bool{}, map[string]bool{}, map[string]int{}
	in.funcs, in.imports, in.given = map[string]string{}, map[string]bool{}, map[string]string{}
	in.locked = map[string]bool{}
	in.hooks, in.about, in.checker = map[string]bool{}, map[string]Name{}, newChecker()
	in.methods, in.consts = map[string]bool{}, map[string]constant.Value{}
	in.typeNames, in.returns = map[reflect.Type]string{}, map[string]int{}
	names := maps.Clone(in.names)
	in.mu.Unlock()
	show := reflect.ValueOf(in.show)
	names["__show"] = show
	names["__kw"] = reflect.ValueOf(in.keyword)
	e.need("fmt")
	e.wrap(show, printed())
	if err := in.source(`import ` + guardName + ` "` + guardPath + `"`); err != nil {
		return err
	}
	return in.Define(names)
}

// Close interrupts what runs and gives back what the bindings hold.
func (in *Interp) Close() error {
	in.Interrupt()
	in.engine().close()
	return nil
}

func (in *Interp) engine() *engine {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.e
}

// Define predeclares names: functions, pointers to structs, constants. They
// are protected against assignment. A name may be given again; functions typed
// before keep the old value. Values of basic kinds are constants.
func (in *Interp) Define(names map[string]reflect.Value) error {
	if len(names) == 0 {
		return nil
	}
	in.mu.Lock()
	e := in.e
	in.packs++
	name := fmt.Sprintf("names%d", in.packs)
	path := "blissh/names/" + name
	for n, v := range names {
		in.names[n] = v
		in.given[n] = path
		delete(in.open, n)
		delete(in.user, n)
		delete(in.locked, n)
		delete(in.checker.given, n)
	}
	in.mu.Unlock()
	e.predeclare(path, name, names)
	return in.source(`import . "` + path + `"`)
}

// source evaluates a declaration of our own.
func (in *Interp) source(text string) error {
	e := in.engine()
	f, err := parser.ParseFile(e.yi.FileSet(), cellFile, "package main;"+text, 0)
	if err != nil {
		return err
	}
	p, err := e.compile(f)
	if err != nil {
		return err
	}
	return e.execute(p)
}

// Interrupt asks the running code to end: commands see their context
// cancelled, interpreted code ends at its next loop turn or function entry.
// It returns at once.
func (in *Interp) Interrupt() { in.interrupt(ErrInterrupt) }

// Abandon is an interrupt for good, of code that did not heed one: whatever it
// still does, Context stays cancelled and its clean-ups are not called. The
// interpreter is of no use any more; close it when its evaluation has ended.
func (in *Interp) Abandon() {
	for _, e := range in.running() {
		e.guard.condemn(ErrInterrupt)
	}
}

// Sleeping reports whether code that runs is in a time.Sleep.
func (in *Interp) Sleeping() bool {
	return slices.ContainsFunc(in.running(), func(e *engine) bool { return e.guard.sleeps.Load() > 0 })
}

// running are the engines that may run code: that of the prompt, and those of
// files.
func (in *Interp) running() []*engine {
	in.mu.Lock()
	defer in.mu.Unlock()
	return append(slices.Collect(maps.Keys(in.engines)), in.e)
}

func (in *Interp) interrupt(cause error) {
	for _, e := range in.running() {
		e.guard.raise(cause)
	}
}

// Context is what commands pass to whatever waits. It is cancelled by
// Interrupt and renewed by the next Run, so ask for it in each command.
func (in *Interp) Context() context.Context {
	return context.WithValue(in.engine().guard.context(), insideKey{}, in)
}

// insideKey marks contexts of code that this interpreter is running.
type insideKey struct{}

// begin waits for the evaluation in progress, unless ctx shows that the caller
// is part of it, and arranges that the end of ctx interrupts.
func (in *Interp) begin(ctx context.Context) (end func()) {
	if ctx.Value(insideKey{}) == in {
		return func() {}
	}
	in.turn.Lock()
	in.engine().guard.lower()
	stop := context.AfterFunc(ctx, func() { in.interrupt(context.Cause(ctx)) })
	return func() {
		stop()
		in.turn.Unlock()
	}
}

// Run evaluates one input, statement by statement, and stops at the first
// error, an *Error. The values of expressions go to Options.Show. When it was
// interrupted, errors.Is(err, ErrInterrupt) or the cause of ctx holds.
func (in *Interp) Run(ctx context.Context, src string) error {
	end := in.begin(ctx)
	defer end()
	mark := in.registered()
	err := in.input("", src)
	if err == nil { // code that recovered from the interrupt
		err = in.engine().guard.reason()
	}
	return errors.Join(err, in.cleanUp(in.engine(), mark))
}

// input evaluates the statements of a text that was typed, or of a file.
func (in *Interp) input(file, src string) error {
	src = dialect.Clean(src)
	if at := dialect.OpenComment(src); at >= 0 {
		line, col := lineCol(src, at)
		return &Error{Msg: "the closing */ is missing", File: file, Line: line, Col: col}
	}
	for i, s := range dialect.Split(src) {
		if cause := in.engine().guard.reason(); cause != nil {
			return cause
		}
		if err := in.statement(&unit{file: file, input: src, base: s.Pos, length: len(s.Text), text: s.Text}); err != nil {
			if e := (*Error)(nil); i > 0 && errors.As(err, &e) {
				e.ran = true
			}
			return err
		}
	}
	return nil
}

// show is called by interpreted code with the values of an expression. An error
// that only says that the code was interrupted ends it like any other call, and
// of code that was given up nobody wants to see anything.
func (in *Interp) show(values ...any) {
	g := in.engine().guard
	if cause := g.reason(); cause != nil && (g.condemned() || slices.ContainsFunc(values, func(v any) bool { return v == cause })) {
		panic(cause)
	}
	values = printable(values)
	text := ""
	if in.o.Show != nil {
		text = in.o.Show(values)
	} else {
		text = fmt.Sprintln(values...)
		text = text[:len(text)-1]
	}
	if text != "" {
		fmt.Fprintln(writer(in.o.Stdout), text)
	}
}

func (in *Interp) keyword(name string, value any) any {
	if in.o.Keyword == nil {
		panic(errors.New(name + "=value is not understood here"))
	}
	return in.o.Keyword(name, value)
}

// Incomplete reports whether src needs another line.
func Incomplete(src string) bool { return dialect.Incomplete(src) }
