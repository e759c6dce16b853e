//go:build ignore

package hooks

import (
	"fmt"

	"blissh/channel"
	"blissh/data"
	"blissh/hooks"
	"blissh/scan"
)

// BeamGuard pauses a scan while the shared channel beam_current is below 10, also
// before the first point. When the beam is back it repeats the point that was
// taken without, which the scan has to allow: allow(s). The record says why.
type BeamGuard struct {
	hooks.Base
	beam    *channel.Channel
	begun   bool    // the scan is under way: a point may be spoilt
	paused  bool    // it waits for the beam
	spoilt  bool    // the last point was taken without
	current float64 // beam_current then
}

// lowest is the smallest value that is good enough.
const lowest = 10

// NewBeamGuard opens the shared channel; somebody else sets it.
func NewBeamGuard() *BeamGuard {
	return &BeamGuard{beam: channel.OpenDefault("beam_current", 100)}
}

// Mode: no point is taken before the beam was looked at.
func (h *BeamGuard) Mode() scan.Mode { return hooks.Gate }

// OnScanNew holds a scan back before anything moves.
func (h *BeamGuard) OnScanNew(s *data.Scan) error {
	h.begun = false
	h.paused = false
	err := h.look()
	h.begun = true
	return err
}

// OnScanData is called after each point.
func (h *BeamGuard) OnScanData(d *scan.Data) error { return h.look() }

// OnTimeout is called at once when beam_current changes.
func (h *BeamGuard) OnTimeout() error { return h.look() }

// look pauses the scan if the beam is gone, and lets it go on if it is back.
func (h *BeamGuard) look() error {
	now := h.beam.Float()
	switch {
	case now < lowest && !h.paused:
		h.paused = true
		h.spoilt = h.begun
		h.current = now
		return scan.AskPause(fmt.Sprintf("beam_current %.4g is below %v", now, lowest))
	case now >= lowest && h.paused:
		h.paused = false
		if !h.spoilt {
			return scan.AskResume()
		}
		again := fmt.Errorf("the last point was taken with beam_current %.4g: %w", h.current, scan.AskRepeat())
		return scan.AskAll(again, scan.AskResume())
	}
	return nil
}
