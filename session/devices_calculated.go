package session

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"blissh/device"
	"blissh/internal/formula"
)

// addCalculated makes a set of calculated axes, if all axes that they need are
// there.
func (d *Devices) addCalculated(c *Config, k *CalculatedConfig, wait device.Wait) {
	if k.Disabled {
		for _, name := range k.names() {
			d.Disabled[name] = byConfiguration
		}
		return
	}
	axes, err := d.calculate(k, wait)
	if err != nil {
		d.disable(&k.Entry, err, k.names()...)
		return
	}
	d.Axes = append(d.Axes, d.answering(c, axes)...)
}

func (d *Devices) calculate(k *CalculatedConfig, wait device.Wait) ([]*device.MotorAxis, error) {
	g, err := k.geometry()
	if err != nil {
		return nil, err
	}
	var reals []*device.MotorAxis
	for _, name := range k.Reals {
		a := d.axis(name)
		if a == nil {
			return nil, fmt.Errorf("%s is not there: %s", name, cmp.Or(d.Disabled[name], "it did not come up"))
		}
		reals = append(reals, a)
	}
	var configs []device.Config
	for i := range k.Axes {
		configs = append(configs, k.Axes[i].Device())
	}
	return device.NewCalculated(k.Name, g, reals, configs, wait).Axes(), nil
}

func (d *Devices) axis(name string) *device.MotorAxis {
	for _, a := range d.Axes {
		if a.Name() == name {
			return a
		}
	}
	return nil
}

func (d *Devices) counter(name string) *device.Counter {
	for _, c := range d.Counters {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// addFormula makes a calculated counter, if all counters that it needs are
// there.
func (d *Devices) addFormula(k *FormulaConfig) {
	c, err := d.formula(k)
	if err != nil {
		d.disable(&k.Entry, err, k.Name)
		return
	}
	d.Counters = append(d.Counters, c)
}

func (d *Devices) formula(k *FormulaConfig) (*device.Counter, error) {
	known := append(counterNames(d.Counters), slices.Collect(maps.Keys(d.Disabled))...)
	f, err := formula.Parse(k.Formula, known)
	if err != nil {
		return nil, fmt.Errorf("formula: %w", err)
	}
	var inputs []*device.Counter
	for _, name := range f.Names() {
		c := d.counter(name)
		if c == nil {
			return nil, fmt.Errorf("%s is not there: %s", name, d.Disabled[name])
		}
		if len(c.Shape) > 0 {
			return nil, fmt.Errorf("formula: %s is no number at each point", name)
		}
		inputs = append(inputs, c)
	}
	c := device.NewCalc(k.Name, k.Unit, evaluate(f), inputs...)
	c.Format = k.Format
	return c, nil
}

// evaluate computes a formula. What is no number, such as 1/0 in the dark, is
// published as NaN: it does not end a scan.
func evaluate(f *formula.Formula) func([]float64) (float64, error) {
	return func(in []float64) (float64, error) {
		x := f.Value(in)
		if math.IsInf(x, 0) {
			x = math.NaN()
		}
		return x, nil
	}
}
