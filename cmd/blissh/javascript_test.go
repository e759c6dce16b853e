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
	x := p.javascript(node, "demo_session", "elapsed_time", "1", "enough")
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

// javascript runs the JavaScript client.
func (p *place) javascript(node string, args ...string) *process {
	c := exec.Command(node, append([]string{"clients/javascript/follow.mjs"}, args...)...)
	c.Dir, c.Env = repository(p.t), p.env
	return p.startProgram(c)
}

// TestTheJavaScriptClientSteersAScan: it sends the scan elsewhere, is refused what
// is not allowed, and stops a scan, each with the answer.
func TestTheJavaScriptClientSteersAScan(t *testing.T) {
	t.Parallel()
	node := needProgram(t, "node", "nodejs")
	for _, c := range []struct{ request, answer, screen string }{
		{`{"do": "range", "start": 5, "stop": 6, "intervals": 2}`, `asked for range: applied at point 1`, ` range 5 6 2 by follow\.mjs on \S+: applied at point 1; 4 points planned, `},
		{`{"do": "range", "start": 5, "stop": 60, "intervals": 2}`, `asked for range: refused: point 2: robz at 32.5 mm is outside the allowed 0 to 20 mm`, ` range 5 60 2 by follow\.mjs on \S+: refused: `},
		{`{"do": "stop", "reason": "enough", "by": "me", "id": "once"}`, `asked for stop: applied at point 1`, ` stopped at 1/11 by me on \S+: enough`},
	} {
		t.Run(c.request, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			shell := p.start()
			shell.typeLines("s = ascan(robz, 0, 10, 10, .001, diode3, run=False, wait_advice=600)", "s.allow(robz, 0, 20, duration=6000)", "s.start()",
				"for s.Points() < 1 { time.Sleep(time.Millisecond) }", `fmt.Println("waits")`)
			shell.see("^waits$")
			x := p.javascript(node, "demo_session", "diode3", "1", c.request)
			x.see("^" + c.answer)
			if !strings.Contains(c.answer, "stop") {
				shell.typeLines("s.stop()")
			}
			shell.typeLines("wait(s)")
			shell.see("^" + c.screen)
			if status := shell.exit(); status != 0 {
				t.Errorf("exit status %d:\n%s", status, shell.out.String())
			}
		})
	}
}
