package repl

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// checker holds what package go/types knows of the session: the interpreter
// takes many a mistake for something else, or finds it when half of a statement
// has run. What the checker does not know counts as right.
type checker struct {
	types    *goTypes
	user     map[string]types.Object // declared at the prompt
	given    map[string]types.Object // predeclared
	packages map[string]*types.Package
	paths    map[string]string // of imported packages, by the name they are used under
	main     *types.Package    // of what is typed
	fresh    []types.Object    // what the cell that was checked last declares
}

func newChecker() *checker {
	return &checker{
		types: newGoTypes(), user: map[string]types.Object{}, given: map[string]types.Object{},
		main: &types.Package{}, packages: map[string]*types.Package{}, paths: map[string]string{},
	}
}

// checkTypes finds mistakes of types in a cell, and notes what it declares.
func (in *Interp) checkTypes(u *unit, c *cell) error {
	in.checker.fresh = nil
	if g, ok := firstDecl(c.file).(*ast.GenDecl); ok && c.block == nil && g.Tok == token.IMPORT {
		return nil
	}
	mistakes, declared := in.typed(c)
	if s := reassigns(c); s != nil && len(mistakes) > 0 {
		s.Tok = token.DEFINE // a variable may get a value of another type
		again, _ := in.typed(c)
		if s.Tok = token.ASSIGN; len(again) == 0 {
			for _, e := range s.Lhs {
				delete(in.checker.user, e.(*ast.Ident).Name) // of which the interpreter may think otherwise
			}
			return nil
		}
	}
	if len(mistakes) == 0 {
		in.checker.fresh = declared
		return nil
	}
	msg := typeWords(u.input, mistakes[0].Msg, in.importedPackage)
	if strings.Contains(msg, " has no ") && !strings.Contains(msg, "; ") {
		msg += memberHint(mistakes[0].selected, mistakes[0].members)
	}
	return in.atNode(u, mistakes[0].Pos, "%s", msg)
}

// reassigns is the statement x = value at the top level.
func reassigns(c *cell) *ast.AssignStmt {
	if c.block == nil || len(c.block.List) != 1 {
		return nil
	}
	s, ok := c.block.List[0].(*ast.AssignStmt)
	if !ok || s.Tok != token.ASSIGN || !allNames(s.Lhs) {
		return nil
	}
	return s
}

// typeError is a mistake as package go/types words it.
type typeError struct {
	Pos      token.Pos
	Msg      string
	selected string   // the member that is not there
	members  []string // those that are
}

// typed checks a cell. It gives the mistakes that count, and the objects that
// the cell declares at the top level.
func (in *Interp) typed(c *cell) (mistakes []typeError, declared []types.Object) {
	pkg := in.checker.main
	*pkg = *types.NewPackage("main", "main") // the same package, so that its types are its own, with a new scope
	own := map[string]bool{}
	for _, name := range append(slices.Clone(c.declares), c.types...) {
		own[name] = c.block == nil
	}
	in.known(pkg, c.file, own)
	file, alone := checked(c)
	if len(file.Decls) == 0 {
		return nil, nil
	}
	conf := types.Config{GoVersion: "go1.22", Error: func(err error) {
		e, ok := err.(types.Error)
		if ok && !tolerated(c, e.Msg) && !(alone != nil && e.Pos >= alone.Pos() && strings.HasSuffix(e.Msg, "is not used")) {
			mistakes = append(mistakes, typeError{Pos: e.Pos, Msg: e.Msg})
		}
	}}
	info := &types.Info{Defs: map[*ast.Ident]types.Object{}, Types: map[ast.Expr]types.TypeAndValue{}}
	defer func() {
		if recover() != nil { // of a source that only the interpreter understands
			mistakes, declared = nil, nil
		}
	}()
	_ = types.NewChecker(&conf, in.engine().yi.FileSet(), pkg, info).Files([]*ast.File{file})
	c.counts = ranges(c.file, info)
	for i := range mistakes {
		mistakes[i].look(file, info, pkg)
	}
	declared = topLevel(c, info)
	if fn, ok := file.Decls[0].(*ast.FuncDecl); ok && info.Defs[fn.Name] != nil && strings.HasPrefix(fn.Name.Name, methodPrefix) {
		declared = append(declared, info.Defs[fn.Name])
	}
	return mistakes, declared
}

// tolerated are names that are not used, continuations of other complaints, and calls of a method in
// itself, which its type does not have yet.
func tolerated(c *cell, msg string) bool {
	if fn, ok := firstDecl(c.file).(*ast.FuncDecl); ok && fn.Recv != nil && strings.Contains(msg, "no field or method "+fn.Name.Name) {
		return true
	}
	if strings.HasPrefix(msg, "label ") && c.block != nil {
		return false
	}
	return !counts(msg)
}

