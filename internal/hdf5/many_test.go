package hdf5

import (
	"fmt"
	"testing"

	"blissh/internal/soak"
)

// counting is a storage that counts what is read.
type counting struct {
	*memory
	read int
}

func (c *counting) ReadAt(b []byte, at int64) (int, error) {
	c.read += len(b)
	return c.memory.ReadAt(b, at)
}

// TestAnEntryCostsOneLookAtTheRoot: what is read for one more entry is the root group
// a few times, and no more for a large file.
func TestAnEntryCostsOneLookAtTheRoot(t *testing.T) {
	s := &counting{memory: newMemory(0)}
	f, err := Create(s, Attribute{"default", "0.1"})
	must(t, err)
	must(t, f.Close())
	n := soak.Count(2000, 10000)
	for i := range n {
		f, err := Open(s)
		must(t, err)
		s.read = 0
		at := fmt.Sprintf("/%d.1", i)
		g := &Group{Room: 400}
		c := &Column{Type: Float(8), Rows: 16}
		table := f.NewTable(c)
		must(t, f.Add(at, g.Put("title", &Data{Value: "ascan"}).Put("measurement", (&Group{}).Put("x", c))))
		must(t, table.Append(2, floats(1, 2)))
		must(t, f.AddTo(at, Member{"points", &Data{Value: 2}}, Member{"end_time", &Data{Value: "2026-11-28"}}))
		if limit := 40000 + 4*64*i; s.read > limit {
			t.Fatalf("entry %d: %d bytes were read, %d expected at most", i, s.read, limit)
		}
		must(t, f.Close())
		s.record = nil
	}
	t.Logf("%d entries, %d bytes read for the last one, %d of the file", n, s.read, len(s.b))
}
