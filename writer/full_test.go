package writer

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"blissh/data"
	"blissh/internal/soak"
)

// TestAFullDisk fills a small file system while scans are written, at random
// moments; when there is space again, the files become complete by themselves.
// Where none can be mounted, the tests of data/file and internal/hdf5 stand for it,
// which put storage under the same code that is full at any byte.
func TestAFullDisk(t *testing.T) {
	needsSilx(t)
	l := newLine(t)
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", l.root).CombinedOutput(); err != nil {
		t.Logf("no small file system here: %s", out)
		return
	}
	t.Cleanup(func() { exec.Command("umount", "-l", l.root).Run() })
	rng := rand.New(rand.NewPCG(soak.Seed(t), 3))
	stop := l.writing(func(string) {})
	for range soak.Count(3, 60) {
		r := l.begin()
		r.take(rng.IntN(40))
		ballast := filepath.Join(l.root, "ballast")
		fillDisk(t, ballast)
		r.take(60)
		r.end(data.Done, "")
		eventually(t, "the writer says that the disk is full", func() bool {
			v := l.saved(r.scan)
			return strings.Contains(v.Error, "no space left on device") && !v.Complete
		})
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
		l.complete(r.scan)
	}
	stop()
	l.check()
}

// fillDisk writes a file until nothing more fits.
func fillDisk(t *testing.T, path string) {
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 64 << 10; size > 0; {
		if _, err := f.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
}
