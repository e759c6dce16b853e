package file

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"blissh/data"
	"blissh/internal/hdf5"
	"blissh/internal/soak"
)

// fullStorage is an HDF5 file on a disk that has no space for more than some new
// bytes; what was written before may be written again. A sync takes no time.
type fullStorage struct {
	hdf5.Disk
	left *int64
	high *int64 // where the new bytes begin
}

func (d fullStorage) Sync() error { return nil }

func (d fullStorage) WriteAt(b []byte, at int64) (int, error) {
	end := at + int64(len(b))
	more := max(0, end-max(at, *d.high))
	n := len(b)
	if more > *d.left {
		n = max(0, int(int64(n)-(more-*d.left)))
	}
	*d.left = max(0, *d.left-more)
	*d.high = max(*d.high, at+int64(n))
	if written, err := d.Disk.WriteAt(b[:n], at); err != nil || n == len(b) {
		return written, err
	}
	return n, errFull
}

// openFull opens a file on a disk with space for so many bytes.
func openFull(t *testing.T, f Format, path string, s *data.Scan, left int64) (Output, error) {
	t.Helper()
	if f.Name != "hdf5" {
		o, err := f.Open(path, s)
		must(t, err)
		n := int(left)
		switch o := o.(type) {
		case *spec:
			o.f = fullDisk{o.f, &n}
		case *csv:
			o.f = fullDisk{o.f, &n}
		}
		return o, nil
	}
	d, err := hdf5.OpenDisk(path)
	must(t, err)
	high, err := d.Size()
	must(t, err)
	high -= 4 << 20 // a hole
	file, err := hdf5.Open(fullStorage{d, &left, &high})
	must(t, err)
	o := &nexus{path: path, disk: d, file: file, scan: s}
	if err := o.begin(); err != nil {
		must(t, d.Close())
		return nil, err
	}
	return o, nil
}

// TestAFullDiskAtAnyByte: after each number of bytes the file is whole, with every
// point that was written; with space again the scan goes on, and is complete.
func TestAFullDiskAtAnyByte(t *testing.T) {
	needsSilx(t)
	rng := rand.New(rand.NewPCG(soak.Seed(t), 3))
	w := samples()[8] // with notes
	for _, f := range Formats {
		t.Run(f.Name, func(t *testing.T) {
			empty := filepath.Join(t.TempDir(), "empty")
			if f.Name == "hdf5" {
				must(t, hdf5.CreateDisk(empty, rootAttributes("data.h5", w.scan)...))
			} else {
				must(t, os.WriteFile(empty, nil, 0o644))
			}
			start, err := os.ReadFile(empty)
			must(t, err)
			total := map[string]int{"spec": 4000, "csv": 3000, "hdf5": 100000}[f.Name]
			full := 0
			for i := range soak.Count(8, 1000) {
				path := filepath.Join(t.TempDir(), "data"+f.Extension)
				must(t, os.WriteFile(path, start, 0o644))
				if !fill(t, f, path, w, int64(rng.IntN(total))) {
					full++
				}
				o, err := f.Open(path, w.scan)
				must(t, err)
				must(t, w.write(o, 4))
				must(t, o.Close())
				if i%15 == 0 {
					inPython(t, checks[f.Name], path, expect(t, []sample{w}))
				}
			}
			t.Logf("the disk was full %d times", full)
			if soak.Full() && full == 0 {
				t.Error("the disk was never full")
			}
		})
	}
}

// fill writes a scan until the disk is full, and looks at what is there then. It
// reports whether all of it did fit.
func fill(t *testing.T, f Format, path string, w sample, left int64) (complete bool) {
	t.Helper()
	rows := 0
	o, err := openFull(t, f, path, w.scan, left)
	if err == nil {
		err = w.write(o, 1)
		rows = o.Rows()
		o.Close()
	}
	if err != nil && !errors.Is(err, errFull) {
		t.Fatal(err)
	}
	found, looked := Look(path)
	if looked != nil {
		t.Fatalf("with space for %d bytes: %v", left, looked)
	}
	for _, x := range found {
		if x.Points < rows {
			t.Fatalf("with space for %d bytes: %d points, %d were written", left, x.Points, rows)
		}
		if why := differs(w, x); why != "" {
			t.Fatalf("with space for %d bytes: %s", left, why)
		}
	}
	if len(found) == 0 && rows > 0 {
		t.Fatalf("with space for %d bytes: no scan, and %d points were written", left, rows)
	}
	return err == nil
}

// differs compares what was found with what was written.
func differs(w sample, x *Found) string {
	b := block(w.scan, 0, x.Points)
	for i, c := range w.scan.Channels {
		if !c.Scalar() || x.Points == 0 {
			continue
		}
		got, err := x.Bytes(c.Name, c.DType, 0, x.Points)
		if err != nil {
			return err.Error()
		}
		size := data.ItemSize(c.DType)
		for k := range x.Points {
			if !x.Equal(c.DType, got[k*size:(k+1)*size], b.Columns[i].Bytes[k*size:(k+1)*size]) {
				return fmt.Sprintf("point %d of %s is another one", k, c.Name)
			}
		}
	}
	return ""
}
