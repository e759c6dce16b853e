package scan_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"blissh/scan"
)

// TestAnOverlongScanMayBeMadeShorter, though it has more points than are allowed.
func TestAnOverlongScanMayBeMadeShorter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newSteered(t, map[int]func(*steered){2: asks(`{"do":"stop_at","position":8}`, `{"do":"repeat","n":5}`)}, nil)
		x.allow(t, scan.Allowance{Points: 5})
		if err := x.s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := []string{"applied at point 3", "refused: 14 points would be planned, at most 5 are allowed"}
		if !slices.Equal(x.answers, want) {
			t.Errorf("%q", x.answers)
		}
	})
}

// TestTheDurationIsLimitedWithoutACountTime: twice the time with the counts that
// are allowed.
func TestTheDurationIsLimitedWithoutACountTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newSteered(t, nil, func(p *scan.Plan) { p.CountTime = 0 })
		x.allow(t, scan.Allowance{CountTime: time.Second})
		if err := x.s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if d := x.s.Envelope().Duration; d < 22 || d > 60 {
			t.Errorf("%g s", d)
		}
	})
}
