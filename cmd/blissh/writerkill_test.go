package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"blissh/data"
	"blissh/data/store"
	"blissh/internal/soak"
)

// savedScan has a spectrum and an image besides the counter.
const savedScan = "s = ascan(robz, 0, .05, 500, .001, sim_ct_gauss, mca, image)"

// wholePoints opens a file that a killed shell has left, while the writer may still
// add to it: each scan has whole points, and none was lost.
const wholePoints = `
import sys, h5py, numpy as np
with h5py.File(sys.argv[1], "r") as f:
    for name in sorted(f, key=float)[-3:]:
        m = f[name]["measurement"]
        n = min(len(m[k]) for k in m)
        assert (np.diff(m["epoch"][:n]) > 0).all() and np.isfinite(m["sim_ct_gauss"][:n]).all(), name
        assert m["mca"][:n].shape == (n, 1024) and m["image"][:n].shape == (n, 64, 64), name
        assert n == 0 or m["image"][n-1:n].max() > 0, name
    print(len(f))
`

// sameAsStream compares with the store's columns, read by another reader.
const sameAsStream = `
import sys, json, h5py, numpy as np
with h5py.File(sys.argv[1], "r") as f:
    expected = json.load(open(sys.argv[2]))
    assert len(f) == len(expected), (list(f), len(expected))
    for number, x in expected.items():
        e = f[number + ".1"]
        assert e["end_reason"].asstr()[()] == x["end"], (number, e["end_reason"].asstr()[()], x["end"])
        for name, values in x["columns"].items():
            assert np.array_equal(e["measurement"][name][()], np.array(values)), (number, name)
        for name in e["measurement"]:
            assert len(e["measurement"][name]) == x["points"] == e["points"][()], (number, name)
`

// TestShellsKilledWhileFilesAreWritten kills the shell in mid-scan, the writer lives.
// Whenever that is, the files open with whole points; the next shell writes the end of
// the scan, and then they equal the stream.
func TestShellsKilledWhileFilesAreWritten(t *testing.T) {
	t.Parallel()
	const python = "/usr/bin/python3" // Debian's, which has Debian's modules
	if exec.Command(python, "-c", "import h5py").Run() != nil {
		t.Skip("no Python with h5py: apt-get install python3-h5py")
	}
	random := rand.New(rand.NewPCG(soak.Seed(t), 10))
	_, url := startRedis(t)
	p := newPlace(t, "BLISSH_STORE="+url)
	w := p.start("write", "demo_session", "--root", p.dir, "--template", "files", "--format", "spec,csv,hdf5")
	w.see("^writes spec,csv,hdf5 of demo_session")
	h5 := filepath.Join(p.dir, "files", "demo_session.h5")
	victims := soak.Count(3, 100)
	for range victims {
		x := p.start()
		x.typeLines(savedScan)
		x.see(`^Scan \d+ `)
		time.Sleep(time.Duration(random.IntN(1500)) * time.Millisecond)
		x.signal(syscall.SIGKILL)
		<-x.done
		if _, err := os.Stat(h5); err != nil {
			continue // the writer has not even begun
		}
		if out, err := exec.Command(python, "-c", wholePoints, h5).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	last := p.start()
	last.typeLines("t = ascan(robz, 0, .02, 2, .001, sim_ct_gauss)", "t.number")
	last.see(fmt.Sprintf(`^Out \[2\]: %d$`, victims+1))
	if status := last.exit(); status != 0 {
		t.Errorf("exit status %d:\n%s", status, last.out.String())
	}
	w.see(fmt.Sprintf("^scan %d: 3 points saved in ", victims+1))
	expected := filepath.Join(p.dir, "expected.json")
	write(t, expected, inStore(t, url, victims))
	if out, err := exec.Command(python, "-c", sameAsStream, h5, expected).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	files, _ := filepath.Glob(filepath.Join(p.dir, "files", "*.[hsc]*"))
	if len(files) != victims+1+2 {
		t.Errorf("%d files for %d scans: %q", len(files), victims+1, files)
	}
	for _, path := range files {
		if out, err := p.command("verify", path).CombinedOutput(); err != nil {
			t.Errorf("verify %s: %v\n%s", path, err, out)
		}
	}
}

// inStore is what the store has of all scans, those of killed shells among them.
func inStore(t *testing.T, url string, victims int) string {
	t.Helper()
	db, err := store.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	scans, err := db.Scans(t.Context(), "demo_session")
	if err != nil {
		t.Fatal(err)
	}
	all, points := map[int]any{}, []int{}
	for _, s := range scans {
		columns, err := db.Columns(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		if s.Number <= victims && s.Outcome == data.Done {
			t.Logf("scan %d had ended when its shell was killed", s.Number)
		}
		end := strings.TrimSuffix(fmt.Sprintf("%s: %s", s.Outcome, s.Reason), ": ")
		all[s.Number] = map[string]any{"columns": columns, "points": s.Taken, "end": end}
		points = append(points, s.Taken)
	}
	t.Logf("points of the scans: %v", points)
	b, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
