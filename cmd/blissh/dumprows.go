package main

import (
	"blissh/data"
)

// cell is the value of one data channel at one point, as it is in the store;
// without bytes it is missing.
type cell struct {
	channel data.Channel
	bytes   []byte
}

// rowBuilder joins what a reader brings, a block of points one data channel at a
// time, into whole rows.
type rowBuilder struct {
	columns []data.Channel
	place   map[string]int
	blocks  [][]byte // of the block that is being joined, by column
	have    int      // columns that have come
	first   int      // index of its first point
	n       int      // points
}

func newRowBuilder(s *data.Scan, noArrays bool) *rowBuilder {
	b := &rowBuilder{place: map[string]int{}}
	for _, c := range s.Channels {
		if c.Scalar() || !noArrays {
			b.place[c.Name] = len(b.columns)
			b.columns = append(b.columns, c)
		}
	}
	b.blocks = make([][]byte, len(b.columns))
	return b
}

// add takes an event and gives out the rows that are whole, or that will not
// become so: those before another block, another kind of event, or the end.
func (b *rowBuilder) add(e data.Event, row func(index int, cells []cell) error) error {
	d, ok := e.(*data.NewData)
	if gone, isGone := e.(*data.Deleted); isGone && gone.Node.Kind == data.KindChannel {
		return nil // its arrays are missing
	}
	if !ok || d.First != b.first {
		if err := b.give(row); err != nil || !ok {
			return err
		}
	}
	b.first, b.n = d.First, d.Len()
	b.blocks[b.place[d.Node.Name]] = bytesOf(d)
	if b.have++; b.have < len(b.columns) {
		return nil
	}
	return b.give(row)
}

func bytesOf(d *data.NewData) []byte {
	b := d.Bytes
	for _, a := range d.Arrays {
		b = append(b, a.Bytes...)
	}
	return b
}

// give gives out what has been joined.
func (b *rowBuilder) give(row func(index int, cells []cell) error) error {
	if b.have == 0 {
		return nil
	}
	cells := make([]cell, len(b.columns))
	for i := range b.n {
		for c, channel := range b.columns {
			size := channel.PointSize()
			cells[c] = cell{channel: channel}
			if block := b.blocks[c]; len(block) >= (i+1)*size {
				cells[c].bytes = block[i*size : (i+1)*size]
			}
		}
		if err := row(b.first+i, cells); err != nil {
			return err
		}
	}
	clear(b.blocks)
	b.have, b.n, b.first = 0, 0, -1
	return nil
}
