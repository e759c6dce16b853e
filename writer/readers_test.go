package writer

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"blissh/data"
	"blissh/internal/soak"
)

// TestPlainReadersWhileScansAreWritten opens the files again and again in h5py and
// silx, as a user does, with locks as the library takes them, while a writer in a
// process of its own adds points and scans.
func TestPlainReadersWhileScansAreWritten(t *testing.T) {
	needsSilx(t)
	rng := rand.New(rand.NewPCG(soak.Seed(t), 4))
	l := newLine(t)
	l.process()
	first := l.begin()
	first.take(3)
	eventually(t, "the first points are in files", func() bool { return l.saved(first.scan).Points == 3 })
	opens := fmt.Sprint(soak.Count(80, 1500))
	read := make(chan string, 1)
	go func() {
		cmd := exec.Command(python, "-W", "ignore", "-c", openAgain, filepath.Join(l.root, "demo_session"), opens)
		out, err := cmd.CombinedOutput()
		read <- fmt.Sprint(string(out), err)
	}()
	for r := first; ; {
		select {
		case out := <-read:
			if !strings.HasSuffix(out, "<nil>") {
				t.Fatal(out)
			}
			t.Log(strings.TrimSuffix(out, "\n<nil>"))
			r.end(data.Done, "")
			l.complete(r.scan)
			l.check()
			return
		default:
		}
		r.take(1 + rng.IntN(4))
		time.Sleep(time.Duration(rng.IntN(4000)) * time.Microsecond)
		if r.n > 100 {
			r.end(data.Done, "")
			r = l.begin()
		}
	}
}

// openAgain compares all that is there with what the scans say; a scan has robz in
// steps of 0.1 and squares as counts. From one data set to the next more points may
// come: then silx has nothing to plot, and the file is opened once more.
const openAgain = `
import os, sys, h5py, numpy as np, silx.io
from silx.io import nxdata
from silx.io.specfile import SpecFile
assert "HDF5_USE_FILE_LOCKING" not in os.environ
folder, opens = sys.argv[1], int(sys.argv[2])
path, spec = folder + "/demo_session.h5", folder + "/demo_session.spec"
plots = 0
seen, last = set(), 0
def check(m):
    n = len(m["robz"])
    i = np.arange(n)
    assert np.allclose(m["robz"][()], i * 0.1, rtol=1e-14) and np.array_equal(m["counts"][:n], i * i)
    assert np.array_equal(m["mca"][:n], (i[:, None] * 31 + np.arange(8)) % 997)
    assert np.array_equal(m["camera"][:n].reshape(n, 640), (i[:, None] * 31 + np.arange(640)) % 997)
    return n
for k in range(opens):
    if k % 2:
        with h5py.File(path, "r") as f:
            assert f.attrs["default"] in f, (f.attrs["default"], list(f))
            assert len(f) >= last
            last, name = len(f), f.attrs["default"]
            n = check(f[name]["measurement"])
            if last > 1:
                check(f["%d.1" % (last - 1)]["measurement"])
    else:
        with silx.io.open(path) as f:
            name, d = f.attrs["default"], nxdata.get_default(f)
            n = len(f[name]["plot/counts"])
            if d is not None:
                assert d.is_valid and d.signal_name == "counts" and list(d.axes_dataset_names) == ["robz"], d.issues
                plots += 1
    seen.add((name, n))
    s = SpecFile(spec)
    scan = s[len(s) - 1]
    if len(scan.labels) and scan.data.size:
        i = np.arange(len(scan.data_column_by_name("robz")))
        assert np.array_equal(scan.data_column_by_name("counts"), i * i)
print("%d opens, %d scans, %d different states, %d of %d plots" % (opens, last, len(seen), plots, (opens + 1) // 2))
assert len(seen) > opens / 10, seen
`
