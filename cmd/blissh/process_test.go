package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// place is where the processes of one test live: runtime files, settings, and a
// background store of their own, which ends with the test.
type place struct {
	t   testing.TB
	dir string
	cwd string // "": the repository's folder
	env []string
}

func newPlace(t testing.TB, env ...string) *place {
	t.Helper()
	dir := t.TempDir()
	run := filepath.Join(dir, "run")
	if err := os.Mkdir(run, 0o700); err != nil {
		t.Fatal(err)
	}
	p := &place{t: t, dir: dir, env: append(os.Environ(), append([]string{
		"XDG_RUNTIME_DIR=" + run, "XDG_STATE_HOME=" + filepath.Join(dir, "state"), "NO_COLOR=1", "BLISSH_STORE=", "TERM=xterm",
		"BLISSH_DATA_ROOT=" + filepath.Join(dir, "scans"), envSaving + "=off",
	}, env...)...)}
	t.Cleanup(p.stopStore)
	return p
}

// newSavingPlace is a place whose shells save their scans, below the folder in which
// they are started. A writer takes time to start, and most tests look at no files.
func newSavingPlace(t testing.TB, env ...string) *place {
	t.Helper()
	p := newPlace(t, append([]string{envSaving + "=on", "BLISSH_DATA_ROOT="}, env...)...)
	p.cwd = filepath.Join(p.dir, "here")
	if err := os.Mkdir(p.cwd, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(repository(t), "scripts"), filepath.Join(p.cwd, "scripts")); err != nil {
		t.Fatal(err)
	}
	return p
}

// stopStore ends the background store and checks that it is gone.
func (p *place) stopStore() {
	if _, err := os.Stat(filepath.Join(p.dir, "run", "blissh", "store.json")); err != nil {
		return
	}
	out, err := p.command("store", "--stop").CombinedOutput()
	if err != nil {
		p.t.Errorf("blissh store --stop: %v\n%s", err, out)
	}
}

// command prepares blissh with arguments.
func (p *place) command(args ...string) *exec.Cmd {
	c := exec.Command("blissh", args...)
	if c.Dir = p.cwd; c.Dir == "" {
		c.Dir = repository(p.t)
	}
	c.Env = p.env
	return c
}

// process is a running blissh.
type process struct {
	t     testing.TB
	cmd   *exec.Cmd
	stdin io.WriteCloser
	out   shown // both outputs, as they come
	done  chan struct{}
	err   error
}

// start runs blissh; the test ends it if it has not ended by itself.
func (p *place) start(args ...string) *process {
	p.t.Helper()
	return p.startProgram(p.command(args...))
}

// startProgram is start for any program.
func (p *place) startProgram(c *exec.Cmd) *process {
	p.t.Helper()
	x := &process{t: p.t, cmd: c, done: make(chan struct{})}
	var err error
	if x.stdin, err = x.cmd.StdinPipe(); err != nil {
		p.t.Fatal(err)
	}
	x.cmd.Stdout, x.cmd.Stderr = &x.out, &x.out
	if err := x.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	go func() {
		x.err = x.cmd.Wait()
		close(x.done)
	}()
	p.t.Cleanup(x.end)
	return x
}

// end asks the process to leave, and sees to it.
func (x *process) end() {
	x.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-x.done:
	case <-time.After(testPatience):
		x.t.Errorf("%v does not end at SIGTERM", x.cmd.Args)
		x.cmd.Process.Kill()
		<-x.done
	}
}

// typeLines sends lines.
func (x *process) typeLines(lines ...string) {
	x.t.Helper()
	if _, err := io.WriteString(x.stdin, strings.Join(lines, "\n")+"\n"); err != nil {
		x.t.Errorf("typing %q: %v\n%s", lines, err, x.out.String())
	}
}

// testPatience bounds what a test waits for: generous, for the machine may be busy.
const testPatience = 60 * time.Second

// see waits until the output matches.
func (x *process) see(pattern string) string {
	x.t.Helper()
	re := regexp.MustCompile("(?m)" + pattern)
	for end := time.Now().Add(testPatience); ; time.Sleep(5 * time.Millisecond) {
		if m := re.FindString(x.out.String()); m != "" {
			return m
		}
		select {
		case <-x.done:
			if m := re.FindString(x.out.String()); m != "" {
				return m
			}
			x.t.Fatalf("%v ended (%v) without printing %s:\n%s", x.cmd.Args, x.err, pattern, x.out.String())
		default:
		}
		if time.Now().After(end) {
			x.t.Fatalf("%v does not print %s:\n%s", x.cmd.Args, pattern, x.out.String())
		}
	}
}

// signal sends a signal to the process.
func (x *process) signal(s os.Signal) {
	x.t.Helper()
	if err := x.cmd.Process.Signal(s); err != nil {
		x.t.Errorf("signal %v: %v", s, err)
	}
}

// exit waits for the end and returns the exit status.
func (x *process) exit() int {
	x.t.Helper()
	x.stdin.Close()
	select {
	case <-x.done:
	case <-time.After(testPatience):
		x.cmd.Process.Signal(syscall.SIGQUIT)
		time.Sleep(time.Second)
		x.t.Fatalf("%v does not end:\n%s", x.cmd.Args, x.out.String())
	}
	return x.cmd.ProcessState.ExitCode()
}

// shown collects output.
type shown struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *shown) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(b)
}

func (s *shown) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// needProgram skips a test whose program is not installed, and says how to get
// it.
func needProgram(t testing.TB, name, debian string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed: apt-get install %s", name, debian)
	}
	return path
}
