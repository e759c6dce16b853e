package file

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"blissh/data"
	"blissh/internal/soak"
)

const checkNexus = `
import h5py, silx.io
from silx.io import nxdata
def floats(v): return np.array(v, dtype=float)
def text(d): return d.asstr()[()]
expected = json.load(open(sys.argv[2]))
with h5py.File(sys.argv[1], "r") as f:
    assert f.attrs["default"] == "%d.1" % expected[-1]["number"], f.attrs["default"]
    for x in expected:
        e = f["%d.1" % x["number"]]
        assert e.attrs["NX_class"] == "NXentry"
        assert text(e["title"]) == x["title"] and text(e["entry_identifier"]) == x["uid"] and text(e["end_reason"]) == x["reason"], text(e["end_reason"])
        assert text(e["start_time"])[:4] == "2026" and text(e["end_time"]) > text(e["start_time"]) and e["points"][()] == x["points"]
        assert text(e["user/name"]) == "Zoë" and len(e["notes/point"]) == x["notes"]
        m = e["measurement"]
        assert set(m) == set(x["columns"]), (list(m), x["columns"])
        for k, v in x["values"].items():
            assert m[k].shape == (x["points"],), (k, m[k].shape)
            assert np.array_equal(m[k][()].astype(float), floats(v), equal_nan=True), k
            assert e["instrument"][k]["data" if k in ("diode", "counts") else "value"] == m[k]
        for k, v in x["targets"].items():
            at = e["instrument"][k]["target_value"]
            assert at.attrs["units"] == "mm" and np.array_equal(at[()], floats(v), equal_nan=True), k
            assert e["instrument/positioners"][k] == m[k]
        for k, v in x["arrays"].items():
            assert m[k].shape == (x["points"],) + tuple(x["shapes"][k])
            assert np.array_equal(m[k][()].reshape(-1), floats(v).reshape(-1)), k
            assert m[k].compression == ("gzip" if k != "small" else None)
        assert m["diode"].attrs["units"] == "µA" and m["elapsed_time"].attrs["units"] == "s"
        assert e["instrument/positioners_start/roby"][()] == -1.25 and e["instrument/positioners_start/roby"].attrs["units"] == "mm"
        if x["mesh"]:
            assert list(e["scan/planned_shape"][()]) == [6, 5] and e["scan/planned_backnforth"][()] == 1
            assert ("shape" in e["scan"]) == ("backnforth" in e["scan"]) == (x["grid"] is not None)
            assert x["grid"] is None or list(e["scan/shape"][()]) == x["grid"]
    if len(expected) > 8:
        n = f["9.1/notes"]
        assert list(n["point"]) == [4, 4, 20] and [w.decode() for w in n["what"]] == ["request", "pause", "resume"]
        assert n["text"][0].decode().startswith("robz to 2 mm, by ålf and more") and n["text"][2] == b"by the prompt"
h5 = silx.io.open(sys.argv[1])
for x in expected:
    e = h5["%d.1" % x["number"]]
    d = nxdata.get_default(e)
    assert d is not None and d.is_valid, (x["title"], d and d.issues)
    assert d.signal_name == "diode" and d.signal.shape == (x["points"],) and d.auxiliary_signals_names == ["counts"]
    if x["mesh"]:
        assert list(d.axes_dataset_names) == x["moving"] and (d.is_scatter or x["points"] == 0), x["title"]
    else:
        assert d.axes_dataset_names == [(x["moving"] + ["elapsed_time"])[0]], d.axes_dataset_names
    if x["values"]["diode"]:
        assert np.array_equal(d.signal[()], floats(x["values"]["diode"]), equal_nan=True)
    for k in x["arrays"]:
        d = nxdata.NXdata(e["plot_" + k])
        assert d.is_valid and d.signal_name == k, d.issues
assert nxdata.get_default(h5).signal_name == "diode"
h5.close()
`

