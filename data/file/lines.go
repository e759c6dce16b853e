package file

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// lines is a text file that only grows, by whole lines. It may be large, and is never
// in memory as a whole.
type lines struct {
	f    disk
	r    io.ReaderAt
	size int64 // of the whole lines
}

// disk is what lines needs of a file; tests put one under it that fails.
type disk interface {
	WriteAt(b []byte, at int64) (int, error)
	Truncate(size int64) error
	Sync() error
	Close() error
}

// window is how much of a file is read at once.
const window = 256 << 10

// openLines opens a text file, which need not exist. A line that was cut short at the
// end is removed with the first write.
func openLines(path string) (*lines, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	l := &lines{f: f, r: f}
	info, err := f.Stat()
	if err == nil {
		l.size, err = l.whole(info.Size())
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return l, nil
}

// whole is where the last whole line ends.
func (l *lines) whole(end int64) (int64, error) {
	for end > 0 {
		b, err := l.read(max(0, end-window), end)
		if err != nil {
			return 0, err
		}
		if i := bytes.LastIndexByte(b, '\n'); i >= 0 {
			return end - int64(len(b)-i-1), nil
		}
		end -= int64(len(b))
	}
	return 0, nil
}

// read reads the bytes from one place to another.
func (l *lines) read(from, to int64) ([]byte, error) {
	b := make([]byte, max(0, to-from))
	_, err := l.r.ReadAt(b, from)
	if errors.Is(err, io.EOF) && len(b) == 0 {
		err = nil
	}
	return b, err
}

// last finds the last occurrence of each text from a place on, -1 if there is none.
func (l *lines) last(from int64, texts ...string) ([]int64, error) {
	found := slices.Repeat([]int64{-1}, len(texts))
	const overlap = 256 // more than a text has
	buffer := make([]byte, window+overlap)
	for ; from < l.size; from += window {
		b := buffer[:min(window+overlap, l.size-from)]
		if _, err := l.r.ReadAt(b, from); err != nil {
			return nil, err
		}
		for i, text := range texts {
			for at := 0; ; at++ {
				k := bytes.Index(b[at:], []byte(text))
				if k < 0 {
					break
				}
				at += k
				found[i] = from + int64(at)
			}
		}
	}
	return found, nil
}

// each goes through the lines from a place on, until see returns false. end is where
// the line ends; of a very long one only the beginning is given.
func (l *lines) each(from int64, see func(line []byte, end int64) bool) error {
	rest := []byte(nil) // of a line, from from on
	for pos := from; pos < l.size; {
		b, err := l.read(pos, min(pos+window, l.size))
		if err != nil {
			return err
		}
		pos += int64(len(b))
		for {
			n := bytes.IndexByte(b, '\n')
			if n < 0 {
				break
			}
			end := pos - int64(len(b)-n-1)
			if len(rest) > 0 {
				if !see(append(rest, b[:min(n+1, window)]...), end) {
					return nil
				}
				rest = rest[:0]
			} else if !see(b[:n+1], end) {
				return nil
			}
			b = b[n+1:]
		}
		if len(rest) < window {
			rest = append(rest, b...)
		}
	}
	return nil
}

// add writes whole lines with one write. What a full disk has taken of them is
// removed again.
func (l *lines) add(text []byte) error {
	n, err := l.f.WriteAt(text, l.size)
	if err != nil {
		return errors.Join(fmt.Errorf("write %d bytes: %w", len(text), err), l.cut(l.size))
	}
	l.size += int64(n)
	return nil
}

// cut removes everything behind size.
func (l *lines) cut(size int64) error {
	l.size = size
	return l.f.Truncate(size)
}

func (l *lines) close() error { return l.f.Close() }
