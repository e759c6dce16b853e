package repl

import (
	"go/ast"
	"go/token"
	"reflect"
	"strconv"
	"strings"
)

// instrument puts the checks of the guard into a piece of source: at function
// entries, in loops, before goto, around the functions of go statements. Loop
// variables become those of Go 1.22. Before statements that may panic it notes
// where they are, for the interpreter only tells in which function it was.
func (e *engine) instrument(n ast.Node) {
	in := &instrumenter{fset: e.yi.FileSet(), packages: packageNames(n), top: n, sizes: e.scope.Kind == KindHook}
	ast.Inspect(n, in.visit)
	e.trace.learn(in.spans)
}

type instrumenter struct {
	fset     *token.FileSet
	sizes    bool            // make is checked
	top      ast.Node        // what is instrumented; not noted if a statement of the prompt
	packages map[string]bool // names of imported packages
	receiver string          // of the method being visited
	spans    []span
}

func packageNames(n ast.Node) map[string]bool {
	out := map[string]bool{}
	if f, ok := n.(*ast.File); ok {
		for _, spec := range f.Imports {
			out[importName(spec)] = true
		}
	}
	return out
}

func (in *instrumenter) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.FuncDecl:
		if n.Body != nil {
			in.receiver = receiverName(n)
			in.function(n.Body)
		}
	case *ast.FuncLit:
		in.function(n.Body)
	case *ast.ForStmt:
		perIteration(n)
		prepend(n.Body, guardCall("Loop", n.Body.Pos()))
	case *ast.RangeStmt:
		perRange(n)
		prepend(n.Body, guardCall("Loop", n.Body.Pos()))
	case *ast.BlockStmt:
		n.List = in.statements(n.List, n != in.top)
	case *ast.CaseClause:
		n.Body = in.statements(n.Body, true)
	case *ast.CommClause:
		n.Body = in.statements(n.Body, true)
	case *ast.CallExpr:
		bracket(n.Args)
		if in.sizes {
			sized(n)
		}
	}
	return true
}

func (in *instrumenter) function(body *ast.BlockStmt) {
	from, to := in.fset.Position(body.Pos()), in.fset.Position(body.End())
	in.spans = append(in.spans, span{from.Line, to.Line})
	prepend(body, guardCall("Enter", body.Pos()))
}

func receiverName(n *ast.FuncDecl) string {
	if n.Recv == nil || len(n.Recv.List) == 0 || len(n.Recv.List[0].Names) == 0 {
		return ""
	}
	return n.Recv.List[0].Names[0].Name
}

// note is the call that tells where the next statement is.
func (in *instrumenter) note(s ast.Stmt) ast.Stmt {
	p := in.fset.Position(s.Pos())
	lit := &ast.BasicLit{ValuePos: s.Pos(), Kind: token.INT, Value: strconv.Itoa(p.Line*colLimit + min(p.Column, colLimit-1))}
	return guardCall("At", s.Pos(), lit)
}

// colLimit is what the line is multiplied with to hold the column too.
const colLimit = 1 << 12

// risky reports whether a statement may panic by itself, apart from the
// statements inside it.
func (in *instrumenter) risky(s ast.Stmt) bool {
	switch s := s.(type) {
	case *ast.ExprStmt, *ast.AssignStmt, *ast.IncDecStmt, *ast.ReturnStmt, *ast.SendStmt, *ast.DeclStmt, *ast.DeferStmt:
		return in.mayPanic(s)
	case *ast.IfStmt:
		return in.mayPanic(s.Init) || in.mayPanic(s.Cond)
	case *ast.SwitchStmt:
		return in.mayPanic(s.Init) || in.mayPanic(s.Tag)
	case *ast.TypeSwitchStmt:
		return in.mayPanic(s.Init) || in.mayPanic(s.Assign)
	case *ast.ForStmt:
		return in.mayPanic(s.Init) || in.mayPanic(s.Cond)
	case *ast.RangeStmt:
		return in.mayPanic(s.X)
	}
	return false
}

