package session

import (
	"fmt"
	"math"

	"go.yaml.in/yaml/v4"

	"blissh/data"
	"blissh/device"
	"blissh/device/drivers"
	"blissh/internal/strictyaml"
)

// noLimit is the limit of an axis that has none on that side.
func noLimit(sign int) float64 { return math.Inf(sign) }

// check notes what is wrong with values that have the right types.
func (c *Config) check(r *strictyaml.Report, root *yaml.Node) {
	if c.Name != "" && !data.ValidName(c.Name) {
		r.Add(strictyaml.Find(root, "session"), "session %q is no name: up to 64 letters, digits, _ . and - are", c.Name)
	}
	names := map[string]string{data.ElapsedTime: dataChannel, data.Epoch: dataChannel}
	for i := range c.Axes {
		a := &c.Axes[i]
		a.claim(r, names)
		a.check(r)
		a.checkOptions(r, a.findDriver(r).AxisOptions)
		if a.Encoder != nil {
			claimName(r, strictyaml.Find(a.Node, "encoder"), device.EncoderName(a.Name), names)
		}
	}
	owners := map[string]string{}
	for i := range c.Controllers {
		c.Controllers[i].claim(r, owners)
		c.Controllers[i].check(r, names)
	}
	c.checkCalculated(r, names)
	c.Saving.check(r)
	c.readAliases(r, names)
	c.readEveryScan(r)
}

// check looks at a controller and its counters, whose names are those that
// users type.
func (k *ControllerConfig) check(r *strictyaml.Report, names map[string]string) {
	if len(k.Counters) == 0 && strictyaml.Has(k.Node, "counters") {
		r.Add(strictyaml.Find(k.Node, "counters"), "counters must list at least one counter")
	}
	d := k.findDriver(r)
	k.checkOptions(r, d.ControllerOptions)
	for i := range k.Counters {
		k.Counters[i].claim(r, names)
		k.Counters[i].checkOptions(r, d.CounterOptions)
	}
}

// findDriver notes a driver that does not exist; it then returns one that
// knows no options.
func (d *DeviceConfig) findDriver(r *strictyaml.Report) drivers.Driver {
	if d.Driver == "" {
		return unknownDriver()
	}
	driver, err := drivers.Find(d.Driver)
	if err != nil {
		r.Add(strictyaml.Find(d.Node, "driver"), "%v", err)
		return unknownDriver()
	}
	return driver
}

// unknownDriver lets any options pass: what they should be nobody knows.
func unknownDriver() drivers.Driver {
	anything := func() any {
		return new(struct {
			Rest *yaml.Node `yaml:",rest"`
		})
	}
	return drivers.Driver{
		AxisOptions: anything, ControllerOptions: anything, CounterOptions: anything,
		GeometryOptions: anything, CalculatedAxisOptions: anything,
	}
}

// checkOptions notes mistakes in the driver's own keys, which go into what
// options makes; nil means that there are no such keys.
func (e *Entry) checkOptions(r *strictyaml.Report, options func() any) {
	if e.Options == nil {
		return
	}
	if options == nil {
		options = func() any { return new(struct{}) }
	}
	e.decode(r, options())
}

// dataChannel is what takes the names that no device may have.
const dataChannel = "a data channel of every scan"

// claim notes a name that is taken already.
func (e *Entry) claim(r *strictyaml.Report, names map[string]string) {
	if e.Name == "" {
		return
	}
	at := strictyaml.Find(e.Node, "name")
	if owner, ok := names[e.Name]; ok {
		r.Add(at, "the name %s is taken by %s", e.Name, owner)
		return
	}
	names[e.Name] = fmt.Sprintf("the device in line %d", at.Line)
}

// check notes values of an axis that contradict each other.
func (a *AxisConfig) check(r *strictyaml.Report) {
	at := func(key string) *yaml.Node { return strictyaml.Find(a.Node, key) }
	if a.Low >= a.High {
		r.Add(at("high"), "high must be above low, %.10g; it is %.10g", a.Low, a.High)
	}
	if a.VelocityHigh > 0 && a.VelocityLow > a.VelocityHigh {
		r.Add(at("velocity_high"), "velocity_high must not be below velocity_low, %.10g; it is %.10g", a.VelocityLow, a.VelocityHigh)
	}
	if a.Velocity > 0 && (a.Velocity < a.VelocityLow || a.VelocityHigh > 0 && a.Velocity > a.VelocityHigh) {
		r.Add(at("velocity"), "velocity %.10g is not between velocity_low and velocity_high", a.Velocity)
	}
	if strictyaml.Has(a.Node, "steps_per_unit") && a.StepsPerUnit == 0 {
		r.Add(at("steps_per_unit"), "steps_per_unit must not be 0; leave it out when the axis has no steps")
	}
}
