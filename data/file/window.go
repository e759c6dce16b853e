package file

import (
	"bytes"
	"errors"
	"io"
)

// window is how much of a text file is read at once.
const window = 256 << 10

// text is what stands from one place to another, less at the end of the file. An
// error is kept: what is found after it means nothing.
func (l *lines) text(from, to int64) []byte {
	b := make([]byte, max(0, to-from))
	n, err := l.r.ReadAt(b, from)
	if err != nil && !errors.Is(err, io.EOF) && l.failed == nil {
		l.failed = err
	}
	return b[:n]
}

// is reports whether a text stands at a place.
func (l *lines) is(at int64, text string) bool {
	return string(l.text(at, at+int64(len(text)))) == text
}

// last is where a text begins that stands before end for the last time; -1 if it does
// not.
func (l *lines) last(end int64, text string) int64 {
	more := int64(len(text)) - 1 // it may lie across two windows
	for to := end; to > 0; to -= window {
		from := max(0, to-window)
		b := l.text(from, min(to+more, end))
		if bytes.Contains(b, []byte(text)) { // which is many times faster than to look for the last
			return from + int64(bytes.LastIndex(b, []byte(text)))
		}
	}
	return -1
}

// has reports whether a text stands among the whole lines from a place on.
func (l *lines) has(from int64, text string) bool { return from < l.size && l.next(from, text) >= 0 }

// next is where a text begins that stands at or behind a place for the first time.
func (l *lines) next(from int64, text string) int64 {
	more := int64(len(text)) - 1
	for ; from < l.size; from += window {
		if i := bytes.Index(l.text(from, min(from+window+more, l.size)), []byte(text)); i >= 0 {
			return from + int64(i)
		}
	}
	return -1
}

// each goes through the whole lines from a place on, until see returns false; end is
// where the line ends. Of one that is longer than a window only the beginning is given.
func (l *lines) each(from int64, see func(line []byte, end int64) bool) {
	for pos := from; pos < l.size; {
		b := l.text(pos, min(pos+window, l.size))
		if len(b) == 0 {
			return
		}
		n := bytes.IndexByte(b, '\n') + 1
		if n == 0 {
			end := l.next(pos, "\n") + 1
			if end == 0 || !see(b, end) {
				return
			}
			pos = end
		}
		for ; n > 0; n = bytes.IndexByte(b, '\n') + 1 {
			pos += int64(n)
			if !see(b[:n], pos) {
				return
			}
			b = b[n:]
		}
	}
}
