package writer

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"blissh/data/store"
	"blissh/internal/hdf5"

	"golang.org/x/sys/unix"
)

// spare is what has to be free on the disk beside the scan.
const spare = 200e6

// answer says whether a scan can be saved, before it begins. Nothing is written.
func (w *writer) answer(q store.Question) store.Promise {
	p := store.Promise{Host: w.o.Self.Host}
	list, err := w.o.targets(q.Scan)
	if err != nil {
		p.Error = err.Error()
		return p
	}
	w.disk.Lock()
	defer w.disk.Unlock()
	for _, t := range list {
		p.Files = append(p.Files, t.path)
		if err == nil && !slices.Contains(w.open, t.path) {
			err = t.ready()
		}
		if err == nil {
			err = room(filepath.Dir(t.path), q.Bytes)
		}
	}
	if err != nil {
		p.Error = strings.ReplaceAll(err.Error(), "\n", "; ")
	}
	return p
}

// ready says why a file cannot take a scan, and what to do about it.
func (t *target) ready() error {
	folder := existing(filepath.Dir(t.path))
	if err := unix.Access(folder, unix.W_OK|unix.X_OK); err != nil {
		return fmt.Errorf("the folder %s cannot be written: %v: choose another one, or change that", folder, err)
	}
	err := t.Check(t.path)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, hdf5.ErrInUse):
		return fmt.Errorf("%w: close it there", err)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("%w: allow that, or choose another folder", err)
	}
	return fmt.Errorf("%w: move it away", err)
}

// room says that there is not enough room for a scan in a folder, which need not
// exist yet.
func room(folder string, bytes int64) error {
	var at unix.Statfs_t
	folder = existing(folder)
	if err := unix.Statfs(folder, &at); err != nil {
		return fmt.Errorf("free space of %s: %w", folder, err)
	}
	free, need := float64(at.Bavail)*float64(at.Bsize), float64(bytes)+spare
	if free >= need {
		return nil
	}
	return fmt.Errorf("the disk of %s is nearly full: %s are free, the scan needs %s and 200 MB have to be left: free some, or choose another folder",
		folder, megabytes(free), megabytes(float64(bytes)))
}

func megabytes(n float64) string { return fmt.Sprintf("%.1f MB", n/1e6) }

// existing is the innermost folder of a path that exists.
func existing(folder string) string {
	for {
		if _, err := os.Stat(folder); !errors.Is(err, fs.ErrNotExist) || folder == filepath.Dir(folder) {
			return folder
		}
		folder = filepath.Dir(folder)
	}
}
