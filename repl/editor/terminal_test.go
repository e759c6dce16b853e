package editor

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"blissh/repl"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

func modesOf(t *testing.T, f *os.File) unix.Termios {
	t.Helper()
	m, err := unix.IoctlGetTermios(int(f.Fd()), getModes)
	if err != nil {
		t.Fatal(err)
	}
	return *m
}

// TestModes: keys are keys while something is typed, Ctrl-C is a signal while a
// command runs, and in the end the terminal is what it was.
func TestModes(t *testing.T) {
	var was unix.Termios
	u := open(t, 80, 24, func(o *Options) { was = modesOf(t, o.In) })
	if m := modesOf(t, u.end); m.Lflag&unix.ISIG == 0 || m.Lflag&unix.ECHO != 0 {
		t.Errorf("before the first prompt: %#v", m)
	}
	u.start()
	u.sees(0, 10, "DEMO [1]:")
	if m := modesOf(t, u.end); m.Lflag&(unix.ISIG|unix.ICANON|unix.ECHO) != 0 || m.Oflag&unix.OPOST == 0 {
		t.Errorf("at the prompt: %#v", m)
	}
	u.press(ctrlD)
	u.fails(io.EOF)
	if m := modesOf(t, u.end); m.Lflag&unix.ISIG == 0 {
		t.Errorf("while a command runs: %#v", m)
	}
	if err := u.e.Close(); err != nil {
		t.Error(err)
	}
	if m := modesOf(t, u.end); m != was {
		t.Errorf("in the end %#v, was %#v", m, was)
	}
	ok := func(raw string) bool {
		return strings.LastIndex(raw, pasteOff) > strings.LastIndex(raw, pasteOn) && strings.HasSuffix(raw, showCursor)
	}
	for end := time.Now().Add(patience); !ok(u.screen.Raw()); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("left switched on: %q", u.screen.Raw())
		}
	}
}

// TestTypeAheadStaysInTheTerminal: what comes behind an Enter is for the command
// that runs, or for the next prompt.
func TestTypeAheadStaysInTheTerminal(t *testing.T) {
	u := open(t, 80, 24, nil)
	u.press("tw(robz)\rab\x1b[Awa\r1+1\r")
	got, err := u.e.ReadLine("DEMO [1]: ")
	if got != "tw(robz)" || err != nil {
		t.Fatalf("got %q, %v", got, err)
	}
	keys := make([]byte, len("ab\x1b[A"))
	if _, err := io.ReadFull(u.end, keys); err != nil || string(keys) != "ab\x1b[A" {
		t.Errorf("the command reads %q, %v", keys, err)
	}
	for _, want := range []string{"wa", "1+1"} {
		if got, err := u.e.ReadLine("DEMO [2]: "); got != want || err != nil {
			t.Errorf("got %q, %v; want %q", got, err, want)
		}
	}
}

