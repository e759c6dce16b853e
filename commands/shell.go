package commands

import (
	"context"
	"fmt"
	"io"
	"reflect"
	"runtime"
	"sync"

	"blissh/device"
	"blissh/hooks"
	"blissh/internal/nearest"
	"blissh/scan"
	"blissh/session"
)

// Host is what the commands ask of the interpreter that calls them.
type Host interface {
	// Context ends when the running input is interrupted.
	Context() context.Context
	// LastError is the whole story of the last error, "" when there was none.
	LastError() string
	// Load runs a script file in this shell.
	Load(path string, args []string) error
	// Call calls f, which calls interpreted code, also when the input was
	// interrupted.
	Call(f func() error) error
	// Declared lists what the user has declared, by name.
	Declared() []Declared
	// Value is that of a variable of the user's.
	Value(name string) (value any, ok bool)
	// Define makes names known at the prompt.
	Define(names map[string]reflect.Value) error
	// Protect keeps a name from being overwritten; back reports that it was, and
	// stands for the session's object again.
	Protect(name string) (back bool, err error)
	// Unprotect allows to overwrite a name.
	Unprotect(name string) error
}

// Declared is something that the user has declared at the prompt.
type Declared struct {
	Name string
	Kind string       // "variable", "constant", "function" or "type"
	Text string       // its type, its value, how it is called
	Type reflect.Type // of a variable; nil when it is not known
}

// Screen is a terminal whose lowest lines are redrawn in place; what is printed
// goes above them.
type Screen interface {
	// Show replaces those lines; none take them away.
	Show(lines ...string)
	// Size is the terminal's, in columns and rows.
	Size() (columns, rows int)
}

// Keyboard gives what is typed, a key at a time.
type Keyboard interface {
	// Key waits for the next key: "a", "up", "down", "left", "right", "enter",
	// "escape", "backspace", "tab"; "" is a key that has no name. It returns
	// the cause when ctx ends.
	Key(ctx context.Context) (string, error)
	// Close gives the terminal back.
	Close() error
}

// Shell binds the commands to one session and one place to print.
type Shell struct {
	Session *session.Session
	Host    Host
	Out     io.Writer
	// Display makes the sink that shows a scan while it runs; nil shows none.
	Display func() scan.Sink
	// Typed is the input that is being run, as it was typed, or "".
	Typed func() string
	// Screen is the terminal that Out prints to; nil where there is none.
	Screen Screen
	// Colours says that what is printed may have colours.
	Colours bool
	// Keyboard reads single keys of the terminal while a command runs; nil where
	// there is none. Ctrl-C stays what it is.
	Keyboard func() (Keyboard, error)
	// DryRun is not nil in a dry run of a whole script, on a session that is
	// opened for one.
	DryRun *DryRun
	// Cleanups is what cleanup(...) has registered; the interpreter calls it.
	Cleanups Cleanups

	dry   bool  // scans are shown, not run
	moved *Scan // the last one that has run with axes

	table    map[string]Command
	funcs    map[string]any // what each command is called as, the same for the whole session
	axes     map[*device.MotorAxis]*Axis
	counters map[*device.Counter]*Counter
	groups   map[*session.MeasurementGroup]*MeasurementGroup
	tables   []*AxisGroup // the groups of axes of the configuration
	// constructors are those of the hooks, the same ones for the whole
	// session, so that help knows them again.
	constructors map[string]func() *hooks.Hook
	docs         map[string]memberDoc
	aliases      map[string]string // name to name
	objects      map[string]any    // devices by name

	mu       sync.Mutex
	last     *Scan             // that was run here
	hookDocs map[string]string // as of the last HookNames
}

