package drivers

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"blissh/device"
	"blissh/device/slits"
	"blissh/internal/formula"
)

// Calculated is the configuration of a set of calculated axes.
type Calculated struct {
	Name  string
	Reals []string // names of the real axes
	Axes  []CalculatedAxis
}

// CalculatedAxis is the configuration of one of its axes.
type CalculatedAxis struct {
	Name   string
	Decode func(into any) error // as in Options
}

// slitsDriver makes gap and offset of two blades.
func slitsDriver() Driver {
	return Driver{
		Name:        "slits",
		Doc:         "gap and offset of two blades",
		NewGeometry: newSlit,

		GeometryOptions:       func() any { return new(slitOptions) },
		CalculatedAxisOptions: func() any { return new(slitAxis) },
	}
}

// slitOptions are those of a slit: how its blades count.
type slitOptions struct {
	Blades string `yaml:"blades" want:"oneof=common|outward"` // common if left out
}

// slitAxis says which axis of a slit it is.
type slitAxis struct {
	Kind string `yaml:"kind" want:"required oneof=gap|offset"`
}

func newSlit(c Calculated, o Options) (device.Geometry, error) {
	var s slitOptions
	if err := decode(o.Decode, &s); err != nil {
		return nil, err
	}
	var kinds []string
	for _, a := range c.Axes {
		var k slitAxis
		if err := decode(a.Decode, &k); err != nil {
			return nil, err
		}
		kinds = append(kinds, k.Kind)
	}
	switch {
	case len(c.Reals) != 2:
		return nil, fmt.Errorf("a slit has two blades, not %d", len(c.Reals))
	case len(kinds) != 2 || kinds[0] == kinds[1]:
		return nil, errors.New("a slit has one axis of kind gap and one of kind offset")
	}
	return slits.Slit{Outward: s.Blades == "outward", OffsetFirst: kinds[0] == "offset"}, nil
}

// formulaDriver makes axes from formulas.
func formulaDriver() Driver {
	return Driver{
		Name:        "formula",
		Doc:         "calculated axes whose formulas stand in the configuration",
		NewGeometry: newFormulas,

		GeometryOptions:       func() any { return new(formulaOptions) },
		CalculatedAxisOptions: func() any { return new(formulaAxis) },
	}
}

// formulaOptions say how to come back: by name of a real axis, its formula of
// the calculated ones.
type formulaOptions struct {
	Inverse []inverse `yaml:"inverse" want:"required"`
}

type inverse struct {
	Real    string `yaml:"real" want:"required"`
	Formula string `yaml:"formula" want:"required"`
}

// formulaAxis is the position of one axis, of those of the real axes.
type formulaAxis struct {
	Formula string `yaml:"formula" want:"required"`
}

func newFormulas(c Calculated, o Options) (device.Geometry, error) {
	var f formulaOptions
	if err := decode(o.Decode, &f); err != nil {
		return nil, err
	}
	g := formulas{calculated: names(c.Axes), reals: c.Reals}
	for _, a := range c.Axes {
		var k formulaAxis
		if err := decode(a.Decode, &k); err != nil {
			return nil, err
		}
		if err := add(&g.forward, a.Name, k.Formula, c.Reals); err != nil {
			return nil, err
		}
	}
	for _, real := range c.Reals {
		i := slices.IndexFunc(f.Inverse, func(v inverse) bool { return v.Real == real })
		if i < 0 {
			return nil, fmt.Errorf("inverse has no formula for %s", real)
		}
		if err := add(&g.inverse, real, f.Inverse[i].Formula, g.calculated); err != nil {
			return nil, err
		}
	}
	return g, nil
}

func names(axes []CalculatedAxis) (list []string) {
	for _, a := range axes {
		list = append(list, a.Name)
	}
	return list
}

// add understands the formula of an axis.
func add(list *[]*placed, axis, src string, of []string) error {
	f, err := formula.Parse(src, of)
	if err != nil {
		return fmt.Errorf("formula of %s: %w", axis, err)
	}
	p := &placed{f: f, axis: axis}
	for _, n := range f.Names() {
		p.from = append(p.from, slices.Index(of, n))
	}
	*list = append(*list, p)
	return nil
}

// placed is a formula that knows where its values stand.
type placed struct {
	f    *formula.Formula
	axis string
	from []int
}

func (p *placed) value(of []float64) (float64, error) {
	in := make([]float64, len(p.from))
	for i, k := range p.from {
		in[i] = of[k]
	}
	x := p.f.Value(in)
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return x, fmt.Errorf("there is no position of %s for %.10g", p.axis, of)
	}
	return x, nil
}

// formulas is a geometry made of formulas.
type formulas struct {
	calculated, reals []string
	forward, inverse  []*placed
}

func (g formulas) Forward(reals []float64) ([]float64, error) { return values(g.forward, reals) }
func (g formulas) Inverse(calculated []float64) ([]float64, error) {
	return values(g.inverse, calculated)
}

func values(list []*placed, of []float64) ([]float64, error) {
	to := make([]float64, len(list))
	for i, p := range list {
		x, err := p.value(of)
		if err != nil {
			return nil, err
		}
		to[i] = x
	}
	return to, nil
}
