package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestReadyMadeHooks runs each hook of scripts/ in a scan, as its users do.
func TestReadyMadeHooks(t *testing.T) {
	for _, c := range []struct {
		hook  string
		lines []string
		want  []string // patterns of lines
	}{
		{"StopPastPeak", []string{"s = ascan(robz, -5, 5, 60, .001, sim_ct_gauss_noise, run=False)", hookOf("StopPastPeak"), "s.run()"},
			[]string{`^ stopped at 3\d/61 by hook StopPastPeak: past the peak of [56]\d`}},
		{"LimitGuard", []string{"s = ascan(robz, -5, 5, 120, .001, sim_ct_gauss_noise, run=False)", hookOf("LimitGuard"), "s.run()"},
			[]string{`^ stopped at \d+/121 by hook LimitGuard: sim_ct_gauss_noise is 6\d\.?\d*, above 60$`}},
		{"AdaptiveStep", []string{"s = ascan(robz, -5, 5, 20, .001, sim_ct_gauss_noise, run=False)", "s.allow(robz, -5, 5, points=200, duration=600)", hookOf("AdaptiveStep"), "s.run()",
			"r = map[float64]bool{}", `for _, x := range s.GetData()["robz"] { r[math.Round(x*10)/10] = true }`, "n = 0", "for k := -10; k <= 10; k++ { if r[float64(k)/2] { n++ } }", "n", "s.points() > 30"},
			[]string{`^ insert .* by hook AdaptiveStep: applied at point \d+; `, `^Out \[9\]: 21$`, `^Out \[10\]: true$`}},
		{"TimeBudget", []string{"s = loopscan(100000, .02, sim_ct_gauss, run=False)", hookOf("TimeBudget"), "s.start()", "s.pause()", "wait(s)"},
			[]string{`^ paused by the prompt$`, `^ stopped at \d+/100000 by hook TimeBudget: the time of 2s is used up$`}},
		{"BeamGuard", []string{
			`c = channel.OpenDefault("beam_current", 100)`, "c.Set(3)", "s = loopscan(80, .05, sim_ct_gauss, run=False)", "allow(s)", hookOf("BeamGuard"), "s.start()",
			"for len(s.Path().Segments) == 0 { time.Sleep(time.Millisecond) }", "time.Sleep(300 * time.Millisecond)", "s.points()", "c.Set(50)",
			"for s.Points() < 3 { time.Sleep(time.Millisecond) }", "c.Set(5)", "time.Sleep(time.Second)", "n = s.points()", "time.Sleep(300 * time.Millisecond)", "s.points() - n", "c.Set(60)", "wait(s)", "s.state"},
			[]string{`^Out \[9\]: 0$`, `^Out \[16\]: 0$`, `^ repeat by hook BeamGuard: applied at point \d+; 81 points planned, .* left \(the last point was taken with beam_current 5\)$`, `^ done at 81/81$`, `: done$`}},
		{"AdaptiveStep, refused", []string{"s = ascan(robz, -5, 5, 20, .001, sim_ct_gauss_noise, run=False)", "s.allow(robz, -5, -2.6, points=200, duration=600)", hookOf("AdaptiveStep"), "s.run()"},
			[]string{`^ insert -2.75 .*: applied at point 12; `, `^ insert -2.25 .*: refused: `, `^ insert -1.75 .*: refused: `, `^ done at 30/30$`}},
		{"BeamGuard in the first point", []string{
			`c = channel.OpenDefault("beam_current", 100)`, "c.Set(100)", "s = loopscan(3, 1, sim_ct_gauss, run=False)", "s.allow(duration=600)", hookOf("BeamGuard"), "s.start()",
			`for s.State() != "running" { time.Sleep(time.Millisecond) }`, "c.Set(2)", "for s.Points() < 1 { time.Sleep(time.Millisecond) }", "c.Set(90)", "wait(s)"},
			[]string{`^ repeat by hook BeamGuard: applied at point \d; 4 points planned, .* left \(the last point was taken with beam_current 2\)$`, `^ done at 4/4$`}},
	} {
		t.Run(c.hook, func(t *testing.T) {
			t.Parallel()
			x, status := runOfGate(t, c.lines)
			if status != 0 {
				t.Errorf("exit status %d:\n%s", status, x.out.String())
			}
			for _, want := range c.want {
				x.see(want)
			}
		})
	}
}

