package main

import (
	"fmt"
	"net"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// redisServer starts a redis-server of the test's own and returns its URL.
func redisServer(t testing.TB) string {
	t.Helper()
	_, url := startRedis(t)
	return url
}

func startRedis(t testing.TB, options ...string) (*exec.Cmd, string) {
	t.Helper()
	path := needProgram(t, "redis-server", "redis-server")
	port := freePort(t)
	c := exec.Command(path, append([]string{"--port", fmt.Sprint(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
		"--requirepass", "secret", "--dir", t.TempDir()}, options...)...)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	address := fmt.Sprintf("127.0.0.1:%d", port)
	for end := time.Now().Add(testPatience); ; time.Sleep(5 * time.Millisecond) {
		if conn, err := net.Dial("tcp", address); err == nil {
			conn.Close()
			return c, "redis://:secret@" + address
		}
		if time.Now().After(end) {
			t.Fatal("redis-server does not answer")
		}
	}
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
