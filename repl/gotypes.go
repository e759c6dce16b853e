package repl

import (
	"go/constant"
	"go/token"
	"go/types"
	"reflect"
)

// goTypes gives compiled types as package go/types has them, so that what is
// typed can be checked against the session's own objects. A type is made once.
type goTypes struct {
	done     map[reflect.Type]types.Type
	packages map[string]*types.Package // by import path
}

func newGoTypes() *goTypes {
	return &goTypes{done: map[reflect.Type]types.Type{}, packages: map[string]*types.Package{}}
}

// of converts a type. What has no counterpart is invalid, which the checker
// takes for anything.
func (g *goTypes) of(t reflect.Type) types.Type {
	if known, ok := g.done[t]; ok {
		return known
	}
	if t.Name() != "" {
		return g.named(t)
	}
	switch t.Kind() {
	case reflect.Pointer:
		return types.NewPointer(g.of(t.Elem()))
	case reflect.Slice:
		return types.NewSlice(g.of(t.Elem()))
	case reflect.Array:
		return types.NewArray(g.of(t.Elem()), int64(t.Len()))
	case reflect.Map:
		return types.NewMap(g.of(t.Key()), g.of(t.Elem()))
	case reflect.Chan:
		return types.NewChan(direction(t.ChanDir()), g.of(t.Elem()))
	case reflect.Func:
		return g.signature(t, nil, 0)
	case reflect.Struct:
		return g.structure(t)
	case reflect.Interface:
		return g.interfaceOf(t)
	}
	return types.Typ[types.Invalid]
}

func direction(d reflect.ChanDir) types.ChanDir {
	switch d {
	case reflect.RecvDir:
		return types.RecvOnly
	case reflect.SendDir:
		return types.SendOnly
	}
	return types.SendRecv
}

// pack is the package of an import path.
func (g *goTypes) pack(path string) *types.Package {
	p, ok := g.packages[path]
	if !ok {
		p = types.NewPackage(path, lastOf(path))
		g.packages[path] = p
	}
	return p
}

// named converts a type with a name, with the methods that it exports.
func (g *goTypes) named(t reflect.Type) types.Type {
	if t.PkgPath() == "" {
		obj := types.Universe.Lookup(t.Name())
		if obj == nil {
			obj = types.Unsafe.Scope().Lookup("Pointer")
		}
		return obj.Type()
	}
	if t.PkgPath() == interpPath {
		return types.Typ[types.Invalid]
	}
	name := types.NewTypeName(token.NoPos, g.pack(t.PkgPath()), t.Name(), nil)
	n := types.NewNamed(name, nil, nil)
	g.done[t] = n
	n.SetUnderlying(g.underlying(t))
	if t.Kind() != reflect.Interface {
		g.methods(n, t)
	}
	return n
}

func (g *goTypes) methods(n *types.Named, t reflect.Type) {
	pkg, pointer := n.Obj().Pkg(), reflect.PointerTo(t)
	for m := range pointer.Methods() {
		var recv types.Type = n
		if _, byValue := t.MethodByName(m.Name); !byValue {
			recv = types.NewPointer(n)
		}
		v := types.NewVar(token.NoPos, pkg, "", recv)
		n.AddMethod(types.NewFunc(token.NoPos, pkg, m.Name, g.signature(m.Type, v, 1)))
	}
}

// basics are Go's own types by kind.
var basics = map[reflect.Kind]types.BasicKind{
	reflect.Bool: types.Bool, reflect.String: types.String, reflect.UnsafePointer: types.UnsafePointer,
	reflect.Int: types.Int, reflect.Int8: types.Int8, reflect.Int16: types.Int16, reflect.Int32: types.Int32, reflect.Int64: types.Int64,
	reflect.Uint: types.Uint, reflect.Uint8: types.Uint8, reflect.Uint16: types.Uint16, reflect.Uint32: types.Uint32, reflect.Uint64: types.Uint64,
	reflect.Uintptr: types.Uintptr, reflect.Float32: types.Float32, reflect.Float64: types.Float64,
	reflect.Complex64: types.Complex64, reflect.Complex128: types.Complex128,
}

