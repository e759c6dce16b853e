package file

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"blissh/data"
	"blissh/internal/hdf5"
)

// Found is a scan that was found in a file.
type Found struct {
	Name    string // "12.1", or the name of the file
	UID     string
	Session string
	Title   string
	Points  int
	Ended   bool
	Reason  string // how it ended: "done", "aborted: Ctrl-C"; empty in text files
	Columns []string
	Again   string // where the scan was begun again, if this is a beginning that was cut short
	Broken  error  // why it cannot be read; the other fields may be empty then

	bytes func(column, dtype string, first, n int) ([]byte, error)
	exact bool // NaN and infinities are as they were
}

// Bytes are n points of a data channel from point first on, one after the other, in
// the form of dtype, or in that of the file if it is empty.
func (f *Found) Bytes(column, dtype string, first, n int) ([]byte, error) {
	if f.Broken != nil {
		return nil, f.Broken
	}
	if first+n > f.Points {
		return nil, fmt.Errorf("%s has %d points", f.Name, f.Points)
	}
	return f.bytes(column, dtype, first, n)
}

// Equal reports whether a value of the file stands for v; both have the form of
// dtype.
func (f *Found) Equal(dtype string, got, v []byte) bool {
	if string(got) == string(v) || dtype[1] != 'f' {
		return string(got) == string(v)
	}
	x, _ := data.Decode(nil, dtype, slices.Concat(got, v))
	if x[1] != x[1] {
		return x[0] != x[0] || !f.exact && x[0]-x[0] != 0
	}
	return x[0] == x[1]
}

// Look finds the scans in a file, whose whole structure is read.
func Look(path string) ([]*Found, error) {
	head, err := beginning(path)
	if err != nil {
		return nil, err
	}
	var list []*Found
	switch {
	case strings.HasPrefix(head, "\x89HDF"):
		list, err = lookNexus(path)
	case strings.HasPrefix(head, "#F "):
		list, err = lookText(path, lookSPEC)
	case strings.HasPrefix(head, "# uid: "):
		list, err = lookText(path, lookCSV)
	default:
		err = fmt.Errorf("no SPEC, CSV or HDF5 file of scans")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return list, nil
}

// beginning is how a file begins.
func beginning(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	b := make([]byte, 16)
	n, err := io.ReadFull(f, b)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return "", err
	}
	return string(b[:n]), nil
}

func lookNexus(path string) ([]*Found, error) {
	d, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	// The file stays open as long as what was found is used.
	f, err := hdf5.Open(hdf5.Disk{File: d})
	if err != nil {
		d.Close()
		return nil, err
	}
	root, err := f.Find("/")
	if err != nil {
		return nil, err
	}
	var list []*Found
	for _, name := range root.Members() {
		x := &Found{Name: name, exact: true}
		ours, err := x.entry(f)
		if x.Broken = err; ours || err != nil {
			list = append(list, x)
		}
	}
	return list, nil
}

// entry finds out what an entry has; it is not ours if somebody else added it.
func (x *Found) entry(f *hdf5.File) (ours bool, err error) {
	e, err := f.Find(x.Name)
	if errors.Is(err, hdf5.ErrNotFound) || errors.Is(err, hdf5.ErrForeign) {
		return false, nil // a link to somewhere else
	}
	if err != nil {
		return false, err
	}
	if !e.Has("entry_identifier") || !e.Has("measurement") {
		return false, nil
	}
	x.Ended = e.Has("end_time")
	for member, to := range map[string]*string{"entry_identifier": &x.UID, "session": &x.Session, "title": &x.Title, "end_reason": &x.Reason} {
		if !e.Has(member) {
			continue
		}
		n, err := e.Member(member)
		if err != nil {
			return true, err
		}
		v, err := n.Value()
		if err != nil {
			return true, err
		}
		*to, _ = v.(string)
	}
	m, err := e.Member("measurement")
	if err != nil {
		return true, err
	}
	return true, x.columnsOf(m)
}

// columnsOf finds the columns, which have the same number of rows; while the scan
// runs more may come from one column to the next.
func (x *Found) columnsOf(m *hdf5.Node) error {
	nodes := map[string]*hdf5.Node{}
	for i, name := range m.Members() {
		n, err := m.Member(name)
		if err != nil {
			return err
		}
		shape, err := n.Shape()
		if err != nil {
			return err
		}
		if len(shape) == 0 || i > 0 && x.Ended && shape[0] != x.Points {
			return fmt.Errorf("%s has shape %v, %d points expected", n.Path, shape, x.Points)
		}
		if i == 0 || shape[0] < x.Points {
			x.Points = shape[0]
		}
		nodes[name] = n
		x.Columns = append(x.Columns, name)
	}
	x.bytes = func(column, dtype string, first, n int) ([]byte, error) {
		kind, err := nodes[column].Type()
		if err != nil {
			return nil, err
		}
		if is := kind.DType(); dtype != "" && is[1:] != dtype[1:] {
			return nil, fmt.Errorf("%s is %s in the file, %s in the stream", column, is, dtype)
		}
		return nodes[column].Bytes(first, n)
	}
	return nil
}
