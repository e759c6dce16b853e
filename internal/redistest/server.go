package redistest

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// patience bounds what a helper waits for; the machine may be busy.
const patience = 30 * time.Second

// Server is one redis-server on a port of its own, in a folder of its own. Its
// methods belong to one goroutine at a time.
type Server struct {
	Addr string // host:port on loopback, or the path of a socket
	Dir  string

	t       testing.TB
	options []string
	cmd     *exec.Cmd
}

// Start starts a redis-server that keeps nothing on disk, unless the options,
// as on its command line, say otherwise. If the first one is a file .conf, it is
// a sentinel's.
func Start(t testing.TB, options ...string) *Server {
	t.Helper()
	addr := FreeAddr(t)
	_, port, _ := net.SplitHostPort(addr)
	return StartAt(t, addr, append(options, "--port", port)...)
}

// StartAt starts a redis-server whose options say that it listens at addr.
func StartAt(t testing.TB, addr string, options ...string) *Server {
	t.Helper()
	s := &Server{Addr: addr, Dir: t.TempDir(), t: t, options: options}
	s.exec()
	t.Cleanup(func() { s.Kill() })
	return s
}

func (s *Server) exec() {
	s.t.Helper()
	path := Program(s.t, "redis-server")
	s.cmd = exec.Command(path, s.args()...)
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.await()
}

// args puts the defaults before the options, except that the file of a sentinel
// comes first.
func (s *Server) args() []string {
	own := []string{"--bind", "127.0.0.1", "--dir", s.Dir, "--logfile", filepath.Join(s.Dir, "log")}
	if len(s.options) > 0 && strings.HasSuffix(s.options[0], ".conf") {
		return append(append([]string{s.options[0]}, own...), append(s.options[1:], "--sentinel")...)
	}
	return append(append(own, "--save", "", "--appendonly", "no"), s.options...)
}

// await returns when the server lets somebody in.
func (s *Server) await() {
	s.t.Helper()
	Eventually(s.t, "redis-server listens at "+s.Addr, func() bool {
		network := "tcp"
		if strings.HasPrefix(s.Addr, "/") {
			network = "unix"
		}
		c, err := net.Dial(network, s.Addr)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

// Client is a client without a password. It ends with the test.
func (s *Server) Client() *redis.Client {
	c := redis.NewClient(&redis.Options{Addr: s.Addr, Protocol: 2})
	s.t.Cleanup(func() { c.Close() })
	return c
}

// Kill ends the server with kill -9. A second call does nothing.
func (s *Server) Kill() {
	if s.cmd == nil {
		return
	}
	s.cmd.Process.Kill()
	s.cmd.Wait()
	s.cmd = nil
}

// Restart starts a killed server at its old address, with what it has kept on
// disk.
func (s *Server) Restart() { s.t.Helper(); s.exec() }

// Wipe removes what a killed server has kept on disk.
func (s *Server) Wipe() {
	s.t.Helper()
	entries, err := os.ReadDir(s.Dir)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, e := range entries {
		if err := os.RemoveAll(filepath.Join(s.Dir, e.Name())); err != nil {
			s.t.Fatal(err)
		}
	}
}

// Signal sends a signal, as SIGSTOP or SIGCONT, to a server that runs.
func (s *Server) Signal(sig syscall.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Errorf("signal %v: %v", sig, err)
	}
}

// Program finds a program, or skips the test.
func Program(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed: apt-get install redis-server", name)
	}
	return path
}

// FreeAddr is a loopback address that is free now.
func FreeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// Eventually waits until ok.
func Eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("not within %v: %s", patience, what)
}
