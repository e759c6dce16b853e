// Package testterm shows tests what a user sees: it is the screen of a terminal
// that a program under test writes to.
package testterm

import (
	"bytes"
	"io"
	"strings"
	"sync"

	"blissh/internal/screen"

	"github.com/charmbracelet/x/vt"
)

// Screen is a terminal's screen with everything that has scrolled off it. Its
// methods are safe for concurrent use.
type Screen struct {
	mu    sync.Mutex
	emu   *vt.Emulator
	raw   bytes.Buffer
	parts splitter
	soft  map[int]bool // lines that were broken at the right edge
	marks []mark
}

// mark is where the cursor was when some bytes had been written. Lines are
// counted from the first one ever written.
type mark struct{ bytes, line, column int }

// everything is how many lines are kept.
const everything = 1 << 20

// New makes an empty screen. What the terminal answers to questions of the
// program is written to answers, unless that is nil.
func New(columns, rows int, answers io.Writer) *Screen {
	s := &Screen{emu: vt.NewEmulator(columns, rows), soft: map[int]bool{}}
	s.emu.SetScrollbackSize(everything)
	if answers == nil {
		answers = io.Discard
	}
	go io.Copy(answers, s.emu) // ends with Close
	return s
}

// Close ends the screen; it can be looked at still. The emulator's own Close may
// not be called while its answers are read.
func (s *Screen) Close() error { return s.emu.InputPipe().(io.Closer).Close() }

// Write shows what a program prints.
func (s *Screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.raw.Write(b)
	for _, p := range s.parts.split(b) {
		line := s.cursorLine()
		s.emu.Write(p.bytes)
		if now := s.cursorLine(); now > line {
			s.soft[line] = p.text
		}
	}
	s.marks = append(s.marks, mark{s.raw.Len(), s.cursorLine(), s.emu.CursorPosition().X})
	return len(b), nil
}

// cursorLine is the line of the cursor.
func (s *Screen) cursorLine() int { return s.emu.ScrollbackLen() + s.emu.CursorPosition().Y }

// Resize gives the screen another size. Lines are cut or padded, not broken anew.
func (s *Screen) Resize(columns, rows int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.emu.Resize(columns, rows)
}

// Raw is what was written, escape sequences included.
func (s *Screen) Raw() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.raw.String()
}

// Written is the number of bytes written.
func (s *Screen) Written() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.raw.Len()
}

// Cursor is the row and the column of the cursor, from 0.
func (s *Screen) Cursor() (row, column int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.emu.CursorPosition()
	return at.Y, at.X
}

// Lines are the rows of the screen, without the blanks at their ends.
func (s *Screen) Lines() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for y := range s.emu.Height() {
		text := s.line(s.emu.ScrollbackLen() + y)
		out = append(out, strings.TrimRight(text, " "))
	}
	return out
}

// Text is everything from the first line that has scrolled off to the last one
// that is not empty. What was broken at the right edge is one line.
func (s *Screen) Text() string { return s.Since(0) }

// Since is the text from where the cursor was when n bytes had been written.
func (s *Screen) Since(n int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.between(s.markAt(n), s.emu.ScrollbackLen()+s.emu.Height()-1)
}

// Above is the text from where the cursor was when n bytes had been written to
// the line of the cursor, which is returned by itself. down tells how many lines
// lie between.
func (s *Screen) Above(n int) (text, line string, down int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	from := s.markAt(n)
	here := s.cursorLine()
	line = s.line(here)
	if here > from.line {
		text = s.between(from, here-1) + "\n"
	}
	return text, line, here - from.line
}

// markAt is the first mark that has at least n bytes.
func (s *Screen) markAt(n int) mark {
	if n <= 0 {
		return mark{}
	}
	for _, m := range s.marks {
		if m.bytes >= n {
			return m
		}
	}
	return mark{n, s.cursorLine(), s.emu.CursorPosition().X}
}

// between is the text from a mark to the end of a line, without the empty lines
// at its end.
func (s *Screen) between(from mark, last int) string {
	var b strings.Builder
	for i := from.line; i <= last; i++ {
		text := s.line(i)
		if s.soft[i] { // blanks at its end were written
			text += strings.Repeat(" ", max(0, s.emu.Width()-screen.Width(text)))
		}
		if i == from.line {
			text = cutColumns(text, from.column)
		}
		b.WriteString(text)
		if !s.soft[i] {
			b.WriteByte('\n')
		}
	}
	return strings.TrimRight(b.String(), "\n")
}

func cutColumns(s string, n int) string {
	r := []rune(s)
	return string(r[min(n, len(r)):])
}

// line is the text of a line. Blanks at its end are left out, but not those in
// front of the cursor.
func (s *Screen) line(i int) string {
	y := i - s.emu.ScrollbackLen()
	at := s.emu.CursorPosition()
	var b strings.Builder
	end := 0
	for x := range s.emu.Width() {
		cell := s.emu.CellAt(x, y)
		if y < 0 {
			cell = s.emu.ScrollbackCellAt(x, i)
		}
		content := " "
		switch {
		case cell == nil:
		case cell.Width == 0 && cell.Content == "": // behind a wide character
			continue
		case cell.Content != "":
			content = cell.Content
		}
		b.WriteString(content)
		if content != " " || y == at.Y && x < at.X {
			end = b.Len()
		}
	}
	return b.String()[:end]
}
