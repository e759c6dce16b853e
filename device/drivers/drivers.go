// Package drivers is the one list of drivers.
//
// A driver is a folder beside this one, plus one line in All, plus one file here
// that turns configuration into its devices.
package drivers

import (
	"fmt"
	"strings"

	"blissh/device"
)

// Driver makes the devices of one kind of hardware. A function that is nil
// means that the driver has no such devices.
type Driver struct {
	Name string
	Doc  string // one line
	// NewAxis makes an axis; nothing moves.
	NewAxis func(c device.Config, o Options) (*device.MotorAxis, error)
	// NewCounters makes a controller and gives its counters, in the order
	// of the configuration.
	NewCounters func(c Controller, o Options) ([]*device.Counter, error)
	// NewGeometry makes what calculated axes are calculated with.
	NewGeometry func(c Calculated, o Options) (device.Geometry, error)
	// AxisOptions, ControllerOptions and CounterOptions make the structs
	// that the driver passes to Decode, so that a configuration can be
	// checked without opening anything; nil means no options. Package
	// internal/strictyaml says what their tags mean.
	AxisOptions, ControllerOptions, CounterOptions func() any
	GeometryOptions, CalculatedAxisOptions         func() any
}

// Options are what every driver is given.
type Options struct {
	// Wait is what devices wait with; nil means device.PreciseWait.
	Wait device.Wait
	// Seed is for what a simulation draws at random.
	Seed uint64
	// Decode fills a pointer to a struct with yaml tags from the driver's
	// own options in the configuration; nil when there are none. Its errors
	// name the place.
	Decode func(into any) error
}

// Controller is the configuration of one controller.
type Controller struct {
	Name     string
	Counters []Counter
}

// Counter is the configuration of one counter.
type Counter struct {
	Name   string
	Unit   string
	Format string               // see device.Counter
	Decode func(into any) error // as in Options
}

// All are the drivers of this program.
func All() []Driver {
	return []Driver{
		simDriver(),
		slitsDriver(),
		formulaDriver(),
	}
}

// Find gives the driver of that name.
func Find(name string) (Driver, error) {
	var names []string
	for _, d := range All() {
		if d.Name == name {
			return d, nil
		}
		names = append(names, d.Name)
	}
	return Driver{}, fmt.Errorf("no driver %q; there is %s", name, strings.Join(names, ", "))
}

// decode reads options, if there are any.
func decode(from func(any) error, into any) error {
	if from == nil {
		return nil
	}
	return from(into)
}
