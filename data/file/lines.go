package file

import (
	"bytes"
	"errors"
	"fmt"
	"os"
)

// lines is a text file that only grows, by whole lines.
type lines struct {
	path string
	f    disk
	size int64
	tail []byte // what followed the last line when the file was opened
}

// disk is what lines needs of a file; tests put one under it that fails.
type disk interface {
	WriteAt(b []byte, at int64) (int, error)
	Truncate(size int64) error
	Sync() error
	Close() error
}

// openLines opens a text file, which need not exist, and returns its whole lines.
// What follows them is a line that was cut short; cut removes it, finish completes it.
func openLines(path string) (*lines, []byte, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, nil, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	n := bytes.LastIndexByte(text, '\n') + 1
	return &lines{path: path, f: f, size: int64(n), tail: text[n:]}, text[:n], nil
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

// finish completes a last line that has no end, for somebody else wrote it.
func (l *lines) finish() error {
	if len(l.tail) == 0 {
		return nil
	}
	l.size += int64(len(l.tail))
	return l.add([]byte("\n"))
}

// Path is the file.
func (l *lines) Path() string { return l.path }

func (l *lines) close() error { return l.f.Close() }