// TestZoomTwice changes the number in a copy of the hook, as the page says.
func TestZoomTwice(t *testing.T) {
	t.Parallel()
	demo, hook := "", ""
	for path, text := range map[string]*string{"session/demo.yml": &demo, "scripts/zoom_on_peak_hook.go": &hook} {
		b, err := os.ReadFile(filepath.Join(repository(t), path))
		if err != nil {
			t.Fatal(err)
		}
		*text = string(b)
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "demo_session.yml"), demo+"\nhooks: [hooks]\n")
	write(t, filepath.Join(dir, "hooks", "twice.go"), strings.Replace(hook, "zooms     = 1", "zooms     = 2", 1))
	x, _ := runOfGate(t, []string{"s = ascan(robz, -5, 5, 46, .001, sim_ct_gauss_noise, run=False)", "s.allow(robz, -3, 1, points=400, duration=60)",
		hookOf("ZoomOnPeak"), "s.run()", "s.path()"}, "--config", filepath.Join(dir, "demo_session.yml"))
	var first, second [2]float64
	screen := x.out.String()
	ranges := regexp.MustCompile(`(?m)^ range (\S+ \S+) 100 by hook ZoomOnPeak: applied at point \d+; `).FindAllStringSubmatch(screen, -1)
	if len(ranges) != 2 {
		t.Fatalf("%d zooms:\n%s", len(ranges), screen)
	}
	fmt.Sscan(ranges[0][1], &first[0], &first[1])
	fmt.Sscan(ranges[1][1], &second[0], &second[1])
	if wide, narrow := math.Abs(first[1]-first[0]), math.Abs(second[1]-second[0]); narrow < wide/3 || narrow > wide*2/3 || math.Abs(second[0]+second[1]+2) > 0.2 {
		t.Errorf("zoomed from %v to %v", first, second)
	}
}

// runOfGate runs a session. A gate has 100 ms for each point, and fails the scan of
// a machine that does not give it that: then it is run again.
func runOfGate(t *testing.T, lines []string, args ...string) (x *process, status int) {
	for range 5 {
		x = newPlace(t).start(append([]string{"--store", "memory"}, args...)...)
		x.typeLines(lines...)
		if status = x.exit(); !strings.Contains(x.out.String(), " took longer than 100ms") {
			break
		}
		t.Log("the machine was busy elsewhere for 100 ms")
	}
	return x, status
}

func hookOf(name string) string { return fmt.Sprintf("s.set_watchdog_callback(%s())", name) }

// TestEveryHookHasItsPlace: each hook of scripts/ is in docs/hooks.md.
func TestEveryHookHasItsPlace(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(repository(t), "scripts", "*_hook.go"))
	if err != nil || len(files) < 7 {
		t.Fatalf("%v: %d hooks", err, len(files))
	}
	page, err := os.ReadFile(filepath.Join(repository(t), "docs", "hooks.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.Contains(string(page), "`scripts/"+filepath.Base(f)+"`") {
			t.Errorf("docs/hooks.md does not name scripts/%s", filepath.Base(f))
		}
	}
}

// TestHooksPage gives the page's hooks to a session, types what the page shows and
// runs its commands.
func TestHooksPage(t *testing.T) {
	blocks := map[string]block{}
	for _, b := range readBlocks(t, filepath.Join(repository(t), "docs", "hooks.md")) {
		if blocks[b.info].text != "" {
			t.Errorf("line %d: another block of %q", b.line, b.info)
		}
		blocks[b.info] = b
	}
	demo, err := os.ReadFile(filepath.Join(repository(t), "session", "demo.yml"))
	if err != nil {
		t.Fatal(err)
	}
	session := func(t *testing.T, keys string) (*place, []string) {
		p := newPlace(t)
		config := filepath.Join(p.dir, "demo_session.yml")
		write(t, config, string(demo)+"\n"+keys)
		write(t, filepath.Join(p.dir, "hooks", "first.go"), blocks["go hook"].text)
		write(t, filepath.Join(p.dir, "hooks", "lamp.go"), blocks["go hook lamp"].text)
		return p, []string{"--store", "memory", "--config", config}
	}
	for info, keys := range map[string]string{"blissh hook": "hooks: [hooks]\n", "blissh lamp": "hooks: [hooks]\n", "blissh every": strings.Replace(blocks["yaml every"].text, "scripts]", filepath.Join(repository(t), "scripts")+"]", 1)} {
		t.Run(info, func(t *testing.T) {
			t.Parallel()
			p, args := session(t, keys)
			typeBlock(t, p.start(args...), blocks[info])
		})
	}
	t.Run("hook test", func(t *testing.T) {
		t.Parallel()
		args := strings.Fields(blocks["sh test"].text)
		x := newPlace(t).start(args[1:]...)
		if status := x.exit(); status != 0 {
			t.Errorf("exit status %d", status)
		}
		for _, line := range strings.Split(strings.TrimSpace(blocks["text test"].text), "\n") {
			x.see("^" + regexp.QuoteMeta(line) + "$")
		}
	})
	if len(blocks) != 8 {
		t.Errorf("%d kinds of blocks: no test runs some", len(blocks))
	}
}
