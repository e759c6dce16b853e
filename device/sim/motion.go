package sim

import (
	"math"
	"time"
)

// motion is a move from one place to another, on a line: acceleration,
// constant velocity, deceleration, each possibly of no length. It is pure.
type motion struct {
	begin    time.Time
	end      time.Time
	from, to float64
	dir      float64 // 1 or -1
	peak     float64 // velocity between the ramps, not negative
	start    float64 // velocity at the beginning, not negative
	acc      float64 // of both ramps, not negative
	up       float64 // duration of the acceleration, s
	flat     float64 // duration at peak, s
}

// rest is a motion that has ended where it began.
func rest(at float64, now time.Time) motion {
	return motion{begin: now, end: now, from: at, to: at, dir: 1}
}

// travel is a motion from rest to rest that lasts for d.
func travel(from, to, velocity, acc float64, now time.Time, d time.Duration) motion {
	m := motion{begin: now, end: now.Add(d), from: from, to: to, dir: 1, acc: acc}
	if to < from {
		m.dir = -1
	}
	length := math.Abs(to - from)
	if acc <= 0 {
		m.peak, m.start = velocity, velocity
		return m
	}
	m.peak = math.Sqrt(length * acc)
	if velocity > 0 {
		m.peak = min(m.peak, velocity)
	}
	m.up = m.peak / acc
	if m.peak > 0 {
		m.flat = length/m.peak - m.up
	}
	return m
}

// braking is the motion that brings m to rest from now on; whole rounds the
// place where it ends.
func (m motion) braking(now time.Time, whole func(float64) float64) motion {
	at, v := m.at(now)
	if m.acc <= 0 || v <= 0 {
		return rest(whole(at), now)
	}
	b := motion{begin: now, from: at, dir: m.dir, acc: m.acc, peak: v, start: v}
	b.end = now.Add(time.Duration(math.Ceil(v / m.acc * 1e9)))
	b.to = whole(at + m.dir*v*v/(2*m.acc))
	return b
}

// at is where the motion is, and how fast.
func (m motion) at(now time.Time) (position, velocity float64) {
	if !now.Before(m.end) {
		return m.to, 0
	}
	t := now.Sub(m.begin).Seconds()
	if t <= 0 {
		return m.from, m.start
	}
	s, v := m.path(t)
	return m.from + m.dir*min(s, math.Abs(m.to-m.from)), v
}

// path is the distance after t seconds, and the velocity.
func (m motion) path(t float64) (s, v float64) {
	if t < m.up {
		return m.acc * t * t / 2, m.acc * t
	}
	s = m.acc * m.up * m.up / 2
	if t -= m.up; t < m.flat || m.acc <= 0 {
		return s + m.peak*t, m.peak
	}
	s += m.peak * m.flat
	t = min(t-m.flat, m.peak/m.acc)
	return s + m.peak*t - m.acc*t*t/2, m.peak - m.acc*t
}
