package main

import (
	"fmt"
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
			[]string{`^Out \[9\]: 0$`, `^Out \[16\]: 0$`, `^ repeat by hook BeamGuard: applied at point \d+; 81 points planned`, `^ done at 81/81$`, `: done$`}},
	} {
		t.Run(c.hook, func(t *testing.T) {
			t.Parallel()
			x := newPlace(t).start("--store", "memory")
			x.typeLines(c.lines...)
			if status := x.exit(); status != 0 {
				t.Errorf("exit status %d:\n%s", status, x.out.String())
			}
			for _, want := range c.want {
				x.see(want)
			}
		})
	}
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
