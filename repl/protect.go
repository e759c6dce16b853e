package repl

import (
	"errors"
	"go/ast"
	"go/token"
	"reflect"

	"blissh/internal/nearest"
	"blissh/repl/dialect"
)

// predeclared reports whether a name stands for the session's object. The
// caller holds mu.
func (in *Interp) predeclared(name string) bool {
	_, ok := in.names[name]
	return ok && !in.open[name]
}

// protected reports whether a name must not be overwritten.
func (in *Interp) protected(name string) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.predeclared(name) || in.user[name] && in.locked[name]
}

// Unprotect allows to overwrite a name that is protected.
func (in *Interp) Unprotect(name string) error {
	if err := in.findName(name); err != nil {
		return err
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if _, ok := in.names[name]; ok {
		in.open[name] = true
	}
	delete(in.locked, name)
	return nil
}

// Protect keeps a name from being overwritten. One of the session's that was
// overwritten stands for what it stood for again, and back is true. It waits for
// no evaluation: it is for a command, or for a prompt at which nothing runs.
func (in *Interp) Protect(name string) (back bool, err error) {
	if err := in.findName(name); err != nil {
		return false, err
	}
	in.mu.Lock()
	own, predeclared := in.names[name]
	overwritten := in.user[name]
	if predeclared {
		delete(in.open, name)
	} else {
		in.locked[name] = true
	}
	in.mu.Unlock()
	if !predeclared || !overwritten {
		return false, nil
	}
	return true, in.Define(map[string]reflect.Value{name: own})
}

// findName says which name was probably meant by one that is not there.
func (in *Interp) findName(name string) error {
	in.mu.Lock()
	_, ok := in.names[name]
	ok = ok && name[0] != '_' || in.user[name]
	in.mu.Unlock()
	if ok {
		return nil
	}
	return errors.New("there is no name " + name + " in the session" + nearest.Hint(name, in.Names()))
}

// checkAssigned refuses to assign protected names, anywhere, and to declare them
// in the head of a loop or condition at the top level, where that looks as if
// they were assigned. What a function calls its own variables is its business.
func (in *Interp) checkAssigned(u *unit, c *cell) error {
	global := unresolved(c.file)
	found := assigned(c.file, func(id *ast.Ident) bool { return global[id] && in.protected(id.Name) })
	if found == nil && c.block != nil {
		found = headed(c.block, func(id *ast.Ident) bool { return in.protected(id.Name) })
	}
	if found != nil {
		return in.atNode(u, found.Pos(), "%s", dialect.Protected(found.Name))
	}
	return nil
}

// assigned finds the first name assigned in a piece of source that satisfies is.
func assigned(n ast.Node, is func(*ast.Ident) bool) (found *ast.Ident) {
	targets(n, func(e ast.Expr) {
		if id, ok := e.(*ast.Ident); ok && found == nil && is(id) {
			found = id
		}
	})
	return found
}

// headed finds the first name that a head outside a function literal declares
// and that satisfies is.
func headed(n ast.Node, is func(*ast.Ident) bool) (found *ast.Ident) {
	ast.Inspect(n, func(n ast.Node) bool {
		for _, e := range heads(n) {
			if id, ok := e.(*ast.Ident); ok && found == nil && is(id) {
				found = id
			}
		}
		_, function := n.(*ast.FuncLit)
		return found == nil && !function
	})
	return found
}

// heads are the names that the head of a statement declares.
func heads(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.RangeStmt:
		if n.Tok == token.DEFINE {
			return []ast.Expr{n.Key, n.Value}
		}
	case *ast.ForStmt:
		return declaredBy(n.Init)
	case *ast.IfStmt:
		return declaredBy(n.Init)
	case *ast.SwitchStmt:
		return declaredBy(n.Init)
	case *ast.TypeSwitchStmt:
		return append(declaredBy(n.Init), declaredBy(n.Assign)...)
	}
	return nil
}

func declaredBy(s ast.Stmt) []ast.Expr {
	if a, ok := s.(*ast.AssignStmt); ok && a.Tok == token.DEFINE {
		return a.Lhs
	}
	return nil
}
