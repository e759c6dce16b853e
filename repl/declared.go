package repl

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"blissh/repl/symbols"
)

// Name is something that the user has declared at the prompt.
type Name struct {
	Name string
	Kind string       // "variable", "constant", "function" or "type"
	Text string       // its type; of a function how it is called; of a constant its value
	Type reflect.Type // of a variable; nil when compiled code does not know it
}

// Declared lists what the user has declared, sorted by name. It is safe at any
// time.
func (in *Interp) Declared() []Name {
	in.mu.Lock()
	defer in.mu.Unlock()
	var list []Name
	for _, name := range slices.Sorted(maps.Keys(in.user)) {
		if n, ok := in.about[name]; ok {
			list = append(list, n)
		}
	}
	return list
}

// Value is the value of a variable of the user's. It is for code that runs at
// the prompt, a command for example.
func (in *Interp) Value(name string) (value any, ok bool) {
	in.mu.Lock()
	known := in.user[name] && in.about[name].Kind == "variable"
	in.mu.Unlock()
	v, ok := in.engine().globals()[name]
	if !known || !ok || !v.IsValid() || !v.CanInterface() {
		return nil, false
	}
	return v.Interface(), true
}

// globals are the variables and constants at the top level. The interpreter
// panics when it is asked right after a declaration that did not compile.
func (e *engine) globals() (m map[string]reflect.Value) {
	defer func() {
		if recover() != nil {
			m = nil
		}
	}()
	return e.yi.Globals()
}

// name describes what a cell has declared.
func (c *cell) name(name string, v reflect.Value) Name {
	n := Name{Name: name, Kind: "variable"}
	switch d := firstDecl(c.file).(type) {
	case *ast.FuncDecl:
		if c.block == nil {
			n.Kind, n.Text = "function", name+strings.TrimPrefix(types.ExprString(d.Type), "func")
		}
	case *ast.GenDecl:
		switch d.Tok {
		case token.CONST:
			n.Kind = "constant"
		case token.TYPE:
			n.Kind = "type"
		}
	}
	n.Text = renamed.ReplaceAllString(n.Text, "")
	if !v.IsValid() || n.Kind == "function" || n.Kind == "type" {
		return n
	}
	if k, ok := constantValue(v); ok {
		n.Text = k.String()
		return n
	}
	if t := v.Type(); t.PkgPath() != interpPath {
		n.Type, n.Text = t, typeText(t)
	}
	return n
}

// renamed is what a type is given that is declared again.
var renamed = regexp.MustCompile(`__\d+\b`)

// interpPath is the package whose types mean nothing to users.
const interpPath = "github.com/traefik/yaegi/interp"

func constantValue(v reflect.Value) (constant.Value, bool) {
	if !v.CanInterface() {
		return nil, false
	}
	k, ok := v.Interface().(constant.Value)
	return k, ok
}

// typeText is a type as the user would write it: without the package of what
// cannot be imported.
func typeText(t reflect.Type) string {
	switch {
	case t.Name() != "":
		if t.PkgPath() == "" || symbols.Has(t.PkgPath()) {
			return t.String()
		}
		return t.Name()
	case t.Kind() == reflect.Pointer && t.Elem().Name() != "" && typeText(t.Elem()) == t.Elem().Name():
		return t.Elem().Name()
	case t.Kind() == reflect.Pointer:
		return "*" + typeText(t.Elem())
	case t.Kind() == reflect.Slice:
		return "[]" + typeText(t.Elem())
	case t.Kind() == reflect.Map:
		return "map[" + typeText(t.Key()) + "]" + typeText(t.Elem())
	case t.Kind() == reflect.Func:
		return "func" + signatureText(t)
	case t.Kind() == reflect.Struct:
		return "struct"
	case t.Kind() == reflect.Interface && t.NumMethod() == 0:
		return "any"
	}
	return t.String()
}

// signatureText is "(float64, ...any) error" of a function type.
func signatureText(t reflect.Type) string {
	var in, out []string
	for i := range t.NumIn() {
		text := typeText(t.In(i))
		if t.IsVariadic() && i == t.NumIn()-1 {
			text = "..." + typeText(t.In(i).Elem())
		}
		in = append(in, text)
	}
	for o := range t.Outs() {
		out = append(out, typeText(o))
	}
	text := "(" + strings.Join(in, ", ") + ")"
	switch len(out) {
	case 0:
		return text
	case 1:
		return text + " " + out[0]
	}
	return text + " (" + strings.Join(out, ", ") + ")"
}
