package device

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"blissh/internal/nearest"
)

// Mode says what a counter of a sampling controller makes of the samples of one
// point.
type Mode string

// The modes.
const (
	Mean      Mode = "MEAN"      // their mean
	Stats     Mode = "STATS"     // their mean, with data channels for n, std, var, min, max, p2v
	Samples   Mode = "SAMPLES"   // their mean, with a data channel for the samples
	Single    Mode = "SINGLE"    // the first one
	Last      Mode = "LAST"      // the last one
	Integrate Mode = "INTEGRATE" // their mean times the count time
)

// Modes are all modes.
func Modes() []Mode { return []Mode{Mean, Stats, Samples, Single, Last, Integrate} }

// ParseMode reads a mode, in large or small letters.
func ParseMode(s string) (Mode, error) {
	m := Mode(strings.ToUpper(s))
	if slices.Contains(Modes(), m) {
		return m, nil
	}
	var names []string
	for _, m := range Modes() {
		names = append(names, string(m))
	}
	return "", fmt.Errorf("%q is no mode%s; modes are %s", s, nearest.Hint(string(m), names), strings.Join(names, ", "))
}

// Conversion makes the value of a counter of what the hardware reads:
// Factor·reading + Offset.
type Conversion struct{ Factor, Offset float64 }

// NoConversion leaves a reading as it is.
func NoConversion() Conversion { return Conversion{Factor: 1} }

// Of is the value of a reading.
func (c Conversion) Of(reading float64) float64 { return c.Factor*reading + c.Offset }

// settings are what a counter is set to while the program runs.
type settings struct {
	mode       Mode
	conversion Conversion
}

func (c *Counter) setting() settings {
	if s := c.set.Load(); s != nil {
		return *s
	}
	return settings{mode: Mean, conversion: NoConversion()}
}

// Mode is what the counter makes of its samples; "" if its controller does not
// sample.
func (c *Counter) Mode() Mode {
	if _, ok := c.Controller.(*Sampling); !ok {
		return ""
	}
	return c.setting().mode
}

// SetMode sets the mode of a counter of a sampling controller; it is used from
// the next scan on. One goroutine at a time may set things.
func (c *Counter) SetMode(m Mode) error {
	if _, ok := c.Controller.(*Sampling); !ok {
		return fmt.Errorf("%s has no mode: controller %s is read once per point", c.Name, c.Controller.Name())
	}
	s := c.setting()
	s.mode = m
	c.set.Store(&s)
	return nil
}

// Conversion is what makes values of readings.
func (c *Counter) Conversion() Conversion { return c.setting().conversion }

// SetConversion sets it, from the next scan on. Arrays and what is calculated
// or a position have none.
func (c *Counter) SetConversion(v Conversion) error {
	for _, x := range []float64{v.Factor, v.Offset} {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("%s: a conversion cannot be %v", c.Name, x)
		}
	}
	_, calculated := c.Controller.(Calculator)
	_, isEncoder := c.Controller.(*encoder)
	switch {
	case v.Factor == 0:
		return fmt.Errorf("%s: a factor of 0 would make all values the same", c.Name)
	case len(c.Shape) > 0:
		return fmt.Errorf("%s is %d-dimensional: it has no conversion", c.Name, len(c.Shape))
	case calculated:
		return fmt.Errorf("%s is calculated: it has no conversion", c.Name)
	case isEncoder || c.Role == RoleAxis:
		return fmt.Errorf("%s is the position of an axis: it has no conversion", c.Name)
	}
	s := c.setting()
	s.conversion = v
	c.set.Store(&s)
	return nil
}
