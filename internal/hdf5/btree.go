package hdf5

import (
	"fmt"
)

// fanOut is how many children a B-tree node has at most; it is not in a
// superblock of version 0, for which it is 2 x 32.
const fanOut = 64

// A B-tree node, version 1, of type 1 (chunks):
//
//	0   "TREE" 1 level  u16 children   left sibling  right sibling
//	24  key 0, child 0, key 1, child 1, ... key n
//
// A key is u32 bytes, u32 filters left out, and the chunk's first element, which
// is its first row followed by zeros. Key i+1 ends child i: in a leaf it is
// exactly where the next chunk begins, in an upper node that of the last child
// is further than any row.
const (
	nodeHead   = 24
	countAt    = 6
	leftAt     = 8
	rightAt    = 16
	offsetAt   = 8 // of the first row in a key
	farthest   = 1 << 40
	maxLevels  = 12
	childWidth = 8
)

// tree is the B-tree of a column. Its right edge is known, for it only grows
// there.
type tree struct {
	f      *File
	root   int64  // address of the address of the root node
	rows   int64  // rows of a chunk
	rank   int    // of the data set
	edge   []edge // the leaf first
	chunks int64
}

// edge is the last node of a level.
type edge struct {
	at int64
	n  int
}

func (t *tree) keySize() int64         { return 8 + 8*int64(t.rank+1) }
func (t *tree) keyAt(i int) int64      { return nodeHead + int64(i)*(t.keySize()+childWidth) }
func (t *tree) childAt(i int) int64    { return t.keyAt(i) + t.keySize() }
func (t *tree) nodeSize() int64        { return t.keyAt(fanOut) + t.keySize() }
func (t *tree) firstRow(k int64) int64 { return k * t.rows }
func (t *tree) key(n, mask int, row int64) []byte {
	return join(u32(n), u32(mask), u64(row), make([]byte, 8*t.rank))
}

// chunk is where a chunk is, and how many bytes it has there.
type chunk struct {
	at   int64
	n    int
	mask int // filters that were left out
}

// append adds the next chunk.
func (t *tree) append(c chunk) error {
	row, next := t.firstRow(t.chunks), t.firstRow(t.chunks+1)
	key := t.key(c.n, c.mask, row)
	end := t.key(0, 0, next)
	if len(t.edge) > 0 && t.edge[0].n < fanOut {
		e := &t.edge[0]
		if err := t.f.write(e.at+t.keyAt(e.n), join(key, u64(c.at), end)); err != nil {
			return err
		}
		t.chunks++
		return t.counted(e)
	}
	t.chunks++
	return t.insert(0, key, c.at, end)
}

// counted shows one more child of a node.
func (t *tree) counted(e *edge) error {
	e.n++
	return t.f.write(e.at+countAt, u16(e.n))
}

// insert adds a child to the right of a level. key is where the child begins, end
// where the level ends.
func (t *tree) insert(level int, key []byte, child int64, end []byte) error {
	if level == len(t.edge) {
		return t.raise(level, key, child, end)
	}
	e := &t.edge[level]
	if e.n < fanOut {
		return t.widen(e, key, child, end)
	}
	if level > 0 { // the full node ends where the new one begins
		if err := t.f.write(e.at+t.keyAt(e.n)+offsetAt, key[offsetAt:offsetAt+8]); err != nil {
			return err
		}
	}
	at, err := t.node(level, e.at, join(key, u64(child), end), 1)
	if err != nil {
		return err
	}
	if err := t.f.write(e.at+rightAt, u64(at)); err != nil {
		return err
	}
	t.edge[level] = edge{at, 1}
	return t.insert(level+1, key, at, t.key(0, 0, t.firstRow(farthest)))
}

// widen adds a child to an upper node, which has room. The key between the last
// child and the new one is so far beyond any row.
func (t *tree) widen(e *edge, key []byte, child int64, end []byte) error {
	if err := t.f.write(e.at+t.childAt(e.n), join(u64(child), end)); err != nil {
		return err
	}
	at := e.at + t.keyAt(e.n)
	if err := t.f.write(at, key[:offsetAt]); err != nil {
		return err
	}
	if err := t.f.write(at+offsetAt, key[offsetAt:offsetAt+8]); err != nil {
		return err
	}
	return t.counted(e)
}

