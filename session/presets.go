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

// RemovePreset takes a preset away that was added; false if there is none.
func (s *Session) RemovePreset(p scan.Preset) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.Index(s.presets, p)
	if i < 0 {
		return false
	}
	s.presets = slices.Delete(slices.Clone(s.presets), i, i+1)
	return true
}

// Presets are those around every scan, in order.
func (s *Session) Presets() []scan.Preset {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.presets)
}
