package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestSteeringPage types, builds and runs what docs/steering.md shows.
func TestSteeringPage(t *testing.T) {
	for _, b := range readBlocks(t, filepath.Join(repository(t), "docs", "steering.md")) {
		t.Run(fmt.Sprintf("line %d %s", b.line, b.info), func(t *testing.T) {
			t.Parallel()
			switch b.info {
			case "blissh":
				runTranscript(t, b)
			case "go hook":
				runSteeringHook(t, b.text)
			case "sh":
				needProgram(t, "redis-cli", "redis-tools")
				steerFromOutside(t, func(string) *exec.Cmd { return exec.Command("sh", "-e", "-c", b.text) }, `"text":"applied at point 1"`)
			case "python":
				steerFromOutside(t, func(string) *exec.Cmd { return exec.Command("/usr/bin/python3", "-c", b.text) }, "applied at point 1\n")
			case "go program":
				steerFromOutside(t, func(dir string) *exec.Cmd {
					path := filepath.Join(dir, "program.go")
					write(t, path, b.text)
					return exec.Command("blissh", "run", path)
				}, "applied at point 1\n")
			default:
				t.Errorf("no test runs a block of %q", b.info)
			}
		})
	}
}

// steerFromOutside runs a command while a scan waits for advice after its first
// point.
func steerFromOutside(t *testing.T, command func(dir string) *exec.Cmd, want string) {
	needProgram(t, "redis-server", "redis-server")
	url := redisServer(t)
	url = strings.Replace(url, "redis://:", "redis://default:", 1) // redis-cli wants a user's name
	p := newPlace(t, "BLISSH_STORE="+url)
	shell := p.start()
	shell.typeLines(
		"s = ascan(robz, 0, 5, 5, .001, diode1, run=False, wait_advice=60)", "s.allow(robz, 0, 20)", "s.start()",
		"for s.Points() < 1 { time.Sleep(time.Millisecond) }", `fmt.Println("waits")`)
	shell.see("^waits$")
	c := command(p.dir)
	c.Dir, c.Env = p.dir, p.env
	out, err := c.CombinedOutput()
	if err != nil || !strings.Contains(string(out), want) {
		t.Errorf("%v: %q is not in\n%s", err, want, out)
	}
	shell.typeLines("s.stop()", "wait(s)", "s.state")
	if status := shell.exit(); status != 0 {
		t.Errorf("exit status %d", status)
	}
	shell.see(`: stopped$`)
}

// runSteeringHook gives the hook to a session and runs a scan with it.
func runSteeringHook(t *testing.T, script string) {
	p := newPlace(t)
	config := filepath.Join(p.dir, "demo_session.yml")
	demo, err := os.ReadFile(filepath.Join(repository(t), "session", "demo.yml"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, config, string(demo)+"\nhooks: [hooks]\n")
	write(t, filepath.Join(p.dir, "hooks", "finer.go"), script)
	x := p.start("--store", "memory", "--config", config)
	x.typeLines("s = ascan(robz, -3, 1, 16, .001, sim_ct_gauss_noise, run=False)", "s.allow(robz, -3, 1, points=100, duration=60)",
		"s.set_watchdog_callback(Finer())", "s.run()", "s.points() > 17")
	if status := x.exit(); status != 0 {
		t.Errorf("exit status %d:\n%s", status, x.out.String())
	}
	x.see(`^ step 0.1 by hook Finer: applied at point \d+; \d+ points planned, `)
	x.see(`: true$`)
}