// checked is the file to be checked: an expression alone is handed to the
// display, which a call of a function without results is not.
func checked(c *cell) (f *ast.File, alone ast.Expr) {
	if fn, ok := firstDecl(c.file).(*ast.FuncDecl); ok && fn.Recv != nil {
		return withDecl(c.file, asFunction(fn)), nil
	}
	if c.block == nil || len(c.block.List) != 1 {
		return c.file, nil
	}
	s, ok := c.block.List[0].(*ast.ExprStmt)
	if !ok {
		return c.file, nil
	}
	if _, call := ast.Unparen(s.X).(*ast.CallExpr); call {
		return c.file, s.X
	}
	if id, ok := s.X.(*ast.Ident); ok && id.Name == "nil" {
		return &ast.File{Name: c.file.Name}, nil
	}
	if u, ok := s.X.(*ast.UnaryExpr); ok && u.Op == token.ARROW {
		return c.file, s.X
	}
	show := *c.file.Decls[0].(*ast.FuncDecl)
	show.Body = block(c.block, shown(s))
	return withDecl(c.file, &show), nil
}

// withDecl is a file with another declaration in the place of its only one.
func withDecl(f *ast.File, d ast.Decl) *ast.File {
	return &ast.File{Package: f.Package, Name: f.Name, Decls: []ast.Decl{d}, FileStart: f.FileStart, FileEnd: f.FileEnd}
}

// asFunction is a method with its receiver as the first parameter: package
// go/types takes methods only together with their type.
func asFunction(fn *ast.FuncDecl) *ast.FuncDecl {
	t := *fn.Type
	t.Params = &ast.FieldList{Opening: fn.Type.Params.Opening, Closing: fn.Type.Params.Closing}
	recv := *fn.Recv.List[0]
	if len(recv.Names) == 0 {
		recv.Names = []*ast.Ident{{NamePos: recv.Type.Pos(), Name: "_"}}
	}
	t.Params.List = append(t.Params.List, &recv)
	for _, p := range fn.Type.Params.List {
		if len(p.Names) == 0 {
			q := *p
			q.Names = []*ast.Ident{{NamePos: p.Type.Pos(), Name: "_"}}
			p = &q
		}
		t.Params.List = append(t.Params.List, p)
	}
	return &ast.FuncDecl{Name: &ast.Ident{NamePos: fn.Name.NamePos, Name: methodPrefix + fn.Name.Name}, Type: &t, Body: fn.Body}
}

// methodPrefix marks functions that are methods.
const methodPrefix = "__method_"

// known puts the names that a file uses, apart from its own, into the package
// that is checked.
func (in *Interp) known(pkg *types.Package, f *ast.File, own map[string]bool) {
	scope := pkg.Scope()
	for _, id := range append(f.Unresolved, ast.NewIdent("__show")) {
		if own[id.Name] || scope.Lookup(id.Name) != nil {
			continue
		}
		if obj := in.object(pkg, id.Name); obj != nil {
			scope.Insert(obj)
		}
	}
}

// object is what a name stands for at the prompt; nil for Go's own.
func (in *Interp) object(pkg *types.Package, name string) types.Object {
	in.mu.Lock()
	user, v, isType := in.user[name], in.names[name], in.types[name] > 0
	_, given := in.names[name]
	in.mu.Unlock()
	k := in.checker
	switch {
	case user && k.user[name] != nil:
		return renewed(pkg, k.user[name])
	case user && isType:
		return types.NewTypeName(token.NoPos, pkg, name, types.Typ[types.Invalid])
	case user:
		return types.NewVar(token.NoPos, pkg, name, types.Typ[types.Invalid])
	case given:
		if k.given[name] == nil {
			k.given[name] = k.types.object(nil, name, v)
		}
		return renewed(pkg, k.given[name])
	case in.imports[name]:
		if p := in.importedPackage(name); p != nil {
			return types.NewPkgName(token.NoPos, pkg, name, p)
		}
		return types.NewVar(token.NoPos, pkg, name, types.Typ[types.Invalid])
	}
	return nil
}

// renewed is an object under its name in another package: a scope takes only
// objects without a parent.
func renewed(pkg *types.Package, o types.Object) types.Object {
	switch o := o.(type) {
	case *types.TypeName:
		return types.NewTypeName(token.NoPos, pkg, o.Name(), o.Type())
	case *types.Const:
		return types.NewConst(token.NoPos, pkg, o.Name(), o.Type(), o.Val())
	case *types.Func:
		return types.NewFunc(token.NoPos, pkg, o.Name(), o.Signature())
	}
	return types.NewVar(token.NoPos, pkg, o.Name(), o.Type())
}

