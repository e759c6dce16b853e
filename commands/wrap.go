package commands

import (
	"regexp"
	"strings"
)

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

// folded breaks the lines of a text between words where a terminal of that width
// would break them in the middle of one; what goes on stands below what a line
// begins with, in the second column of a list.
func folded(text string, width int) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		rest := strings.TrimSuffix(line, "\n")
		indent := listColumn.FindString(rest)
		if len(indent) > width/2 {
			indent = indent[:len(indent)-len(strings.TrimLeft(indent, " "))]
		}
		below := strings.Repeat(" ", len(indent))
		for displayWidth(rest) >= width {
			at := lastBlank(rest, len(below), width)
			if at < 0 {
				break
			}
			b.WriteString(strings.TrimRight(rest[:at], " ") + "\n")
			rest = below + rest[at+1:]
		}
		b.WriteString(rest + "\n")
	}
	return b.String()
}

// listColumn is what stands in front of the text of a line: blanks, or the entry
// of a list and the blanks behind it.
var listColumn = regexp.MustCompile(`^ *(?:\S+ {2,})?`)

// lastBlank is the last place where a line can be broken to be shorter than a
// width, else the first one, behind a number of bytes; -1 if there is none.
func lastBlank(line string, from, width int) int {
	last := -1
	for i := from + 1; i < len(line); i++ {
		if line[i] != ' ' {
			continue
		}
		wide := displayWidth(line[:i]) >= width
		if wide && last >= 0 {
			break
		}
		if last = i; wide { // a word that is longer than the line
			break
		}
	}
	return last
}
