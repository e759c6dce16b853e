package testterm

import (
	"strings"
	"testing"
)

func TestScreen(t *testing.T) {
	s := New(10, 3, nil)
	defer s.Close()
	write := func(text string) {
		for i := range len(text) { // in the smallest pieces
			s.Write([]byte{text[i]})
		}
	}
	write("one\r\ntwo")
	from := s.Written()
	write(" and a \x1b[31mlong\x1b[0m line, 测\r\nlast> ")
	if got := strings.Join(s.Lines(), "/"); got != "long line,/ 测/last>" {
		t.Errorf("lines %q", got)
	}
	if got, want := s.Text(), "one\ntwo and a long line, 测\nlast> "; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
	if got, want := s.Since(from), " and a long line, 测\nlast> "; got != want {
		t.Errorf("since %q, want %q", got, want)
	}
	text, line, down := s.Above(from)
	if text != " and a long line, 测\n" || line != "last> " || down != 3 {
		t.Errorf("above %q, %q, %d", text, line, down)
	}
	if row, column := s.Cursor(); row != 2 || column != 6 {
		t.Errorf("cursor %d, %d", row, column)
	}
}

// TestALineBrokenAtABlank is one line still.
func TestALineBrokenAtABlank(t *testing.T) {
	s := New(10, 3, nil)
	defer s.Close()
	s.Write([]byte("012345678 9\r\n0123456789\r\nx"))
	if got, want := s.Text(), "012345678 9\n0123456789\nx"; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
}
