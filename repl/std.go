package repl

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"maps"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"github.com/traefik/yaegi/interp"

	"blissh/channel"
)

// standard gives those names of the standard library that belong to the
// interpreter instead of the process: output, arguments, exit, and the calls
// that would not end when the code is interrupted.
func (e *engine) standard(importPath string) Exports {
	var own map[string]any
	switch importPath {
	case "fmt":
		own = e.fmtNames()
	case "os":
		own = e.osNames()
	case "log":
		own = e.logNames()
	case "time":
		own = map[string]any{"Sleep": e.sleep, "AfterFunc": e.later}
	case "sync":
		own = syncNames()
	case "strings":
		if e.scope.Kind == KindHook {
			own = map[string]any{"Repeat": repeat}
		}
	case "blissh/channel":
		own = map[string]any{"Open": noChannels, "OpenDefault": noChannels}
	case "context":
		own = map[string]any{"Background": e.guard.context, "TODO": e.guard.context, "AfterFunc": e.afterContext}
	}
	names := map[string]reflect.Value{}
	for name, v := range own {
		names[name] = reflect.ValueOf(v)
	}
	if importPath == "os" {
		e.streams(names)
	}
	return Exports{importPath + "/" + filepath.Base(importPath): names}
}

func (e *engine) fmtNames() map[string]any {
	out := writer(e.o.Stdout)
	none := strings.NewReader("")
	own := printNames()
	maps.Copy(own, map[string]any{
		"Print":    func(a ...any) (int, error) { return fmt.Fprint(out, printable(a)...) },
		"Printf":   func(f string, a ...any) (int, error) { return fmt.Fprintf(out, f, printable(a)...) },
		"Println":  func(a ...any) (int, error) { return fmt.Fprintln(out, printable(a)...) },
		"Fprint":   func(w io.Writer, a ...any) (int, error) { return fmt.Fprint(w, printable(a)...) },
		"Fprintf":  func(w io.Writer, f string, a ...any) (int, error) { return fmt.Fprintf(w, f, printable(a)...) },
		"Fprintln": func(w io.Writer, a ...any) (int, error) { return fmt.Fprintln(w, printable(a)...) },
		"Scan":     func(a ...any) (int, error) { return fmt.Fscan(none, a...) },
		"Scanf":    func(f string, a ...any) (int, error) { return fmt.Fscanf(none, f, a...) },
		"Scanln":   func(a ...any) (int, error) { return fmt.Fscanln(none, a...) },
	})
	return own
}

func (e *engine) osNames() map[string]any {
	env := map[string]string{}
	for _, kv := range e.o.Env {
		k, v, _ := strings.Cut(kv, "=")
		env[k] = v
	}
	return map[string]any{
		"Getenv":    func(key string) string { return env[key] },
		"LookupEnv": func(key string) (string, bool) { v, ok := env[key]; return v, ok },
		"Environ":   func() []string { return append([]string(nil), e.o.Env...) },
		"Exit":      func(code int) { panic(&ExitError{code}) },
	}
}

// streams adds the variables of package os, as plain readers and writers.
func (e *engine) streams(names map[string]reflect.Value) {
	var in io.Reader = strings.NewReader("")
	out, err := writer(e.o.Stdout), writer(e.o.Stderr)
	args := e.args
	names["Stdin"] = reflect.ValueOf(&in).Elem()
	names["Stdout"] = reflect.ValueOf(&out).Elem()
	names["Stderr"] = reflect.ValueOf(&err).Elem()
	names["Args"] = reflect.ValueOf(&args).Elem()
}

func (e *engine) logNames() map[string]any {
	l := log.New(writer(e.o.Stderr), "", 0)
	own := map[string]any{
		"SetFlags": l.SetFlags, "SetPrefix": l.SetPrefix, "SetOutput": l.SetOutput,
		"LstdFlags": log.LstdFlags, "Lmicroseconds": log.Lmicroseconds, "Lshortfile": log.Lshortfile,
	}
	for name, end := range map[string]func(string){
		"Print": func(string) {}, "Panic": func(s string) { panic(s) }, "Fatal": func(string) { panic(&ExitError{1}) },
	} {
		say := func(s string) { l.Print(s); end(s) }
		own[name] = func(a ...any) { say(fmt.Sprint(printable(a)...)) }
		own[name+"f"] = func(f string, a ...any) { say(fmt.Sprintf(f, printable(a)...)) }
		own[name+"ln"] = func(a ...any) { say(fmt.Sprintln(printable(a)...)) }
	}
	return own
}

// noChannels stands for channel.Open where the program binds none.
func noChannels(name string, _ any) *channel.Channel {
	panic(errors.New("shared channel " + name + ": this program has no connection to shared channels"))
}

// sleep is time.Sleep that ends with the interpreted code.
func (e *engine) sleep(d time.Duration) {
	e.guard.sleeps.Add(1)
	defer e.guard.sleeps.Add(-1)
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-e.guard.context().Done():
		panic(context.Cause(e.guard.context()))
	}
}

// format tells the interpreter which methods of interpreted types the
// functions of a package look for.
func (e *engine) format(importPath string, table map[string]reflect.Value) {
	var names string
	var types []reflect.Type
	switch importPath {
	case "fmt":
		names, types = "Errorf Fprint Fprintf Fprintln Print Printf Println Sprint Sprintf Sprintln Append Appendf Appendln", printed()
	case "log":
		names, types = "Print Printf Println Panic Panicf Panicln Fatal Fatalf Fatalln", printed()
	case "encoding/json":
		names, types = "Marshal MarshalIndent", []reflect.Type{reflect.TypeFor[json.Marshaler]()}
	}
	for name := range strings.FieldsSeq(names) {
		e.wrap(table[name], types)
	}
}

func printed() []reflect.Type {
	return []reflect.Type{reflect.TypeFor[fmt.Formatter](), reflect.TypeFor[error](), reflect.TypeFor[fmt.Stringer]()}
}

// wrap makes function f receive interpreted values with the methods of the
// first of the interfaces that they have.
func (e *engine) wrap(f reflect.Value, types []reflect.Type) {
	e.use(interp.Exports{".": {"MapTypes": reflect.ValueOf(map[reflect.Value][]reflect.Type{f: types})}})
}

// noFiles is a file system without files: interpreted code imports compiled
// packages only.
type noFiles struct{}

func (noFiles) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

var _ fs.FS = noFiles{}
