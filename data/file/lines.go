package file

import (
	"errors"
	"fmt"
	"io"
	"os"

	"blissh/internal/hdf5"
)

// lines is a text file that only grows, by whole lines. It may be large, and is never
// in memory as a whole.
type lines struct {
	path   string
	f      disk
	r      io.ReaderAt
	size   int64 // of the whole lines
	end    int64 // of the file, as it was opened: what lies between is a line that was cut short
	failed error // of reading; nothing is written after it
}

// disk is what lines needs of a file; tests put one under it that fails.
type disk interface {
	WriteAt(b []byte, at int64) (int, error)
	Truncate(size int64) error
	Sync() error
	Close() error
}

// openLines opens a text file, which need not exist. Until it is closed no other
// writer of ours can open it. What follows the last whole line is a line that was cut
// short; cut removes it, finish completes it.
func openLines(path string) (*lines, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	l := &lines{path: path, f: f, r: f}
	if err := lock(f); err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	info, err := f.Stat()
	if err == nil {
		l.end = info.Size()
		l.size = l.last(l.end, "\n") + 1
		err = l.failed
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return l, nil
}

// errInUse is of a file that another writer has open.
var errInUse = hdf5.ErrInUse

// add writes whole lines with one write. What a full disk has taken of them is
// removed again.
func (l *lines) add(text []byte) error {
	if l.failed != nil {
		return l.failed
	}
	n, err := l.f.WriteAt(text, l.size)
	if err != nil {
		return errors.Join(fmt.Errorf("write %d bytes: %w", len(text), err), l.cut(l.size))
	}
	l.size += int64(n)
	return nil
}

// cut removes everything behind size.
func (l *lines) cut(size int64) error {
	if l.failed != nil {
		return l.failed
	}
	l.size, l.end = size, size
	return l.f.Truncate(size)
}

// finish completes a last line that has no end, for somebody else wrote it.
func (l *lines) finish() error {
	if l.end <= l.size {
		return nil
	}
	l.size = l.end
	return l.add([]byte("\n"))
}

// Path is the file.
func (l *lines) Path() string { return l.path }

func (l *lines) close() error { return l.f.Close() }
