package file

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"blissh/internal/hdf5"
)

// soundText reports why lines cannot be added to a text file; one that is not
// there is well.
func soundText(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// soundNew is for a file of a single scan: one that is there has another one.
func soundNew(path string) error {
	_, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return fmt.Errorf("%s: %w: it has another scan of that number", path, ErrTaken)
}

func soundSPEC(path string) error {
	if err := soundText(path); err != nil {
		return err
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	var first [1]byte
	if n, _ := f.Read(first[:]); n == 1 && first[0] != '#' {
		return fmt.Errorf("%s: %w: it does not begin as a SPEC file does", path, ErrTaken)
	}
	return nil
}

// soundNexus reads the beginning of an HDF5 file and the list of its scans.
func soundNexus(path string) error {
	d, err := hdf5.OpenDisk(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer d.Close()
	f, err := hdf5.Open(d)
	if err == nil {
		_, err = f.Find("/")
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
