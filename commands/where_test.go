package commands

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"blissh/device"
	"blissh/device/sim"
	"blissh/scan"
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

// TestAxisThatMovesIsMarked in wa, wm and sta.
func TestAxisThatMovesIsMarked(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx, cancel := context.WithCancelCause(context.Background())
	b.host.ctx = ctx
	slow := b.axis("slow")
	done := make(chan string, 1)
	go func() { done <- message(t, func() { b.mv(slow, 50) }) }()
	for end := time.Now().Add(patience); slow.dev.LastState() != device.Moving && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	b.out.take()
	for _, f := range []func(){func() { b.wa() }, func() { b.wm(slow) }} {
		if text := take(b, f); !regexp.MustCompile(`\n +moving\n$`).MatchString(text) {
			t.Errorf("not marked:\n%s", text)
		}
	}
	b.prints("sta", func() { b.sta(slow, b.axis("m")) }, `
  axis  state
  slow  MOVING
  m     READY
`)
	cancel(scan.ErrInterrupted)
	<-done
}

// TestTablesFitTheWidth: what does not fit beside each other goes below, and no
// axis is lost.
func TestTablesFitTheWidth(t *testing.T) {
	rows := [][]string{{""}, {"user"}, {"dial"}, {""}}
	for i := range 20 {
		moving := ""
		if i == 13 {
			moving = "moving"
		}
		for k, cell := range []string{fmt.Sprintf("axis%02d[µm]", i), "-100.0000", "1.0000", moving} {
			rows[k] = append(rows[k], cell)
		}
	}
	for width, perBlock := range map[int]int{10: 1, 40: 2, 80: 6, 200: 16, 400: 20} {
		lines := blocks(rows, width)
		text := strings.Join(lines, "\n")
		for i := range 20 {
			if strings.Count(text, fmt.Sprintf(" axis%02d[µm]", i)) != 1 {
				t.Errorf("width %d: axis%d is not there once:\n%s", width, i, text)
			}
		}
		for _, l := range lines {
			if n := utf8.RuneCountInString(l); n > max(width-1, 20) {
				t.Errorf("width %d: %d columns: %q", width, n, l)
			}
		}
		if n := strings.Count(text, "user"); n != (20+perBlock-1)/perBlock {
			t.Errorf("width %d: %d blocks", width, n)
		}
		if strings.Count(text, "moving") != 1 {
			t.Errorf("width %d: %d marks", width, strings.Count(text, "moving"))
		}
	}
}

func TestWmInANarrowTerminal(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.atTerminal(40)
	b.prints("wm", func() { b.wm(b.axis("m"), b.axis("th"), b.axis("slow")) }, `
              m[mm]  th[deg]    slow
  user high     100     none    none
  user       0.0000  10.5000  0.0000
  user low     -100     none    none
  offset     0.0000  12.5000  0.0000
  dial high     100     none    none
  dial       0.0000   2.0000  0.0000
  dial low     -100     none    none
`)
	b.atTerminal(30)
	b.prints("wa", func() { b.wa() }, `
         m[mm]  th[deg]
  user  0.0000  10.5000
  dial  0.0000   2.0000

          slow
  user  0.0000
  dial  0.0000
`)
}

// TestFineStepsAreSeen: as many decimals as the steps have.
func TestFineStepsAreSeen(t *testing.T) {
	for steps, want := range map[float64]string{0: "0.1235", 1: "0.1235", 10000: "0.1235", -1e6: "0.123457", 3000000: "0.1234568", 1e12: "0.123456789"} {
		a, _ := sim.NewAxis(device.Config{Name: "a", StepsPerUnit: steps}, sim.MotorOptions{}, nil)
		if got := axisPosition(a, 0.123456789); got != want {
			t.Errorf("%g steps: %s, want %s", steps, got, want)
		}
	}
}
