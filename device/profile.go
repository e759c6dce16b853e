package device

import (
	"math"
	"time"
)

// TravelTime is how long a move over distance takes from rest to rest, with a
// constant acceleration up to velocity and the same deceleration: a trapezium,
// or a triangle (2·sqrt(distance/acceleration)) when velocity is not reached.
// A velocity or an acceleration of zero means that it does not limit.
func TravelTime(distance, velocity, acceleration float64) time.Duration {
	d := math.Abs(distance)
	switch {
	case d == 0 || velocity <= 0 && acceleration <= 0:
		return 0
	case acceleration <= 0:
		return seconds(d / velocity)
	case velocity <= 0 || d < velocity*velocity/acceleration:
		return seconds(2 * math.Sqrt(d/acceleration))
	default:
		return seconds(d/velocity + velocity/acceleration)
	}
}

// StopTime is how long a deceleration from velocity takes.
func StopTime(velocity, acceleration float64) time.Duration {
	if velocity <= 0 || acceleration <= 0 {
		return 0
	}
	return seconds(velocity / acceleration)
}

// plus adds two durations, up to the longest one there is.
func plus(a, b time.Duration) time.Duration {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

// seconds rounds up to a nanosecond, so that a move has ended when its time is
// over, and stops at the longest duration there is.
func seconds(s float64) time.Duration {
	ns := math.Ceil(s * 1e9)
	if !(ns < math.MaxInt64) {
		return math.MaxInt64
	}
	return time.Duration(ns)
}