// mayPanic looks for what can fail at run time: calls, indexes, dereferences,
// assertions, divisions, members of what may be nil.
func (in *instrumenter) mayPanic(n ast.Node) bool {
	if n == nil || reflect.ValueOf(n).IsNil() {
		return false
	}
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr, *ast.IndexExpr, *ast.SliceExpr, *ast.StarExpr, *ast.TypeAssertExpr:
			found = true
		case *ast.BinaryExpr:
			found = found || n.Op == token.QUO || n.Op == token.REM
		case *ast.SelectorExpr:
			id, ok := n.X.(*ast.Ident)
			found = found || !ok || id.Name != in.receiver && !in.packages[id.Name]
		}
		return !found
	})
	return found
}

// bracket puts brackets around two kinds of arguments, which the interpreter
// hands to compiled functions wrongly without: a function literal would share
// the variables of its loop, and what an interpreted constructor makes would
// not get the methods of the interface it is passed as.
func bracket(args []ast.Expr) {
	for i, arg := range args {
		switch a := arg.(type) {
		case *ast.FuncLit:
		case *ast.CallExpr:
			if id, ok := a.Fun.(*ast.Ident); !ok || len(id.Name) < 4 || !strings.HasPrefix(id.Name, "New") {
				continue
			}
		default:
			continue
		}
		args[i] = &ast.ParenExpr{Lparen: arg.Pos(), X: arg, Rparen: arg.End()}
	}
}

func prepend(b *ast.BlockStmt, s ...ast.Stmt) { b.List = append(s, b.List...) }

// guardCall is the statement __guard.name(args...).
func guardCall(name string, pos token.Pos, args ...ast.Expr) ast.Stmt {
	return &ast.ExprStmt{X: &ast.CallExpr{
		Fun:    &ast.SelectorExpr{X: &ast.Ident{NamePos: pos, Name: guardName}, Sel: &ast.Ident{NamePos: pos, Name: name}},
		Lparen: pos, Args: args, Rparen: pos,
	}}
}

// statements rewrites the go and goto statements of a list, and notes where
// the risky ones are.
func (in *instrumenter) statements(list []ast.Stmt, notes bool) []ast.Stmt {
	var out []ast.Stmt
	for _, s := range list {
		if notes && in.risky(s) && !ours(s) {
			out = append(out, in.note(s))
		}
		switch s := s.(type) {
		case *ast.GoStmt:
			out = append(out, guarded(s))
			continue
		case *ast.SelectStmt:
			if r := releasable(s); r != nil {
				out = append(out, r)
				continue
			}
		case *ast.ExprStmt:
			if r := releasable(s); r != nil && notes {
				out = append(out, r)
				continue
			}
			if noted := panicNoted(s); noted != nil {
				out = append(out, noted)
				continue
			}
		case *ast.LabeledStmt:
			if inner := in.statements([]ast.Stmt{s.Stmt}, false); len(inner) > 1 || inner[0] != s.Stmt {
				s.Stmt = &ast.BlockStmt{Lbrace: s.Stmt.Pos(), List: inner, Rbrace: s.Stmt.End()}
			}
		case *ast.BranchStmt:
			if s.Tok == token.GOTO {
				out = append(out, guardCall("Loop", s.Pos()))
			}
		case *ast.RangeStmt:
			if loop := countTo(s); loop != nil {
				out = append(out, loop)
				continue
			}
		}
		out = append(out, s)
	}
	return out
}

