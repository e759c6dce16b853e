package commands

import (
	"context"
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"blissh/device"
	"blissh/scan"
)

func TestMv(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m, th := b.axis("m"), b.axis("th")
	b.prints("mv", func() { b.mv(m, 1, th, -2.5) }, "moving m from 0 to 1 mm\nmoving th from 10.5 to -2.5 deg\n")
	b.prints("mvr", func() { b.mvr(m, .5, th, -.5) }, "moving m from 1 to 1.5 mm\nmoving th from -2.5 to -3 deg\n")
	if m.Position() != 1.5 || th.Position() != -3 || th.Dial() != 15.5 {
		t.Errorf("m %g, th %g, dial %g", m.Position(), th.Position(), th.Dial())
	}

	const usage = "; usage: mv(axis, position, ...)"
	b.fails("mv: m: 100.5 mm is beyond the high limit 100 mm", func() { b.mv(th, 0, m, 100.5) })
	b.fails("mvr: m: -100.5 mm is beyond the low limit -100 mm", func() { b.mvr(m, -102) })
	b.fails("mv: argument 1 (axis): an axis expected, got nothing"+usage, func() { b.mv() })
	b.fails("mv: argument 2 (position): a number in mm expected, got nothing"+usage, func() { b.mv(m) })
	b.fails("mv: argument 2 (position): a number in mm expected, got NaN"+usage, func() { b.mv(m, math.NaN()) })
	b.fails("mv: argument 2 (position): a number in mm expected, got +Inf"+usage, func() { b.mv(m, math.Inf(1)) })
	b.fails("mv: argument 2 (position): a number in mm expected, got 2s"+usage, func() { b.mv(m, 2*time.Second) })
	b.fails("mv: argument 3 (axis): an axis expected, got 2"+usage, func() { b.mv(m, 1, 2) })
	b.fails("mv: argument 1 (axis): an axis expected, got the counter one"+usage, func() { b.mv(b.counter("one"), 1) })
	b.fails("mv: m is named twice", func() { b.mv(m, 1, m, 2) })
	b.fails("mv: no option wait; options: none", func() { b.mv(m, 1, Option{"wait", true}) })
	if m.Position() != 1.5 || th.Position() != -3 {
		t.Errorf("a refused move moved: m %g, th %g", m.Position(), th.Position())
	}
	b.out.take()

	b.simFault(m, "start", "fail")
	b.fails("mv: m: start: simulated fault", func() { b.mv(m, 0) })
	b.prints("mv", func() { b.mv(m, 0) }, "moving m from 1.5 to 0 mm\n")
}

// An interrupted move says where the axes came to rest.
func TestInterruptedMv(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx, cancel := context.WithCancelCause(context.Background())
	b.host.ctx = ctx
	done := make(chan string, 1)
	go func() { done <- message(t, func() { b.mv(b.axis("slow"), 50, b.axis("m"), 2) }) }()
	underWay := func() bool {
		s, _ := b.axis("slow").dev.State(t.Context())
		at, _ := b.axis("m").dev.Position(t.Context())
		return s.Has(device.Moving) && at == 2
	}
	for len(done) == 0 && !underWay() {
		time.Sleep(time.Millisecond)
	}
	cancel(scan.ErrInterrupted)
	text := <-done
	if !regexp.MustCompile(`^mv: interrupted by Ctrl-C \(slow stopped at [0-9.e-]+ ?, m stopped at 2 mm\)$`).MatchString(text) {
		t.Errorf("%q", text)
	}
}

// TestAxisWithoutAUnit: no blank stands in the place of the unit.
func TestAxisWithoutAUnit(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	slow := b.axis("slow")
	b.prints("mv", func() { b.mv(slow, .001) }, "moving slow from 0 to 0.001\n")
	b.prints("velocity =", func() { slow.SetVelocity(2) }, "slow: velocity changed from 1 to 2 /s\n")
	b.prints("position =", func() { slow.SetPosition(0) }, "slow: position redefined from 0.001 to 0, offset -0.001; nothing moved\n")
}

