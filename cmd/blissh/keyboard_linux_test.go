package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

func TestNextKey(t *testing.T) {
	for sent, want := range map[string]struct {
		key string
		n   int
	}{
		"": {"", 0}, "q": {"q", 1}, "5": {"5", 1}, "+": {"+", 1}, " ": {" ", 1}, "qq": {"q", 1}, "µm": {"µ", 2}, "\xc2": {"", 0}, "\xffx": {"\xff", 1},
		"\r": {"enter", 1}, "\n": {"enter", 1}, "\t": {"tab", 1}, "\x7f": {"backspace", 1}, "\b": {"backspace", 1}, "\x01": {"", 1},
		"\x1b": {"", 0}, "\x1b\x1b": {"escape", 1}, "\x1b[": {"", 0}, "\x1bx": {"", 2},
		"\x1b[A": {"up", 3}, "\x1b[B": {"down", 3}, "\x1b[C": {"right", 3}, "\x1b[D": {"left", 3}, "\x1bOC": {"right", 3},
		"\x1b[C\x1b[C": {"right", 3}, "\x1b[1;5D": {"left", 6}, "\x1b[3~": {"", 4}, "\x1b[1;5": {"", 0},
	} {
		if key, n := nextKey([]byte(sent)); key != want.key || n != want.n {
			t.Errorf("%q: key %q of %d bytes, want %q of %d", sent, key, n, want.key, want.n)
		}
	}
}

// aKeyboard is a keyboard on a pseudo-terminal; what is written to the file is
// typed.
func aKeyboard(t *testing.T) (*keyboard, *os.File) {
	t.Helper()
	master, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close(); tty.Close() })
	k, err := newKeyboard(tty.Name())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	return k, master
}

func typeKeys(t *testing.T, f *os.File, keys string) {
	t.Helper()
	if _, err := io.WriteString(f, keys); err != nil {
		t.Fatal(err)
	}
}

func TestKeyboard(t *testing.T) {
	k, master := aKeyboard(t)
	ctx, cancel := context.WithTimeout(t.Context(), testPatience)
	defer cancel()
	for _, c := range []struct{ typed, key string }{
		{"q", "q"}, {"\x1b[C", "right"}, {"\x1b", "escape"}, {"\r", "enter"}, {"\x1b[", ""}, {"\x1b[A", "up"},
	} {
		typeKeys(t, master, c.typed)
		if key, err := k.Key(ctx); key != c.key || err != nil {
			t.Errorf("typed %q: key %q, %v", c.typed, key, err)
		}
	}
	typeKeys(t, master, "\x1b[") // and the rest a little later: still one key
	go func() { time.Sleep(escapeTime / 10); io.WriteString(master, "D") }()
	if key, err := k.Key(ctx); key != "left" && key != "" || err != nil { // "": the machine was too busy
		t.Errorf("an arrow in two pieces: %q, %v", key, err)
	}
}

// TestKeyEndsWithItsContext: a wait for a key ends with the cause, and a key
// that comes later is not lost.
func TestKeyEndsWithItsContext(t *testing.T) {
	k, master := aKeyboard(t)
	why := errors.New("why")
	for range 20 {
		ctx, cancel := context.WithCancelCause(t.Context())
		go cancel(why)
		if _, err := k.Key(ctx); !errors.Is(err, why) {
			t.Fatal(err)
		}
	}
	typeKeys(t, master, "x")
	if key, err := k.Key(t.Context()); key != "x" || err != nil {
		t.Errorf("key %q, %v", key, err)
	}
}