// panicNoted turns panic(x) into { __p := x; __guard.Note(__p); panic(__p) }: the
// value of a panic comes back without the methods of its type. Nil if x is no
// value of a type of interpreted code.
func panicNoted(s *ast.ExprStmt) ast.Stmt {
	call, ok := s.X.(*ast.CallExpr)
	if !ok || len(call.Args) != 1 {
		return nil
	}
	if id, ok := call.Fun.(*ast.Ident); !ok || id.Name != "panic" || id.Obj != nil {
		return nil
	}
	x := ast.Unparen(call.Args[0])
	if u, ok := x.(*ast.UnaryExpr); ok && u.Op == token.AND {
		x = u.X
	}
	switch x := x.(type) {
	case *ast.CompositeLit:
	case *ast.Ident:
		if x.Name == "nil" || x.Name == "__p" || x.Obj != nil && x.Obj.Kind == ast.Con {
			return nil
		}
	default:
		return nil
	}
	name := func() *ast.Ident { return &ast.Ident{NamePos: s.Pos(), Name: "__p"} }
	define := &ast.AssignStmt{Lhs: []ast.Expr{name()}, TokPos: s.Pos(), Tok: token.DEFINE, Rhs: call.Args}
	again := *call
	again.Args = []ast.Expr{name()}
	return &ast.BlockStmt{Lbrace: s.Pos(), Rbrace: s.End(), List: []ast.Stmt{define, guardCall("Note", s.Pos(), name()), &ast.ExprStmt{X: &again}}}
}

// ours reports whether a statement is a call of the guard.
func ours(s ast.Stmt) bool {
	x, ok := s.(*ast.ExprStmt)
	if !ok {
		return false
	}
	call, ok := x.X.(*ast.CallExpr)
	if !ok {
		return false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	id, ok := sel.X.(*ast.Ident)
	return ok && id.Name == guardName
}

// guarded turns `go f(x)` into (func() { __a := x; __guard.Go(func() { f(__a) }) })(),
// so that the arguments are evaluated now, as they are in Go. The outer
// function gives each goroutine a frame of its own: the interpreter writes to
// the frame that a function literal stands in when a call of it has ended.
func guarded(s *ast.GoStmt) ast.Stmt {
	pos, call := s.Pos(), *s.Call
	var list []ast.Stmt
	call.Args = append([]ast.Expr(nil), call.Args...)
	for i, arg := range call.Args {
		if fixed(arg) {
			continue
		}
		name := &ast.Ident{NamePos: arg.Pos(), Name: "__" + string(rune('a'+i%26))}
		list = append(list, &ast.AssignStmt{Lhs: []ast.Expr{name}, TokPos: arg.Pos(), Tok: token.DEFINE, Rhs: []ast.Expr{arg}})
		call.Args[i] = &ast.Ident{NamePos: arg.Pos(), Name: name.Name}
	}
	run := function(s, &ast.ExprStmt{X: &call})
	start := function(s, append(list, guardCall("Go", pos, run))...)
	return &ast.ExprStmt{X: &ast.CallExpr{Fun: &ast.ParenExpr{Lparen: pos, X: start, Rparen: pos}, Lparen: pos, Rparen: pos}}
}

// function is a function literal without parameters, at the place of a node.
func function(at ast.Node, list ...ast.Stmt) *ast.FuncLit {
	pos := at.Pos()
	return &ast.FuncLit{
		Type: &ast.FuncType{Func: pos, Params: &ast.FieldList{Opening: pos, Closing: pos}},
		Body: &ast.BlockStmt{Lbrace: pos, List: list, Rbrace: at.End()},
	}
}

// fixed reports whether an argument means the same now and later, and might
// lose its constant type when put into a variable.
func fixed(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit, *ast.FuncLit:
		return true
	case *ast.UnaryExpr:
		return e.Op != token.ARROW && e.Op != token.AND && fixed(e.X)
	case *ast.BinaryExpr:
		return fixed(e.X) && fixed(e.Y)
	case *ast.ParenExpr:
		return fixed(e.X)
	case *ast.Ident:
		return e.Name == "nil" || e.Name == "true" || e.Name == "false" || e.Obj != nil && e.Obj.Kind == ast.Con
	}
	return false
}
