package main

import (
	"cmp"
	"slices"
	"time"
)

const (
	// maxTries is how often the short form measures a line that must hold.
	maxTries = 5
	// tryTime is when it is satisfied with less than the limit, as long as
	// that is no failure: the short form as a whole is to take 90 s.
	tryTime = 12 * time.Second
)

// repeat measures as often as asked for. In the short form that is once, and
// of a line that must hold until a value is within the limit.
func (b *bench) repeat(star bool, s scale, once func() (float64, error)) (values []float64, err error) {
	for begin := time.Now(); !b.enough(star, s, values, time.Since(begin)); {
		v, err := once()
		if err != nil {
			return values, err
		}
		values = append(values, v)
	}
	return values, nil
}

func (b *bench) enough(star bool, s scale, values []float64, spent time.Duration) bool {
	switch n := len(values); {
	case n == 0:
		return false
	case !b.short:
		return n >= b.rounds
	case !star || n >= maxTries:
		return true
	default:
		best := s(closest(values, s))
		return best <= 1 || best <= failure && spent > tryTime
	}
}

// closest is the best of several values.
func closest(values []float64, s scale) float64 {
	return slices.MinFunc(values, func(a, b float64) int { return cmp.Compare(s(a), s(b)) })
}

// pick is a count of the long or of the short form.
func (b *bench) pick(long, short int) int {
	if b.short {
		return short
	}
	return long
}

// turns is how many rounds of a percentile's samples are taken.
func (b *bench) turns() int { return b.pick(b.rounds, 1) }
