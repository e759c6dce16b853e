package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// modes are those of the terminal.
func (x *terminal) modes() unix.Termios {
	x.t.Helper()
	m, err := unix.IoctlGetTermios(int(x.tty.Fd()), unix.TCGETS)
	if err != nil {
		x.t.Fatal(err)
	}
	return *m
}

// usable checks that a terminal is as a user expects it after a program.
func (x *terminal) usable() {
	x.t.Helper()
	const usual = unix.ISIG | unix.ICANON | unix.ECHO
	if m := x.modes(); m.Lflag&usual != usual || m.Iflag&unix.ICRNL == 0 || m.Oflag&unix.OPOST == 0 {
		x.t.Errorf("the terminal is left as %+v", m)
	}
}

// TestHistoryOfASession is in its folder; it has inputs of several lines, and
// survives kill -9.
func TestHistoryOfASession(t *testing.T) {
	p := newPlace(t)
	x := p.open("--store", "memory")
	x.prompt(0)
	x.enter(`import "time"`)
	start := x.typeLine("for i := 0; i < 2; i++ {")
	x.seeAfter(start, `\.\.\.: $`)
	x.press("\tprintln(i)\r}\r")
	x.want(x.prompt(start), `^1$`)
	x.typeLine("time.Sleep(time.Minute)")
	history := filepath.Join(p.dir, "state", "blissh", "demo_session", "history")
	for end := time.Now().Add(testPatience); ; time.Sleep(5 * time.Millisecond) {
		b, _ := os.ReadFile(history)
		if string(b) == "import \"time\"\nfor i := 0; i < 2; i++ {\\n\tprintln(i)\\n}\ntime.Sleep(time.Minute)\n" {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("history %q", b)
		}
	}
	x.cmd.Process.Kill()
	<-x.done

	x = p.open("--store", "memory")
	x.prompt(0)
	start = len(x.out.String())
	x.press("for\x1b[A")
	x.sees(`^DEMO_SESSION \[1\]: for i := 0; i < 2; i\+\+ \{\n             \.\.\.:     println\(i\)\n             \.\.\.: \}$`)
	x.press("\r")
	x.want(x.prompt(start), `^1$`)
}

// TestOutputWhileTyping appears above the line, which stays as it is.
func TestOutputWhileTyping(t *testing.T) {
	x := newPlace(t).open("--store", "memory")
	x.prompt(0)
	x.enter(`import "time"`)
	x.enter(`go func() { time.Sleep(time.Second); println("from elsewhere"); time.Sleep(time.Second); println("once more") }()`)
	x.press("1+")
	x.sees(`^from elsewhere\nDEMO_SESSION \[3\]: 1\+$`)
	x.press("\x1b[D2")
	x.sees(`^from elsewhere\nonce more\nDEMO_SESSION \[3\]: 12\+$`)
	x.press("\x053")
	x.want(x.enter(""), `^Out \[3\]: 15$`)
}

// TestCtrlCAtThePrompt stops what moves without an input, too.
func TestCtrlCAtThePrompt(t *testing.T) {
	x := newPlace(t).open("--store", "memory")
	x.prompt(0)
	start := len(x.out.String())
	x.enter("go mv(robz, 900)")
	x.seeAfter(start, "moving robz from 0 to 900 mm")
	start = len(x.out.String())
	x.press("half a line" + ctrlC)
	x.seeAfter(start, "^stopping robz$")
	x.sees(`half a line\^C\n(.*\n)*DEMO_SESSION \[2\]:$`)
	for end := time.Now().Add(testPatience); !strings.Contains(x.enter("robz.state"), "READY"); {
		if time.Now().After(end) {
			t.Fatal("robz goes on")
		}
	}
}

// TestTypeAhead: what is typed while a command runs comes to the next prompt,
// and is not shown twice.
func TestTypeAhead(t *testing.T) {
	x := newPlace(t).open("--store", "memory")
	x.prompt(0)
	x.enter(`import "time"`)
	start := x.typeLine("time.Sleep(time.Second)")
	x.seeAfter(start, `Second\)\n`)
	x.press("20+1\r30+1")
	x.seeAfter(start, `^DEMO_SESSION \[3\]: 20\+1\nOut \[3\]: 21\nDEMO_SESSION \[4\]: 30\+1$`)
}