const checkSPEC = `
import silx.io
from silx.io.specfile import SpecFile
expected = json.load(open(sys.argv[2]))
s = SpecFile(sys.argv[1])
assert list(s.keys()) == ["%d.1" % x["number"] for x in expected], list(s.keys())
h5 = silx.io.open(sys.argv[1])
for x in expected:
    scan = s["%d.1" % x["number"]]
    order = x["moving"] + ["elapsed_time", "epoch", "diode", "counts"]
    assert scan.labels == order, scan.labels
    assert scan.scan_header_dict["S"] == "%d  %s" % (x["number"], x["title"]), scan.scan_header_dict["S"]
    assert scan.motor_names == ["robx", "roby", "robz"] + ["m%d" % i for i in range(8)], scan.motor_names
    assert scan.motor_position_by_name("roby") == -1.25
    assert any(x["uid"] in h for h in scan.scan_header) 
    tail = [h for h in scan.scan_header if h.startswith("#C ended")]
    assert tail and x["reason"] in tail[0] and "after %d points" % x["points"] in tail[0], scan.scan_header
    n = x["points"]
    if n:
        for k in order:
            v = np.array([np.inf if y is None else y for y in x["values"][k]], dtype=float)
            got = scan.data_column_by_name(k)
            assert len(got) == n and np.allclose(got, v, rtol=1e-12, atol=0), (k, got, v)
    a = x["arrays"]
    one = [k for k in a if len(x["shapes"][k]) == 1]
    if one:
        assert len(scan.mca) == n * len(one), len(scan.mca)
        for i in range(n):
            for j, k in enumerate(one):
                assert np.array_equal(scan.mca[i * len(one) + j], a[k][i])
    g = h5["%d.1" % x["number"]]
    assert g["title"][()] is not None
    if n:
        assert len(g["measurement/diode"]) == n
`

const checkCSV = `
import csv
x = json.load(open(sys.argv[2]))[0]
lines = open(sys.argv[1]).read().splitlines()
rows = list(csv.reader(l for l in lines if not l.startswith("#")))
names = [r.split("[")[0] for r in rows[0]]
assert names == [c for c in x["columns"] if c in x["values"]] and "diode[µA]" in rows[0], rows[0]
assert len(rows) - 1 == x["points"], (len(rows), x["points"])
for i, k in enumerate(names):
    got = np.array([float(r[i]) for r in rows[1:]])
    assert np.array_equal(got, np.array(x["values"][k], dtype=float), equal_nan=True), k
assert lines[-1].startswith("# ended: ") and x["reason"] in lines[-1], lines[-1]
assert sum(l.startswith("# after") for l in lines) == x["notes"]
d = json.load(open(sys.argv[1][:-4] + ".json"))
assert d["uid"] == x["uid"] and d["taken"] == x["points"] and d["outcome"]
if x["points"] > 1:
    assert np.genfromtxt(sys.argv[1], delimiter=",", skip_header=[l.startswith("#") for l in lines].index(False) + 1, comments="#").shape[0] == x["points"]
`

var checks = map[string]string{"hdf5": checkNexus, "spec": checkSPEC, "csv": checkCSV}

func TestOtherProgramsReadEveryKindOfScan(t *testing.T) {
	needsSilx(t)
	for _, f := range Formats {
		t.Run(f.Name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "data"+f.Extension)
			for i, w := range samples() {
				if f.PerScan {
					path = filepath.Join(t.TempDir(), "data"+f.Extension)
				}
				o, err := f.Open(path, w.scan)
				must(t, err)
				must(t, w.write(o, 1+i*3))
				must(t, o.Close())
				if f.PerScan {
					inPython(t, checks[f.Name], path, expect(t, []sample{w}))
				}
			}
			if !f.PerScan {
				inPython(t, checks[f.Name], path, expect(t, samples()))
			}
			if f.Name == "hdf5" {
				debian(t, path)
			}
		})
	}
}

// debian lets the programs of Debian's hdf5-tools read all of a file.
func debian(t *testing.T, path string) {
	packed := filepath.Join(t.TempDir(), "packed.h5")
	for _, c := range [][]string{{"h5dump", path}, {"h5repack", path, packed}, {"h5diff", path, packed}} {
		if _, err := exec.LookPath(c[0]); err != nil {
			t.Skip("no " + c[0] + ": apt-get install hdf5-tools")
		}
		if out, err := exec.Command(c[0], c[1:]...).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%.2000s", c[0], err, out)
		}
	}
}

