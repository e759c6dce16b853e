package drivers

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"blissh/device"
	"blissh/device/sim"
)

// simDriver is the simulated beamline.
func simDriver() Driver {
	return Driver{
		Name:        "sim",
		Doc:         "simulated motors and counters, with faults on command",
		NewAxis:     newSimAxis,
		NewCounters: newSimCounters,

		AxisOptions:       func() any { return new(simAxis) },
		ControllerOptions: func() any { return new(simController) },
		CounterOptions:    func() any { return new(simCounter) },
	}
}

// simAxis are the options of a simulated axis, in its unit.
type simAxis struct {
	Start      float64 `yaml:"start"`       // where it stands at first, dial
	Instant    bool    `yaml:"instant"`     // moves take no time
	SwitchLow  float64 `yaml:"switch_low"`  // limit switches, dial; both 0: none
	SwitchHigh float64 `yaml:"switch_high"` //
	Home       float64 `yaml:"home"`        // where its reference is, dial
}

// newSimAxis makes a simulated axis.
func newSimAxis(c device.Config, o Options) (*device.MotorAxis, error) {
	var a simAxis
	if err := decode(o.Decode, &a); err != nil {
		return nil, err
	}
	axis, _ := sim.NewAxis(c, sim.MotorOptions{Start: a.Start, Instant: a.Instant, Low: a.SwitchLow, High: a.SwitchHigh, Home: a.Home}, o.Wait)
	return axis, nil
}

// simController are the options of a simulated controller.
type simController struct {
	ReadTime float64 `yaml:"read_time" want:">=0"` // s
	Master   bool    `yaml:"master"`               // gates the count itself
	Seed     uint64  `yaml:"seed"`

	Integrating bool    `yaml:"integrating"`        // values are per second of counting
	MaxRate     float64 `yaml:"max_rate" want:">0"` // samples a second; 0: read once per point
}

// simCounter are the options of a simulated counter; which of them count
// depends on the kind.
type simCounter struct {
	Kind      string  `yaml:"kind" want:"required oneof=gauss|linear|flat|diode|temperature|spectrum|image"`
	Center    float64 `yaml:"center"`            // gauss
	Sigma     float64 `yaml:"sigma" want:">0"`   // gauss
	Area      float64 `yaml:"area"`              // gauss; 100 if neither area nor height is given
	Height    float64 `yaml:"height"`            // gauss, spectrum, image
	Noise     float64 `yaml:"noise"`             // gauss, linear, flat: relative
	Slope     float64 `yaml:"slope"`             // linear
	Intercept float64 `yaml:"intercept"`         // linear
	Value     float64 `yaml:"value"`             // flat, temperature
	Low       float64 `yaml:"low"`               // diode
	High      float64 `yaml:"high"`              // diode
	Amplitude float64 `yaml:"amplitude"`         // temperature
	Period    float64 `yaml:"period" want:">0"`  // temperature, s
	Size      int     `yaml:"size" want:">0"`    // spectrum
	Rows      int     `yaml:"rows" want:">0"`    // image
	Columns   int     `yaml:"columns" want:">0"` // image
}

// newSimCounters makes a simulated controller.
func newSimCounters(c Controller, o Options) ([]*device.Counter, error) {
	var s simController
	if err := decode(o.Decode, &s); err != nil {
		return nil, err
	}
	wait := o.Wait
	if wait == nil {
		wait = device.PreciseWait
	}
	if s.MaxRate > 0 && (s.Integrating || s.Master) {
		return nil, errors.New("a controller with max_rate samples: it can be neither integrating nor master")
	}
	controller := sim.NewController(sim.ControllerOptions{
		Name:     c.Name,
		Seed:     cmp.Or(s.Seed, o.Seed),
		ReadTime: time.Duration(s.ReadTime * float64(time.Second)),
		Master:   s.Master,
		Wait:     wait,

		Integrating: s.Integrating,
		MaxRate:     s.MaxRate,
	})
	var counters []*device.Counter
	for _, k := range c.Counters {
		counter, err := addSimCounter(controller, k)
		if err == nil && s.MaxRate > 0 && len(counter.Shape) > 0 {
			err = errors.New("a controller with max_rate has numbers only, no spectra or images")
		}
		if err != nil {
			return nil, fmt.Errorf("counter %s: %w", k.Name, err)
		}
		counter.Format = k.Format
		counters = append(counters, counter)
	}
	return counters, nil
}

// addSimCounter adds one counter to its controller.
func addSimCounter(c *sim.Controller, k Counter) (*device.Counter, error) {
	var s simCounter
	if err := decode(k.Decode, &s); err != nil {
		return nil, err
	}
	switch s.Kind {
	case "spectrum":
		return c.Spectrum(k.Name, cmp.Or(s.Size, 1024), s.height(1000)), nil
	case "image":
		return c.Image(k.Name, cmp.Or(s.Rows, 256), cmp.Or(s.Columns, 256), s.height(1000)), nil
	}
	f, err := s.function()
	if err != nil {
		return nil, err
	}
	return c.Add(k.Name, k.Unit, f), nil
}

// height is the function of an array: a Gauss curve if there is a sigma, else
// a constant.
func (s simCounter) height(otherwise float64) sim.Function {
	height := cmp.Or(s.Height, otherwise)
	if s.Sigma > 0 {
		return sim.Gauss(s.Center, s.Sigma, height, s.Noise)
	}
	return sim.Flat(height, s.Noise)
}

// function is that of a scalar counter.
func (s simCounter) function() (sim.Function, error) {
	switch s.Kind {
	case "gauss":
		if s.Sigma <= 0 {
			return nil, errors.New("sigma must be above 0")
		}
		height := cmp.Or(s.Height, sim.GaussHeight(cmp.Or(s.Area, 100), s.Sigma))
		return sim.Gauss(s.Center, s.Sigma, height, s.Noise), nil
	case "linear":
		return sim.Linear(s.Slope, s.Intercept, s.Noise), nil
	case "flat":
		return sim.Flat(s.Value, s.Noise), nil
	case "diode":
		return sim.Diode(cmp.Or(s.Low, 0.01), cmp.Or(s.High, 100)), nil
	case "temperature":
		period := time.Duration(cmp.Or(s.Period, 600) * float64(time.Second))
		return sim.Temperature(cmp.Or(s.Value, 293.15), cmp.Or(s.Amplitude, 0.1), period), nil
	}
	return nil, fmt.Errorf("kind %q is none of gauss, linear, flat, diode, temperature, spectrum, image", s.Kind)
}
