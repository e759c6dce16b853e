package commands

import (
	"math"
	"slices"

	"blissh/data"
	"blissh/internal/braille"
)

// A live plot keeps at most livePoints points of each curve, which is more than
// any window shows. When these are full, their number is halved and each pair
// stands for twice as many points as before: its lowest and its highest, so that
// no peak gets lost.
const livePoints = 4096

// Rows of a live plot: a third of the window, and none in a low one.
const (
	lowestLivePlot  = 6
	highestLivePlot = 16
)

// livePlot draws the counters of the running scan below its table. Only the
// goroutine of the table uses it.
type livePlot struct {
	colour  bool
	label   string // of x
	index   int    // of x in Row.Values
	x       []float64
	group   [2]float64 // x of the pair that is being made
	per     int        // points that a pair stands for
	pending int        // points of the pair that is being made
	curves  []drawn
}

// drawn is one data channel as it is plotted.
type drawn struct {
	label  string
	index  int // in Row.Values
	values []float64
	extremes
}

// extremes are the lowest and the highest of some values, and which ones these
// were; values that are no numbers are left out.
type extremes struct {
	low, high     float64
	lowAt, highAt int
}

// newLivePlot plots the selected counters of a scan; it is nil when there is
// nothing to plot.
func newLivePlot(s *data.Scan, selected []string, colour bool) *livePlot {
	x := drawnOf(s, firstAxis(s))
	p := &livePlot{colour: colour, label: x.label, index: x.index, per: 2}
	for _, name := range together(s, selected) {
		p.curves = append(p.curves, drawnOf(s, name))
	}
	if len(p.curves) == 0 {
		return nil
	}
	return p
}

func drawnOf(s *data.Scan, name string) drawn {
	i := 0
	for _, c := range s.Channels {
		if c.Name == name {
			return drawn{label: label(c.Name, c.Unit), index: i}
		}
		if c.Scalar() {
			i++
		}
	}
	return drawn{}
}

// point takes one point.
func (p *livePlot) point(values []float64) {
	switch p.pending {
	case 0:
		p.group = [2]float64{values[p.index], values[p.index]}
	case p.per / 2:
		p.group[1] = values[p.index]
	}
	for i := range p.curves {
		c := &p.curves[i]
		c.add(values[c.index], p.pending)
	}
	p.pending++
	if p.pending < p.per {
		return
	}
	p.pending = 0
	p.x = append(p.x, p.group[:]...)
	for i := range p.curves {
		p.curves[i].values = append(p.curves[i].values, p.curves[i].pair()...)
	}
	if len(p.x) >= livePoints {
		p.halve()
	}
}

func (e *extremes) add(v float64, i int) {
	if i == 0 || math.IsNaN(e.low) {
		*e = extremes{v, v, i, i}
		return
	}
	if v < e.low {
		e.low, e.lowAt = v, i
	}
	if v > e.high {
		e.high, e.highAt = v, i
	}
}

// pair is both in the order in which they came.
func (e *extremes) pair() []float64 {
	if e.highAt < e.lowAt {
		return []float64{e.high, e.low}
	}
	return []float64{e.low, e.high}
}

// halve makes one pair of two.
func (p *livePlot) halve() {
	n := 0
	for i := 0; i+4 <= len(p.x); i += 4 {
		p.x[n], p.x[n+1] = p.x[i], p.x[i+2]
		for k := range p.curves {
			var e extremes
			v := p.curves[k].values
			for m := range 4 {
				e.add(v[i+m], m)
			}
			copy(v[n:], e.pair())
		}
		n += 2
	}
	p.x = p.x[:n]
	for k := range p.curves {
		p.curves[k].values = p.curves[k].values[:n]
	}
	p.per *= 2
}

// lines draws the plot for a window.
func (p *livePlot) lines(columns, rows int) []string {
	height := min(highestLivePlot, rows/3)
	if height < lowestLivePlot {
		return nil
	}
	plot := braille.Plot{Width: min(columns, 100), Height: height, XLabel: p.label, Lines: true, Colour: p.colour}
	for _, c := range p.curves {
		series := braille.Series{Name: c.label, X: p.x, Y: c.values}
		if p.pending > 0 { // the pair that is being made
			series.X, series.Y = append(slices.Clip(series.X), p.group[:]...), append(slices.Clip(series.Y), c.pair()...)
		}
		plot.Series = append(plot.Series, series)
	}
	return plot.Draw()
}
