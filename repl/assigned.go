package repl

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"reflect"
	"strings"

	"blissh/internal/nearest"
	"blissh/repl/dialect"
)

// mistake is what is wrong at a place, before the user's position is known.
type mistake struct {
	pos token.Pos
	msg string
}

// targets calls f for everything that a piece of source assigns to.
func targets(n ast.Node, f func(ast.Expr)) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, e := range n.Lhs {
				f(ast.Unparen(e))
			}
		case *ast.IncDecStmt:
			f(ast.Unparen(n.X))
		case *ast.RangeStmt:
			for _, e := range []ast.Expr{n.Key, n.Value} {
				if e != nil {
					f(ast.Unparen(e))
				}
			}
		}
		return true
	})
}

// checkTargets refuses to assign to the result of a call or to a method, which
// the interpreter would do without any effect: a getter without a setter is
// one.
func (in *Interp) checkTargets(u *unit, c *cell) (err error) {
	known := typer{env{in}, unresolved(c.file)}
	targets(c.file, func(e ast.Expr) {
		if err != nil {
			return
		}
		call, isCall := e.(*ast.CallExpr)
		if isCall {
			e = call.Fun
		}
		s, selects := e.(*ast.SelectorExpr)
		var t reflect.Type
		if selects {
			t = known.of(s.X)
		}
		if t == nil {
			if isCall {
				err = in.atNode(u, call.Pos(), "%s", resultOf(call))
			}
			return
		}
		if m, ok := exactly(t, s.Sel.Name); ok && m.Method {
			err = in.atNode(u, s.Pos(), "%s cannot be set%s", in.asTyped(u, s), setterHint(t, s.Sel.Name))
		} else if isCall {
			err = in.atNode(u, call.Pos(), "%s", resultOf(call))
		}
	})
	return err
}

func resultOf(call *ast.CallExpr) string {
	return types.ExprString(call) + " cannot be set: it is the result of a call"
}

// asTyped is a selector as the user wrote it.
func (in *Interp) asTyped(u *unit, s *ast.SelectorExpr) string {
	fset := in.engine().yi.FileSet()
	from, name := fset.Position(s.Pos()), fset.Position(s.Sel.Pos())
	begin, at := u.offset(from.Line, from.Column), u.offset(name.Line, name.Column)
	if at < begin || at > len(u.input) {
		return types.ExprString(s)
	}
	end := at
	for end < len(u.input) && (u.input[end] == '_' || token.IsIdentifier("x"+u.input[end:end+1])) {
		end++
	}
	return u.input[begin:end]
}

// setterHint names a setter that resembles what somebody wants to set.
func setterHint(t reflect.Type, name string) string {
	lower := strings.ToLower(name)
	var setters []string
	for _, m := range dialect.Members(t) {
		what, ok := strings.CutPrefix(m.Name, "Set")
		if !ok || !m.Method {
			continue
		}
		if stem := strings.TrimSuffix(strings.ToLower(what), "s"); stem != "" && strings.Contains(lower, stem) {
			return "; there is " + m.Name
		}
		setters = append(setters, what)
	}
	if near := nearest.Name(name, setters); near != "" {
		return "; there is Set" + near
	}
	return ""
}

// fileTargets is checkTargets for plain Go.
func fileTargets(f *ast.File) (m *mistake) {
	targets(f, func(e ast.Expr) {
		if call, ok := e.(*ast.CallExpr); ok && m == nil {
			m = &mistake{call.Pos(), resultOf(call)}
		}
	})
	return m
}

// surplus finds assignments and declarations with more values than variables,
// or fewer: the interpreter drops them. results tells how many a call has, -1
// when that is not known.
func surplus(n ast.Node, results func(*ast.CallExpr) int) (m *mistake) {
	check := func(pos token.Pos, names int, values []ast.Expr) {
		if m == nil {
			if msg := mismatch(names, values, results); msg != "" {
				m = &mistake{pos, msg}
			}
		}
	}
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			check(n.Pos(), len(n.Lhs), n.Rhs)
		case *ast.ValueSpec:
			check(n.Pos(), len(n.Names), n.Values)
		}
		return m == nil
	})
	return m
}

func mismatch(names int, values []ast.Expr, results func(*ast.CallExpr) int) string {
	variables := count(names, "variable")
	if len(values) > 1 && len(values) != names {
		return fmt.Sprintf("assignment mismatch: %s but %s%s", variables, count(len(values), "value"), commaHint(names, values))
	}
	if len(values) != 1 {
		return ""
	}
	call, ok := ast.Unparen(values[0]).(*ast.CallExpr)
	if !ok {
		return ""
	}
	switch n := results(call); {
	case n < 0 || n == names:
		return ""
	case n == 0:
		return fmt.Sprintf("%s() (no value) used as value", types.ExprString(call.Fun))
	default:
		return fmt.Sprintf("assignment mismatch: %s but %s() returns %s", variables, types.ExprString(call.Fun), count(n, "value"))
	}
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// commaHint is for who writes decimal fractions with a comma.
func commaHint(names int, values []ast.Expr) string {
	if names != 1 || len(values) != 2 {
		return ""
	}
	x := values[0]
	if minus, ok := x.(*ast.UnaryExpr); ok && minus.Op == token.SUB {
		x = minus.X
	}
	a, ok := x.(*ast.BasicLit)
	b, ok2 := values[1].(*ast.BasicLit)
	if !ok || !ok2 || a.Kind != token.INT || b.Kind != token.INT {
		return ""
	}
	return fmt.Sprintf("; write %s.%s", types.ExprString(values[0]), b.Value)
}

// results is how many values a call gives, as far as the source and the
// session tell.
func (in *Interp) results(known typer) func(*ast.CallExpr) int {
	return func(call *ast.CallExpr) int {
		if n := resultsInFile(call); n >= 0 {
			return n
		}
		if f := known.of(call.Fun); f != nil && f.Kind() == reflect.Func {
			return f.NumOut()
		}
		id, ok := call.Fun.(*ast.Ident)
		if n, typed := in.returns[idName(id)]; ok && typed && known.global[id] {
			return n
		}
		return -1
	}
}

func idName(id *ast.Ident) string {
	if id == nil {
		return ""
	}
	return id.Name
}

// resultsInFile counts the results of a function of the same file.
func resultsInFile(call *ast.CallExpr) int {
	id, ok := call.Fun.(*ast.Ident)
	if !ok || id.Obj == nil {
		return -1
	}
	if fn, ok := id.Obj.Decl.(*ast.FuncDecl); ok {
		return fn.Type.Results.NumFields()
	}
	return -1
}
