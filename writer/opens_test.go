package writer

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"blissh/data"
	"blissh/internal/soak"
)

// checkOpens opens a file as often as it is told, each third time in silx, and looks
// at the newest scans: their rows are whole and what was published.
const checkOpens = `
import sys, os, time, h5py, silx.io, numpy as np
from silx.io import nxdata
path, opens = sys.argv[1], int(sys.argv[2])
while not os.path.exists(path):
    time.sleep(0.01)
def look(f):
    rows = 0
    for name in sorted(f, key=float)[-2:]:
        m = f[name]["measurement"]
        lengths = [len(m[k]) for k in m]
        n = min(lengths) # of a scan that runs, a row may come between two of them
        if "end_time" in f[name]:
            assert {len(m[k]) for k in m} == {f[name]["points"][()]}, lengths
        i = np.arange(n)
        assert np.array_equal(m["robz"][:n], i * 0.1) and np.array_equal(m["counts"][:n], i * i), name
        image = m["camera"][:n].reshape(n, 16 * 40)
        assert np.array_equal(image, (i[:, None] * 31 + np.arange(image.shape[1])) % 997), name
        rows += n
    return rows
seen = set()
for i in range(opens):
    if i % 3:
        with h5py.File(path, "r") as f:
            seen.add((len(f), look(f)))
    else:
        with silx.io.open(path) as f:
            d = nxdata.get_default(f)
            assert d is None or d.is_valid, d.issues
            seen.add((len(f), look(f)))
print("%d opens, %d different states, %d scans" % (opens, len(seen), max(n for n, _ in seen)))
assert len(seen) > opens / 10, seen
`

// TestEveryOpenSucceeds: while scans are written, short ones one after the other and
// long ones, a plain reader opens the file, with the locks of libhdf5 as they are by
// default.
func TestEveryOpenSucceeds(t *testing.T) {
	needsSilx(t)
	rng := rand.New(rand.NewPCG(soak.Seed(t), 5))
	l := newLine(t)
	p := l.process()
	opens := soak.Count(50, 2000)
	read := make(chan string, 1)
	go func() {
		cmd := exec.Command(python, "-W", "ignore", "-c", checkOpens, filepath.Join(l.root, "demo_session", "demo_session.h5"), fmt.Sprint(opens))
		out, err := cmd.CombinedOutput()
		read <- fmt.Sprint(string(out), err)
	}()
	out := ""
	for out == "" {
		r := l.begin()
		for range 1 + rng.IntN(1+rng.IntN(200)) {
			r.take(1)
			time.Sleep(time.Duration(rng.IntN(2000)) * time.Microsecond)
		}
		r.end(data.Done, "")
		l.complete(r.scan)
		select {
		case out = <-read:
		default:
		}
	}
	p.kill()
	if len(out) < 5 || out[len(out)-5:] != "<nil>" {
		t.Fatal(out)
	}
	t.Log(out[:len(out)-6])
	l.check()
}
