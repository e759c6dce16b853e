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
	for _, t := range list {
		path := t.path
		if err == nil {
			path, err = w.ready(t)
		}
		p.Files = append(p.Files, path)
	}
	if err == nil {
		err = room(list, q)
	}
	if err != nil {
		p.Error = strings.ReplaceAll(err.Error(), "\n", "; ")
	}
	return p
}

// ready finds the file that a scan will have, or says why that cannot take it, and what
// to do about it. One that this writer has open is well. The lock is held for one look
// at one file, and never while a scan is being written: a slow disk does not keep the
// answer back.
func (w *writer) ready(t target) (string, error) {
	w.disk.Lock()
	defer w.disk.Unlock()
	if slices.Contains(w.open, t.path) {
		return t.path, nil
	}
	folder := existing(filepath.Dir(t.path))
	if err := unix.Access(folder, unix.W_OK|unix.X_OK); err != nil {
		return t.path, fmt.Errorf("the folder %s cannot be written: %v: choose another one, or change that", folder, err)
	}
	path, err := t.Check(t.path, t.scan)
	switch {
	case err == nil:
		return path, nil
	case errors.Is(err, hdf5.ErrInUse):
		return path, fmt.Errorf("%w: close it there", err)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return path, fmt.Errorf("%w: allow that, or choose another folder", err)
	}
	return path, fmt.Errorf("%w: move it away", err)
}

// textBytes is how much longer a number is as text than in the store, about.
const textBytes = 3

// need is how much a scan needs in one format. What else is in the prediction besides
// arrays goes into text files, too.
func (t target) need(q store.Question) int64 {
	if t.Name == "hdf5" || q.Bytes == 0 {
		return q.Bytes
	}
	size, left := 0, 0 // of a point, and of what this format leaves out
	for _, c := range q.Scan.Channels {
		size += c.PointSize()
		if len(c.Shape) > 1 || len(c.Shape) == 1 && t.Name == "csv" {
			left += c.PointSize()
		}
	}
	return textBytes * int64(float64(q.Bytes)*(1-float64(left)/float64(max(size, 1))))
}

// room says that there is not enough room for a scan on one of the disks of its files,
// whose folders need not exist yet.
func room(list []target, q store.Question) error {
	need, folders := map[uint64]int64{}, map[uint64]string{} // by file system
	for _, t := range list {
		folder := existing(filepath.Dir(t.path))
		var s unix.Stat_t
		if err := unix.Stat(folder, &s); err != nil {
			return fmt.Errorf("free space of %s: %w", folder, err)
		}
		disk := uint64(s.Dev)
		need[disk], folders[disk] = need[disk]+t.need(q), folder
	}
	for disk, bytes := range need {
		if err := fits(folders[disk], bytes); err != nil {
			return err
		}
	}
	return nil
}

// fits says that so many bytes do not fit on the disk of a folder.
func fits(folder string, bytes int64) error {
	var at unix.Statfs_t
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
