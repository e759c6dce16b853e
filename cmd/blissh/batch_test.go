package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestBatchPage does what docs/batch.md shows, with the demo session in a store of
// its own.
func TestBatchPage(t *testing.T) {
	t.Parallel()
	dir, p := t.TempDir(), newPlace(t, "BLISSH_STORE=memory", "BLISSH_DRY_RUN=", envSaving+"=on", "BLISSH_DATA_ROOT=")
	if err := os.Symlink(filepath.Join(repository(t), "scripts"), filepath.Join(dir, "scripts")); err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, b := range readBlocks(t, filepath.Join(repository(t), "docs", "batch.md")) {
		if name, ok := strings.CutPrefix(b.info, "go "); ok {
			write(t, filepath.Join(dir, name), b.text)
			continue
		}
		if b.info != "console" {
			t.Fatalf("line %d: nothing executes a block of %q", b.line, b.info)
		}
		for _, session := range strings.Split("\n"+b.text, "\n$ ")[1:] {
			command, want, _ := strings.Cut(session, "\n")
			c := exec.Command("sh", "-c", command)
			c.Dir, c.Env = dir, p.env
			out, _ := c.CombinedOutput()
			if !shownAs(want, string(out)) {
				t.Errorf("line %d: %s\nshould print\n%s\nand prints\n%s", b.line, command, want, out)
			}
			ran++
		}
	}
	if ran < 8 {
		t.Errorf("%d commands", ran)
	}
}

// shownAs compares an output with how a page shows it: three dots stand for
// anything, in a line of their own for whole lines.
func shownAs(want, got string) bool {
	lines := func(s string) string { return strings.TrimSuffix(s, "\n") + "\n" }
	pattern := regexp.QuoteMeta(lines(want))
	pattern = regexp.MustCompile(`(?m)^\\\.\\\.\\\.\n`).ReplaceAllString(pattern, `(?:.*\n)*?`)
	pattern = strings.ReplaceAll(pattern, `\.\.\.`, `.*`)
	return regexp.MustCompile(`^` + pattern + `$`).MatchString(lines(got))
}

// batchScripts are the scripts that people copy, with arguments that make them
// short and what they print at their end.
var batchScripts = map[string]struct {
	args   []string
	prints string
	scans  int
}{
	"align_slit.go":      {[]string{"0.2", "1.5", "20", "0.01"}, `^slit: offset 0\.0000 -> -?0\.0000 mm, gap 2\.0000 -> 3\.506[12] mm, blades at 1\.753[01] and -1\.753[01] mm$`, 2},
	"map_sample.go":      {[]string{"2", "1", "0.25", "0.01"}, `^map: 45 points, brightest 23\.94 at robx 0\.0000, roby -?\d\.\d+ mm$`, 1},
	"log_temperature.go": {[]string{"0.03", "0.1"}, `^temperature: 19 readings, mean 293\.\d+ K, from 293\.\d+ to 293\.\d+ K$`, 1},
}

// runBatchScript runs one of them in each way there is: for real with a log, dry,
// and with JSON lines. What the dry run says it takes is what it takes.
func runBatchScript(name string) func(*testing.T, *place) {
	return func(t *testing.T, p *place) {
		s, path := batchScripts[name], "scripts/"+name
		log := filepath.Join(p.dir, "log")
		real := p.script(append([]string{"--json", "--log", log, path}, s.args...)...)
		real.message(s.prints)
		if n := len(real.of("scan")); n != s.scans {
			t.Errorf("%d scans", n)
		}
		took, points := 0.0, 0.0
		for _, e := range real.of("end") {
			took, points = took+e["took_s"].(float64), points+e["points"].(float64)
		}
		if kept, err := os.ReadFile(log); err != nil || !strings.Contains(string(kept), `"type":"end"`) || !strings.HasSuffix(string(kept), "exit status 0\n") {
			t.Errorf("log: %v\n%s", err, kept)
		}

		dry := p.script(append([]string{"--dry-run", "--json", path}, s.args...)...)
		scans := 0.0
		for _, e := range dry.of("dry_scan") {
			scans += e["takes_s"].(float64)
		}
		total := dry.of("dry_total")
		if len(total) != 1 || total[0]["scans"] != float64(s.scans) || total[0]["points"] != points || total[0]["takes_s"].(float64) < scans {
			t.Errorf("total %v of %v", total, dry.of("dry_scan"))
		}
		// A busy machine takes longer; what a dry run promises is never more than
		// it takes on an idle one, but for the position that was assumed.
		t.Logf("%s: %.3f s, the dry run says %.3f s", name, took, scans)
		if scans > took*1.1 || math.IsNaN(scans) {
			t.Errorf("the dry run says %.3f s, the scans took %.3f s", scans, took)
		}
	}
}

