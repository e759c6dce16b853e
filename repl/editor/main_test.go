package editor

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"blissh/internal/testterm"
	"blissh/repl"

	"github.com/creack/pty"
)

// child is the variable that makes the test binary a small shell, for tests of
// how a process ends.
const child = "BLISSH_EDITOR_CHILD"

func TestMain(m *testing.M) {
	if history := os.Getenv(child); history != "" {
		os.Exit(shell(history))
	}
	os.Exit(m.Run())
}

// shell reads inputs and says what it was given.
func shell(history string) int {
	e, err := Open(Options{
		In: os.Stdin, Out: os.Stdout, Colour: os.Getenv("NO_COLOR") == "", History: history,
		Incomplete: repl.Incomplete, Assist: func() repl.Assist { return &fake{} },
		Suspend: func(release func()) { release(); syscall.Kill(0, syscall.SIGTSTP); time.Sleep(200 * time.Millisecond) },
	})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer e.Close()
	winch := make(chan os.Signal, 1)
	signal.Notify(winch, syscall.SIGWINCH, syscall.SIGTERM)
	go func() {
		for s := range winch {
			if s == syscall.SIGTERM {
				e.End(io.EOF)
			}
			e.Refresh()
		}
	}()
	for n := 1; ; n++ {
		text, err := e.ReadLine(fmt.Sprintf("DEMO [%d]: ", n))
		switch {
		case err == repl.ErrCleared:
			n--
		case err != nil:
			return 0
		case text == "panic":
			panic("as asked")
		case strings.HasPrefix(text, "sleep"):
			fmt.Println("sleeping")
			time.Sleep(2 * time.Second)
		default:
			fmt.Printf("got %q\n", text)
		}
	}
}

// fake helps with a small beamline.
type fake struct{}

var known = []repl.Completion{
	{Text: "ascan", Description: "step scan: ascan(axis, start, stop, intervals, count_time, counters...)"},
	{Text: "a2scan", Description: "step scan of two axes"},
	{Text: "robx", Description: "axis, mm, at 0.0000"},
	{Text: "roby", Description: "axis, mm, at 12.5000"},
	{Text: "robz", Description: "axis, mm, at -5.0000"},
	{Text: "sim_ct_gauss", Description: "counter, counts"},
	{Text: "sim_ct_gauss_noise", Description: "counter, counts"},
	{Text: "sim_diode1", Description: "counter"}, {Text: "sim_diode2", Description: "counter"},
	{Text: "sim_diode3", Description: "counter"}, {Text: "sim_diode4", Description: "counter"},
	{Text: "sim_diode5", Description: "counter"}, {Text: "sim_diode6", Description: "counter"},
	{Text: "测量", Description: "计数器 wide characters"},
	{Text: "wa", Description: "all positions"},
	{Text: "wm", Description: "positions of some axes"},
}

func (*fake) Complete(text string, cursor int) (from int, list []repl.Completion) {
	from = startOfWord(text[:cursor], inWord)
	if from < cursor && !inWord([]rune(text[:cursor])[len([]rune(text[:cursor]))-1]) {
		from = cursor
	}
	for _, c := range known {
		if strings.HasPrefix(c.Text, text[from:cursor]) {
			list = append(list, c)
		}
	}
	return from, list
}

func (*fake) Hint(text string, cursor int) string {
	i := strings.LastIndex(text[:cursor], "ascan(")
	if i < 0 || strings.Contains(text[i:cursor], ")") {
		return ""
	}
	args := []string{"axis", "start", "stop", "intervals", "count_time", "counters..."}
	n := min(strings.Count(text[i:cursor], ","), len(args)-1)
	args[n] = "«" + args[n] + "»"
	return "ascan(" + strings.Join(args, ", ") + ")"
}

// patience bounds what a test waits for: generous, for the machine may be busy.
const patience = 60 * time.Second

// user sits at an editor in a pseudo-terminal.
type user struct {
	t      *testing.T
	e      *Editor
	tty    *os.File // the user's end
	end    *os.File // the editor's
	screen *testterm.Screen
	inputs chan input1
	reads  sync.WaitGroup
}

type input1 struct {
	text string
	err  error
}

// sit opens an editor and reads one input after the other, until an error that
// is not a dropped line.
func sit(t *testing.T, columns, rows int, change func(*Options)) *user {
	t.Helper()
	u := open(t, columns, rows, change)
	u.start()
	return u
}