// importedPackage is an imported package with all its names; nil when nothing is
// known of it.
func (in *Interp) importedPackage(name string) *types.Package {
	path, ok := in.checker.paths[name]
	if !ok {
		return nil
	}
	return in.checker.importPackage(in.engine(), path)
}

// importPackage is a package as code of an engine sees it; nil when there is none.
func (k *checker) importPackage(e *engine, path string) *types.Package {
	if p := k.packages[path]; p != nil {
		return p
	}
	name, table, ok := e.lookup(path)
	if !ok {
		return nil
	}
	p := types.NewPackage(path, name)
	for n, v := range table {
		if token.IsExported(n) {
			p.Scope().Insert(k.types.object(p, n, v))
		}
	}
	p.MarkComplete()
	k.packages[path] = p
	return p
}

// look finds the members of the value at a mistake, if it is one of a member.
func (m *typeError) look(f *ast.File, info *types.Info, pkg *types.Package) {
	ast.Inspect(f, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Pos() == m.Pos {
			m.selected, m.members = s.Sel.Name, membersOf(info.Types[s.X].Type, pkg)
		}
		return true
	})
}

// membersOf lists the fields and methods of a type.
func membersOf(t types.Type, pkg *types.Package) (names []string) {
	if t == nil {
		return nil
	}
	pointer := t
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	} else if !types.IsInterface(t) {
		pointer = types.NewPointer(t)
	}
	for m := range types.NewMethodSet(pointer).Methods() {
		names = append(names, m.Obj().Name())
	}
	if s, ok := t.Underlying().(*types.Struct); ok {
		for f := range s.Fields() {
			if f.Exported() || f.Pkg() == pkg {
				names = append(names, f.Name())
			}
		}
	}
	return names
}

// ranges finds the loops over an int.
func ranges(f *ast.File, info *types.Info) map[*ast.RangeStmt]bool {
	found := map[*ast.RangeStmt]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		if r, ok := n.(*ast.RangeStmt); ok {
			t := info.Types[r.X].Type
			found[r] = t == types.Typ[types.Int] || t == types.Typ[types.UntypedInt]
		}
		return true
	})
	return found
}

// topLevel lists what a cell declares for those that follow.
func topLevel(c *cell, info *types.Info) (list []types.Object) {
	add := func(id *ast.Ident) {
		if o := info.Defs[id]; o != nil && id.Name != "_" {
			list = append(list, o)
		}
	}
	if c.block != nil {
		for _, s := range c.block.List {
			if a, ok := s.(*ast.AssignStmt); ok && a.Tok == token.DEFINE {
				for _, e := range a.Lhs {
					add(e.(*ast.Ident))
				}
			}
		}
		return list
	}
	for _, d := range c.file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				add(d.Name)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.ValueSpec:
					for _, id := range s.Names {
						add(id)
					}
				case *ast.TypeSpec:
					add(s.Name)
				}
			}
		}
	}
	return list
}

// keepTypes takes over what a cell that has run declares.
func (in *Interp) keepTypes(c *cell) {
	k := in.checker
	for _, name := range append(slices.Clone(c.declares), c.types...) {
		if !reassigned(c) {
			delete(k.user, name)
		}
	}
	for _, o := range k.fresh {
		if f, ok := o.(*types.Func); ok && strings.HasPrefix(f.Name(), methodPrefix) {
			addMethod(f)
			continue
		}
		k.user[o.Name()] = o
	}
	k.fresh = nil
}

// reassigned reports whether a cell gives new values to variables, whose types
// stay or have been forgotten.
func reassigned(c *cell) bool { return reassigns(c) != nil }

// addMethod adds a method, which was checked as a function, to its type.
func addMethod(f *types.Func) {
	sig := f.Signature()
	params := slices.Collect(sig.Params().Variables())
	recv, t := params[0], params[0].Type()
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	n, ok := t.(*types.Named)
	if !ok {
		return
	}
	recv = types.NewVar(recv.Pos(), f.Pkg(), recv.Name(), recv.Type())
	own := types.NewSignatureType(recv, nil, nil, types.NewTuple(params[1:]...), sig.Results(), sig.Variadic())
	n.AddMethod(types.NewFunc(f.Pos(), f.Pkg(), strings.TrimPrefix(f.Name(), methodPrefix), own))
}

func lastOf(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }
