package file

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"blissh/data"
	"blissh/internal/soak"
)

// finished writes samples into a file, one after the other.
func finished(t testing.TB, f Format, path string, list ...sample) {
	t.Helper()
	for _, w := range list {
		o, err := f.Open(path, w.scan)
		must(t, err)
		must(t, w.write(o, 5))
		must(t, o.Close())
	}
}

// edits are what other programs do to a finished file, in Python; f is open for
// writing, path is the file.
var edits = map[string]string{
	"attributes":          `f["1.1"].attrs["comment"] = "ålf's"; f["1.1/measurement/diode"].attrs["scale"] = [1.5, 2]; f.attrs["beamline"] = "x"`,
	"many attributes":     `[f["1.1"].attrs.create("a%d" % i, "text %d" % i) for i in range(60)]; [f.attrs.create("a%d" % i, i) for i in range(60)]`,
	"a group":             `f.create_group("analysis/of/mine")["fit"] = np.arange(1000.0)`,
	"many groups":         `[f.create_group("group_%d" % i) for i in range(300)]`,
	"into an entry":       `f["1.1"].create_group("analysis")["fit"] = 2.5; f["1.1/measurement/normalized"] = np.arange(201.0)`,
	"more points":         `d = f["1.1/measurement/diode"]; d.resize((205,)); d[201:] = 7`,
	"another value":       `f["1.1/measurement/diode"][5] = 1e6; f["2.1/title"][()] = "another title"`,
	"a data set deleted":  `del f["1.1/measurement/diode"], f["1.1/instrument/diode"], f["1.1/plot/diode"]`,
	"an entry deleted":    `del f["1.1"]`,
	"an entry renamed":    `f.move("1.1", "my scan")`,
	"another default":     `f.attrs["default"] = "1.1"`,
	"no default":          `del f.attrs["default"]`,
	"a number as default": `f.attrs["default"] = 7`,
	"links":               `f["newest"] = h5py.SoftLink("/2.1"); f["elsewhere"] = h5py.ExternalLink("other.h5", "/x"); f["hard"] = f["1.1"]`,
	"all deleted":         `[f.__delitem__(k) for k in list(f)]`,
	"compressed":          `f.create_dataset("1.1/stack", data=np.zeros((50, 100)), chunks=(10, 100), compression="gzip")`,
	"repacked":            `f.close(); import subprocess; subprocess.check_call(["h5repack", path, path + ".new"]); os.replace(path + ".new", path)`,
	"repacked in chunks":  `f.close(); import subprocess; subprocess.check_call(["h5repack", "-f", "GZIP=1", path, path + ".new"]); os.replace(path + ".new", path)`,
	"copied by h5py": `
g = h5py.File(path + ".new", "w")
[f.copy(f[k], g) for k in f]
for k, v in f.attrs.items(): g.attrs[k] = v
g.close(); f.close(); os.replace(path + ".new", path)`,
}

const editing = `
import os, hashlib, h5py
path, saved, edit = sys.argv[1:4]
def all_of(path):
    known = {}
    with h5py.File(path, "r") as f:
        def look(name, o):
            what = [type(o).__name__, sorted((k, repr(v)) for k, v in o.attrs.items() if not (name == "/" and k == "default"))]
            if isinstance(o, h5py.Dataset):
                what += [str(o.dtype), o.shape, hashlib.md5(o[()].tobytes()).hexdigest() if o.dtype != object else repr(o[()])]
            known[name] = repr(what)
        look("/", f["/"])
        f.visititems(look)
        for k in f:
            known["link " + k] = repr(f.get(k, getlink=True).__dict__)
    return known
`

