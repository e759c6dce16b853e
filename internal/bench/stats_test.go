package main

import (
	"slices"
	"testing"
	"time"
)

func TestQuantile(t *testing.T) {
	var s samples
	for i := 100; i >= 1; i-- {
		s = append(s, time.Duration(i))
	}
	for q, want := range map[float64]time.Duration{0: 1, .5: 50, .99: 99, 1: 100} {
		if got := s.quantile(q); got != want {
			t.Errorf("quantile %v of 1 to 100 is %d, want %d", q, got, want)
		}
	}
}

func TestWorseLimitCounts(t *testing.T) {
	s := samples{100, 100, 100, 100, 900}
	if f := percentiles(s, time.Microsecond, 200, 300); f.ratio != 3 {
		t.Errorf("p50 100 of 200, p99 900 of 300: ratio %v, want 3", f.ratio)
	}
	if f := percentiles(s, time.Microsecond, 200, 0); f.ratio != .5 {
		t.Errorf("p50 100 of 200, p99 not limited: ratio %v, want 0.5", f.ratio)
	}
}

// TestRepeat: the short form tries what must hold until it does, five times at
// most, and everything else once; the long form does all its rounds.
func TestRepeat(t *testing.T) {
	for _, c := range []struct {
		short, star bool
		values      []float64
		want        int
	}{
		{true, true, []float64{30, 20, 9, 8}, 3},
		{true, true, []float64{30, 30, 30, 30, 30, 30}, maxTries},
		{true, false, []float64{30, 9}, 1},
		{false, true, []float64{9, 9, 9}, 3},
	} {
		b := &bench{options: options{short: c.short, rounds: 3}}
		left := c.values
		values, err := b.repeat(c.star, atMost(10), func() (float64, error) {
			v := left[0]
			left = left[1:]
			return v, nil
		})
		if err != nil || !slices.Equal(values, c.values[:c.want]) {
			t.Errorf("%+v: %v, %v", c, values, err)
		}
	}
}

func TestVerdict(t *testing.T) {
	for _, c := range []struct {
		short, star bool
		best        float64
		fails       bool
	}{
		{true, true, 2.1, true}, {true, true, 1.9, false}, {true, false, 9, false}, {false, true, 9, false},
	} {
		b := &bench{options: options{short: c.short}}
		if err := b.judge(1, row{star: c.star}, []figure{{ratio: 9, best: c.best}}); (err != nil) != c.fails {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
