package writer

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"blissh/data"
	"blissh/data/file"
	"blissh/data/store"
	"blissh/internal/embedded"
)

// python is Debian's, which has Debian's modules.
const python = "/usr/bin/python3"

var le = binary.LittleEndian

// python runs a program, which must not fail, and returns what it prints.
func (l *line) python(code string, args ...string) string {
	l.Helper()
	out, err := exec.Command(python, append([]string{"-W", "ignore", "-c", code}, args...)...).CombinedOutput()
	if err != nil {
		l.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

func needsSilx(t testing.TB) {
	t.Helper()
	if exec.Command(python, "-c", "import silx.io, h5py").Run() != nil {
		t.Skip("no Python with silx: apt-get install python3-silx python3-h5py")
	}
}

// TestMain is also the writer that is killed.
func TestMain(m *testing.M) {
	url := os.Getenv("WRITER_TEST_STORE")
	if url == "" {
		os.Exit(m.Run())
	}
	db, err := store.Open(context.Background(), url)
	if err == nil {
		err = Run(context.Background(), db, options(os.Getenv("WRITER_TEST_ROOT"), func(line string) { fmt.Println(line) }))
	}
	fmt.Println(err)
	os.Exit(1)
}

func options(root string, say func(string)) Options {
	formats, err := file.Named("spec,csv,hdf5")
	if err != nil {
		panic(err)
	}
	return Options{Session: "demo_session", Formats: formats, Place: Place{root, "{session}"}, Self: store.Writer{Host: "h", PID: os.Getpid(), Root: root}, Say: say}
}

// line is a beamline without devices: it publishes scans.
type line struct {
	*testing.T
	url, root string
	db        *store.DB
	scans     []*data.Scan
}

func newLine(t *testing.T) *line {
	s, err := embedded.Start(embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	db, err := store.Open(t.Context(), s.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return &line{T: t, url: s.URL(), root: t.TempDir(), db: db}
}

// running is a scan that is being published.
type running struct {
	*line
	scan *data.Scan
	p    *store.Publisher
	n    int
}

func (l *line) begin() *running {
	l.Helper()
	n := len(l.scans) + 1
	zero := 0.25
	s := &data.Scan{
		Session: "demo_session", UID: fmt.Sprint("u", n), Number: n, Name: "ascan", Title: fmt.Sprintf("ascan robz 0 %d 100 0.001", n),
		User: "opid00", Host: "h", Start: time.Now(), Planned: 100, Save: true, Moving: []string{"robz"}, Axes: []data.Axis{{Name: "robz", Unit: "mm", Start: &zero}},
		Channels: []data.Channel{
			{Name: "robz", Unit: "mm", DType: "<f8", Role: "axis"}, {Name: "camera", DType: "<u2", Shape: []int{16, 40}, Role: "counter"},
			{Name: "elapsed_time", Unit: "s", DType: "<f8", Role: "timer"}, {Name: "counts", DType: "<u4", Role: "counter"}, {Name: "mca", DType: "<u4", Shape: []int{8}, Role: "counter"},
		},
	}
	p, err := l.db.Publish(l.Context(), s, store.PublishOptions{})
	if err != nil {
		l.Fatal(err)
	}
	l.scans = append(l.scans, s)
	r := &running{line: l, scan: s, p: p}
	r.put(&data.NewNode{Node: data.ScanNode(s)})
	r.put(&data.Prepared{Node: data.ScanNode(s)})
	return r
}

func (r *running) put(e data.Event) {
	r.Helper()
	if err := r.p.Put(r.Context(), e); err != nil {
		r.Fatalf("put %T: %v", e, err)
	}
}

func (r *running) take(n int) {
	r.Helper()
	for range n {
		row := &data.Row{Index: r.n, Time: time.Now(), Values: []float64{float64(r.n) * 0.1, float64(r.n) * 0.001, float64(r.n * r.n)}}
		for _, c := range r.scan.Channels {
			if !c.Scalar() {
				a := data.Array{DType: c.DType, Shape: c.Shape}
				for k := range c.PointSize() / data.ItemSize(c.DType) {
					a.Bytes = data.Append(a.Bytes, c.DType, float64((r.n*31+k)%997))
				}
				row.Arrays = append(row.Arrays, a)
			}
		}
		r.put(row)
		r.n++
	}
}

func (r *running) end(outcome data.Outcome, reason string) {
	r.Helper()
	r.scan.Outcome, r.scan.Reason, r.scan.Taken, r.scan.End = outcome, reason, r.n, time.Now()
	r.put(&data.EndScan{Node: data.ScanNode(r.scan), Outcome: outcome, Reason: reason, Points: r.n})
}

// eventually waits for a condition, generously.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("not within 60 s: %s", what)
}

func (l *line) saved(s *data.Scan) store.Saved {
	v, err := l.db.Saved(l.Context(), s.Session, s.UID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		l.Fatal(err)
	}
	return v
}

func (l *line) complete(s *data.Scan) {
	l.Helper()
	eventually(l.T, fmt.Sprintf("scan %d is complete in files", s.Number), func() bool { return l.saved(s).Complete })
}

// writing runs a writer in this process; it ends with the test, or by stop.
func (l *line) writing(say func(string)) (stop func()) {
	ctx, cancel := context.WithCancel(l.Context())
	done := make(chan error, 1)
	db, err := store.Open(ctx, l.url)
	if err != nil {
		l.Fatal(err)
	}
	go func() { done <- Run(ctx, db, options(l.root, say)) }()
	stop = func() {
		cancel()
		if err, ok := <-done; ok && !errors.Is(err, context.Canceled) {
			l.Errorf("the writer ended: %v", err)
		}
		db.Close()
	}
	return stop
}

// process is a writer in a process of its own.
type process struct{ cmd *exec.Cmd }

func (l *line) process() *process {
	l.Helper()
	p := &process{cmd: exec.Command(os.Args[0])}
	p.cmd.Env = append(os.Environ(), "WRITER_TEST_STORE="+l.url, "WRITER_TEST_ROOT="+l.root)
	if err := p.cmd.Start(); err != nil {
		l.Fatal(err)
	}
	l.Cleanup(p.kill)
	return p
}

func (p *process) kill() {
	p.cmd.Process.Kill()
	p.cmd.Wait()
}

// stream is a scan as the store has it, read with nothing that the writer uses.
type stream struct {
	Number  int              `json:"number"`
	Title   string           `json:"title"`
	Reason  string           `json:"reason"`
	Points  int              `json:"points"`
	Values  map[string][]any `json:"values"`
	Shapes  map[string][]int `json:"shapes"`
	Running bool             `json:"running"` // more may come: Points is the least
}

func (l *line) stream(s *data.Scan) stream {
	l.Helper()
	x := stream{Number: s.Number, Title: s.Title, Reason: string(s.Outcome), Values: map[string][]any{}, Shapes: map[string][]int{}, Running: s.Outcome == ""}
	if s.Reason != "" {
		x.Reason += ": " + s.Reason
	}
	columns, err := l.db.Columns(l.Context(), s)
	if err != nil {
		l.Fatal(err)
	}
	for _, c := range s.Channels {
		x.Shapes[c.Name] = append([]int{}, c.Shape...)
		list := []any{}
		for i, v := range columns["robz"] {
			if !c.Scalar() {
				a, err := l.db.Array(l.Context(), data.ChannelNode(s, c), i)
				if err != nil {
					l.Fatal(err)
				}
				values, _ := a.Floats()
				list = append(list, values)
				continue
			}
			v = columns[c.Name][i]
			list = append(list, v)
		}
		x.Values[c.Name] = list
	}
	x.Points = len(columns["robz"])
	return x
}

// checkFiles compares all files with the stream in silx and h5py.
const checkFiles = `
import sys, os, json, csv, warnings
import numpy as np, h5py, silx.io
from silx.io import nxdata
from silx.io.specfile import SpecFile
warnings.simplefilter("ignore")
folder = sys.argv[1]
def same(x, got, k, what):
    n = len(got)
    assert n >= x["points"] if x["running"] else n == x["points"], (what, k, n, x["points"])
    n = min(n, x["points"])
    want = np.array(x["values"][k], dtype=float).reshape([-1] + x["shapes"][k])[:n]
    assert np.allclose(np.asarray(got)[:n], want, rtol=1e-13, atol=0), (what, k)
with h5py.File(os.path.join(folder, "demo_session.h5"), "r") as f:
    spec = SpecFile(os.path.join(folder, "demo_session.spec"))
    expected = json.load(open(sys.argv[2]))
    assert len(f) == len(expected), (list(f), len(expected))
    for x in expected:
        name = "%d.1" % x["number"]
        e = f[name]
        m = e["measurement"]
        assert len({len(m[k]) for k in m}) == 1, {k: len(m[k]) for k in m}
        for k in x["values"]:
            same(x, m[k][()], k, name)
        assert e["title"].asstr()[()] == x["title"] and spec[name].scan_header_dict["S"].endswith(x["title"])
        for k in ("robz", "counts"):
            same(x, spec[name].data_column_by_name(k) if len(m["robz"]) or x["points"] else [], k, "spec")
        rows = [r for r in csv.reader(l for l in open(os.path.join(folder, "demo_session_%04d_ascan.csv" % x["number"])) if l[0] != "#")]
        for i, k in enumerate(("robz", "elapsed_time", "counts")):
            same(x, [float(r[i]) for r in rows[1:]], k, "csv")
        if not x["running"]:
            assert e["end_reason"].asstr()[()] == x["reason"] and "end_time" in e, e["end_reason"][()]
            assert any(x["reason"] in h for h in spec[name].scan_header if h.startswith("#C ended"))
d = nxdata.get_default(silx.io.open(os.path.join(folder, "demo_session.h5")))
assert d.is_valid and d.signal_name == "counts" and d.axes_dataset_names == ["robz"]
`

// check compares the files of all scans with the stream.
func (l *line) check() {
	l.Helper()
	list := []stream{}
	for _, s := range l.scans {
		list = append(list, l.stream(s))
	}
	l.compare(list)
}

func (l *line) compare(list []stream) {
	l.Helper()
	b, err := json.Marshal(list)
	if err != nil {
		l.Fatal(err)
	}
	path := filepath.Join(l.TempDir(), "expected.json")
	if err := os.WriteFile(path, b, 0o644); err != nil {
		l.Fatal(err)
	}
	if out, err := exec.Command(python, "-c", checkFiles, filepath.Join(l.root, "demo_session"), path).CombinedOutput(); err != nil {
		l.Fatalf("%v\n%s", err, out)
	}
}

func oneLine(text string) bool { return text != "" && !strings.Contains(text, "\n") }

// hasEntry reports whether the HDF5 file has an entry of the scan.
func (l *line) hasEntry(path string, s *data.Scan) bool {
	code := "import sys, h5py\nsys.exit(0 if sys.argv[2] in h5py.File(sys.argv[1], 'r') else 3)"
	err := exec.Command(python, "-c", code, path, fmt.Sprintf("%d.1", s.Number)).Run()
	var exit *exec.ExitError
	if err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 3) {
		l.Fatal(err)
	}
	return err == nil
}
