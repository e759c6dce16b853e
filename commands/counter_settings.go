package commands

import (
	"fmt"
	"math"

	"blissh/data"
	"blissh/device"
)

// Mode is what the counter makes of the samples of a point: "MEAN", "STATS",
// "SAMPLES", "SINGLE", "LAST" or "INTEGRATE"; "" if it is read once per point.
func (c *Counter) Mode() string { return string(c.dev.Mode()) }

// SetMode changes it, from the next scan on, and prints from and to. It is
// remembered.
func (c *Counter) SetMode(mode string) {
	from := c.Mode()
	try(c.sh.Session.SetMode(c.dev, mode))
	c.sh.printf("%s: mode changed from %s to %s\n", c.Name(), from, c.Mode())
}

// Factor multiplies what the hardware reads: the value is factor x reading
// + offset.
func (c *Counter) Factor() float64 { return c.dev.Conversion().Factor }

// Offset is added to factor x reading.
func (c *Counter) Offset() float64 { return c.dev.Conversion().Offset }

// SetFactor changes the factor, from the next scan on. It is remembered.
func (c *Counter) SetFactor(factor float64) {
	v := c.dev.Conversion()
	v.Factor = factor
	c.convert(v)
}

// SetOffset changes the offset, from the next scan on. It is remembered.
func (c *Counter) SetOffset(offset float64) {
	v := c.dev.Conversion()
	v.Offset = offset
	c.convert(v)
}

func (c *Counter) convert(v device.Conversion) {
	try(c.sh.Session.SetConversion(c.dev, v))
	c.sh.printf("%s: %s\n", c.Name(), conversionText(v))
}

func conversionText(v device.Conversion) string {
	sign := '+'
	if v.Offset < 0 {
		sign = '-'
	}
	return fmt.Sprintf("value = %s x reading %c %s", formatNumber(v.Factor), sign, formatNumber(math.Abs(v.Offset)))
}

// settingsText is what a counter's information says of them.
func (c *Counter) settingsText() string {
	text := ""
	if s, ok := c.dev.Controller.(*device.Sampling); ok {
		text = fmt.Sprintf(", mode %s, at most %s samples/s", c.Mode(), formatNumber(s.MaxRate()))
	}
	if v := c.dev.Conversion(); v != device.NoConversion() {
		text += ", " + conversionText(v)
	}
	return text
}

func calcCounterCommand() Command {
	return Command{
		Name: "calc_counter", Group: groupDevices,
		Usage: "calc_counter(name, function, counters...)",
		Help: "Makes a counter that is calculated from others at each point. The function is given their values in order: " +
			"func(v []float64) float64 { return v[0] / v[1] }. The counters are counted along with it. Gives the counter; prints nothing by itself.",
		Example: `calc_counter("ratio", func(v []float64) float64 { return v[0] / v[1] }, diode1, diode3)`,
		Func:    func(sh *Shell) any { return sh.calcCounter },
	}
}

func (sh *Shell) calcCounter(args ...any) *Counter {
	a := sh.parse("calc_counter", args)
	name := a.text(0, "name")
	if !data.ValidName(name) {
		failf("calc_counter", "%q is no name: up to 64 letters, digits, _ . and - are", name)
	}
	var f func([]float64) float64
	if len(a.list) > 1 {
		f, _ = a.list[1].(func([]float64) float64)
	}
	if f == nil {
		a.wrong(1, "function", "a function such as func(v []float64) float64 { return v[0] / v[1] }")
	}
	inputs := a.counters(2)
	c := device.NewCalc(name, "", called(f), inputs...)
	return &Counter{sh: sh, dev: c}
}

// called makes an error of a panic of a user's function. What is infinite is
// NaN in the data.
func called(f func([]float64) float64) func([]float64) (float64, error) {
	return func(in []float64) (x float64, err error) {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("its function failed: %v", p)
			}
		}()
		if x = f(in); math.IsInf(x, 0) {
			x = math.NaN()
		}
		return x, nil
	}
}
