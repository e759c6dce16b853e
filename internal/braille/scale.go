package braille

import (
	"math"
	"strconv"
)

// extent is the range of some numbers.
type extent struct {
	low, high float64
	any       bool
}

func (e *extent) add(v float64) {
	if !e.any {
		*e = extent{v, v, true}
	}
	e.low, e.high = min(e.low, v), max(e.high, v)
}

// scale maps a range to 0 ... 1.
type scale struct {
	low, high float64
	log       bool
}

// resolution is the smallest range relative to its values in which positions
// differ; below that a range counts as one value.
const resolution = 1e-13

// newScale is a scale from the lowest to the highest value. A single value
// stands in the middle of a range of its own size.
func newScale(e extent, log bool) scale {
	s := scale{e.low, e.high, log}
	size := max(math.Abs(e.low), math.Abs(e.high))
	if e.high/2-e.low/2 > size*resolution {
		return s
	}
	switch {
	case log:
		s.low, s.high = e.low/10, e.high*10
	case size == 0:
		s.low, s.high = -1, 1
	default:
		s.low, s.high = e.low-size/10, e.high+size/10
	}
	if math.IsInf(s.high, 0) || s.low == 0 || math.IsInf(s.low, 0) {
		s.low, s.high = e.low, e.high
	}
	return s
}

// part is the place of v on the scale, 0 at its lower and 1 at its upper end.
// Halves are subtracted, for the whole range may be no number.
func (s scale) part(v float64) float64 {
	low, high := s.low, s.high
	if s.log {
		v, low, high = math.Log10(v), math.Log10(low), math.Log10(high)
	}
	if span := high/2 - low/2; span > 0 {
		return (v/2 - low/2) / span
	}
	return 0.5
}

// tick is a number at an axis.
type tick struct {
	value float64
	label string
}

// fewTicks is the number from which on nobody looks for more.
const fewTicks = 16

// ticks are about n round numbers on the scale: steps of 1, 2 or 5 times a power
// of ten.
func (s scale) ticks(n int) []tick {
	if s.log {
		if list := s.decades(n); len(list) >= 2 {
			return list
		}
	}
	step := niceStep(s.high/float64(n) - s.low/float64(n))
	first, last := math.Ceil(s.low/step), math.Floor(s.high/step)
	if !(last >= first && last-first <= 10*float64(n)) { // no steps in such a range
		return s.labelled(0, s.low, s.high)
	}
	if last == first && n < fewTicks {
		return s.ticks(2 * n) // one number says nothing of a range
	}
	var values []float64
	for i := range int(last-first) + 1 {
		values = append(values, (first+float64(i))*step)
	}
	return s.labelled(step, values...)
}

// rounded is the scale extended to round numbers at both ends, and its ticks.
func (s scale) rounded(n int) (scale, []tick) {
	step := niceStep(s.high/float64(n) - s.low/float64(n))
	low, high := math.Floor(s.low/step)*step, math.Ceil(s.high/step)*step
	if !s.log && finite(low) && finite(high) && low <= s.low && high >= s.high {
		s.low, s.high = low, high
	}
	return s, s.ticks(n)
}

// decades are powers of ten, some of them left out when there are many.
func (s scale) decades(n int) []tick {
	first, last := math.Ceil(math.Log10(s.low)), math.Floor(math.Log10(s.high))
	every := math.Ceil((last - first + 1) / float64(n+1))
	var list []tick
	for k := first; k <= last; k += every {
		list = append(list, tick{math.Pow(10, k), strconv.FormatFloat(math.Pow(10, k), 'g', -1, 64)})
	}
	return list
}

// niceStep is the smallest of 1, 2 and 5 times a power of ten that is not
// smaller than a step.
func niceStep(step float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(step)))
	for _, nice := range []float64{1, 2, 5} {
		if nice*power >= step*(1-1e-9) {
			return nice * power
		}
	}
	return 10 * power
}

// labelled writes values with as many decimals as tell them apart.
func (s scale) labelled(step float64, values ...float64) []tick {
	size := max(math.Abs(s.low), math.Abs(s.high))
	format, decimals := byte('f'), max(0, int(math.Ceil(-math.Log10(step)-1e-9)))
	if step == 0 || size >= 1e6 || decimals > 6 {
		format, decimals = 'e', 4
	}
	if step > 0 && format == 'e' {
		decimals = max(0, min(12, int(math.Floor(math.Log10(size)+1e-9))-int(math.Floor(math.Log10(step)+1e-9))))
	}
	var list []tick
	for _, v := range values {
		if v == 0 {
			list = append(list, tick{0, "0"})
			continue
		}
		list = append(list, tick{v, strconv.FormatFloat(v, format, decimals, 64)})
	}
	return list
}