// lines is what a script has printed with --json.
type lines struct {
	t    *testing.T
	list []map[string]any
}

// script runs a batch script with --json among its options, to its end.
func (p *place) script(args ...string) lines {
	p.t.Helper()
	c := p.command(append([]string{"run", "--store", "memory"}, args...)...)
	out, err := c.Output()
	if err != nil {
		p.t.Fatalf("%v: %v\n%s", args, err, out)
	}
	l := lines{t: p.t.(*testing.T)}
	for s := bufio.NewScanner(strings.NewReader(string(out))); s.Scan(); {
		var o map[string]any
		if err := json.Unmarshal(s.Bytes(), &o); err != nil {
			p.t.Errorf("%v: %s", err, s.Text())
		}
		l.list = append(l.list, o)
	}
	return l
}

// of are the objects of a type.
func (l lines) of(kind string) (list []map[string]any) {
	for _, o := range l.list {
		if o["type"] == kind {
			list = append(list, o)
		}
	}
	return list
}

// message wants a line of text.
func (l lines) message(pattern string) {
	l.t.Helper()
	for _, o := range l.of("message") {
		if ok, _ := regexp.MatchString(pattern, fmt.Sprint(o["text"])); ok {
			return
		}
	}
	l.t.Errorf("no message %s in %v", pattern, l.of("message"))
}

// TestBatchScriptsCleanUpHoweverTheyEnd: interrupted, terminated, by the deadline.
func TestBatchScriptsCleanUpHoweverTheyEnd(t *testing.T) {
	for name, end := range map[string]struct {
		by     os.Signal
		status int
		says   string
	}{
		"Ctrl-C":   {os.Interrupt, exitInterrupted, "interrupted by Ctrl-C"},
		"SIGTERM":  {syscall.SIGTERM, exitTerminated, "terminated by SIGTERM"},
		"deadline": {nil, exitFailed, "past the deadline of the script, 4s"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := []string{"run", "--store", "memory", "scripts/map_sample.go", "20", "20", "0.5", "1"}
			if end.by == nil {
				args = append([]string{"run", "--deadline", "4s"}, args[1:]...)
			}
			x := newPlace(t).start(args...)
			if end.by != nil {
				x.see(`^ +1/1681 `)
				time.Sleep(8 * bounce)
				x.signal(end.by)
			}
			x.see(end.says + `$`)
			if end.by != nil || strings.Contains(x.out.String(), "\nScan 1 ") { // a busy machine may not get that far
				x.see(`^ aborted at \d+/1681: ` + end.says + `$`)
				x.see(`^(moving robx from -\d+(\.\d+)? to 0 mm|robx is at 0 mm already)$`) // after Ctrl-C the scan has gone back
			}
			if status := x.exit(); status != end.status {
				t.Errorf("exit status %d, not %d", status, end.status)
			}
		})
	}
}

// TestADryRunGoesBesideARunningShell, which has the lease and is in a scan; it
// tells whose the axis is and leaves scans and settings alone.
func TestADryRunGoesBesideARunningShell(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	script := filepath.Join(p.dir, "night.go")
	write(t, script, "ascan(robz, 0, 1, 10, .01, diode1)\nc := channel.Open(\"night\", true)\nrobz.velocity = 7\nmv(robz, 9)\n")
	shell := p.start()
	shell.typeLines("c = channel.Open(\"night\", false)", "ascan(robz, 0, 1, 1000, .5, diode1)")
	shell.see(`^ +1/1001 `)
	out, err := p.command("run", "--dry-run", script).CombinedOutput()
	for _, want := range []string{
		"robz is in use now by session demo_session (", "; the script would be refused\n",
		"\ndry run, nothing has moved: 1 scan, 11 points, ",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is missing (%v) in\n%s", want, err, out)
		}
	}
	if n := strings.Count(string(out), "in use"); n != 1 {
		t.Errorf("told %d times", n)
	}
	shell.signal(os.Interrupt)
	if err != nil || shell.exit() != exitInterrupted {
		t.Errorf("the dry run: %v", err)
	}
	again := p.start()
	again.typeLines("robz.velocity", "SCANS.Len()", "channel.Open(\"night\", nil).Bool()", "loopscan(1, 0, diode1)", "SCANS.Last().info.number")
	again.see(`^Out \[1\]: 100$`)
	again.see(`^Out \[2\]: 1$`)
	again.see(`^Out \[[56]\]: 2$`)
	again.exit()
}