// TestEndsOfTheShell: whatever ends it, the terminal is usable.
func TestEndsOfTheShell(t *testing.T) {
	for _, c := range []struct {
		name   string
		end    func(*terminal)
		status int
	}{
		{"Ctrl-D", func(x *terminal) { x.press("\x04") }, 0},
		{"SIGTERM at the prompt", func(x *terminal) { x.press("half"); x.signal(syscall.SIGTERM) }, exitTerminated},
		{"SIGTERM in a scan", func(x *terminal) {
			start := x.typeLine("loopscan(1000, .01, sim_ct_gauss, save=False)")
			x.seeAfter(start, ` 5/1000 `)
			x.signal(syscall.SIGTERM)
		}, exitTerminated},
		{"a hangup at the prompt", func(x *terminal) { x.signal(syscall.SIGHUP) }, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			x := newPlace(t).open("--store", "memory")
			x.prompt(0)
			c.end(x)
			select {
			case <-x.done:
			case <-time.After(testPatience):
				t.Fatalf("the shell does not end:\n%s", x.text())
			}
			if got := x.cmd.ProcessState.ExitCode(); got != c.status {
				t.Errorf("exit status %d, want %d:\n%s", got, c.status, x.text())
			}
			x.usable()
		})
	}
}

// TestSuspend: Ctrl-Z gives the terminal to the shell that started this one, fg
// gives it back.
func TestSuspend(t *testing.T) {
	bash := needProgram(t, "bash", "bash")
	p := newPlace(t)
	cmd := p.command()
	shell := exec.Command(bash, "--norc", "-i")
	shell.Dir, shell.Env = cmd.Dir, append(p.env, "PS1=bash> ", "BLISSH="+cmd.Path)
	x := p.openCommand(100, 30, shell)
	x.sees(`^bash>$`)
	x.typeLine("exec 2>&1; $BLISSH --store memory")
	x.sees(`^DEMO_SESSION \[1\]:$`)
	x.press("1+\x1a")
	x.sees(`^DEMO_SESSION \[1\]: 1\+\n(.*\n)*.*Stopped.*\nbash>$`)
	x.typeLine("echo $((20+1))")
	x.sees(`^21\nbash>$`)
	x.typeLine("fg")
	x.sees(`(?s)21.*^DEMO_SESSION \[1\]: 1\+$`)
	x.press("2\r")
	x.sees(`^Out \[1\]: 3\nDEMO_SESSION \[2\]:$`)
	x.press("\x04")
	x.sees(`^DEMO_SESSION \[2\]:\nbash>$`)
	x.typeLine("echo $((30+1))")
	x.sees(`^31\nbash>$`)
}

// TestCtrlZWithoutAShell: nobody could continue the program.
func TestCtrlZWithoutAShell(t *testing.T) {
	x := newPlace(t).open("--store", "memory")
	x.prompt(0)
	x.press("1+\x1a2")
	x.sees(`^Ctrl-Z is refused: no shell waits that could continue this one\nDEMO_SESSION \[1\]: 1\+2$`)
	x.want(x.enter(""), `^Out \[1\]: 3$`)
}

// TestPlainLines: where the cursor cannot be placed there are plain lines.
func TestPlainLines(t *testing.T) {
	t.Run("TERM=dumb", func(t *testing.T) {
		x := newPlace(t, "TERM=dumb").open("--store", "memory")
		x.prompt(0)
		x.want(x.enter("1+1"), `^Out \[1\]: 2$`)
		start := x.typeLine("for {")
		x.seeAfter(start, `\.\.\.: $`)
		x.press(ctrlC)
		x.sees(`^DEMO_SESSION \[2\]:$`)
		x.press("\x04")
		<-x.done
		if strings.Contains(x.out.String(), "\x1b") {
			t.Errorf("escape sequences: %q", x.out.String())
		}
	})
	t.Run("the output is a pipe", func(t *testing.T) {
		p := newPlace(t)
		cmd := p.command("--store", "memory")
		in, tty, err := pty.Open()
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		defer tty.Close()
		cmd.Stdin = tty
		go io.WriteString(in, "1+1\n\x04")
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "DEMO_SESSION [1]: Out [1]: 2\n") || strings.Contains(string(out), "\x1b") {
			t.Errorf("%q, %v", out, err)
		}
	})
	t.Run("no controlling terminal", func(t *testing.T) {
		p := newPlace(t)
		cmd := p.command("--store", "memory")
		tty, err := pty.StartWithAttrs(cmd, &pty.Winsize{Rows: 24, Cols: 80}, &syscall.SysProcAttr{Setsid: true})
		if err != nil {
			t.Fatal(err)
		}
		defer tty.Close()
		io.WriteString(tty, "1+1\n\x04")
		out, _ := io.ReadAll(tty) // ends with an error when the other end is closed
		if err := cmd.Wait(); err != nil || !strings.Contains(string(out), "Out [1]: 2\r\n") {
			t.Errorf("%q, %v", out, err)
		}
	})
}

