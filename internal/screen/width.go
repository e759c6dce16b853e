package screen

import (
	"strings"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// Width is how many columns a text takes in a terminal: escape sequences none,
// wide characters two.
func Width(s string) int {
	n := 0
	for s != "" {
		size, width := next(s)
		s, n = s[size:], n+width
	}
	return n
}

// Cut shortens a text to at most n columns; what is cut off is marked by an
// ellipsis. Escape sequences are kept, those behind the cut too, so that a
// colour ends.
func Cut(s string, n int) string {
	if Width(s) <= n {
		return s
	}
	var b strings.Builder
	for used, full := 0, false; s != ""; {
		size, width := next(s)
		switch {
		case width == 0:
			b.WriteString(s[:size])
		case full:
		case used+width > n-1:
			b.WriteString("…")
			full = true
		default:
			b.WriteString(s[:size])
			used += width
		}
		s = s[size:]
	}
	return b.String()
}

// Plain is a text without its escape sequences.
func Plain(s string) string {
	if !strings.Contains(s, "\x1b") {
		return s
	}
	var b strings.Builder
	for s != "" {
		size, _ := next(s)
		if s[0] != '\x1b' {
			b.WriteString(s[:size])
		}
		s = s[size:]
	}
	return b.String()
}

// next gives the bytes of the first character or escape sequence of s, and its
// width.
func next(s string) (size, width int) {
	if s[0] != '\x1b' {
		r, size := utf8.DecodeRuneInString(s)
		return size, runewidth.RuneWidth(r)
	}
	if len(s) < 2 || s[1] != '[' {
		return min(2, len(s)), 0
	}
	for i := 2; i < len(s); i++ {
		if s[i] >= 0x40 && s[i] <= 0x7e { // the final byte of a control sequence
			return i + 1, 0
		}
	}
	return len(s), 0
}
