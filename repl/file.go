package repl

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// UsesPrompt reports whether a file needs a session to run: it has no package
// clause, so that it is in the prompt's dialect, or it imports the session's
// names as "blissh/prompt".
func UsesPrompt(path string) (bool, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return false, err
	}
	if !program(src) {
		return true, nil
	}
	f, err := parser.ParseFile(token.NewFileSet(), path, src, parser.ImportsOnly)
	if err != nil {
		return false, err
	}
	for _, spec := range f.Imports {
		if importPath(spec) == promptPath {
			return true, nil
		}
	}
	return false, nil
}

// program reports whether a source has a package clause.
func program(src []byte) bool {
	var s scanner.Scanner
	fset := token.NewFileSet()
	s.Init(fset.AddFile("", fset.Base(), len(src)), src, nil, 0)
	_, t, _ := s.Scan()
	return t == token.PACKAGE
}

// RunFile runs a file and returns when it has ended. A file with a package
// clause is plain Go: it gets an interpreter of its own, with args as its
// arguments, and its main function is called once; it finds the session's names
// in the package "blissh/prompt". A file without is evaluated here as if it had
// been typed. A program that calls os.Exit returns an *ExitError, or nil for 0.
func (in *Interp) RunFile(ctx context.Context, path string, args []string) error {
	src, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	end := in.begin(ctx)
	defer end()
	if !program(src) {
		mark := in.registered()
		return errors.Join(in.input(in.o.display(path), string(src)), in.cleanUp(in.engine(), mark))
	}
	return in.program(path, src, args)
}

// display is a path as users see it in messages.
func (o *Options) display(path string) string {
	if o.Root != "" {
		if rel, err := filepath.Rel(o.Root, path); err == nil && !strings.HasPrefix(rel, "..") {
			return rel
		}
	}
	return path
}

// program runs plain Go in an interpreter of its own.
func (in *Interp) program(path string, src []byte, args []string) error {
	e := newEngine(&in.o, KindFile, in.o.display(path), append([]string{path}, args...))
	in.mu.Lock()
	in.engines[e] = true
	names := maps.Clone(in.names)
	in.mu.Unlock()
	defer in.leave(e)
	e.bind()
	delete(names, "__show")
	e.predeclare(promptPath, "prompt", names)
	if cause := in.engine().guard.reason(); cause != nil {
		return cause
	}
	mark := in.registered()
	return errors.Join(exit(e.runMain(src)), in.cleanUp(e, mark))
}

func (in *Interp) leave(e *engine) {
	in.mu.Lock()
	delete(in.engines, e)
	in.mu.Unlock()
	e.close()
}

// exit takes a call of os.Exit for what it says.
func exit(err error) error {
	var code *ExitError
	if !errors.As(err, &code) {
		return err
	}
	if code.Code == 0 {
		return nil
	}
	return code
}

// runMain compiles a program, which is called e.scope.Name in messages, and
// executes it; the interpreter calls main by itself.
func (e *engine) runMain(src []byte) error {
	f, err := e.parseFile(src)
	if err != nil {
		return err
	}
	if f.Name.Name != "main" {
		return e.at(f.Name.Pos(), "package %s: a program needs package main", f.Name.Name)
	}
	if !hasMain(f) {
		return e.at(f.Name.Pos(), "a program needs func main")
	}
	p, err := e.compileFile(f)
	if err != nil {
		return err
	}
	return e.runError(e.execute(p))
}

func hasMain(f *ast.File) bool {
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "main" {
			return true
		}
	}
	return false
}

// parseFile parses plain Go. All mistakes are in the error, with the name of
// the file as users see it.
func (e *engine) parseFile(src []byte) (*ast.File, error) {
	e.src = string(src)
	f, err := parser.ParseFile(e.yi.FileSet(), e.scope.Name, src, parser.AllErrors|parser.ParseComments|parser.DeclarationErrors)
	var list scanner.ErrorList
	if errors.As(err, &list) {
		list.RemoveMultiples()
		var out Errors
		for _, m := range list {
			out = append(out, &Error{Msg: plainParse(m.Msg), File: e.scope.Name, Line: m.Pos.Line, Col: m.Pos.Column})
		}
		return nil, single(out)
	}
	if err == nil && nesting(f) > maxLevels {
		return nil, e.at(f.Name.Pos(), "%s", tooDeep)
	}
	return f, err
}

// single gives one mistake as itself.
func single(list Errors) error {
	switch len(list) {
	case 0:
		return nil
	case 1:
		return list[0]
	}
	return list
}

// at is a mistake at a position of the file.
func (e *engine) at(pos token.Pos, format string, args ...any) *Error {
	p := e.yi.FileSet().Position(pos)
	return &Error{Msg: fmt.Sprintf(format, args...), File: e.scope.Name, Line: p.Line, Col: p.Column}
}

