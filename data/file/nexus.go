package file

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"blissh/data"
	"blissh/internal/hdf5"
)

// nexus writes a scan as an NXentry of an HDF5 file (NeXus manual,
// manual.nexusformat.org: NXentry, NXinstrument, NXpositioner, NXdetector, NXdata).
type nexus struct {
	path    string
	disk    hdf5.Disk
	file    *hdf5.File
	scan    *data.Scan
	entry   string // "/12.1"
	table   *hdf5.Table
	targets []int // of the columns behind those of the data channels: indices into scan.Moving
	notes   *hdf5.Table
	lost    lost
	ended   bool
}

func openNexus(path string, s *data.Scan) (Output, error) {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		err := hdf5.CreateDisk(path, rootAttributes(path, s)...)
		if err != nil && !errors.Is(err, os.ErrExist) {
			return nil, err
		}
	}
	d, err := hdf5.OpenDisk(path)
	if err != nil {
		return nil, err
	}
	f, err := hdf5.Open(d)
	if err != nil {
		d.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	o := &nexus{path: path, disk: d, file: f, scan: s}
	if err := o.begin(); err != nil {
		d.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return o, nil
}

func rootAttributes(path string, s *data.Scan) []hdf5.Attribute {
	return []hdf5.Attribute{
		{Name: "NX_class", Value: "NXroot"},
		{Name: "creator", Value: "blissh"}, {Name: "creator_version", Value: s.Version},
		{Name: "file_name", Value: filepath.Base(path)}, {Name: "file_time", Value: iso(s.Start)},
	}
}

// begin goes on with the entry of the scan, or makes one: 12.1, or 12.2 if the
// file has another scan of that number.
func (o *nexus) begin() error {
	root, err := o.file.Find("/")
	if err != nil {
		return err
	}
	for k := 1; ; k++ {
		name := fmt.Sprintf("%d.%d", o.scan.Number, k)
		o.entry = "/" + name
		if !root.Has(name) {
			if err := o.create(); err != nil {
				return err
			}
			return o.file.SetText("default", name)
		}
		if uid, err := o.text("entry_identifier"); err == nil && uid == o.scan.UID {
			return o.resume()
		}
	}
}

func (o *nexus) text(name string) (string, error) {
	n, err := o.file.Find(o.entry + "/" + name)
	if err != nil {
		return "", err
	}
	v, err := n.Value()
	text, _ := v.(string)
	return text, err
}

// create adds the entry, with all that is known at the beginning.
func (o *nexus) create() error {
	columns, err := columnsOf(o.scan)
	if err != nil {
		return err
	}
	targets, notes := targetColumns(o.scan, columns[0].Rows), noteColumns()
	list := slices.Clone(columns)
	for _, k := range scanned(o.scan) {
		list, o.targets = append(list, targets[k]), append(o.targets, k)
	}
	o.table, o.notes = o.file.NewTable(list...), o.file.NewTable(notes...)
	return o.file.Add(o.entry, entry(o.scan, columns, targets, notes))
}

// scanned are those of Moving that have a data channel, as each should.
func scanned(s *data.Scan) (list []int) {
	for k, name := range s.Moving {
		if c, ok := s.Channel(name); ok && c.Role == "axis" && slices.Index(s.Moving, name) == k {
			list = append(list, k)
		}
	}
	return list
}

// resume finds the columns again.
func (o *nexus) resume() (err error) {
	var paths []string
	for _, c := range o.scan.Channels {
		paths = append(paths, o.entry+"/measurement/"+c.Name)
	}
	for _, k := range scanned(o.scan) {
		paths, o.targets = append(paths, o.entry+"/instrument/"+o.scan.Moving[k]+"/target_value"), append(o.targets, k)
	}
	if o.table, err = o.file.OpenTable(paths...); err != nil {
		return err
	}
	if o.notes, err = o.file.OpenTable(notePaths(o.entry)...); err != nil {
		return err
	}
	e, err := o.file.Find(o.entry)
	if err != nil {
		return err
	}
	if err := o.findLost(); err != nil {
		return err
	}
	if o.ended = e.Has("end_time"); o.ended {
		return nil
	}
	return o.becomeDefault()
}

// becomeDefault makes the entry the one that is shown first, if a kill has kept it from
// that: no other one that began later is.
func (o *nexus) becomeDefault() error {
	name := strings.TrimPrefix(o.entry, "/")
	root, err := o.file.Find("/")
	if err != nil {
		return err
	}
	v, _ := root.Attribute("default")
	shown, _ := v.(string)
	if shown == name || shown != "" && !o.olderThanThis(shown) {
		return nil
	}
	return o.file.SetText("default", name)
}

// olderThanThis reports whether another entry is of a scan that began before.
func (o *nexus) olderThanThis(name string) bool {
	n, err := o.file.Find("/" + name + "/start_time")
	if err != nil {
		return false
	}
	v, _ := n.Value()
	text, _ := v.(string)
	at, err := time.Parse(isoForm, text)
	return err == nil && at.Before(o.scan.Start.Truncate(time.Microsecond))
}

// Hurry leaves the compression out.
func (o *nexus) Hurry(on bool) { o.table.Hurry(on) }

// Path is the file.
func (o *nexus) Path() string { return o.path }

func (o *nexus) Rows() int   { return o.table.Rows() }
func (o *nexus) Notes() int  { return o.notes.Rows() - len(o.lost) }
func (o *nexus) Ended() bool { return o.ended }

func (o *nexus) Points(b *Block) error {
	b, err := b.after(o.Rows())
	if b == nil || err != nil {
		return err
	}
	blocks := make([][]byte, len(b.Columns))
	for i, c := range b.Columns {
		if blocks[i], err = encoded(o.scan.Channels[i], c, b.N); err != nil {
			return err
		}
	}
	for _, k := range o.targets {
		blocks = append(blocks, encodedTargets(b, k))
	}
	return o.table.Append(b.N, blocks...)
}

func encodedTargets(b *Block, k int) (list []byte) {
	for i := range b.N {
		v := math.NaN()
		if k < len(b.Targets) {
			v = b.Targets[k][i]
		}
		list = data.Append(list, data.Float64, v)
	}
	return list
}

// encoded are the bytes of a column; NaN, or 0 of whole numbers, where values are
// missing.
func encoded(c data.Channel, column Column, n int) ([]byte, error) {
	if len(column.Arrays) == 1 && len(column.Arrays[0].Bytes) == c.PointSize() {
		return column.Arrays[0].Bytes, nil
	}
	b := make([]byte, 0, n*c.PointSize())
	switch {
	case c.Scalar() && column.Bytes != nil:
		return column.Bytes, nil
	case column.Arrays != nil:
		for _, a := range column.Arrays {
			if len(a.Bytes) != c.PointSize() {
				return nil, fmt.Errorf("%s: an array of %d bytes, %d expected", c.Name, len(a.Bytes), c.PointSize())
			}
			b = append(b, a.Bytes...)
		}
	default:
		for range n * c.PointSize() / data.ItemSize(c.DType) {
			b = data.Append(b, c.DType, math.NaN())
		}
	}
	return b, nil
}

func (o *nexus) Note(n Note) error {
	if o.ended || o.lost[n.line()] {
		return nil
	}
	o.lost.see(n.line())
	return o.notes.Append(1, encodedNote(n)...)
}

// End adds what is known at the end; end_time comes last. Only now it is known
// whether the points of a mesh are those of its grid.
func (o *nexus) End(s *data.Scan) error {
	if o.ended {
		return nil
	}
	if len(s.Shape) > 0 {
		if err := o.file.AddTo(o.entry+"/scan", grid("", s.Shape, s.BackNForth)...); err != nil {
			return err
		}
	}
	if err := o.file.AddTo(o.entry+"/instrument", positionersEnd(s)...); err != nil {
		return err
	}
	members := []hdf5.Member{
		{Name: "end_reason", Object: text(ending(s))}, {Name: "outcome", Object: text(string(s.Outcome))},
		{Name: "points", Object: &hdf5.Data{Value: s.Taken}},
		{Name: "duration", Object: quantity(s.End.Sub(s.Start).Seconds(), "s")},
		{Name: "timing", Object: timingGroup(s.Timing)},
		{Name: "end_time", Object: text(iso(s.End))},
	}
	if err := o.file.AddTo(o.entry, members...); err != nil {
		return err
	}
	o.ended = true
	return nil
}

// Close cuts off the space that is not used, and brings all to the disk. After an error the file stays as it
// is, to be opened again.
func (o *nexus) Close() error { return errors.Join(o.file.Close(), o.disk.Close()) }
