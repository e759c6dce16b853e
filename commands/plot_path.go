package commands

import (
	"slices"

	"blissh/internal/braille"
)

// byPoint is the x of a path that is drawn over the index of its points.
const byPoint = "point"

// mostDrawn is how many points of each state of a path are drawn.
const mostDrawn = 20_000

// draw shows the set-points of one axis over the index of the points, those of
// several in the plane of the first two, or of those that are named.
func (p Path) draw(sh *Shell, a *arguments) {
	a.most(2)
	if len(p.Axes) == 0 {
		failf("plot", "the scan moves no axis")
	}
	x, y := p.drawn(a)
	plot := braille.Plot{Colour: sh.Colours, XLabel: byPoint, Lines: a.boolOption("lines", false), Log: a.boolOption("log", false)}
	if x >= 0 {
		plot.XLabel = p.labels()[x]
	}
	plot.Width, plot.Height = sh.plotSize(a)
	for _, st := range p.stages() {
		plot.Series = append(plot.Series, p.series(st, x, y))
	}
	sh.printf("Scan %d  %s: set-points of %s\n", p.info.Number, p.info.Title, p.labels()[y])
	for _, line := range plot.Draw() {
		sh.printf("%s\n", line)
	}
}

// drawn are the axes that are drawn, x -1 for the index of the points.
func (p Path) drawn(a *arguments) (x, y int) {
	v, given := a.options["x"]
	given = given && v != nil
	switch {
	case given && nameOf(v) == byPoint, !given && len(p.Axes) == 1:
		x = -1
	case given:
		x = p.axis(v, "option x: an axis of the scan or \"point\"")
	}
	if len(a.list) > 1 {
		return x, p.axis(a.list[1], "argument 2: an axis of the scan")
	}
	if x == 0 && len(p.Axes) > 1 {
		return x, 1
	}
	return x, 0
}

// axis is the place of an axis of the scan.
func (p Path) axis(v any, wanted string) int {
	k := slices.Index(p.Axes, nameOf(v))
	if k < 0 {
		failf("plot", "%s expected, got %s", wanted, describe(v))
	}
	return k
}

// series are the points of a state as far as they are known.
func (p Path) series(st stage, x, y int) braille.Series {
	s := braille.Series{Name: st.name}
	parts := p.parts(st)
	step := 1
	if n := len(parts); n > 0 {
		step = 1 + (parts[n-1].last-parts[0].first)/mostDrawn
	}
	for _, part := range parts {
		for i := part.first; i <= part.last; i += step {
			at := part.of.Position(i)
			if at == nil {
				break
			}
			s.Y = append(s.Y, at[y])
			if x < 0 {
				s.X = append(s.X, float64(i))
			} else {
				s.X = append(s.X, at[x])
			}
		}
	}
	return s
}
