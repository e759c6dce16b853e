//go:build ignore

package hooks

import (
	"fmt"

	"blissh/data"
	"blissh/hooks"
	"blissh/scan"
)

// StopPastPeak ends a scan when the first counter has come down to half of its
// highest value and stays there for some points.
type StopPastPeak struct {
	hooks.Base
	top   float64 // highest value so far
	below int     // points below half of it, one after the other
}

// What to change in a copy.
const (
	fraction = 0.5 // of the highest value
	needed   = 3   // points in a row
	least    = 1.0 // a highest value below this is no peak
)

// OnScanNew begins anew.
func (h *StopPastPeak) OnScanNew(s *data.Scan) error {
	h.top = 0
	h.below = 0
	return nil
}

// Mode: every point counts.
func (h *StopPastPeak) Mode() scan.Mode { return hooks.Gate }

// OnScanData looks at one point.
func (h *StopPastPeak) OnScanData(d *scan.Data) error {
	y := d.Value(d.Counter())
	if y > h.top {
		h.top = y
	}
	if h.top < least || y > fraction*h.top {
		h.below = 0
		return nil
	}
	h.below++
	if h.below < needed {
		return nil
	}
	return fmt.Errorf("past the peak of %.4g: %w", h.top, scan.StopIteration)
}
