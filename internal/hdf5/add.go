package hdf5

import (
	"fmt"
	"path"
	"strings"
)

// maxMembers is how many members a group may have; the count of messages in an
// object header has two bytes.
const maxMembers = 60000

// plan is one addition: what has been written of it already.
type plan struct {
	f      *File
	placed map[Object]int64 // addresses
	refs   map[Object]int   // hard links to come
	text   map[string]heapID
}

// Add writes an object and then links it into a group that is in the file
// already, under a path such as "/12.1". It shows all at once. A name that is
// taken is an error, and nothing is written then.
func (f *File) Add(at string, o Object) error {
	parent, name := path.Split(path.Clean("/" + at))
	g, err := f.Find(parent)
	if err != nil {
		return err
	}
	if g.Has(name) {
		return fmt.Errorf("%s is in the file already", at)
	}
	if len(g.links) >= maxMembers {
		return fmt.Errorf("%s has %d members, no more fit", parent, maxMembers)
	}
	p := &plan{f: f, placed: map[Object]int64{}, refs: map[Object]int{}}
	addr, err := p.add(o)
	if err != nil {
		return fmt.Errorf("%s: %w", at, err)
	}
	if err := f.Sync(); err != nil { // a loss of power leaves no link to nothing
		return fmt.Errorf("%s: %w", at, err)
	}
	return f.link(g, linkMessage(name, o, addr))
}

// add writes an object with all that belongs to it.
func (p *plan) add(o Object) (int64, error) {
	p.count(o)
	if err := p.strings(); err != nil {
		return 0, err
	}
	return p.write(o)
}

// count counts the hard links, and collects the text.
func (p *plan) count(o Object) {
	if _, soft := o.(Soft); soft {
		return
	}
	if p.refs[o]++; p.refs[o] > 1 {
		return
	}
	if p.text == nil {
		p.text = map[string]heapID{}
	}
	switch o := o.(type) {
	case *Group:
		p.note(o.Attributes)
		for _, m := range o.Members {
			p.count(m.Object)
		}
	case *Data:
		p.note(append([]Attribute{{Value: o.Value}}, o.Attributes...))
	case *Column:
		p.note(o.Attributes)
	}
}

func (p *plan) note(list []Attribute) {
	for _, a := range list {
		v, err := valueOf(a.Value)
		if err != nil {
			continue // it is refused where it is written
		}
		for _, s := range v.text {
			p.text[s] = heapID{}
		}
	}
}

// write writes an object, once, and returns its address.
func (p *plan) write(o Object) (at int64, err error) {
	if _, soft := o.(Soft); soft {
		return 0, nil
	}
	if at, ok := p.placed[o]; ok {
		return at, nil
	}
	switch o := o.(type) {
	case *Group:
		at, err = p.group(o)
	case *Data:
		at, err = p.data(o)
	case *Column:
		at, err = p.column(o)
	}
	p.placed[o] = at
	return at, err
}

// groupMessages say that an object is a group whose members are in its header.
func groupMessages() []message {
	return []message{
		{kind: msgLinkInfo, body: join([]byte{0, 0}, u64(-1), u64(-1))},
		// Another program keeps the members where they are, however many.
		{kind: msgGroupInfo, body: join([]byte{0, 1}, u16(65535), u16(65534))},
	}
}

// group writes the members first.
func (p *plan) group(g *Group) (int64, error) {
	list := groupMessages()
	taken := map[string]bool{}
	for _, m := range g.Members {
		if m.Name == "" || m.Name == "." || strings.Contains(m.Name, "/") || taken[m.Name] {
			return 0, fmt.Errorf("%q is no name for a member, or is taken", m.Name)
		}
		taken[m.Name] = true
		at, err := p.write(m.Object)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", m.Name, err)
		}
		list = append(list, linkMessage(m.Name, m.Object, at))
	}
	attributes, err := p.attributes(g.Attributes)
	if err != nil {
		return 0, err
	}
	return p.object(g, append(list, attributes...), 0, g.Room+contSize)
}

func (p *plan) object(o Object, list []message, elsewhere int, room int64) (int64, error) {
	b, err := header(list, p.refs[o], elsewhere, room)
	if err != nil {
		return 0, err
	}
	return p.f.put(b)
}

