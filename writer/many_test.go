package writer

import (
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"blissh/data"
	"blissh/internal/soak"
)

const checkMany = `
import sys, h5py, numpy as np
with h5py.File(sys.argv[1], "r") as f:
    n = int(sys.argv[2])
    assert sorted(f, key=float) == ["%d.1" % i for i in range(1, n + 1)], len(f)
    for name in f:
        assert np.array_equal(f[name]["measurement/robz"], np.arange(3) * 0.1) and "end_time" in f[name], name
`

// TestManyShortScans come one after the other, faster than they are written.
func TestManyShortScans(t *testing.T) {
	needsSilx(t)
	l := newLine(t)
	stop := l.writing(func(string) {})
	n := soak.Count(20, 1000)
	start := time.Now()
	for range n {
		r := l.begin()
		r.take(3)
		r.end(data.Done, "")
	}
	for i, s := range l.scans {
		l.complete(s)
		if i == n/10 || i == n-1 {
			t.Logf("%d scans are in files after %v", i+1, time.Since(start).Round(time.Millisecond))
		}
	}
	stop()
	l.python(checkMany, filepath.Join(l.root, "demo_session", "demo_session.h5"), strconv.Itoa(n))
}
