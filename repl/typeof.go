package repl

import (
	"go/ast"
	"reflect"
	"strings"
	"unicode"

	"blissh/internal/nearest"
	"blissh/internal/spell"
	"blissh/repl/dialect"
	"blissh/repl/symbols"
)

// checkMembers finds selectors that a value of a known compiled type does not
// have.
func (in *Interp) checkMembers(u *unit, c *cell) (err error) {
	known := typer{env{in}, unresolved(c.file)}
	ast.Inspect(c.file, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok || err != nil {
			return err == nil
		}
		t := known.of(s.X)
		if t == nil {
			return true
		}
		if _, ok := exactly(t, s.Sel.Name); !ok {
			err = in.atNode(u, s.Sel.Pos(), "%s", noMember(s, t))
		}
		return err == nil
	})
	return err
}

func noMember(s *ast.SelectorExpr, t reflect.Type) string {
	var names []string
	for _, m := range dialect.Members(t) {
		names = append(names, m.Name)
	}
	what := "there is no "
	if id, ok := s.X.(*ast.Ident); ok {
		what = id.Name + " has no "
	}
	meant := memberHint(s.Sel.Name, names)
	if m, ok := dialect.Find(t, s.Sel.Name); ok {
		meant = "; did you mean " + m.Name + "?"
	}
	if name, ok := strings.CutPrefix(meant, "; did you mean "); ok && unicode.IsLower([]rune(s.Sel.Name)[0]) {
		meant = "; did you mean " + spell.Snake(name)
	}
	return what + s.Sel.Name + meant
}

// memberHint names the member that somebody meant: the nearest one, the only one
// that begins so, or what does the same in Go.
func memberHint(name string, known []string) string {
	if hint := nearest.Hint(spell.Camel(name), known); hint != "" {
		return hint
	}
	var begin []string
	for _, k := range known {
		if len(name) > 2 && strings.HasPrefix(strings.ToLower(k), strings.ToLower(name)) {
			begin = append(begin, k)
		}
	}
	if len(begin) == 1 {
		return "; did you mean " + begin[0] + "?"
	}
	if goes := foreignMembers[name]; goes != "" && len(known) == 0 {
		return "; " + thisIsGo + goes
	}
	return ""
}

// typer tells the types of expressions that begin with a global name.
type typer struct {
	env    env
	global map[*ast.Ident]bool
}

// of is the compiled type of an expression, nil when it is not known.
func (t typer) of(e ast.Expr) reflect.Type {
	switch e := e.(type) {
	case *ast.Ident:
		if t.global[e] {
			return compiledType(t.env.Type(e.Name))
		}
	case *ast.ParenExpr:
		return t.of(e.X)
	case *ast.CallExpr:
		if f := t.of(e.Fun); f != nil && f.Kind() == reflect.Func && f.NumOut() > 0 {
			return compiledType(f.Out(0))
		}
	case *ast.IndexExpr:
		if x := t.of(e.X); x != nil {
			switch x.Kind() {
			case reflect.Map, reflect.Slice, reflect.Array:
				return compiledType(x.Elem())
			}
		}
	case *ast.SelectorExpr:
		return t.selector(e)
	case *ast.SliceExpr:
		if x := t.of(e.X); x != nil && (x.Kind() == reflect.Slice || x.Kind() == reflect.String) {
			return x
		}
	}
	return nil
}

func (t typer) selector(e *ast.SelectorExpr) reflect.Type {
	if id, ok := e.X.(*ast.Ident); ok && t.global[id] && (t.env.in.imported(id.Name) || !t.env.Known(id.Name)) {
		return compiledType(packageFunc(id.Name, e.Sel.Name))
	}
	x := t.of(e.X)
	if x == nil {
		return nil
	}
	m, ok := exactly(x, e.Sel.Name)
	if !ok {
		return nil
	}
	return compiledType(m.Type)
}

// packageFunc is the type of a function of a package that the prompt imports by
// itself; nil when there is none.
func packageFunc(pkg, name string) reflect.Type {
	path, ok := pack(pkg)
	if !ok {
		return nil
	}
	_, table, _ := symbols.Lookup(path)
	if f := table[name]; f.IsValid() && f.Kind() == reflect.Func {
		return f.Type()
	}
	return nil
}

// countRanges makes a range over what is known to be an int recognizable as one (see countTo).
func (t typer) countRanges(c *cell) {
	ast.Inspect(c.file, func(n ast.Node) bool {
		r, ok := n.(*ast.RangeStmt)
		if !ok {
			return true
		}
		if x := t.of(r.X); c.counts[r] || x != nil && x.Kind() == reflect.Int {
			r.X = &ast.CallExpr{Fun: &ast.Ident{NamePos: r.X.Pos(), Name: "int"}, Lparen: r.X.Pos(), Args: []ast.Expr{r.X}, Rparen: r.X.End()}
		}
		return true
	})
}

// compiledType drops types of the script, whose methods reflection does not
// see.
func compiledType(t reflect.Type) reflect.Type {
	if t == nil {
		return nil
	}
	base := t
	for base.Kind() == reflect.Pointer {
		base = base.Elem()
	}
	if base.Name() == "" && (base.Kind() == reflect.Struct || base.Kind() == reflect.Interface) {
		return nil
	}
	if base.PkgPath() == interpPath || t.Kind() == reflect.Pointer && base.Kind() == reflect.Pointer {
		return nil
	}
	return t
}

func exactly(t reflect.Type, name string) (dialect.Member, bool) {
	m, ok := dialect.Find(t, name)
	return m, ok && m.Name == name
}