// data writes a data set that is complete, its elements in one piece.
func (p *plan) data(d *Data) (int64, error) {
	v := value{kind: d.Type, shape: d.Shape, data: d.Bytes}
	if d.Value != nil {
		var err error
		if v, err = valueOf(d.Value); err != nil {
			return 0, err
		}
	}
	b := p.elements(v)
	if n := count(v.shape) * v.kind.size; n != len(b) {
		return 0, fmt.Errorf("%d bytes for shape %v, %d expected", len(b), v.shape, n)
	}
	at := int64(-1)
	if len(b) > 0 {
		var err error
		if at, err = p.f.put(b); err != nil {
			return 0, err
		}
	}
	attributes, err := p.attributes(d.Attributes)
	if err != nil {
		return 0, err
	}
	return p.object(d, append([]message{
		{kind: msgSpace, body: space(v.shape, nil)},
		{kind: msgType, flags: 1, body: v.kind.message()},
		{kind: msgFill, flags: 1, body: join([]byte{2, 2, 2, 1}, u32(0))},
		{kind: msgLayout, body: join([]byte{3, 1}, u64(at), u64(int64(len(b))))},
	}, attributes...), 0, contSize)
}

// attributes are the messages of attributes.
func (p *plan) attributes(attributes []Attribute) (list []message, err error) {
	for _, a := range attributes {
		v, err := valueOf(a.Value)
		if err != nil {
			return nil, fmt.Errorf("attribute %s: %w", a.Name, err)
		}
		kind, shape := v.kind.message(), space(v.shape, nil)
		list = append(list, message{kind: msgAttribute, body: join(
			[]byte{1, 0}, u16(len(a.Name)+1), u16(len(kind)), u16(len(shape)),
			padded([]byte(a.Name+"\x00")), padded(kind), padded(shape), p.elements(v))})
	}
	return list, nil
}

// elements are the bytes of a value in a data set or an attribute.
func (p *plan) elements(v value) []byte {
	b := v.data
	for _, s := range v.text {
		id := p.text[s]
		b = append(b, join(u32(len(s)), u64(id.at), u32(id.index))...)
	}
	return b
}

// space is a dataspace message; limit is the shape up to which it may grow.
func space(shape, limit []int) []byte {
	flags := byte(0)
	if limit != nil {
		flags = 1
	}
	b := []byte{1, byte(len(shape)), flags, 0, 0, 0, 0, 0}
	for _, n := range append(append([]int(nil), shape...), limit...) {
		b = append(b, u64(int64(n))...)
	}
	return b
}

func count(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// linkMessage says that a group has a member.
func linkMessage(name string, o Object, at int64) message {
	const typed, utf8 = 8, 16
	head := []byte{1, utf8}
	if s, soft := o.(Soft); soft {
		head = []byte{1, utf8 | typed | 1, 1, utf8Set}
		return message{kind: msgLink, body: join(head, u16(len(name)), []byte(name), u16(len(s)), []byte(s))}
	}
	head[1] |= 1
	return message{kind: msgLink, body: join(head, []byte{utf8Set}, u16(len(name)), []byte(name), u64(at))}
}

// AddTo adds members to a group that is in the file, one after the other, and
// leaves out those that it has already. They are on the disk before something leads
// to them.
func (f *File) AddTo(at string, members ...Member) error {
	p := &plan{f: f, placed: map[Object]int64{}, refs: map[Object]int{}}
	for _, m := range members {
		p.count(m.Object)
	}
	if err := p.strings(); err != nil {
		return fmt.Errorf("%s: %w", at, err)
	}
	g, err := f.Find(at)
	if err != nil {
		return err
	}
	var links []message
	for _, m := range members {
		if g.Has(m.Name) {
			continue
		}
		addr, err := p.write(m.Object)
		if err != nil {
			return fmt.Errorf("%s/%s: %w", at, m.Name, err)
		}
		links = append(links, linkMessage(m.Name, m.Object, addr))
	}
	if err := f.Sync(); err != nil {
		return err
	}
	for _, l := range links {
		if g, err = f.Find(at); err != nil {
			return err
		}
		if err := f.link(g, l); err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
	}
	return nil
}
