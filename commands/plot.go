package commands

import (
	"math"

	"blissh/data"
	"blissh/data/peak"
	"blissh/internal/braille"
)

func plotCommand() Command {
	return Command{
		Name: "plot", Group: groupAnalysis, Options: []string{"x", "width", "height", "log", "lines"},
		Usage: "plot() or plot(scan, counters...)",
		Help: "Draws a scan, the last one unless one is given: the counters given, or those of plotselect, over the first moving axis. " +
			"◆ marks the peak, ▲ cen. Options: x, an axis, a counter or a name such as \"elapsed_time\"; width and height in characters; " +
			"log=True for a logarithmic y; lines=True joins the points. plot(s.path()) draws where a scan goes: its axis over the points, or the second axis over the first; plot(s.path(), roby, x=\"point\") draws another one.",
		Example: "plot(s, sim_ct_gauss_noise, log=True)",
		Func:    func(sh *Shell) any { return sh.plot },
	}
}

// Sizes of a plot: that of the window, within limits, or what a page has.
const (
	plotWidth, plotHeight = 80, 22
	widestPlot            = 400
	highestPlot           = 200
)

func (sh *Shell) plot(args ...any) {
	a := sh.parse("plot", args)
	if p, ok := a.at(0).(Path); ok {
		p.draw(sh, a)
		return
	}
	r, first := sh.plotResults(a)
	info := r.source.Info()
	p := braille.Plot{Log: a.boolOption("log", false), Lines: a.boolOption("lines", false), Colour: sh.Colours}
	p.Width, p.Height = sh.plotSize(a)
	x, names := plotX(a, info), sh.plotCounters(a, first, info)
	sh.draw(p, info, x, names, r.columns("plot"))
}

// plotResults are those of the scan that was given, or of the last one; what
// comes behind it are counters.
func (sh *Shell) plotResults(a *arguments) (r results, first int) {
	if len(a.list) > 0 {
		switch s := a.list[0].(type) {
		case *Scan:
			if s != nil {
				return s.results, 1
			}
		case *Record:
			if s != nil {
				return s.results, 1
			}
		}
	}
	return sh.lastResults("plot"), 0
}

// plotSize is what was asked for, or what the window has room for.
func (sh *Shell) plotSize(a *arguments) (width, height int) {
	width, height = plotWidth, plotHeight
	if sh.Screen != nil {
		if columns, rows := sh.Screen.Size(); columns > 0 {
			width, height = max(braille.MinWidth, columns-1), max(braille.MinHeight, min(plotHeight, rows-2))
		}
	}
	width = min(width, 120)
	return a.sizeOption("width", width, braille.MinWidth, widestPlot), a.sizeOption("height", height, braille.MinHeight, highestPlot)
}

// sizeOption is a number of characters.
func (a *arguments) sizeOption(name string, otherwise, least, most int) int {
	v, given := a.options[name]
	if !given || v == nil {
		return otherwise
	}
	f, ok := toFloat(v)
	if !ok || f != math.Trunc(f) || f < float64(least) || f > float64(most) {
		failf(a.command.Name, "option %s: a number of characters from %d to %d expected, got %s", name, least, most, describe(v))
	}
	return int(f)
}

// plotX is the data channel that the others are drawn over.
func plotX(a *arguments, s *data.Scan) string {
	v, given := a.options["x"]
	if !given || v == nil {
		return firstAxis(s)
	}
	name := nameOf(v)
	if name == "" {
		failf("plot", "option x: an axis, a counter or the name of a data channel expected, got %s", describe(v))
	}
	return scalarOf(s, name)
}

// scalarOf checks that a data channel of a scan can be drawn.
func scalarOf(s *data.Scan, name string) string {
	c, ok := s.Channel(name)
	if !ok {
		failf("plot", "scan %d has no data channel %s%s", s.Number, name, suggestion(name, channelNames(s)))
	}
	if !c.Scalar() {
		failf("plot", "%s has %s at each point, which is not drawn", name, shapeText(c.Shape))
	}
	return name
}

// plotCounters are those that were given, or those that plotselect names.
func (sh *Shell) plotCounters(a *arguments, first int, s *data.Scan) (names []string) {
	for i := first; i < len(a.list); i++ {
		name := nameOf(a.list[i])
		if name == "" {
			a.wrong(i, "counter", "a counter, or a pattern such as \"diode*\",")
		}
		if list := selectedOf(s, []string{name}); len(list) > 0 {
			names = append(names, list...)
			continue
		}
		names = append(names, scalarOf(s, name))
	}
	if len(names) == 0 {
		names = together(s, sh.plotSelection())
	}
	if len(names) == 0 {
		failf("plot", "scan %d has no counter that can be drawn", s.Number)
	}
	return names
}

// draw prints the plot of some data channels.
func (sh *Shell) draw(p braille.Plot, s *data.Scan, x string, names []string, columns map[string][]float64) {
	p.XLabel = label(x, unitOf(s, x))
	for i, name := range names {
		series := braille.Series{Name: label(name, unitOf(s, name)), X: columns[x], Y: columns[name]}
		series.Marks, p.Signs = marks(series, i, len(names))
		p.Series = append(p.Series, series)
	}
	sh.printf("Scan %d  %s\n", s.Number, s.Title)
	for _, line := range p.Draw() {
		sh.printf("%s\n", line)
	}
}

func unitOf(s *data.Scan, name string) string {
	c, _ := s.Channel(name)
	return c.Unit
}

// marks are the peak, or the dip, and cen of one curve. Of several curves the
// peaks have numbers, which tell the curves apart without colours, too.
func marks(s braille.Series, i, of int) (list []braille.Mark, legend string) {
	st, err := peak.Of(s.X, s.Y)
	if err != nil || st.Kind == peak.Flat {
		return nil, ""
	}
	sign, legend := '◆', "◆ "+string(st.Kind)
	if of > 1 {
		sign, legend = rune('1'+i%9), "1, 2 ... their peaks"
	}
	if st.Kind != peak.Edge {
		list = append(list, braille.Mark{X: st.Top().X, Y: st.Top().Y, Sign: sign})
	} else if of == 1 {
		legend = "edge"
	}
	if of == 1 && !math.IsNaN(st.Cen) {
		list = append(list, braille.Mark{X: st.Cen, Y: math.NaN(), Sign: '▲'})
		legend += "   ▲ cen"
	}
	return list, legend
}
