package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// block is a fenced block of the README.
type block struct {
	info string // what follows the fence: "sh", "blissh", "go client", ...
	text string
	line int
}

// TestREADME executes every block of the README.
func TestREADME(t *testing.T) {
	run := map[string]func(*testing.T, block){
		"sh": runShellBlock, "blissh": runTranscript, "go client": runClientBlock, "go hook": runHookBlock,
	}
	for _, b := range readBlocks(t, filepath.Join(repository(t), "README.md")) {
		t.Run(fmt.Sprintf("line %d %s", b.line, b.info), func(t *testing.T) {
			t.Parallel()
			f, ok := run[b.info]
			if !ok {
				t.Fatalf("nothing executes a block of %q", b.info)
			}
			f(t, b)
		})
	}
}

func readBlocks(t *testing.T, path string) []block {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var list []block
	open := false
	for i, line := range strings.Split(string(src), "\n") {
		switch {
		case strings.HasPrefix(line, "```") && !open:
			list, open = append(list, block{info: line[3:], line: i + 1}), true
		case strings.HasPrefix(line, "```"):
			open = false
		case open:
			list[len(list)-1].text += line + "\n"
		}
	}
	if len(list) == 0 || open {
		t.Fatalf("%s: %d blocks, the last one open: %v", path, len(list), open)
	}
	return list
}

// runShellBlock runs the commands that a user is told to type; each in the way
// that a test can.
func runShellBlock(t *testing.T, b block) {
	for _, line := range strings.Split(strings.TrimSpace(b.text), "\n") {
		switch line {
		case "go run ./cmd/blissh":
			p := newPlace(t)
			c := exec.Command("go", "run", "./cmd/blissh")
			c.Dir, c.Env, c.Stdin = repository(t), p.env, strings.NewReader("robz.position\n")
			out, err := c.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "Out [1]: 0") {
				t.Errorf("%s: %v\n%s", line, err, out)
			}
		case "go test ./...":
			// This very test is part of it; here it is enough that nothing is left out.
			c := exec.Command("go", "vet", "./cmd/blissh")
			c.Dir = repository(t)
			if out, err := c.CombinedOutput(); err != nil {
				t.Errorf("go vet: %v\n%s", err, out)
			}
		case "blissh run scripts/online_analysis.go":
			newPlace(t).start(strings.Fields(line)[1:]...).see("^following demo_session$")
		default:
			t.Errorf("%q is not executed by any test", line)
		}
	}
}

var typed = regexp.MustCompile(`^DEMO_SESSION \[(\d+)\]: (.*)$`)

// runTranscript types the lines after the prompts and compares the results. The
// analysis of the README runs beside it.
func runTranscript(t *testing.T, b block) {
	p := newSavingPlace(t)
	p.start("run", "scripts/online_analysis.go").see("^following demo_session$")
	typeBlock(t, p.start(), b)
}

// typeBlock types what a block shows after its prompts, and looks for the rest.
func typeBlock(t *testing.T, shell *process, b block) {
	var want []string
	for _, line := range strings.Split(strings.TrimSpace(b.text), "\n") {
		if m := typed.FindStringSubmatch(line); m != nil {
			shell.typeLines(m[2])
			continue
		}
		want = append(want, line)
	}
	if status := shell.exit(); status != 0 {
		t.Errorf("exit status %d", status)
	}
	for _, line := range want {
		if line != "..." {
			shell.see("^" + shownPattern(line) + "$")
		}
	}
}

// shownPattern is what a page shows: three dots stand for anything, a day for any
// day.
func shownPattern(line string) string {
	pattern := strings.ReplaceAll(regexp.QuoteMeta(line), `\.\.\.`, `.*`)
	return shownDay.ReplaceAllString(pattern, `/\d{8}/`)
}

var shownDay = regexp.MustCompile(`/20\d{6}/`)

