package repl

import (
	"fmt"
	"go/ast"
	"go/token"
	"reflect"
	"strconv"
)

// typesPath is the package of types that variables at the prompt are declared
// with when the interpreter cannot tell them by itself: it does not know the
// type of x[i] in `v := x[i]` at the top level if x is of a compiled type.
const (
	typesPath = "blissh/repl/types"
	typesName = "__types"
)

// declareFirst is the form of v, w := expr that declares the variables with
// their types and then assigns; nil when the types are not known.
func (in *Interp) declareFirst(b *ast.BlockStmt, s *ast.AssignStmt, known typer) form {
	kinds := known.values(s)
	if kinds == nil {
		return nil
	}
	var f form
	for i, e := range s.Lhs {
		if blank(e) {
			continue
		}
		zero := &ast.CallExpr{Fun: &ast.Ident{NamePos: e.Pos(), Name: "new"}, Lparen: e.Pos(), Args: []ast.Expr{in.typeExpr(kinds[i], e.Pos())}, Rparen: e.Pos()}
		f = append(f, block(b, &ast.AssignStmt{
			Lhs: []ast.Expr{e}, TokPos: s.TokPos, Tok: token.DEFINE, Rhs: []ast.Expr{&ast.StarExpr{Star: e.Pos(), X: zero}},
		}))
	}
	assign := *s
	assign.Tok = token.ASSIGN
	return append(f, block(b, &assign))
}

// values are the types of what an assignment assigns, nil when not all are
// known. v, ok := x[i] counts as known if x is.
func (t typer) values(s *ast.AssignStmt) []reflect.Type {
	var out []reflect.Type
	for _, e := range s.Rhs {
		v := t.of(e)
		if v == nil {
			return nil
		}
		out = append(out, v)
	}
	if len(s.Lhs) == 2 && len(out) == 1 {
		if _, ok := s.Rhs[0].(*ast.IndexExpr); ok {
			out = append(out, reflect.TypeFor[bool]())
		}
	}
	if len(out) != len(s.Lhs) {
		return nil
	}
	return out
}

// typeExpr spells a type. Types that need a package come from a package of
// our own, so that nothing has to be imported under a name the user might use.
func (in *Interp) typeExpr(t reflect.Type, pos token.Pos) ast.Expr {
	if t.PkgPath() == "" {
		switch {
		case t.Name() != "":
			return &ast.Ident{NamePos: pos, Name: t.Name()}
		case t.Kind() == reflect.Slice:
			return &ast.ArrayType{Lbrack: pos, Elt: in.typeExpr(t.Elem(), pos)}
		case t.Kind() == reflect.Map:
			return &ast.MapType{Map: pos, Key: in.typeExpr(t.Key(), pos), Value: in.typeExpr(t.Elem(), pos)}
		case t.Kind() == reflect.Pointer:
			return &ast.StarExpr{Star: pos, X: in.typeExpr(t.Elem(), pos)}
		case t.Kind() == reflect.Interface && t.NumMethod() == 0:
			return &ast.Ident{NamePos: pos, Name: "any"}
		}
	}
	return &ast.SelectorExpr{X: &ast.Ident{NamePos: pos, Name: typesName}, Sel: &ast.Ident{NamePos: pos, Name: in.typeName(t)}}
}

// typeName exports a type to the prompt's interpreter and gives its name.
func (in *Interp) typeName(t reflect.Type) string {
	in.mu.Lock()
	name, ok := in.typeNames[t]
	if !ok {
		name = fmt.Sprintf("T%d", len(in.typeNames))
		in.typeNames[t] = name
	}
	first := len(in.typeNames) == 1 && !ok
	e := in.e
	in.mu.Unlock()
	if !ok {
		e.give(typesPath, typesName, map[string]reflect.Value{name: reflect.Zero(reflect.PointerTo(t))})
	}
	if first {
		if err := in.source("import " + typesName + " " + strconv.Quote(typesPath)); err != nil {
			panic(err) // the source is ours
		}
	}
	return name
}
