//go:build ignore

package hooks

import (
	"blissh/channel"
	"blissh/hooks"
	"blissh/scan"
)

// StopAlignmentHook ends a scan when the shared channel stop_alignment becomes
// true; online_analysis.go sets it.
type StopAlignmentHook struct {
	hooks.Base
	stop *channel.Channel
}

// NewStopAlignmentHook sets stop_alignment to false: an earlier stop is over.
func NewStopAlignmentHook() *StopAlignmentHook {
	return &StopAlignmentHook{stop: channel.Open("stop_alignment", false)}
}

// OnScanData is called after each point.
func (h *StopAlignmentHook) OnScanData(d *scan.Data) error {
	if h.stop.Bool() {
		return scan.StopIteration
	}
	return nil
}
