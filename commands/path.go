package commands

import (
	"fmt"
	"strings"

	"blissh/data"
	"blissh/internal/braille"
	"blissh/scan"
)

// Path is where a scan has been sent and where it will go. It prints as a table;
// plot(s.path()) draws it.
type Path struct {
	scan.Path
	units []string
	info  *data.Scan
}

// Path is the path of the scan as it is now: taken, being taken, ahead.
func (s *Scan) Path() Path {
	p := Path{Path: s.scan.Scan.Path(), info: s.scan.Info()}
	for _, a := range s.scan.Plan().Axes {
		p.units = append(p.units, a.Unit())
	}
	return p
}

// stage is a part of a path that is in one state.
type stage struct {
	name        string
	first, last int // points
}

// stages are the states in order; those without points are left out.
func (p Path) stages() (list []stage) {
	end := 0
	for _, s := range p.Segments {
		end = max(end, s.From+s.Points)
	}
	for _, s := range []stage{{"taken", 0, p.Taken - 1}, {"being taken", p.Taken, p.Begun - 1}, {"ahead", p.Begun, end - 1}} {
		if s.last >= s.first {
			list = append(list, s)
		}
	}
	return list
}

// longestList is how many pieces of a path are printed.
const longestList = 40

// String has a line for each piece of the path.
func (p Path) String() string {
	lines := []string{fmt.Sprintf("%-12s%-14s%s", "", "points", strings.Join(p.labels(), "  "))}
	for _, st := range p.stages() {
		for _, s := range p.Segments {
			first, last := max(st.first, s.From), min(st.last, s.From+s.Points-1)
			if first > last {
				continue
			}
			lines = append(lines, fmt.Sprintf("%-12s%-14s%s", st.name, pointRange(first, last), piece(s, first, last)))
		}
	}
	if over := len(lines) - longestList; over > 0 {
		lines = append(lines[:1], append([]string{fmt.Sprintf("... %d pieces before", over)}, lines[1+over:]...)...)
	}
	if len(lines) == 1 {
		return "no points are known yet"
	}
	return strings.Join(lines, "\n")
}

func (p Path) labels() (list []string) {
	for k, a := range p.Axes {
		list = append(list, label(a, p.units[k]))
	}
	return list
}

// pointRange is "12" or "12 to 40".
func pointRange(first, last int) string {
	if first == last {
		return fmt.Sprint(first)
	}
	return fmt.Sprintf("%d to %d", first, last)
}

// piece says where some points of a segment are.
func piece(s data.Segment, first, last int) string {
	from, to := s.Position(first), s.Position(last)
	switch {
	case from == nil:
		return "-"
	case first == last:
		return place(from)
	case s.Start != nil:
		return place(from) + " -> " + place(to)
	}
	return place(from) + " ... " + place(to)
}

// place is "1.5" or "(1.5, 3)".
func place(at []float64) string {
	var list []string
	for _, x := range at {
		list = append(list, formatNumber(x))
	}
	if len(list) == 1 {
		return list[0]
	}
	return "(" + strings.Join(list, ", ") + ")"
}

// mostDrawn is how many points of a path are drawn.
const mostDrawn = 20_000

// draw shows the set-points of the first axis over the index of the point.
func (p Path) draw(sh *Shell, a *arguments) {
	a.most(1)
	if len(p.Axes) == 0 {
		failf("plot", "the scan moves no axis")
	}
	plot := braille.Plot{Colour: sh.Colours, XLabel: "point", Lines: a.boolOption("lines", false)}
	plot.Width, plot.Height = sh.plotSize(a)
	for _, st := range p.stages() {
		series := braille.Series{Name: st.name}
		for _, s := range p.Segments {
			first, last := max(st.first, s.From), min(st.last, s.From+s.Points-1)
			for i := first; i <= last; i += 1 + (last-first)/mostDrawn {
				if at := s.Position(i); at != nil {
					series.X, series.Y = append(series.X, float64(i)), append(series.Y, at[0])
				}
			}
		}
		plot.Series = append(plot.Series, series)
	}
	sh.printf("Scan %d  %s: set-points of %s\n", p.info.Number, p.info.Title, p.labels()[0])
	for _, line := range plot.Draw() {
		sh.printf("%s\n", line)
	}
}
