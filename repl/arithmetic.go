package repl

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
)

// checkArguments refuses, in what a command is given, the two ways in which
// arithmetic that looks right sends an axis elsewhere.
func (in *Interp) checkArguments(u *unit, c *cell) (err error) {
	ast.Inspect(c.file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || err != nil || !in.moves(call) {
			return err == nil
		}
		for _, arg := range call.Args {
			ast.Inspect(arg, func(n ast.Node) bool {
				if b, ok := n.(*ast.BinaryExpr); ok && err == nil {
					if msg := suspicious(b); msg != "" {
						err = in.atNode(u, b.Pos(), "%s", msg)
					}
				}
				return err == nil
			})
		}
		return err == nil
	})
	return err
}

// moves reports whether a call is one of a command or of a method of an
// object of the session.
func (in *Interp) moves(call *ast.CallExpr) bool {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return in.o.Commands != nil && in.o.Commands(f.Name)
	case *ast.SelectorExpr:
		id, ok := f.X.(*ast.Ident)
		return ok && in.protected(id.Name)
	}
	return false
}

// suspicious gives the complaint about a division of whole numbers that is
// not exact, or about ^; "" when there is none.
func suspicious(b *ast.BinaryExpr) string {
	x, y := whole(b.X), whole(b.Y)
	xs, ys := "x", "y"
	if x != nil && y != nil {
		xs, ys = x.ExactString(), y.ExactString()
	}
	switch {
	case b.Op == token.XOR:
		return fmt.Sprintf("%s^%s is not a power in Go; write math.Pow(%s, %s)", xs, ys, xs, ys)
	case b.Op != token.QUO || x == nil || y == nil || constant.Sign(y) == 0:
		return ""
	case constant.Sign(constant.BinaryOp(x, token.REM, y)) == 0:
		return ""
	}
	got := constant.BinaryOp(x, token.QUO_ASSIGN, y) // of integers, truncated
	return fmt.Sprintf("%s/%s is %s in Go; write %s./%s", xs, ys, got.ExactString(), xs, ys)
}

// whole is the value of an expression of integer constants, nil of others.
func whole(e ast.Expr) constant.Value {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.INT {
			return constant.MakeFromLiteral(e.Value, e.Kind, 0)
		}
	case *ast.ParenExpr:
		return whole(e.X)
	case *ast.UnaryExpr:
		if x := whole(e.X); x != nil && (e.Op == token.SUB || e.Op == token.ADD) {
			return constant.UnaryOp(e.Op, x, 0)
		}
	case *ast.BinaryExpr:
		return wholeBinary(e)
	}
	return nil
}

func wholeBinary(e *ast.BinaryExpr) constant.Value {
	x, y := whole(e.X), whole(e.Y)
	if x == nil || y == nil {
		return nil
	}
	switch e.Op {
	case token.ADD, token.SUB, token.MUL:
		return constant.BinaryOp(x, e.Op, y)
	case token.QUO:
		if constant.Sign(y) != 0 {
			return constant.BinaryOp(x, token.QUO_ASSIGN, y)
		}
	}
	return nil
}
