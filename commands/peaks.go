package commands

import (
	"context"
	"fmt"
	"math"
	"path"
	"slices"
	"strings"
	"time"

	"blissh/data"
	"blissh/data/peak"
)

// mostPeaks is how many counters have a peak line, and a curve in a plot, when
// none is selected.
const mostPeaks = 4

// fewestPoints is what a curve needs to have a peak.
const fewestPoints = 3

// firstAxis is what the curves of a scan are drawn over: its first moving axis,
// or the time.
func firstAxis(s *data.Scan) string {
	for _, m := range s.Moving {
		if c, ok := s.Channel(m); ok && c.Scalar() {
			return m
		}
	}
	return data.ElapsedTime
}

// plotted are the counters of a scan that have a peak line: the selected ones, or the first four in the order of the table.
func plotted(s *data.Scan, patterns []string) []string {
	if list := selectedOf(s, patterns); len(list) > 0 {
		return list
	}
	all := selectedOf(s, []string{"*"})
	return all[:min(len(all), mostPeaks)]
}

// together are the counters that are drawn in one plot: the selected ones, or of
// the first four those that have the unit of the first, for there is one y axis.
func together(s *data.Scan, patterns []string) []string {
	if list := selectedOf(s, patterns); len(list) > 0 {
		return list
	}
	list := plotted(s, nil)
	return slices.DeleteFunc(list, func(name string) bool { return unitOf(s, name) != unitOf(s, list[0]) })
}

// selectedOf are the counters of a scan whose names match a pattern.
func selectedOf(s *data.Scan, patterns []string) (list []string) {
	for _, c := range s.Channels {
		if c.Role == "counter" && c.Scalar() && slices.ContainsFunc(patterns, func(p string) bool { return matches(p, c.Name) }) {
			list = append(list, c.Name)
		}
	}
	return list
}

func matches(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return pattern == name || ok && err == nil
}

// peakLines say where the peaks of a scan are, computed from the data in the
// store. A store that does not answer has been named already by the scan's end.
func (sh *Shell) peakLines(s *Scan) {
	info := s.scan.Info()
	if len(info.Moving) == 0 || info.Taken < fewestPoints || info.Outcome == data.Aborted {
		return // who presses Ctrl-C wants the prompt; cen() and plot() have it all
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(sh.Host.Context()), peakTime)
	defer cancel()
	columns, err := s.scan.Columns(ctx)
	if err != nil {
		sh.printf(" no peak line: %v\n", err)
		return
	}
	for _, name := range plotted(info, sh.plotSelection()) {
		sh.printf("%s", peakText(sh.curveOf(info, name, columns), sh.windowWidth()))
	}
}

// peakTime is how long the end of a scan waits for its data to come back.
const peakTime = 5 * time.Second

// measured is one counter of a scan over its axes.
type measured struct {
	name, unit string
	y          []float64
	axes       []along
	mesh       bool
}

// along is an axis of the scan.
type along struct {
	name, unit string
	decimals   int
	x          []float64
}

func (sh *Shell) curveOf(s *data.Scan, name string, columns map[string][]float64) measured {
	c, _ := s.Channel(name)
	m := measured{name: name, unit: c.Unit, y: columns[name], mesh: strings.HasSuffix(s.Name, "mesh")}
	for _, axis := range s.Moving {
		ch, _ := s.Channel(axis)
		a := along{name: axis, unit: ch.Unit, decimals: 4, x: columns[axis]}
		if dev := sh.device(axis); dev != nil {
			a.decimals = decimalsFor(dev)
		}
		m.axes = append(m.axes, a)
	}
	return m
}

// peakText is the line about one counter:
//
//	sim_ct_gauss: peak 23.94 at 0.0000 mm   cen 0.0000 mm   com 0.0000 mm   fwhm 3.9247 mm   2 crossings
//
// Of several axes all have their position at the peak; cen, com and fwhm are
// those along the first one, and a mesh has none.
func peakText(m measured, width int) string {
	first := m.axes[0]
	s, err := peak.Of(first.x, m.y)
	if err != nil {
		return wrapped(width, fmt.Sprintf(" %s: %v", m.name, err))
	}
	head := " " + m.name + ": "
	switch {
	case s.Kind == peak.Flat || s.Max.Y == s.Min.Y:
		return wrapped(width, head+"flat at "+withUnit(formatShort(s.Max.Y), m.unit))
	case noisy(s):
		return wrapped(width, head+"no clear peak", formatShort(s.Min.Y)+" to "+withUnit(formatShort(s.Max.Y), m.unit), times(s.Crossings))
	case m.mesh:
		return wrapped(width, head+"peak "+m.value(extreme(m.y))+" at "+m.place(extreme(m.y)))
	case s.Kind == peak.Edge:
		return wrapped(width, head+"edge at "+first.text(s.Cen), "rise "+first.text(s.Rise)+" (12 to 88 %)", times(s.Crossings))
	case s.Partial():
		return wrapped(width, head+m.top(s), fmt.Sprintf("one side only, half height at %s", first.text(s.Left)), times(s.Crossings))
	}
	return wrapped(width, head+m.top(s), "cen "+first.text(s.Cen), comText(first, s.COM), "fwhm "+first.text(s.FWHM), times(s.Crossings))
}

// noisy reports a curve that goes up and down all the time: what crosses the half
// height more than eight times, and in more than a tenth of the intervals, has no
// shape worth a name.
func noisy(s peak.Stats) bool { return s.Crossings > max(8, s.Points/10) }

// top is what stands out: "peak 23.94 at 0.0000 mm".
func (m measured) top(s peak.Stats) string {
	at := s.Top()
	if len(m.axes) == 1 {
		return string(s.Kind) + " " + withUnit(formatShort(at.Y), m.unit) + " at " + m.axes[0].text(at.X)
	}
	for i, y := range m.y {
		if y == at.Y {
			return string(s.Kind) + " " + m.value(i) + " at " + m.place(i)
		}
	}
	return string(s.Kind) + " " + withUnit(formatShort(at.Y), m.unit) + " at " + m.axes[0].name + " " + m.axes[0].text(at.X)
}

func (m measured) value(i int) string { return withUnit(formatShort(m.y[i]), m.unit) }

// place is where all axes were at a point.
func (m measured) place(i int) string {
	var list []string
	for _, a := range m.axes {
		list = append(list, a.name+" "+a.text(a.x[i]))
	}
	return strings.Join(list, ", ")
}

// extreme is the index of the highest value that is a number; 0 if none is.
func extreme(y []float64) int {
	best := 0
	for i, v := range y {
		if v > y[best] || math.IsNaN(y[best]) {
			best = i
		}
	}
	return best
}

func (a along) text(x float64) string {
	return withUnit(string(appendFixed(nil, x, a.decimals, 20)), a.unit)
}

// comText is the centre of mass as com() gives it; it may have none.
func comText(a along, com float64) string {
	if math.IsNaN(com) {
		return ""
	}
	return "com " + a.text(com)
}