// underlying is the type that a named one is made of.
func (g *goTypes) underlying(t reflect.Type) types.Type {
	if kind, ok := basics[t.Kind()]; ok {
		return types.Typ[kind]
	}
	switch t.Kind() {
	case reflect.Slice:
		return types.NewSlice(g.of(t.Elem()))
	case reflect.Array:
		return types.NewArray(g.of(t.Elem()), int64(t.Len()))
	case reflect.Map:
		return types.NewMap(g.of(t.Key()), g.of(t.Elem()))
	case reflect.Chan:
		return types.NewChan(direction(t.ChanDir()), g.of(t.Elem()))
	case reflect.Pointer:
		return types.NewPointer(g.of(t.Elem()))
	case reflect.Func:
		return g.signature(t, nil, 0)
	case reflect.Struct:
		return g.structure(t)
	}
	return g.interfaceOf(t)
}

// signature converts a function type without its first skip parameters.
func (g *goTypes) signature(t reflect.Type, recv *types.Var, skip int) *types.Signature {
	var in, out []*types.Var
	for i := skip; i < t.NumIn(); i++ {
		in = append(in, types.NewParam(token.NoPos, nil, "", g.of(t.In(i))))
	}
	for o := range t.Outs() {
		out = append(out, types.NewParam(token.NoPos, nil, "", g.of(o)))
	}
	return types.NewSignatureType(recv, nil, nil, types.NewTuple(in...), types.NewTuple(out...), t.IsVariadic())
}

func (g *goTypes) structure(t reflect.Type) types.Type {
	var fields []*types.Var
	var tags []string
	for f := range t.Fields() {
		var pkg *types.Package
		if f.PkgPath != "" {
			pkg = g.pack(f.PkgPath)
		}
		fields = append(fields, types.NewField(token.NoPos, pkg, f.Name, g.of(f.Type), f.Anonymous))
		tags = append(tags, string(f.Tag))
	}
	return types.NewStruct(fields, tags)
}

func (g *goTypes) interfaceOf(t reflect.Type) types.Type {
	var methods []*types.Func
	for m := range t.Methods() {
		if m.IsExported() { // whether a type has the others cannot be seen from outside
			methods = append(methods, types.NewFunc(token.NoPos, nil, m.Name, g.signature(m.Type, nil, 0)))
		}
	}
	return types.NewInterfaceType(methods, nil).Complete()
}

// object is a value of a symbol table under its name: a type, a constant, a
// function or a variable.
func (g *goTypes) object(pkg *types.Package, name string, v reflect.Value) types.Object {
	switch {
	case !v.IsValid():
		return types.NewVar(token.NoPos, pkg, name, types.Typ[types.Invalid])
	case v.Kind() == reflect.Pointer && v.IsNil() && !v.CanAddr():
		return types.NewTypeName(token.NoPos, pkg, name, g.of(v.Type().Elem()))
	case v.Kind() == reflect.Func && !v.CanAddr():
		sig, ok := g.of(v.Type()).Underlying().(*types.Signature)
		if ok {
			return types.NewFunc(token.NoPos, pkg, name, sig)
		}
	case !v.CanAddr():
		if c, t := g.constant(v); c != nil {
			return types.NewConst(token.NoPos, pkg, name, t, c)
		}
	}
	return types.NewVar(token.NoPos, pkg, name, g.of(v.Type()))
}

// constant is the value of a constant as symbol tables have it: one of package
// go/constant if it is untyped.
func (g *goTypes) constant(v reflect.Value) (constant.Value, types.Type) {
	if c, ok := v.Interface().(constant.Value); ok {
		switch c.Kind() {
		case constant.Bool:
			return c, types.Typ[types.UntypedBool]
		case constant.String:
			return c, types.Typ[types.UntypedString]
		case constant.Int:
			return c, types.Typ[types.UntypedInt]
		case constant.Float:
			return c, types.Typ[types.UntypedFloat]
		}
		return c, types.Typ[types.UntypedComplex]
	}
	switch {
	case v.Kind() == reflect.Bool:
		return constant.MakeBool(v.Bool()), g.of(v.Type())
	case v.Kind() == reflect.String:
		return constant.MakeString(v.String()), g.of(v.Type())
	case v.CanInt():
		return constant.MakeInt64(v.Int()), g.of(v.Type())
	case v.CanUint():
		return constant.MakeUint64(v.Uint()), g.of(v.Type())
	case v.CanFloat():
		return constant.MakeFloat64(v.Float()), g.of(v.Type())
	}
	return nil, nil
}
