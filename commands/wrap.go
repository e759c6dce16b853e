package commands

import "strings"

// wrapped joins pieces of a line with three blanks, and goes on in the next line
// where the width is too short, between two pieces if possible, else between two
// words. A width of 0 stands for as much as is needed.
func wrapped(width int, pieces ...string) string {
	w := wrapper{width: width}
	for _, piece := range pieces {
		switch {
		case piece == "":
		case w.fits(piece) || displayWidth(piece)+3 < width:
			w.add(piece, "   ")
		default:
			indent := piece[:len(piece)-len(strings.TrimLeft(piece, " "))]
			for i, word := range strings.Fields(piece) {
				w.add(indent+word, between(i))
				indent = ""
			}
		}
	}
	return w.text.String() + "\n"
}

// between is what stands before word i of a piece.
func between(i int) string {
	if i == 0 {
		return "   "
	}
	return " "
}

type wrapper struct {
	width int
	used  int // of the line
	text  strings.Builder
}

func (w *wrapper) fits(s string) bool {
	return w.width <= 0 || w.used+3+displayWidth(s) < w.width
}

// add writes one piece behind a gap, or into the next line.
func (w *wrapper) add(s, gap string) {
	switch {
	case w.used == 0 && w.text.Len() == 0:
	case w.width > 0 && w.used+len(gap)+displayWidth(s) >= w.width:
		w.text.WriteString("\n   ")
		w.used = 3
	default:
		w.text.WriteString(gap)
		w.used += len(gap)
	}
	w.text.WriteString(s)
	w.used += displayWidth(s)
}
