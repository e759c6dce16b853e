package session

import (
	"slices"

	"blissh/scan"
)

// AddPreset puts a preset around every scan that begins from now on, after those
// that are there already.
func (s *Session) AddPreset(p scan.Preset) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.presets = append(s.presets, p)
}

// RemovePresets takes away those that match and returns how many there were.
func (s *Session) RemovePresets(match func(scan.Preset) bool) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.presets)
	s.presets = slices.DeleteFunc(slices.Clone(s.presets), match)
	return before - len(s.presets)
}

// Presets are those around every scan, in order.
func (s *Session) Presets() []scan.Preset {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.presets)
}
