package file

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"blissh/data"
)

// aboutScan is a scan about which everything is known that can be.
func aboutScan() *data.Scan {
	s := newScan(3, "ascan", "ascan robz -1 1 10 0.01", 11, []string{"robz"})
	s.Saving = &data.Saving{Root: "/data", Template: "{sample}", Formats: []string{"spec"}, Proposal: "ma12", Sample: "gold", Dataset: "0002"}
	s.Meta = []data.Meta{
		{Name: "temperature", Value: 12.5, Unit: "K"}, {Name: "cold", Value: true}, {Name: "foil", Value: "Al 5 µm"}, {Name: "gaps", Value: []any{1.0, 2.5}, Unit: "mm"},
		{Name: "filters", Value: []any{"Al", "Cu"}}, {Name: ".", Value: nil}, // as nobody should write it
	}
	s.Hooks = []data.Hook{{Name: "LimitHook", File: "scripts/limit.go", SHA256: "00ff"}, {Name: "a/b", File: "x.go", SHA256: "01"}}
	s.Allow = &data.Envelope{Axes: []data.Bound{{Axis: "robz", Low: -3, High: 1}}, Points: 22, CountTime: 0.02, Duration: 12.5}
	return s
}

// aboutNotes are a comment of before, a request that was applied, with its way, and
// one that was refused and is too long for a line.
func aboutNotes(s *data.Scan) []Note {
	node := data.ScanNode(s)
	position, long := 0.5, data.AskPoints(make([]float64, 5000))
	long.By, long.ID = "robot", "c"
	stopAt := data.Request{ID: "b", Do: data.DoStopAt, By: "zoom.py", Host: "lab3", Time: 1795851000.5, Position: &position}
	return []Note{
		NoteOf(&data.Steering{Node: node, Time: 1795851001, What: "comment", Text: "comment by the prompt: new foil",
			Request: &data.Request{ID: "a", Do: data.DoComment, By: "the prompt", Time: 1795850000.25, Text: "new foil"}, Answer: &data.Answer{ID: "a", Applied: true}}),
		NoteOf(&data.Steering{Node: node, Points: 4, Time: 1795851001.5, What: "applied", Text: "stop_at 0.5 by zoom.py on lab3: applied at point 4",
			Request: &stopAt, Answer: &data.Answer{ID: "b", Applied: true, Point: 4},
			Way: &data.Way{Planned: 6, CountTime: 0.01, Path: []data.Segment{{From: 4, Points: 2, At: [][]float64{{0}, {0.5}}}}}}),
		NoteOf(&data.Steering{Node: node, Points: 5, Time: 1795851002, What: "refused", Text: "points (5000) by robot: refused: no", Request: &long, Answer: &data.Answer{ID: "c", Point: 5, Reason: "no"}}),
		{Points: 5, What: "deleted", Text: "something"},
	}
}

// write writes the scan with its notes, and what a writer tells besides.
func writeAbout(t *testing.T, o Output) {
	t.Helper()
	s := *aboutScan()
	notes := aboutNotes(&s)
	for _, n := range notes {
		if r, ok := o.(Recorder); ok {
			r.Record(n)
		}
	}
	for _, n := range notes {
		if n.Points > o.Rows() {
			must(t, o.Points(block(&s, o.Rows(), n.Points-o.Rows())))
		}
		must(t, o.Note(n))
		if n.Way != nil {
			s.Turn(n.Points, n.Way)
		}
	}
	must(t, o.Points(block(&s, 5, 1)))
	end := ended(&s, 6, data.Stopped, "by zoom.py")
	end.Timing = data.Timing{Total: 10 * time.Second, Counting: 4 * time.Second, Motion: 3 * time.Second, Overhead: time.Second, Paused: 2 * time.Second}
	for i := range end.Axes {
		at := float64(i) + 0.25
		end.Axes[i].End = &at
	}
	end.Axes[1].End = nil // it did not answer
	must(t, o.End(end))
	must(t, o.Close())
}

