package editor

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// The history is a file with an input in each line, the oldest first:
//
//	ascan(robz, -5, 5, 500, .001, sim_ct_gauss)
//	for i := 0; i < 3; i++ {\n\tct(1)\n}
//
// A newline is written as \n and a backslash as \\. Each input is appended by
// one write under a lock, so that two shells and a kill -9 leave whole lines.

const (
	// historyEntries is how many inputs are kept; the file may grow to twice as
	// many before it is cut.
	historyEntries = 10000
	// historyBytes bounds what is kept of very long inputs.
	historyBytes = 4 << 20
)

// history is the inputs of this and of earlier shells.
type history struct {
	path    string // "" keeps nothing beyond the process
	entries []string
}

// openHistory reads a history. With an error it still works, for this process.
func openHistory(path string) (*history, error) {
	h := &history{path: path}
	if path == "" {
		return h, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return h, h.failed(err)
	}
	unlock, err := h.lock()
	if err != nil {
		return h, h.failed(err)
	}
	defer unlock()
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return h, nil
	}
	if err != nil {
		return h, h.failed(err)
	}
	return h, h.load(b)
}

func (h *history) failed(err error) error { return fmt.Errorf("history: %w", err) }

// load takes the newest entries, and cuts a file that has grown too long.
func (h *history) load(b []byte) error {
	lines := bytes.Split(bytes.TrimSuffix(b, []byte("\n")), []byte("\n"))
	for _, line := range lines {
		h.remember(unescape(strings.ToValidUTF8(string(line), "")))
	}
	if len(lines) < 2*historyEntries && len(b) < 2*historyBytes {
		return nil
	}
	h.entries = newest(h.entries)
	return h.rewrite()
}

// newest is what fits.
func newest(entries []string) []string {
	size := 0
	for i := len(entries) - 1; i >= 0; i-- {
		size += len(entries[i]) + 1
		if size > historyBytes || len(entries)-i > historyEntries {
			return entries[i+1:]
		}
	}
	return entries
}

// rewrite replaces the file. The caller holds the lock.
func (h *history) rewrite() error {
	var b bytes.Buffer
	for _, e := range h.entries {
		b.WriteString(escape(e) + "\n")
	}
	tmp := h.path + ".new"
	err := os.WriteFile(tmp, b.Bytes(), 0o600)
	if err == nil {
		err = os.Rename(tmp, h.path)
	}
	if err != nil {
		return h.failed(err)
	}
	return nil
}

// remember takes an entry into memory; it reports whether it is a new one.
func (h *history) remember(entry string) bool {
	if strings.TrimSpace(entry) == "" || len(h.entries) > 0 && h.entries[len(h.entries)-1] == entry {
		return false
	}
	h.entries = append(h.entries, entry)
	return true
}

// add keeps an input, in the file at once.
func (h *history) add(entry string) error {
	if !h.remember(entry) || h.path == "" {
		return nil
	}
	unlock, err := h.lock()
	if err != nil {
		return h.failed(err)
	}
	defer unlock()
	f, err := os.OpenFile(h.path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return h.failed(err)
	}
	_, err = f.WriteString(lineBreak(f) + escape(entry) + "\n")
	if err := errors.Join(err, f.Close()); err != nil {
		return h.failed(err)
	}
	return nil
}

// lineBreak ends a last line that a full disk has cut off.
func lineBreak(f *os.File) string {
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return ""
	}
	var last [1]byte
	if _, err := f.ReadAt(last[:], info.Size()-1); err != nil || last[0] == '\n' {
		return ""
	}
	return "\n"
}

// lock keeps other shells out of the file.
func (h *history) lock() (unlock func(), err error) {
	f, err := os.OpenFile(h.path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for err = unix.EINTR; err == unix.EINTR; {
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}

func escape(s string) string {
	return strings.NewReplacer("\\", "\\\\", "\n", "\\n", "\r", "\\r").Replace(s)
}

func unescape(s string) string {
	return strings.NewReplacer("\\\\", "\\", "\\n", "\n", "\\r", "\r").Replace(s)
}