// TestNarrowWindow: a wide history and long inputs in 40 columns, and in a
// window that is made narrower and wider.
func TestNarrowWindow(t *testing.T) {
	x := newPlace(t).openSize(40, 12, "--store", "memory")
	x.prompt(0)
	x.press("1+" + strings.Repeat("1+", 15) + "1")
	x.sees(`^DEMO_SESSION \[1\]: (1\+){11}\n(1\+){5}1$`)
	x.resize(80, 12)
	x.press("\x01")
	x.sees(`^DEMO_SESSION \[1\]: (1\+){16}1$`)
	if row, column := x.screen.Cursor(); x.lines()[row] != "DEMO_SESSION [1]: "+strings.Repeat("1+", 16)+"1" || column != 18 {
		t.Errorf("cursor at %d, %d:\n%s", row, column, strings.Join(x.lines(), "\n"))
	}
	x.want(x.enter(""), `^Out \[1\]: 17$`)
}

// TestIdleShell: a prompt that waits, its heartbeat included, takes less than 2 %
// of a core.
func TestIdleShell(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes 10 s")
	}
	x := newPlace(t).open("--store", "memory")
	x.prompt(0)
	x.press("rob")
	x.sees(`^DEMO_SESSION \[1\]: rob`)
	used := x.cpuTime()
	const span = 10 * time.Second
	time.Sleep(span)
	share := float64(x.cpuTime()-used) / float64(span)
	t.Logf("%.2f %% of a core", 100*share)
	if share > 0.02 {
		t.Errorf("%.1f %% of a core while nothing is typed", 100*share)
	}
}

// cpuTime is what a process has used, in steps of 10 ms.
func (x *process) cpuTime() time.Duration {
	x.t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", x.cmd.Process.Pid))
	if err != nil {
		x.t.Skipf("no process times here: %v", err)
	}
	fields := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// TestInTmux looks at what a real terminal shows.
func TestInTmux(t *testing.T) {
	tmux := needProgram(t, "tmux", "tmux")
	p := newPlace(t)
	cmd := p.command()
	socket := filepath.Join(p.dir, "tmux")
	do := func(args ...string) string {
		t.Helper()
		c := exec.Command(tmux, append([]string{"-S", socket, "-f", "/dev/null"}, args...)...)
		c.Dir, c.Env = cmd.Dir, p.env
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("tmux %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	sees := func(pattern string) {
		t.Helper()
		re := regexp.MustCompile("(?m)" + pattern)
		for end := time.Now().Add(testPatience); ; time.Sleep(20 * time.Millisecond) {
			shown := do("capture-pane", "-p")
			if re.MatchString(shown) {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("%s is not in\n%s", pattern, shown)
			}
		}
	}
	do("new-session", "-d", "-x", "80", "-y", "20", cmd.Path+" --store memory")
	pid, err := strconv.Atoi(strings.TrimSpace(do("display-message", "-p", "#{pane_pid}")))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		exec.Command(tmux, "-S", socket, "kill-server").Run()
		for end := time.Now().Add(testPatience); syscall.Kill(pid, 0) == nil && time.Now().Before(end); time.Sleep(time.Millisecond) {
		} // it still writes where the test's folder is removed
	}()
	do("set", "-g", "escape-time", "0")
	sees(`^DEMO_SESSION \[1\]:$`)
	do("send-keys", "-l", `x = "`+strings.Repeat("0123456789", 8)+`"`)
	sees(`^DEMO_SESSION \[1\]: x = "012345678901234567890123456789012345678901234567890123456\n78901234567890123456789"$`)
	do("resize-window", "-x", "40", "-y", "20")
	sees(`^DEMO_SESSION \[1\]: x = "01234567890123456\n7890123456789012345678901234567890123456\n78901234567890123456789"$`)
	do("resize-window", "-x", "120", "-y", "20")
	sees(`^help\(\) lists.*\nDEMO_SESSION \[1\]: x = "(0123456789){8}"$`)
	do("send-keys", "C-a", "C-k")
	do("set-buffer", "func f() int {\n\n\treturn 42\n\n}\n")
	do("paste-buffer", "-p") // in brackets
	sees(`^DEMO_SESSION \[1\]: func f\(\) int \{\n             \.\.\.:\n             \.\.\.:     return 42\n             \.\.\.:\n             \.\.\.: \}$`)
	do("send-keys", "Enter")
	sees(`^DEMO_SESSION \[2\]:$`)
	do("set-buffer", "func g() int {\n\n\treturn f() + 1\n\n}\n")
	do("paste-buffer") // without
	sees(`^             \.\.\.: \}\nDEMO_SESSION \[3\]:$`)
	do("send-keys", "g()", "Enter")
	sees(`^Out \[3\]: 43\nDEMO_SESSION \[4\]:$`)
	do("send-keys", "C-r", "func f")
	sees(`^search 'func f': func f\(\) int \{$`)
	do("send-keys", "C-c")
	sees(`^DEMO_SESSION \[4\]:$`)
}
