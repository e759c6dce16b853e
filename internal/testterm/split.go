package testterm

import (
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// splitter cuts what a program writes into characters and everything else, so
// that a line that the terminal breaks is told from one that the program ends.
type splitter struct {
	rest  []byte // a character that has begun
	state state
}

type state int

const (
	ground  state = iota
	escape        // behind an escape character
	control       // in a control sequence
	message       // in a string that ends with BEL or ESC \
)

// part is a character with the marks on it, or other bytes.
type part struct {
	bytes []byte
	text  bool
}

func (s *splitter) split(b []byte) []part {
	b = append(s.rest, b...)
	s.rest = nil
	var out []part
	for len(b) > 0 {
		n, text := s.next(b)
		if n == 0 {
			s.rest = append(s.rest, b...)
			break
		}
		out = append(out, part{b[:n], text})
		b = b[n:]
	}
	return out
}

// next is the length of the first part, 0 for a character that goes on.
func (s *splitter) next(b []byte) (n int, text bool) {
	if s.state != ground || b[0] < 0x20 || b[0] == 0x7f {
		s.follow(b[0])
		return 1, false
	}
	if !utf8.FullRune(b) {
		return 0, false
	}
	_, n = utf8.DecodeRune(b)
	for n < len(b) && b[n] >= utf8.RuneSelf {
		r, size := utf8.DecodeRune(b[n:])
		if runewidth.RuneWidth(r) > 0 {
			break
		}
		n += size
	}
	return n, true
}

// follow keeps track of escape sequences.
func (s *splitter) follow(b byte) {
	switch {
	case b == 0x1b:
		s.state = escape
	case s.state == escape && b == '[':
		s.state = control
	case s.state == escape && (b == ']' || b == 'P'):
		s.state = message
	case s.state == escape, s.state == control && b >= 0x40, s.state == message && b == 0x07:
		s.state = ground
	}
}