// TestOthersEditAFinishedFile edits a file with two scans in h5py and h5repack; the
// next scan goes into it and touches nothing that is there.
func TestOthersEditAFinishedFile(t *testing.T) {
	needsSilx(t)
	if _, err := exec.LookPath("h5repack"); err != nil {
		t.Skip("no h5repack: apt-get install hdf5-tools")
	}
	f, all := Formats[2], samples()
	dir := t.TempDir()
	var names []string
	start := filepath.Join(dir, "start.h5")
	finished(t, f, start, all[0], all[1])
	whole, err := os.ReadFile(start)
	must(t, err)
	for name, edit := range edits {
		names = append(names, name)
		must(t, os.WriteFile(filepath.Join(dir, name+".h5"), whole, 0o644))
		must(t, os.WriteFile(filepath.Join(dir, name+".py"), []byte(edit), 0o644))
	}
	inPython(t, editing+`
for name in edit.split(","):
    path = os.path.join(sys.argv[1], name + ".h5")
    f = h5py.File(path, "r+")
    exec(open(os.path.join(sys.argv[1], name + ".py")).read())
    f.close()
    json.dump(all_of(path), open(os.path.join(saved, name + ".json"), "w"))
`, dir, dir, strings.Join(names, ","))
	for _, name := range names {
		finished(t, f, filepath.Join(dir, name+".h5"), all[8])
	}
	inPython(t, editing+`
import silx.io
from silx.io import nxdata
for name in edit.split(","):
    path = os.path.join(sys.argv[1], name + ".h5")
    before, after = json.load(open(os.path.join(saved, name + ".json"))), all_of(path)
    lost = [k for k in before if before[k] != after.get(k)]
    assert not lost, (name, lost[0], before[lost[0]], after.get(lost[0]))
    with silx.io.open(path) as f:
        assert f.attrs["default"] == "9.1", (name, f.attrs["default"])
        assert nxdata.get_default(f).is_valid and len(f["9.1/measurement/diode"]) == 25, name
`, dir, dir, strings.Join(names, ","))
	for i, name := range names {
		if soak.Full() || i < 1 { // others each time: names come in any order
			debian(t, filepath.Join(dir, name+".h5"))
		}
		if list, err := Look(filepath.Join(dir, name+".h5")); err != nil || len(list) < 1 || list[len(list)-1].Broken != nil {
			t.Errorf("%s: %d scans, %v", name, len(list), err)
		}
	}
}

// TestATextEditorChangesAFinishedFile appends to a SPEC file what people append.
func TestATextEditorChangesAFinishedFile(t *testing.T) {
	needsSilx(t)
	f, all, dir := Formats[0], samples(), t.TempDir()
	for name, c := range map[string]struct{ from, to, tail string }{
		"a remark":                {tail: "#C the beam was lost here\n"},
		"a remark without an end": {tail: "#C the beam was lost here"},
		"a long line":             {tail: "#C " + strings.Repeat("and so on ", 500)},
		"blank lines":             {tail: "\n\n\n"},
		"a scan of SPEC":          {tail: "\n#S 77  ascan th 0 1 1 1\n#D Sat Nov 28 12:00:00 2026\n#N 2\n#L th  det\n0 1\n1 2\n"},
		"the header of a scan":    {tail: "\n#S 77  ascan th 0 1 1 1\n#D Sat Nov 28 12:00:00 2026\n"},
		"another title":           {from: "ascan robz -1 1 200 0.01", to: "ascan of gold"},
		"ends of lines":           {from: "\n", to: "\r\n"},
	} {
		path := filepath.Join(dir, name+".spec")
		finished(t, f, path, all[0])
		text, err := os.ReadFile(path)
		must(t, err)
		edited := string(text) + c.tail
		if c.from != "" {
			edited = strings.ReplaceAll(edited, c.from, c.to)
		}
		must(t, os.WriteFile(path, []byte(edited), 0o644))
		finished(t, f, path, all[1], all[0]) // the second is there, and ended
		after, err := os.ReadFile(path)
		must(t, err)
		if !strings.HasPrefix(string(after), edited) {
			t.Errorf("%s: what was there was changed: %q became %q", name, edited[len(edited)-60:], after[len(edited)-60:])
		}
	}
	inPython(t, `
import os
from silx.io.specfile import SpecFile
for name in os.listdir(sys.argv[1]):
    s = SpecFile(os.path.join(sys.argv[1], name))
    assert len(s["2.1"].data_column_by_name("diode")) == 51 and s.keys().count("2.1") == 1, (name, s.keys())
    assert name in ("the header of a scan.spec", "ends of lines.spec") or len(s["1.1"].data_column_by_name("diode")) == 201, name
    assert name != "a scan of SPEC.spec" or list(s["77.1"].data_column_by_name("det")) == [1, 2]`, dir)
}

