package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"blissh/internal/testterm"

	"github.com/creack/pty"
)

// terminal is blissh in a pseudo-terminal, and its screen.
type terminal struct {
	*process
	tty    *os.File
	screen *testterm.Screen
}

// open runs blissh in a terminal of 120 x 40.
func (p *place) open(args ...string) *terminal {
	p.t.Helper()
	return p.openSize(120, 40, args...)
}

func (p *place) openSize(columns, rows int, args ...string) *terminal {
	p.t.Helper()
	return p.openCommand(columns, rows, p.command(args...))
}

// openCommand runs a command in a terminal.
func (p *place) openCommand(columns, rows int, cmd *exec.Cmd) *terminal {
	p.t.Helper()
	x := &process{t: p.t, cmd: cmd, done: make(chan struct{})}
	tty, err := pty.StartWithSize(x.cmd, &pty.Winsize{Rows: uint16(rows), Cols: uint16(columns)})
	if err != nil {
		p.t.Fatal(err)
	}
	x.stdin = tty
	screen := testterm.New(columns, rows, tty)
	copied := make(chan struct{})
	go func() { io.Copy(io.MultiWriter(&x.out, screen), tty); close(copied) }()
	go func() {
		x.err = x.cmd.Wait()
		<-copied
		close(x.done)
	}()
	p.t.Cleanup(func() {
		x.cmd.Process.Kill()
		tty.Close()
		<-x.done
		screen.Close()
	})
	return &terminal{x, tty, screen}
}

// resize changes the size of the window.
func (x *terminal) resize(columns, rows int) {
	x.t.Helper()
	x.screen.Resize(columns, rows)
	if err := pty.Setsize(x.tty, &pty.Winsize{Rows: uint16(rows), Cols: uint16(columns)}); err != nil {
		x.t.Fatal(err)
	}
}

// lines are the rows of the screen as they are now, without blanks at their
// ends, down to the last one that is not empty.
func (x *terminal) lines() []string {
	lines := x.screen.Lines()
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// text is everything that was ever shown, what has scrolled off the screen
// included.
func (x *terminal) text() string { return x.screen.Text() }

// until waits until the screen is as a test wants it: ok is given its lines.
func (x *terminal) until(what string, ok func(lines []string) bool) {
	x.t.Helper()
	for end := time.Now().Add(testPatience); !ok(x.lines()); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			x.t.Fatalf("%s is not on the screen:\n%s", what, strings.Join(x.lines(), "\n"))
		}
	}
}

// sees waits until the screen as it is now matches.
func (x *terminal) sees(pattern string) {
	x.t.Helper()
	re := regexp.MustCompile("(?m)" + pattern)
	x.until(pattern, func(lines []string) bool { return re.MatchString(strings.Join(lines, "\n")) })
}

// enter types a line at the prompt and waits until the next prompt is there; it
// returns what was printed in between.
func (x *terminal) enter(line string) string {
	x.t.Helper()
	start := x.typeLine(line)
	return x.prompt(start)
}

// typeLine types a line and returns where the output was.
func (x *terminal) typeLine(line string) (start int) {
	x.t.Helper()
	x.settle()
	start = len(x.out.String())
	x.press(line + "\r")
	return start
}

// settle waits a moment for the screen to be complete: a warning may be on its
// way to it, and the prompt drawn anew below that.
func (x *terminal) settle() {
	for end := time.Now().Add(200 * time.Millisecond); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if _, line, _ := x.screen.Above(0); promptLine.MatchString(line) && x.screen.Written() == len(x.out.String()) {
			return
		}
	}
}

// see waits until something that matches has been printed, be it gone again.
func (x *terminal) see(pattern string) {
	x.t.Helper()
	x.seeAfter(0, pattern)
}

func (x *terminal) press(keys string) {
	x.t.Helper()
	if _, err := io.WriteString(x.tty, keys); err != nil {
		x.t.Fatal(err)
	}
}

