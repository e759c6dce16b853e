//go:build ignore

package hooks

import (
	"math"

	"blissh/data"
	"blissh/data/peak"
	"blissh/hooks"
	"blissh/scan"
)

// ZoomOnPeak takes finer points around the peak as soon as the scan has gone
// past it. The scan has to allow that: s.allow(robz, -3, 1).
type ZoomOnPeak struct {
	hooks.Base
	x, y  []float64 // what was measured since the last zoom
	times int
}

// What to change in a copy: how many times it zooms (1 or 2), how wide the fine
// range is in units of the peak's width, a second one half of that, and how many
// intervals it has.
const (
	zooms     = 1
	zoomWidth = 1.5
	intervals = 100
)

// OnScanNew begins anew: one hook may watch several scans.
func (h *ZoomOnPeak) OnScanNew(s *data.Scan) error {
	h.x = nil
	h.y = nil
	h.times = 0
	return nil
}

// Mode: every point is to be seen, so the scan waits some microseconds for it.
func (h *ZoomOnPeak) Mode() scan.Mode { return hooks.Gate }

// OnScanData asks for the fine range once the curve has come down from a peak.
func (h *ZoomOnPeak) OnScanData(d *scan.Data) error {
	if d.Axis() == "" || h.times == zooms {
		return nil
	}
	h.x = append(h.x, d.Value(d.Axis()))
	h.y = append(h.y, d.Value(d.Counter()))
	top := 0
	for i := range h.y {
		if h.y[i] > h.y[top] {
			top = i
		}
	}
	last := len(h.y) - 1
	if last < top+2 || h.y[last] > h.y[top]/2 || h.y[last-1] > h.y[top]/2 {
		return nil // not past it yet
	}
	st, err := peak.Of(h.x, h.y)
	if err != nil || math.IsNaN(st.Cen) || math.IsNaN(st.FWHM) {
		return nil // one side of it only
	}
	h.times++
	half := zoomWidth * st.FWHM / 2 / float64(h.times)
	if h.x[last] > st.Cen { // from where the axis is
		half = -half
	}
	h.x = nil
	h.y = nil
	d.Scan().Range(st.Cen-half, st.Cen+half, intervals)
	return nil
}
