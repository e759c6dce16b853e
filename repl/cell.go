package repl

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"blissh/repl/dialect"
)

// cellFile is the file name of all that is typed. The interpreter keeps
// imports by file name, and leaves this one out of its messages.
const cellFile = "_.go"

// statement rewrites, checks, compiles and executes one statement.
func (in *Interp) statement(u *unit) error {
	if dialect.Nesting(u.text) > maxNesting {
		line, col := lineCol(u.input, u.base)
		return &Error{Msg: tooDeep, File: u.file, Line: line, Col: col}
	}
	text, origin, err := dialect.Rewrite(u.text, env{in})
	if de := (*dialect.Error)(nil); errors.As(err, &de) {
		line, col := lineCol(u.input, u.base+de.Offset)
		return in.habitual(u, &Error{Msg: de.Msg, File: u.file, Line: line, Col: col})
	}
	u.text, u.origin = text, origin
	in.units.add(u)
	c, err := in.parse(u)
	if err != nil {
		return in.explain(u, err)
	}
	if err := in.check(u, c); err != nil {
		return in.habitual(u, err)
	}
	return in.explain(u, in.evaluate(c))
}

// cell is one parsed statement.
type cell struct {
	file  *ast.File
	block *ast.BlockStmt // nil for a declaration
	text  string
	// counts are ranges over an int.
	counts map[*ast.RangeStmt]bool
	// declares are the names that exist once the cell has run.
	declares []string
	types    []string
}

// parse reads the text as a declaration or as a statement.
func (in *Interp) parse(u *unit) (*cell, error) {
	first, _, _ := strings.Cut(strings.TrimSpace(u.text), " ")
	switch {
	case first == "package":
		return nil, at(u, 0, "a package clause makes a program: put it in a file and use load")
	case startsDeclaration(u.text):
		return in.parseText(u, "package main", "", false)
	case strings.HasPrefix(first, "func"):
		if c, err := in.parseText(u, "package main", "", false); err == nil {
			return c, nil
		} else if c, err2 := in.parseText(u, "package main; func _() {", "\n}", true); err2 == nil {
			return c, nil
		} else {
			return nil, err
		}
	}
	return in.parseText(u, "package main; func _() {", "\n}", true)
}

func startsDeclaration(text string) bool {
	for _, word := range []string{"import", "const", "type", "var"} {
		if rest, ok := strings.CutPrefix(text, word); ok && (rest == "" || strings.ContainsAny(rest[:1], " \t\n(\"`")) {
			return true
		}
	}
	return false
}

func (in *Interp) parseText(u *unit, before, after string, block bool) (*cell, error) {
	src := fmt.Sprintf("%s\n//line %s:%d:1\n%s%s", before, cellFile, u.first, u.text, after)
	f, err := parser.ParseFile(in.engine().yi.FileSet(), cellFile, src, parser.DeclarationErrors)
	if err != nil {
		return nil, err
	}
	if nesting(f) > maxLevels {
		return nil, at(u, 0, tooDeep)
	}
	c := &cell{file: f, text: u.text}
	if block {
		if len(f.Decls) != 1 {
			return nil, at(u, 0, "unbalanced brackets")
		}
		c.block = f.Decls[0].(*ast.FuncDecl).Body
	}
	return c, nil
}

// What is nested deeper would use up the stack of the compiler, which ends the
// process.
const (
	maxNesting = 500  // brackets
	maxLevels  = 4000 // of a syntax tree, operators included
	tooDeep    = "this is nested too deeply: 500 brackets or 4000 operators are the most"
)

// nesting is how deep a syntax tree is.
func nesting(n ast.Node) (most int) {
	depth := 0
	ast.Inspect(n, func(n ast.Node) bool {
		if n == nil {
			depth--
			return false
		}
		depth++
		most = max(most, depth)
		return true
	})
	return most
}

