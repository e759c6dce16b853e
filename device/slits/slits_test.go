package slits

import (
	"slices"
	"testing"
)

func TestGapAndOffset(t *testing.T) {
	for _, c := range []struct {
		slit               Slit
		blades, calculated []float64
	}{
		{Slit{}, []float64{3, 1}, []float64{2, 2}},
		{Slit{}, []float64{-1, -5}, []float64{4, -3}},
		{Slit{OffsetFirst: true}, []float64{-1, -5}, []float64{-3, 4}},
		{Slit{Outward: true}, []float64{3, 1}, []float64{4, 1}},
		{Slit{Outward: true, OffsetFirst: true}, []float64{0, 0.5}, []float64{-0.25, 0.5}},
	} {
		got, err := c.slit.Forward(c.blades)
		if err != nil || !slices.Equal(got, c.calculated) {
			t.Errorf("%+v of %v: %v %v, not %v", c.slit, c.blades, got, err, c.calculated)
		}
		back, err := c.slit.Inverse(c.calculated)
		if err != nil || !slices.Equal(back, c.blades) {
			t.Errorf("%+v back from %v: %v %v, not %v", c.slit, c.calculated, back, err, c.blades)
		}
	}
	if _, err := (Slit{}).Forward([]float64{1}); err == nil {
		t.Error("a slit of one blade")
	}
}
