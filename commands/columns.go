package commands

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"blissh/data"
)

// layout is how the rows of one scan stand in a table:
//
//	1/501    -5.0000     0.0000       1.2000e-06
//	index    moving axes, elapsed time, counters; two blanks before each
//
// Numbers of a column have their decimal points in line, also those with an
// exponent, as long as the window is wide enough.
type layout struct {
	index   int    // width
	of      string // "/501"; not in a very narrow window
	width   int    // of the window
	columns []column
	hidden  []string // data channels for which there is no room
	units   bool     // units in a row of their own, names may be cut
	values  int      // in a Row
	elastic bool     // a cell may be wider than its column: no terminal
}

// column is one data channel in the table.
type column struct {
	name, unit string
	index      int // in Row.Values
	width      int
	kind       cellKind
	decimals   int    // of a position, a time, a whole number
	format     string // fmt verb; empty: as kind says
	axis       bool
	rank       int // the higher, the sooner it is left out
}

// cellKind is how a number is printed in a column.
type cellKind int

const (
	fixedCell   cellKind = iota // a fixed number of decimals
	openCell                    // four decimals or an exponent
	alignedCell                 // the same, with room for the exponent behind the number
)

// Widths of columns, without the blanks before them.
const (
	minIndex     = 8
	minColumn    = 8  // "-1.2e-06"
	plainColumn  = 10 // "-1.200e-06", "12345.6789"
	alignedWidth = 16 // "-123456.0000" and room for an exponent
	alignedLeast = 14 // "-1234.5678" and room for an exponent
	exponentRoom = 4  // "e-06"
)

// arrange picks what a table of a scan shows in a window: all data channels that are
// numbers, moving axes first, then the elapsed time, then the counters; the
// epoch is left out. Where the window is too narrow, units go to a row of their
// own, columns become narrower, and in the end some are left out, the last ones
// first: the time, counters that are not selected, the others, axes; the first
// axis and one counter stay longest. A width of 0 stands for as much as is needed.
func arrange(s *data.Scan, o TableOptions, width int) layout {
	l := layout{columns: columnsOf(s, o), values: scalars(s), width: width, of: of(s.Planned), index: max(minIndex, 2*len(of(s.Planned))), elastic: width == 0}
	if width == 0 {
		l.index = max(l.index, 10)
		return l
	}
	if l.size() < width {
		return l
	}
	l.units = true
	l.shrink(width)
	for l.size() >= width && len(l.columns) > 1 {
		l.leaveOut(width)
	}
	if l.size() >= width {
		l.of, l.index = "", minIndex
	}
	return l
}

// columnsOf lists the columns with the widths that they would like to have.
func columnsOf(s *data.Scan, o TableOptions) []column {
	var axes, times, counters []column
	i := 0
	for _, c := range s.Channels {
		if !c.Scalar() {
			continue
		}
		col := column{name: c.Name, unit: c.Unit, index: i, format: o.Formats[c.Name]}
		i++
		switch {
		case c.Name == data.Epoch:
		case c.Name == data.ElapsedTime:
			times = append(times, col.asTime())
		case c.Role == "axis":
			axes = append(axes, col.asAxis(o, len(axes)))
		default:
			counters = append(counters, col.asCounter(c, o, len(counters)))
		}
	}
	keepOne(counters)
	list := append(append(axes, times...), counters...)
	for i := range list {
		list[i].width = max(list[i].width, displayWidth(list[i].head()))
	}
	return list
}

func scalars(s *data.Scan) (n int) {
	for _, c := range s.Channels {
		if c.Scalar() {
			n++
		}
	}
	return n
}

// Ranks: the first axis stays longest, the time goes first.
const (
	rankFirst    = 0
	rankBest     = 1 // the most important counter
	rankAxis     = 2
	rankSelected = 1000
	rankCounter  = 2000
	rankTime     = 3000
)

// keepOne lets the most important counter stay as long as the first axis.
func keepOne(counters []column) {
	best := -1
	for i, c := range counters {
		if best < 0 || c.rank < counters[best].rank {
			best = i
		}
	}
	if best >= 0 {
		counters[best].rank = rankBest
	}
}

func (c column) asTime() column {
	c.name, c.width, c.decimals, c.rank = "dt", plainColumn, 4, rankTime
	return c
}

func (c column) asAxis(o TableOptions, i int) column {
	c.width, c.decimals, c.rank, c.axis = plainColumn, fewestDecimals, rankAxis+i, true
	if i == 0 {
		c.rank = rankFirst
	}
	if d, ok := o.Decimals[c.name]; ok {
		c.decimals = d
	}
	return c
}

func (c column) asCounter(ch data.Channel, o TableOptions, i int) column {
	c.width, c.rank = plainColumn, rankCounter+i
	if slices.ContainsFunc(o.Selected, func(p string) bool { return matches(p, c.name) }) {
		c.rank = rankSelected + i
	}
	if len(ch.DType) == 3 && (ch.DType[1] == 'i' || ch.DType[1] == 'u') {
		return c // whole numbers: no decimals
	}
	if c.format == "" {
		c.kind, c.width = alignedCell, alignedWidth
	}
	return c
}