// NewShell makes the objects that stand for the session's devices.
func NewShell(s *session.Session, host Host, out io.Writer) *Shell {
	sh := &Shell{
		Session: s, Host: host, Out: out, table: map[string]Command{}, funcs: map[string]any{},
		axes: map[*device.MotorAxis]*Axis{}, counters: map[*device.Counter]*Counter{}, constructors: map[string]func() *hooks.Hook{},
		docs: memberDocs(), aliases: map[string]string{}, objects: map[string]any{},
	}
	for _, c := range Table() {
		sh.table[c.Name] = c
		sh.funcs[c.Name] = c.Func(sh)
	}
	for _, a := range s.Axes() {
		x := &Axis{sh: sh, dev: a}
		sh.axes[a], sh.objects[a.Name()] = x, x
	}
	for _, c := range s.Counters() {
		x := &Counter{sh, c}
		sh.counters[c], sh.objects[c.Name] = x, x
	}
	for _, a := range s.Config.Aliases {
		sh.aliases[a.Name] = a.Target
	}
	sh.groups = map[*session.MeasurementGroup]*MeasurementGroup{}
	for _, g := range s.Groups() {
		sh.groups[g] = &MeasurementGroup{sh, g}
	}
	sh.addAxisGroups()
	return sh
}

// Names is everything that a prompt or a script sees: commands, options in Go
// spelling, devices and hooks. The objects of devices stay the same for the
// whole session.
func (sh *Shell) Names() map[string]reflect.Value {
	names := map[string]reflect.Value{}
	for _, o := range Options() {
		names[o] = reflect.ValueOf(func(v any) any { return Option{o, v} })
	}
	for name, f := range sh.funcs {
		names[name] = reflect.ValueOf(f)
	}
	names["SCANS"] = reflect.ValueOf(&Scans{sh})
	for _, a := range sh.axes {
		names[a.Name()] = reflect.ValueOf(a)
	}
	for _, c := range sh.counters {
		names[c.Name()] = reflect.ValueOf(c)
	}
	for _, g := range sh.groups {
		names[g.Name()] = reflect.ValueOf(g)
	}
	for _, g := range sh.tables {
		names[g.name] = reflect.ValueOf(g)
	}
	for name, v := range sh.HookNames() {
		names[name] = v
	}
	for alias, target := range sh.aliases {
		if v, ok := names[target]; ok {
			names[alias] = v
		}
	}
	return names
}

// HookNames are the constructors of the hooks that are loaded now, each under
// two names: StopAlignmentHook and NewStopAlignmentHook.
func (sh *Shell) HookNames() map[string]reflect.Value {
	names, docs := map[string]reflect.Value{}, map[string]string{}
	for _, d := range sh.Session.Hooks.Definitions() {
		docs[d.Name], docs["New"+d.Name] = d.Doc, d.Doc
		f, ok := sh.constructors[d.Name]
		if !ok {
			f = sh.constructor(d.Name)
			sh.constructors[d.Name] = f
		}
		v := reflect.ValueOf(f)
		names[d.Name], names["New"+d.Name] = v, v
	}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.hookDocs = docs
	return names
}

// constructor makes a hook from the newest definition of that name, so that an
// edited script takes effect without a new name at the prompt.
func (sh *Shell) constructor(name string) func() *hooks.Hook {
	return func() *hooks.Hook {
		sh.Session.ReloadHooks()
		h, err := sh.Session.Hooks.New(sh.context(name), name)
		if err != nil {
			fail("", err)
		}
		if h.Close != nil { // its interpreter goes when nobody has the hook any more
			runtime.AddCleanup(h, func(close func()) { close() }, h.Close)
		}
		return h
	}
}

// context is that of the running input. A command refuses to start once it has
// ended, so that an interrupted loop does not run on.
func (sh *Shell) context(command string) context.Context {
	ctx := sh.Host.Context()
	if ctx.Err() != nil {
		fail(command, context.Cause(ctx))
	}
	sh.notDry(command)
	return ctx
}

// formats are the fmt verbs of the counters that have one, by name.
func (sh *Shell) formats() map[string]string {
	m := map[string]string{}
	for _, c := range sh.Session.Counters() {
		if c.Format != "" {
			m[c.Name] = c.Format
		}
	}
	return m
}

func (sh *Shell) printf(format string, args ...any) { fmt.Fprintf(sh.Out, format, args...) }

// suggestion is the hint at the nearest known name, or "".
func suggestion(word string, known []string) string { return nearest.Hint(word, known) }
