package hdf5

import "fmt"

// A group of the oldest kind has its members in a symbol table, as h5py and h5repack
// write it. It is read here; such a root group becomes one of ours when something is
// added to it.
//
//	"TREE" 0 level  u16 children  left right  key child key child ... key
//	"SNOD" 1 0      u16 symbols   name object kind 0 scratch, 40 bytes each
//	"HEAP" 0 0 0 0  size  free  address of the names
const (
	snodHead   = 8
	symbolSize = 40
	softSymbol = 2 // the kind of a soft link; its path is a name, too
)

// symbolTable is one that is being read.
type symbolTable struct {
	f     *File
	names []byte
	list  []memberLink
}

// symbols reads the members of a group of the oldest kind.
func (f *File) symbols(m message) ([]memberLink, error) {
	c := cursor{b: m.body}
	root, heap := c.u64(), c.u64()
	if c.short {
		return nil, fmt.Errorf("%w: a symbol table is cut off", ErrDamaged)
	}
	b, err := f.read(heap, 32)
	if err != nil {
		return nil, err
	}
	if string(b[:4]) != "HEAP" {
		return nil, fmt.Errorf("%w: at byte %d names are expected", ErrDamaged, heap)
	}
	t := &symbolTable{f: f}
	if t.names, err = f.read(int64(le.Uint64(b[24:])), int64(le.Uint64(b[8:]))); err != nil {
		return nil, err
	}
	err = t.node(root, maxLevels)
	return t.list, err
}

// node reads the symbols below a node of the B-tree.
func (t *symbolTable) node(at int64, levels int) error {
	b, err := t.f.read(at, nodeHead)
	if err != nil {
		return err
	}
	n := int(le.Uint16(b[countAt:]))
	if string(b[:4]) != "TREE" || b[4] != 0 || levels == 0 || int(b[5]) >= maxLevels {
		return fmt.Errorf("%w: at byte %d a B-tree of members is expected", ErrDamaged, at)
	}
	children, err := t.f.read(at+nodeHead, int64(n)*16)
	if err != nil {
		return err
	}
	for i := range n {
		child := int64(le.Uint64(children[16*i+8:]))
		if b[5] > 0 {
			err = t.node(child, levels-1)
		} else {
			err = t.leaf(child)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *symbolTable) leaf(at int64) error {
	b, err := t.f.read(at, snodHead)
	if err != nil {
		return err
	}
	if string(b[:4]) != "SNOD" {
		return fmt.Errorf("%w: at byte %d members are expected", ErrDamaged, at)
	}
	if b, err = t.f.read(at+snodHead, int64(le.Uint16(b[6:]))*symbolSize); err != nil {
		return err
	}
	for ; len(b) > 0; b = b[symbolSize:] {
		l := memberLink{at: int64(le.Uint64(b[8:]))}
		if l.name, err = t.name(int64(le.Uint64(b))); err != nil {
			return err
		}
		if le.Uint32(b[16:]) == softSymbol {
			if l.soft, err = t.name(int64(le.Uint32(b[24:]))); err != nil {
				return err
			}
		}
		if t.list = append(t.list, l); len(t.list) > maxMembers {
			return fmt.Errorf("%w: a group has too many members", ErrDamaged)
		}
	}
	return nil
}

func (t *symbolTable) name(at int64) (string, error) {
	if at < 0 || at >= int64(len(t.names)) {
		return "", fmt.Errorf("%w: the name of a member is not there", ErrDamaged)
	}
	return cString(t.names[at:]), nil
}

// message is the link as a group of ours has it.
func (l memberLink) message() message {
	if l.soft != "" {
		return linkMessage(l.name, Soft(l.soft), 0)
	}
	return linkMessage(l.name, nil, l.at)
}
