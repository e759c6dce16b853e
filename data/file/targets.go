package file

import (
	"math"

	"blissh/data"
)

// Targets are where each of the scanned axes was sent for n points from first on,
// by the path of the description; NaN where that does not say. It is nil if the scan
// moves no axis.
func Targets(s *data.Scan, first, n int) [][]float64 {
	if len(s.Moving) == 0 {
		return nil
	}
	list := make([][]float64, len(s.Moving))
	for k := range list {
		list[k] = make([]float64, n)
	}
	segment := 0
	for i := range n {
		for segment+1 < len(s.Path) && s.Path[segment+1].From <= first+i {
			segment++
		}
		var at []float64
		if segment < len(s.Path) {
			at = s.Path[segment].Position(first + i)
		}
		for k := range list {
			list[k][i] = math.NaN()
			if k < len(at) {
				list[k][i] = at[k]
			}
		}
	}
	return list
}
