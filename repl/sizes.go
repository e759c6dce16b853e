package repl

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"
)

// What one call may make at once in a hook: the memory that it takes step by step
// is looked at while it runs, a single step would come too late.
const (
	mostElements = 32 << 20 // of a make, whatever their size
	mostText     = 64 << 20 // bytes of strings.Repeat
)

// sized puts a check around the lengths in make([]T, n), unless they are numbers.
func sized(call *ast.CallExpr) {
	id, ok := call.Fun.(*ast.Ident)
	if !ok || id.Name != "make" || id.Obj != nil {
		return
	}
	for i, arg := range call.Args {
		if lit, isLit := arg.(*ast.BasicLit); i == 0 || isLit && lit.Kind == token.INT && len(lit.Value) < 8 {
			continue
		}
		whole := &ast.CallExpr{Fun: &ast.Ident{NamePos: arg.Pos(), Name: "int"}, Lparen: arg.Pos(), Args: []ast.Expr{arg}, Rparen: arg.End()}
		check := guardCall("Size", arg.Pos(), whole).(*ast.ExprStmt)
		call.Args[i] = check.X
	}
}

// size is n, of a make.
func size(n int) int {
	if n > mostElements {
		panic(fmt.Errorf("make of %d elements: a hook makes at most %d at once", n, mostElements))
	}
	return n
}

// repeat is strings.Repeat with an end.
func repeat(s string, n int) string {
	if n > 0 && len(s) > mostText/n {
		panic(fmt.Errorf("strings.Repeat: a text of more than %d MB", mostText>>20))
	}
	return strings.Repeat(s, n)
}