// modes are what a keyboard changes about a terminal.
func modes(t *testing.T, tty *os.File) uint32 {
	t.Helper()
	var flags uint32
	raw, err := tty.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	raw.Control(func(fd uintptr) {
		termios, e := unix.IoctlGetTermios(int(fd), unix.TCGETS)
		if err = e; e == nil {
			flags = termios.Lflag & (unix.ICANON | unix.ECHO | unix.ISIG | unix.IEXTEN)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return flags
}

const cooked, singleKeys = unix.ICANON | unix.ECHO | unix.ISIG | unix.IEXTEN, unix.ISIG

func TestKeyboardGivesTheTerminalBack(t *testing.T) {
	k, master := aKeyboard(t)
	if got := modes(t, master); got != singleKeys {
		t.Errorf("while keys are read the flags are %#x, want %#x", got, singleKeys)
	}
	typeKeys(t, master, "typed ahead")
	for range 2 {
		if err := k.Close(); err != nil {
			t.Error(err)
		}
	}
	if got := modes(t, master); got != cooked {
		t.Errorf("afterwards the flags are %#x, want %#x", got, cooked)
	}
	if _, err := k.Key(t.Context()); err == nil {
		t.Error("a keyboard that was given back has keys")
	}
}

// A command that panics gives the terminal back like any other.
func TestKeyboardIsGivenBackByAPanic(t *testing.T) {
	k, master := aKeyboard(t)
	func() {
		defer func() { recover() }()
		defer k.Close()
		panic("a mistake")
	}()
	if got := modes(t, master); got != cooked {
		t.Errorf("the flags are %#x, want %#x", got, cooked)
	}
}

// tweakIn runs blissh with a tw under way in a terminal of its own.
func tweakIn(t *testing.T, p *place) (master *os.File, cmd *exec.Cmd, out *shown) {
	t.Helper()
	out = &shown{}
	cmd = p.command("--store", "memory")
	master, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 120})
	if err != nil {
		t.Fatal(err)
	}
	go io.Copy(out, master)
	t.Cleanup(func() { cmd.Process.Kill(); master.Close() })
	shows(t, out, `DEMO_SESSION \[1\]: `)
	typeKeys(t, master, "tw(robz, 500)\r")
	shows(t, out, `robz +0\.0000 mm`)
	if got := modes(t, master); got != singleKeys {
		t.Errorf("in tw the flags are %#x, want %#x", got, singleKeys)
	}
	typeKeys(t, master, "\x1b[C")
	shows(t, out, "moving ")
	return master, cmd, out
}

func shows(t *testing.T, out *shown, pattern string) {
	t.Helper()
	re := regexp.MustCompile(pattern)
	for end := time.Now().Add(testPatience); !re.MatchString(out.String()); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("nothing matches %s:\n%q", pattern, out.String())
		}
	}
}

// TestTerminalAfterSIGTERM: tw was moving an axis.
func TestTerminalAfterSIGTERM(t *testing.T) {
	t.Parallel()
	master, cmd, _ := tweakIn(t, newPlace(t))
	cmd.Process.Signal(syscall.SIGTERM)
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != exitTerminated {
		t.Errorf("%v", err)
	}
	if got := modes(t, master); got != cooked {
		t.Errorf("the flags are %#x, want %#x", got, cooked)
	}
}

// TestTerminalAfterATweakThatWasLeftBehind: the axis does not stop, the third
// Ctrl-C gives the prompt back, and what is typed there is read as ever.
func TestTerminalAfterATweakThatWasLeftBehind(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	master, _, out := tweakIn(t, p)
	typeKeys(t, master, "\x03")
	shows(t, out, `tw: interrupted by Ctrl-C \(robz stopped at [0-9.]+ mm\)`)
	shows(t, out, `DEMO_SESSION \[2\]: `)
	typeKeys(t, master, `sim_fault(robz, "read", "deaf"); println(40+1); tw(robz)`+"\r")
	shows(t, out, `[^+]41\r\n`) // then tw asks where robz is, and gets no answer
	time.Sleep(100 * time.Millisecond)
	typeKeys(t, master, "\x03")
	time.Sleep(8 * bounce)
	typeKeys(t, master, "\x03")
	shows(t, out, "Ctrl-C again gives the prompt back")
	typeKeys(t, master, "\x03")
	shows(t, out, `DEMO_SESSION \[3\]: `)
	typeKeys(t, master, "40+2\r")
	shows(t, out, `Out \[3\]: 42`)
}

// TestHangUpInTweak: the terminal is gone, the step under way is finished, and
// the shell leaves.
func TestHangUpInTweak(t *testing.T) {
	t.Parallel()
	master, cmd, _ := tweakIn(t, newPlace(t))
	cmd.Process.Signal(syscall.SIGHUP)
	master.Close()
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case <-done:
	case <-time.After(testPatience):
		t.Error("the shell does not leave")
	}
}
