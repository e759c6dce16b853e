package file

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"blissh/data"
)

// python is Debian's, which has Debian's modules.
const python = "/usr/bin/python3"

func needsSilx(t testing.TB) {
	t.Helper()
	if exec.Command(python, "-c", "import silx.io, h5py").Run() != nil {
		t.Skip("no Python with silx: apt-get install python3-silx python3-h5py")
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func channel(name, unit, dtype, role string, shape ...int) data.Channel {
	return data.Channel{Name: name, Unit: unit, DType: dtype, Shape: shape, Role: role}
}

// newScan is the description of a scan with two counters besides the axes.
func newScan(number int, kind, title string, planned int, moving []string, more ...data.Channel) *data.Scan {
	zero, one := 0.0, -1.25
	s := &data.Scan{
		Session: "demo_session", UID: fmt.Sprintf("uid-%d-%s", number, kind), Number: number, Name: kind, Type: kind, Title: title, Command: title + " # typed",
		User: "Zoë", Host: "lid00", Version: "0.1", Start: time.Date(2026, 11, 28, 7, 30, 0, 0, time.UTC), Planned: planned, Save: true,
		Axes: []data.Axis{{Name: "robx", Unit: "mm", Start: &zero}, {Name: "roby", Unit: "mm", Start: &one}, {Name: "robz", Unit: "µm"}}, Moving: moving, CountTime: 10 * time.Millisecond,
	}
	for i := range 8 {
		s.Axes = append(s.Axes, data.Axis{Name: fmt.Sprint("m", i), Unit: "deg", Start: &one})
	}
	for _, m := range moving {
		s.Channels = append(s.Channels, channel(m, "mm", "<f8", "axis"))
		s.Ranges = append(s.Ranges, data.Range{Axis: m, Start: -1, Stop: 1, Low: -1, High: 1})
	}
	if planned > 0 && len(moving) > 0 { // on a line, as most go
		p := data.Segment{Points: planned}
		for range moving {
			p.Start, p.Stop = append(p.Start, -1), append(p.Stop, 1)
		}
		s.Path = []data.Segment{p}
	}
	s.Channels = append(s.Channels, channel(data.ElapsedTime, "s", "<f8", "timer"), channel(data.Epoch, "s", "<f8", "timer"),
		channel("diode", "µA", "<f8", "counter"), channel("counts", "", "<u4", "counter"))
	s.Channels = append(s.Channels, more...)
	return s
}

// block makes points first to first+n-1, always the same ones.
func block(s *data.Scan, first, n int) *Block {
	b := &Block{First: first, N: n}
	for k, c := range s.Channels {
		var column Column
		for i := first; i < first+n; i++ {
			rng := rand.New(rand.NewPCG(uint64(i), uint64(k)))
			if c.Scalar() {
				v := rng.NormFloat64() * 100
				if strings.HasPrefix(c.DType, "<u") {
					v = math.Abs(math.Round(v))
				}
				if i == 3 && c.Name == "diode" {
					v = math.NaN()
				}
				column.Bytes = data.Append(column.Bytes, c.DType, v)
				continue
			}
			a := data.Array{DType: c.DType, Shape: c.Shape}
			for range c.PointSize() / data.ItemSize(c.DType) {
				a.Bytes = data.Append(a.Bytes, c.DType, float64(rng.IntN(1000)))
			}
			column.Arrays = append(column.Arrays, a)
		}
		b.Columns = append(b.Columns, column)
	}
	b.Targets = Targets(s, first, n)
	return b
}

// ended is the scan after so many points.
func ended(s *data.Scan, points int, outcome data.Outcome, reason string) *data.Scan {
	e := *s
	if points > s.Planned && len(s.Shape) > 0 { // it was steered
		e.Turn(4, &data.Way{Planned: points, Path: []data.Segment{{From: 4, Points: points - 4}}})
	}
	e.Outcome, e.Reason, e.Taken, e.End = outcome, reason, points, s.Start.Add(12500*time.Millisecond)
	return &e
}

// sample is a scan that goes into files, and what is expected to be there.
type sample struct {
	scan    *data.Scan
	points  int
	outcome data.Outcome
	reason  string
	notes   []Note
}

// samples are all kinds of scans.
func samples() []sample {
	mesh := func(number, points int) *data.Scan {
		s := newScan(number, "amesh", "amesh robx -1 1 4 roby -1 1 5 0.01", 30, []string{"robx", "roby"})
		s.Shape, s.BackNForth = []int{6, 5}, true
		return s
	}
	spectrum, image := channel("mca", "", "<u4", "counter", 300), channel("camera", "", "<u2", "counter", 24, 32)
	small := channel("small", "", "<f4", "counter", 4)
	images := newScan(7, "ascan", "ascan robz -1 1 20 0.01", 21, []string{"robz"}, spectrum, image, small)
	images.Info = map[string]any{"sample": "gold", "list": []any{1.0, "x"}}
	return []sample{
		{newScan(1, "ascan", "ascan robz -1 1 200 0.01", 201, []string{"robz"}), 201, data.Done, "", nil},
		{newScan(2, "a2scan", "a2scan robx -1 1 roby -1 1 50 0.01", 51, []string{"robx", "roby"}), 51, data.Done, "", nil},
		{mesh(3, 30), 30, data.Done, "", nil},
		{mesh(4, 17), 17, data.Aborted, "Ctrl-C at the\nkeyboard", nil},
		{newScan(5, "ascan", "ascan robz -1 1 10 0.01", 11, []string{"robz"}), 0, data.Failed, "robz: limit", nil},
		{newScan(6, "ct", "ct 0.01", 1, nil), 1, data.Done, "", nil},
		{images, 21, data.Stopped, "by hook x", nil},
		{newScan(8, "timescan", "timescan 0.01", 0, nil), 150, data.Aborted, "Ctrl-C", nil},
		{newScan(9, "ascan", "ascan robz -1 1 10 0.01", 11, []string{"robz"}), 25, data.Done, "", []Note{
			{Points: 4, What: "request", Text: "robz to 2 mm, by ålf " + strings.Repeat("and more ", 40)}, {Points: 4, What: "pause", Text: "by the prompt"}, {Points: 20, What: "resume", Text: "by the prompt"}}},
		{mesh(10, 30), 32, data.Done, "", []Note{{Points: 4, What: "applied", Text: "repeat 2 by me: applied at point 4"}}},
	}
}

// expectation is what the programs of others are to find.
type expectation struct {
	Number  int              `json:"number"`
	Title   string           `json:"title"`
	UID     string           `json:"uid"`
	Reason  string           `json:"reason"`
	Points  int              `json:"points"`
	Moving  []string         `json:"moving"`
	Mesh    bool             `json:"mesh"`
	Grid    []int            `json:"grid"`
	Values  map[string][]any `json:"values"`
	Arrays  map[string][]any `json:"arrays"`
	Shapes  map[string][]int `json:"shapes"`
	Columns []string         `json:"columns"`
	Notes   int              `json:"notes"`
	Targets map[string][]any `json:"targets"`
}

func (w sample) expectation() expectation {
	s := w.scan
	e := expectation{Number: s.Number, Title: s.Title, UID: s.UID, Reason: ending(ended(s, w.points, w.outcome, w.reason)), Points: w.points, Notes: len(w.notes),
		Moving: append([]string{}, s.Moving...), Mesh: len(s.Shape) == 2, Grid: ended(s, w.points, w.outcome, w.reason).Shape, Values: map[string][]any{}, Arrays: map[string][]any{}, Shapes: map[string][]int{}, Targets: map[string][]any{}}
	b := block(s, 0, w.points)
	for k, name := range s.Moving {
		e.Targets[name] = []any{}
		for _, v := range b.Targets[k] {
			if v == v {
				e.Targets[name] = append(e.Targets[name], v)
			} else {
				e.Targets[name] = append(e.Targets[name], nil)
			}
		}
	}
	for i, c := range s.Channels {
		e.Columns = append(e.Columns, c.Name)
		if !c.Scalar() {
			e.Arrays[c.Name], e.Shapes[c.Name] = []any{}, c.Shape
			for _, a := range b.Columns[i].Arrays {
				v, _ := a.Floats()
				e.Arrays[c.Name] = append(e.Arrays[c.Name], v)
			}
			continue
		}
		e.Values[c.Name] = []any{}
		values, _ := data.Decode(nil, c.DType, b.Columns[i].Bytes)
		for _, v := range values {
			if v == v {
				e.Values[c.Name] = append(e.Values[c.Name], v)
			} else {
				e.Values[c.Name] = append(e.Values[c.Name], nil)
			}
		}
	}
	return e
}

// write writes a sample from where the file is, in blocks of some size.
func (w sample) write(o Output, size int) error {
	notes := w.notes[min(o.Notes(), len(w.notes)):]
	for o.Rows() < w.points {
		for len(notes) > 0 && notes[0].Points <= o.Rows() {
			if err := o.Note(notes[0]); err != nil {
				return err
			}
			notes = notes[1:]
		}
		n := min(size, w.points-o.Rows())
		if len(notes) > 0 {
			n = min(n, notes[0].Points-o.Rows())
		}
		if err := o.Points(block(w.scan, o.Rows(), n)); err != nil {
			return err
		}
	}
	return o.End(ended(w.scan, w.points, w.outcome, w.reason))
}

// expect saves what is expected, for a program in Python.
func expect(t testing.TB, list []sample) string {
	var all []expectation
	for _, w := range list {
		all = append(all, w.expectation())
	}
	b, err := json.Marshal(all)
	must(t, err)
	path := filepath.Join(t.TempDir(), "expected.json")
	must(t, os.WriteFile(path, b, 0o644))
	return path
}

// inPython runs a program with arguments; it must not fail.
func inPython(t testing.TB, code string, args ...string) {
	t.Helper()
	out, err := exec.Command(python, append([]string{"-W", "ignore", "-c", "import sys, json\nimport numpy as np\n" + code}, args...)...).CombinedOutput()
	if err != nil {
		if text, err := os.ReadFile(args[0]); err == nil && !strings.HasSuffix(args[0], ".h5") {
			t.Logf("%.3000s", text)
		}
		t.Fatalf("%v\n%s", err, out)
	}
}