// at is a mistake at an offset of the rewritten text.
func at(u *unit, offset int, format string, args ...any) *Error {
	line, col := u.typed(offset)
	return &Error{Msg: fmt.Sprintf(format, args...), File: u.file, Line: line, Col: col}
}

// atNode is a mistake at a node of the cell.
func (in *Interp) atNode(u *unit, pos token.Pos, format string, args ...any) *Error {
	p := in.engine().yi.FileSet().Position(pos)
	line, col := u.place(p.Line, p.Column)
	return &Error{Msg: fmt.Sprintf(format, args...), File: u.file, Line: line, Col: col}
}

// evaluate compiles and executes a cell that has been checked.
func (in *Interp) evaluate(c *cell) error {
	e := in.engine()
	known := typer{env{in}, unresolved(c.file)}
	if fn, ok := firstDecl(c.file).(*ast.FuncDecl); ok && fn.Recv != nil && c.block == nil {
		in.methods[in.methodKey(fn)] = true // even if it does not compile: the interpreter keeps its name
	}
	tagHooks(c.file)
	in.renameTypes(c)
	known.countRanges(c)
	if c.block == nil {
		e.instrument(c.file)
		return in.declare(c, e, known)
	}
	e.instrument(c.block)
	if err := in.run(e, c.block, known); err != nil {
		return err
	}
	in.declared(c)
	return nil
}

func firstDecl(f *ast.File) ast.Decl {
	if len(f.Decls) == 0 {
		return nil
	}
	return f.Decls[0]
}

// declare evaluates a declaration. If a function fails to compile, its last
// good version is put back, for the interpreter would keep a broken one.
func (in *Interp) declare(c *cell, e *engine, known typer) error {
	if s := asDefine(c.file); s != nil && allNames(s.Lhs) { // the interpreter takes it for a loop of definitions
		err := in.run(e, &ast.BlockStmt{Lbrace: s.Pos(), List: []ast.Stmt{s}, Rbrace: s.End()}, known)
		if err == nil {
			in.declared(c)
		}
		return err
	}
	later, err := in.apart(c, e, known)
	if err != nil {
		return err
	}
	p, err := e.compile(c.file)
	if err != nil {
		for _, name := range c.declares {
			if old := in.funcs[name]; old != "" {
				_ = in.input("", old)
			} else {
				in.forget(name)
			}
		}
		return err
	}
	if err := runForm(e, p, later); err != nil {
		return err
	}
	in.declared(c)
	if f, ok := c.file.Decls[0].(*ast.FuncDecl); ok && f.Recv == nil {
		in.funcs[f.Name.Name], in.returns[f.Name.Name] = c.text, f.Type.Results.NumFields()
	}
	return nil
}

// apart takes the values out of `var x T = v`, which the interpreter takes for a
// loop of definitions if v is a variable, and gives x = v; nil for other
// declarations. Before, the whole is compiled inside a function, so that a
// mistake leaves an older x as it is.
func (in *Interp) apart(c *cell, e *engine, known typer) (form, error) {
	g, ok := firstDecl(c.file).(*ast.GenDecl)
	if !ok || g.Tok != token.VAR || len(g.Specs) != 1 {
		return nil, nil
	}
	v := g.Specs[0].(*ast.ValueSpec)
	if v.Type == nil || len(v.Values) == 0 || !allNames(names(v)) {
		return nil, nil
	}
	b := &ast.BlockStmt{Lbrace: v.Pos(), Rbrace: v.End()}
	if _, err := e.compile(inFunction(block(b, &ast.DeclStmt{Decl: g}))); err != nil {
		return nil, err
	}
	if !in.usesVariables(v, known) {
		return nil, nil
	}
	s := &ast.AssignStmt{Lhs: names(v), TokPos: v.Type.Pos(), Tok: token.ASSIGN, Rhs: v.Values}
	v.Values = nil
	return form{block(b, s)}, nil
}

