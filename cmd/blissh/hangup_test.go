package main

import (
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"blissh/internal/soak"
)

// TestAHangUpLeavesNoShellBehind: code that neither ends nor does anything does
// not keep its session for ever; one that waits for somebody does.
func TestAHangUpLeavesNoShellBehind(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		line, until string
		stopped     bool
	}{
		{`println("it", "turns"); for { time.Now() }`, "it turns", true},
		{`println("it", "blocks"); select {}`, "it blocks", true},
		{`println("it", "waits"); func() { var wg sync.WaitGroup; wg.Add(1); wg.Wait() }()`, "it waits", true},
		{`println("it", "sleeps"); time.Sleep(4 * time.Second)`, "it sleeps", false},
		{`println("it", "counts"); ct(4, sim_ct_gauss)`, "it counts", false},
		{`for i := 0; i < 100; i++ { time.Sleep(40 * time.Millisecond); if i == 0 { println("it", "polls") } }`, "it polls", false},
	} {
		t.Run(strings.TrimPrefix(c.until, "it "), func(t *testing.T) {
			t.Parallel()
			b := &bench{terminal: newPlace(t, hangUpEnv+"=2s").openSize(120, 40, "--store", "memory")}
			b.prompt(0)
			start := b.typeLine(c.line)
			b.seeAfter(start, c.until)
			b.signal(syscall.SIGHUP)
			b.tty.Close()
			select {
			case <-b.done:
			case <-time.After(testPatience):
				t.Fatalf("the program does not end:\n%s", b.logFile()())
			}
			log := b.logFile()()
			if stopped := strings.Contains(log, "nothing has moved, counted or slept for 2s: what runs is stopped"); stopped != c.stopped {
				t.Errorf("stopped: %v\n%s", stopped, log)
			}
			b.clean(log)
		})
	}
}

// TestNoStackIsShown: nothing that a user does shows a stack of the Go runtime.
func TestNoStackIsShown(t *testing.T) {
	t.Parallel()
	t.Run("two goroutines write one map", func(t *testing.T) {
		t.Parallel()
		if soak.Race {
			return // which sees the two before the runtime does, and shows where they are
		}
		x := newPlace(t, "GOTRACEBACK=").start("--store", "memory")
		x.stdin.Write([]byte("m := map[int]int{}\nfor i := 0; i < 8; i++ { go func() { for k := 0; ; k++ { m[k] = k } }() }\ntime.Sleep(time.Hour)\n"))
		x.stdin.Close()
		x.ends(t)
		if !strings.Contains(x.out.String(), "concurrent map writes") {
			t.Errorf("it says %q", x.out.String())
		}
	})
	t.Run(`Ctrl-\ in listen`, func(t *testing.T) {
		t.Parallel()
		_, url := redisOnSocket(t)
		x := newPlace(t).open("listen", "nosuch", "--store", url)
		waitForReader(t, strings.TrimPrefix(url, "unix://"))
		x.press(ctrlSlash)
		x.ends(t)
		if got := x.cmd.ProcessState.ExitCode(); got != exitInterrupted {
			t.Errorf("exit status %d", got)
		}
	})
	t.Run(`Ctrl-\ in a client program`, func(t *testing.T) {
		t.Parallel()
		p := newPlace(t)
		path := p.dir + "/client.go"
		write(t, path, "package main\n\nimport \"fmt\"\n\nfunc main() {\n\tfmt.Println(\"it\", \"turns\")\n\tfor {\n\t}\n}\n")
		x := p.open("run", path, "--store", "memory")
		x.seeAfter(0, "it turns")
		x.press(ctrlSlash)
		x.ends(t)
		if got := x.cmd.ProcessState.ExitCode(); got != exitInterrupted {
			t.Errorf("exit status %d", got)
		}
	})
}

// waitForReader waits until somebody follows something in a store.
func waitForReader(t *testing.T, socket string) {
	t.Helper()
	waitForAnswer(t, socket, "CLIENT LIST", "cmd=xread")
}

// waitForLease waits until a shell holds the lease of demo_session.
func waitForLease(t testing.TB, socket string) {
	t.Helper()
	waitForAnswer(t, socket, "EXISTS blissh:{demo_session}:lease", ":1")
}

// waitForAnswer asks a store until its answer has a text in it.
func waitForAnswer(t testing.TB, socket, command, want string) {
	t.Helper()
	conn, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for end, answer := time.Now().Add(testPatience), make([]byte, 1<<16); ; time.Sleep(5 * time.Millisecond) {
		conn.Write([]byte(command + "\r\n"))
		n, err := conn.Read(answer)
		if strings.Contains(string(answer[:n]), want) {
			return
		}
		if err != nil || time.Now().After(end) {
			t.Fatalf("%s: %v\n%s", command, err, answer[:n])
		}
	}
}

// ends waits for the end of the program, which shows no stack.
func (x *process) ends(t *testing.T) {
	t.Helper()
	select {
	case <-x.done:
	case <-time.After(testPatience):
		x.cmd.Process.Signal(os.Kill)
		t.Fatalf("the program does not end:\n%s", x.out.String())
	}
	if strings.Contains(x.out.String(), "goroutine ") {
		t.Errorf("a stack is shown:\n%s", x.out.String())
	}
}