var promptLine = regexp.MustCompile(`^DEMO_SESSION \[\d+\]: $`)

// prompt waits for a prompt after start and returns the text before it, as it
// was shown.
func (x *terminal) prompt(start int) string {
	x.t.Helper()
	for end := time.Now().Add(testPatience); ; time.Sleep(2 * time.Millisecond) {
		text, line, down := x.screen.Above(start)
		if promptLine.MatchString(line) && (down > 0 || start == 0) && x.screen.Written() >= start {
			return strings.ReplaceAll(text, "^C", "")
		}
		select {
		case <-x.done:
			x.t.Fatalf("blissh ended:\n%s", x.text())
		default:
		}
		if time.Now().After(end) {
			x.t.Fatalf("no prompt:\n%s", x.text())
		}
	}
}

// seeAfter waits until what was shown after start matches, be it gone again.
func (x *terminal) seeAfter(start int, pattern string) {
	x.t.Helper()
	re := regexp.MustCompile("(?m)" + pattern)
	for end := time.Now().Add(testPatience); !re.MatchString(x.out.String()[start:]) && !re.MatchString(x.screen.Since(start)); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			x.t.Fatalf("nothing matches %s:\n%s", pattern, x.screen.Since(start))
		}
	}
}

// want checks what an input printed.
func (x *terminal) want(printed, pattern string) {
	x.t.Helper()
	if !regexp.MustCompile("(?m)" + pattern).MatchString(printed) {
		x.t.Errorf("%q does not match %s", shorten(printed), pattern)
	}
}

// shorten keeps the ends of a long text.
func shorten(s string) string {
	if len(s) < 2000 {
		return s
	}
	return s[:1000] + "\n ... \n" + s[len(s)-1000:]
}

// atRest checks that an axis is at rest: it is READY, and where it is it stays.
func (x *terminal) atRest(axis string) {
	x.t.Helper()
	x.want(x.enter(axis+".state"), `^Out \[\d+\]: READY$`)
	position := outLine.FindStringSubmatch(x.enter(axis + ".position"))
	again := outLine.FindStringSubmatch(x.enter(axis + ".position"))
	if position == nil || again == nil || position[1] != again[1] {
		x.t.Errorf("%s moves: %v, then %v", axis, position, again)
	}
}

// wholePoints checks that the last scan, s, has the same number of points in
// all data channels, at least min.
func (x *terminal) wholePoints(min int) {
	x.t.Helper()
	lengths := map[string]bool{}
	for _, name := range []string{"robz", "elapsed_time", "epoch", "sim_ct_gauss"} {
		m := outLine.FindStringSubmatch(x.enter(`len(s.get_data()["` + name + `"])`))
		if m == nil {
			x.t.Fatalf("no length of %s:\n%s", name, x.out.String())
		}
		lengths[m[1]] = true
	}
	if len(lengths) != 1 {
		x.t.Errorf("data channels of different lengths: %v", lengths)
	}
}

const ctrlC = "\x03"

