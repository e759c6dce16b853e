package editor

import (
	"fmt"
	"io"
	"strings"
)

const (
	hideCursor = "\x1b[?25l"
	showCursor = "\x1b[?25h"
	eraseRight = "\x1b[K"
	eraseBelow = "\x1b[J"
	eraseAll   = "\x1b[H\x1b[2J"
	pasteOn    = "\x1b[?2004h" // a paste comes in brackets
	pasteOff   = "\x1b[?2004l"
)

// canvas draws frames, each in place of the one before, by one write each, so
// that nothing flickers. Positions are relative: where on the screen a frame is,
// only the terminal knows.
type canvas struct {
	out     io.Writer
	buf     strings.Builder
	columns int // of the window that the frame was drawn for
	shown   frame
}

// begin goes to where the frame begins.
func (c *canvas) begin(columns int) {
	up := c.shown.cursor.row
	if columns != c.columns {
		up = c.shown.height(columns)
		c.columns = columns
	}
	c.buf.WriteString(hideCursor)
	c.move(up, 'A')
	c.buf.WriteByte('\r')
	c.shown = frame{}
}

func (c *canvas) move(n int, direction byte) {
	if n > 0 {
		fmt.Fprintf(&c.buf, "\x1b[%d%c", n, direction)
	}
}

// draw replaces what is shown.
func (c *canvas) draw(f frame, columns int) {
	c.begin(columns)
	c.put(f.rows)
	c.move(len(f.rows)-1-f.cursor.row, 'A')
	c.buf.WriteByte('\r')
	c.move(f.cursor.column, 'C')
	c.shown = f
	c.flush()
}

// put writes rows. What goes on in the next row is broken by the terminal
// itself, so that it stays one line when it is copied, or when the window gets
// another width. A full row must not be erased behind its last character: the
// cursor still stands on that.
func (c *canvas) put(rows []row) {
	for i, r := range rows {
		c.buf.WriteString(r.text)
		if !r.soft {
			c.buf.WriteString(eraseRight)
		}
		if i < len(rows)-1 && (!r.soft || rows[i+1].width == 0) {
			c.buf.WriteString("\r\n")
		}
	}
	c.buf.WriteString(eraseBelow)
}

// above writes whole lines where the frame is, which is drawn anew below them.
func (c *canvas) above(lines string, columns int) {
	c.begin(columns)
	c.buf.WriteString(eraseBelow + strings.ReplaceAll(lines, "\n", "\r\n"))
}

// finish shows rows for good and goes to the line below them.
func (c *canvas) finish(rows []row, columns int) {
	c.begin(columns)
	c.put(rows)
	if n := len(rows); n < 2 || !rows[n-2].soft || rows[n-1].width > 0 {
		c.buf.WriteString("\r\n")
	}
}

// clear makes the screen empty.
func (c *canvas) clear() {
	c.buf.WriteString(eraseAll)
	c.shown = frame{}
}

// flush sends what was drawn. An error means that the terminal is gone; reading
// tells that, too.
func (c *canvas) flush() {
	c.buf.WriteString(showCursor)
	io.WriteString(c.out, c.buf.String())
	c.buf.Reset()
}