func TestWhereAll(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m := b.axis("m")
	b.mv(m, -1.23456)
	b.prints("wa", func() { b.wa() }, `
          m[mm]  th[deg]    slow
  user  -1.2346  10.5000  0.0000
  dial  -1.2346   2.0000  0.0000
`)
	b.prints("wm", func() { b.wm(b.axis("th"), m) }, `
             th[deg]    m[mm]
  user high     none      100
  user       10.5000  -1.2346
  user low      none     -100
  offset     12.5000   0.0000
  dial        2.0000  -1.2346
`)
	b.prints("sta", func() { b.sta() }, `
  axis  state
  m     READY
  th    READY
  slow  READY
`)
	b.fails("wm: argument 1 (axis): an axis expected, got nothing; usage: wm(axis, ...)", func() { b.wm() })
	b.fails("wa: argument 1, the axis m, is one too many; usage: wa()", func() { b.wa(m) })
	b.fails("sta: argument 1, 3, is one too many; usage: sta()", func() { b.sta(3) })
}

// An axis that fails or does not answer is marked and hides no other one.
func TestAxisThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	th, slow := b.axis("th"), b.axis("slow")
	b.simFault(th, "read", "fail") // once: the state that is read first
	b.prints("wa", func() { b.wa() }, `
         m[mm]  th[deg]    slow
  user  0.0000  !ERR     0.0000
  dial  0.0000  !ERR     0.0000
`)
	b.simFault(th, "read", "fail")
	b.prints("sta", func() { b.sta() }, `
  axis  state
  m     READY
  th    !ERR   th: read: simulated fault
  slow  READY
`)
	b.simFault(slow, "read", "hang")
	defer b.simFault(slow, "clear")
	began := time.Now()
	b.prints("wa", func() { b.wa() }, `
         m[mm]  th[deg]  slow
  user  0.0000  10.5000  !ERR
  dial  0.0000   2.0000  !ERR
`)
	if took := time.Since(began); took > 3*axisTime {
		t.Errorf("wa waited for %v", took)
	}
}

// TestDeafAxis: a driver that does not even return when its time is over holds
// neither wa nor the other axes.
func TestDeafAxis(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.simFault(b.axis("slow"), "read", "deaf")
	done := make(chan struct{})
	go func() { defer close(done); b.wa() }()
	select {
	case <-done:
		same(t, "wa", b.out.take(), `
         m[mm]  th[deg]  slow
  user  0.0000  10.5000  !ERR
  dial  0.0000   2.0000  !ERR
`)
	case <-time.After(4 * axisTime):
		t.Error("wa does not come back")
	}
	b.simFault(b.axis("slow"), "clear")
	<-done
}

func TestQuarantinedAxisIsMarked(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m := b.axis("m")
	b.simFault(m, "read", "hang") // so that it cannot be read at rest
	defer b.simFault(m, "clear")
	m.dev.Quarantine("it did not stop")
	if got := steady(take(b, func() { b.wa() })); !strings.Contains(got, "\n  user  ?      10.5000  0.0000\n") {
		t.Errorf("wa:\n%s", got)
	}
	b.simFault(m, "clear")
	m.dev.Quarantine("it did not stop")
	b.fails("mv: m is quarantined: it did not confirm to be at rest; sta() reads its state", func() { b.mv(m, 1) })
	b.prints("sta", func() { b.sta() }, `
  axis  state
  m     READY
  th    READY
  slow  READY
`)
	b.prints("mv", func() { b.mv(m, 1) }, "moving m from 0 to 1 mm\n")
}

// take is what a command prints.
func take(b *bench, f func()) string {
	b.out.take()
	f()
	return b.out.take()
}

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
	b.prints("limits =", func() { m.SetLimits([]float64{-10, 20}) }, "m: limits are now -10 to 20 mm\n")
	b.prints("m", func() { b.printf("%s\n", Show([]any{m})) }, `
axis m
  position      0 mm, dial 0 mm
  state         READY
  limits        -10 to 20 mm
  velocity      2.5 mm/s
  acceleration  50 mm/s²
  offset        0 mm, sign +1
  backlash      0 mm
  tolerance     0.0001 mm
`)
	if got := take(b, func() { b.help(m) }); !strings.HasPrefix(got, Show([]any{m})+"\n  m.acceleration  ") {
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
	if got != "m: limits are now -10 to 20 mm\n" {
		t.Errorf("%q", got)
	}
	got = take(b, func() { m.SetLimits([]float64{math.Inf(-1), math.Inf(1)}) })
	if got != "m: limits are now none to none mm\n" {
		t.Errorf("%q; wm and help say none", got)
	}
}