func TestCtrlCInATerminal(t *testing.T) {
	p := newPlace(t)
	x := p.open("--store", "memory")
	x.prompt(0)

	t.Run("at the prompt it drops the line", func(t *testing.T) {
		start := len(x.out.String())
		x.press("nonsense(")
		x.press(ctrlC)
		x.prompt(start)
		x.want(x.enter("1+1"), `^Out \[\d+\]: 2$`)
	})
	t.Run("in a continued input it drops all of it", func(t *testing.T) {
		start := x.typeLine("for {")
		x.seeAfter(start, `\.\.\.: $`)
		start = len(x.out.String())
		x.press(ctrlC)
		x.prompt(start)
		x.want(x.enter("2+2"), `^Out \[\d+\]: 4$`)
	})
	t.Run("in a move it stops the axis", func(t *testing.T) {
		start := x.typeLine("mv(robz, 900)")
		x.seeAfter(start, "moving robz from 0 to 900 mm")
		time.Sleep(100 * time.Millisecond)
		x.press(ctrlC)
		x.want(x.prompt(start), `^mv: interrupted by Ctrl-C \(robz stopped at [0-9.]+ mm\)$`)
		x.atRest("robz")
	})
	t.Run("in a scan of short counts one press is enough", func(t *testing.T) {
		x.enter("s = ascan(robz, 0, 5, 500, .001, sim_ct_gauss, save=False, run=False)")
		x.enter("s.set_watchdog_callback(StopAlignmentHook())")
		start := x.typeLine("s.run()")
		x.seeAfter(start, ` 10/501 `)
		x.press(ctrlC)
		x.want(x.prompt(start), `^ aborted at \d+/501: interrupted by Ctrl-C$`)
		x.want(x.enter("s.state"), `^Out \[\d+\]: aborted$`)
		x.wholePoints(10)
		x.atRest("robz")
	})
	t.Run("in a count of 60 s the second press stops it", func(t *testing.T) {
		start := x.typeLine("s = loopscan(3, 60, sim_ct_gauss, save=False)")
		x.seeAfter(start, `sim_ct_gauss\r\n`)
		time.Sleep(100 * time.Millisecond)
		x.press(ctrlC)
		x.seeAfter(start, `the count goes on for \d+ s; Ctrl-C again stops it now`)
		time.Sleep(8 * bounce) // or it counts as the same press
		began := time.Now()
		x.press(ctrlC)
		x.want(x.prompt(start), `^ aborted at 0/3: interrupted by Ctrl-C$`)
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("the second press took %v", took)
		}
	})
	t.Run("in an endless loop it breaks the loop", func(t *testing.T) {
		start := x.typeLine("for {}")
		time.Sleep(200 * time.Millisecond)
		x.press(ctrlC)
		x.want(x.prompt(start), `interrupted by Ctrl-C$`)
	})
	t.Run("in a loop of scans nothing starts any more", func(t *testing.T) {
		start := x.typeLine("for { loopscan(1, .01, sim_ct_gauss, save=False) }")
		x.seeAfter(start, `done at 1/1`)
		x.press(ctrlC)
		x.want(x.prompt(start), `interrupted by Ctrl-C$`)
		x.want(x.enter("1"), `^Out \[\d+\]: 1$`)
	})
	t.Run("afterwards a hook still stops a scan", func(t *testing.T) {
		x.enter(`import "blissh/channel"`)
		x.enter(`stop := channel.OpenDefault("stop_alignment", false)`)
		x.enter("s = ascan(robz, 0, 5, 500, .001, sim_ct_gauss, save=False, run=False)")
		x.enter("s.set_watchdog_callback(StopAlignmentHook())")
		x.enter("stop.Set(true)")
		x.want(x.enter("s.run()"), `^ stopped at \d+/501 by hook StopAlignmentHook$`)
		x.atRest("robz")
	})
	x.press("\x04")
	select {
	case <-x.done:
		if x.err != nil {
			t.Errorf("Ctrl-D: %v", x.err)
		}
	case <-time.After(testPatience):
		t.Errorf("Ctrl-D does not end the shell:\n%s", x.out.String())
	}
}

// TestThirdCtrlC gives the prompt back from what does not stop.
func TestThirdCtrlC(t *testing.T) {
	x := newPlace(t).open("--store", "memory")
	x.prompt(0)
	start := x.typeLine("func() { var mu sync.Mutex; mu.Lock(); mu.Lock() }()")
	time.Sleep(200 * time.Millisecond)
	x.press(ctrlC)
	time.Sleep(100 * time.Millisecond)
	x.press(ctrlC)
	x.seeAfter(start, "still waiting for it to stop; Ctrl-C again gives the prompt back")
	x.press(ctrlC)
	x.prompt(start)
	x.want(x.enter("wa()"), `user +0\.0000 `)
}

