package hdf5

import (
	"errors"
	"io"
	"os"
)

// Storage holds the bytes of a file: a disk, or something that fails on purpose.
type Storage interface {
	io.ReaderAt
	io.WriterAt
	Truncate(size int64) error
	Sync() error
	Size() (int64, error)
}

// Disk is a file on a disk.
type Disk struct{ *os.File }

var _ Storage = Disk{}

// Size is the length of the file in bytes.
func (d Disk) Size() (int64, error) {
	info, err := d.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

var (
	// ErrDamaged is wrapped by errors about a file that is not as HDF5 says.
	ErrDamaged = errors.New("the file is damaged")
	// ErrForeign is wrapped by errors about a file that may be right, but has
	// a form that this package does not write.
	ErrForeign = errors.New("the file was not written by blissh")
	// ErrNotFound is wrapped when there is no object of a name.
	ErrNotFound = errors.New("not in the file")
)
