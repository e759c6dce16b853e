package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestDeploymentPage runs the shell blocks of docs/deployment.md, each in a
// folder of its own and with ports of its own; each ends with a scan that is in
// the store, as the store's status says.
func TestDeploymentPage(t *testing.T) {
	t.Parallel()
	needProgram(t, "redis-server", "redis-server")
	needProgram(t, "redis-cli", "redis-tools")
	needProgram(t, "openssl", "openssl")
	text, err := os.ReadFile(filepath.Join(repository(t), "docs", "deployment.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)\n## ([^\n]*)\n.*?```sh\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(blocks) != 5 {
		t.Fatalf("%d blocks", len(blocks))
	}
	for _, b := range blocks {
		t.Run(b[1], func(t *testing.T) { runBlock(t, withFreePorts(t, b[2])) })
	}
}

// withFreePorts replaces the ports of the page.
func withFreePorts(t *testing.T, script string) string {
	t.Helper()
	for _, port := range []string{"26379", "6379", "6380", "7000", "7001", "7002"} {
		script = regexp.MustCompile(`\b`+port+`\b`).ReplaceAllString(script, strconv.Itoa(clusterPort(t)))
	}
	return script
}

// clusterPort is free, and leaves room for a cluster's own port above.
func clusterPort(t *testing.T) int {
	t.Helper()
	for {
		port := freePort(t)
		l, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", port+10000))
		if err != nil {
			continue
		}
		l.Close()
		return port
	}
}

func runBlock(t *testing.T, script string) {
	p := newPlace(t, envSaving+"=on")
	dir := t.TempDir()
	t.Cleanup(func() { endServers(t, dir) })
	c := exec.Command("bash", "-e", "-o", "pipefail", "-c", script)
	c.Dir, c.Env = dir, p.env
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !regexp.MustCompile(`session demo_session: 1 scan, .*; oldest 1_loopscan of .*, expires in `).Match(out) {
		t.Errorf("the scan is not in the store:\n%s", out)
	}
}

// endServers ends the servers that a block has put into the background: those
// whose folder is in dir.
func endServers(t *testing.T, dir string) {
	procs, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		t.Error(err)
	}
	for _, link := range procs {
		if at, err := os.Readlink(link); err != nil || at != dir && !strings.HasPrefix(at, dir+"/") {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(link)))
		syscall.Kill(pid, syscall.SIGKILL)
		for end := time.Now().Add(testPatience); time.Now().Before(end) && syscall.Kill(pid, 0) == nil; {
			if _, err := os.Readlink(link); err != nil {
				break // it waits to be collected
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
}
