// Package formula evaluates arithmetic that stands as text in a configuration:
// "(top - bottom) / 2", "log(i0 / i1)".
//
// Numbers are floating-point, so 3/4 is 0.75. There are + - * /, brackets, the
// names that the caller knows, pi, and the functions of Functions.
package formula

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"maps"
	"math"
	"slices"
	"strconv"

	"blissh/internal/nearest"
)

// Formula is a text that was understood. It is not changed and may be used by
// several goroutines.
type Formula struct {
	names []string
	root  node
}

// node computes a part of a formula from the values of its names.
type node func(values []float64) float64

// functions of one number, and of two.
var (
	ofOne = map[string]func(float64) float64{
		"abs": math.Abs, "sqrt": math.Sqrt, "exp": math.Exp, "log": math.Log, "log10": math.Log10,
		"sin": math.Sin, "cos": math.Cos, "tan": math.Tan, "asin": math.Asin, "acos": math.Acos, "atan": math.Atan,
		"floor": math.Floor, "ceil": math.Ceil, "round": math.Round,
	}
	ofTwo = map[string]func(float64, float64) float64{"pow": math.Pow, "atan2": math.Atan2, "min": math.Min, "max": math.Max}
)

// Functions are the names of the functions; angles are in radians.
func Functions() []string {
	return slices.Sorted(slices.Values(append(slices.Collect(maps.Keys(ofOne)), slices.Collect(maps.Keys(ofTwo))...)))
}

// Parse understands src, in which the known names may stand. The error says in
// one line what is wrong.
func Parse(src string, known []string) (*Formula, error) {
	e, err := parser.ParseExpr(src)
	if err != nil {
		return nil, fmt.Errorf("%q is no formula: %s", src, firstMessage(err))
	}
	f := &Formula{}
	f.root, err = f.compile(e, known)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// firstMessage leaves out the place, which is one in a text of a line.
func firstMessage(err error) string {
	if list, ok := err.(scanner.ErrorList); ok && len(list) > 0 {
		return list[0].Msg
	}
	return err.Error()
}

// Names are those that stand in the formula, in the order of the values of
// Value.
func (f *Formula) Names() []string { return slices.Clone(f.names) }

// Value computes the formula; values belong to Names.
func (f *Formula) Value(values []float64) float64 { return f.root(values) }

func (f *Formula) compile(e ast.Expr, known []string) (node, error) {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return f.compile(e.X, known)
	case *ast.BasicLit:
		return number(e)
	case *ast.Ident:
		return f.name(e.Name, known)
	case *ast.UnaryExpr:
		return f.unary(e, known)
	case *ast.BinaryExpr:
		return f.binary(e, known)
	case *ast.CallExpr:
		return f.call(e, known)
	}
	return nil, fmt.Errorf("a formula has numbers, names, + - * /, brackets and functions only")
}

func number(e *ast.BasicLit) (node, error) {
	x, err := strconv.ParseFloat(e.Value, 64)
	if err != nil || e.Kind != token.INT && e.Kind != token.FLOAT {
		return nil, fmt.Errorf("%s is no number", e.Value)
	}
	return func([]float64) float64 { return x }, nil
}

// name finds a value by its name.
func (f *Formula) name(name string, known []string) (node, error) {
	if !slices.Contains(known, name) {
		if name == "pi" {
			return func([]float64) float64 { return math.Pi }, nil
		}
		return nil, fmt.Errorf("%s is not known%s", name, nearest.Hint(name, known))
	}
	i := slices.Index(f.names, name)
	if i < 0 {
		i = len(f.names)
		f.names = append(f.names, name)
	}
	return func(v []float64) float64 { return v[i] }, nil
}

func (f *Formula) unary(e *ast.UnaryExpr, known []string) (node, error) {
	x, err := f.compile(e.X, known)
	switch {
	case err != nil:
		return nil, err
	case e.Op == token.SUB:
		return func(v []float64) float64 { return -x(v) }, nil
	case e.Op == token.ADD:
		return x, nil
	}
	return nil, fmt.Errorf("%s has no meaning in a formula", e.Op)
}

func (f *Formula) binary(e *ast.BinaryExpr, known []string) (node, error) {
	x, err := f.compile(e.X, known)
	if err != nil {
		return nil, err
	}
	y, err := f.compile(e.Y, known)
	if err != nil {
		return nil, err
	}
	switch e.Op {
	case token.ADD:
		return func(v []float64) float64 { return x(v) + y(v) }, nil
	case token.SUB:
		return func(v []float64) float64 { return x(v) - y(v) }, nil
	case token.MUL:
		return func(v []float64) float64 { return x(v) * y(v) }, nil
	case token.QUO:
		return func(v []float64) float64 { return x(v) / y(v) }, nil
	case token.XOR:
		return nil, fmt.Errorf("^ has no meaning in a formula; a power is pow(x, y)")
	}
	return nil, fmt.Errorf("%s has no meaning in a formula", e.Op)
}

func (f *Formula) call(e *ast.CallExpr, known []string) (node, error) {
	id, ok := e.Fun.(*ast.Ident)
	if !ok {
		return nil, fmt.Errorf("only functions can be called; there are %v", Functions())
	}
	var args []node
	for _, a := range e.Args {
		n, err := f.compile(a, known)
		if err != nil {
			return nil, err
		}
		args = append(args, n)
	}
	one, two := ofOne[id.Name], ofTwo[id.Name]
	switch {
	case one != nil && len(args) == 1:
		return func(v []float64) float64 { return one(args[0](v)) }, nil
	case two != nil && len(args) == 2:
		return func(v []float64) float64 { return two(args[0](v), args[1](v)) }, nil
	case one != nil:
		return nil, fmt.Errorf("%s is a function of one number, %d are given", id.Name, len(args))
	case two != nil:
		return nil, fmt.Errorf("%s is a function of two numbers, %d are given", id.Name, len(args))
	}
	return nil, fmt.Errorf("no function is called %s%s", id.Name, nearest.Hint(id.Name, Functions()))
}
