package writer

import (
	"testing"

	"blissh/data"
	"blissh/data/file"
	"blissh/data/store"
)

// TestWhatWasSavedStaysSaved: a writer that begins again reads points that are in the
// files; the word on how many are does not go back to the first of them.
func TestWhatWasSavedStaysSaved(t *testing.T) {
	s := &data.Scan{Session: "s", UID: "u", Number: 1, Name: "ascan", Channels: []data.Channel{{Name: "x", DType: "<f8", Role: "axis"}}}
	formats, err := file.Named("spec,csv")
	if err != nil {
		t.Fatal(err)
	}
	var said []int
	o := Options{Formats: formats, Place: Place{t.TempDir(), "x"}, Saved: func(_ *data.Scan, points int) { said = append(said, points) }, Self: store.Writer{Host: "h"}}
	for _, first := range [][2]int{{0, 4}, {4, 4}, {0, 4}} { // the third is after a restart
		v := newSaving(&writer{o: o}, s)
		if err := v.open(); err != nil {
			t.Fatal(err)
		}
		if err := v.points(&file.Block{First: first[0], N: first[1], Columns: []file.Column{{Bytes: make([]byte, 8*first[1])}}}); err != nil {
			t.Fatal(err)
		}
		if err := v.close(); err != nil {
			t.Fatal(err)
		}
	}
	if len(said) != 3 || said[0] != 4 || said[1] != 8 || said[2] != 8 {
		t.Errorf("%v points are said to be in files, want 4, 8, 8", said)
	}
}
