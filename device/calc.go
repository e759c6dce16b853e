package device

import (
	"context"
	"errors"
)

// Calculator is the controller of a counter that is computed from others at
// each point. Its inputs must be scalar; a scan adds them when they are
// missing and orders calculated counters by what they need.
type Calculator interface {
	Controller
	Inputs() []*Counter
	// Calculate is given the values of Inputs, valid during the call only.
	Calculate(in []float64) (float64, error)
}

// NewCalc makes a counter that is f of the values of inputs. f must not keep
// its argument.
func NewCalc(name, unit string, f func(in []float64) (float64, error), inputs ...*Counter) *Counter {
	return &Counter{Name: name, Unit: unit, Controller: &calc{name: name, f: f, inputs: inputs}}
}

// calc is a Calculator made of a function.
type calc struct {
	name   string
	f      func([]float64) (float64, error)
	inputs []*Counter
}

var _ Calculator = (*calc)(nil)

func (c *calc) Name() string                            { return c.name }
func (c *calc) Inputs() []*Counter                      { return c.inputs }
func (c *calc) Calculate(in []float64) (float64, error) { return c.f(in) }
func (c *calc) Prepare(context.Context, Setup) (Acquisition, error) {
	return nil, errors.New(c.name + " is calculated; it has no hardware to prepare")
}
