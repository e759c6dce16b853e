package dialect

import (
	"cmp"
	"slices"
	"strings"
)

// edit replaces src[pos:end] by text.
type edit struct {
	pos, end int
	text     string
	rank     int // orders insertions at one place, inner ones first
}

// piece says where a stretch of the result came from.
type piece struct {
	out, src int
	copied   bool // byte by byte; otherwise all of it stands for src
}

// Origin leads from offsets in a rewritten text back to the text as typed.
// The zero value is the identity.
type Origin struct{ steps [][]piece }

// Source gives the offset as typed of an offset in the result.
func (o Origin) Source(offset int) int {
	for i := len(o.steps) - 1; i >= 0; i-- {
		offset = back(o.steps[i], offset)
	}
	return offset
}

func back(pieces []piece, offset int) int {
	i, found := slices.BinarySearchFunc(pieces, offset, func(p piece, o int) int { return cmp.Compare(p.out, o) })
	if !found {
		i--
	}
	if i < 0 {
		return offset
	}
	if p := pieces[i]; p.copied {
		return p.src + offset - p.out
	}
	return pieces[i].src
}

// apply carries out edits, which must not overlap.
func apply(src string, edits []edit) (string, []piece) {
	if len(edits) == 0 {
		return src, nil
	}
	slices.SortStableFunc(edits, func(a, b edit) int {
		return cmp.Or(cmp.Compare(a.pos, b.pos), cmp.Compare(a.end, b.end), cmp.Compare(a.rank, b.rank))
	})
	var b strings.Builder
	var pieces []piece
	at := 0
	for _, e := range edits {
		if e.pos < at {
			continue
		}
		if e.pos > at {
			pieces = append(pieces, piece{b.Len(), at, true})
			b.WriteString(src[at:e.pos])
		}
		if e.text != "" {
			pieces = append(pieces, piece{b.Len(), e.pos, false})
			b.WriteString(e.text)
		}
		at = e.end
	}
	pieces = append(pieces, piece{b.Len(), at, true})
	b.WriteString(src[at:])
	return b.String(), pieces
}
