package main

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// samples are single latencies.
type samples []time.Duration

// quantile is the value that a share q of the samples does not exceed.
func (s samples) quantile(q float64) time.Duration {
	if len(s) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s))
	return sorted[max(0, int(math.Ceil(q*float64(len(sorted))))-1)]
}

// figure is what a line shows for one store.
type figure struct {
	text  string
	ratio float64 // to the limit; NaN where there is none
	best  float64 // the same of the best try
}

func (f figure) String() string {
	if math.IsNaN(f.ratio) {
		return f.text
	}
	return fmt.Sprintf("%-18s %5.2f", f.text, f.ratio)
}

// stated is a figure without a limit.
func stated(format string, args ...any) figure {
	return figure{text: fmt.Sprintf(format, args...), ratio: math.NaN(), best: math.NaN()}
}

// percentiles is the figure of latencies with limits for p50 and p99; a limit
// of 0 is none.
func percentiles(s samples, unit time.Duration, p50, p99 time.Duration) figure {
	a, b := s.quantile(.5), s.quantile(.99)
	f := stated("%s/%s %s", count(a, unit), count(b, unit), unitName(unit))
	if len(s) == 0 {
		return stated("no samples")
	}
	for _, limit := range []struct{ is, most time.Duration }{{a, p50}, {b, p99}} {
		if limit.most > 0 {
			f.ratio = larger(f.ratio, float64(limit.is)/float64(limit.most))
		}
	}
	f.best = f.ratio
	return f
}

// larger is the larger one of two numbers, of which the first may be none.
func larger(a, b float64) float64 {
	if math.IsNaN(a) {
		return b
	}
	return max(a, b)
}

// count is a duration in a unit, with three digits.
func count(d, unit time.Duration) string {
	x := float64(d) / float64(unit)
	switch {
	case x < 10:
		return fmt.Sprintf("%.2f", x)
	case x < 100:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.0f", x)
}

func unitName(unit time.Duration) string {
	return map[time.Duration]string{time.Microsecond: "µs", time.Millisecond: "ms", time.Second: "s"}[unit]
}

// scale turns a value into its ratio to the limit.
type scale func(float64) float64

// atMost is the scale of what should be small.
func atMost(limit float64) scale { return func(v float64) float64 { return v / limit } }

// around is the scale of what should be within a share of a value.
func around(value, share float64) scale {
	return func(v float64) float64 { return math.Abs(v/value-1) / share }
}

// summary makes the figure of several rounds; format takes median and best.
func summary(values []float64, s scale, format string) figure {
	if len(values) == 0 {
		return stated("no samples")
	}
	middle, best := median(values), closest(values, s)
	return figure{text: fmt.Sprintf(format, middle, best), ratio: s(middle), best: s(best)}
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n == 0 {
		return math.NaN()
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