const aboutNexus = `
import h5py
f = h5py.File(sys.argv[1], "r")
e = f["3.1"]
def text(name): return e[name].asstr()[()]
assert text("experiment_identifier") == "ma12" and text("collection_identifier") == "0002" and text("sample/name") == "gold"
assert e["sample"].attrs["NX_class"] == "NXsample"
m = e["meta"]
assert m["temperature"][()] == 12.5 and m["temperature"].attrs["units"] == "K" and m["cold"][()] == 1 and text("meta/foil") == "Al 5 µm"
assert list(m["gaps"]) == [1, 2.5] and m["gaps"].attrs["units"] == "mm" and list(m["filters"].asstr()[()]) == ["Al", "Cu"] and text("meta/_") == "null"
assert text("hooks/LimitHook/file") == "scripts/limit.go" and text("hooks/LimitHook/sha256") == "00ff" and text("hooks/a_b/sha256") == "01"
a = e["scan/allow"]
assert a["points"][()] == 22 and a["count_time"][()] == 0.02 and a["duration"][()] == 12.5 and a["axes/robz/low"][()] == -3 and a["axes/robz/high"][()] == 1
assert np.allclose(e["scan/planned/robz"], np.linspace(-1, 1, 11), rtol=0, atol=1e-15) and e["scan/planned/robz"].attrs["units"] == "mm"
assert np.allclose(e["instrument/robz/target_value"], [-1, -.8, -.6, -.4, 0, .5], rtol=0, atol=1e-15)
end = e["instrument/positioners_end"]
assert "roby" not in end and end["robx"][()] == .25 and end["robz"][()] == 2.25 and end["robx"].attrs["units"] == "mm" and len(end) == 10
assert e["instrument/positioners/roby"][()] == -1.25 and len(e["instrument/positioners/robz"]) == 6
assert [e["timing/" + k][()] for k in ("total", "counting", "motion", "overhead", "paused")] == [10, 4, 3, 1, 2]
n = e["notes"]
assert list(n["point"]) == [0, 4, 5, 5] and [w.decode() for w in n["what"]] == ["comment", "applied", "refused", "deleted"]
assert np.array_equal(n["time"], [1795850000.25, 1795851001.5, 1795851002, np.nan], equal_nan=True) and n["time"].attrs["units"] == "s"
assert [w.decode() for w in n["by"]] == ["the prompt", "zoom.py on lab3", "robot", ""] and n["text"][0] == b"new foil"
r = [json.loads(x) if x else None for x in n["record"]]
assert r[0]["request"]["text"] == "new foil" and r[0]["answer"]["applied"]
assert r[1]["request"]["position"] == .5 and r[1]["request"]["host"] == "lab3" and r[1]["answer"]["point"] == 4 and r[1]["way"]["path"][0]["at"] == [[0], [.5]]
assert r[2]["request"]["do"] == "points" and "points" not in r[2]["request"] and r[2]["answer"]["reason"] == "no" and r[3] is None
`

const aboutSPEC = `
from silx.io.specfile import SpecFile
import silx.io
s = SpecFile(sys.argv[1])["3.1"]
md = dict(l.split(" = ", 1) for l in s.scan_header_dict["MD"].split("\n"))
assert md == {"proposal": "ma12", "sample": "gold", "dataset": "0002", "temperature": "12.5 K", "cold": "true", "foil": "Al 5 µm", "gaps": "[1, 2.5] mm", "filters": "[Al, Cu]", ".": "null"}, md
h = s.scan_header
assert "#C hook LimitHook scripts/limit.go sha256 00ff" in h, h
assert "#C requests may change: robz from -3 to 1, at most 22 points, count time 0.02 s, duration 12.5 s" in h
assert json.loads(s.scan_header_dict["UPATH"]) == [{"from": 0, "points": 11, "start": [-1], "stop": [1]}]
ends = [float(x) for i in (0, 1) for x in s.scan_header_dict["UEND%d" % i].split()]
assert ends[0] == .25 and ends[1] == np.inf and ends[2:] == [i + .25 for i in range(2, 11)], ends
assert s.scan_header_dict["UTIME"] == "total 10 s, counting 4 s, motion 3 s, overhead 1 s, paused 2 s"
notes = [json.loads(l) for l in s.scan_header_dict["UNOTE"].split("\n")]
assert notes[1]["request"]["by"] == "zoom.py" and notes[1]["way"]["planned"] == 6 and notes[2]["answer"]["reason"] == "no"
c = [l for l in h if l.startswith("#C after")]
assert c[0].startswith("#C after 0 points: comment by the prompt: new foil (2026-11-2") and c[3] == "#C after 5 points: deleted something", c
assert s.motor_position_by_name("roby") == -1.25 and len(s.data_column_by_name("robz")) == 6 and s.labels[0] == "robz"
g = silx.io.open(sys.argv[1])["3.1"]
assert g["instrument/positioners/roby"][()] == -1.25 and len(g["measurement/diode"]) == 6
`