// raise puts a new root above the old one, if there was one.
func (t *tree) raise(level int, key []byte, child int64, end []byte) error {
	entries, n := join(key, u64(child), end), 1
	if level > 0 {
		old := t.origin()
		first, err := t.f.read(old, nodeHead+t.keySize())
		if err != nil {
			return err
		}
		entries, n = join(first[nodeHead:], u64(old), entries), 2
	}
	at, err := t.node(level, -1, entries, n)
	if err != nil {
		return err
	}
	t.edge = append(t.edge, edge{at, n})
	return t.f.write(t.root, u64(at))
}

// origin is the address of the root node, -1 if there is none.
func (t *tree) origin() int64 {
	b, err := t.f.read(t.root, 8)
	if err != nil {
		return -1
	}
	return int64(le.Uint64(b))
}

// node writes a new node.
func (t *tree) node(level int, left int64, entries []byte, n int) (int64, error) {
	b := join([]byte("TREE"), []byte{1, byte(level)}, u16(n), u64(left), u64(-1), entries)
	return t.f.put(append(b, make([]byte, t.nodeSize()-int64(len(b)))...))
}

// load finds the right edge of a tree that is in the file.
func (t *tree) load() error {
	at := t.origin()
	if at == -1 {
		return nil
	}
	var edges []edge
	for len(edges) < maxLevels {
		b, level, n, err := t.readNode(at)
		if err != nil {
			return err
		}
		edges = append([]edge{{at, n}}, edges...)
		if n == 0 {
			return fmt.Errorf("%w: the B-tree node at byte %d is empty", ErrDamaged, at)
		}
		if level == 0 {
			last := int64(le.Uint64(b[t.keyAt(n-1)+offsetAt:]))
			t.edge, t.chunks = edges, last/t.rows+1
			return nil
		}
		at = int64(le.Uint64(b[t.childAt(n-1):]))
	}
	return fmt.Errorf("%w: a B-tree has no leaves", ErrDamaged)
}

func (t *tree) readNode(at int64) (b []byte, level, n int, err error) {
	if b, err = t.f.read(at, t.nodeSize()); err != nil {
		return nil, 0, 0, err
	}
	level, n = int(b[5]), int(le.Uint16(b[countAt:]))
	if string(b[:4]) != "TREE" || b[4] != 1 || n > fanOut {
		return nil, 0, 0, fmt.Errorf("%w: at byte %d a B-tree of chunks is expected", ErrDamaged, at)
	}
	return b, level, n, nil
}

// find looks for chunk k; entry is the address of its key, 0 if there is none.
func (t *tree) find(k int64) (c chunk, entry int64, err error) {
	at := t.origin()
	for depth := 0; at != -1 && depth < maxLevels; depth++ {
		b, level, n, err := t.readNode(at)
		if err != nil {
			return c, 0, err
		}
		i := n - 1
		for i >= 0 && int64(le.Uint64(b[t.keyAt(i)+offsetAt:])) > t.firstRow(k) {
			i--
		}
		if i < 0 {
			return c, 0, nil
		}
		key, child := b[t.keyAt(i):], int64(le.Uint64(b[t.childAt(i):]))
		if level == 0 {
			if int64(le.Uint64(key[offsetAt:])) != t.firstRow(k) {
				return c, 0, nil
			}
			return chunk{child, int(le.Uint32(key)), int(le.Uint32(key[4:]))}, at + t.keyAt(i), nil
		}
		at = child
	}
	return c, 0, nil
}

// replace exchanges a chunk that no reader sees yet.
func (t *tree) replace(entry int64, c chunk) error {
	if err := t.f.write(entry, join(u32(c.n), u32(c.mask))); err != nil {
		return err
	}
	return t.f.write(entry+t.keySize(), u64(c.at))
}
