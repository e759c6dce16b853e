package hdf5

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"blissh/internal/soak"
)

// apply does what a change did, or the first n bytes of it.
func (m *memory) apply(t *testing.T, c change, n int) {
	t.Helper()
	if c.b == nil {
		must(t, m.Truncate(c.at))
	} else if _, err := m.WriteAt(c.b[:n], c.at); err != nil {
		t.Fatal(err)
	}
}

// TestATornWrite takes a file of which only a part of the last write is on the disk:
// any number of bytes where nothing was before, whole words of 8 bytes elsewhere; a
// word is never torn, for it is in one sector. It opens, its rows are whole, and the writer goes on. With a length that is torn one
// column may be longer than another; the shortest counts.
func TestATornWrite(t *testing.T) {
	needs(t)
	rng := rand.New(rand.NewPCG(soak.Seed(t), 6))
	m := newMemory(0)
	type moment struct{ changes, rows int }
	var moments []moment
	must(t, writeScans(m, rng, 1, 40, func(_, n int) { moments = append(moments, moment{len(m.record), n}) }))
	record := m.record
	now, high, states := moment{}, int64(0), 0
	var saved []string
	dir := t.TempDir()
	replay := newMemory(0)
	for i, c := range record {
		for len(moments) > 0 && moments[0].changes <= i {
			now, moments = moments[0], moments[1:]
		}
		if now.changes > 0 && len(c.b) > 1 {
			for range soak.Count(1, 40) {
				n := 1 + rng.IntN(len(c.b)-1)
				if c.at < high && len(c.b) <= 8 {
					if c.at/sectorSize != (c.at+int64(len(c.b))-1)/sectorSize {
						t.Fatalf("write %d: %d bytes at byte %d are in two sectors", i, len(c.b), c.at)
					}
					continue
				}
				if c.at < high {
					n = int((c.at+int64(n))&^7 - c.at)
				}
				if n <= 0 {
					continue
				}
				torn := replay.copy()
				torn.apply(t, c, n)
				if rng.IntN(len(record)) < 60 {
					saved = append(saved, fmt.Sprintf("%06d_%d.h5", len(saved), now.rows))
					torn.save(t, filepath.Join(dir, saved[len(saved)-1]))
				}
				if err := goOn(torn, rng, max(41, now.rows+1)); err != nil {
					t.Fatalf("write %d of %d at byte %d, %d of %d bytes of it, %d rows acknowledged: %v", i, len(record), c.at, n, len(c.b), now.rows, err)
				}
				states++
			}
		}
		replay.apply(t, c, len(c.b))
		if c.b != nil {
			high = max(high, c.at+int64(len(c.b)))
		}
	}
	out := run(t, python, "-c", "import sys, os, h5py, numpy as np\n"+checkTorn, dir)
	t.Logf("%d states continued by us, %d opened by h5py: %s", states, len(saved), out)
}

const checkTorn = `
for name in sorted(os.listdir(sys.argv[1])):
    least = int(name[:-3].split("_")[1])
    with h5py.File(os.path.join(sys.argv[1], name), "r") as f:
        m = f["1.1/measurement"]
        n = min(len(m[k]) for k in m)
        assert n >= least, (name, n)
        i = np.arange(n)
        assert np.array_equal(m["x"][:n], i * 0.5) and np.array_equal(m["mca"][:n], np.arange(n * 16).reshape(n, 16)), name
        k = np.arange(120)
        assert np.array_equal(m["image"][:n].reshape(n, 120), (i[:, None] + k * k * 7919 * (i[:, None] % 3)) & 0xffff), name
print("ok")
`

func (m *memory) copy() *memory {
	c := newMemory(0)
	c.b, c.size = append([]byte(nil), m.b...), m.size
	for k := range m.blocks {
		c.blocks[k] = true
	}
	return c
}

// powered is a storage that also records when all was brought to the disk.
type powered struct {
	*memory
	synced []int // the length of the record then
}

