package hdf5

import (
	"fmt"
	"slices"
)

// The root group is what changes in a file that is there already. Its header is
// written anew where that needs more than one step, and the superblock then says
// where the new one is. An attribute that is to change lies alone in a block of its
// own, to which the header continues: another block is written, and then the eight
// bytes that say where it is.

// cachedAt is where other programs note what kind of group the root is: 0 says that
// they have to look.
const cachedAt = rootAt + 8

// link adds a link to a group. A root group without room is written anew.
func (f *File) link(g *Node, m message) error {
	_, old := g.header.first(msgSymbolTable)
	if !old {
		ok, err := f.extend(g.header, m)
		if ok || err != nil {
			return err
		}
	}
	if g.header.addr != f.root {
		return fmt.Errorf("%s has no room for another member", g.Path)
	}
	return f.renew(g, "", []message{m}, 0)
}

// SetText gives the root group an attribute with a text, or one that it has another
// text. Who reads the file finds the old or the new one.
func (f *File) SetText(attribute, text string) error {
	g, err := f.Find("/")
	if err != nil {
		return err
	}
	p := &plan{f: f, text: map[string]heapID{text: {}}}
	if err := p.strings(); err != nil {
		return err
	}
	list, err := p.attributes([]Attribute{{attribute, text}})
	if err != nil {
		return err
	}
	b := list[0].encode()
	at, err := f.put(b)
	if err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	for _, c := range g.header.messages {
		if m, ok := g.header.alone(c); ok && attributeName(m) == attribute && m.size() == int64(len(b)) {
			return f.write(c.at+messageHead, u64(at))
		}
	}
	block := message{kind: msgContinuation, body: join(u64(at), u64(int64(len(b))))}
	if _, old := g.header.first(msgSymbolTable); !old && !g.header.hasAttribute(attribute) {
		g.header.count++ // the one in the block
		if ok, err := f.extend(g.header, block); ok || err != nil {
			return err
		}
	}
	return f.renew(g, attribute, []message{block}, 1)
}

// renew writes the root group anew, without an attribute and with more messages,
// which continue to so many elsewhere. It shows with one write.
func (f *File) renew(g *Node, without string, more []message, elsewhere int) error {
	var list []message
	if _, old := g.header.first(msgSymbolTable); old {
		list = groupMessages()
		for _, l := range g.links {
			list = append(list, l.message())
		}
	}
	var apart []int64
	for _, m := range g.header.messages {
		if only, ok := g.header.alone(m); ok && attributeName(only) != without {
			list, apart, elsewhere = append(list, m), append(apart, only.at), elsewhere+1
		}
	}
	for _, m := range g.header.messages {
		drop := m.kind == msgNil || m.kind == msgContinuation || m.kind == msgSymbolTable
		if !drop && !slices.Contains(apart, m.at) && (without == "" || attributeName(m) != without) {
			list = append(list, m)
		}
	}
	b, err := header(append(list, more...), g.header.refs, elsewhere, rootRoom)
	if err != nil {
		return err
	}
	at, err := f.put(b)
	if err != nil {
		return err
	}
	if err := f.Sync(); err != nil { // a loss of power leaves no way to nothing
		return err
	}
	if err := f.write(cachedAt, u64(0)); err != nil {
		return err
	}
	f.root = at
	return f.write(rootAt, u64(at))
}

// alone is the attribute that is the only message of the block to which c continues.
func (p *parsed) alone(c message) (m message, ok bool) {
	if c.kind != msgContinuation || len(c.body) < 16 {
		return m, false
	}
	at, size := int64(le.Uint64(c.body)), int64(le.Uint64(c.body[8:]))
	for _, m := range p.messages {
		if m.at == at {
			return m, m.kind == msgAttribute && m.size() == size
		}
	}
	return m, false
}

func (p *parsed) hasAttribute(name string) bool {
	return slices.ContainsFunc(p.messages, func(m message) bool { return attributeName(m) == name })
}

// attributeName is the name of an attribute, empty if the message is another one.
func attributeName(m message) string {
	if a, ok := parseAttribute(m); ok {
		return a.name
	}
	return ""
}
