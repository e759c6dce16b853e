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
// taken without, which the scan has to allow: allow(s).
type BeamGuard struct {
	hooks.Base
	beam   *channel.Channel
	paused bool
	points int
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
	h.points = 0
	h.paused = false
	return h.look()
}

// OnScanData is called after each point.
func (h *BeamGuard) OnScanData(d *scan.Data) error {
	h.points = d.Index() + 1
	return h.look()
}

// OnTimeout is called at once when beam_current changes.
func (h *BeamGuard) OnTimeout() error {
	if !h.paused {
		return h.look()
	}
	if h.beam.Float() < lowest {
		return nil
	}
	h.paused = false
	if h.points == 0 {
		return scan.AskResume()
	}
	return scan.AskAll(scan.AskRepeat(), scan.AskResume())
}

// look pauses the scan if the beam is gone.
func (h *BeamGuard) look() error {
	if h.beam.Float() >= lowest || h.paused {
		return nil
	}
	h.paused = true
	return scan.AskPause(fmt.Sprintf("beam_current %.4g is below %v", h.beam.Float(), lowest))
}
