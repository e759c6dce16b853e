package hdf5

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"syscall"
)

// ErrInUse is wrapped if another program is writing the file.
var ErrInUse = errors.New("another program is writing to it")

// CreateDisk makes a new, empty HDF5 file. It appears under its name when it is
// whole; a file that is there already is an error that wraps os.ErrExist.
func CreateDisk(path string, attributes ...Attribute) error {
	d, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.new")
	if err != nil {
		return err
	}
	defer os.Remove(d.Name())
	defer d.Close()
	f, err := Create(Disk{d}, attributes...)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := errors.Join(f.Close(), d.Chmod(0o644)); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.Link(d.Name(), path)
}

// nextData is where the next bytes are from at on that are not a hole, as far as the
// file system knows; beyond any file if there are none.
func (d Disk) nextData(at int64) int64 {
	next, err := d.Seek(at, seekData)
	switch {
	case errors.Is(err, syscall.ENXIO):
		return math.MaxInt64
	case err != nil:
		return at
	}
	return next
}

// OpenDisk opens a file for adding to it. Until it is closed other programs may
// read it, and are kept from writing to it where the system can do that.
func OpenDisk(path string) (Disk, error) {
	d, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return Disk{}, err
	}
	if err := lock(d); err != nil {
		d.Close()
		return Disk{}, fmt.Errorf("%s: %w", path, err)
	}
	return Disk{d}, nil
}