// open opens an editor that nobody reads from yet.
func open(t *testing.T, columns, rows int, change func(*Options)) *user {
	t.Helper()
	tty, end, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	u := &user{t: t, tty: tty, end: end, screen: testterm.New(columns, rows, tty), inputs: make(chan input1, 100)}
	u.resize(columns, rows)
	o := Options{In: end, Out: end, Incomplete: repl.Incomplete, Assist: func() repl.Assist { return &fake{} }}
	if change != nil {
		change(&o)
	}
	if u.e, err = Open(o); err != nil {
		t.Fatal(err)
	}
	copied := make(chan struct{})
	go func() { io.Copy(u.screen, tty); close(copied) }()
	t.Cleanup(func() {
		u.e.End(io.EOF)
		u.reads.Wait()
		u.e.Close()
		end.Close()
		tty.Close()
		<-copied
		u.screen.Close()
	})
	return u
}

// start begins to read, and waits for the prompt: before, Ctrl-C and Ctrl-Z are
// signals that throw away what was typed.
func (u *user) start() {
	u.reads.Go(u.loop)
	for end := time.Now().Add(patience); !strings.Contains(u.screen.Raw(), showCursor); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			u.t.Fatal("no prompt")
		}
	}
}

func (u *user) loop() {
	for n := 1; ; n++ {
		text, err := u.e.ReadLine(fmt.Sprintf("DEMO [%d]: ", n))
		if err != nil {
			n--
		}
		u.inputs <- input1{text, err}
		if err != nil && err != repl.ErrCleared {
			return
		}
	}
}

func (u *user) resize(columns, rows int) {
	u.t.Helper()
	u.screen.Resize(columns, rows)
	if err := pty.Setsize(u.tty, &pty.Winsize{Rows: uint16(rows), Cols: uint16(columns)}); err != nil {
		u.t.Fatal(err)
	}
}

func (u *user) press(keys string) {
	u.t.Helper()
	if _, err := io.WriteString(u.tty, keys); err != nil {
		u.t.Fatal(err)
	}
}

// gets waits for an input.
func (u *user) gets(want string) {
	u.t.Helper()
	select {
	case got := <-u.inputs:
		if got.err != nil || got.text != want {
			u.t.Fatalf("got %q, %v; want %q\n%s", got.text, got.err, want, u.show())
		}
	case <-time.After(patience):
		u.t.Fatalf("no input; want %.200q\n%s", want, u.show())
	}
}

func (u *user) fails(want error) {
	u.t.Helper()
	select {
	case got := <-u.inputs:
		if got.err != want {
			u.t.Fatalf("got %q, %v; want the error %v", got.text, got.err, want)
		}
	case <-time.After(patience):
		u.t.Fatalf("no input; want the error %v\n%s", want, u.show())
	}
}

// show is the screen, with the cursor marked.
func (u *user) show() string {
	lines := u.screen.Lines()
	row, column := u.screen.Cursor()
	var out strings.Builder
	for i, l := range lines {
		fmt.Fprintf(&out, "|%s\n", l)
		if i == row {
			fmt.Fprintf(&out, "|%s^\n", strings.Repeat(" ", column))
		}
	}
	return out.String()
}

// sees waits until the last lines of the screen are these, blanks at their ends
// left out and * standing for any; the cursor is at a row and a column of them.
func (u *user) sees(row, column int, want ...string) {
	u.t.Helper()
	ok := func() bool {
		lines := u.screen.Lines()
		for len(lines) > 0 && lines[len(lines)-1] == "" {
			lines = lines[:len(lines)-1]
		}
		for i := len(want) - 1; i >= 0 && want[i] == ""; i-- {
			lines = append(lines, "")
		}
		if len(lines) < len(want) {
			return false
		}
		top := len(lines) - len(want)
		for i, l := range want {
			if l != "*" && lines[top+i] != strings.TrimRight(l, " ") {
				return false
			}
		}
		y, x := u.screen.Cursor()
		return y == top+row && x == column
	}
	for end := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			u.t.Fatalf("the screen is\n%swant\n|%s\nwith the cursor at %d, %d", u.show(), strings.Join(want, "\n|"), row, column)
		}
	}
}

// run starts the small shell in a terminal.
func run(t *testing.T, history string) (*exec.Cmd, *os.File, *testterm.Screen) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), child+"="+history, "NO_COLOR=1")
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 80})
	if err != nil {
		t.Fatal(err)
	}
	screen := testterm.New(80, 24, tty)
	go io.Copy(screen, tty)
	t.Cleanup(func() { cmd.Process.Kill(); tty.Close(); screen.Close() })
	return cmd, tty, screen
}

func historyFile(t *testing.T) string { return filepath.Join(t.TempDir(), "state", "history") }
