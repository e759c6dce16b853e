package editor

import (
	"bytes"
	"time"
	"unicode/utf8"
)

const (
	esc = 0x1b
	// escapeWait is how long the rest of a key's escape sequence may take; what
	// comes later was not the same key.
	escapeWait = 50 * time.Millisecond
	// pasteWait is how long a paste may pause before it counts as ended.
	pasteWait = 2 * time.Second
	// longestRun bounds the characters that are taken as one piece.
	longestRun = 1 << 16

	pasteBegins = "\x1b[200~"
	pasteEnds   = "\x1b[201~"
)

// Read returns the bytes of one key, or of the plain characters that have come
// together; errWoken after wake, io.EOF when the terminal is gone.
func (t *terminal) Read() ([]byte, error) {
	b, err := t.next(forever)
	switch {
	case err != nil:
		return nil, err
	case b == esc:
		return t.escape(), nil
	case plain(b):
		return t.run(b), nil
	}
	return []byte{b}, nil
}

func plain(b byte) bool { return b >= 0x20 && b != 0x7f }

// run reads on as long as plain characters are there, and a character that has
// begun to its end.
func (t *terminal) run(first byte) []byte {
	out := []byte{first}
	for len(out) < longestRun {
		wait := time.Duration(0)
		if !utf8.FullRune(lastRune(out)) {
			wait = escapeWait
		}
		b, err := t.next(wait)
		if err != nil {
			break
		}
		if !plain(b) {
			t.hold(b)
			break
		}
		out = append(out, b)
	}
	return out
}

// lastRune is the beginning of the last character.
func lastRune(b []byte) []byte {
	i := len(b) - 1
	for i > 0 && i > len(b)-utf8.UTFMax && !utf8.RuneStart(b[i]) {
		i--
	}
	return b[i:]
}

// escape reads what follows an escape character. A second one begins a key of
// its own.
func (t *terminal) escape() []byte {
	b, err := t.next(escapeWait)
	switch {
	case err != nil:
		return []byte{esc}
	case b == esc:
		t.hold(b)
		return []byte{esc}
	case b == '[':
		return t.control()
	case b == 'O':
		return t.following([]byte{esc, 'O'}, 1)
	case b == ']' || b == 'P' || b == '_' || b == '^' || b == 'X':
		return t.message(b)
	}
	return append([]byte{esc}, t.run1(b)...)
}

// run1 is one character.
func (t *terminal) run1(b byte) []byte {
	out := []byte{b}
	for !utf8.FullRune(out) {
		b, err := t.next(escapeWait)
		if err != nil {
			break
		}
		out = append(out, b)
	}
	return out
}

// control reads a control sequence to its final byte.
func (t *terminal) control() []byte {
	const longest = 64
	out := []byte{esc, '['}
	for len(out) < longest {
		b, err := t.next(escapeWait)
		if err != nil {
			break
		}
		out = append(out, b)
		switch {
		case len(out) == 3 && b == '[': // a function key of the Linux console
			return t.following(out, 1)
		case len(out) == 3 && b == 'M': // a mouse without decimal numbers
			return t.following(out, 3)
		case b >= 0x40 && b <= 0x7e:
			return out
		}
	}
	return out
}

func (t *terminal) following(out []byte, n int) []byte {
	for ; n > 0; n-- {
		b, err := t.next(escapeWait)
		if err != nil {
			break
		}
		out = append(out, b)
	}
	return out
}

// message passes over a string that the terminal sends, an answer to a question
// that nobody here has asked.
func (t *terminal) message(kind byte) []byte {
	for last := byte(0); ; {
		b, err := t.next(escapeWait)
		if err != nil || b == 0x07 || last == esc && b == '\\' {
			return []byte{esc, kind}
		}
		last = b
	}
}

// paste reads a bracketed paste to its end.
func (t *terminal) paste() string {
	var out []byte
	for !bytes.HasSuffix(out, []byte(pasteEnds)) {
		b, err := t.next(pasteWait)
		if err != nil {
			return string(out)
		}
		out = append(out, b)
	}
	return string(out[:len(out)-len(pasteEnds)])
}
