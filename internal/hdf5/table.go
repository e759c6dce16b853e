package hdf5

import (
	"fmt"
	"slices"
)

// Table is a number of columns that have the same number of rows at any moment.
// Their lengths lie side by side in one page and change with one write. (With
// more than a hundred columns they do not fit in a page: then a reader may see a
// row in some of them only, and after a kill the shortest counts.)
type Table struct {
	f       *File
	columns []*growing
	rows    int
	lengths []byte // the messages with the lengths, as they are in the file
	at      int64  // where; 0 if they are not side by side
}

// growing is a column with what is needed to add to it.
type growing struct {
	*Column
	tree tree
	pack packer
	last struct { // the chunk that was written last
		index int64
		at    int64
	}
}

// NewTable makes a table of columns that are to be added to the file; each
// belongs to one table. Append may be used once all have been added.
func (f *File) NewTable(columns ...*Column) *Table {
	t := &Table{f: f}
	for _, c := range columns {
		c.table = t
		if c.Deflate || c.Rows < 1 {
			c.Rows = 1
		}
		t.columns = append(t.columns, &growing{Column: c})
	}
	return t
}

// lengthSize is the size of the message with the length of a column.
func (c *Column) lengthSize() int64 { return messageHead + 8 + 16*int64(1+len(c.Shape)) }

// lengthMessage says that a column has rows.
func (c *Column) lengthMessage(rows int) message {
	limit := append([]int{-1}, c.Shape...)
	return message{kind: msgSpace, body: space(append([]int{rows}, c.Shape...), limit)}
}

// place writes the lengths of all columns, which are none.
func (t *Table) place() error {
	var n int64
	for _, c := range t.columns {
		n += c.lengthSize()
	}
	t.at = t.f.allocInPage(n)
	for _, c := range t.columns {
		c.space = t.at + int64(len(t.lengths))
		t.lengths = append(t.lengths, c.lengthMessage(0).encode()...)
	}
	return t.f.write(t.at, t.lengths)
}

// treeAt is where the header of a column has the address of its B-tree.
const treeAt = prefixSize + contSize + messageHead + 3

// column writes the object header of a column.
func (p *plan) column(c *Column) (int64, error) {
	if c.table == nil {
		return 0, fmt.Errorf("the column belongs to no table")
	}
	if c.table.at == 0 {
		if err := c.table.place(); err != nil {
			return 0, err
		}
	}
	attributes, err := p.attributes(c.Attributes)
	if err != nil {
		return 0, err
	}
	layout := join([]byte{3, 2, byte(2 + len(c.Shape))}, u64(-1), u32(c.Rows))
	for _, n := range c.Shape {
		layout = append(layout, u32(n)...)
	}
	list := []message{
		{kind: msgContinuation, body: join(u64(c.space), u64(c.lengthSize()))},
		{kind: msgLayout, body: append(layout, u32(c.Type.size)...)},
		{kind: msgType, flags: 1, body: c.Type.message()},
		{kind: msgFill, flags: 1, body: join([]byte{2, 3, 2, 1}, u32(0))},
	}
	if c.Deflate {
		list = append(list, message{kind: msgFilters, flags: 1, body: filters(c.Type.size)})
	}
	// The address of the B-tree is at an odd place, and changes with one write: it is
	// in one sector of the disk.
	for (pad(p.f.used)+treeAt)%sectorSize > sectorSize-8 {
		p.f.used = pad(p.f.used) + 8
	}
	c.at, err = p.object(c, append(list, attributes...), 1, contSize)
	c.table.ready(c)
	return c.at, err
}

// ready makes a column that has been written ready for rows.
func (t *Table) ready(c *Column) {
	for _, g := range t.columns {
		if g.Column == c {
			g.tree = tree{f: t.f, root: c.at + treeAt, rows: int64(c.Rows), rank: 1 + len(c.Shape)}
			g.pack.element = c.Type.size
			g.last.index = -1
		}
	}
}

// Rows is how many rows the table has.
func (t *Table) Rows() int { return t.rows }

// Hurry says whether rows that come are to be stored as they are, which takes less
// time.
func (t *Table) Hurry(on bool) {
	for _, g := range t.columns {
		g.pack.hurry = on
	}
}

