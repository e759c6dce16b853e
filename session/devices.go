package session

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"blissh/device"
	"blissh/device/drivers"
)

// answerTime is how long an axis has to answer for the first time. All are
// asked at once.
const answerTime = 3 * time.Second

// Devices are what a configuration describes, in its order.
type Devices struct {
	Axes     []*device.MotorAxis
	Counters []*device.Counter
	// Problems has an error, with its place in the file, per device that did
	// not come up. Such devices are left out.
	Problems []error
	// Disabled says why a device of that name is not there.
	Disabled map[string]string
}

// BuildDevices makes the devices of a configuration and reads the state of
// each axis once, within 3 s; nothing moves. What fails, or is marked as
// disabled, is left out and the rest works. Devices wait with wait; nil means
// device.PreciseWait.
func BuildDevices(c *Config, wait device.Wait) *Devices {
	d := &Devices{Disabled: map[string]string{}}
	for i := range c.Axes {
		d.addAxis(&c.Axes[i], wait)
	}
	d.ask(c)
	for i := range c.CalculatedAxes {
		d.addCalculated(c, &c.CalculatedAxes[i], wait)
	}
	for i := range c.Controllers {
		d.addController(&c.Controllers[i], wait)
	}
	d.addEncoders()
	for i := range c.CalculatedCounters {
		d.addFormula(&c.CalculatedCounters[i])
	}
	return d
}

// addAxis makes one axis.
func (d *Devices) addAxis(a *AxisConfig, wait device.Wait) {
	if a.Disabled {
		d.Disabled[a.Name] = byConfiguration
		return
	}
	axis, err := a.build(wait)
	if err != nil {
		d.disable(&a.Entry, err, a.Name)
		return
	}
	d.Axes = append(d.Axes, axis)
}

// byConfiguration is why a device is left out that is not wanted.
const byConfiguration = "disabled in the configuration"

func (a *AxisConfig) build(wait device.Wait) (*device.MotorAxis, error) {
	driver, err := drivers.Find(a.Driver)
	if err != nil {
		return nil, err
	}
	if driver.NewAxis == nil {
		return nil, errors.New("driver " + a.Driver + " has no axes")
	}
	axis, err := driver.NewAxis(a.Device(), a.options(wait))
	if err == nil && a.Encoder != nil && !axis.HasEncoder() {
		return nil, errors.New("driver " + a.Driver + " has no encoders")
	}
	return axis, err
}

// addController makes one controller with its counters.
func (d *Devices) addController(k *ControllerConfig, wait device.Wait) {
	if k.Disabled {
		for _, name := range k.names() {
			d.Disabled[name] = byConfiguration
		}
		return
	}
	counters, err := k.build(wait)
	if err != nil {
		d.disable(&k.Entry, err, k.names()...)
		return
	}
	d.Counters = append(d.Counters, counters...)
}

func (k *ControllerConfig) build(wait device.Wait) ([]*device.Counter, error) {
	driver, err := drivers.Find(k.Driver)
	if err != nil {
		return nil, err
	}
	if driver.NewCounters == nil {
		return nil, errors.New("driver " + k.Driver + " has no counters")
	}
	c := drivers.Controller{Name: k.Name}
	for i := range k.Counters {
		e := &k.Counters[i]
		c.Counters = append(c.Counters, drivers.Counter{Name: e.Name, Unit: e.Unit, Format: e.Format, Decode: e.Decode})
	}
	counters, err := driver.NewCounters(c, k.options(wait))
	for i, counter := range counters {
		if err == nil {
			err = k.Counters[i].settings().apply(counter)
		}
	}
	return counters, err
}

// settings are what the configuration sets.
func (c *CounterConfig) settings() (s counterSettings) {
	s.Mode = device.Mode(c.Mode)
	if v := (device.Conversion{Factor: c.Factor, Offset: c.Offset}); v != device.NoConversion() {
		s.Conversion = &v
	}
	return s
}

// names are those of the controller's counters.
func (k *ControllerConfig) names() []string {
	var names []string
	for i := range k.Counters {
		names = append(names, k.Counters[i].Name)
	}
	return names
}

// options are what a driver is given for a device.
func (d *DeviceConfig) options(wait device.Wait) drivers.Options {
	return drivers.Options{Wait: wait, Seed: rand.Uint64(), Decode: d.Decode}
}

// disable notes why devices are left out.
func (d *Devices) disable(e *Entry, err error, names ...string) {
	problem := e.Problem(err)
	d.Problems = append(d.Problems, problem)
	for _, name := range names {
		d.Disabled[name] = problem.Error()
	}
}

// ask reads the state of all axes and leaves out those that do not answer.
func (d *Devices) ask(c *Config) { d.Axes = d.answering(c, d.Axes) }

// addEncoders makes counters of the encoders.
func (d *Devices) addEncoders() {
	for _, a := range d.Axes {
		if e := a.Encoder(); e != nil {
			d.Counters = append(d.Counters, e)
		}
	}
}

// answering are those of some axes that give their state.
func (d *Devices) answering(c *Config, axes []*device.MotorAxis) (list []*device.MotorAxis) {
	ctx, cancel := context.WithTimeoutCause(context.Background(), answerTime, errNoAnswer)
	defer cancel()
	errs := make([]error, len(axes))
	var all sync.WaitGroup
	for i, a := range axes {
		all.Go(func() { _, errs[i] = a.State(ctx) })
	}
	all.Wait()
	for i, a := range axes {
		if errs[i] == nil {
			list = append(list, a)
			continue
		}
		d.disable(c.axis(a.Name()), errs[i], a.Name())
	}
	return list
}

// errNoAnswer is why an axis is left out that answers too late.
var errNoAnswer = errors.New("no answer within " + answerTime.String())

// axis is the entry of an axis.
func (c *Config) axis(name string) *Entry {
	for _, e := range c.Devices() {
		if e.Name == name {
			return e
		}
	}
	return nil
}
