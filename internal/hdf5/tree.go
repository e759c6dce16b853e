package hdf5

// Object is what a group may have as a member: a *Group, a *Data, a *Column or a
// Soft link. The same pointer at two places makes a hard link.
type Object interface{ object() }

// Group is a group that is to be added with all its members.
type Group struct {
	Attributes []Attribute
	Members    []Member
	Room       int64 // bytes kept free for members that come later, 40 or so each
}

// Member is an object with its name in a group.
type Member struct {
	Name   string
	Object Object
}

// Attribute is a named value of an object: a string, a float64, an int, or a
// list of one of them.
type Attribute struct {
	Name  string
	Value any
}

// Data is a data set that is complete: a value as in an Attribute, or the bytes
// of an array.
type Data struct {
	Value      any
	Type       Type // with Shape and Bytes, if Value is nil
	Shape      []int
	Bytes      []byte
	Attributes []Attribute
}

// Soft is a link to a path in the file, which need not be there.
type Soft string

// Column is a data set that grows; it belongs to a Table.
type Column struct {
	Type       Type
	Shape      []int // of one row; nil: one element
	Rows       int   // rows in a chunk
	Deflate    bool  // compress each chunk, which has one row then
	Attributes []Attribute

	table *Table
	at    int64 // address of the object header
	space int64 // of the message with its length
}

func (*Group) object()  {}
func (*Data) object()   {}
func (*Column) object() {}
func (Soft) object()    {}

// rowSize is the number of bytes of a row.
func (c *Column) rowSize() int64 {
	n := int64(c.Type.size)
	for _, d := range c.Shape {
		n *= int64(d)
	}
	return n
}

// put is a shorthand for building trees.
func (g *Group) Put(name string, o Object) *Group {
	g.Members = append(g.Members, Member{name, o})
	return g
}
