package hdf5

import (
	"fmt"
	"testing"
)

// late is a storage that notes what a reader may meet: the length of the file, and
// later the end that the superblock names.
type late struct {
	*memory
	written int64
	synced  int64 // the length that outlives a loss of power
	high    int64 // end of what was written
	moments []moment
}

type moment struct{ written, size, eof, high int64 }

func (l *late) WriteAt(b []byte, at int64) (int, error) {
	l.written += int64(len(b))
	if eof := int64(le.Uint64(append(b[:len(b):len(b)], make([]byte, 8)...))); at == eofAt && eof > l.synced {
		return 0, fmt.Errorf("the end moves to %d, and %d bytes would outlive a loss of power", eof, l.synced)
	}
	n, err := l.memory.WriteAt(b, at)
	l.high = max(l.high, at+int64(n))
	l.note()
	return n, err
}

func (l *late) Truncate(size int64) error {
	err := l.memory.Truncate(size)
	l.note()
	return err
}

func (l *late) Sync() error {
	l.synced = l.size
	return nil
}

func (l *late) note() {
	l.record = nil
	if len(l.b) > eofAt+8 {
		l.moments = append(l.moments, moment{l.written, l.size, int64(le.Uint64(l.b[eofAt:])), l.high})
	}
}

// TestAReaderMayBeLate: the end in the superblock is not behind the length that the
// file had before, if no more than half a megabyte was written in between: while one
// entry grows fast, and while many come one after the other. Nothing is behind the
// end that the superblock had an eighth of a megabyte before.
func TestAReaderMayBeLate(t *testing.T) {
	l := &late{memory: newMemory(0), synced: minAhead + superSize}
	f, err := Create(l)
	must(t, err)
	must(t, f.Close())
	l.moments = nil // the file has no name before
	for i := range 40 {
		f, err := Open(l)
		must(t, err)
		c := &Column{Type: Int(1, false), Shape: []int{1 << 16}, Rows: 1}
		table := f.NewTable(c)
		must(t, f.Add(fmt.Sprintf("/%d.1", i), c))
		rows := 1
		if i == 20 {
			rows = 1500
		}
		for range rows {
			must(t, table.Append(1, make([]byte, 1<<16)))
		}
		must(t, f.Close())
	}
	const far, near = 512 << 10, 128 << 10
	for i, j := 0, 0; i < len(l.moments); i++ { // who looked at the length then
		for ; j < len(l.moments) && l.moments[j].written <= l.moments[i].written+far; j++ {
		}
		for _, m := range l.moments[i:j] {
			if m.high > l.moments[i].eof && m.written <= l.moments[i].written+near {
				t.Fatalf("the superblock said %d, and %d bytes later there is something up to %d", l.moments[i].eof, m.written-l.moments[i].written, m.high)
			}
			if m.eof > l.moments[i].size {
				t.Fatalf("the file was %d bytes long, and %d bytes later the superblock says %d", l.moments[i].size, m.written-l.moments[i].written, m.eof)
			}
		}
	}
	t.Logf("%d moments, the file has %d bytes", len(l.moments), l.size)
}
