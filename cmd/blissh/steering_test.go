package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"blissh/data"
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
				sh := func(p *place) *exec.Cmd { return exec.Command("sh", "-e", "-c", b.text) }
				steerFromOutside(t, newPlace(t), sh, `"text":"applied at point 1"`)
				steerFromOutside(t, placeOfRedisCLI(t), sh, `"text":"applied at point 1"`)
			case "python":
				pythonFolder(t)
				steerFromOutside(t, placeOfRedisCLI(t), func(*place) *exec.Cmd { return exec.Command(debianPython, "-c", b.text) }, "applied at point 1\n")
			case "python package":
				steerFromOutside(t, newPlace(t), func(p *place) *exec.Cmd { return p.python("-c", b.text) }, "applied at point 1\n")
			case "go program":
				steerFromOutside(t, placeOfRedisCLI(t), func(p *place) *exec.Cmd {
					path := filepath.Join(p.dir, "program.go")
					write(t, path, b.text)
					return exec.Command("blissh", "run", path)
				}, "applied at point 1\n")
			default:
				t.Errorf("no test runs a block of %q", b.info)
			}
		})
	}
}

// TestRequestsOfTheSteeringPage: what the page shows as a request is one.
func TestRequestsOfTheSteeringPage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(repository(t), "docs", "steering.md"))
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile("`(\\{\"do\": [^`]*\\})`").FindAllSubmatch(page, -1)
	for _, m := range shown {
		if _, err := data.ParseRequest(m[1]); err != nil {
			t.Errorf("%s: %v", m[1], err)
		}
	}
	if len(shown) < 12 {
		t.Errorf("only %d requests are shown", len(shown))
	}
}

// placeOfRedisCLI has a server with a password, whose address redis-cli takes.
func placeOfRedisCLI(t *testing.T) *place {
	t.Helper()
	needProgram(t, "redis-server", "redis-server")
	return newPlace(t, "BLISSH_STORE="+strings.Replace(redisServer(t), "redis://:", "redis://default:", 1)) // it wants a user's name
}

// steerFromOutside runs a command while a scan waits for advice after its first
// point.
func steerFromOutside(t *testing.T, p *place, command func(*place) *exec.Cmd, want string) {
	t.Helper()
	shell := p.start()
	shell.typeLines(
		"s = ascan(robz, 0, 5, 5, .001, diode1, run=False, wait_advice=60)", "s.allow(robz, 0, 20)", "s.start()",
		"for s.Points() < 1 { time.Sleep(time.Millisecond) }", `fmt.Println("waits")`)
	shell.see("^waits$")
	c := command(p)
	if c.Env == nil {
		c.Dir, c.Env = p.dir, p.env
	}
	out, err := c.CombinedOutput()
	if err != nil || !strings.Contains(string(out), want) {
		t.Errorf("%v: %q is not in\n%s", err, want, out)
	}
	if !strings.Contains(strings.Join(c.Args, " "), ".stop(") {
		shell.typeLines("s.stop()")
	}
	shell.typeLines("wait(s)", "s.state")
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
