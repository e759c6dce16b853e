package hdf5

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
)

// Filters of compressed chunks, in the order in which they are applied.
const (
	filterShuffle = 2
	filterDeflate = 1
	allFiltersOff = 3 // the mask of a chunk that is stored as it is
)

// After a chunk that does not become smaller, skipChunks are not tried. So many are
// packed with one level before both are compared again.
const (
	skipChunks = 20
	sameLevel  = 50
)

// Counting bytes alone is twice as fast as looking for repetitions, too, and about
// as good for images with noise; it is taken if it makes no more than plainMost of
// the size. An image that is mostly dark has repetitions, which are found fast.
const plainMost = 1.25

// filters is the filter pipeline message. The names are optional in the format,
// but h5repack 1.10 writes beyond its memory without them.
func filters(element int) []byte {
	return join([]byte{1, 2, 0, 0, 0, 0, 0, 0},
		u16(filterShuffle), u16(8), u16(1), u16(1), []byte("shuffle\x00"), u32(element), u32(0),
		u16(filterDeflate), u16(8), u16(1), u16(1), []byte("deflate\x00"), u32(zlib.BestSpeed), u32(0))
}

// packer compresses the chunks of a column.
type packer struct {
	element  int
	skip     int
	hurry    bool // do not compress
	shuffled []byte
	plain    bool // count bytes alone
	left     int  // chunks until both are compared again
	deflate  [2]deflater
}

// deflater compresses with one level.
type deflater struct {
	out bytes.Buffer
	zip *zlib.Writer
}

// pack returns the bytes to store and the filters that were left out. The bytes
// are valid until the next call.
func (p *packer) pack(b []byte) ([]byte, int, error) {
	if p.skip > 0 || p.hurry {
		p.skip = max(p.skip-1, 0)
		return b, allFiltersOff, nil
	}
	p.shuffled = shuffle(p.shuffled, b, p.element)
	out, err := p.smaller()
	if err != nil {
		return nil, 0, err
	}
	if len(out) >= len(b) {
		p.skip = skipChunks
		return b, allFiltersOff, nil
	}
	return out, 0, nil
}

// smaller compresses what is shuffled, with the level that has proved better.
func (p *packer) smaller() ([]byte, error) {
	plain, full := &p.deflate[0], &p.deflate[1]
	if p.left--; p.left > 0 {
		if p.plain {
			return plain.pack(p.shuffled, zlib.HuffmanOnly)
		}
		return full.pack(p.shuffled, zlib.BestSpeed)
	}
	p.left = sameLevel
	a, err := plain.pack(p.shuffled, zlib.HuffmanOnly)
	if err != nil {
		return nil, err
	}
	b, err := full.pack(p.shuffled, zlib.BestSpeed)
	p.plain = float64(len(a)) <= plainMost*float64(len(b))
	return b, err
}

func (d *deflater) pack(b []byte, level int) (_ []byte, err error) {
	d.out.Reset()
	if d.zip == nil {
		if d.zip, err = zlib.NewWriterLevel(&d.out, level); err != nil {
			return nil, err
		}
	} else {
		d.zip.Reset(&d.out)
	}
	if _, err := d.zip.Write(b); err != nil {
		return nil, err
	}
	err = d.zip.Close()
	return d.out.Bytes(), err
}

// maxRatio is more than deflate can compress.
const maxRatio = 1100

// unpack is the inverse of pack.
func unpack(b []byte, mask, element, size int) ([]byte, error) {
	if size > maxRatio*(len(b)+1) {
		return nil, fmt.Errorf("%w: %d bytes cannot be a chunk of %d", ErrDamaged, len(b), size)
	}
	if mask&2 == 0 {
		r, err := zlib.NewReader(bytes.NewReader(b))
		if err != nil {
			return nil, fmt.Errorf("%w: a chunk is not compressed as it says", ErrDamaged)
		}
		out := make([]byte, size)
		if _, err := io.ReadFull(r, out); err != nil {
			return nil, fmt.Errorf("%w: a compressed chunk is cut off", ErrDamaged)
		}
		b = out
	}
	if len(b) != size {
		return nil, fmt.Errorf("%w: a chunk has %d bytes, not %d", ErrDamaged, len(b), size)
	}
	if mask&1 == 0 {
		b = unshuffle(b, element)
	}
	return b, nil
}

// shuffle puts the first bytes of all elements first, then the second ones, ...
func shuffle(dst, b []byte, element int) []byte {
	n := len(b) / element
	if cap(dst) < len(b) {
		dst = make([]byte, len(b))
	}
	dst = dst[:len(b)]
	for j := range element {
		row := dst[j*n : (j+1)*n]
		for i := range row {
			row[i] = b[i*element+j]
		}
	}
	return dst
}

func unshuffle(b []byte, element int) []byte {
	n := len(b) / element
	out := make([]byte, len(b))
	for j := range element {
		for i, x := range b[j*n : (j+1)*n] {
			out[i*element+j] = x
		}
	}
	return out
}
