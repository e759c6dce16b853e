package writer

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

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

// checkFiles compares files with the stream in silx and h5py, as often as it is told
// to: each line of its input is a file with what is expected.
const checkFiles = `
import sys, os, json, csv, warnings, traceback
import numpy as np, h5py, silx.io
from silx.io import nxdata
from silx.io.specfile import SpecFile
warnings.simplefilter("ignore")
folder = sys.argv[1]
h5 = os.path.join(folder, "demo_session.h5")

def same(x, got, k, what):
    n = len(got)
    assert n >= x["points"] if x["running"] else n == x["points"], (what, k, n, x["points"])
    n = min(n, len(x["values"][k]))
    want = np.array(x["values"][k], dtype=float).reshape([-1] + x["shapes"][k])[:n]
    assert np.allclose(np.asarray(got)[:n], want, rtol=1e-13, atol=0), (what, k)

def entry(x, e, scan):
    name = "%d.1" % x["number"]
    m = e["measurement"]
    assert len({len(m[k]) for k in m}) == 1, {k: len(m[k]) for k in m}
    for k in x["values"]:
        same(x, m[k][()], k, name)
    assert e["title"].asstr()[()] == x["title"] and scan.scan_header_dict["S"].endswith(x["title"])
    for k in ("robz", "counts"):
        same(x, scan.data_column_by_name(k) if x["points"] or len(m["robz"]) else [], k, "spec")
    rows = [r for r in csv.reader(l for l in open(os.path.join(folder, "demo_session_%04d_ascan.csv" % x["number"])) if l[0] != "#")]
    for i, k in enumerate(("robz", "elapsed_time", "counts")):
        same(x, [float(r[i]) for r in rows[1:]], k, "csv")
    if not x["running"]:
        assert e["end_reason"].asstr()[()] == x["reason"] and "end_time" in e, e["end_reason"][()]
        assert any(x["reason"] in h for h in scan.scan_header if h.startswith("#C ended"))

def check(entries, scans):
    if all(x["perhaps"] for x in scans) and not os.path.exists(h5):
        return
    with h5py.File(h5, "r") as f:
        spec = SpecFile(os.path.join(folder, "demo_session.spec"))
        assert entries is None or len(f) == entries, (list(f), entries)
        for x in scans:
            name = "%d.1" % x["number"]
            if name in f or not x["perhaps"]:
                entry(x, f[name], spec[name])
        if "default" not in f.attrs or f.attrs["default"] not in f:
            return
    d = nxdata.get_default(silx.io.open(h5))
    assert d.is_valid and d.signal_name == "counts" and d.axes_dataset_names == ["robz"]

for line in sys.stdin:
    try:
        x = json.load(open(line.strip()))
        check(x["entries"], x["scans"])
        print("ok", flush=True)
    except Exception:
        print(json.dumps(traceback.format_exc()), flush=True)
`

// checker is that program.
type checker struct {
	l    *line
	in   io.Writer
	out  *bufio.Scanner
	path string
}

func (l *line) checker() *checker {
	l.Helper()
	cmd := exec.Command(python, "-c", checkFiles, filepath.Join(l.root, "demo_session"))
	cmd.Stderr = os.Stderr
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err1 != nil || err2 != nil {
		l.Fatal(err1, err2)
	}
	if err := cmd.Start(); err != nil {
		l.Fatal(err)
	}
	l.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	c := &checker{l: l, in: in, out: bufio.NewScanner(out), path: filepath.Join(l.TempDir(), "expected.json")}
	c.out.Buffer(nil, 1<<20)
	return c
}

// compare is one comparison; entries is how many the HDF5 file has, if that is known.
func (c *checker) compare(entries *int, scans []stream) {
	c.l.Helper()
	b, err := json.Marshal(map[string]any{"entries": entries, "scans": append([]stream{}, scans...)})
	if err != nil {
		c.l.Fatal(err)
	}
	if err := os.WriteFile(c.path, b, 0o644); err != nil {
		c.l.Fatal(err)
	}
	fmt.Fprintln(c.in, c.path)
	if !c.out.Scan() {
		c.l.Fatalf("the checking program has ended: %v", c.out.Err())
	}
	if text := c.out.Text(); text != "ok" {
		json.Unmarshal([]byte(text), &text)
		c.l.Fatal(text)
	}
}

// all compares the files of all scans with the stream.
func (c *checker) all() {
	c.l.Helper()
	var list []stream
	for _, s := range c.l.scans {
		list = append(list, c.l.stream(s))
	}
	n := len(list)
	c.compare(&n, list)
}

// left compares what a killed writer has left of some scans.
func (c *checker) left(scans []*data.Scan) {
	c.l.Helper()
	var list []stream
	for _, s := range scans {
		v := c.l.saved(s)
		x := c.l.stream(s)
		x.Running, x.Perhaps, x.Points = !v.Complete, len(v.Files) == 0, v.Points
		list = append(list, x)
	}
	c.compare(nil, list)
}

// check compares the files of all scans with the stream.
func (l *line) check() {
	l.Helper()
	l.checker().all()
}
