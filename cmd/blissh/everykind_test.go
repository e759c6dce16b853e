package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"blissh/data"
	"blissh/data/store"
)

// kindsFolder is the folder with a session, its scans, and the programs that read them.
const kindsFolder = "testdata/everykind"

// stored is a scan as the stream has it; numbers are text, for some are NaN.
type stored struct {
	Name    string              `json:"name"` // "12.1"
	Scan    *data.Scan          `json:"scan"`
	Reason  string              `json:"reason"`
	Columns map[string][]string `json:"columns"` // values of each data channel, arrays one after the other
	Shapes  map[string][]int    `json:"shapes"`
	Notes   int                 `json:"notes"`
}

// TestEveryKindOfScanInOtherPrograms lets the shell take scans of every kind and the
// writer write them; then silx, h5py, PyMca and the programs of HDF5 read the files, and
// find what the stream has.
func TestEveryKindOfScanInOtherPrograms(t *testing.T) {
	t.Parallel()
	needModules(t, "silx.io", "python3-silx")
	needModules(t, "h5py", "python3-h5py")
	needModules(t, "PyMca5.PyMca", "python3-pymca5")
	for _, program := range []string{"h5dump", "h5repack", "h5diff"} {
		needProgram(t, program, "hdf5-tools")
	}
	p := newPlace(t)
	root := filepath.Join(p.dir, "files")
	w := p.start("write", "every_kind", "--root", root, "--template", "", "--format", "spec,csv,hdf5")
	w.see("^writes spec,csv,hdf5 of every_kind")
	scans, err := os.Open(filepath.Join(kindsFolder, "scans.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer scans.Close()
	sh := p.command("--config", filepath.Join("cmd", "blissh", kindsFolder, "session.yml"))
	sh.Stdin = scans
	if out, err := sh.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	list := p.stored("every_kind")
	expected := filepath.Join(p.dir, "expected.json")
	b, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	write(t, expected, string(b))
	for _, program := range []string{"check_silx.py", "check_text.py", "check_pymca.py"} {
		c := exec.Command(debianPython, "-W", "ignore", filepath.Join(kindsFolder, program), root, expected)
		c.Env = append(p.env, "QT_QPA_PLATFORM=offscreen", "HOME="+p.dir)
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", program, err, out)
		}
	}
	h5, packed := filepath.Join(root, "every_kind.h5"), filepath.Join(p.dir, "packed.h5")
	for _, c := range [][]string{{"h5dump", h5}, {"h5repack", h5, packed}, {"h5diff", h5, packed}} {
		if out, err := exec.Command(c[0], c[1:]...).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%.2000s", c[0], err, out)
		}
	}
	for _, f := range []string{h5, packed, filepath.Join(root, "every_kind.spec")} {
		if out, err := p.command("verify", f).CombinedOutput(); err != nil {
			t.Errorf("verify: %v\n%s", err, out)
		}
	}
}

// stored reads the scans that are to be in files, when the writer has written all.
func (p *place) stored(session string) (list []stored) {
	db, err := store.Open(p.t.Context(), p.storeURL())
	if err != nil {
		p.t.Fatal(err)
	}
	defer db.Close()
	scans, err := db.Scans(p.t.Context(), session)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, s := range scans {
		if s.Save {
			p.written(db, s)
			list = append(list, p.storedScan(db, s))
		}
	}
	return list
}

// written waits until a scan is complete in files.
func (p *place) written(db *store.DB, s *data.Scan) {
	var v store.Saved
	for end := time.Now().Add(testPatience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		var err error
		if v, err = db.Saved(p.t.Context(), s.Session, s.UID); err != nil && !errors.Is(err, store.ErrNotFound) {
			p.t.Fatal(err)
		}
		if v.Complete {
			return
		}
	}
	p.t.Fatalf("scan %d is not complete in files: %+v", s.Number, v)
}

func (p *place) storedScan(db *store.DB, s *data.Scan) stored {
	x := stored{Name: fmt.Sprintf("%d.1", s.Number), Scan: s, Reason: string(s.Outcome), Columns: map[string][]string{}, Shapes: map[string][]int{}}
	if s.Reason != "" {
		x.Reason += ": " + s.Reason
	}
	r, err := db.Follow(p.t.Context(), s.Session, store.FollowOptions{Scan: s.UID})
	if err != nil {
		p.t.Fatal(err)
	}
	defer r.Close()
	for _, c := range s.Channels {
		x.Columns[c.Name], x.Shapes[c.Name] = []string{}, append([]int{}, c.Shape...)
	}
	for {
		e, err := r.Next(p.t.Context())
		if err != nil {
			p.t.Fatal(err)
		}
		switch e := e.(type) {
		case *data.NewData:
			x.add(e)
		case *data.Steering:
			x.Notes++
		case *data.EndScan:
			return x
		}
	}
}

// add takes the values of a data channel.
func (x *stored) add(e *data.NewData) {
	values := e.Values
	for _, a := range e.Arrays {
		list, _ := a.Floats()
		values = append(values, list...)
	}
	for _, v := range values {
		x.Columns[e.Node.Name] = append(x.Columns[e.Node.Name], strconv.FormatFloat(v, 'g', -1, 64))
	}
}

// needModules skips a test on a machine without a module of Debian's Python.
func needModules(t testing.TB, module, pkg string) {
	t.Helper()
	if out, err := exec.Command(debianPython, "-c", "import "+module).CombinedOutput(); err != nil {
		t.Skipf("no %s: apt-get install %s\n%s", module, pkg, out)
	}
}
