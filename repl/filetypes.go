package repl

import (
	"go/ast"
	"go/types"
	"strings"
)

// checkTypes finds the mistakes of types in a file of plain Go.
func (e *engine) checkTypes(f *ast.File, src string) (err error) {
	k := newChecker()
	pkg := types.NewPackage(f.Name.Name, f.Name.Name)
	for _, id := range f.Unresolved { // names such as SCANS come with the import
		if v, ok := e.prompt[id.Name]; ok && !id.IsExported() && pkg.Scope().Lookup(id.Name) == nil {
			pkg.Scope().Insert(k.types.object(pkg, id.Name, v))
		}
	}
	paths := map[string]string{}
	for _, spec := range f.Imports {
		paths[importName(spec)] = importPath(spec)
	}
	imported := func(name string) *types.Package { return k.importPackage(e, paths[name]) }
	var list Errors
	conf := types.Config{GoVersion: "go1.22", Importer: importer(func(path string) (*types.Package, error) {
		if p := k.importPackage(e, path); p != nil {
			return p, nil
		}
		return types.NewPackage(path, lastOf(path)), nil // told before
	}), Error: func(err error) {
		if m, ok := err.(types.Error); ok && counts(m.Msg) {
			list = append(list, e.at(m.Pos, "%s", typeWords(src, m.Msg, imported)))
		}
	}}
	defer func() {
		if r := recover(); r != nil {
			err = nil // a source that only the interpreter understands
		}
	}()
	_ = types.NewChecker(&conf, e.yi.FileSet(), pkg, nil).Files([]*ast.File{f})
	return single(list)
}

// counts reports whether a mistake is one for the interpreter too: it does not
// mind what is not used, and the session's names begin with small letters.
func counts(msg string) bool {
	return !strings.HasPrefix(msg, "\t") && !strings.HasPrefix(msg, "declared and not used") && !strings.HasSuffix(msg, "declared and not used") &&
		!strings.Contains(msg, "imported and not used") && !strings.Contains(msg, "not exported by package")
}

// importer is a function as types.Importer.
type importer func(path string) (*types.Package, error)

func (f importer) Import(path string) (*types.Package, error) { return f(path) }
