package writer

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"blissh/data"
	"blissh/data/file"
	"blissh/data/store"
)

const checkSteered = `
import sys, json, h5py, numpy as np
e = h5py.File(sys.argv[1], "r")["1.1"]
assert list(e["scan/planned/robz"]) == [9.9 * i / 99 for i in range(99)] + [9.9], list(e["scan/planned/robz"])
want = json.loads(sys.argv[2])
assert np.array_equal(e["instrument/robz/target_value"], want), list(e["instrument/robz/target_value"])
assert len(e["instrument/robz/value"]) == len(want) and e["scan/planned_points"][()] == 100
n = e["notes"]
assert list(n["point"]) == [0, 5, 5, 8] and [w.decode() for w in n["what"]] == ["comment", "applied", "pause", "applied"]
assert n["text"][0] == b"look here" and n["by"][1] == b"zoom.py" and n["time"][2] == 1795851003
assert e["instrument/positioners_end/robz"][()] == 7.5 and e["meta/temperature"].attrs["units"] == "K"
`

// TestASteeredScanInFiles: the files have where each point was sent, also when the
// writer begins after the end, when the description has the last way alone.
func TestASteeredScanInFiles(t *testing.T) {
	needsSilx(t)
	l := newLine(t)
	s := l.begin().scan // one with images beside it, whose path nobody knows
	c := *s
	c.UID, c.Number, c.Channels = "steered", 1, []data.Channel{s.Channels[0], s.Channels[2], s.Channels[3]}
	c.Path = []data.Segment{{Points: 100, Start: []float64{0}, Stop: []float64{9.9}}}
	c.Saving = &data.Saving{Root: t.TempDir(), Template: "{sample}", Formats: []string{"hdf5"}, Sample: "gold", Dataset: "0001"}
	c.Meta = []data.Meta{{Name: "temperature", Value: 12.5, Unit: "K"}}
	want := steer(t, l, &c)
	path := filepath.Join(c.Saving.Root, "gold", "gold_0001.h5")
	check := func() {
		t.Helper()
		text, _ := json.Marshal(want)
		if out, err := exec.Command(python, "-c", checkSteered, path, string(text)).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	described, err := l.db.ScanByUID(t.Context(), c.Session, c.UID)
	if err != nil || described.Path[0].Points == 100 {
		t.Fatalf("%+v, %v", described, err)
	}
	formats, err := file.Named("hdf5")
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Session: c.Session, Formats: formats, Place: Place{Root: "/nowhere"}, Wanted: Wanted{Root: true, Template: true, Formats: true}, Self: store.Writer{Host: "h"}, Say: func(string) {}}
	if files, err := Export(context.Background(), l.db, described, o); err != nil || files[0] != path {
		t.Fatalf("%q, %v", files, err)
	}
	check()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Export(context.Background(), l.db, described, o); err != nil { // once more: all is there
		t.Fatal(err)
	}
	if again, _ := os.ReadFile(path); string(again) != string(whole) {
		t.Error("a complete file was changed")
	}
	if list := l.verify(path); len(list) != 1 || list[0] != "" {
		t.Errorf("%q", list)
	}
}

// steer publishes a scan that is sent elsewhere twice, and returns where.
func steer(t *testing.T, l *line, s *data.Scan) (targets []float64) {
	t.Helper()
	p, err := l.db.Publish(l.Context(), s, store.PublishOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r := &running{line: l, scan: s, p: p}
	r.put(&data.NewNode{Node: data.ScanNode(s)})
	take := func(list ...float64) {
		r.take(len(list))
		targets = append(targets, list...)
	}
	turn := func(to ...float64) {
		at := [][]float64{}
		for _, x := range to {
			at = append(at, []float64{x})
		}
		q := data.AskPoints(to)
		q.By, q.ID = "zoom.py", "z"
		w := &data.Way{Planned: r.n + len(to), Path: []data.Segment{{From: r.n, Points: len(to), At: at}}}
		s.Turn(r.n, w)
		r.put(&data.Steering{Node: data.ScanNode(s), Points: r.n, Time: 1795851002, What: "applied", Text: "points", Request: &q, Answer: &data.Answer{Applied: true, Point: r.n}, Way: w})
	}
	comment := data.AskComment("look here")
	comment.Time = 1795850000
	r.put(&data.Steering{Node: data.ScanNode(s), What: "comment", Text: "comment by me: look here", Request: &comment, Answer: &data.Answer{Applied: true}})
	r.put(&data.Prepared{Node: data.ScanNode(s)})
	line := s.Path[0]
	for i := range 5 {
		take(line.Position(i)...)
	}
	turn(5, 6, 7, 8, 9)
	r.put(&data.Steering{Node: data.ScanNode(s), Points: r.n, Time: 1795851003, What: "pause", Text: "by me"})
	take(5, 6, 7)
	turn(7.25, 7.5)
	take(7.25, 7.5)
	end := 7.5
	s.Axes = []data.Axis{{Name: "robz", Unit: "mm", Start: s.Axes[0].Start, End: &end}}
	s.End = time.Now()
	r.end(data.Done, "")
	return targets
}
