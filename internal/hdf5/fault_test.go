package hdf5

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"blissh/internal/soak"
)

// memory is a storage in memory that keeps a record of what was done to it, and
// that is full at some moment: new blocks are refused, old ones may be written. What
// was never written is a hole.
type memory struct {
	b      []byte // up to the last byte that was written
	size   int64  // if there is a hole behind that
	blocks map[int64]bool
	limit  int // blocks; 0: any number
	record []change
}

// change is a write, or a change of length if b is nil.
type change struct {
	at int64
	b  []byte
}

var errFull = errors.New("no space left on device")

func (m *memory) Size() (int64, error) { return max(m.size, int64(len(m.b))), nil }

// nextData knows, as a disk does, that nothing is behind what was written.
func (m *memory) nextData(at int64) int64 {
	if at < int64(len(m.b)) {
		return at
	}
	return 1 << 62
}

func (m *memory) Sync() error { return nil }

func (m *memory) Truncate(size int64) error {
	m.record = append(m.record, change{at: size})
	m.size = size
	if size <= int64(len(m.b)) {
		m.b = m.b[:size]
		for k := range m.blocks {
			if k*pageSize >= size {
				delete(m.blocks, k)
			}
		}
	}
	return nil
}

func (m *memory) ReadAt(b []byte, at int64) (int, error) {
	n := copy(b, m.b[min(at, int64(len(m.b))):])
	clear(b[n:])
	size, _ := m.Size()
	if left := size - at; int64(len(b)) > left {
		return int(max(left, 0)), io.ErrUnexpectedEOF
	}
	return len(b), nil
}

// reach makes sure that bytes up to end can be written.
func (m *memory) reach(end int64) {
	if more := end - int64(len(m.b)); more > 0 {
		m.b = append(m.b, make([]byte, more)...)
	}
	m.size = max(m.size, end)
}

// save writes all into a file.
func (m *memory) save(t testing.TB, path string) {
	t.Helper()
	must(t, os.WriteFile(path, m.b, 0o644))
	must(t, os.Truncate(path, max(m.size, int64(len(m.b)))))
}

// WriteAt writes up to the first block for which there is no space.
func (m *memory) WriteAt(b []byte, at int64) (int, error) {
	for n := 0; n < len(b); {
		block := (at + int64(n)) / pageSize
		if !m.blocks[block] {
			if m.limit > 0 && len(m.blocks) >= m.limit {
				return n, errFull
			}
			m.blocks[block] = true
		}
		part := min(int64(len(b)-n), (block+1)*pageSize-at-int64(n))
		m.reach(at + int64(n) + part)
		copy(m.b[at+int64(n):], b[n:n+int(part)])
		m.record = append(m.record, change{at + int64(n), append([]byte(nil), b[n:n+int(part)]...)})
		n += int(part)
	}
	return len(b), nil
}

func newMemory(limit int) *memory { return &memory{blocks: map[int64]bool{}, limit: limit} }

// writeScans writes entries with a number of rows, in blocks of random size, and
// tells after each step how many rows of the entry are acknowledged.
func writeScans(s Storage, rng *rand.Rand, entries, n int, told func(entry, rows int)) error {
	f, err := Create(s)
	if err != nil {
		return err
	}
	for e := 1; e <= entries; e++ {
		g, table := everything(f)
		if err := f.Add(fmt.Sprintf("/%d.1", e), g); err != nil {
			return err
		}
		told(e, 0)
		if err := fill(table, rng, n, func(rows int) { told(e, rows) }); err != nil {
			return err
		}
	}
	return f.Close()
}

// fill appends rows up to n.
func fill(table *Table, rng *rand.Rand, n int, told func(rows int)) error {
	for table.Rows() < n {
		k := min(1+rng.IntN(4)*rng.IntN(4), n-table.Rows())
		if err := table.Append(k, rows(table.Rows(), k)...); err != nil {
			return err
		}
		told(table.Rows())
	}
	return nil
}

