package session

import (
	_ "embed"
	"errors"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v4"

	"blissh/device"
	"blissh/internal/strictyaml"
)

// Config is what the YAML file of one session says; docs/configuration.md
// describes the file.
type Config struct {
	File        string             `yaml:"-"` // as shown to the user
	Name        string             `yaml:"session" want:"required"`
	Store       string             `yaml:"store"`      // address of a Redis; empty: the user's own
	Hooks       []string           `yaml:"hooks"`      // files and folders, relative ones beside File
	EveryNode   *yaml.Node         `yaml:"every_scan"` // as it stands in the file
	EveryScan   []*HookName        `yaml:"-"`          // the hooks that watch every scan
	Setup       string             `yaml:"setup"`      // script run when the session opens; likewise
	AliasNode   *yaml.Node         `yaml:"aliases"`    // as it stands in the file
	Aliases     []*Alias           `yaml:"-"`          // other names of devices and commands
	Axes        []AxisConfig       `yaml:"axes"`
	Controllers []ControllerConfig `yaml:"controllers"`
	Saving      SavingConfig       `yaml:"saving"`

	CalculatedAxes     []CalculatedConfig `yaml:"calculated_axes"`
	CalculatedCounters []FormulaConfig    `yaml:"calculated_counters"`
	AxisGroups         strictyaml.Lists   `yaml:"axis_groups"`
	MeasurementGroups  strictyaml.Lists   `yaml:"measurement_groups"`
}

// AxisConfig describes one axis. Low and High are dial positions, infinite
// where there is no limit; all lengths are in Unit.
type AxisConfig struct {
	DeviceConfig
	Unit         string  `yaml:"unit"`
	Address      string  `yaml:"address"`
	StepsPerUnit float64 `yaml:"steps_per_unit"`
	Velocity     float64 `yaml:"velocity" want:">0"`
	Acceleration float64 `yaml:"acceleration" want:">0"`
	VelocityLow  float64 `yaml:"velocity_low" want:">0"`
	VelocityHigh float64 `yaml:"velocity_high" want:">0"`
	Low          float64 `yaml:"low" want:"inf"`
	High         float64 `yaml:"high" want:"inf"`
	Offset       float64 `yaml:"offset"`
	Sign         int     `yaml:"sign" want:"oneof=1|-1"`
	Backlash     float64 `yaml:"backlash"`
	Tolerance    float64 `yaml:"tolerance" want:">0"`

	Encoder *EncoderConfig `yaml:"encoder"`
}

// EncoderConfig describes the encoder of an axis.
type EncoderConfig struct {
	StepsPerUnit float64 `yaml:"steps_per_unit" want:">0"`
	Tolerance    float64 `yaml:"tolerance" want:">0"` // 0: not compared with the target
}

// ControllerConfig describes a controller with its counters.
type ControllerConfig struct {
	DeviceConfig
	Counters []CounterConfig `yaml:"counters" want:"required"`
}

// CounterConfig describes one counter of a controller.
type CounterConfig struct {
	Entry
	Unit   string  `yaml:"unit"`
	Format string  `yaml:"format"` // fmt verb for display, "%.4f"
	Mode   string  `yaml:"mode" want:"oneof=MEAN|STATS|SAMPLES|SINGLE|LAST|INTEGRATE"`
	Factor float64 `yaml:"factor"`
	Offset float64 `yaml:"offset"`
}

// Defaults is what holds for a counter that does not say otherwise.
func (c *CounterConfig) Defaults() { c.Factor = 1 }

// DeviceConfig is what axes and controllers have in common.
type DeviceConfig struct {
	Entry
	Driver   string `yaml:"driver" want:"required name"`
	Disabled bool   `yaml:"disabled"`
}

// Entry is anything with a name in the file. Node is all of it, Options are
// the keys that are the driver's.
type Entry struct {
	Name    string     `yaml:"name" want:"required name"`
	Node    *yaml.Node `yaml:",self"`
	Options *yaml.Node `yaml:",rest"`

	file   string
	common []string // keys that are not the driver's
}

// ConfigError is one mistake in a configuration, with its place.
type ConfigError = strictyaml.Error

// ConfigErrors are all mistakes of a configuration, top to bottom; its text
// has one line each.
type ConfigErrors = strictyaml.Errors

// Defaults is what holds for an axis that does not say otherwise.
func (a *AxisConfig) Defaults() { a.Low, a.High, a.Sign = noLimit(-1), noLimit(1), 1 }

