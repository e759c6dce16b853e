package session

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"blissh/device"
)

// setting is something about an axis that survives a restart once somebody has
// set it.
type setting struct {
	name  string // as in the file
	label string // as in messages
	unit  string // behind the axis' own
	get   func(*device.Config) float64
	set   func(*device.Config, float64)
}

func axisSettingList() []setting {
	return []setting{
		{"offset", "offset", "", func(c *device.Config) float64 { return c.Offset }, func(c *device.Config, x float64) { c.Offset = x }},
		{"sign", "sign", "", func(c *device.Config) float64 { return float64(c.Sign) }, func(c *device.Config, x float64) { c.Sign = int(x) }},
		{"low", "dial low limit", "", func(c *device.Config) float64 { return c.Low }, func(c *device.Config, x float64) { c.Low = x }},
		{"high", "dial high limit", "", func(c *device.Config) float64 { return c.High }, func(c *device.Config, x float64) { c.High = x }},
		{"velocity", "velocity", "/s", func(c *device.Config) float64 { return c.Velocity }, func(c *device.Config, x float64) { c.Velocity = x }},
		{"acceleration", "acceleration", "/s²", func(c *device.Config) float64 { return c.Acceleration }, func(c *device.Config, x float64) { c.Acceleration = x }},
		{"backlash", "backlash", "", func(c *device.Config) float64 { return c.Backlash }, func(c *device.Config, x float64) { c.Backlash = x }},
	}
}

// text is a value as messages have it.
func (f *setting) text(c *device.Config) string {
	x := f.get(c)
	switch {
	case math.IsInf(x, 0):
		return "none"
	case f.name == "sign":
		return fmt.Sprintf("%+d", int(x))
	}
	return strings.TrimSpace(fmt.Sprintf("%.10g %s%s", x, c.Unit, f.unit))
}

// axisSettings has the values of the settings that differ from the
// configuration, by name. What this version does not know is kept.
type axisSettings map[string]number

// number is a float64 in JSON, infinities included.
type number float64

// MarshalJSON writes an infinity as a text.
func (n number) MarshalJSON() ([]byte, error) {
	if x := float64(n); math.IsInf(x, 0) {
		return json.Marshal(strconv.FormatFloat(x, 'g', -1, 64))
	}
	return json.Marshal(float64(n))
}

// UnmarshalJSON reads a number or the text of an infinity.
func (n *number) UnmarshalJSON(b []byte) error {
	x, err := strconv.ParseFloat(strings.Trim(string(b), `"`), 64)
	if err != nil || math.IsNaN(x) {
		return fmt.Errorf("%s is no number", b)
	}
	*n = number(x)
	return nil
}

// Difference is a setting of an axis that is not as in the configuration.
type Difference struct {
	Name            string // "velocity"
	Now, Configured string // with units
}

// Differences are the settings of an axis that are not as in the configuration.
func (s *Session) Differences(a *device.MotorAxis) (list []Difference) {
	now, configured := a.Config(), s.configured[a.Name()]
	for _, f := range axisSettingList() {
		if f.get(&now) != f.get(&configured) {
			list = append(list, Difference{f.label, f.text(&now), f.text(&configured)})
		}
	}
	return list
}

// KeepSettings remembers what is set otherwise than in the configuration, so
// that the axis is set likewise when the session is opened again.
func (s *Session) KeepSettings(a *device.MotorAxis) error {
	now, configured := a.Config(), s.configured[a.Name()]
	err := s.settings.update(func(f *settingsFile) error {
		kept := f.axis(a.Name())
		for _, x := range axisSettingList() {
			delete(kept, x.name)
			if x.get(&now) != x.get(&configured) {
				kept[x.name] = number(x.get(&now))
			}
		}
		if len(kept) == 0 {
			delete(f.Axes, a.Name())
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("%s: set, but not kept for the next start: %w", a.Name(), err)
	}
	return nil
}

// axis are the settings of one axis, to be changed.
func (f *settingsFile) axis(name string) axisSettings {
	if f.Axes == nil {
		f.Axes = map[string]axisSettings{}
	}
	if f.Axes[name] == nil {
		f.Axes[name] = axisSettings{}
	}
	return f.Axes[name]
}

// ApplyConfig sets an axis as the configuration says, forgets what was set
// otherwise, and returns what that was. It is refused while the axis moves.
func (s *Session) ApplyConfig(ctx context.Context, a *device.MotorAxis) ([]Difference, error) {
	undone := s.Differences(a)
	if err := a.Configure(ctx, s.configured[a.Name()]); err != nil {
		return nil, err
	}
	return undone, s.KeepSettings(a)
}

// restoreAxes sets all axes as they were set when the session was open last,
// and tells what is not as in the configuration.
func (s *Session) restoreAxes(ctx context.Context) {
	f, err := s.settings.load()
	if err != nil {
		s.options.Warn(fmt.Sprintf("axes are set as in the configuration: %v", err))
		return
	}
	for _, a := range s.devices.Axes {
		s.restoreAxis(ctx, a, f.Axes[a.Name()])
	}
}

// restoreAxis takes the settings together, for they may depend on each other;
// if that is refused, one by one.
func (s *Session) restoreAxis(ctx context.Context, a *device.MotorAxis, kept axisSettings) {
	if len(kept) == 0 {
		return
	}
	ctx, cancel := context.WithTimeoutCause(ctx, answerTime, errNoAnswer)
	defer cancel()
	if s.restore(ctx, a, kept) != nil {
		for name, x := range kept {
			if err := s.restore(ctx, a, axisSettings{name: x}); err != nil {
				s.options.Warn(fmt.Sprintf("%v: the %s that was kept is not used", err, name))
			}
		}
	}
	var list []string
	for _, d := range s.Differences(a) {
		list = append(list, fmt.Sprintf("%s %s (configuration: %s)", d.Name, d.Now, d.Configured))
	}
	if len(list) > 0 {
		s.options.Warn(fmt.Sprintf("%s is set as before: %s", a.Name(), strings.Join(list, ", ")))
	}
}

func (s *Session) restore(ctx context.Context, a *device.MotorAxis, kept axisSettings) error {
	c := a.Config()
	for _, f := range axisSettingList() {
		if x, ok := kept[f.name]; ok {
			f.set(&c, float64(x))
		}
	}
	return a.Configure(ctx, c)
}
