package session

import (
	"slices"

	"go.yaml.in/yaml/v4"

	"blissh/device"
	"blissh/device/drivers"
	"blissh/internal/formula"
	"blissh/internal/nearest"
	"blissh/internal/strictyaml"
)

// CalculatedConfig describes axes that are calculated from others.
type CalculatedConfig struct {
	DeviceConfig
	Reals []string               `yaml:"reals" want:"required"`
	Axes  []CalculatedAxisConfig `yaml:"axes" want:"required"`
}

// CalculatedAxisConfig describes one of them. Low and High limit what the
// driver calculates.
type CalculatedAxisConfig struct {
	Entry
	Unit      string  `yaml:"unit"`
	Low       float64 `yaml:"low" want:"inf"`
	High      float64 `yaml:"high" want:"inf"`
	Offset    float64 `yaml:"offset"`
	Sign      int     `yaml:"sign" want:"oneof=1|-1"`
	Tolerance float64 `yaml:"tolerance" want:">0"`
}

// FormulaConfig describes a counter that is calculated from others.
type FormulaConfig struct {
	Entry
	Unit    string `yaml:"unit"`
	Format  string `yaml:"format"` // fmt verb for display, "%.4f"
	Formula string `yaml:"formula" want:"required"`
}

// Defaults is what holds for an axis that does not say otherwise.
func (a *CalculatedAxisConfig) Defaults() { a.Low, a.High, a.Sign = noLimit(-1), noLimit(1), 1 }

// Device is the axis' description for package device.
func (a *CalculatedAxisConfig) Device() device.Config {
	return device.Config{
		Name: a.Name, Unit: a.Unit, Low: a.Low, High: a.High,
		Offset: a.Offset, Sign: a.Sign, Tolerance: a.Tolerance,
	}
}

// names are those of the calculated axes.
func (k *CalculatedConfig) names() []string {
	var names []string
	for i := range k.Axes {
		names = append(names, k.Axes[i].Name)
	}
	return names
}

// geometry makes what the axes are calculated with.
func (k *CalculatedConfig) geometry() (device.Geometry, error) {
	d, err := drivers.Find(k.Driver)
	if err != nil {
		return nil, err
	}
	c := drivers.Calculated{Name: k.Name, Reals: k.Reals}
	for i := range k.Axes {
		c.Axes = append(c.Axes, drivers.CalculatedAxis{Name: k.Axes[i].Name, Decode: k.Axes[i].Decode})
	}
	return d.NewGeometry(c, drivers.Options{Decode: k.Decode})
}

// check looks at a set of calculated axes; axes are the names of those that
// stand above it.
func (k *CalculatedConfig) check(r *strictyaml.Report, names map[string]string, axes []string) {
	d := k.findDriver(r)
	if d.NewGeometry == nil && d.Name != "" {
		r.Add(strictyaml.Find(k.Node, "driver"), "driver %s has no calculated axes", d.Name)
		return
	}
	k.checkOptions(r, d.GeometryOptions)
	for i, real := range strictyaml.Find(k.Node, "reals").Content {
		if i < len(k.Reals) && !slices.Contains(axes, k.Reals[i]) {
			r.Add(real, "no axis is called %s%s; it must stand above", k.Reals[i], nearest.Hint(k.Reals[i], axes))
		}
	}
	for i := range k.Axes {
		k.Axes[i].claim(r, names)
		k.Axes[i].checkOptions(r, d.CalculatedAxisOptions)
		if k.Axes[i].Low >= k.Axes[i].High {
			r.Add(strictyaml.Find(k.Axes[i].Node, "high"), "high must be above low, %.10g; it is %.10g", k.Axes[i].Low, k.Axes[i].High)
		}
	}
	if r.Err() != nil || d.NewGeometry == nil {
		return
	}
	if _, err := k.geometry(); err != nil {
		r.Add(k.Node, "%s: %v", k.Name, err)
	}
}

// check understands the formula; counters are those that stand above it.
func (f *FormulaConfig) check(r *strictyaml.Report, counters []string) {
	f.checkOptions(r, nil)
	if f.Formula == "" {
		return
	}
	at := strictyaml.Find(f.Node, "formula")
	parsed, err := formula.Parse(f.Formula, counters)
	if err != nil {
		r.Add(at, "formula: %v", err)
		return
	}
	if len(parsed.Names()) == 0 {
		r.Add(at, "formula: there is no counter in %q", f.Formula)
	}
}

// checkGroups looks at named lists whose items are known devices; what names
// them.
func checkGroups(r *strictyaml.Report, groups strictyaml.Lists, names map[string]string, known []string, what string) {
	for _, g := range groups {
		claimName(r, g.Node, g.Name, names)
		seen := map[string]bool{}
		for _, i := range g.Items {
			if !slices.Contains(known, i.Name) {
				r.Add(i.Node, "no %s is called %s%s", what, i.Name, nearest.Hint(i.Name, known))
			}
			if seen[i.Name] {
				r.Add(i.Node, "%s is in %s twice", i.Name, g.Name)
			}
			seen[i.Name] = true
		}
	}
}

// axisNames and scalarNames are the names of all axes and of those counters that
// a formula may use.
func (c *Config) axisNames() (list []string) {
	for i := range c.Axes {
		list = append(list, c.Axes[i].Name)
	}
	return list
}

func (c *Config) counterNames() (list []string) {
	for i := range c.Axes {
		if c.Axes[i].Encoder != nil {
			list = append(list, device.EncoderName(c.Axes[i].Name))
		}
	}
	for i := range c.Controllers {
		list = append(list, c.Controllers[i].names()...)
	}
	return list
}

// checkCalculated looks at everything that is made of other devices.
func (c *Config) checkCalculated(r *strictyaml.Report, names map[string]string) {
	axes, owners := c.axisNames(), map[string]string{}
	for i := range c.CalculatedAxes {
		k := &c.CalculatedAxes[i]
		k.claim(r, owners)
		k.check(r, names, axes)
		axes = append(axes, k.names()...)
	}
	counters := c.counterNames()
	for i := range c.CalculatedCounters {
		f := &c.CalculatedCounters[i]
		f.claim(r, names)
		f.check(r, counters)
		counters = append(counters, f.Name)
	}
	checkGroups(r, c.AxisGroups, names, axes, "axis")
	checkGroups(r, c.MeasurementGroups, names, counters, "counter")
}

// claimName notes a name that is taken already.
func claimName(r *strictyaml.Report, at *yaml.Node, name string, names map[string]string) {
	e := Entry{Name: name, Node: at}
	e.claim(r, names)
}
