package repl

import (
	"go/ast"
	"go/doc"
	"go/token"
	"go/types"
	"reflect"
	"slices"
	"strings"

	"blissh/hooks"
	"blissh/internal/nearest"
	"blissh/internal/spell"
)

// hookType is a hook found in a script.
type hookType struct {
	name        string
	line        int
	doc         string
	constructor bool // there is a func NewT
	fails       bool // which also returns an error
	preset      bool // it has a method of a preset
}

// hookMethods are the methods of a hook and their signatures, as they are
// compared: with the packages' own names.
func hookMethods() map[string]string {
	return map[string]string{
		"OnScanNew":  "func(*data.Scan) error",
		"OnScanData": "func(*scan.Data) error",
		"OnTimeout":  "func() error",
		"OnScanEnd":  "func(*data.Scan) error",
		"Timeout":    "func() time.Duration",
		"Mode":       "func() scan.Mode",
		"OnFailure":  "func() scan.Policy",

		"OnPrepare":      "func(*data.Scan) error",
		"OnChainPrepare": "func([]string) error",
		"OnStart":        "func(*data.Scan) error",
		"OnChainStart":   "func() error",
		"OnPointPrepare": "func(int) error",
		"OnPointStart":   "func(int) error",
		"OnPointStop":    "func(int) error",
		"OnChainStop":    "func() error",
		"OnStop":         "func(*data.Scan) error",
	}
}

// presetMethod reports whether a method of that name makes a hook a preset.
func presetMethod(name string) bool {
	_, ok := reflect.TypeFor[hooks.PresetCallback]().MethodByName(name)
	return ok
}

// findHooks lists the hook types of a script: structs that embed hooks.Base,
// or that have a method of a hook. All mistakes are in the error: a misspelt
// method would silently never be called.
func findHooks(e *engine, f *ast.File) ([]*hookType, error) {
	v := &validator{e: e, file: f, methods: map[string][]*ast.FuncDecl{}, funcs: map[string]*ast.FuncDecl{}}
	v.collect()
	for _, d := range f.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.TYPE {
			for _, s := range g.Specs {
				v.typeSpec(g, s.(*ast.TypeSpec))
			}
		}
	}
	if len(v.mistakes) > 0 {
		return nil, single(v.mistakes)
	}
	if len(v.found) == 0 {
		return nil, e.at(f.Name.Pos(), "there is no hook in this file: a struct type that embeds hooks.Base")
	}
	return v.found, nil
}

type validator struct {
	e        *engine
	file     *ast.File
	methods  map[string][]*ast.FuncDecl
	funcs    map[string]*ast.FuncDecl
	found    []*hookType
	mistakes Errors
}

func (v *validator) complain(pos token.Pos, format string, args ...any) {
	v.mistakes = append(v.mistakes, v.e.at(pos, format, args...))
}

// collect sorts the functions of the file by receiver.
func (v *validator) collect() {
	for _, d := range v.file.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if fn.Recv == nil {
			v.funcs[fn.Name.Name] = fn
			if fn.Name.Name == "main" {
				v.complain(fn.Name.Pos(), "a hook script has no func main")
			}
			continue
		}
		name := receiver(fn)
		v.methods[name] = append(v.methods[name], fn)
	}
}

