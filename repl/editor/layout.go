package editor

import (
	"strings"

	"github.com/mattn/go-runewidth"
)

// tabWidth is how wide a tab is drawn.
const tabWidth = 4

// row is a line of the screen.
type row struct {
	text  string
	width int
	soft  bool // it goes on in the next one
}

// place is a position among rows.
type place struct{ row, column int }

// layout breaks a text into rows.
type layout struct {
	columns int
	rows    []row
	text    strings.Builder // of the last row
	width   int
}

// lay breaks a text with a prompt in front of each of its lines into rows. The
// cursor stands between the two parts of the text.
func lay(label func(line int) string, before, after string, columns int) (rows []row, cursor place) {
	l := &layout{columns: max(1, columns)}
	line := 0
	put := func(s string) {
		for _, r := range s {
			if r != '\n' {
				l.put(r)
				continue
			}
			l.end(false)
			line++
			l.string(label(line))
		}
	}
	l.string(label(0))
	put(before)
	cursor = l.cursor()
	put(after)
	l.end(false)
	return l.rows, cursor
}

func (l *layout) string(s string) {
	for _, r := range s {
		l.put(r)
	}
}

func (l *layout) put(r rune) {
	switch {
	case r == '\t':
		l.string(strings.Repeat(" ", tabWidth))
		return
	case r < ' ' || r == 0x7f:
		r = '?'
	}
	w := runewidth.RuneWidth(r)
	if l.width+w > l.columns && l.width > 0 {
		l.end(true)
	}
	l.text.WriteRune(r)
	l.width += w
}

// cursor is where the next character comes.
func (l *layout) cursor() place {
	if l.width >= l.columns {
		return place{len(l.rows) + 1, 0}
	}
	return place{len(l.rows), l.width}
}

// end ends a row. A full one at the end of a line is followed by an empty one,
// where the cursor may stand.
func (l *layout) end(soft bool) {
	full := l.width >= l.columns
	l.rows = append(l.rows, row{l.text.String(), l.width, soft || full})
	l.text.Reset()
	l.width = 0
	if full && !soft {
		l.rows = append(l.rows, row{})
	}
}

// window cuts rows that do not fit into the height; the cursor's is among those
// that are left.
func window(rows []row, cursor place, height int) ([]row, place) {
	if len(rows) <= height {
		return rows, cursor
	}
	first := min(cursor.row, len(rows)-height)
	cursor.row -= first
	return rows[first : first+height], cursor
}

// frame is what the editor shows: rows and the cursor in them.
type frame struct {
	rows   []row
	cursor place
}

// plainRows turns lines that fit the width into rows.
func plainRows(lines []string, width func(string) int) []row {
	var out []row
	for _, l := range lines {
		out = append(out, row{text: l, width: width(l)})
	}
	return out
}

// height is how many rows the frame takes down to the cursor, that one not
// counted, in a terminal that has got another width: it breaks rows anew and
// joins those that belong together.
func (f frame) height(columns int) int {
	columns = max(1, columns)
	n, line := 0, 0
	for i, r := range f.rows {
		if i == f.cursor.row {
			return n + (line+f.cursor.column)/columns
		}
		line += r.width
		if !r.soft {
			n += max(1, (line+columns-1)/columns)
			line = 0
		}
	}
	return n
}