func TestSignalsEndTheProgram(t *testing.T) {
	for _, c := range []struct {
		signal os.Signal
		status int
	}{{syscall.SIGTERM, exitTerminated}, {os.Interrupt, exitInterrupted}} {
		t.Run(c.signal.String(), func(t *testing.T) {
			t.Parallel()
			x := newPlace(t).start("--store", "memory")
			x.typeLines("ascan(robz, 0, 5, 500, .001, sim_ct_gauss, save=False)", `println("never")`)
			x.see(` 10/501 `)
			x.signal(c.signal)
			if got := x.exit(); got != c.status {
				t.Errorf("exit status %d, want %d:\n%s", got, c.status, x.out.String())
			}
			x.see(`^ aborted at \d+/501: (terminated by SIGTERM|interrupted by Ctrl-C)$`)
			if strings.Contains(x.out.String(), "never") {
				t.Error("the next line was run")
			}
		})
	}
}

// TestHangUp: the scan goes on when the terminal is gone, its output goes to a
// log, and the shell leaves at its end.
func TestHangUp(t *testing.T) {
	p := newPlace(t)
	listener := p.start("listen", "demo_session")
	x := p.open()
	x.prompt(0)
	start := x.typeLine("ascan(robz, 0, 1, 100, .001, sim_ct_gauss, save=False)")
	x.seeAfter(start, ` 20/101 `)
	x.signal(syscall.SIGHUP)
	x.tty.Close()
	select {
	case <-x.done:
	case <-time.After(testPatience):
		t.Fatal("the shell does not leave")
	}
	listener.see(`^Scan demo_session:1_ascan ends: done, 101 points$`)
	log, err := os.ReadFile(filepath.Join(p.dir, "run", "blissh", "demo_session.log"))
	if err != nil || !strings.Contains(string(log), " done at 101/101") {
		t.Errorf("log %q (%v)", log, err)
	}
}

// TestCtrlZ is refused while an axis moves.
func TestCtrlZ(t *testing.T) {
	x := newPlace(t).open("--store", "memory")
	x.prompt(0)
	start := x.typeLine("mv(robz, 50)")
	x.seeAfter(start, "moving robz")
	x.press("\x1a")
	x.seeAfter(start, "Ctrl-Z is refused while something runs")
	x.prompt(start)
	x.want(x.enter("robz.position"), `^Out \[\d+\]: 50$`)
}

// TestQuarantine: an axis that does not confirm its stop is named, and refused
// until it has been read at rest.
func TestQuarantine(t *testing.T) {
	x := newPlace(t).open("--store", "memory")
	x.prompt(0)
	x.enter(`sim_fault(robz, "stop", "deaf")`)
	start := x.typeLine("mv(robz, 900)")
	x.seeAfter(start, "moving robz")
	x.press(ctrlC)
	time.Sleep(8 * bounce)
	x.press(ctrlC)
	x.seeAfter(start, "Ctrl-C again gives the prompt back")
	x.press(ctrlC)
	x.want(x.prompt(start), `^quarantined: robz did not confirm to be at rest; moves are refused until the state is read at rest$`)
	x.want(x.enter("mv(robz, 0)"), `robz is (quarantined|moving)`)
	x.want(x.enter("wa()"), `user .* \? `)
	x.enter(`sim_fault(robz, "clear")`)
	for end := time.Now().Add(testPatience); !strings.Contains(x.enter("robz.state"), "READY") && time.Now().Before(end); {
		time.Sleep(50 * time.Millisecond)
	}
	for end := time.Now().Add(testPatience); !strings.Contains(x.enter("mv(robz, 0)"), "moving robz from") && time.Now().Before(end); {
		time.Sleep(50 * time.Millisecond) // the move that was left behind is ending
	}
	x.want(x.enter("robz.position"), `^Out \[\d+\]: 0$`)
}