func receiver(fn *ast.FuncDecl) string {
	if len(fn.Recv.List) == 0 {
		return ""
	}
	t := fn.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if id, ok := t.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

func (v *validator) typeSpec(g *ast.GenDecl, s *ast.TypeSpec) {
	st, ok := s.Type.(*ast.StructType)
	if !ok {
		return
	}
	embeds := v.embedsBase(st)
	if !embeds && !slices.ContainsFunc(v.methods[s.Name.Name], func(fn *ast.FuncDecl) bool { return hookMethods()[fn.Name.Name] != "" }) {
		return
	}
	if !embeds {
		v.complain(s.Name.Pos(), "%s has methods of a hook, but does not embed hooks.Base", s.Name.Name)
	}
	for _, fn := range v.methods[s.Name.Name] {
		v.method(fn)
	}
	t := &hookType{name: s.Name.Name, line: v.e.yi.FileSet().Position(s.Name.Pos()).Line, doc: v.synopsis(g, s)}
	t.preset = slices.ContainsFunc(v.methods[s.Name.Name], func(fn *ast.FuncDecl) bool { return presetMethod(fn.Name.Name) })
	v.constructor(t)
	v.found = append(v.found, t)
}

func (v *validator) synopsis(g *ast.GenDecl, s *ast.TypeSpec) string {
	text := s.Doc.Text()
	if text == "" {
		text = g.Doc.Text()
	}
	return new(doc.Package).Synopsis(text)
}

func (v *validator) embedsBase(st *ast.StructType) bool {
	base := v.local("blissh/hooks") + ".Base"
	for _, f := range st.Fields.List {
		if len(f.Names) != 0 {
			continue
		}
		switch types.ExprString(f.Type) {
		case base:
			return true
		case "*" + base:
			v.complain(f.Type.Pos(), "embed %s by value, not as a pointer", base)
			return true
		}
	}
	return false
}

// local is the name under which the file knows a package.
func (v *validator) local(path string) string {
	for _, spec := range v.file.Imports {
		if importPath(spec) == path {
			return importName(spec)
		}
	}
	return path[strings.LastIndexByte(path, '/')+1:]
}

// method checks name and signature of one method of a hook.
func (v *validator) method(fn *ast.FuncDecl) {
	want, ok := hookMethods()[fn.Name.Name]
	if !ok {
		v.misspelt(fn)
		return
	}
	got := types.ExprString(signature(fn.Type))
	for _, p := range []string{"blissh/data", "blissh/scan", "time"} {
		own := p[strings.LastIndexByte(p, '/')+1:]
		want = strings.ReplaceAll(want, own+".", v.local(p)+".")
	}
	if got != want {
		v.complain(fn.Name.Pos(), "%s must be %s, not %s", fn.Name.Name, want, got)
	}
}

// misspelt complains about a method that seems to be meant for the watchdog.
func (v *validator) misspelt(fn *ast.FuncDecl) {
	name := fn.Name.Name
	near := spell.Camel(name)
	if hookMethods()[near] == "" {
		near = nearest.Name(near, methodNames())
	}
	isOn := strings.HasPrefix(name, "On") && len(name) > 2 && name[2] >= 'A' && name[2] <= 'Z'
	switch {
	case near != "":
		v.complain(fn.Name.Pos(), "%s is not a method of a hook; did you mean %s?", name, near)
	case isOn:
		v.complain(fn.Name.Pos(), "%s is not a method of a hook; those are %s", name, strings.Join(methodNames(), ", "))
	}
}

func methodNames() []string {
	var names []string
	for name := range hookMethods() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// signature is a function type without the names of its parameters.
func signature(t *ast.FuncType) *ast.FuncType {
	return &ast.FuncType{Params: unnamed(t.Params), Results: unnamed(t.Results)}
}

func unnamed(list *ast.FieldList) *ast.FieldList {
	if list == nil {
		return nil
	}
	out := &ast.FieldList{}
	for _, f := range list.List {
		for range max(1, len(f.Names)) {
			out.List = append(out.List, &ast.Field{Type: f.Type})
		}
	}
	return out
}

// constructor looks for func NewT() *T, which may also return an error.
func (v *validator) constructor(t *hookType) {
	fn, ok := v.funcs["New"+t.name]
	if !ok {
		return
	}
	t.constructor = true
	if fn.Type.Params.NumFields() > 0 {
		v.complain(fn.Name.Pos(), "%s must not have parameters", fn.Name.Name)
	}
	r := signature(fn.Type).Results
	switch {
	case r.NumFields() == 2 && types.ExprString(r.List[1].Type) == "error":
		t.fails = true
	case r.NumFields() != 1:
		v.complain(fn.Name.Pos(), "%s must return *%s, or *%s and an error", fn.Name.Name, t.name, t.name)
	}
}
