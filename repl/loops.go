package repl

import (
	"go/ast"
	"go/token"
)

// perRange gives each turn of a range loop its own variables when something
// in the body may keep them.
func perRange(n *ast.RangeStmt) {
	if n.Tok != token.DEFINE || !keeps(n.Body) {
		return
	}
	var names []ast.Expr
	for _, e := range []ast.Expr{n.Key, n.Value} {
		if id, ok := e.(*ast.Ident); ok && id.Name != "_" {
			names = append(names, id)
		}
	}
	copyNames(n.Body, names)
}

// perIteration does the same for a counting loop, if the body leaves the
// variables alone.
func perIteration(n *ast.ForStmt) {
	init, ok := n.Init.(*ast.AssignStmt)
	if !ok || init.Tok != token.DEFINE || !keeps(n.Body) || assigns(n.Body, init.Lhs) {
		return
	}
	copyNames(n.Body, init.Lhs)
}

// countTo turns a range over an integer, which the interpreter does not know,
// into a counting loop, if the integer can be told from its form; else nil.
func countTo(n *ast.RangeStmt) ast.Stmt {
	key, named := n.Key.(*ast.Ident)
	if !countable(n.X) || n.Value != nil || n.Key != nil && !named || n.Key != nil && n.Tok == token.ASSIGN && key.Name != "_" {
		return nil
	}
	name := "__i"
	if named && key.Name != "_" {
		name = key.Name
	}
	id := func(name string) *ast.Ident { return &ast.Ident{NamePos: n.Pos(), Name: name} }
	zero := &ast.BasicLit{ValuePos: n.Pos(), Kind: token.INT, Value: "0"}
	return &ast.ForStmt{
		For:  n.For,
		Init: &ast.AssignStmt{Lhs: []ast.Expr{id(name), id("__n")}, TokPos: n.Pos(), Tok: token.DEFINE, Rhs: []ast.Expr{zero, n.X}},
		Cond: &ast.BinaryExpr{X: id(name), OpPos: n.Pos(), Op: token.LSS, Y: id("__n")},
		Post: &ast.IncDecStmt{X: id(name), TokPos: n.Pos(), Tok: token.INC},
		Body: n.Body,
	}
}

// countable reports whether an expression is surely an int: a literal, a call
// of len, cap or int, or a variable that was declared as one.
func countable(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return e.Kind == token.INT
	case *ast.CallExpr:
		id, ok := e.Fun.(*ast.Ident)
		return ok && id.Obj == nil && (id.Name == "len" || id.Name == "cap" || id.Name == "int")
	case *ast.Ident:
		return e.Obj != nil && declaredInt(e.Obj)
	}
	return false
}

// declaredInt looks at the declaration of a name.
//
//lint:ignore SA1019 there are no types here, and what the parser resolves is enough
func declaredInt(o *ast.Object) bool {
	isInt := func(t ast.Expr) bool { id, ok := t.(*ast.Ident); return ok && id.Name == "int" && id.Obj == nil }
	switch d := o.Decl.(type) {
	case *ast.Field:
		return isInt(d.Type)
	case *ast.ValueSpec:
		return isInt(d.Type) || d.Type == nil && len(d.Values) == 1 && len(d.Names) == 1 && countable(d.Values[0])
	case *ast.AssignStmt:
		return len(d.Lhs) == 1 && len(d.Rhs) == 1 && d.Tok == token.DEFINE && countable(d.Rhs[0])
	}
	return false
}

func copyNames(body *ast.BlockStmt, names []ast.Expr) {
	if len(names) == 0 {
		return
	}
	s := &ast.AssignStmt{Tok: token.DEFINE, TokPos: body.Pos()}
	for _, e := range names {
		name := e.(*ast.Ident).Name
		s.Lhs = append(s.Lhs, &ast.Ident{NamePos: body.Pos(), Name: name})
		s.Rhs = append(s.Rhs, &ast.Ident{NamePos: body.Pos(), Name: name})
	}
	prepend(body, s)
}

// keeps reports whether a body may hold on to a variable: by a closure or an
// address.
func keeps(body *ast.BlockStmt) bool {
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit, *ast.GoStmt:
			found = true
		case *ast.UnaryExpr:
			found = found || n.Op == token.AND
		}
		return !found
	})
	return found
}

// assigns reports whether a body changes one of the names.
func assigns(body *ast.BlockStmt, names []ast.Expr) bool {
	is := func(e ast.Expr) bool {
		id, ok := e.(*ast.Ident)
		for _, n := range names {
			if ok && n.(*ast.Ident).Name == id.Name {
				return true
			}
		}
		return false
	}
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, e := range n.Lhs {
				found = found || is(e)
			}
		case *ast.IncDecStmt:
			found = found || is(n.X)
		case *ast.UnaryExpr:
			found = found || n.Op == token.AND && is(n.X)
		}
		return !found
	})
	return found
}

// oddRange finds the first range loop over what may be an integer or a
// function; nil when there is none.
func oddRange(f *ast.File) (odd *ast.RangeStmt) {
	ast.Inspect(f, func(n ast.Node) bool {
		if r, ok := n.(*ast.RangeStmt); ok && odd == nil && r.Value == nil {
			odd = r
		}
		return odd == nil
	})
	return odd
}
