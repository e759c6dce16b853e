package scan_test

import (
	"slices"
	"testing"

	"blissh/scan"
)

// places lists all set-points of a trajectory.
func places(t scan.Trajectory, axes int) [][]float64 {
	var all [][]float64
	for i := range t.Len() {
		to := make([]float64, axes)
		t.At(i, to)
		all = append(all, to)
	}
	return all
}

func TestTrajectories(t *testing.T) {
	for _, c := range []struct {
		name string
		t    scan.Trajectory
		axes int
		want [][]float64
	}{
		{"a line", scan.Linear{Start: []float64{-1}, Stop: []float64{1}, Intervals: 4}, 1, [][]float64{{-1}, {-0.5}, {0}, {0.5}, {1}}},
		{"a line of two axes", scan.Linear{Start: []float64{0, 5}, Stop: []float64{1, 3}, Intervals: 2}, 2, [][]float64{{0, 5}, {0.5, 4}, {1, 3}}},
		{"a list", scan.Points{{3}, {1}, {2}}, 1, [][]float64{{3}, {1}, {2}}},
		{"no axis", scan.Static{N: 2}, 0, [][]float64{{}, {}}},
		{"a mesh", scan.Mesh{Start: []float64{0, 10}, Stop: []float64{2, 11}, Intervals: []int{2, 1}}, 2,
			[][]float64{{0, 10}, {1, 10}, {2, 10}, {0, 11}, {1, 11}, {2, 11}}},
		{"a mesh to and fro", scan.Mesh{Start: []float64{0, 10}, Stop: []float64{2, 12}, Intervals: []int{2, 2}, Zigzag: true}, 2,
			[][]float64{{0, 10}, {1, 10}, {2, 10}, {2, 11}, {1, 11}, {0, 11}, {0, 12}, {1, 12}, {2, 12}}},
	} {
		if got := places(c.t, c.axes); !slices.EqualFunc(got, c.want, slices.Equal) {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestALineIsExactAtBothEnds(t *testing.T) {
	l := scan.Linear{Start: []float64{0.1}, Stop: []float64{0.7}, Intervals: 3}
	all := places(l, 1)
	if all[0][0] != 0.1 || all[3][0] != 0.7 {
		t.Error(all)
	}
}

func TestAMeshOfThreeAxesMovesOneAxisAtATimeToAndFro(t *testing.T) {
	m := scan.Mesh{Start: make([]float64, 3), Stop: []float64{3, 2, 4}, Intervals: []int{3, 2, 4}, Zigzag: true}
	all := places(m, 3)
	if len(all) != 4*3*5 {
		t.Fatal(len(all))
	}
	// The middle axis turns at every line of the slowest, so that nothing
	// jumps but the slowest axis by one.
	for i := 1; i < len(all); i++ {
		moved := 0
		for k := range 3 {
			if d := all[i][k] - all[i-1][k]; d != 0 {
				moved++
				if d != 1 && d != -1 {
					t.Errorf("point %d: axis %d jumps by %v", i, k, d)
				}
			}
		}
		if moved != 1 {
			t.Errorf("point %d: %d axes move, %v -> %v", i, moved, all[i-1], all[i])
		}
	}
}
