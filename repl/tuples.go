package repl

import (
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
	"strings"
)

// untangled gives a, b = x, f(y) as { __v0 := x; __v1 := f(y); a = __v0; b = __v1 }:
// where one of the values is a call or nil, the interpreter loses others of them or
// panics. Nil where that would mean something else, or is not needed.
func untangled(s *ast.AssignStmt) ast.Stmt {
	if s.Tok != token.ASSIGN || len(s.Lhs) < 2 || len(s.Lhs) != len(s.Rhs) || !tangled(s.Rhs) || !apart(s.Lhs) {
		return nil
	}
	var values, assigned []ast.Stmt
	for i, x := range s.Rhs {
		if !fixed(x) { // a constant would get a type
			name := "__v" + strconv.Itoa(i)
			values = append(values, assignment(&ast.Ident{NamePos: x.Pos(), Name: name}, token.DEFINE, x))
			x = &ast.Ident{NamePos: x.Pos(), Name: name}
		}
		assigned = append(assigned, assignment(s.Lhs[i], token.ASSIGN, x))
	}
	return &ast.BlockStmt{Lbrace: s.Pos(), Rbrace: s.End(), List: append(values, assigned...)}
}

func assignment(to ast.Expr, how token.Token, x ast.Expr) ast.Stmt {
	return &ast.AssignStmt{Lhs: []ast.Expr{to}, TokPos: x.Pos(), Tok: how, Rhs: []ast.Expr{x}}
}

// tangled reports whether one of the values is a call or nil.
func tangled(values []ast.Expr) (found bool) {
	for _, x := range values {
		ast.Inspect(x, func(n ast.Node) bool {
			id, isName := n.(*ast.Ident)
			_, isCall := n.(*ast.CallExpr)
			found = found || isCall || isName && id.Name == "nil"
			return !found
		})
	}
	return found
}

// apart reports whether what is assigned to can be assigned to one after the other:
// none of it depends on another one, and none has a call in it.
func apart(targets []ast.Expr) bool {
	for i, t := range targets {
		text := types.ExprString(t)
		if strings.Contains(text, "(") {
			return false
		}
		for k, other := range targets {
			if k != i && text != "_" && depends(other, text) {
				return false
			}
		}
	}
	return true
}

// depends reports whether a part of x, not all of it, is written like that.
func depends(x ast.Expr, text string) (found bool) {
	ast.Inspect(x, func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		found = found || ok && e != x && types.ExprString(e) == text
		return !found
	})
	return found
}

// named gives the parameters of a function names, if they have none: the
// interpreter would take the first for the receiver.
func named(list *ast.FieldList) {
	if list == nil {
		return
	}
	for _, f := range list.List {
		if len(f.Names) == 0 {
			f.Names = []*ast.Ident{{NamePos: f.Type.Pos(), Name: "_"}}
		}
	}
}

// entangled finds an assignment of several values that untangled cannot do and the
// interpreter would do wrongly.
func entangled(f *ast.File) (at *ast.AssignStmt) {
	wrong := func(s ast.Stmt, alone bool) {
		a, ok := s.(*ast.AssignStmt)
		if ok && at == nil && a.Tok == token.ASSIGN && len(a.Lhs) > 1 && len(a.Lhs) == len(a.Rhs) && tangled(a.Rhs) && (!alone || !apart(a.Lhs)) {
			at = a
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			wrong(n.Init, false)
		case *ast.SwitchStmt:
			wrong(n.Init, false)
		case *ast.TypeSwitchStmt:
			wrong(n.Init, false)
		case *ast.ForStmt:
			wrong(n.Init, false)
			wrong(n.Post, false)
		case *ast.AssignStmt:
			wrong(n, true)
		}
		return at == nil
	})
	return at
}
