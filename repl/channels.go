package repl

import (
	"go/ast"
	"go/token"
)

// releasable gives a statement that waits for a channel a second thing to wait
// for, the interrupt, after which the guard ends the code; nil for statements
// that do not wait, or that cannot be told so.
func releasable(s ast.Stmt) ast.Stmt {
	switch s := s.(type) {
	case *ast.SelectStmt:
		for _, c := range s.Body.List {
			if c, ok := c.(*ast.CommClause); ok && c.Comm == nil {
				return nil // it has a default
			}
		}
		s.Body.List = append(s.Body.List, released(s.Body.Rbrace))
		return s
	case *ast.SendStmt:
		return waiting(s, s)
	case *ast.ExprStmt:
		if x, ok := ast.Unparen(s.X).(*ast.UnaryExpr); ok && x.Op == token.ARROW {
			return waiting(s, s)
		}
	}
	return nil
}

// waiting is the select statement of one case and the interrupt.
func waiting(at ast.Node, comm ast.Stmt, body ...ast.Stmt) *ast.SelectStmt {
	pos := at.Pos()
	one := &ast.CommClause{Case: pos, Comm: comm, Colon: pos, Body: body}
	return &ast.SelectStmt{Select: pos, Body: &ast.BlockStmt{Lbrace: pos, List: []ast.Stmt{one, released(pos)}, Rbrace: at.End()}}
}

// released is `case <-__guard.Done(): __guard.Loop()`.
func released(pos token.Pos) *ast.CommClause {
	done := guardCall("Done", pos).(*ast.ExprStmt).X
	return &ast.CommClause{
		Case: pos, Colon: pos, Comm: &ast.ExprStmt{X: &ast.UnaryExpr{OpPos: pos, Op: token.ARROW, X: done}},
		Body: []ast.Stmt{guardCall("Loop", pos)},
	}
}
