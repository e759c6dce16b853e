package file

import (
	"path/filepath"
	"testing"

	"blissh/data"
	"blissh/internal/hdf5"
)

// TestANoteOfTheWriterIsNotCounted: it is there once however often the scan is read
// again, and those of the store keep their numbers; nothing comes behind the end.
func TestANoteOfTheWriterIsNotCounted(t *testing.T) {
	s := samples()[0].scan
	hole := Note{Points: 2, What: Deleted, Text: "points 2 to 3 are no longer in the store"}
	pause := Note{Points: 4, What: "pause", Text: "by me"}
	for _, f := range Formats {
		t.Run(f.Name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x"+f.Extension)
			for range 2 {
				o, err := f.Open(path, s)
				must(t, err)
				if o.Rows() == 0 {
					must(t, o.Points(block(s, 0, 2)))
					must(t, o.Note(hole))
					must(t, o.Points(block(s, 2, 2)))
					must(t, o.Note(pause))
				}
				if o.Rows() != 4 || o.Notes() != 1 {
					t.Errorf("%d points, %d notes", o.Rows(), o.Notes())
				}
				size := written(t, o, path)
				must(t, o.Note(hole))
				if more := written(t, o, path); more != size || o.Notes() != 1 {
					t.Errorf("the note was written again, %d notes", o.Notes())
				}
				must(t, o.Close())
			}
			o, err := f.Open(path, s)
			must(t, err)
			must(t, o.End(ended(s, 4, data.Done, "")))
			size := written(t, o, path)
			must(t, o.Note(pause))
			must(t, o.Note(Note{Points: 4, What: Deleted, Text: "the rest"}))
			if more := written(t, o, path); more != size {
				t.Error("a note stands behind the end")
			}
			must(t, o.Close())
		})
	}
}

// written is how much of a scan is in a file: bytes of a text, notes of an HDF5 file.
func written(t *testing.T, o Output, path string) int64 {
	t.Helper()
	switch o := o.(type) {
	case *nexus:
		return int64(o.notes.Rows())
	case *spec:
		return o.size
	}
	return o.(*csv).size
}

// TestTheNewestEntryIsShownAfterAKill: between the entry and the attribute that names
// it, and not if a newer one is there.
func TestTheNewestEntryIsShownAfterAKill(t *testing.T) {
	first, second := samples()[0].scan, samples()[1].scan
	second.Start = first.Start.Add(1e9)
	for _, c := range []struct {
		resumed *data.Scan
		before  string
		want    string
	}{{second, "1.1", "2.1"}, {second, "2.1", "2.1"}, {first, "2.1", "2.1"}} {
		path := filepath.Join(t.TempDir(), "x.h5")
		for _, s := range []*data.Scan{first, second} {
			o, err := openNexus(path, s)
			must(t, err)
			must(t, o.Close())
		}
		d, err := hdf5.OpenDisk(path)
		must(t, err)
		f, err := hdf5.Open(d)
		must(t, err)
		must(t, f.SetText("default", c.before))
		must(t, f.Close())
		must(t, d.Close())
		o, err := openNexus(path, c.resumed)
		must(t, err)
		root, err := o.(*nexus).file.Find("/")
		must(t, err)
		if v, err := root.Attribute("default"); err != nil || v != c.want {
			t.Errorf("%v, %v is shown, want %s", v, err, c.want)
		}
		must(t, o.Close())
	}
}
