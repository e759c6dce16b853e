package hdf5

import (
	"fmt"
	"sort"
)

// heapID is where a text is: a collection of the global heap and its number
// there. The zero value is the empty text.
type heapID struct {
	at    int64
	index int
}

// A collection is at least minHeap long; a new one is begun at fullHeap.
const (
	minHeap  = 4096
	fullHeap = 32 << 10
)

// strings writes all text of an addition, and notes where it is.
func (p *plan) strings() error {
	all := make([]string, 0, len(p.text))
	for s := range p.text {
		if s != "" {
			all = append(all, s)
		}
	}
	sort.Strings(all)
	for len(all) > 0 {
		n, size := 0, int64(16)
		for n < len(all) && size < fullHeap {
			size += 16 + pad(int64(len(all[n])))
			n++
		}
		if err := p.collection(all[:n], max(size+16, minHeap)); err != nil {
			return err
		}
		all = all[n:]
	}
	return nil
}

// collection writes one collection; what is left of it is one free object.
func (p *plan) collection(list []string, size int64) error {
	at := p.f.alloc(size)
	b := join([]byte("GCOL\x01\x00\x00\x00"), u64(size))
	for i, s := range list {
		p.text[s] = heapID{at, i + 1}
		b = append(b, join(u16(i+1), u16(1), u32(0), u64(int64(len(s))), padded([]byte(s)))...)
	}
	b = append(b, join(u64(0), u64(size-int64(len(b))))...)
	return p.f.write(at, append(b, make([]byte, size-int64(len(b)))...))
}

// heapText reads a text.
func (f *File) heapText(id heapID, n int) (string, error) {
	if n == 0 || id.at == 0 {
		return "", nil
	}
	b, err := f.read(id.at, 16)
	if err != nil {
		return "", err
	}
	if string(b[:4]) != "GCOL" {
		return "", fmt.Errorf("%w: at byte %d text is expected", ErrDamaged, id.at)
	}
	if b, err = f.read(id.at, int64(le.Uint64(b[8:]))); err != nil {
		return "", err
	}
	for c := (cursor{b: b[16:]}); len(c.b) >= 16; {
		index, _, _, size := c.u16(), c.u16(), c.u32(), c.u64()
		if index == 0 {
			break
		}
		object := c.take(int(pad(size)))
		if index == id.index && !c.short && n <= len(object) {
			return string(object[:n]), nil
		}
	}
	return "", fmt.Errorf("%w: text %d at byte %d is not there", ErrDamaged, id.index, id.at)
}
