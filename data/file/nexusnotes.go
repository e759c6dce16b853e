package file

import (
	"bytes"
	"encoding/binary"
	"math"

	"blissh/data"
	"blissh/internal/hdf5"
)

// noteField is a column of the notes of an entry.
type noteField struct {
	name string
	kind hdf5.Type
	unit string
}

// Widths of the texts of a note.
const (
	whatWidth   = 32
	byWidth     = 256
	textWidth   = 1280
	recordWidth = 2048
)

func noteFields() []noteField {
	return []noteField{
		{"point", hdf5.Int(8, true), ""}, {"time", hdf5.Float(8), "s"}, {"what", hdf5.FixedText(whatWidth), ""},
		{"by", hdf5.FixedText(byWidth), ""}, {"text", hdf5.FixedText(textWidth), ""}, {"record", hdf5.FixedText(recordWidth), ""},
	}
}

// noteRows is how many notes share a chunk.
const noteRows = 4

func noteColumns() (list []*hdf5.Column) {
	for _, f := range noteFields() {
		c := &hdf5.Column{Type: f.kind, Rows: noteRows}
		if f.unit != "" {
			c.Attributes = []hdf5.Attribute{{Name: "units", Value: f.unit}}
		}
		list = append(list, c)
	}
	return list
}

func notesGroup(columns []*hdf5.Column) *hdf5.Group {
	g := class("NXcollection")
	for i, f := range noteFields() {
		g.Put(f.name, columns[i])
	}
	return g
}

func notePaths(entry string) (list []string) {
	for _, f := range noteFields() {
		list = append(list, entry+"/notes/"+f.name)
	}
	return list
}

// findLost finds the notes that the writer has made.
func (o *nexus) findLost() error {
	n := o.notes.Rows()
	fields := map[string][]byte{"point": nil, "what": nil, "text": nil}
	for name := range fields {
		d, err := o.file.Find(o.entry + "/notes/" + name)
		if err != nil {
			return err
		}
		if fields[name], err = d.Bytes(0, n); err != nil {
			return err
		}
	}
	for k := range n {
		row := func(name string, width int) []byte { return bytes.TrimRight(fields[name][k*width:(k+1)*width], "\x00") }
		if string(row("what", whatWidth)) == Deleted {
			points := binary.LittleEndian.Uint64(fields["point"][8*k:])
			o.lost.see(Note{Points: int(points), What: Deleted, Text: string(row("text", textWidth))}.line())
		}
	}
	return nil
}

// encodedNote is a note in the order of noteFields.
func encodedNote(n Note) [][]byte {
	at := n.Time
	if at == 0 {
		at = math.NaN()
	}
	return [][]byte{
		data.Append(nil, "<i8", float64(n.Points)), data.Append(nil, data.Float64, at), fixed(n.What, whatWidth),
		fixed(n.sender(), byWidth), fixed(oneLine(n.Text), textWidth), fixed(n.details(recordWidth), recordWidth),
	}
}

// fixed is a text of a fixed width, cut between characters if it is longer.
func fixed(text string, width int) []byte {
	b := make([]byte, width)
	n := 0
	for i, r := range text {
		if end := i + len(string(r)); end <= width {
			n = end
		}
	}
	copy(b, text[:n])
	return b
}

// positionersEnd is where all axes stand at the end, as far as that is known.
func positionersEnd(s *data.Scan) []hdf5.Member {
	g := class("NXcollection")
	for _, a := range s.Axes {
		if a.End != nil {
			putOnce(g, member(a.Name), quantity(*a.End, a.Unit))
		}
	}
	if len(g.Members) == 0 {
		return nil
	}
	return []hdf5.Member{{Name: "positioners_end", Object: g}}
}
