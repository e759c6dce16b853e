package repl

import (
	"go/ast"
	"go/token"
	"reflect"
)

// releasable gives a statement that waits for a channel a second thing to wait
// for, the interrupt, after which the guard ends the code; nil for statements
// that do not wait, and for those that cannot be told so: a receive into a
// variable, a send, and a range wait until the third Ctrl-C. A select statement
// of the interpreter is not safe in two goroutines at once, so that nothing is
// turned into one.
func releasable(s ast.Stmt) ast.Stmt {
	switch s := s.(type) {
	case *ast.SelectStmt:
		return releasableSelect(s)
	case *ast.ExprStmt:
		if x, ok := ast.Unparen(s.X).(*ast.UnaryExpr); ok && x.Op == token.ARROW {
			return guardCall("Recv", s.Pos(), x.X)
		}
	}
	return nil
}

// releasableSelect gives a select statement the case <-__guard.Done(), unless it
// has a default.
func releasableSelect(s *ast.SelectStmt) ast.Stmt {
	if len(s.Body.List) == 0 {
		return guardCall("Block", s.Pos())
	}
	for _, c := range s.Body.List {
		if c, ok := c.(*ast.CommClause); ok && c.Comm == nil {
			return nil
		}
	}
	pos := s.Body.Rbrace
	done := guardCall("Done", pos).(*ast.ExprStmt).X
	s.Body.List = append(s.Body.List, &ast.CommClause{
		Case: pos, Colon: pos, Comm: &ast.ExprStmt{X: &ast.UnaryExpr{OpPos: pos, Op: token.ARROW, X: done}},
		Body: []ast.Stmt{guardCall("Loop", pos)},
	})
	return s
}

// done is closed by raise.
func (g *guard) done() <-chan struct{} { return g.context().Done() }

// block waits for raise.
func (g *guard) block() {
	<-g.done()
	g.leave()
}

// recv waits for a value, which nobody wants, or for raise.
func (g *guard) recv(ch any) {
	g.receive(reflect.ValueOf(ch))
}

// received is the value of a channel that is to be shown.
func (g *guard) received(ch any) any {
	v, _ := g.receive(reflect.ValueOf(ch))
	return v.Interface()
}

// receive gives the value of a channel and whether it was sent.
func (g *guard) receive(ch reflect.Value) (v reflect.Value, ok bool) {
	cases := []reflect.SelectCase{
		{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(g.done())},
		{Dir: reflect.SelectRecv, Chan: ch},
	}
	chosen, v, ok := reflect.Select(cases)
	if chosen == 0 {
		g.leave()
		return reflect.Zero(ch.Type().Elem()), false
	}
	return v, ok
}
