package scan

import (
	"math/rand/v2"
	"testing"

	"blissh/internal/soak"
)

// naive looks at every piece.
func (t *track) naive(from, to []float64) bool {
	for j := range t.pieces() {
		if t.piece(j, from, to) {
			return true
		}
	}
	return false
}

// TestATrackFindsItsPieces compares the tree with a look at every piece, for
// moves on the track and beside it.
func TestATrackFindsItsPieces(t *testing.T) {
	r := rand.New(rand.NewPCG(soak.Seed(t), 1))
	on := 0
	for range soak.Count(60, 2000) {
		axes := 2 + r.IntN(2)
		place := func() []float64 {
			at := make([]float64, axes)
			for k := range at {
				at[k] = float64(r.IntN(7))
			}
			return at
		}
		var list Points
		for range 1 + r.IntN(700) {
			list = append(list, place())
		}
		k := newTrack(place(), list)
		if n := k.pieces(); n > len(list) {
			t.Fatalf("%d pieces of %d points", n, len(list))
		}
		for range 100 {
			from, to := place(), place()
			if n := k.pieces(); n > 0 && r.IntN(2) == 0 {
				j := r.IntN(n)
				a, b := k.corner(j), k.corner(j+1)
				for i := range from {
					from[i], to[i] = onLine(a[i], b[i], r.IntN(4), 3), onLine(a[i], b[i], r.IntN(4), 3)
				}
			}
			k.last = r.IntN(k.pieces() + 1)
			want := k.naive(from, to)
			if got := k.holds(from, to); got != want {
				t.Fatalf("from %v to %v: %v, want %v", from, to, got, want)
			}
			if want {
				on++
			}
		}
	}
	if on == 0 {
		t.Error("no move was on its track")
	}
}

// TestCornersOfATrack: a straight line has none but its ends, however many
// points are on it, and a grid those of its lines.
func TestCornersOfATrack(t *testing.T) {
	var diagonal, back Points
	for i := range 5000 {
		diagonal = append(diagonal, []float64{float64(i) * 0.1, 7 - float64(i)*0.3})
		back = append(back, []float64{float64(i % 100), 0})
	}
	for _, c := range []struct {
		name   string
		from   []float64
		t      Trajectory
		pieces int
	}{
		{"a line", []float64{0, 1}, Linear{Start: []float64{0, 0}, Stop: []float64{4, 8}, Intervals: 1}, 2},
		{"a line from its beginning", []float64{0, 0}, Linear{Start: []float64{0, 0}, Stop: []float64{4, 8}, Intervals: 50}, 1},
		{"points on a line", []float64{0, 7}, diagonal, 1},
		{"there and back", []float64{0, 0}, back, 99},
		{"a grid", []float64{0, 0}, Mesh{Start: []float64{0, 0}, Stop: []float64{9, 5}, Intervals: []int{3, 5}}, 11},
		{"a grid, back and forth", []float64{0, 0}, Mesh{Start: []float64{0, 0}, Stop: []float64{9, 5}, Intervals: []int{3, 5}, Zigzag: true}, 11},
		{"a grid of three", []float64{0, 0, 0}, Mesh{Start: []float64{0, 0, 0}, Stop: []float64{9, 5, 1}, Intervals: []int{1, 5, 1}}, 23},
		{"it stays", []float64{1, 1}, Points{{1, 1}, {1, 1}}, 0},
	} {
		if n := newTrack(c.from, c.t).pieces(); n != c.pieces {
			t.Errorf("%s: %d pieces, want %d", c.name, n, c.pieces)
		}
	}
	if newTrack([]float64{0, 0}, Mesh{Start: []float64{0, 0}, Stop: []float64{1, 1}, Intervals: []int{1, 5_000_000}}) != nil {
		t.Error("ten million corners are kept")
	}
}