// ParseConfig reads a configuration; nothing is opened. The error is of type
// ConfigErrors and holds every mistake in it.
func ParseConfig(file string, src []byte) (*Config, error) {
	r := strictyaml.NewReport(file)
	root := r.Parse(src)
	if root == nil {
		return nil, r.Err()
	}
	c := &Config{File: file}
	r.Decode(root, c)
	c.adopt()
	c.check(r, root)
	if err := r.Err(); err != nil {
		return nil, err
	}
	return c, nil
}

//go:embed demo.yml
var demo []byte

// DemoFile is how messages call the built-in configuration.
const DemoFile = "demo.yml (built in)"

// DemoConfig is the session that is built in.
func DemoConfig() (*Config, error) { return ParseConfig(DemoFile, demo) }

// adopt tells each entry which file it is from, and makes relative paths
// relative to that file's folder.
func (c *Config) adopt() {
	for i := range c.Axes {
		c.Axes[i].adopt(c.File, c.Axes[i])
	}
	for i := range c.Controllers {
		k := &c.Controllers[i]
		k.adopt(c.File, *k)
		for j := range k.Counters {
			k.Counters[j].adopt(c.File, k.Counters[j])
		}
	}
	for i := range c.CalculatedAxes {
		k := &c.CalculatedAxes[i]
		k.adopt(c.File, *k)
		for j := range k.Axes {
			k.Axes[j].adopt(c.File, k.Axes[j])
		}
	}
	for i := range c.CalculatedCounters {
		c.CalculatedCounters[i].adopt(c.File, c.CalculatedCounters[i])
	}
	for i, path := range c.Hooks {
		c.Hooks[i] = c.beside(path)
	}
	if c.Setup != "" {
		c.Setup = c.beside(c.Setup)
	}
	if c.Saving.Root != "" {
		c.Saving.Root = c.beside(c.Saving.Root)
	}
}

// adopt notes the file and the keys of the struct that e is part of.
func (e *Entry) adopt(file string, of any) { e.file, e.common = file, strictyaml.Keys(of) }

// beside makes path relative to the folder of the configuration.
func (c *Config) beside(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(c.File), path)
}

// Decode fills in the struct that into points to from the driver's own keys.
// The error is of type ConfigErrors; unknown keys are mistakes. Package
// internal/strictyaml says which tags the struct's fields may have.
func (e *Entry) Decode(into any) error {
	r := strictyaml.NewReport(e.file)
	e.decode(r, into)
	return r.Err()
}

func (e *Entry) decode(r *strictyaml.Report, into any) { r.Decode(e.Options, into, e.common...) }

// Problem is an error about the entry, at its place in the file.
func (e *Entry) Problem(err error) error {
	var known ConfigErrors
	if errors.As(err, &known) {
		return known
	}
	text := strings.TrimPrefix(err.Error(), e.Name+": ")
	return &ConfigError{File: e.file, Line: e.Node.Line, Col: e.Node.Column, Msg: e.Name + ": " + text}
}

// Device is the axis' description for package device.
func (a *AxisConfig) Device() device.Config {
	return device.Config{
		Name: a.Name, Unit: a.Unit, Address: a.Address, Encoder: a.Encoder.device(),
		Offset: a.Offset, Sign: a.Sign, Low: a.Low, High: a.High,
		Velocity: a.Velocity, Acceleration: a.Acceleration,
		VelocityLow: a.VelocityLow, VelocityHigh: a.VelocityHigh,
		Backlash: a.Backlash, Tolerance: a.Tolerance, StepsPerUnit: a.StepsPerUnit,
	}
}

// Devices are the entries of all axes and counters, the names that a prompt
// sees.
func (c *Config) Devices() []*Entry {
	var list []*Entry
	for i := range c.Axes {
		list = append(list, &c.Axes[i].Entry)
	}
	for i := range c.CalculatedAxes {
		for j := range c.CalculatedAxes[i].Axes {
			list = append(list, &c.CalculatedAxes[i].Axes[j].Entry)
		}
	}
	for i := range c.Controllers {
		for j := range c.Controllers[i].Counters {
			list = append(list, &c.Controllers[i].Counters[j].Entry)
		}
	}
	for i := range c.CalculatedCounters {
		list = append(list, &c.CalculatedCounters[i].Entry)
	}
	return list
}

// device is the encoder's description for package device.
func (e *EncoderConfig) device() *device.EncoderConfig {
	if e == nil {
		return nil
	}
	return &device.EncoderConfig{StepsPerUnit: e.StepsPerUnit, Tolerance: e.Tolerance}
}
