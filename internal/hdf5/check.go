package hdf5

import (
	"bytes"
	"errors"
	"fmt"
)

// What is looked at before a file is taken for one to which something may be added:
// the superblock, the root group, and that each of its members is an object. The
// rest is looked at when it is read, and is not touched before.

func (f *File) superblock() ([]byte, error) {
	if f.size < superSize {
		return nil, fmt.Errorf("%w: %d bytes are too short for HDF5", ErrDamaged, f.size)
	}
	b, err := f.read(0, superSize)
	if err != nil {
		return nil, err
	}
	switch {
	case string(b[:8]) != signature:
		return nil, fmt.Errorf("%w: it does not begin as HDF5 does", ErrDamaged)
	case b[8] != 0 && b[8] <= 3:
		return nil, fmt.Errorf("%w: superblock version %d", ErrForeign, b[8])
	}
	// Versions, sizes of addresses and lengths, what nodes of groups hold.
	head := join([]byte{0, 0, 0, 0, 0, 8, 8, 0}, b[16:20], u32(0), u64(0), u64(-1), b[eofAt:eofAt+8], u64(-1), u64(0))
	if !bytes.Equal(b[8:rootAt], head) || le.Uint16(b[16:]) == 0 || le.Uint16(b[18:]) == 0 || le.Uint32(b[cachedAt:]) > 1 {
		return nil, fmt.Errorf("%w: its superblock, the first 96 bytes, is not as it should be", ErrDamaged)
	}
	return b, nil
}

// checkBeyond makes sure that nothing was written beyond the end that the superblock
// names: what is added comes there.
func (f *File) checkBeyond() error {
	const piece = 1 << 20
	at := f.eof
	if s, ok := f.s.(interface{ nextData(int64) int64 }); ok {
		at = min(max(at, s.nextData(at)), f.size)
	}
	for ; at < f.size; at += piece {
		b, err := f.read(at, min(piece, f.size-at))
		if err != nil {
			return err
		}
		if n := len(bytes.TrimRight(b, "\x00")); n > 0 {
			return fmt.Errorf("%w: it says that it ends at byte %d, and has data at byte %d", ErrDamaged, f.eof, at+int64(n)-1)
		}
	}
	return nil
}

// checkRoot makes sure that the root group can take another entry.
func (f *File) checkRoot() error {
	n, err := f.nodeAt("/", f.root)
	if err != nil {
		return err
	}
	if _, old := n.header.first(msgSymbolTable); !old {
		if err := checkLinkInfo(n.header); err != nil {
			return err
		}
	}
	for _, m := range n.header.messages {
		if err := f.checkMessage(m); err != nil {
			return fmt.Errorf("/: %w", err)
		}
	}
	for _, l := range n.links {
		if l.soft != "" {
			continue
		}
		if _, err := f.readHeader(l.at); err != nil {
			return fmt.Errorf("/%s: %w", l.name, err)
		}
	}
	return nil
}

// checkLinkInfo makes sure that the members of a group are in its header.
func checkLinkInfo(p *parsed) error {
	info, ok := p.first(msgLinkInfo)
	if !ok {
		return fmt.Errorf("%w: it has no root group", ErrDamaged)
	}
	c := cursor{b: info.body}
	version := c.u8()
	if c.u8()&1 != 0 {
		c.skip(8)
	}
	if at := c.u64(); at != -1 || version != 0 {
		return fmt.Errorf("%w: its root group is stored densely", ErrForeign)
	}
	return nil
}

// checkMessage makes sure that a message of a group can be copied into another header.
func (f *File) checkMessage(m message) error {
	ok := true
	switch m.kind {
	case msgNil, msgContinuation, msgLinkInfo, msgGroupInfo, msgSymbolTable, msgComment, msgTime:
	case msgLink:
		ok = goodLink(m.body)
	case msgAttribute:
		a, parsed := parseAttribute(m)
		_, err := f.attributeValue(a)
		ok = parsed && !errors.Is(err, ErrDamaged)
	default:
		ok = false
	}
	const constant, notShared = 1, 4
	if !ok || m.flags&^(constant|notShared) != 0 {
		return fmt.Errorf("%w: the header message at byte %d is not as it should be", ErrDamaged, m.at)
	}
	return nil
}

// goodLink reports whether a link is one of ours, or an external one.
func goodLink(b []byte) bool {
	const external = 64
	_, ok := parseLink(b)
	return ok || len(b) > 2 && b[0] == 1 && b[1]&8 != 0 && b[2] == external
}
