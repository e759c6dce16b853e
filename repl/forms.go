package repl

import (
	"go/ast"
	"go/token"
	"strings"
)

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
		if in.prints(s.X, known) {
			return []form{{b}}
		}
		if x, ok := ast.Unparen(s.X).(*ast.UnaryExpr); ok && x.Op == token.ARROW {
			s = &ast.ExprStmt{X: guardCall("Value", s.Pos(), x.X).(*ast.ExprStmt).X}
		}
		return []form{{block(b, shown(s))}, {b}}
	case *ast.AssignStmt:
		return in.assignForms(b, s, known)
	case *ast.EmptyStmt, *ast.IncDecStmt, *ast.SendStmt, *ast.GoStmt:
		return []form{{b}}
	}
	return []form{{inFunction(b)}}
}

// prints reports whether an expression is a call of fmt that prints, whose
// results nobody wants to see.
func (in *Interp) prints(e ast.Expr, known typer) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return false
	}
	s, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	id, ok := s.X.(*ast.Ident)
	return ok && id.Name == "fmt" && known.global[id] && in.imported("fmt") &&
		(strings.HasPrefix(s.Sel.Name, "Print") || strings.HasPrefix(s.Sel.Name, "Fprint"))
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
