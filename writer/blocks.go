package writer

import (
	"fmt"

	"blissh/data"
	"blissh/data/file"
)

// blocks puts together again what a reader gives out one data channel at a time.
type blocks struct {
	scan   *data.Scan
	points func(*file.Block) error
	lost   func(n file.Note, until int) error

	block  *file.Block // the one that comes in
	filled int         // data channels of it
	next   int         // the point that comes next
	gone   bool        // the store has no more of the scan
}

// gapBlock is how many missing points are written at once.
const gapBlock = 1000

// data takes the points of one data channel.
func (a *blocks) data(e *data.NewData) error {
	if a.block != nil && a.block.First != e.First {
		if err := a.flush(); err != nil {
			return err
		}
	}
	if a.block == nil {
		a.block = &file.Block{First: e.First, N: e.Len(), Columns: make([]file.Column, len(a.scan.Channels))}
	}
	for i, c := range a.scan.Channels {
		if c.Name == e.Node.Name {
			a.block.Columns[i] = file.Column{Bytes: e.Bytes, Arrays: e.Arrays}
		}
	}
	return a.fill()
}

// fill counts a data channel, and hands on a block that has all.
func (a *blocks) fill() error {
	if a.filled++; a.filled < len(a.scan.Channels) {
		return nil
	}
	b := a.block
	a.block, a.filled = nil, 0
	if b == nil {
		return nil
	}
	b.Targets = file.Targets(a.scan, b.First, b.N)
	a.next = b.First + b.N
	return a.points(b)
}

// flush hands on a block of which a data channel could not be read.
func (a *blocks) flush() error {
	if a.block == nil {
		return nil
	}
	a.filled = len(a.scan.Channels) - 1
	return a.fill()
}

// turn notes that the scan goes another way.
func (a *blocks) turn(e *data.Steering) {
	if e.Way != nil {
		s := *a.scan
		s.Turn(e.Points, e.Way)
		a.scan = &s
	}
}

// deleted takes the news that something is no longer in the store.
func (a *blocks) deleted(e *data.Deleted) error {
	switch {
	case e.First < 0:
		a.gone = true
		return a.lost(file.Note{Points: a.next, What: file.Deleted, Text: "the rest of the scan is no longer in the store"}, 0)
	case e.Node.Kind == data.KindChannel:
		if err := a.lost(file.Note{Points: a.next, What: file.Deleted, Text: e.Node.Name + ": arrays of the next points are no longer in the store"}, a.next+1); err != nil {
			return err
		}
		return a.fill()
	}
	err := a.lost(file.Note{Points: a.next, What: file.Deleted, Text: fmt.Sprintf("points %d to %d are no longer in the store", a.next, e.First-1)}, e.First)
	for err == nil && a.next < e.First {
		b := &file.Block{First: a.next, N: min(gapBlock, e.First-a.next), Columns: make([]file.Column, len(a.scan.Channels))}
		a.next += b.N
		err = a.points(b)
	}
	return err
}