// TestWhatIsNotAFileOfScansIsRefused gives each format a folder, a file without
// permission and files of other kinds: one line says what is wrong, and nothing changes.
func TestWhatIsNotAFileOfScansIsRefused(t *testing.T) {
	letter := "dear friend, this has no end of a line"
	for _, f := range Formats {
		for name, text := range map[string]string{"a letter": letter, "a long letter": strings.Repeat(letter+"\n", 100), "zeros": string(make([]byte, 5000))} {
			path := filepath.Join(t.TempDir(), "data"+f.Extension)
			must(t, os.WriteFile(path, []byte(text), 0o644))
			o, err := f.Open(path, samples()[0].scan)
			refused(t, f.Name+", "+name, path, o, err)
			if after, _ := os.ReadFile(path); string(after) != text {
				t.Errorf("%s, %s: the file was changed", f.Name, name)
			}
		}
		folder := filepath.Join(t.TempDir(), "data"+f.Extension)
		must(t, os.Mkdir(folder, 0o755))
		o, err := f.Open(folder, samples()[0].scan)
		refused(t, f.Name+", a folder", folder, o, err)
		path := filepath.Join(t.TempDir(), "none", "data"+f.Extension)
		o, err = f.Open(path, samples()[0].scan)
		refused(t, f.Name+", no folder", filepath.Dir(path), o, err)
		if os.Geteuid() == 0 {
			continue // may write anywhere
		}
		path = filepath.Join(t.TempDir(), "data"+f.Extension)
		finished(t, f, path, samples()[0])
		must(t, os.Chmod(path, 0o400))
		o, err = f.Open(path, samples()[1].scan)
		refused(t, f.Name+", no permission", path, o, err)
	}
}

// refused checks that a file was refused in one line that names it.
func refused(t testing.TB, what, path string, o Output, err error) {
	t.Helper()
	if err == nil {
		o.Close()
		t.Errorf("%s: accepted", what)
	} else if strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), path) {
		t.Errorf("%s: %q", what, err)
	}
}

// TestAHeaderThatWasCutAnywhere cuts the header of a scan off at each byte, behind
// another scan and in a file that was new; when it is written again, more is known
// about the scan. What was there stays, and the scan is there once.
func TestAHeaderThatWasCutAnywhere(t *testing.T) {
	all := samples()
	first, w := all[5], all[0]
	more := *w.scan
	more.Hooks = []data.Hook{{Name: "Guard", File: "guard.go"}}
	for _, before := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "data.spec")
		if before {
			finished(t, Formats[0], path, first)
		}
		old, _ := os.ReadFile(path)
		o, err := openSPEC(path, w.scan)
		must(t, err)
		must(t, o.Close())
		header, err := os.ReadFile(path)
		must(t, err)
		for n := len(old); n <= len(header); n++ {
			must(t, os.WriteFile(path, header[:n], 0o644))
			o, err := openSPEC(path, &more)
			must(t, err)
			if o.Rows() != 0 || o.Ended() {
				t.Fatalf("cut at byte %d: %d points", n, o.Rows())
			}
			must(t, o.Points(block(&more, 0, 2)))
			must(t, o.End(ended(&more, 2, data.Done, "")))
			must(t, o.Close())
			after, err := os.ReadFile(path)
			must(t, err)
			list, err := Look(path)
			if err != nil || !strings.HasPrefix(string(after), string(old)) || len(list) != strings.Count(string(old), "\n#S ")+1 || strings.Count(string(after), "\n#F ")+strings.Count(string(after), "#E ") > 2 {
				t.Fatalf("cut at byte %d: %v\n%s", n, err, after)
			}
			if x := list[len(list)-1]; x.UID != w.scan.UID || x.Points != 2 || !x.Ended || len(x.Columns) != 5 {
				t.Fatalf("cut at byte %d: %+v", n, x)
			}
		}
	}
}