// TestLongTypeAhead: nothing of it is lost, although a terminal that edits lines
// would keep 4095 bytes of one.
func TestLongTypeAhead(t *testing.T) {
	u := open(t, 80, 24, nil)
	text := strings.Repeat("x", 20000)
	go io.WriteString(u.tty, text+"\r")
	time.Sleep(50 * time.Millisecond) // it comes while nobody reads
	if got, err := u.e.ReadLine("DEMO [1]: "); got != text || err != nil {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
}

// output is where a program's output goes.
type output struct {
	mu    sync.Mutex
	above func(string)
}

func (o *output) typing(above func(string)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.above = above
}

func (o *output) print(s string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.above == nil {
		return false
	}
	o.above(s)
	return true
}

func TestOutputFromElsewhere(t *testing.T) {
	var out output
	u := sit(t, 60, 12, func(o *Options) { o.Typing = out.typing })
	u.press("mv(ro")
	popup := []string{"          " + "   robx  axis, mm, at 0.0000", "             roby  axis, mm, at 12.5000", "             robz  axis, mm, at -5.0000"}
	u.sees(0, 15, append([]string{"DEMO [1]: mv(ro"}, popup...)...)
	out.print("the store is lost\nand ")
	u.sees(1, 15, append([]string{"the store is lost", "DEMO [1]: mv(ro"}, popup...)...)
	out.print("back\n")
	u.sees(2, 15, append([]string{"the store is lost", "and back", "DEMO [1]: mv(ro"}, popup...)...)
	u.press(tab)
	out.print("a warning that is longer than the window, which is no more than 60 columns\n")
	u.sees(2, 17, append([]string{"a warning that is longer than the window, which is no more t", "han 60 columns", "DEMO [1]: mv(robx"}, popup...)...)
	u.press(", 1)" + enter)
	u.gets("mv(robx, 1)")

	u.press(ctrlR + "mv")
	u.sees(0, 13, "search 'mv': mv(robx, 1)")
	out.print("one\n")
	u.sees(1, 13, "one", "search 'mv': mv(robx, 1)")
	u.press(ctrlG + "f(" + enter + "1,")
	u.sees(1, 12, "DEMO [2]: f(", "     ...: 1,")
	out.print("two\n")
	u.sees(2, 12, "two", "DEMO [2]: f(", "     ...: 1,")
	u.press("2)" + enter)
	u.gets("f(\n1,2)")
	u.sees(3, 10, "two", "DEMO [2]: f(", "     ...: 1,2)", "DEMO [3]:")
}

// TestMuchOutput: all of it appears, in order, and the line can be typed.
func TestMuchOutput(t *testing.T) {
	var out output
	u := sit(t, 60, 12, func(o *Options) { o.Typing, o.Assist = out.typing, nil })
	u.sees(0, 10, "DEMO [1]:")
	var want []string
	for i := range 500 {
		want = append(want, fmt.Sprintf("line %d", i))
		out.print(want[i] + "\n")
		if i%50 == 0 {
			u.press("x")
		}
	}
	u.sees(1, 20, "line 499", "DEMO [1]: xxxxxxxxxx")
	if got := u.screen.Text(); got != strings.Join(want, "\n")+"\nDEMO [1]: xxxxxxxxxx" {
		t.Errorf("shown:\n%s", got)
	}
}

// TestOutputWithoutAnEnd is shown when the input ends.
func TestOutputWithoutAnEnd(t *testing.T) {
	var out output
	u := sit(t, 60, 12, func(o *Options) { o.Typing = out.typing })
	u.press("1")
	u.sees(0, 11, "DEMO [1]: 1")
	out.print("half")
	u.press(enter)
	u.gets("1")
	u.sees(2, 10, "DEMO [1]: 1", "half", "DEMO [2]:")
}

func TestResize(t *testing.T) {
	u := sit(t, 60, 12, nil)
	u.press("ascan(robz, 0, 1)" + ctrlA)
	u.sees(0, 10, "DEMO [1]: ascan(robz, 0, 1)")
	for _, columns := range []int{40, 80, 200, 30} {
		u.resize(columns, 12)
		u.e.Refresh()
		u.press("x")
		u.press("\x7f")
		u.sees(0, 10, "DEMO [1]: ascan(robz, 0, 1)")
		if n := strings.Count(strings.Join(u.screen.Lines(), "\n"), "DEMO"); n != 1 {
			t.Errorf("%d columns: the prompt is there %d times:\n%s", columns, n, u.show())
		}
	}
	u.resize(18, 12)
	u.e.Refresh()
	u.sees(0, 10, "DEMO [1]: ascan(ro", "bz, 0, 1)")
	u.press(ctrlE + enter)
	u.gets("ascan(robz, 0, 1)")
}

// TestEndsFromElsewhere: SIGINT, SIGTERM and a hangup, while something is typed
// and before.
func TestEndsFromElsewhere(t *testing.T) {
	end := errors.New("terminated")
	u := open(t, 60, 12, nil)
	u.e.Clear()
	u.e.End(end) // the stronger one counts
	if _, err := u.e.ReadLine("DEMO [1]: "); err != end {
		t.Errorf("got %v, want %v", err, end)
	}

	u = sit(t, 60, 12, nil)
	u.press("half")
	u.sees(0, 14, "DEMO [1]: half")
	u.e.Clear()
	u.fails(repl.ErrCleared)
	u.sees(1, 10, "DEMO [1]: half^C", "DEMO [1]:")
	u.press("half")
	u.sees(0, 14, "DEMO [1]: half")
	u.e.End(end)
	u.fails(end)
}

// TestTheTerminalIsGone: that is the end of the input.
func TestTheTerminalIsGone(t *testing.T) {
	tty, end, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer end.Close()
	e, err := Open(Options{In: end, Out: end, Incomplete: repl.Incomplete})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	read := make(chan error, 1)
	go func() { _, err := e.ReadLine("DEMO [1]: "); read <- err }()
	if _, err := tty.Read(make([]byte, 100)); err != nil { // the prompt
		t.Fatal(err)
	}
	tty.Close()
	select {
	case err := <-read:
		if err != io.EOF {
			t.Errorf("got %v, want io.EOF", err)
		}
	case <-time.After(patience):
		t.Error("ReadLine goes on without a terminal")
	}
}

// TestSuspend: the terminal is given back for as long as the program is stopped.
func TestSuspend(t *testing.T) {
	var u *user
	var was, released unix.Termios
	var agree atomic.Bool
	stopped := make(chan bool)
	u = open(t, 60, 12, func(o *Options) {
		was = modesOf(t, o.In)
		o.Suspend = func(release func()) {
			if agree.Load() {
				release()
				released = modesOf(t, o.In)
			}
			stopped <- true
		}
	})
	u.start()
	u.press("half\x1a")
	<-stopped
	u.press("w")
	u.sees(0, 15, "DEMO [1]: halfw")
	agree.Store(true)
	u.press("\x1a")
	<-stopped
	if released != was {
		t.Errorf("while stopped %#v, was %#v", released, was)
	}
	u.press("x")
	u.sees(1, 16, "DEMO [1]: halfw", "DEMO [1]: halfwx")
	u.e.Pause() // from another process
	<-stopped
	u.press(enter)
	u.gets("halfwx")
}

// TestTheTerminalIsRightAfterEveryExit of a process, whatever ends it.
func TestTheTerminalIsRightAfterEveryExit(t *testing.T) {
	for name, end := range map[string]func(tty *os.File, p *os.Process){
		"Ctrl-D":  func(tty *os.File, _ *os.Process) { tty.WriteString(ctrlD) },
		"panic":   func(tty *os.File, _ *os.Process) { tty.WriteString("panic\r") },
		"SIGTERM": func(_ *os.File, p *os.Process) { p.Signal(syscall.SIGTERM) },
		"SIGTERM in a command": func(tty *os.File, p *os.Process) {
			tty.WriteString("sleep\r")
			time.Sleep(100 * time.Millisecond)
			p.Signal(syscall.SIGTERM)
		},
	} {
		t.Run(name, func(t *testing.T) {
			cmd, tty, screen := run(t, historyFile(t))
			was := modesOf(t, tty) // perhaps too late: compared with the usual ones below
			waitFor(t, screen, "DEMO [1]:")
			tty.WriteString("half" + ctrlU)
			end(tty, cmd.Process)
			cmd.Wait()
			m := modesOf(t, tty)
			const usual = unix.ISIG | unix.ICANON | unix.ECHO | unix.IEXTEN
			if m.Lflag&usual != usual || m.Iflag&unix.ICRNL == 0 || m.Oflag&unix.OPOST == 0 {
				t.Errorf("left as %#v, was %#v", m, was)
			}
			on := func() bool {
				raw := screen.Raw()
				return strings.LastIndex(raw, pasteOff) < strings.LastIndex(raw, pasteOn)
			}
			for end := time.Now().Add(10 * time.Second); on() && time.Now().Before(end); time.Sleep(time.Millisecond) {
			} // what the process wrote last may still be on its way
			if on() {
				t.Errorf("brackets are left on: %q", screen.Raw())
			}
		})
	}
}

// TestIdle: a prompt that waits takes no time of the processor. The bound is the
// 2 % that a user may notice on a laptop, in the time of this whole process.
func TestIdle(t *testing.T) {
	u := sit(t, 80, 24, nil)
	u.press("rob")
	u.sees(0, 13, "DEMO [1]: rob", "*", "*", "*")
	begin, used := time.Now(), cpuTime(t)
	time.Sleep(3 * time.Second)
	share := float64(cpuTime(t)-used) / float64(time.Since(begin))
	t.Logf("%.3f %% of a core", 100*share)
	if share > 0.02 {
		t.Errorf("%.1f %% of a core while nothing is typed", 100*share)
	}
}

func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var r unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &r); err != nil {
		t.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