// TestInterruptedAnywhereItGoesOn cuts text files off at any byte, and leaves HDF5
// files unclosed, as a kill does; opened again, the file is as if nothing had been.
func TestInterruptedAnywhereItGoesOn(t *testing.T) {
	needsSilx(t)
	rng := rand.New(rand.NewPCG(soak.Seed(t), 1))
	for _, f := range Formats {
		t.Run(f.Name, func(t *testing.T) {
			for range soak.Count(2, 100) {
				all := samples()
				path := filepath.Join(t.TempDir(), "data"+f.Extension)
				w := all[6+2*rng.IntN(2)] // with arrays, with notes
				if !f.PerScan {
					o, err := f.Open(path, all[0].scan)
					must(t, err)
					must(t, all[0].write(o, 50))
					must(t, o.Close())
				}
				before, _ := os.ReadFile(path)
				for k := 1; k < 4; k++ { // interrupted three times
					part := w
					part.points = w.points * k / 4
					o, err := f.Open(path, w.scan)
					must(t, err)
					must(t, part.interrupted(o))
					abandon(o)
					text, err := os.ReadFile(path)
					must(t, err)
					if f.Name != "hdf5" {
						cut := len(before) + rng.IntN(len(text)-len(before)+1)
						must(t, os.Truncate(path, int64(cut)))
					}
				}
				o, err := f.Open(path, w.scan)
				must(t, err)
				must(t, w.write(o, 4))
				must(t, o.Close())
				want := []sample{w}
				if !f.PerScan {
					want = []sample{all[0], w}
				}
				inPython(t, checks[f.Name], path, expect(t, want))
				checkEnded(t, f, path, w)
			}
		})
	}
}

// checkEnded opens a file whose scan is complete: nothing is added any more.
func checkEnded(t *testing.T, f Format, path string, w sample) {
	before, err := os.ReadFile(path)
	must(t, err)
	o, err := f.Open(path, w.scan)
	must(t, err)
	if !o.Ended() || o.Rows() != w.points || o.Notes() != len(w.notes) {
		t.Errorf("%s: ended %v with %d points and %d notes", f.Name, o.Ended(), o.Rows(), o.Notes())
	}
	must(t, w.write(o, 4))
	must(t, o.Close())
	if after, _ := os.ReadFile(path); string(after) != string(before) {
		t.Errorf("%s: a complete file was changed", f.Name)
	}
}

// interrupted writes points and notes, but no end.
func (w sample) interrupted(o Output) error {
	w.outcome = ""
	end := &endless{o}
	return w.write(end, 3)
}

type endless struct{ Output }

func (endless) End(*data.Scan) error { return nil }

// abandon leaves a file as a kill does: nothing is cut off or completed.
func abandon(o Output) {
	switch o := o.(type) {
	case *nexus:
		o.disk.Close()
	default:
		o.Close()
	}
}

