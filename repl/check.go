package repl

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strconv"

	"blissh/repl/dialect"
)

// check refuses what would leave the interpreter in a bad state, or what
// cannot be meant, before the interpreter sees it.
func (in *Interp) check(u *unit, c *cell) error {
	if c.block == nil {
		if err := in.checkDeclaration(u, c); err != nil {
			return err
		}
		if err := in.checkAssigned(u, c); err != nil {
			return err
		}
	} else if err := in.checkStatement(u, c); err != nil {
		return err
	}
	for _, name := range c.declares {
		if types.Universe.Lookup(name) != nil && universe(name) {
			return in.atNode(u, declaration(c, name), "%s is a word of Go and cannot be overwritten", name)
		}
		if in.protected(name) {
			return in.atNode(u, declaration(c, name), "%s", dialect.Protected(name))
		}
	}
	if err := in.checkAssigned(u, c); err != nil {
		return err
	}
	if err := in.checkNames(u, c); err != nil {
		return err
	}
	if err := in.checkHooks(u, c); err != nil {
		return err
	}
	if err := in.checkMembers(u, c); err != nil {
		return err
	}
	if err := in.checkTargets(u, c); err != nil {
		return err
	}
	if m := surplus(c.file, in.results(typer{env{in}, unresolved(c.file)})); m != nil {
		return in.atNode(u, m.pos, "%s", m.msg)
	}
	if err := in.checkKeywords(u, c); err != nil {
		return err
	}
	if err := in.checkTypes(u, c); err != nil {
		return err
	}
	return in.checkArguments(u, c)
}

// declaration finds where the cell declares a name.
func declaration(c *cell, name string) (pos token.Pos) {
	ast.Inspect(c.file, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Name == name && !pos.IsValid() {
			pos = id.Pos()
		}
		return !pos.IsValid()
	})
	return pos
}

