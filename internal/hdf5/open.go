package hdf5

import (
	"fmt"
)

// rootRoom is the free room of a new root group, for a hundred entries or so.
const rootRoom = 4096

// Create writes an empty file with attributes of the root group into an empty
// storage.
func Create(s Storage, attributes ...Attribute) (*File, error) {
	f := &File{s: s, used: superSize, ahead: minAhead}
	f.size, f.synced = 0, superSize+minAhead // nobody sees it yet
	f.grow(superSize + minAhead)
	p := &plan{f: f, placed: map[Object]int64{}, refs: map[Object]int{}}
	root := &Group{Attributes: attributes, Room: rootRoom}
	addr, err := p.add(root)
	if err != nil {
		return nil, err
	}
	f.root = addr
	// The signature comes last: what is cut short before is no HDF5 file at all.
	if err := f.write(8, superblock(addr, f.eof)[8:]); err != nil {
		return nil, err
	}
	return f, f.write(0, []byte(signature))
}

// Open opens a file for reading, or for adding to it. A file that a killed
// process has left is taken as it is. The error wraps ErrDamaged or ErrForeign
// if the file is not one to which something may be added; it is untouched then.
func Open(s Storage) (*File, error) {
	size, err := s.Size()
	if err != nil {
		return nil, err
	}
	f := &File{s: s, size: size, synced: size, ahead: minAhead}
	b, err := f.superblock()
	if err != nil {
		return nil, err
	}
	f.eof, f.root = int64(le.Uint64(b[eofAt:])), int64(le.Uint64(b[rootAt:]))
	if f.eof > size || f.eof < superSize {
		return nil, fmt.Errorf("%w: it is cut off, %d of %d bytes are there", ErrDamaged, size, f.eof)
	}
	if err := f.checkBeyond(); err != nil {
		return nil, err
	}
	f.readMark()
	return f, f.checkRoot()
}