// TestTheSameNumberAgain writes two scans of one number into a folder, as after the
// numbers were reset: neither is overwritten, and silx finds both.
func TestTheSameNumberAgain(t *testing.T) {
	needsSilx(t)
	dir := t.TempDir()
	first, second := samples()[5], samples()[5]
	again := *second.scan
	again.UID, again.Title = "another", "ct 0.02"
	second.scan = &again
	for range 2 { // the second time they are there
		for _, w := range []sample{first, second} {
			for _, f := range Formats {
				o, err := f.Open(filepath.Join(dir, "data"+f.Extension), w.scan)
				must(t, err)
				must(t, w.write(o, 1))
				must(t, o.Close())
			}
		}
	}
	inPython(t, `
import os, h5py, silx.io
from silx.io import nxdata
from silx.io.specfile import SpecFile
f = h5py.File(sys.argv[1] + "/data.h5", "r")
assert f["6.1/entry_identifier"].asstr()[()] == "uid-6-ct" and f["6.2/entry_identifier"].asstr()[()] == "another" and f.attrs["default"] == "6.2"
f.close()
titles = ["ct 0.01", "ct 0.02"]
h5, spec, text = silx.io.open(sys.argv[1] + "/data.h5"), SpecFile(sys.argv[1] + "/data.spec"), silx.io.open(sys.argv[1] + "/data.spec")
assert list(h5) == list(text) == spec.keys() == ["6.1", "6.2"], (list(h5), list(text), spec.keys())
for name, title in zip(["6.1", "6.2"], titles):
    assert h5[name + "/title"].asstr()[()] == title and spec[name].scan_header_dict["S"] == "6  " + title and title in text[name + "/title"][()]
    d = nxdata.get_default(h5[name])
    assert d.is_valid, d.issues
    assert np.allclose(d.signal[()], spec[name].data_column_by_name("diode")) and np.allclose(d.signal[()], text[name + "/measurement/diode"][()]), (d.signal[()], spec[name].data_column_by_name("diode"), text[name + "/measurement/diode"][()])
csv = [open(sys.argv[1] + "/" + n).read() for n in ("data.csv", "data_2.csv")]
assert [("# title: " + x) in c for x, c in zip(titles, csv)] == [True, True], csv
assert sorted(os.listdir(sys.argv[1])) == ["data.csv", "data.h5", "data.json", "data.spec", "data_2.csv", "data_2.json"], os.listdir(sys.argv[1])
assert [json.load(open(sys.argv[1] + "/" + n))["uid"] for n in ("data.json", "data_2.json")] == ["uid-6-ct", "another"]`, dir)
}

func TestFilesOfOthersAreRefused(t *testing.T) {
	for _, f := range Formats {
		path := filepath.Join(t.TempDir(), "data"+f.Extension)
		theirs := "a letter to a friend, of some length, that has nothing to do with scans and is longer than a superblock\n"
		must(t, os.WriteFile(path, []byte(theirs), 0o644))
		if o, err := f.Open(path, samples()[0].scan); err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, %v", f.Name, o, err)
		}
		if after, _ := os.ReadFile(path); string(after) != theirs {
			t.Errorf("%s: the file was changed", f.Name)
		}
	}
}

// fullDisk has no space for some time.
type fullDisk struct {
	disk
	left *int
}

var errFull = errors.New("no space left on device")

func (d fullDisk) WriteAt(b []byte, at int64) (int, error) {
	n := min(len(b), *d.left)
	*d.left -= n
	if written, err := d.disk.WriteAt(b[:n], at); err != nil {
		return written, err
	}
	if n < len(b) {
		return n, errFull
	}
	return n, nil
}

func TestAFullDiskLeavesWholeLines(t *testing.T) {
	needsSilx(t)
	rng := rand.New(rand.NewPCG(soak.Seed(t), 2))
	w := samples()[6]
	for range soak.Count(6, 200) {
		path := filepath.Join(t.TempDir(), "data.spec")
		left := rng.IntN(15000)
		for {
			o, err := openSPEC(path, w.scan)
			must(t, err)
			l := o.(*spec).lines
			l.f = fullDisk{l.f, &left}
			err = w.write(o, 2)
			must(t, o.Close())
			if err == nil {
				break
			}
			if !errors.Is(err, errFull) {
				t.Fatal(err)
			}
			text, _ := os.ReadFile(path)
			if len(text) > 0 && text[len(text)-1] != '\n' {
				t.Fatalf("half a line was left: %q", text[max(0, len(text)-50):])
			}
			left = 2000 + rng.IntN(15000)
		}
		inPython(t, checkSPEC, path, expect(t, []sample{w}))
	}
}

func TestFormatsByName(t *testing.T) {
	list, err := Named("spec, hdf5")
	if err != nil || fmt.Sprint(list[0].Name, list[1].Name) != "spechdf5" {
		t.Errorf("%v, %v", list, err)
	}
	if _, err := Named("spec,xls"); err == nil || !strings.Contains(err.Error(), `format "xls"`) {
		t.Error(err)
	}
}
