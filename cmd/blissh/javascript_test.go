package main

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTheJavaScriptClientStopsAScan: it comes late, sees every point from the
// first, and ends the scan by a shared channel.
func TestTheJavaScriptClientStopsAScan(t *testing.T) {
	t.Parallel()
	node := needProgram(t, "node", "nodejs")
	p := newPlace(t)
	script := filepath.Join(p.dir, "scan.go")
	write(t, script, `package main

import (
	"blissh/channel"
	. "blissh/prompt"
)

func main() {
	enough := channel.Open("enough", false)
	s := loopscan(100000, .005, diode1, save(false), run(false))
	s.StopOn(enough)
	s.Run()
}
`)
	run := p.start("run", script)
	run.see(`^ *20/100000 `)
	x := &process{t: t, cmd: exec.Command(node, "clients/javascript/follow.mjs", "demo_session", "elapsed_time", "1", "enough"), done: make(chan struct{})}
	x.cmd.Dir, x.cmd.Env = repository(t), p.env
	x.cmd.Stdout, x.cmd.Stderr = &x.out, &x.out
	if err := x.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { x.err = x.cmd.Wait(); close(x.done) }()
	t.Cleanup(x.end)
	if status := run.exit(); status != 0 {
		t.Errorf("status %d\n%s", status, run.out.String())
	}
	points := regexp.MustCompile(`stopped at (\d+)/100000 by shared channel enough`).FindStringSubmatch(run.out.String())
	if points == nil {
		t.Fatalf("the scan was not stopped:\n%s", run.out.String())
	}
	x.see(`^end stopped ` + points[1] + ` points$`)
	lines := strings.Split(x.out.String(), "\n")
	if !strings.HasPrefix(lines[0], "new 1 loopscan") || !strings.HasPrefix(lines[2], "point 0 elapsed_time=0 ") ||
		strings.Count(x.out.String(), "\npoint ") < 100 {
		t.Errorf("it printed\n%s", x.out.String())
	}
}
