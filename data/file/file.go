// Package file writes scans into files: SPEC text, CSV, and HDF5 as NeXus.
//
// Each [Format] turns a scan into an [Output], which takes points in blocks of
// whole rows. A point is in the file when Points returns, and the file can be
// read by other programs at any moment. An Output that is opened for a scan that
// is in the file already goes on after the last whole point; so a writer that was
// killed, or had no more space, opens it again and continues.
//
// An Output belongs to one goroutine. After an error it is closed.
package file

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"blissh/data"
)

// Format is a way to write scans.
type Format struct {
	Name      string // "spec", "csv", "hdf5"
	Extension string // ".spec"
	PerScan   bool   // each scan has a file of its own
	Open      func(path string, s *data.Scan) (Output, error)
	// Check finds the file that a scan will have, and says why it cannot be added; it
	// can where there is no file.
	Check func(path string, s *data.Scan) (string, error)
}

// Formats are all formats.
var Formats = []Format{
	{"spec", ".spec", false, openSPEC, soundSPEC},
	{"csv", ".csv", true, openCSV, soundCSV},
	{"hdf5", ".h5", false, openNexus, soundNexus},
}

// Named finds formats by their names, separated by commas.
func Named(names string) ([]Format, error) {
	var list []Format
	for _, name := range strings.Split(names, ",") {
		found := false
		for _, f := range Formats {
			if f.Name == strings.TrimSpace(name) {
				list, found = append(list, f), true
			}
		}
		if !found {
			return nil, fmt.Errorf("format %q: spec, csv or hdf5 expected", name)
		}
	}
	return list, nil
}

// Output is a scan in a file.
type Output interface {
	// Path is the file: the one that was asked for, or one beside it if that has
	// another scan of the same number.
	Path() string
	// Rows is how many points are in the file.
	Rows() int
	// Notes is how many notes are in the file, those that are Deleted left out.
	Notes() int
	// Ended reports whether the end of the scan is in the file.
	Ended() bool
	// Points adds a block, whose first point is point Rows().
	Points(b *Block) error
	// Note adds something that happened between points; a note that is Deleted only once,
	// and none behind the end.
	Note(n Note) error
	// End writes how the scan ended; s is its description by then.
	End(s *data.Scan) error
	// Close closes the file; the scan may be continued later.
	Close() error
}

// Hurrier is an Output that can write faster, into a larger file.
type Hurrier interface{ Hurry(bool) }

// Block is a number of consecutive points: whole rows.
type Block struct {
	First   int
	N       int
	Columns []Column // in the order of Scan.Channels
	// Targets is where each of Scan.Moving was sent; nil if nobody knows.
	Targets [][]float64
}

// Column is a block of one data channel: the bytes of a scalar one, in the form of
// its dtype, or the arrays of a spectrum or an image. Both are nil if the store did
// not have them any more.
type Column struct {
	Bytes  []byte
	Arrays []data.Array
}

// ErrTaken is wrapped if a file is there that does not belong to the scan.
var ErrTaken = errors.New("the file belongs to something else")

// after is the part of a block that is not in a file with so many rows.
func (b *Block) after(rows int) (*Block, error) {
	skip := rows - b.First
	switch {
	case skip < 0:
		return nil, fmt.Errorf("points %d to %d are missing", rows, b.First-1)
	case skip >= b.N:
		return nil, nil
	case skip == 0:
		return b, nil
	}
	rest := &Block{First: rows, N: b.N - skip}
	for _, c := range b.Columns {
		if c.Bytes != nil {
			c.Bytes = c.Bytes[skip*(len(c.Bytes)/b.N):]
		}
		if c.Arrays != nil {
			c.Arrays = c.Arrays[skip:]
		}
		rest.Columns = append(rest.Columns, c)
	}
	for _, t := range b.Targets {
		rest.Targets = append(rest.Targets, t[skip:])
	}
	return rest, nil
}

// iso is a time in ISO 8601 with the zone of this machine.
func iso(t time.Time) string { return t.Local().Format(isoForm) }

const isoForm = "2006-01-02T15:04:05.000000-07:00"

// ending is one line on how a scan ended.
func ending(s *data.Scan) string {
	if s.Reason == "" {
		return string(s.Outcome)
	}
	return string(s.Outcome) + ": " + oneLine(s.Reason)
}

// oneLine puts a text into one line.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