// Append adds n rows. blocks has the bytes of each column, in the order of
// NewTable. The rows are in the file when it returns, and seen all at once.
func (t *Table) Append(n int, blocks ...[]byte) error {
	if len(blocks) != len(t.columns) {
		return fmt.Errorf("%d columns given, the table has %d", len(blocks), len(t.columns))
	}
	for i, g := range t.columns {
		if want := int64(n) * g.rowSize(); int64(len(blocks[i])) != want {
			return fmt.Errorf("column %d: %d bytes given, %d rows are %d", i, len(blocks[i]), n, want)
		}
	}
	for i, g := range t.columns {
		if err := g.append(t.rows, n, blocks[i]); err != nil {
			return err
		}
	}
	return t.show(t.rows + n)
}

// show sets the length of all columns.
func (t *Table) show(rows int) error {
	if t.at == 0 {
		for _, g := range t.columns {
			if err := t.f.write(g.space+messageHead+8, u64(int64(rows))); err != nil {
				return err
			}
		}
		t.rows = rows
		return nil
	}
	for _, g := range t.columns {
		le.PutUint64(t.lengths[g.space-t.at+messageHead+8:], uint64(rows))
	}
	t.rows = rows
	return t.f.write(t.at, t.lengths)
}

// append writes rows from row first on, chunk by chunk.
func (g *growing) append(first, n int, b []byte) error {
	size := g.rowSize()
	if size == 0 {
		return nil
	}
	for n > 0 {
		in := first % g.Rows
		m := min(n, g.Rows-in)
		if err := g.chunk(int64(first/g.Rows), int64(in)*size, b[:int64(m)*size]); err != nil {
			return err
		}
		first, n, b = first+m, n-m, b[int64(m)*size:]
	}
	return nil
}

// chunk writes a part of chunk k, which is the last one, a new one, or one that
// a killed process had written and not shown.
func (g *growing) chunk(k, offset int64, b []byte) error {
	t := &g.tree
	if k == g.last.index && !g.Deflate {
		return t.f.write(g.last.at+offset, b)
	}
	var old chunk
	var entry int64
	if k < t.chunks {
		var err error
		if old, entry, err = t.find(k); err != nil {
			return err
		}
	}
	if entry != 0 && !g.Deflate {
		g.last.index, g.last.at = k, old.at
		return t.f.write(old.at+offset, b)
	}
	c, err := g.store(offset, b)
	if err != nil {
		return err
	}
	g.last.index, g.last.at = k, c.at
	if entry != 0 {
		return t.replace(entry, c)
	}
	return t.append(c)
}

// store writes the bytes of a new chunk.
func (g *growing) store(offset int64, b []byte) (chunk, error) {
	if !g.Deflate {
		n := int64(g.Rows) * g.rowSize()
		at := g.tree.f.alloc(n)
		return chunk{at: at, n: int(n)}, g.tree.f.write(at+offset, b)
	}
	packed, mask, err := g.pack.pack(b)
	if err != nil {
		return chunk{}, err
	}
	at, err := g.tree.f.put(packed)
	return chunk{at: at, n: len(packed), mask: mask}, err
}

// OpenTable finds the columns of a table in a file that was opened, to go on
// with it. If a killed process left some of them shorter, all are cut to that.
func (f *File) OpenTable(paths ...string) (*Table, error) {
	t := &Table{f: f}
	for _, p := range paths {
		g, rows, err := f.openColumn(p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p, err)
		}
		if len(t.columns) == 0 || rows < t.rows {
			t.rows = rows
		}
		t.columns = append(t.columns, g)
	}
	if len(t.columns) == 0 {
		return t, nil
	}
	if err := t.gather(); err != nil {
		return nil, err
	}
	return t, t.show(t.rows)
}

// gather reads the lengths, if they lie side by side.
func (t *Table) gather() error {
	var n int64
	sorted := slices.Clone(t.columns)
	slices.SortFunc(sorted, func(a, b *growing) int { return int(a.space - b.space) })
	for _, g := range sorted {
		if g.space != sorted[0].space+n {
			return nil
		}
		n += g.lengthSize()
	}
	b, err := t.f.read(sorted[0].space, n)
	t.lengths, t.at = b, sorted[0].space
	return err
}

func (f *File) openColumn(path string) (*growing, int, error) {
	n, err := f.Find(path)
	if err != nil {
		return nil, 0, err
	}
	d, err := n.dataset()
	if err != nil {
		return nil, 0, err
	}
	if d.rows == 0 || len(d.shape) == 0 {
		return nil, 0, fmt.Errorf("%w: the data set does not grow", ErrForeign)
	}
	c := &Column{Type: d.kind, Shape: d.shape[1:], Rows: d.rows, Deflate: d.packed, at: n.header.addr, space: d.space}
	g := &growing{Column: c, tree: d.tree}
	g.pack.element, g.last.index = c.Type.size, -1
	return g, d.shape[0], g.tree.load()
}
