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
	x, y   float64 // of the last planned point
	before float64 // position of the planned point before that
	high   float64 // highest and lowest value so far
	low    float64
	points int // planned ones so far
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
	return nil
}

// Mode: the points come before the scan goes on.
func (h *AdaptiveStep) Mode() scan.Mode { return hooks.Gate }

// OnScanData compares a planned point with the one before. One that lies between
// the last two was not planned.
func (h *AdaptiveStep) OnScanData(d *scan.Data) error {
	if d.Axis() == "" {
		return nil
	}
	x, y := d.Value(d.Axis()), d.Value(d.Counter())
	if h.points > 1 && (x-h.before)*(x-h.x) < 0 {
		return nil
	}
	change := math.Abs(y - h.y)
	h.before = h.x
	h.x = x
	h.y = y
	h.points++
	if h.points == 1 {
		h.high = y
		h.low = y
	}
	h.high = math.Max(h.high, y)
	h.low = math.Min(h.low, y)
	if h.points < 4 || change < muchChange*(h.high-h.low) {
		return nil
	}
	step := math.Abs(x-h.before) / (between + 1)
	return scan.AskInsert((x+h.before)/2, step*(between-1), between)
}
