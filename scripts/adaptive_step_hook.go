//go:build ignore

package hooks

import (
	"math"

	"blissh/data"
	"blissh/hooks"
	"blissh/scan"
)

// AdaptiveStep puts more points between two points where the first counter
// changes much; the points that were planned are all taken, too. The scan has to
// allow it: s.allow(robz, -5, 5, points=500).
type AdaptiveStep struct {
	hooks.Base
	x, y     float64 // of the planned point before
	high     float64 // highest and lowest value so far
	low      float64
	points   int
	inserted int // points that are on their way and were not planned
}

// What to change in a copy: a change by more than this part of the whole range
// of values gets so many points in between.
const (
	muchChange = 0.1
	between    = 3
)

// OnScanNew begins anew.
func (h *AdaptiveStep) OnScanNew(s *data.Scan) error {
	h.points = 0
	h.inserted = 0
	return nil
}

// Mode: the points come before the scan goes on.
func (h *AdaptiveStep) Mode() scan.Mode { return hooks.Gate }

// OnScanData compares a planned point with the one before.
func (h *AdaptiveStep) OnScanData(d *scan.Data) error {
	if h.inserted > 0 {
		h.inserted--
		return nil
	}
	x, y := d.Value(d.Axis()), d.Value(d.Counter())
	x0, y0 := h.x, h.y
	h.x = x
	h.y = y
	h.points++
	if h.points == 1 {
		h.high = y
		h.low = y
		return nil
	}
	h.high = math.Max(h.high, y)
	h.low = math.Min(h.low, y)
	if h.points < 4 || math.Abs(y-y0) < muchChange*(h.high-h.low) {
		return nil
	}
	h.inserted = between
	step := (x - x0) / (between + 1)
	return scan.AskInsert((x+x0)/2, math.Abs(step)*(between-1), between)
}
