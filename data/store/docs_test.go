package store

import (
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"blissh/data"
)

// example takes the code block of a language out of docs/data.md.
func example(t *testing.T, language string) string {
	text, err := os.ReadFile("../../docs/data.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, ok := strings.Cut(string(text), "\n```"+language+"\n")
	code, _, ok2 := strings.Cut(after, "\n```")
	if !ok || !ok2 {
		t.Fatalf("docs/data.md has no example in %s", language)
	}
	return code
}

func TestThePythonExampleFollowsAScan(t *testing.T) {
	python := "/usr/bin/python3" // Debian's, which has Debian's modules
	if exec.Command(python, "-c", "import redis").Run() != nil {
		t.Skip("no Python with the redis module: apt-get install python3-redis")
	}
	onEachStore(t, func(b *bench) {
		cmd := exec.Command(python, "-u", "-c", example(t, "python"), "demo_session")
		cmd.Env = append(os.Environ(), "BLISSH_STORE=redis://"+b.proxy.target())
		var out lockedText
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		s := b.begin(12, append(robz(), images[1]), PublishOptions{})
		s.take(3)
		s.acked()
		s.must(&data.Steering{What: "pause"})
		s.take(2)
		within(b.T, "all points", func() bool { return strings.Contains(out.String(), "point 4 ") })
		select {
		case err := <-ended:
			b.Fatalf("it ended before the scan: %v\n%s", err, out.String())
		default:
		}
		s.finish()
		select {
		case err := <-ended:
			if err != nil {
				b.Fatalf("%v\n%s", err, out.String())
			}
		case <-time.After(time.Minute):
			cmd.Process.Kill()
			b.Fatalf("it did not end: %v", <-ended)
		}
		want := `new 12 ascan robz 0 1 1000 0.001
point 0 robz=0 elapsed_time=1 diode=2
point 1 robz=10 elapsed_time=11 diode=12
point 2 robz=20 elapsed_time=21 diode=22
point 3 robz=30 elapsed_time=31 diode=32
point 4 robz=40 elapsed_time=41 diode=42
end done 5 points
`
		if out.String() != want {
			t.Errorf("it printed\n%s", out.String())
		}
	})
}

func TestTheShellExampleReadsAScan(t *testing.T) {
	if _, err := exec.LookPath("redis-cli"); err != nil {
		t.Skip("redis-cli is not installed: apt-get install redis-tools")
	}
	onEachStore(t, func(b *bench) {
		s := b.begin(12, robz(), PublishOptions{})
		s.take(5)
		if err := s.end(data.Stopped, "by hook x"); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("sh", "-e", "-c", example(t, "sh"))
		cmd.Env = append(os.Environ(), "BLISSH_STORE=redis://"+b.proxy.target())
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		want := []string{"12", "ascan robz 0 1 1000 0.001", "5", "stopped", "by hook x", "5-0"}
		if len(lines) < 9 || strings.Join(lines[:6], "|") != strings.Join(want, "|") ||
			!strings.Contains(lines[6], `"outcome":"stopped","reason":"by hook x","points":5`) || lines[8] != "true" {
			t.Errorf("it printed\n%s", out)
		}
	})
}

func TestTheShellExampleFollowsAScan(t *testing.T) {
	if _, err := exec.LookPath("redis-cli"); err != nil {
		t.Skip("redis-cli is not installed: apt-get install redis-tools")
	}
	onEachStore(t, func(b *bench) {
		s := b.begin(12, append(robz(), images[1]), PublishOptions{})
		s.take(3)
		s.acked()
		cmd := exec.Command("sh", "-e", "-c", example(t, "sh follow"), "follow.sh", "demo_session", "robz")
		cmd.Env = append(os.Environ(), "BLISSH_STORE=redis://"+b.proxy.target())
		var out lockedText
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		within(b.T, "the first points", func() bool { return strings.Contains(out.String(), "20\n") })
		s.must(&data.Steering{What: "pause"})
		s.take(2)
		s.finish()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("%v", err)
			}
		case <-time.After(time.Minute):
			cmd.Process.Kill()
			t.Errorf("it did not end: %v", <-ended)
		}
		if got := strings.Join(strings.Fields(out.String()), " "); got != "new prepared 0 10 20 steering 30 40 end" {
			t.Errorf("it printed\n%s", out.String())
		}
	})
}

// lockedText is what a process has printed so far.
type lockedText struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedText) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *lockedText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// within waits for what another process does.
func within(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within a minute: %s", what)
		}
	}
}
