package session

import (
	"context"
	"slices"
)

// DisplaySettings are what a user has chosen to see; they survive a restart.
type DisplaySettings struct {
	// Selected are patterns of the counters that are plotted; none: a default.
	Selected []string `json:"selected,omitempty"`
	// LivePlot draws scans while they run.
	LivePlot bool `json:"live_plot,omitempty"`
}

// DisplaySettings are those of the session.
func (s *Session) DisplaySettings() DisplaySettings {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.display
	d.Selected = slices.Clone(d.Selected)
	return d
}

// SetDisplaySettings changes them, on disk first.
func (s *Session) SetDisplaySettings(d DisplaySettings) error {
	d.Selected = slices.Clone(d.Selected)
	err := s.settings.update(func(f *settingsFile) error {
		f.Display = d
		return nil
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.display = d
	return nil
}

// recallDisplay reads them back. What cannot be read is said now; it stands in
// the way of a scan's number, too.
func (s *Session) recallDisplay(context.Context) error {
	f, err := s.settings.load()
	if err != nil {
		s.options.Warn(err.Error())
	}
	s.display = f.Display
	return nil
}