// usesVariables reports whether values contain names of the user, but none of
// those that they are given to.
func (in *Interp) usesVariables(v *ast.ValueSpec, known typer) (uses bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	own := map[string]bool{}
	for _, id := range v.Names {
		own[id.Name] = true
	}
	itself := false
	for _, x := range v.Values {
		ast.Inspect(x, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			uses = uses || ok && known.global[id] && in.user[id.Name]
			itself = itself || ok && own[id.Name]
			return true
		})
	}
	return uses && !itself
}

func names(v *ast.ValueSpec) (list []ast.Expr) {
	for _, id := range v.Names {
		list = append(list, id)
	}
	return list
}

// asDefine gives `var x = expr` as `x := expr`; nil for other declarations.
func asDefine(f *ast.File) *ast.AssignStmt {
	g, ok := f.Decls[0].(*ast.GenDecl)
	if !ok || g.Tok != token.VAR || len(g.Specs) != 1 {
		return nil
	}
	v := g.Specs[0].(*ast.ValueSpec)
	if v.Type != nil || len(v.Values) == 0 {
		return nil
	}
	return &ast.AssignStmt{Lhs: names(v), TokPos: v.Pos(), Tok: token.DEFINE, Rhs: v.Values}
}

func (in *Interp) declared(c *cell) {
	in.noteConstants(c)
	var globals map[string]reflect.Value
	if len(c.declares) > 0 {
		globals = in.engine().globals()
	}
	in.keepTypes(c)
	for _, name := range c.declares {
		if note := in.declareName(name, c.name(name, globals[name])); note != "" {
			fmt.Fprintln(writer(in.o.Stdout), note)
		}
	}
}

// declareName notes what a name stands for now. The note is for whom that may
// surprise: functions keep the variables that they were typed with.
func (in *Interp) declareName(name string, now Name) (note string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	before, again := in.about[name]
	if again = again && in.user[name] && before.Kind == "variable" && now.Kind == "variable" && before.Text != now.Text; again {
		if f := in.userOf(name); f != "" {
			note = fmt.Sprintf("%s is a new variable, %s, not %s: functions typed before, such as %s, keep the old one", name, now.Text, before.Text, f)
		}
	}
	in.user[name], in.about[name] = true, now
	delete(in.returns, name)
	return note
}

// userOf is the first function of the user that has a name in it, "" for none.
// in.mu is held.
func (in *Interp) userOf(name string) string {
	word := regexp.MustCompile(`\b` + regexp.QuoteMeta(name) + `\b`)
	for _, f := range slices.Sorted(maps.Keys(in.funcs)) {
		if word.MatchString(in.funcs[f]) {
			return f
		}
	}
	return ""
}

func (in *Interp) forget(name string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	delete(in.user, name)
}

// endsEarly reports whether a mistake is that something is missing at the end,
// where the parser sees the brackets that we put around a statement.
func endsEarly(u *unit, msg string) bool {
	if !dialect.Incomplete(u.text) {
		return false
	}
	for _, found := range []string{"found '}'", "found newline", "'EOF'"} {
		if strings.Contains(msg, found) {
			return true
		}
	}
	return false
}

// explain turns what parsing, compiling or executing gave into an *Error with
// the user's own position.
func (in *Interp) explain(u *unit, err error) error {
	var list scanner.ErrorList
	var p *panicked
	switch e := err.(type) {
	case nil:
		return nil
	case *Error, Errors:
		return err
	default:
		switch {
		case errors.As(err, &list) && endsEarly(u, list[0].Msg) && in.habitAt(u, 1) == nil:
			return at(u, len(u.text), "the input ends too early")
		case errors.As(err, &list):
			return in.parseError(u, u.offset(list[0].Pos.Line, list[0].Pos.Column), list[0].Msg)
		case errors.As(err, &p):
			return in.panicError(u, p)
		}
		_, line, col, msg := position(e.Error())
		if line == 0 {
			line, col = u.first, 1
		}
		line, col = u.place(line, col)
		return &Error{Msg: plainCompile(msg), File: u.file, Line: line, Col: col}
	}
}