// checkFile reads a file with our own reader: whole rows, with the values that
// were written, at least as many as are acknowledged.
func checkFile(s Storage, entry, least int) error {
	f, err := Open(s)
	if err != nil {
		return err
	}
	root, err := f.Find("/")
	if err != nil {
		return err
	}
	if got := len(root.Members()); got < entry {
		return fmt.Errorf("%d entries, %d are acknowledged", got, entry)
	}
	for i, name := range root.Members() {
		n, err := checkEntry(f, name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if i+1 == entry && n < least {
			return fmt.Errorf("%s has %d rows, %d are acknowledged", name, n, least)
		}
	}
	return nil
}

func checkEntry(f *File, entry string) (n int, err error) {
	for i, name := range names {
		d, err := f.Find(entry + "/measurement/" + name)
		if err != nil {
			return 0, err
		}
		shape, err := d.Shape()
		if err != nil {
			return 0, err
		}
		if i > 0 && shape[0] != n {
			return 0, fmt.Errorf("%s has %d rows, %s %d", name, shape[0], names[0], n)
		}
		n = shape[0]
		b, err := d.Bytes(0, n)
		if err != nil {
			return 0, err
		}
		if want := rows(0, n)[i]; len(b) != len(want) || n > 0 && !reflect.DeepEqual(b, want) {
			return 0, fmt.Errorf("the %d rows of %s are not what was written", n, name)
		}
	}
	return n, nil
}

// TestEveryMomentIsAValidFile takes a file as it is after each single write, a
// write over several pages after each page, as a kill may leave it.
func TestEveryMomentIsAValidFile(t *testing.T) {
	needs(t)
	rng := rand.New(rand.NewPCG(soak.Seed(t), 1))
	m := newMemory(0)
	type moment struct{ changes, entry, rows int }
	var moments []moment
	must(t, writeScans(m, rng, 2, soak.Count(30, 100), func(e, n int) { moments = append(moments, moment{len(m.record), e, n}) }))
	dir, saved := t.TempDir(), 0
	replay := newMemory(0)
	now := moment{}
	for i, c := range m.record {
		if c.b == nil {
			must(t, replay.Truncate(c.at))
		} else if _, err := replay.WriteAt(c.b, c.at); err != nil {
			t.Fatal(err)
		}
		for len(moments) > 0 && moments[0].changes <= i+1 {
			now, moments = moments[0], moments[1:]
		}
		if now.entry == 0 {
			continue // the file is still being created
		}
		if err := checkFile(replay, now.entry, now.rows); err != nil {
			t.Fatalf("after write %d of %d, with %d rows of entry %d: %v", i, len(m.record), now.rows, now.entry, err)
		}
		if rng.IntN(len(m.record)) < soak.Count(150, 3000) {
			saved++
			replay.save(t, filepath.Join(dir, fmt.Sprintf("%06d_%d_%d.h5", i, now.entry, now.rows)))
		}
	}
	out := run(t, python, "-c", "import sys, os, h5py, numpy as np\n"+checkRows+`
for name in sorted(os.listdir(sys.argv[1])):
    moment, entry, least = [int(x) for x in name[:-3].split("_")]
    with h5py.File(os.path.join(sys.argv[1], name), "r") as f:
        for e in f:
            check(f[e]["measurement"], least if e == "%d.1" % entry else 0)
print(len(os.listdir(sys.argv[1])))`, dir)
	t.Logf("%d moments read by us, %d by h5py: %s", len(m.record), saved, out)
}

// TestAFullDiskLosesNothing fills the disk at random moments; with space again,
// the file is opened and goes on.
func TestAFullDiskLosesNothing(t *testing.T) {
	needs(t)
	rng := rand.New(rand.NewPCG(soak.Seed(t), 2))
	whole := newMemory(0)
	must(t, writeScans(whole, rng, 1, 60, func(int, int) {}))
	for i := range soak.Count(25, 600) {
		m := newMemory(3 + rng.IntN(len(whole.blocks)-2))
		entry, acked := 0, 0
		err := writeScans(m, rng, 1, 60, func(e, n int) { entry, acked = e, n })
		if err != nil && !errors.Is(err, errFull) {
			t.Fatal(err)
		}
		m.limit = 0
		if err := checkFile(m, entry, acked); err != nil && entry > 0 {
			t.Fatalf("with %d blocks, %d rows acknowledged: %v", len(m.blocks), acked, err)
		}
		if entry == 0 || err == nil {
			continue
		}
		must(t, goOn(m, rng, 90))
		if i%10 == 0 {
			path := filepath.Join(t.TempDir(), "full.h5")
			m.save(t, path)
			h5py(t, path, "r", checkRows+`assert check(f["1.1/measurement"]) == 90`)
			checkTools(t, path)
		}
	}
}

// goOn opens a file that was left and appends to its first entry.
func goOn(s Storage, rng *rand.Rand, n int) error {
	f, err := Open(s)
	if err != nil {
		return err
	}
	table, err := f.OpenTable(paths()...)
	if err != nil {
		return err
	}
	if err := fill(table, rng, n, func(int) {}); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return checkFile(s, 1, n)
}

func paths() (list []string) {
	for _, name := range names {
		list = append(list, "/1.1/measurement/"+name)
	}
	return list
}