func (in *Interp) checkDeclaration(u *unit, c *cell) error {
	for _, d := range c.file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Body == nil {
				return in.atNode(u, d.Pos(), "the body { ... } of the function is missing, on the same line")
			}
			if d.Recv == nil && (d.Name.Name == "main" || d.Name.Name == "init") {
				return in.atNode(u, d.Pos(), "func %s belongs into a file with a package clause", d.Name.Name)
			}
			if d.Recv != nil && d.Recv.NumFields() > 1 || d.Recv != nil && len(d.Recv.List) == 0 {
				return in.atNode(u, d.Recv.Pos(), "a method has one receiver: func (t T) %s()", d.Name.Name)
			}
			if d.Recv != nil {
				if err := in.checkMethod(u, d); err != nil {
					return err
				}
			} else {
				c.declares = append(c.declares, d.Name.Name)
			}
		case *ast.GenDecl:
			if err := in.checkGenDecl(u, c, d); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkMethod refuses to declare a method again, which the interpreter ignores.
func (in *Interp) checkMethod(u *unit, d *ast.FuncDecl) error {
	if in.methods[in.methodKey(d)] {
		t := receiver(d)
		return in.atNode(u, d.Name.Pos(), "%s.%s exists already; declare type %s again first", t, d.Name.Name, t)
	}
	if !in.hooks[receiver(d)] {
		return nil
	}
	v := &validator{e: in.engine(), file: &ast.File{}}
	v.method(d)
	if len(v.mistakes) > 0 {
		return in.atNode(u, d.Name.Pos(), "%s", v.mistakes[0].Msg)
	}
	return nil
}

// hookTag is the key of the field tag that carries the name of a hook's type:
// from outside, a type of interpreted code has none.
const hookTag = "hook"

// tagHooks gives hooks.Base, where a struct embeds it, a tag with the name of
// the type.
func tagHooks(f *ast.File) {
	ast.Inspect(f, func(n ast.Node) bool {
		s, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		if base := baseField(s); base != nil && base.Tag == nil {
			tag := strconv.Quote(hookTag + ":" + strconv.Quote(s.Name.Name))
			base.Tag = &ast.BasicLit{ValuePos: base.Type.End(), Kind: token.STRING, Value: tag}
		}
		return true
	})
}

// baseField is where a struct type embeds hooks.Base, nil if it does not.
func baseField(s *ast.TypeSpec) *ast.Field {
	st, ok := s.Type.(*ast.StructType)
	if !ok {
		return nil
	}
	for _, f := range st.Fields.List {
		if len(f.Names) == 0 && types.ExprString(f.Type) == "hooks.Base" {
			return f
		}
	}
	return nil
}

// methodKey tells the methods of a type from those of one of the same name.
func (in *Interp) methodKey(d *ast.FuncDecl) string {
	t := receiver(d)
	return fmt.Sprintf("%s %d %s", t, in.types[t], d.Name.Name)
}

func (in *Interp) checkGenDecl(u *unit, c *cell, d *ast.GenDecl) error {
	for _, s := range d.Specs {
		switch s := s.(type) {
		case *ast.ImportSpec:
			if name := importName(s); in.protected(name) {
				return in.atNode(u, s.Pos(), "%s", dialect.Protected(name))
			}
			if !in.engine().need(importPath(s)) {
				return in.atNode(u, s.Pos(), "there is no package %s for interpreted code", s.Path.Value)
			}
		case *ast.ValueSpec:
			for _, id := range s.Names {
				c.declares = append(c.declares, id.Name)
			}
		case *ast.TypeSpec:
			c.declares = append(c.declares, s.Name.Name)
			c.types = append(c.types, s.Name.Name)
			in.hooks[s.Name.Name] = baseField(s) != nil
		}
	}
	return nil
}

func (in *Interp) checkStatement(u *unit, c *cell) error {
	for _, s := range c.block.List {
		switch s := s.(type) {
		case *ast.ReturnStmt:
			return in.atNode(u, s.Pos(), "return works inside a function only")
		case *ast.DeferStmt:
			return in.atNode(u, s.Pos(), "defer works inside a function only")
		case *ast.BranchStmt:
			return in.atNode(u, s.Pos(), "%s works inside a loop only", s.Tok)
		case *ast.AssignStmt:
			if recv := commaRecv(s); recv {
				return in.atNode(u, s.Pos(), "v, ok := <-ch works inside a function only")
			}
			for _, e := range s.Lhs {
				if id, ok := e.(*ast.Ident); ok && id.Name != "_" {
					c.declares = append(c.declares, id.Name)
				}
			}
		}
	}
	return nil
}

func commaRecv(s *ast.AssignStmt) bool {
	if s.Tok != token.DEFINE || len(s.Lhs) != 2 || len(s.Rhs) != 1 {
		return false
	}
	x, ok := s.Rhs[0].(*ast.UnaryExpr)
	return ok && x.Op == token.ARROW
}

// checkKeywords refuses name=value in calls of Go's own functions and of those of
// packages, which have no options.
func (in *Interp) checkKeywords(u *unit, c *cell) (err error) {
	global := unresolved(c.file)
	ast.Inspect(c.file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || err != nil {
			return err == nil
		}
		f := ast.Unparen(call.Fun)
		if s, ok := f.(*ast.SelectorExpr); ok {
			f = s.X
		}
		id, ok := f.(*ast.Ident)
		if !ok || !global[id] || !in.imports[id.Name] && !universe(id.Name) {
			return true
		}
		for _, a := range call.Args {
			if kw, ok := a.(*ast.CallExpr); ok && types.ExprString(kw.Fun) == "__kw" {
				err = in.atNode(u, kw.Pos(), "name=value is for commands; %s has no options", types.ExprString(call.Fun))
			}
		}
		return err == nil
	})
	return err
}

