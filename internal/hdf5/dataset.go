package hdf5

import (
	"bytes"
	"fmt"
)

// dataset is what the object header of a data set says.
type dataset struct {
	kind   Type
	shape  []int
	space  int64 // address of the message with the shape
	at     int64 // of the elements, if they are in one piece
	inside []byte
	rows   int // of a chunk; 0: in one piece
	packed bool
	tree   tree
}

func (n *Node) dataset() (d dataset, err error) {
	where := func(err error) error { return fmt.Errorf("%s: %w", n.Path, err) }
	kind, ok1 := n.header.first(msgType)
	shape, ok2 := n.header.first(msgSpace)
	layout, ok3 := n.header.first(msgLayout)
	if !ok1 || !ok2 || !ok3 {
		return d, where(fmt.Errorf("it is no data set"))
	}
	if d.kind, err = parseType(kind.body); err != nil {
		return d, where(err)
	}
	if d.shape, err = parseSpace(shape.body); err != nil {
		return d, where(err)
	}
	d.space = shape.at
	pipeline, packed := n.header.first(msgFilters)
	if d.packed = packed; packed && !bytes.HasPrefix(pipeline.body, filters(d.kind.size)) {
		return d, where(fmt.Errorf("%w: it is compressed in another way", ErrForeign))
	}
	if err = d.layout(n.f, layout); err != nil {
		return d, where(err)
	}
	if row := count(d.shape[min(1, len(d.shape)):]) * d.kind.size; row < 0 || row > maxRow || d.rows > maxRow/max(row, 1) {
		return d, where(fmt.Errorf("%w: a row of %d bytes, chunks of %d rows", ErrDamaged, row, d.rows))
	}
	return d, nil
}

// maxRow is more bytes than a row, or a chunk, has in HDF5.
const maxRow = 1 << 32

func (d *dataset) layout(f *File, m message) error {
	c := cursor{b: m.body}
	version, class := c.u8(), c.u8()
	switch {
	case version == 3 && class == 0:
		d.inside = c.take(c.u16())
	case version == 3 && class == 1:
		d.at = c.u64()
	case version == 3 && class == 2:
		rank := c.u8()
		c.skip(8)
		d.rows = c.u32()
		if rank != len(d.shape)+1 || d.rows < 1 {
			return fmt.Errorf("%w: chunks of rank %d", ErrDamaged, rank)
		}
		for i := 1; i < len(d.shape); i++ {
			if c.u32() != d.shape[i] {
				return fmt.Errorf("%w: a row is in several chunks", ErrForeign)
			}
		}
		d.tree = tree{f: f, root: m.at + messageHead + 3, rows: int64(d.rows), rank: len(d.shape)}
	default:
		return fmt.Errorf("%w: layout version %d, class %d", ErrForeign, version, class)
	}
	if c.short {
		return fmt.Errorf("%w: its layout is cut off", ErrDamaged)
	}
	return nil
}

// Shape is the shape of a data set, the number of rows first; empty for a scalar.
func (n *Node) Shape() ([]int, error) {
	d, err := n.dataset()
	return d.shape, err
}

// Type is the type of the elements of a data set.
func (n *Node) Type() (Type, error) {
	d, err := n.dataset()
	return d.kind, err
}

// Value reads a whole data set, as Attribute does.
func (n *Node) Value() (any, error) {
	d, err := n.dataset()
	if err != nil {
		return nil, err
	}
	rows := 1
	if len(d.shape) > 0 {
		rows = d.shape[0]
	}
	b, err := d.read(n.f, 0, rows)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", n.Path, err)
	}
	return n.f.goValue(d.kind, d.shape, b)
}

// Bytes reads the elements of n rows from row first on.
func (n *Node) Bytes(first, rows int) ([]byte, error) {
	d, err := n.dataset()
	if err != nil {
		return nil, err
	}
	if len(d.shape) == 0 || first < 0 || rows < 0 || first+rows > d.shape[0] {
		return nil, fmt.Errorf("%s: rows %d to %d: %w", n.Path, first, first+rows-1, ErrNotFound)
	}
	b, err := d.read(n.f, first, rows)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", n.Path, err)
	}
	return b, nil
}

func (d *dataset) read(f *File, first, rows int) ([]byte, error) {
	size := d.kind.size
	if len(d.shape) > 0 {
		size *= count(d.shape[1:])
	}
	if rows*size == 0 {
		return nil, nil
	}
	switch {
	case d.inside != nil && len(d.inside) < (first+rows)*size:
		return nil, fmt.Errorf("%w: %d bytes are missing", ErrDamaged, (first+rows)*size-len(d.inside))
	case d.inside != nil:
		return d.inside[first*size : (first+rows)*size], nil
	case d.rows == 0:
		return f.read(d.at+int64(first*size), int64(rows*size))
	}
	out := make([]byte, 0, min(rows*size, 16<<20))
	for rows > 0 {
		b, err := d.chunk(f, int64(first/d.rows), size)
		if err != nil {
			return nil, err
		}
		in := first % d.rows
		m := min(rows, d.rows-in)
		out = append(out, b[in*size:(in+m)*size]...)
		first, rows = first+m, rows-m
	}
	return out, nil
}

// chunk reads chunk k.
func (d *dataset) chunk(f *File, k int64, size int) ([]byte, error) {
	c, entry, err := d.tree.find(k)
	if err != nil {
		return nil, err
	}
	if entry == 0 {
		return nil, fmt.Errorf("%w: rows from %d on are missing", ErrDamaged, k*int64(d.rows))
	}
	b, err := f.read(c.at, int64(c.n))
	if err != nil {
		return nil, err
	}
	if !d.packed {
		c.mask = allFiltersOff
	}
	return unpack(b, c.mask, d.kind.size, d.rows*size)
}
