// Package screen prints to a terminal whose lowest lines are redrawn in place.
//
// What is written stays, a line under the other; below it there may be live
// lines: a progress line, the positions of moving axes, a plot. While somebody
// types, what is written is handed to the editor instead, which puts it above
// the line being typed.
package screen

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"sync"
)

// Screen is where a program prints. Its methods are safe for concurrent use.
type Screen struct {
	mu      sync.Mutex
	w       io.Writer
	copy    io.Writer                  // gets what is written, too; nil: nobody
	size    func() (columns, rows int) // nil: not a terminal
	above   func(text string)          // while somebody types
	rest    []byte                     // a line that has begun below live lines
	live    []string
	partial bool // the last line written has no end yet
}

// New makes a screen. size is asked at each drawing, since a window may change;
// nil says that w is no terminal, and nothing is ever drawn live.
func New(w io.Writer, size func() (columns, rows int)) *Screen {
	return &Screen{w: w, size: size}
}

// Redirect sends everything to another place, which is no terminal.
func (s *Screen) Redirect(w io.Writer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.w, s.size, s.above, s.live = w, nil, nil, nil
}

// CopyTo sends a copy of everything that is written, without escape sequences,
// to a log. What is live is not written.
func (s *Screen) CopyTo(log io.Writer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.copy = log
}

// Terminal reports whether live lines are shown.
func (s *Screen) Terminal() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.size != nil
}

// Size is the terminal's, in columns and rows; 0, 0 where there is none.
func (s *Screen) Size() (columns, rows int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.size == nil {
		return 0, 0
	}
	return s.size()
}

// Write prints above the live lines. A line without an end waits below live
// lines until its end has come or they are gone.
func (s *Screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.copy != nil {
		io.WriteString(s.copy, Plain(string(b)))
	}
	if s.above != nil {
		s.above(string(b))
		return len(b), nil
	}
	if len(s.live) == 0 {
		return s.print(b)
	}
	s.rest = append(s.rest, b...)
	end := bytes.LastIndexByte(s.rest, '\n') + 1
	if end == 0 {
		return len(b), nil
	}
	out := append([]byte(s.erase()), s.rest[:end]...)
	s.rest = s.rest[end:]
	_, err := s.w.Write(append(out, s.draw()...))
	return len(b), err
}

func (s *Screen) print(b []byte) (int, error) {
	if len(b) > 0 {
		s.partial = b[len(b)-1] != '\n'
	}
	return s.w.Write(b)
}

// Show replaces the live lines; none take them away. Lines are cut to the
// width, and the first ones are left out where the window is too low.
func (s *Screen) Show(lines ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.size == nil || s.above != nil {
		return
	}
	out := s.erase()
	if s.partial && len(lines) > 0 {
		out += "\n"
		s.partial = false
	}
	s.live = slices.Clone(lines)
	out += s.draw()
	if len(lines) == 0 {
		out += string(s.rest)
		s.partial = len(s.rest) > 0
		s.rest = nil
	}
	if out != "" {
		io.WriteString(s.w, out)
	}
}

// Typing hands what is written to an editor, until it is given nil. An output
// line without an end gets one first.
func (s *Screen) Typing(above func(text string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.size == nil {
		return
	}
	if above != nil && s.partial {
		io.WriteString(s.w, "\n")
		s.partial = false
	}
	s.above = above
}

const (
	toLeft   = "\r"
	lineUp   = "\x1b[A"
	wipe     = "\x1b[J" // from the cursor to the end of the screen
	wrapOff  = "\x1b[?7l"
	wrapOn   = "\x1b[?7h"
	hideCurs = "\x1b[?25l"
	showCurs = "\x1b[?25h"
)

// erase takes the live lines off the screen; the cursor is where they began. A
// window that has become narrower has broken them into more rows.
func (s *Screen) erase() string {
	if len(s.live) == 0 {
		return ""
	}
	columns, _ := s.size()
	rows := 0
	for _, l := range s.live {
		rows += max(1, (Width(l)+columns-1)/max(1, columns))
	}
	return hideCurs + toLeft + strings.Repeat(lineUp, rows-1) + wipe
}

// draw puts the live lines at the cursor, which then stands at the end of the
// last one.
func (s *Screen) draw() string {
	if len(s.live) == 0 {
		return showCurs
	}
	columns, rows := s.size()
	if n := len(s.live) - max(1, rows-1); n > 0 {
		s.live = s.live[n:]
	}
	for i, l := range s.live {
		s.live[i] = Cut(l, max(1, columns-1))
	}
	return wrapOff + strings.Join(s.live, "\n") + wrapOn + showCurs
}