func unresolved(f *ast.File) map[*ast.Ident]bool {
	out := map[*ast.Ident]bool{}
	for _, id := range f.Unresolved {
		out[id] = true
	}
	return out
}

// checkHooks refuses to make a hook of a type typed at the prompt that has no
// method of one, perhaps because it did not compile: a scan would run with a
// guard that never says anything.
func (in *Interp) checkHooks(u *unit, c *cell) error {
	if c.block == nil {
		return nil
	}
	for _, id := range c.file.Unresolved {
		if in.hooks[id.Name] && !in.watches(id.Name) {
			return in.atNode(u, id.Pos(), "%s has no method of a hook, such as OnScanData: it would watch nothing; type its methods first", id.Name)
		}
	}
	return nil
}

// watches reports whether a type has a method of a hook.
func (in *Interp) watches(t string) bool {
	for name := range hookMethods() {
		if in.methods[fmt.Sprintf("%s %d %s", t, in.types[t], name)] {
			return true
		}
	}
	return false
}

// checkNames finds names that do not exist, and imports packages that are
// used without having been imported.
func (in *Interp) checkNames(u *unit, c *cell) error {
	packages := map[*ast.Ident]bool{}
	ast.Inspect(c.file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := s.X.(*ast.Ident); ok {
				packages[id] = true
			}
		}
		return true
	})
	own := map[string]bool{}
	for _, name := range append(c.declares, c.types...) {
		own[name] = c.block == nil
	}
	for _, id := range c.file.Unresolved {
		if own[id.Name] || in.exists(id.Name) || packages[id] && in.autoImport(id.Name) {
			continue
		}
		return in.atNode(u, id.Pos(), "%s", in.undefined(id.Name, packages[id]))
	}
	for _, d := range c.file.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.IMPORT {
			return in.checkImport(c, g)
		}
	}
	return nil
}

// checkImport drops what has been imported before, which the interpreter
// would refuse.
func (in *Interp) checkImport(c *cell, g *ast.GenDecl) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	var specs []ast.Spec
	for _, s := range g.Specs {
		s := s.(*ast.ImportSpec)
		key := importPath(s)
		if s.Name != nil {
			key = s.Name.Name + " " + key
		}
		if !in.imports[key] {
			in.imports[key] = true
			specs = append(specs, s)
		}
		in.imports[importName(s)] = true
		in.checker.paths[importName(s)] = importPath(s)
	}
	g.Specs = specs
	return nil
}

func importName(s *ast.ImportSpec) string {
	if s.Name != nil {
		return s.Name.Name
	}
	p := importPath(s)
	for i := len(p) - 1; i >= 0; i-- {
		if p[i] == '/' {
			return p[i+1:]
		}
	}
	return p
}

func (in *Interp) exists(name string) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	_, ok := in.names[name]
	return ok || in.user[name] || in.imports[name] || universe(name)
}

// imported reports whether a package is known by that name.
func (in *Interp) imported(name string) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.imports[name]
}

func (in *Interp) autoImport(name string) bool {
	path, ok := pack(name)
	if !ok || !in.engine().need(path) {
		return false
	}
	in.mu.Lock()
	in.imports[name], in.imports[path], in.checker.paths[name] = true, true, path
	in.mu.Unlock()
	return in.source("import "+strconv.Quote(path)) == nil
}

// renameTypes gives a type that is declared again a new name, since the
// interpreter ignores the second declaration of a name.
func (in *Interp) renameTypes(c *cell) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, name := range c.types {
		in.types[name]++
	}
	own := map[string]bool{}
	for _, name := range c.types {
		own[name] = true
	}
	global := unresolved(c.file)
	ast.Inspect(c.file, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || in.types[id.Name] < 2 {
			return true
		}
		if global[id] || own[id.Name] && id.Obj != nil && id.Obj.Kind == ast.Typ {
			id.Name = fmt.Sprintf("%s__%d", id.Name, in.types[id.Name])
		}
		return true
	})
}
