package commands

import (
	"math"
	"regexp"
	"strings"
	"testing"
	"time"
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
	b.prints("m", func() { b.printf("%s\n", Show([]any{m})) }, `
axis m
  position      0 mm, dial 0 mm
  state         READY
  limits        -10 to 20 mm (configuration: dial low limit -100 mm, dial high limit 100 mm)
  velocity      2.5 mm/s (configuration: 10 mm/s)
  acceleration  50 mm/s², reached in 0.05 s (configuration: 100 mm/s²)
  offset        0 mm, sign +1
  backlash      0 mm
  tolerance     0.0001 mm
`)
	if got := take(b, func() { b.help(m) }); !strings.HasPrefix(got, Show([]any{m})+"\n  m.acceleration  ") && !strings.HasPrefix(got, Show([]any{m})+"\n  m.acctime  ") {
		t.Errorf("help(m) prints\n%s", got)
	}
	if got := Show([]any{[]any{m, 1.5}}); got != "[axis m 1.5]" {
		t.Errorf("in a list: %s", got)
	}
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

func TestWhatIsSetAtThePrompt(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m, th := b.axis("m"), b.axis("th")
	b.prints("dial =", func() { th.SetDial(3) }, "th: dial redefined from 2 to 3 deg, position still 10.5 deg, offset 13.5 deg; nothing moved\n")
	b.prints("offset =", func() { m.SetOffset(-1) }, "m: offset changed from 0 to -1 mm, position from 0 to -1 mm; nothing moved\n")
	b.prints("sign =", func() { th.SetSign(1) }, "th: sign changed from -1 to +1, position from 10.5 to 16.5 deg; nothing moved\n")
	b.prints("low_limit =", func() { m.SetLowLimit(-7) }, "m: limits are now -7 to 99 mm (were -101 to 99 mm)\n")
	b.prints("high_limit =", func() { m.SetHighLimit(8) }, "m: limits are now -7 to 8 mm (were -7 to 99 mm)\n")
	b.prints("set_limits", func() { m.SetLimits(6, -6) }, "m: limits are now -6 to 6 mm (were -7 to 8 mm)\n")
	b.prints("backlash =", func() { m.SetBacklash(.5) }, "m: backlash changed from 0 to 0.5 mm\n")
	b.prints("acctime =", func() { m.SetAcctime(.5) }, "m: acceleration changed from 100 to 20 mm/s²\n")
	if m.Acctime() != .5 || th.Dial() != 3 || th.Position() != 16.5 {
		t.Errorf("acctime %g, dial %g, position %g", m.Acctime(), th.Dial(), th.Position())
	}
	b.fails("m: low limit 7 mm is above the high limit 6 mm", func() { m.SetLowLimit(7) })
	b.fails("m: high limit -7 mm is below the low limit -6 mm", func() { m.SetHighLimit(-7) })
	b.fails(`m: a limit is a number in mm, got "x"`, func() { m.SetLimits("x", 2) })
	b.fails("m: two limits expected, low and high, got 0", func() { m.SetLimits() })
	b.fails("m: acctime 0 s is not above 0", func() { m.SetAcctime(0) })
	b.fails("m: sign 2 is neither 1 nor -1", func() { m.SetSign(2) })
	b.prints("apply_config", func() { m.ApplyConfig() }, "m: set as in the configuration: offset from -1 mm to 0 mm, dial low limit from -5 mm to -100 mm, "+
		"dial high limit from 7 mm to 100 mm, acceleration from 20 mm/s² to 100 mm/s², backlash from 0.5 mm to 0 mm; nothing moved\n")
	b.prints("apply_config", func() { m.ApplyConfig() }, "m is set as in the configuration already\n")
}

func TestMethodsThatMove(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m := b.axis("m")
	b.prints("move", func() { m.Move(3) }, "moving m from 0 to 3 mm\n")
	b.prints("rmove", func() { m.Rmove(-.5) }, "moving m from 3 to 2.5 mm\n")
	b.prints("stop", func() { m.Stop() }, "m is at rest at 2.5 mm\n")
	b.fails("m.move: m: 300 mm is beyond the high limit 100 mm", func() { m.Move(300) })
	b.fails("m.move: argument 1 (position): a number in mm expected, got nothing; usage: m.move(position)", func() { m.Move() })
	b.fails("m.rmove: argument 2, 3, is one too many; usage: m.rmove(distance)", func() { m.Rmove(2, 3) })
	b.prints("off", func() { m.Off() }, "m is off\n")
	b.fails("m.move: m is OFF at 2.5 mm (m is at 2.5 mm)", func() { m.Move(1) })
	b.prints("on", func() { m.On() }, "m is on\n")
	b.prints("move", func() { m.Move(1) }, "moving m from 2.5 to 1 mm\n")
}

// TestSettingsAreNotTouchedWhileMoving: position, dial, limits and speeds.
func TestSettingsAreNotTouchedWhileMoving(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	slow := b.axis("slow")
	done := make(chan string, 1)
	go func() { done <- message(t, func() { b.mv(slow, 50) }) }()
	for end := time.Now().Add(patience); !slow.dev.IsMoving() && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	for name, set := range map[string]func(){
		"position": func() { slow.SetPosition(0) }, "dial": func() { slow.SetDial(0) }, "offset": func() { slow.SetOffset(1) },
		"sign": func() { slow.SetSign(-1) }, "limits": func() { slow.SetLimits(-1, 1) }, "velocity": func() { slow.SetVelocity(2) },
		"backlash": func() { slow.SetBacklash(2) }, "apply_config": func() { slow.ApplyConfig() }, "off": func() { slow.Off() },
	} {
		if text := message(t, set); text != "slow is moving" {
			t.Errorf("%s: %q", name, text)
		}
	}
	b.out.take()
	slow.Stop()
	if text := b.out.take(); !regexp.MustCompile(`^slow stopped at [0-9.e-]+\n$`).MatchString(text) {
		t.Errorf("stop printed %q", text)
	}
	if text := <-done; !regexp.MustCompile(`^mv: slow was stopped.* \(slow is at [0-9.e-]+\)$`).MatchString(text) {
		t.Errorf("the move ended with %q", text)
	}
}
