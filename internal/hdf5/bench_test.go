package hdf5

import (
	"math/rand/v2"
	"testing"
)

// BenchmarkPoint is a point of 20 counters, seen at once.
func BenchmarkPoint(b *testing.B) {
	f, _ := newFile(b)
	g := &Group{}
	var columns []*Column
	blocks := make([][]byte, 20)
	for i := range blocks {
		c := &Column{Type: Float(8), Rows: 1024}
		columns = append(columns, c)
		g.Put(string(rune('a'+i)), c)
		blocks[i] = floats(float64(i))
	}
	table := f.NewTable(columns...)
	must(b, f.Add("/1.1", g))
	for b.Loop() {
		must(b, table.Append(1, blocks...))
	}
}

// BenchmarkImage is an image of 1024 x 1024 16-bit pixels with a beam and noise.
func BenchmarkImage(b *testing.B) {
	f, _ := newFile(b)
	c := &Column{Type: Int(2, false), Shape: []int{1024, 1024}, Deflate: true}
	table := f.NewTable(c)
	must(b, f.Add("/image", c))
	rng := rand.New(rand.NewPCG(1, 2))
	var image []byte
	for range 1024 * 1024 {
		image = le.AppendUint16(image, uint16(100+rng.IntN(16)))
	}
	b.SetBytes(int64(len(image)))
	for b.Loop() {
		must(b, table.Append(1, image))
	}
}
