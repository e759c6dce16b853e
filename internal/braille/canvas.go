package braille

import "strings"

// canvas is a field of characters with 2 x 4 dots each. Dots are counted from
// the upper left corner.
type canvas struct {
	columns, rows int
	cells         []cell
}

// cell is one character: braille dots, or a sign instead of them. The series
// that drew in it last gives the colour.
type cell struct {
	dots   byte
	sign   rune
	series int
}

func newCanvas(columns, rows int) *canvas {
	return &canvas{columns, rows, make([]cell, columns*rows)}
}

// bits are the dots of a braille character, by column and row, as Unicode
// numbers them from U+2800 on.
var bits = [2][4]byte{{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}}

// dot is the dot at a place between 0 and 1 from left to right and from below to
// the top.
func (c *canvas) dot(x, y float64) (atX, atY int) {
	return between(x*float64(2*c.columns), 2*c.columns), 4*c.rows - 1 - between(y*float64(4*c.rows), 4*c.rows)
}

// between is the place of v among n; what is at a boundary but for rounding is
// beyond it.
func between(v float64, n int) int { return max(0, min(n-1, int(v+1e-9))) }

func (c *canvas) sign(column, row int, sign rune, series int) {
	at := &c.cells[row*c.columns+column]
	at.sign, at.series = sign, series
}

// pen draws one series, with dots or with a sign a character.
type pen struct {
	*canvas
	series int
	coarse bool
}

func (c *canvas) pen(series int, coarse bool) pen { return pen{c, series, coarse} }

func (p pen) dot(x, y int) {
	at := &p.cells[y/4*p.columns+x/2]
	at.series = p.series
	if p.coarse {
		at.sign = signs[p.series%len(signs)]
		return
	}
	at.dots |= bits[x%2][y%4]
}

// line draws a dot in each column or row on the way, whichever are more.
func (p pen) line(x0, y0, x1, y1 int) {
	n := max(abs(x1-x0), abs(y1-y0))
	if n == 0 {
		p.dot(x1, y1)
		return
	}
	for i := 1; i <= n; i++ {
		p.dot(x0+onWay(x1-x0, i, n), y0+onWay(y1-y0, i, n))
	}
}

// onWay is i/n of d, rounded.
func onWay(d, i, n int) int {
	if d < 0 {
		return -onWay(-d, i, n)
	}
	return (2*d*i + n) / (2 * n)
}

func abs(i int) int { return max(i, -i) }

// text is one row, without blanks at its end; paint colours what belongs to a
// series.
func (c *canvas) text(row int, paint func(series int, s string) string) string {
	cells := c.cells[row*c.columns : (row+1)*c.columns]
	for len(cells) > 0 && cells[len(cells)-1].rune() == ' ' {
		cells = cells[:len(cells)-1]
	}
	var b, run strings.Builder
	for i, at := range cells {
		run.WriteRune(at.rune())
		if i+1 < len(cells) && cells[i+1].same(at) {
			continue
		}
		if at.rune() == ' ' {
			b.WriteString(run.String())
		} else {
			b.WriteString(paint(at.series, run.String()))
		}
		run.Reset()
	}
	return b.String()
}

// same reports whether two characters are painted together.
func (a cell) same(b cell) bool {
	return (a.rune() == ' ') == (b.rune() == ' ') && a.series == b.series
}

func (a cell) rune() rune {
	switch {
	case a.sign != 0:
		return a.sign
	case a.dots != 0:
		return 0x2800 + rune(a.dots)
	}
	return ' '
}
