package repl

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"strings"

	"blissh/repl/dialect"
)

// cellFile is the file name of all that is typed. The interpreter keeps
// imports by file name, and leaves this one out of its messages.
const cellFile = "_.go"

// statement rewrites, checks, compiles and executes one statement.
func (in *Interp) statement(u *unit) error {
	text, origin, err := dialect.Rewrite(u.text, env{in})
	if de := (*dialect.Error)(nil); errors.As(err, &de) {
		line, col := lineCol(u.input, u.base+de.Offset)
		return &Error{Msg: de.Msg, File: u.file, Line: line, Col: col}
	}
	u.text, u.origin = text, origin
	in.units.add(u)
	c, err := in.parse(u)
	if err != nil {
		return in.explain(u, err)
	}
	if err := in.check(u, c); err != nil {
		return err
	}
	return in.explain(u, in.evaluate(c))
}

// cell is one parsed statement.
type cell struct {
	file  *ast.File
	block *ast.BlockStmt // nil for a declaration
	text  string
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
	c := &cell{file: f, text: u.text}
	if block {
		if len(f.Decls) != 1 {
			return nil, at(u, 0, "unbalanced brackets")
		}
		c.block = f.Decls[0].(*ast.FuncDecl).Body
	}
	return c, nil
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
	in.renameTypes(c)
	known.countRanges(c.file)
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

// declare evaluates a declaration. If a function fails to compile, its last
// good version is put back, for the interpreter would keep a broken one.
func (in *Interp) declare(c *cell, e *engine, known typer) error {
	p, err := e.compile(c.file)
	if s := asDefine(c.file); err != nil && s != nil {
		b := &ast.BlockStmt{Lbrace: s.Pos(), Rbrace: s.End()}
		if f := in.declareFirst(b, s, known); f != nil {
			if err := runForm(e, nil, f); err != nil {
				return err
			}
			in.declared(c)
			return nil
		}
	}
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
	if err := e.execute(p); err != nil {
		return err
	}
	in.declared(c)
	if f, ok := c.file.Decls[0].(*ast.FuncDecl); ok && f.Recv == nil {
		in.funcs[f.Name.Name] = c.text
	}
	return nil
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
	s := &ast.AssignStmt{TokPos: v.Pos(), Tok: token.DEFINE, Rhs: v.Values}
	for _, id := range v.Names {
		s.Lhs = append(s.Lhs, id)
	}
	return s
}

func (in *Interp) declared(c *cell) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, name := range c.declares {
		in.user[name] = true
	}
	for _, name := range c.types {
		in.user[name] = true
	}
}

func (in *Interp) forget(name string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	delete(in.user, name)
}

// form is one way to bring a statement to the interpreter: blocks that are
// compiled and executed one after the other.
type form []*ast.BlockStmt

// run compiles a statement in the first of its forms that compiles, and
// executes it.
func (in *Interp) run(e *engine, b *ast.BlockStmt, known typer) error {
	var first error
	for _, f := range in.forms(b, known) {
		p, err := e.compile(f[0])
		if err == nil {
			return runForm(e, p, f[1:])
		}
		if first == nil {
			first = err
		}
	}
	return first
}

func runForm(e *engine, p *compiled, rest form) error {
	if err := e.execute(p); err != nil || len(rest) == 0 {
		return err
	}
	p, err := e.compile(rest[0])
	if err != nil {
		return err
	}
	return runForm(e, p, rest[1:])
}

// forms lists the ways to compile a statement, to be tried in this order.
func (in *Interp) forms(b *ast.BlockStmt, known typer) []form {
	if len(b.List) != 1 {
		return []form{{b}}
	}
	switch s := b.List[0].(type) {
	case *ast.ExprStmt:
		return []form{{block(b, shown(s))}, {b}}
	case *ast.AssignStmt:
		return in.assignForms(b, s, known)
	case *ast.EmptyStmt, *ast.IncDecStmt, *ast.SendStmt, *ast.GoStmt:
		return []form{{b}}
	}
	return []form{{inFunction(b)}}
}

func block(b *ast.BlockStmt, list ...ast.Stmt) *ast.BlockStmt {
	return &ast.BlockStmt{Lbrace: b.Lbrace, List: list, Rbrace: b.Rbrace}
}