func (p *powered) Sync() error {
	p.synced = append(p.synced, len(p.record))
	return nil
}

// lose makes what is on the disk when the power goes: all changes before the last
// sync, and of each page, and of the length, those up to a moment of its own.
func (m *memory) lose(t *testing.T, record []change, synced int, rng *rand.Rand) {
	last := map[int64]int{} // by page; -1: the length
	for i, c := range record {
		page := int64(-1)
		if c.b != nil {
			page = c.at / pageSize
		}
		if _, ok := last[page]; !ok {
			last[page] = synced + rng.IntN(len(record)-synced+1)
		}
		if i < max(synced, last[page]) {
			m.apply(t, c, len(c.b))
		}
	}
}

// TestALossOfPower takes a file in which an arbitrary part of what was written since
// the last sync is on the disk. It opens, in h5py, too, and entries that were closed
// are whole.
func TestALossOfPower(t *testing.T) {
	needs(t)
	rng := rand.New(rand.NewPCG(soak.Seed(t), 8))
	p := &powered{memory: newMemory(0)}
	f, err := Create(p)
	must(t, err)
	must(t, f.Close())
	closed := map[int]int{} // entries whose end is on the disk, by the length of the record
	const entries = 60
	name := func(i int) string { return fmt.Sprintf("/%d.1_%0200d", i, 0) } // so that the root group grows soon
	for i := 1; i <= entries; i++ {
		f, err := Open(p)
		must(t, err)
		g := &Group{}
		c := &Column{Type: Int(4, false), Rows: 3}
		table := f.NewTable(c)
		must(t, f.Add(name(i), g.Put("title", &Data{Value: fmt.Sprint("scan ", i)}).Put("x", c)))
		for k := range rng.IntN(8) {
			must(t, table.Append(1, u32(i*100+k)))
		}
		must(t, f.SetText("default", name(i)[1:]))
		must(t, f.AddTo(name(i), Member{"points", &Data{Value: table.Rows()}}))
		must(t, f.Close())
		closed[p.synced[len(p.synced)-1]] = i
	}
	record, dir := p.record, t.TempDir()
	count := soak.Count(20, 400)
	for k := range count {
		s := rng.IntN(len(p.synced))
		end := len(record)
		if s+1 < len(p.synced) {
			end = p.synced[s+1]
		}
		m, whole := newMemory(0), 0
		m.lose(t, record[:end], p.synced[s], rng)
		for at, n := range closed {
			if at <= p.synced[s] {
				whole = max(whole, n)
			}
		}
		if whole == 0 {
			continue
		}
		if f, err := Open(m); err != nil {
			t.Fatalf("after sync %d of %d: %v", s, len(p.synced), err)
		} else if root, err := f.Find("/"); err != nil || len(root.Members()) < whole {
			t.Fatalf("after sync %d of %d: %v", s, len(p.synced), err)
		}
		if k < 400 {
			m.save(t, filepath.Join(dir, fmt.Sprintf("%06d_%d.h5", k, whole)))
		}
	}
	t.Log(run(t, python, "-c", "import sys, os, h5py, numpy as np\n"+checkPower, dir))
}

const checkPower = `
n = 0
for name in sorted(os.listdir(sys.argv[1])):
    whole = int(name[:-3].split("_")[1])
    with h5py.File(os.path.join(sys.argv[1], name), "r") as f:
        assert len(f) in (whole, whole + 1), (name, len(f))
        for i in range(1, whole + 1):
            e = f["%d.1_%0200d" % (i, 0)]
            assert e["title"].asstr()[()] == "scan %d" % i and len(e["x"]) == e["points"][()], (name, i)
            assert np.array_equal(e["x"][()], i * 100 + np.arange(len(e["x"]))), (name, i)
        assert whole == 0 or f.attrs["default"] in f, name
        assert all(f[name]["title"].asstr()[()] for name in f), name
        n += 1
print(n, "files opened by h5py, with", whole, "entries in the last one")
`
