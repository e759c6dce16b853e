package hdf5

import (
	"bytes"
	"fmt"
	"time"
)

// The superblock, and where in it is what changes.
const (
	superSize = 96
	eofAt     = 40
	rootAt    = 64
)

const signature = "\x89HDF\r\n\x1a\n"

// How far the end in the superblock is ahead of what is used. It doubles while
// the file grows by that much in less than paceTime.
const (
	minAhead = 512 << 10
	maxAhead = 256 << 20
	paceTime = time.Second
)

// How far the storage is longer than the end in the superblock. A reader looks at the
// length first, and may be late with the superblock: then it finds an end that has
// moved on, and refuses a file that is shorter. A closed file keeps a little of
// both, for a reader that is late when the next entry comes. None of it takes space on
// the disk.
const (
	minMargin    = 64 << 20
	closedAhead  = 256 << 10
	closedMargin = 4 * minAhead
	// settleTime is what readers get that have read the superblock of a closed file,
	// before something is linked that lies behind the end that they know; and when
	// there was no margin, for another program has cut it off.
	settleTime = 20 * time.Millisecond
)

// File is an HDF5 file that is being written, or one that is read.
type File struct {
	s       Storage
	used    int64 // end of what is in use
	eof     int64 // end that the superblock names
	size    int64 // of the storage
	synced  int64 // the size that outlives a loss of power
	settled bool  // the end has been moved once
	marked  bool  // what is used ends with a mark
	ahead   int64
	grown   time.Time
	root    int64 // address of the root group
	topNode *Node // the root group, if nothing has changed it since it was read
	err     error // the first error of a write
}

func superblock(root, eof int64) []byte {
	return join([]byte(signature), []byte{0, 0, 0, 0, 0, 8, 8, 0}, u16(4), u16(16), u32(0),
		u64(0), u64(-1), u64(eof), u64(-1), // base, free space, end, driver
		u64(0), u64(root), u32(0), u32(0), make([]byte, 16))
}

// alloc takes n bytes of space. The end in the superblock moves before anything
// is written there.
func (f *File) alloc(n int64) int64 {
	if f.marked {
		f.marked = false
		f.write(f.used, make([]byte, markSize))
	}
	at := pad(f.used)
	f.reserve(at + n)
	f.used = at + n
	return at
}

// allocInPage takes n bytes of space that lie in one page, if they can.
func (f *File) allocInPage(n int64) int64 {
	if first, last := pad(f.used)/pageSize, (pad(f.used)+n-1)/pageSize; first != last {
		f.used = (last) * pageSize
		if n > pageSize {
			f.used = (first + 1) * pageSize
		}
	}
	return f.alloc(n)
}

const (
	pageSize   = 4096
	sectorSize = 512 // of a disk: is written whole or not at all
)

// reserve makes sure that the end in the superblock is well behind end.
func (f *File) reserve(end int64) {
	if end+f.ahead/2 <= f.eof || f.err != nil {
		return
	}
	if time.Since(f.grown) < paceTime {
		f.ahead = min(2*f.ahead, maxAhead)
	} else {
		f.ahead = max(f.ahead/2, minAhead)
	}
	f.grown = time.Now()
	f.grow(end + f.ahead)
}

// grow moves the end in the superblock. The storage is made longer first, by more.
func (f *File) grow(eof int64) {
	before := f.size
	if f.lengthen(eof + max(minMargin, 4*f.ahead)); f.err != nil {
		return
	}
	_, disk := f.s.(Disk)
	if disk && before > 0 && before < eof {
		time.Sleep(settleTime)
	}
	if eof > f.synced && f.Sync() != nil { // after a loss of power it is not cut off
		return
	}
	if f.write(eofAt, u64(eof)) != nil {
		return
	}
	if f.eof = eof; f.Sync() != nil { // what comes is never on the disk without
		return
	}
	if disk && before > 0 && !f.settled {
		time.Sleep(settleTime)
	}
	f.settled = true
}

func (f *File) lengthen(size int64) {
	if size <= f.size {
		return
	}
	if f.err = f.s.Truncate(size); f.err != nil {
		f.err = fmt.Errorf("make room for %d bytes: %w", size, f.err)
		return
	}
	f.size = size
}

// write writes b at an address. After an error nothing is written any more.
func (f *File) write(at int64, b []byte) error {
	if f.err != nil {
		return f.err
	}
	if at < superSize || f.topNode != nil && f.topNode.header.covers(at, int64(len(b))) {
		f.topNode = nil
	}
	if _, err := f.s.WriteAt(b, at); err != nil {
		f.err = fmt.Errorf("write %d bytes: %w", len(b), err)
	}
	return f.err
}

// put writes b to new space.
func (f *File) put(b []byte) (int64, error) {
	at := f.alloc(int64(len(b)))
	return at, f.write(at, b)
}

// read reads n bytes at an address.
func (f *File) read(at, n int64) ([]byte, error) {
	if at < 0 || n < 0 || n > f.size || at > f.size-n {
		return nil, fmt.Errorf("%w: it says that %d bytes are at byte %d, and has %d", ErrDamaged, n, at, f.size)
	}
	b := make([]byte, n)
	if _, err := f.s.ReadAt(b, at); err != nil {
		return nil, fmt.Errorf("read %d bytes at byte %d: %w", n, at, err)
	}
	return b, nil
}

// Sync asks the system to bring the file to the disk, which outlives a loss of
// power.
func (f *File) Sync() error {
	if f.err == nil {
		f.err = f.s.Sync()
	}
	if f.err == nil {
		f.synced = f.size
	}
	return f.err
}

// A closed file says where its free space begins, so that it does not grow by what
// is kept ahead of each entry: with a text, and the end for which that holds. Who
// adds something moves the end, or writes behind the mark; it does not count then.
const (
	markText = "free from here on\x00\x00\x00\x00\x00\x00\x00"
	markSize = int64(len(markText) + 8)
)

func mark(eof int64) []byte { return join([]byte(markText), u64(eof)) }

// readMark finds what is used of a file that was closed.
func (f *File) readMark() {
	if f.used = f.eof; f.eof < superSize+closedAhead { // what lies below may be in use
		return
	}
	b, err := f.read(f.eof-closedAhead, closedAhead)
	if err == nil && bytes.HasPrefix(b, mark(f.eof)) && len(bytes.Trim(b[markSize:], "\x00")) == 0 {
		f.used, f.marked = f.eof-closedAhead, true
	}
}

// closedEnd is the end that a closed file has; on a full disk, without room for the
// mark, that of what is used.
func (f *File) closedEnd() int64 {
	used := pad(f.used)
	if _, err := f.s.WriteAt(mark(used+closedAhead), used); err != nil {
		return f.used
	}
	return used + closedAhead
}

// Close cuts off the free space at the end, but for a little. The storage stays open.
// After an error it leaves the file as it is and returns that error.
func (f *File) Close() error {
	if f.err != nil {
		return f.err
	}
	eof := f.closedEnd()
	if f.write(eofAt, u64(eof)) != nil {
		return f.err
	}
	if err := f.Sync(); err != nil { // before the rest goes, the end is not there
		return err
	}
	f.eof, f.size = eof, eof+closedMargin
	if f.err = f.s.Truncate(f.size); f.err != nil {
		return f.err
	}
	f.err = fmt.Errorf("the file is closed")
	return nil
}