// shown hands all values of an expression to the display.
func shown(s *ast.ExprStmt) ast.Stmt {
	return &ast.ExprStmt{X: &ast.CallExpr{
		Fun: &ast.Ident{NamePos: s.Pos(), Name: "__show"}, Lparen: s.Pos(), Args: []ast.Expr{s.X}, Rparen: s.End(),
	}}
}

// inFunction wraps statements into a function that is called, which is how
// loops and the like get variables of their own. The brackets around the
// function keep the interpreter from taking it for a main function.
func inFunction(b *ast.BlockStmt) *ast.BlockStmt {
	f := function(b, b.List...)
	call := &ast.CallExpr{Fun: &ast.ParenExpr{Lparen: b.Lbrace, X: f, Rparen: b.Rbrace}, Lparen: b.Rbrace, Rparen: b.Rbrace}
	return block(b, &ast.ExprStmt{X: call})
}

// assignForms: a variable may get a value of another type, as a new variable
// of the same name; and v, ok := must be taken apart at the top level.
func (in *Interp) assignForms(b *ast.BlockStmt, s *ast.AssignStmt, known typer) []form {
	if s.Tok == token.ASSIGN && allNames(s.Lhs) {
		fresh := *s
		fresh.Tok = token.DEFINE
		return append([]form{{b}}, in.assignForms(block(b, &fresh), &fresh, known)...)
	}
	if s.Tok != token.DEFINE {
		return []form{{b}}
	}
	typed := in.declareFirst(b, s, known)
	var apart form
	if len(s.Lhs) == 2 && len(s.Rhs) == 1 {
		for _, s := range commaOK(s) {
			apart = append(apart, block(b, s))
		}
	}
	switch {
	case apart != nil && typed != nil:
		return []form{typed}
	case apart != nil:
		return []form{apart}
	case typed != nil:
		return []form{{b}, typed}
	}
	return []form{{b}}
}

func allNames(list []ast.Expr) bool {
	for _, e := range list {
		if id, ok := e.(*ast.Ident); !ok || id.Name == "_" {
			return false
		}
	}
	return true
}

// commaOK takes `v, ok := m[k]` and `v, ok := x.(T)` apart; nil for the rest.
func commaOK(s *ast.AssignStmt) []ast.Stmt {
	v, ok := s.Lhs[0], s.Lhs[1]
	pos := s.TokPos
	define := func(to, from ast.Expr) ast.Stmt {
		return &ast.AssignStmt{Lhs: []ast.Expr{to}, TokPos: pos, Tok: token.DEFINE, Rhs: []ast.Expr{from}}
	}
	var list []ast.Stmt
	whole := s.Rhs[0]
	switch x := whole.(type) {
	case *ast.IndexExpr:
		temp := &ast.Ident{NamePos: x.Pos(), Name: "__m"}
		m := &ast.IndexExpr{X: temp, Lbrack: x.Lbrack, Index: x.Index, Rbrack: x.Rbrack}
		list, whole = append(list, define(temp, x.X), define(v, m)), m
	case *ast.TypeAssertExpr:
		zero := &ast.CallExpr{Fun: &ast.Ident{NamePos: pos, Name: "new"}, Lparen: pos, Args: []ast.Expr{x.Type}, Rparen: pos}
		list = append(list, define(v, &ast.StarExpr{Star: pos, X: zero}))
	default:
		return nil
	}
	if blank(v) {
		list = list[:len(list)-1]
	}
	if !blank(ok) {
		list = append(list, define(ok, &ast.Ident{NamePos: pos, Name: "false"}))
	}
	return append(list, &ast.AssignStmt{Lhs: []ast.Expr{v, ok}, TokPos: pos, Tok: token.ASSIGN, Rhs: []ast.Expr{whole}})
}

func blank(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == "_"
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
		case errors.As(err, &list):
			line, col := u.place(list[0].Pos.Line, list[0].Pos.Column)
			return &Error{Msg: hint(u, list[0].Msg), File: u.file, Line: line, Col: col}
		case errors.As(err, &p):
			return in.panicError(u, p)
		}
		_, line, col, msg := position(e.Error())
		if line == 0 {
			line, col = u.first, 1
		}
		line, col = u.place(line, col)
		return &Error{Msg: hint(u, plainCompile(msg)), File: u.file, Line: line, Col: col}
	}
}
