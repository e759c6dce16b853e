package hdf5

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"blissh/internal/soak"
)

// TestMain is also the process that is killed: it writes the file that its
// environment names and says which rows are acknowledged.
func TestMain(m *testing.M) {
	path := os.Getenv("HDF5_TEST_WRITE")
	if path == "" {
		os.Exit(m.Run())
	}
	if err := keepWriting(path); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// keepWriting goes on with entry 1.1 of a file, which it makes first, without
// end.
func keepWriting(path string) error {
	d, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	var table *Table
	if info, _ := d.Stat(); info.Size() == 0 {
		f, err := Create(Disk{d})
		if err != nil {
			return err
		}
		var g *Group
		g, table = everything(f)
		if err := f.Add("/1.1", g); err != nil {
			return err
		}
	} else {
		f, err := Open(Disk{d})
		if err != nil {
			return err
		}
		if table, err = f.OpenTable(paths()...); err != nil {
			return err
		}
	}
	rng := rand.New(rand.NewPCG(uint64(os.Getpid()), 3))
	return fill(table, rng, 1<<30, func(n int) { fmt.Println(n) })
}

// writer is a process that writes a file.
type writer struct {
	cmd   *exec.Cmd
	lines *bufio.Scanner
	acked int
}

func startWriter(t *testing.T, path string) *writer {
	t.Helper()
	w := &writer{cmd: exec.Command(os.Args[0])}
	w.cmd.Env = append(os.Environ(), "HDF5_TEST_WRITE="+path)
	out, err := w.cmd.StdoutPipe()
	must(t, err)
	must(t, w.cmd.Start())
	t.Cleanup(func() { w.cmd.Process.Kill(); w.cmd.Wait() })
	w.lines = bufio.NewScanner(out)
	w.next(t)
	return w
}

// next waits for a row to be acknowledged.
func (w *writer) next(t *testing.T) bool {
	if !w.lines.Scan() {
		return false
	}
	n, err := strconv.Atoi(w.lines.Text())
	if err != nil {
		t.Fatal(w.lines.Text())
	}
	w.acked = n
	return true
}

// kill kills the process and returns the rows that it has acknowledged.
func (w *writer) kill(t *testing.T) int {
	must(t, w.cmd.Process.Kill())
	for w.next(t) {
	}
	w.cmd.Wait()
	return w.acked
}

// TestKilledAtRandomMoments kills the writer; h5py then finds every acknowledged
// row, and the next writer goes on in the same file.
func TestKilledAtRandomMoments(t *testing.T) {
	needs(t)
	rng := rand.New(rand.NewPCG(soak.Seed(t), 4))
	const rounds = 5 // in one file, which grows by then
	for range soak.Count(2, 60) {
		path := filepath.Join(t.TempDir(), "killed.h5")
		for range rounds {
			w := startWriter(t, path)
			for range rng.IntN(40) {
				w.next(t)
			}
			time.Sleep(time.Duration(rng.IntN(3000)) * time.Microsecond)
			acked := w.kill(t)
			h5py(t, path, "r", checkRows+fmt.Sprintf(`check(f["1.1/measurement"], %d)`, acked))
		}
		run(t, "h5dump", "-H", path)
	}
}

// TestReadersAtAnyMoment opens the file again and again in a plain reader, while
// it grows.
func TestReadersAtAnyMoment(t *testing.T) {
	needs(t)
	opens := soak.Count(300, 3000)
	path := filepath.Join(t.TempDir(), "live.h5")
	w := startWriter(t, path)
	read := make(chan string, 1)
	go func() {
		cmd := exec.Command(python, "-c", "import sys, h5py, numpy as np\n"+checkLive, path, fmt.Sprint(opens))
		out, err := cmd.CombinedOutput()
		read <- fmt.Sprint(string(out), err)
	}()
	for {
		select {
		case out := <-read:
			if !strings.HasSuffix(out, "<nil>") {
				t.Fatal(out)
			}
			w.next(t)
			t.Logf("%s, at the end %d rows", strings.TrimSuffix(out, "\n<nil>"), w.acked)
			w.kill(t)
			return
		default:
			w.next(t) // and the writer goes on when its line has been read
		}
	}
}

// checkLive compares what is there in each column; between two of them, more rows
// may have come.
const checkLive = `
grown, last = 0, -1
for i in range(int(sys.argv[2])):
    with h5py.File(sys.argv[1], "r") as f:
        m = f["1.1/measurement"]
        n = m["x"].shape[0]
        assert n >= last, (n, last)
        first = max(0, n - 300)
        k = np.arange(first, n)
        assert np.array_equal(m["x"][first:n], k * 0.5)
        assert np.array_equal(m["n"][first:n], -k)
        assert np.array_equal(m["mca"][first:n], (k[:, None] * 16 + np.arange(16)))
        j = np.arange(120)
        assert np.array_equal(m["image"][first:n].reshape(n - first, 120), (k[:, None] + j * j * 7919 * (k[:, None] % 3)) & 0xffff)
        grown += n > last
        last = n
print("%s opens, %d of them saw more than the one before, the last %d rows" % (sys.argv[2], grown, last))
assert grown > 10
`