func (c column) head() string { return label(c.name, c.unit) }

// size is the width of a row.
func (l *layout) size() int {
	n := l.index
	for _, c := range l.columns {
		n += 2 + c.width
	}
	return n
}

// shrink makes the widest columns narrower until the row fits, as far as numbers
// can be read in them.
func (l *layout) shrink(width int) {
	for most := l.widest(); most > minColumn && l.size() >= width; most-- {
		for i := range l.columns {
			c := &l.columns[i]
			c.width = min(c.width, max(most, c.least()))
			if c.kind == alignedCell && c.width < alignedLeast {
				c.kind = openCell
			}
		}
	}
}

// least is the width below which a column says nothing any more.
func (c column) least() int {
	if c.kind == fixedCell && c.format == "" {
		return min(plainColumn, max(minColumn, c.decimals+5))
	}
	return minColumn
}

func (l *layout) widest() (most int) {
	for _, c := range l.columns {
		most = max(most, c.width)
	}
	return most
}

// leaveOut takes away the least important column and gives the others what is
// free then.
func (l *layout) leaveOut(width int) {
	worst := 0
	for i, c := range l.columns {
		if c.rank >= l.columns[worst].rank {
			worst = i
		}
	}
	l.hidden = append([]string{l.columns[worst].name}, l.hidden...)
	l.columns = append(l.columns[:worst:worst], l.columns[worst+1:]...)
	l.widen(width)
}

// widen gives columns back what they need for their names.
func (l *layout) widen(width int) {
	for i := range l.columns {
		c := &l.columns[i]
		want := max(plainColumn, displayWidth(c.name), displayWidth(c.unit))
		c.width += max(0, min(want-c.width, width-1-l.size()))
		if c.kind == openCell && c.width >= alignedLeast {
			c.kind = alignedCell
		}
	}
}

// heads are the lines above the rows.
func (l *layout) heads() string {
	first, second := rightOf("#"+l.of, l.index), strings.Repeat(" ", l.index)
	for _, c := range l.columns {
		if !l.units {
			first += "  " + c.place(c.head())
			continue
		}
		first += "  " + c.place(tail(c.name, c.width))
		second += "  " + c.place(tail(c.unit, c.width))
	}
	text := strings.TrimRight(first, " ") + "\n"
	if l.units {
		text += strings.TrimRight(second, " ") + "\n"
	}
	return text + l.note()
}

// place puts a head above its numbers: where room for an exponent is kept, to
// the left of that as long as it fits there.
func (c column) place(head string) string {
	room := 0
	if c.kind == alignedCell && displayWidth(head) <= c.width-exponentRoom {
		room = exponentRoom
	}
	return rightOf(head, c.width-room) + strings.Repeat(" ", room)
}

// note says what the window has no room for.
func (l *layout) note() string {
	if len(l.hidden) == 0 {
		return ""
	}
	noun := "columns do"
	if len(l.hidden) == 1 {
		noun = "column does"
	}
	return wrapped(l.width, fmt.Sprintf(" %d %s not fit: a wider window or get_data() shows them", len(l.hidden), noun))
}

// appendRow appends one point.
func (l *layout) appendRow(b []byte, index, planned int, values []float64) []byte {
	start := len(b)
	b = strconv.AppendInt(b, int64(index+1), 10)
	if l.of != "" || planned == 0 {
		b = append(b, of(planned)...)
	}
	b = alignRight(b, start, l.index)
	for i := range l.columns {
		c := &l.columns[i]
		b = append(b, ' ', ' ')
		b = c.appendCell(b, values[c.index], l.elastic)
	}
	for b[len(b)-1] == ' ' {
		b = b[:len(b)-1]
	}
	return append(b, '\n')
}

// appendCell appends one value, as wide as the column.
func (c *column) appendCell(b []byte, x float64, elastic bool) []byte {
	start, width := len(b), c.width
	if elastic {
		width = 64
	}
	switch {
	case c.format != "":
		b = fmt.Appendf(b, c.format, x)
	case c.kind == fixedCell:
		b = appendFixed(b, x, c.decimals, width)
	case c.kind == openCell:
		b = appendOpen(b, x, width)
	default:
		return appendAligned(b, x, c.width, elastic)
	}
	return alignRight(b, start, c.width)
}

// alignRight moves what stands from start on to the right end of a field.
func alignRight(b []byte, start, width int) []byte {
	size := len(b) - start
	if size >= width {
		return b
	}
	pad := width - size
	for range pad {
		b = append(b, ' ')
	}
	copy(b[start+pad:], b[start:start+size])
	for i := start; i < start+pad; i++ {
		b[i] = ' '
	}
	return b
}

func rightOf(s string, width int) string {
	return strings.Repeat(" ", max(0, width-displayWidth(s))) + s
}
