package hdf5

import (
	"fmt"
	"math"
	"path"
	"slices"
	"strings"
)

// Node is a group or a data set in a file.
type Node struct {
	f         *File
	Path      string
	header    *parsed
	links     []memberLink          // of a group
	elsewhere []string              // names of members that are in other files
	byName    map[string]memberLink // the same, if somebody has asked for one
}

// member is a link in a group: to an address, or to a path.
type memberLink struct {
	name string
	at   int64
	soft string
}

// maxSoft is how many soft links may lead to an object.
const maxSoft = 16

// Find finds a group or a data set by its path.
func (f *File) Find(at string) (*Node, error) { return f.find(path.Clean("/"+at), maxSoft) }

func (f *File) find(at string, soft int) (*Node, error) {
	n, err := f.top()
	if err != nil {
		return nil, err
	}
	parts := strings.FieldsFunc(at, func(r rune) bool { return r == '/' })
	for i, name := range parts {
		m, ok := n.member(name)
		if !ok {
			return nil, fmt.Errorf("%s: %w", at, ErrNotFound)
		}
		if m.soft != "" {
			if soft == 0 {
				return nil, fmt.Errorf("%s: the links lead in a circle", at)
			}
			target := m.soft
			if !strings.HasPrefix(target, "/") {
				target = n.Path + "/" + target
			}
			return f.find(path.Join(append([]string{target}, parts[i+1:]...)...), soft-1)
		}
		if n, err = f.nodeAt(path.Join(n.Path, name), m.at); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// top is the root group, which may have thousands of members: it is read again only
// after a change.
func (f *File) top() (n *Node, err error) {
	if f.topNode == nil {
		f.topNode, err = f.nodeAt("/", f.root)
	}
	return f.topNode, err
}

func (f *File) nodeAt(path string, addr int64) (*Node, error) {
	h, err := f.readHeader(addr)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	n := &Node{f: f, Path: path, header: h}
	for _, m := range h.messages {
		switch m.kind {
		case msgLink:
			if l, ok := parseLink(m.body); ok {
				n.links = append(n.links, l)
			} else if goodLink(m.body) {
				n.elsewhere = append(n.elsewhere, l.name)
			}
		case msgSymbolTable:
			if n.links, err = f.symbols(m); err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
		}
	}
	return n, nil
}

// Group reports whether the node is a group.
func (n *Node) Group() bool {
	_, data := n.header.first(msgLayout)
	return !data
}

// Members are the names of a group's members, in the order in which they were
// added.
func (n *Node) Members() []string {
	var list []string
	for _, m := range n.links {
		list = append(list, m.name)
	}
	return list
}

// Has reports whether a group has a member, in this file or in another one.
func (n *Node) Has(name string) bool {
	_, ok := n.member(name)
	return ok || slices.Contains(n.elsewhere, name)
}

// Link is the path to which a member links softly, or empty.
func (n *Node) Link(name string) string {
	m, _ := n.member(name)
	return m.soft
}

// Member finds a member of a group.
func (n *Node) Member(name string) (*Node, error) { return n.f.Find(path.Join(n.Path, name)) }

func (n *Node) member(name string) (memberLink, bool) {
	if n.byName == nil {
		n.byName = map[string]memberLink{}
		for _, m := range n.links {
			n.byName[m.name] = m
		}
	}
	m, ok := n.byName[name]
	return m, ok
}

// parseLink reads a link message; external links are left out.
func parseLink(b []byte) (l memberLink, ok bool) {
	c := cursor{b: b}
	version := c.u8()
	flags, kind := c.u8(), 0
	if flags&8 != 0 {
		kind = c.u8()
	}
	if flags&4 != 0 {
		c.skip(8)
	}
	set := 0
	if flags&16 != 0 {
		set = c.u8()
	}
	var n int
	switch flags & 3 {
	case 0:
		n = c.u8()
	case 1:
		n = c.u16()
	default:
		n = c.u32()
	}
	l.name = string(c.take(n))
	switch kind {
	case 0:
		l.at = c.u64()
	case 1:
		l.soft = string(c.take(c.u16()))
	}
	return l, version == 1 && flags < 32 && set <= utf8Set && l.name != "" && !c.short && kind <= 1
}

// Attribute reads an attribute: a string, a float64, an int, or a list of one of
// them; nil if there is none.
func (n *Node) Attribute(name string) (any, error) {
	for _, m := range n.header.messages {
		a, ok := parseAttribute(m)
		if !ok || a.name != name {
			continue
		}
		v, err := n.f.attributeValue(a)
		if err != nil {
			return nil, fmt.Errorf("%s: attribute %s: %w", n.Path, name, err)
		}
		return v, nil
	}
	return nil, nil
}

// attribute is a message of that kind, taken apart.
type attribute struct {
	name        string
	kind, space []byte
	value       []byte
}

func parseAttribute(m message) (a attribute, ok bool) {
	c := cursor{b: m.body}
	version := c.u8()
	c.skip(1)
	nameSize, kindSize, spaceSize := c.u16(), c.u16(), c.u16()
	if version == 3 {
		c.skip(1)
	}
	part := func(size int) []byte {
		b := c.take(size)
		if version == 1 {
			c.skip(int(pad(int64(size))) - size)
		}
		return b
	}
	a.name, a.kind, a.space, a.value = cString(part(nameSize)), part(kindSize), part(spaceSize), c.b
	return a, m.kind == msgAttribute && !c.short && version >= 1 && version <= 3
}

func (f *File) attributeValue(a attribute) (any, error) {
	kind, err := parseType(a.kind)
	if err != nil {
		return nil, err
	}
	shape, err := parseSpace(a.space)
	if err != nil {
		return nil, err
	}
	return f.goValue(kind, shape, a.value)
}

// maxElements is more than there are in any file, and what can be computed with.
const maxElements = 1 << 40

// parseSpace reads a dataspace message.
func parseSpace(b []byte) ([]int, error) {
	c := cursor{b: b}
	version, rank := c.u8(), c.u8()
	if c.skip(2); version == 1 {
		c.skip(4)
	}
	shape := make([]int, 0, 4)
	n := int64(1)
	for range min(rank, 32) {
		d := c.u64()
		shape = append(shape, int(d))
		if d < 0 || d > 0 && n > maxElements/d {
			return nil, fmt.Errorf("%w: a shape is larger than any file", ErrDamaged)
		}
		n *= max(d, 1)
	}
	if c.short || version < 1 || version > 2 || rank > 32 {
		return nil, fmt.Errorf("%w: a shape is not understood", ErrDamaged)
	}
	return shape, nil
}

// goValue is the Go value of elements: a scalar if the shape is empty.
func (f *File) goValue(kind Type, shape []int, b []byte) (any, error) {
	n := count(shape)
	if kind.size < 1 || n > len(b)/kind.size {
		return nil, fmt.Errorf("%w: %d bytes for shape %v", ErrDamaged, len(b), shape)
	}
	switch kind.class {
	case classFloat:
		return scalarOr(shape, each(n, kind.size, b, kind.float)), nil
	case classInt:
		return scalarOr(shape, each(n, kind.size, b, func(b []byte) int { return int(kind.whole(b)) })), nil
	}
	list := make([]string, n)
	for i := range list {
		var err error
		if list[i], err = f.textOf(kind, b[i*kind.size:(i+1)*kind.size]); err != nil {
			return nil, err
		}
	}
	return scalarOr(shape, list), nil
}

func scalarOr[T any](shape []int, list []T) any {
	if len(shape) == 0 && len(list) == 1 {
		return list[0]
	}
	return list
}

func each[T any](n, size int, b []byte, f func([]byte) T) []T {
	list := make([]T, n)
	for i := range list {
		list[i] = f(b[i*size:])
	}
	return list
}

func (t Type) float(b []byte) float64 {
	if t.size == 4 {
		return float64(math.Float32frombits(le.Uint32(b)))
	}
	return math.Float64frombits(le.Uint64(b))
}

func (t Type) whole(b []byte) int64 {
	var u uint64
	for i := range t.size {
		u |= uint64(b[i]) << (8 * i)
	}
	if shift := 64 - 8*t.size; t.signed {
		return int64(u<<shift) >> shift
	}
	return int64(u)
}

func (f *File) textOf(kind Type, b []byte) (string, error) {
	if kind.class == classText {
		return cString(b), nil
	}
	c := cursor{b: b}
	n, id := c.u32(), heapID{c.u64(), c.u32()}
	return f.heapText(id, n)
}
