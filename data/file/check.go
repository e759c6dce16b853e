package file

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"blissh/data"
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
	defer f.Close()
	if locked(f) {
		return fmt.Errorf("%s: %w", path, errInUse)
	}
	return nil
}

// soundCSV finds the file that a scan will have: the first that has not another one.
func soundCSV(path string, s *data.Scan) (string, error) {
	k := 1
	for ofAnother(another(path, k), s) {
		k++
	}
	path = another(path, k)
	if err := soundText(path); err != nil {
		return path, err
	}
	first, err := firstBytes(path, len(uidMark+s.UID))
	if err == nil && first != "" && (s.UID == "" || first != uidMark+s.UID) {
		err = fmt.Errorf("%s: %w: it does not begin as a CSV file of a scan does", path, ErrTaken)
	}
	return path, err
}

// firstBytes are the first bytes of a file, "" if there is none.
func firstBytes(path string, most int) (string, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer f.Close()
	b := make([]byte, most)
	n, err := io.ReadFull(f, b)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return string(b[:n]), err
}

func soundSPEC(path string, _ *data.Scan) (string, error) {
	if err := soundText(path); err != nil {
		return path, err
	}
	first, err := firstBytes(path, 1)
	if err == nil && first != "" && first != "#" {
		err = fmt.Errorf("%s: %w: it does not begin as a SPEC file does", path, ErrTaken)
	}
	return path, err
}

// soundNexus reads the beginning of an HDF5 file and the list of its scans.
func soundNexus(path string, _ *data.Scan) (string, error) {
	d, err := hdf5.OpenDisk(path)
	if errors.Is(err, fs.ErrNotExist) {
		return path, nil
	}
	if err != nil {
		return path, err
	}
	defer d.Close()
	f, err := hdf5.Open(d)
	if err == nil {
		_, err = f.Find("/")
	}
	if err != nil {
		return path, fmt.Errorf("%s: %w", path, err)
	}
	return path, nil
}
