package commands

import (
	"testing"
	"time"
)

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
  dial high     none      100
  dial        2.0000  -1.2346
  dial low      none     -100
`)
	b.prints("sta", func() { b.sta() }, `
  axis  state
  m     READY
  th    READY
  slow  READY
`)
	b.fails("wm: argument 1 (axis): an axis expected, got nothing; usage: wm(axis, ...)", func() { b.wm() })
	b.fails("wa: argument 1, the axis m, is one too many; usage: wa()", func() { b.wa(m) })
	b.fails("sta: argument 1 (axis): an axis expected, got 3; usage: sta(axis, ...)", func() { b.sta(3) })
}

// An axis that fails or does not answer is marked and hides no other one.
func TestAxisThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	th, slow := b.axis("th"), b.axis("slow")
	b.simFault(th, "read", "fail") // once: the state that is read first
	b.prints("wa", func() { b.wa() }, `
         m[mm]  th[deg]    slow
  user  0.0000     !ERR  0.0000
  dial  0.0000     !ERR  0.0000
  !ERR th: read: simulated fault
`)
	b.simFault(th, "read", "fail")
	b.prints("sta", func() { b.sta() }, `
  axis  state
  m     READY
  th    !ERR   read: simulated fault
  slow  READY
`)
	b.simFault(slow, "read", "hang")
	defer b.simFault(slow, "clear")
	began := time.Now()
	b.prints("wa", func() { b.wa() }, `
         m[mm]  th[deg]  slow
  user  0.0000  10.5000  !ERR
  dial  0.0000   2.0000  !ERR
  !ERR slow: no answer within 1 s
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
  !ERR slow: no answer within 1 s
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
	b.prints("wa", func() { b.wa() }, `
        m[mm]  th[deg]    slow
  user      ?  10.5000  0.0000
  dial      ?   2.0000  0.0000
  ? m: quarantined: moves are refused until it is read at rest; no answer within 1 s
`)
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
