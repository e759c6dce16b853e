package commands

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"blissh/data"
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

// forever is the last point of a path without an end.
const forever = math.MaxInt - 1

// lastOf is the last point of a segment.
func lastOf(s data.Segment) int {
	if s.Points == 0 {
		return forever
	}
	return s.From + s.Points - 1
}

// stages are the states in order; those without points are left out.
func (p Path) stages() (list []stage) {
	last := -1
	for _, s := range p.Segments {
		last = max(last, lastOf(s))
	}
	all := []stage{{"taken", 0, p.Taken - 1}, {"being taken", p.Taken, p.Begun - 1}, {"ahead", p.Begun, last}}
	switch {
	case p.Over && last == forever:
		all = all[:1]
	case p.Over:
		all = []stage{all[0], {"not taken", p.Taken, last}}
	}
	return slices.DeleteFunc(all, func(s stage) bool { return s.last < s.first })
}

// part is what a segment has of a state.
type part struct {
	of          data.Segment
	first, last int
}

func (p Path) parts(st stage) (list []part) {
	for _, s := range p.Segments {
		if first, last := max(st.first, s.From), min(st.last, lastOf(s)); first <= last {
			list = append(list, part{s, first, last})
		}
	}
	return list
}

// longestList is how many pieces of a path are printed for each of its states:
// the last ones that were taken, the first ones that were not.
const longestList = 15

// String has a line for each piece of the path.
func (p Path) String() string {
	lines := []string{pathLine("", "points", strings.Join(p.labels(), "  "))}
	for _, st := range p.stages() {
		list := p.parts(st)
		over := len(list) - longestList
		switch {
		case over <= 0:
			lines = append(lines, partLines(st, list)...)
		case st.name == "taken":
			lines = append(lines, pathLine(st.name, pointRange(list[0].first, list[over-1].last), fmt.Sprintf("... %d pieces", over)))
			lines = append(lines, partLines(st, list[over:])...)
		default:
			lines = append(lines, partLines(st, list[:longestList])...)
			lines = append(lines, pathLine(st.name, pointRange(list[longestList].first, list[len(list)-1].last), fmt.Sprintf("... %d pieces", over)))
		}
	}
	if len(lines) == 1 {
		return "no points are known yet"
	}
	return strings.Join(lines, "\n")
}

func partLines(st stage, list []part) (lines []string) {
	for _, x := range list {
		lines = append(lines, pathLine(st.name, pointRange(x.first, x.last), x.places()))
	}
	return lines
}

func pathLine(state, points, where string) string {
	return strings.TrimRight(fmt.Sprintf("%-12s%-14s%s", state, points, where), " ")
}

func (p Path) labels() (list []string) {
	for k, a := range p.Axes {
		list = append(list, label(a, p.units[k]))
	}
	return list
}

// pointRange is "12", "12 to 40" or "12 on".
func pointRange(first, last int) string {
	switch last {
	case first:
		return fmt.Sprint(first)
	case forever:
		return fmt.Sprintf("%d on", first)
	}
	return fmt.Sprintf("%d to %d", first, last)
}

// places says where the points are.
func (x part) places() string {
	from, to := x.of.Position(x.first), x.of.Position(x.last)
	switch {
	case from == nil, len(from) == 0:
		return "-"
	case x.first == x.last:
		return place(from)
	case x.of.Start != nil:
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
