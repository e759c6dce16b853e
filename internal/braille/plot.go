// Package braille draws curves as text, with eight dots in each character.
//
//	⠿ sim_ct_gauss   ◆ peak   ▲ cen             the series, and what the signs mean
//	 20 ┤           ⢠⡀
//	 10 ┤         ⡠⠃ ⠘⢄                          the canvas, 2 x 4 dots a character
//	  0 ┤⣀⣀⣀⣀⡠⠊       ⠑⢄⣀⣀⣀⣀
//	    └┬────────┬────────┬
//	    -5        0        5
//	                robz[mm]
//
// It is pure: a Plot goes in, lines come out. What is no number is not drawn;
// any range that a float64 can hold is.
package braille

import (
	"math"
	"strconv"
	"strings"

	"blissh/internal/screen"
)

// Series is one curve.
type Series struct {
	Name  string // with its unit: "i0[nA]"
	X, Y  []float64
	Marks []Mark
}

// Mark is a sign at a point of the plot, on the x axis when Y is NaN.
type Mark struct {
	X, Y float64
	Sign rune
}

// Plot is a picture of some curves over the same x.
type Plot struct {
	Width, Height int    // in characters, of the whole picture
	XLabel        string // "robz[mm]"
	Signs         string // what the marks mean: "◆ peak   ▲ cen"
	Series        []Series
	Log           bool // logarithmic y
	Lines         bool // points are joined
	Colour        bool // series differ by colour, else by their signs
	// From and To are an x range that is to be seen whatever the points are;
	// both 0: none.
	From, To float64
}

// The smallest picture that has axes; a smaller one is not drawn.
const (
	MinWidth  = 20
	MinHeight = 5
)

// labelHeight is the height from which on the x axis has a line for its label;
// in a lower picture the label stands behind the series.
const labelHeight = 8

// signs are the dots of series without colours: braille for the first one.
var signs = []rune{'⠿', '+', 'x', 'o', '*', '#'}

// colours are the SGR codes of series: cyan, yellow, magenta, green, blue, red.
var colours = []string{"36", "33", "35", "32", "34", "31"}

// Draw gives the lines of the picture, none when it is too small.
func (p Plot) Draw() []string {
	if p.Width < MinWidth || p.Height < MinHeight {
		return nil
	}
	rows := p.Height - 3 // series, axis, numbers
	if p.Height >= labelHeight {
		rows--
	}
	x, y, drawn := p.scales()
	if !drawn {
		return []string{screen.Cut(p.legend(), p.Width), "  no points to draw"}
	}
	y, yTicks := y.rounded(max(3, rows/3))
	margin := widest(yTicks) + 2
	columns := p.Width - margin
	if columns < 8 {
		return nil
	}
	c := newCanvas(columns, rows)
	p.paint(c, x, y)
	xTicks := x.ticks(max(3, columns/10))
	lines := []string{screen.Cut(p.legend(), p.Width)}
	lines = append(lines, p.body(c, y, yTicks, margin)...)
	return append(lines, p.foot(x, xTicks, margin, columns)...)
}

// scales are the ranges of all that can be drawn.
func (p Plot) scales() (x, y scale, drawn bool) {
	var xs, ys extent
	for _, s := range p.Series {
		for i := range s.X {
			if p.drawable(s.X[i], s.Y[i]) {
				xs.add(s.X[i])
				ys.add(s.Y[i])
			}
		}
	}
	if !xs.any {
		return x, y, false
	}
	if p.From != p.To {
		xs.add(p.From)
		xs.add(p.To)
	}
	return newScale(xs, false), newScale(ys, p.Log), true
}

func (p Plot) drawable(x, y float64) bool {
	return finite(x) && finite(y) && (!p.Log || y > 0)
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// paint puts all series and then their marks on the canvas.
func (p Plot) paint(c *canvas, x, y scale) {
	for k, s := range p.Series {
		pen := c.pen(k, !p.Colour && k > 0)
		joined := false // there is a point to join the next one to
		var fromX, fromY int
		for i := range s.X {
			if !p.drawable(s.X[i], s.Y[i]) {
				joined = false
				continue
			}
			atX, atY := c.dot(x.part(s.X[i]), y.part(s.Y[i]))
			if p.Lines && joined {
				pen.line(fromX, fromY, atX, atY)
			} else {
				pen.dot(atX, atY)
			}
			fromX, fromY, joined = atX, atY, true
		}
	}
	for k, s := range p.Series {
		for _, m := range s.Marks {
			if p.drawable(m.X, m.Y) {
				atX, atY := c.dot(x.part(m.X), y.part(m.Y))
				c.sign(atX/2, atY/4, m.Sign, k)
			}
		}
	}
}

// legend names the series, each behind its sign, and explains the marks.
func (p Plot) legend() string {
	var list []string
	for k, s := range p.Series {
		sign := string(signs[0])
		if !p.Colour {
			sign = string(signs[k%len(signs)])
		}
		if len(p.Series) > 1 {
			sign = strconv.Itoa(k+1) + sign
		}
		list = append(list, p.paintedIn(k, sign+" "+s.Name))
	}
	if p.Signs != "" {
		list = append(list, p.Signs)
	}
	if p.Height < labelHeight {
		list = append(list, "over "+p.XLabel)
	}
	return strings.Join(list, "   ")
}

func (p Plot) paintedIn(k int, s string) string {
	if !p.Colour {
		return s
	}
	return "\x1b[" + colours[k%len(colours)] + "m" + s + "\x1b[0m"
}

// body is the canvas with the numbers of the y axis.
func (p Plot) body(c *canvas, y scale, ticks []tick, margin int) []string {
	labels := make([]string, c.rows)
	for _, t := range ticks {
		_, at := c.dot(0, y.part(t.value))
		labels[at/4] = t.label
	}
	var lines []string
	for row := range c.rows {
		edge := "│"
		if labels[row] != "" {
			edge = "┤"
		}
		label := strings.Repeat(" ", margin-1-screen.Width(labels[row])-1) + labels[row] + " "
		lines = append(lines, label+edge+c.text(row, p.paintedIn))
	}
	return lines
}

// foot is the x axis with its numbers and its label. Marks without a y stand on
// the axis.
func (p Plot) foot(x scale, ticks []tick, margin, columns int) []string {
	axis := []rune(strings.Repeat("─", columns))
	numbers := []rune(strings.Repeat(" ", margin+columns))
	free := 0 // where the next number may begin
	for _, t := range ticks {
		at := between(x.part(t.value)*float64(columns), columns)
		axis[at] = '┬'
		label := []rune(t.label)
		from := min(margin+columns-len(label), max(0, margin+at-len(label)/2))
		if from >= free {
			copy(numbers[from:], label)
			free = from + len(label) + 1
		}
	}
	for _, s := range p.Series {
		for _, m := range s.Marks {
			if part := x.part(m.X); math.IsNaN(m.Y) && part >= 0 && part <= 1 {
				axis[between(part*float64(columns), columns)] = m.Sign
			}
		}
	}
	lines := []string{strings.Repeat(" ", margin-1) + "└" + string(axis), strings.TrimRight(string(numbers), " ")}
	if p.Height >= labelHeight {
		label := screen.Cut(p.XLabel, p.Width-1)
		lines = append(lines, strings.Repeat(" ", max(0, margin+(columns-screen.Width(label))/2))+label)
	}
	return lines
}

func widest(ticks []tick) (n int) {
	for _, t := range ticks {
		n = max(n, len(t.label))
	}
	return n
}
