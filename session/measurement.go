package session

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"blissh/device"
)

// MeasurementGroup is a named list of counters, some of which may be disabled.
// Its methods are safe for concurrent use; what is disabled is remembered.
type MeasurementGroup struct {
	name     string
	counters []*device.Counter
	missing  []string // those of the configuration that are not there
	remember func(disabled []string) error

	mu       sync.Mutex
	disabled map[string]bool
}

// Name is the name of the group.
func (g *MeasurementGroup) Name() string { return g.name }

// Available are the names of its counters; Missing those that the configuration
// gives it and that did not come up.
func (g *MeasurementGroup) Available() []string { return counterNames(g.counters) }

// Missing see Available.
func (g *MeasurementGroup) Missing() []string { return slices.Clone(g.missing) }

// Counters are those that are counted now.
func (g *MeasurementGroup) Counters() (list []*device.Counter) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range g.counters {
		if !g.disabled[c.Name] {
			list = append(list, c)
		}
	}
	return list
}

// Enabled are the names of those that are counted now.
func (g *MeasurementGroup) Enabled() []string { return counterNames(g.Counters()) }

// Disabled are the names of the others.
func (g *MeasurementGroup) Disabled() (names []string) {
	enabled := g.Enabled()
	for _, name := range g.Available() {
		if !slices.Contains(enabled, name) {
			names = append(names, name)
		}
	}
	return names
}

// Enable counts the counters that match one of the patterns ("diode*") again;
// none given means all. A pattern that matches nothing is an error, and nothing
// changes then.
func (g *MeasurementGroup) Enable(patterns ...string) error { return g.switchTo(false, patterns) }

// Disable counts them no longer.
func (g *MeasurementGroup) Disable(patterns ...string) error { return g.switchTo(true, patterns) }

func (g *MeasurementGroup) switchTo(disabled bool, patterns []string) error {
	if len(patterns) == 0 {
		patterns = []string{"*"}
	}
	var names []string
	for _, p := range patterns {
		found, err := g.match(p)
		if err != nil {
			return err
		}
		names = append(names, found...)
	}
	g.mu.Lock()
	for _, name := range names {
		g.disabled[name] = disabled
	}
	g.mu.Unlock()
	return g.remember(g.Disabled())
}

// match gives the counters of the group whose names match a pattern.
func (g *MeasurementGroup) match(pattern string) (names []string, err error) {
	for _, name := range g.Available() {
		ok, err := path.Match(pattern, name)
		if err != nil {
			return nil, fmt.Errorf("%s: %q is no pattern", g.name, pattern)
		}
		if ok {
			names = append(names, name)
		}
	}
	if names == nil {
		return nil, fmt.Errorf("%s: no counter matches %q; there is %s", g.name, pattern, strings.Join(g.Available(), ", "))
	}
	return names, nil
}

func counterNames(list []*device.Counter) (names []string) {
	for _, c := range list {
		names = append(names, c.Name)
	}
	return names
}

// openGroups makes the measurement groups of the configuration, with what is
// remembered of them.
func (s *Session) openGroups() error {
	f, err := s.settings.load()
	if err != nil {
		return err
	}
	for _, l := range s.Config.MeasurementGroups {
		g := &MeasurementGroup{name: l.Name, disabled: map[string]bool{}}
		for _, name := range l.Names() {
			if c := s.devices.counter(name); c != nil {
				g.counters = append(g.counters, c)
				continue
			}
			g.missing = append(g.missing, name)
		}
		for _, name := range f.Disabled[l.Name] {
			g.disabled[name] = true
		}
		g.remember = func(disabled []string) error {
			return s.settings.update(func(f *settingsFile) error {
				f.Disabled = with(f.Disabled, g.name, disabled, len(disabled) > 0)
				return nil
			})
		}
		s.groups = append(s.groups, g)
	}
	s.active = f.ActiveGroup
	return nil
}

// with is a map in which one entry is set, or deleted.
func with[T any](m map[string]T, key string, value T, keep bool) map[string]T {
	if m == nil {
		m = map[string]T{}
	}
	m[key] = value
	if !keep {
		delete(m, key)
	}
	return m
}

// Groups are the measurement groups, in the order of the configuration.
func (s *Session) Groups() []*MeasurementGroup { return slices.Clone(s.groups) }

// ActiveGroup is the one that scans count when they are given no counters: the
// first one unless another was chosen; nil if there is none.
func (s *Session) ActiveGroup() *MeasurementGroup {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range s.groups {
		if g.name == s.active {
			return g
		}
	}
	if len(s.groups) == 0 {
		return nil
	}
	return s.groups[0]
}

// SetActiveGroup chooses it; the choice is remembered.
func (s *Session) SetActiveGroup(name string) error {
	if !slices.ContainsFunc(s.groups, func(g *MeasurementGroup) bool { return g.name == name }) {
		return fmt.Errorf("no measurement group is called %s", name)
	}
	s.mu.Lock()
	s.active = name
	s.mu.Unlock()
	return s.settings.update(func(f *settingsFile) error {
		f.ActiveGroup = name
		return nil
	})
}