const aboutCSV = `
lines = open(sys.argv[1], encoding="utf-8").read().splitlines()
for l in ("# proposal: ma12", "# sample: gold", "# dataset: 0002", "# meta temperature: 12.5 K", "# after 0 points: comment by the prompt: new foil"):
    assert l in lines, (l, lines)
d = json.load(open(sys.argv[1][:-4] + ".json", encoding="utf-8"))
assert d["meta"][0] == {"name": "temperature", "value": 12.5, "unit": "K"} and d["hooks"][0]["sha256"] == "00ff" and d["saving"]["sample"] == "gold"
assert d["allow"]["points"] == 22 and d["axes"][0]["end"] == .25 and d["axes"][1]["end"] is None and d["timing"]["paused_ns"] == 2e9
assert [s["from"] for s in d["path"]] == [0, 4] and d["taken"] == 6
n = d["notes"]
assert [x["what"] for x in n] == ["comment", "applied", "refused", "deleted"] and n[0]["time"] == 1795850000.25 and n[1]["way"]["planned"] == 6
assert n[1]["request"]["host"] == "lab3" and len(n[2]["request"]["points"]) == 5000 and n[2]["answer"]["reason"] == "no" and "request" not in n[3]
`

// TestWhatIsKnownAboutAScan: as others read it, and Look finds the scan behind it.
func TestWhatIsKnownAboutAScan(t *testing.T) {
	needsSilx(t)
	for _, f := range Formats {
		t.Run(f.Name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "data"+f.Extension)
			o, err := f.Open(path, aboutScan())
			must(t, err)
			writeAbout(t, o)
			inPython(t, map[string]string{"hdf5": aboutNexus, "spec": aboutSPEC, "csv": aboutCSV}[f.Name], path)
			found, err := Look(path)
			if err != nil || len(found) != 1 || found[0].Points != 6 || !found[0].Ended || found[0].UID != "uid-3-ascan" || found[0].Title != "ascan robz -1 1 10 0.01" {
				t.Errorf("%+v, %v", found, err)
			}
		})
	}
}

// TestACutNoteIsWrittenOnce: the line for programs and that for people are one note.
func TestACutNoteIsWrittenOnce(t *testing.T) {
	n := aboutNotes(aboutScan())[1]
	for cut := range len(noteLines(n)) + 1 {
		path := filepath.Join(t.TempDir(), "data.spec")
		o, err := openSPEC(path, aboutScan())
		must(t, err)
		before, err := os.ReadFile(path)
		must(t, err)
		must(t, o.Note(n))
		must(t, o.Close())
		must(t, os.Truncate(path, int64(len(before)+cut)))
		o, err = openSPEC(path, aboutScan())
		must(t, err)
		if o.Notes() == 0 {
			must(t, o.Note(n))
		}
		must(t, o.Close())
		text, _ := os.ReadFile(path)
		if strings.Count(string(text), "#UNOTE ") != 1 || strings.Count(string(text), "#C after ") != 1 {
			t.Fatalf("cut after %d bytes: %s", cut, text[len(before):])
		}
	}
}

func TestDetailsOfANoteFit(t *testing.T) {
	for _, n := range aboutNotes(aboutScan()) {
		for _, most := range []int{10, 150, 400, recordWidth, 1 << 20} {
			text := n.details(most)
			if len(text) > most || text != "" && !json.Valid([]byte(text)) {
				t.Errorf("%s in %d bytes: %.80q", n.What, most, text)
			}
		}
	}
}