// runClientBlock builds the client in a module of its own, as the README says,
// and follows a scan with it.
func runClientBlock(t *testing.T, b block) {
	p := newPlace(t)
	p.command("--store", "").Run() // starts the store
	dir := t.TempDir()
	write(t, filepath.Join(dir, "main.go"), b.text)
	copyFile(t, filepath.Join(repository(t), "go.sum"), filepath.Join(dir, "go.sum"))
	client := filepath.Join(dir, "client")
	for _, args := range [][]string{
		{"mod", "init", "client"},
		{"mod", "edit", "-replace", "blissh=" + repository(t), "-require", "blissh@v0.0.0"},
		{"build", "-mod=mod", "-o", client, "."},
	} {
		c := exec.Command("go", args...)
		c.Dir = dir
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("go %v: %v\n%s", args, err, out)
		}
	}
	deps := exec.Command("go", "list", "-mod=mod", "-deps", ".")
	deps.Dir = dir
	if out, err := deps.Output(); err != nil || strings.Contains(string(out), "yaegi") || strings.Contains(string(out), "go-prompt") {
		t.Errorf("the client links an interpreter or a prompt (%v)", err)
	}
	x := &process{t: t, cmd: exec.Command(client), done: make(chan struct{})}
	x.cmd.Env, x.cmd.Stdout, x.cmd.Stderr = p.env, &x.out, &x.out
	if err := x.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { x.cmd.Process.Kill(); <-x.done }()
	go func() { x.cmd.Wait(); close(x.done) }()
	shell := p.start()
	// The client may join late; the scan lasts until it has been seen.
	shell.typeLines("s = loopscan(1000, .02, sim_ct_gauss, save=False)")
	x.see(`^demo_session:1_loopscan:sim_ct_gauss 0 \[23\.9\d+`)
	shell.signal(os.Interrupt)
	x.see(`^demo_session:1_loopscan aborted interrupted by Ctrl-C$`)
	shell.exit()
}

// runHookBlock gives the hook to a session and sees it stop a scan.
func runHookBlock(t *testing.T, b block) {
	p := newPlace(t)
	config := filepath.Join(p.dir, "demo_session.yml")
	demo, err := os.ReadFile(filepath.Join(repository(t), "session", "demo.yml"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, config, string(demo)+"\nhooks: [hooks]\n")
	write(t, filepath.Join(p.dir, "hooks", "limit.go"), b.text)
	x := p.start("--store", "memory", "--config", config)
	x.typeLines("s = ascan(robz, -5, 5, 100, .001, sim_ct_gauss, save=False, run=False)", "s.set_watchdog_callback(LimitHook())", "s.run()")
	x.see(`^ stopped at \d+/101 by hook LimitHook: more than 20 counts$`)
	if status := x.exit(); status != 0 {
		t.Errorf("exit status %d", status)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	src, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	write(t, to, string(src))
}

// TestScriptsOfTheRepository runs each script in scripts/.
func TestScriptsOfTheRepository(t *testing.T) {
	tested := map[string]func(*testing.T, *place){
		"stop_alignment_hook.go": nil, // TestAlignment
		"online_analysis.go":     nil, // TestAlignment
		"last_values.go":         nil, // TestAScriptWalks
		"zoom_on_peak.go":        nil, // TestZoomOnPeak
		"zoom_on_peak_hook.go":   nil, // TestZoomOnPeak
		// TestReadyMadeHooks
		"adaptive_step_hook.go":  nil,
		"beam_guard_hook.go":     nil,
		"limit_hook.go":          nil,
		"stop_past_peak_hook.go": nil,
		"time_budget_hook.go":    nil,
		"scripts.go":             nil, // package scripts
		"follow_scans.go": func(t *testing.T, p *place) {
			x := p.start("run", "scripts/follow_scans.go")
			shell := p.start()
			shell.typeLines("loopscan(100, .02, sim_ct_gauss, save=False)")
			x.see(`^Scan demo_session:1_loopscan started$`)
			shell.signal(os.Interrupt)
			x.see(`^Scan demo_session:1_loopscan ends$`)
			shell.exit()
			x.signal(os.Interrupt)
			if status := x.exit(); status != exitInterrupted {
				t.Errorf("exit status %d", status)
			}
		},
		"align_slit.go":      runBatchScript("align_slit.go"),
		"map_sample.go":      runBatchScript("map_sample.go"),
		"log_temperature.go": runBatchScript("log_temperature.go"),
		"align.go": func(t *testing.T, p *place) {
			x := p.start("run", "--store", "memory", "scripts/align.go")
			if status := x.exit(); status != 0 {
				t.Errorf("exit status %d", status)
			}
			x.see(`^largest value 23\.94 at 0 mm$`)
			x.see(`^moving robz from 5 to 0 mm$`)
		},
	}
	files, err := filepath.Glob(filepath.Join(repository(t), "scripts", "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		name := filepath.Base(f)
		t.Run(name, func(t *testing.T) {
			test, ok := tested[name]
			if !ok {
				t.Fatal("no test runs this script")
			}
			if test != nil {
				t.Parallel()
				test(t, newPlace(t))
			}
		})
	}
}

// TestInterruptedBatch: a batch script cleans up however it ends.
func TestInterruptedBatch(t *testing.T) {
	t.Parallel()
	x := newPlace(t).start("run", "--store", "memory", "scripts/align.go")
	x.see(` 50/101 `)
	time.Sleep(8 * bounce)
	x.signal(os.Interrupt)
	if status := x.exit(); status != exitInterrupted {
		t.Errorf("exit status %d, want %d", status, exitInterrupted)
	}
	x.see(`^moving robz from -?[0-9.]+ to 0 mm$`) // its cleanup
}
