package session

import (
	"fmt"

	"blissh/device"
)

// counterSettings are those of a counter that were set at the prompt.
type counterSettings struct {
	Mode       device.Mode        `json:"mode,omitempty"`
	Conversion *device.Conversion `json:"conversion,omitempty"`
}

// restoreCounters sets counters to what is remembered of them. What no longer
// fits is told and forgotten.
func (s *Session) restoreCounters() error {
	f, err := s.settings.load()
	if err != nil {
		return err
	}
	for _, c := range s.devices.Counters {
		k, ok := f.Counters[c.Name]
		if !ok {
			continue
		}
		if err := k.apply(c); err != nil {
			s.options.Warn(fmt.Sprintf("a setting of the last time is left out: %v", err))
		}
	}
	return nil
}

func (k counterSettings) apply(c *device.Counter) error {
	if k.Mode != "" {
		if err := c.SetMode(k.Mode); err != nil {
			return err
		}
	}
	if k.Conversion != nil {
		return c.SetConversion(*k.Conversion)
	}
	return nil
}

// SetMode sets the mode of a counter and remembers it.
func (s *Session) SetMode(c *device.Counter, mode string) error {
	m, err := device.ParseMode(mode)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Name, err)
	}
	if err := c.SetMode(m); err != nil {
		return err
	}
	return s.rememberCounter(c, func(k *counterSettings) { k.Mode = m })
}

// SetConversion sets the conversion of a counter and remembers it.
func (s *Session) SetConversion(c *device.Counter, v device.Conversion) error {
	if err := c.SetConversion(v); err != nil {
		return err
	}
	return s.rememberCounter(c, func(k *counterSettings) { k.Conversion = &v })
}

func (s *Session) rememberCounter(c *device.Counter, change func(*counterSettings)) error {
	return s.settings.update(func(f *settingsFile) error {
		k := f.Counters[c.Name]
		change(&k)
		f.Counters = with(f.Counters, c.Name, k, true)
		return nil
	})
}