// compileFile checks imports and names, instruments the file and compiles it.
func (e *engine) compileFile(f *ast.File) (*compiled, error) {
	if spec := e.imports(f); spec != nil {
		return nil, e.at(spec.Pos(), "there is no package %s for interpreted code", spec.Path.Value)
	}
	if err := e.checkNames(f); err != nil {
		return nil, err
	}
	if call := ranBeforeDry(f); call != nil {
		return nil, e.at(call.Pos(), "dry(%s(...)) would run %[1]s first: write dry(%[1]s, ...) or dry(func() { %[1]s(...) })", call.Fun.(*ast.Ident).Name)
	}
	if m := fileTargets(f); m != nil {
		return nil, e.at(m.pos, "%s", m.msg)
	}
	if s := entangled(f); s != nil {
		return nil, e.at(s.Pos(), "the interpreter would lose one of these values: write an assignment for each")
	}
	if m := surplus(f, resultsInFile); m != nil {
		return nil, e.at(m.pos, "%s", m.msg)
	}
	if !e.proven {
		if err := e.checkTypes(f, e.src); err != nil {
			return nil, err
		}
	}
	e.instrument(f)
	f.Decls = append([]ast.Decl{guardImport(f.Name.End())}, f.Decls...)
	p, err := e.compile(f)
	if err != nil {
		return nil, e.compileError(f, err)
	}
	return p, nil
}

// ranBeforeDry finds a command in the brackets of dry, which Go calls before it
// calls dry. At the prompt the dialect sees to that.
func ranBeforeDry(f *ast.File) (found *ast.CallExpr) {
	ast.Inspect(f, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 1 {
			return true
		}
		id, ok := call.Fun.(*ast.Ident)
		inner, isCall := call.Args[0].(*ast.CallExpr)
		if ok && isCall && id.Name == "dry" && id.Obj == nil {
			if name, ok := inner.Fun.(*ast.Ident); ok && name.Obj == nil {
				found = inner
			}
		}
		return found == nil
	})
	return found
}

func guardImport(pos token.Pos) ast.Decl {
	spec := &ast.ImportSpec{
		Name: &ast.Ident{NamePos: pos, Name: guardName},
		Path: &ast.BasicLit{ValuePos: pos, Kind: token.STRING, Value: strconv.Quote(guardPath)},
	}
	return &ast.GenDecl{TokPos: pos, Tok: token.IMPORT, Specs: []ast.Spec{spec}}
}

// checkNames finds all names that do not exist.
func (e *engine) checkNames(f *ast.File) error {
	known := map[string]bool{}
	for _, spec := range f.Imports {
		known[importName(spec)] = true
		if spec.Name != nil && spec.Name.Name == "." {
			maps.Copy(known, e.exported(importPath(spec)))
		}
	}
	var out Errors
	for _, id := range f.Unresolved {
		if !known[id.Name] && !universe(id.Name) {
			out = append(out, e.at(id.Pos(), "%s", undefined(id.Name, append(keys(known), declaredIn(f)...))))
		}
	}
	return single(out)
}

func keys(m map[string]bool) []string { return slices.Sorted(maps.Keys(m)) }

// declaredIn lists the names that a file declares itself.
func declaredIn(f *ast.File) []string {
	var out []string
	if f.Scope != nil {
		for name := range f.Scope.Objects {
			out = append(out, name)
		}
	}
	return out
}

// exported lists the names of a package that was given to the interpreter.
func (e *engine) exported(path string) map[string]bool {
	out := map[string]bool{}
	var table map[string]reflect.Value
	for _, table = range e.yi.Symbols(path) {
		for name := range table {
			out[name] = true
		}
	}
	return out
}

// compileError gives a message of the compiler as an *Error. When it has no
// position, the likely cause is a range that the interpreter does not know.
func (e *engine) compileError(f *ast.File, err error) error {
	_, line, col, msg := position(err.Error())
	if r := oddRange(f); line == 0 && r != nil {
		return e.at(r.Pos(), "%s", plainCompile(msg))
	}
	return &Error{Msg: plainCompile(msg), File: e.scope.Name, Line: line, Col: col}
}

// runError gives what ended the execution of a file as an *Error; an
// interruption of a hook stays itself.
func (e *engine) runError(err error) error {
	var p *panicked
	if !errors.As(err, &p) {
		return err
	}
	cause, ok := p.value.(error)
	if ok && cause == e.guard.reason() && (e.scope.Kind == KindHook || len(p.frames) == 0) {
		return cause
	}
	if !ok {
		cause = p
	}
	out := &Error{Msg: plainPanic(p.value), File: e.scope.Name, Cause: cause}
	for _, f := range p.frames {
		out.Frames = append(out.Frames, fmt.Sprintf("%s:%d:%d%s", f.file, f.line, f.col, plainFunction(f.name)))
	}
	if len(p.frames) > 0 {
		out.Line, out.Col = p.frames[0].line, p.frames[0].col
	}
	out.nest()
	return out
}
