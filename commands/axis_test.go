package commands

import (
	"math"
	"testing"
)

func TestAxisAtThePrompt(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m, th := b.axis("m"), b.axis("th")
	b.prints("position =", func() { th.SetPosition(3) }, "th: position redefined from 10.5 to 3 deg, offset 5 deg; nothing moved\n")
	if th.Dial() != 2 || th.Offset() != 5 || th.Position() != 3 {
		t.Errorf("dial %g, offset %g, position %g", th.Dial(), th.Offset(), th.Position())
	}
	b.prints("velocity =", func() { m.SetVelocity(2.5) }, "m: velocity changed from 10 to 2.5 mm/s\n")
	b.prints("acceleration =", func() { m.SetAcceleration(50) }, "m: acceleration changed from 100 to 50 mm/s²\n")
	b.prints("limits =", func() { m.SetLimits([]float64{-10, 20}) }, "m: limits are now -10 to 20 mm (were -100 to 100 mm)\n")
	b.prints("help(m)", func() { b.help(m) }, `
axis m
  position      0 mm, dial 0 mm (last known)
  limits        -10 to 20 mm (configuration: dial low limit -100 mm, dial high limit 100 mm)
  velocity      2.5 mm/s (configuration: 10 mm/s)
  acceleration  50 mm/s², reached in 0.05 s (configuration: 100 mm/s²)
  offset        0 mm, sign +1
  backlash      0 mm
  tolerance     0.0001 mm
`)
	if m.LowLimit() != -10 || m.HighLimit() != 20 || m.State() != "READY" || th.Sign() != -1 {
		t.Errorf("%g %g %s %d", m.LowLimit(), m.HighLimit(), m.State(), th.Sign())
	}
	b.fails("m: velocity -1 mm/s is not above 0", func() { m.SetVelocity(-1) })
	b.fails("m: acceleration NaN mm/s² is not above 0", func() { m.SetAcceleration(math.NaN()) })
	b.fails("m: position cannot be NaN", func() { m.SetPosition(math.NaN()) })
	b.fails("m: two limits expected, low and high, got 1", func() { m.SetLimits([]float64{1}) })
	b.fails("m: a limit cannot be NaN", func() { m.SetLimits([]float64{1, math.NaN()}) })
	if m.Velocity() != 2.5 || m.Acceleration() != 50 {
		t.Errorf("refused, and changed all the same: %g %g", m.Velocity(), m.Acceleration())
	}
	b.simFault(m, "read", "fail")
	b.fails("m: read: simulated fault", func() { m.Position() })
}

// Limits are told as they are set: low and high, none in place of infinity.
func TestLimitsInAnyOrder(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m := b.axis("m")
	got := take(b, func() { m.SetLimits([]float64{20, -10}) })
	if m.LowLimit() != -10 || m.HighLimit() != 20 {
		t.Errorf("limits %v", m.Limits())
	}
	if got != "m: limits are now -10 to 20 mm (were -100 to 100 mm)\n" {
		t.Errorf("%q", got)
	}
	got = take(b, func() { m.SetLimits([]float64{math.Inf(-1), math.Inf(1)}) })
	if got != "m: limits are now none (were -10 to 20 mm)\n" {
		t.Errorf("%q; wm and help say none", got)
	}
}
