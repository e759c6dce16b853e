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
					if msg := in.suspicious(b); msg != "" {
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
func (in *Interp) suspicious(b *ast.BinaryExpr) string {
	x, y := in.whole(b.X), in.whole(b.Y)
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
	if id, ok := ast.Unparen(b.X).(*ast.Ident); ok {
		return fmt.Sprintf("%s/%s is %s in Go; write float64(%s)/%s", id.Name, ys, constant.BinaryOp(x, token.QUO_ASSIGN, y).ExactString(), id.Name, ys)
	}
	got := constant.BinaryOp(x, token.QUO_ASSIGN, y) // of integers, truncated
	return fmt.Sprintf("%s/%s is %s in Go; write %s./%s", xs, ys, got.ExactString(), xs, ys)
}

// whole is the value of an expression of integer constants, nil of others.
func (in *Interp) whole(e ast.Expr) constant.Value {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.INT {
			return constant.MakeFromLiteral(e.Value, e.Kind, 0)
		}
	case *ast.ParenExpr:
		return in.whole(e.X)
	case *ast.UnaryExpr:
		if x := in.whole(e.X); x != nil && (e.Op == token.SUB || e.Op == token.ADD) {
			return constant.UnaryOp(e.Op, x, 0)
		}
	case *ast.BinaryExpr:
		return in.wholeBinary(e)
	case *ast.CallExpr:
		if id, ok := e.Fun.(*ast.Ident); ok && len(e.Args) == 1 && integer(id) {
			return in.whole(e.Args[0])
		}
	case *ast.Ident:
		return in.constant(e)
	}
	return nil
}

// integer reports whether a name is that of one of Go's integer types.
func integer(id *ast.Ident) bool {
	switch id.Name {
	case "int", "int8", "int16", "int32", "int64", "uint", "uint8", "uint16", "uint32", "uint64":
		return id.Obj == nil
	}
	return false
}

// constant is the value of a named constant of whole numbers: one of the same
// input, or one that was typed before.
func (in *Interp) constant(id *ast.Ident) constant.Value {
	if id.Obj == nil {
		return in.consts[id.Name]
	}
	if v, ok := id.Obj.Decl.(*ast.ValueSpec); ok && id.Obj.Kind == ast.Con {
		return in.constantOf(v, id.Name)
	}
	return nil
}

// constantOf is the value that a declaration gives to a constant.
func (in *Interp) constantOf(v *ast.ValueSpec, name string) constant.Value {
	if t, ok := v.Type.(*ast.Ident); v.Type != nil && (!ok || !integer(t)) {
		return nil
	}
	for i, id := range v.Names {
		if id.Name == name && i < len(v.Values) {
			return in.whole(v.Values[i])
		}
	}
	return nil
}

// noteConstants keeps the constants that a cell declares at the top level.
func (in *Interp) noteConstants(c *cell) {
	for _, name := range c.declares {
		delete(in.consts, name)
	}
	g, ok := firstDecl(c.file).(*ast.GenDecl)
	if !ok || g.Tok != token.CONST {
		return
	}
	for _, s := range g.Specs {
		v := s.(*ast.ValueSpec)
		for _, id := range v.Names {
			if x := in.constantOf(v, id.Name); x != nil {
				in.consts[id.Name] = x
			}
		}
	}
}

func (in *Interp) wholeBinary(e *ast.BinaryExpr) constant.Value {
	x, y := in.whole(e.X), in.whole(e.Y)
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
