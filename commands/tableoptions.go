package commands

import (
	"math"
	"time"

	"blissh/device"
	"blissh/scan"
)

// tableOptions is what the table of a scan is told before it runs.
func (sh *Shell) tableOptions(estimate time.Duration, p *scan.Plan) TableOptions {
	display := sh.Session.DisplaySettings()
	o := TableOptions{
		Estimate: estimate, Advice: p.WaitAdvice, Formats: sh.formats(), Decimals: map[string]int{}, Screen: sh.Screen,
		Selected: display.Selected, Plot: display.LivePlot,
	}
	for i, a := range p.Axes {
		o.Decimals[a.Name()] = min(mostDecimals, max(decimalsFor(a), decimalsOfSteps(p.Trajectory, i, len(p.Axes))))
	}
	return o
}

// Positions have at least four decimals and at most nine.
const fewestDecimals, mostDecimals = 4, 9

// decimalsOfSteps is how many decimals tell the first points of a scan apart, and
// one more.
func decimalsOfSteps(t scan.Trajectory, axis, axes int) int {
	const looked = 100
	least := math.Inf(1)
	before, at := make([]float64, axes), make([]float64, axes)
	for i := range min(looked, t.Len()) {
		t.At(i, at)
		if step := math.Abs(at[axis] - before[axis]); i > 0 && step > 0 {
			least = min(least, step)
		}
		copy(before, at)
	}
	if math.IsInf(least, 0) {
		return 0
	}
	return int(math.Ceil(-math.Log10(least)-1e-9)) + 1
}

// decimalsFor is how many decimals of a position say something: those of the
// tolerance.
func decimalsFor(a device.Axis) int {
	t, ok := a.(device.Tolerant)
	if !ok || !(t.Tolerance() > 0) {
		return fewestDecimals
	}
	return max(fewestDecimals, min(mostDecimals, int(math.Ceil(-math.Log10(t.Tolerance())))))
}

// windowWidth is how wide a line may be; 0 stands for as much as it needs.
func (sh *Shell) windowWidth() int {
	if sh.Screen == nil {
		return 0
	}
	columns, _ := sh.Screen.Size()
	return columns
}

// device finds an axis of the session.
func (sh *Shell) device(name string) device.Axis {
	for _, a := range sh.Session.Axes() {
		if a.Name() == name {
			return a
		}
	}
	return nil
}
