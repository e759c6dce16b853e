package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestScansPage types what docs/scans.md shows.
func TestScansPage(t *testing.T) {
	for _, b := range readBlocks(t, filepath.Join(repository(t), "docs", "scans.md")) {
		t.Run(fmt.Sprintf("line %d %s", b.line, b.info), func(t *testing.T) {
			t.Parallel()
			runTranscript(t, b)
		})
	}
}

// TestAddingPage builds blissh with the scan type of docs/adding.md, runs a scan
// of it, and gives the page's preset to a session.
func TestAddingPage(t *testing.T) {
	blocks := map[string]block{}
	for _, b := range readBlocks(t, filepath.Join(repository(t), "docs", "adding.md")) {
		blocks[b.info] = b
	}
	if len(blocks) != 3 {
		t.Fatalf("%d kinds of blocks", len(blocks))
	}
	t.Run("spiral", func(t *testing.T) {
		t.Parallel()
		runSpiral(t, blocks["go spiral"].text, blocks["go table"].text)
	})
	t.Run("preset", func(t *testing.T) {
		t.Parallel()
		runPresetBlock(t, blocks["go hook"].text)
	})
}

// runSpiral lays the new file and the longer table over the repository for one
// build. The positions were computed elsewhere: a spiral around 2, -1 with an area
// of 0.5 x 0.5 for each point.
func runSpiral(t *testing.T, file, line string) {
	p, dir := newPlace(t), t.TempDir()
	table := filepath.Join(repository(t), "commands", "table.go")
	src, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	const anchor = "\t\tlookupscanCommand(),"
	if strings.Count(string(src), anchor) != 1 {
		t.Fatalf("the table has no line %q", anchor)
	}
	write(t, filepath.Join(dir, "table.go"), strings.Replace(string(src), anchor, line+anchor, 1))
	write(t, filepath.Join(dir, "spiral.go"), file)
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{
		table: filepath.Join(dir, "table.go"),
		filepath.Join(repository(t), "commands", "spiral.go"): filepath.Join(dir, "spiral.go"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "overlay.json"), string(overlay))
	build := exec.Command("go", "build", "-overlay", filepath.Join(dir, "overlay.json"), "-o", filepath.Join(dir, "blissh"), "./cmd/blissh")
	build.Dir = repository(t)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	c := exec.Command(filepath.Join(dir, "blissh"), "--store", "memory")
	c.Dir, c.Env = repository(t), p.env
	c.Stdin = strings.NewReader(`mv(robx, 2, roby, -1)
s = spiral(robx, roby, .5, 5, .001, diode1)
s.get_data("robx")
s.get_data("roby")
wm(robx, roby)
spiral(robx, roby, .5, 0, .001, diode1)
`)
	out, err := c.CombinedOutput()
	for _, want := range []string{
		"  spiral robx roby 0.5 5 0.001 ", " done at 5/5\n",
		": {robx: [2 1.792 2.0349 2.2973 1.4444]}\n", ": {roby: [-1 -0.8094 -1.3974 -0.6122 -1.0983]}\n",
		"line 6: spiral: argument 4 (points): a whole number of at least 1 expected, got 0; usage: spiral(axis1, axis2, step, points, count_time, counters...)\n",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is missing (%v) in\n%s", want, err, out)
		}
	}
}

// runPresetBlock gives the preset to a session and follows what the shutter does.
func runPresetBlock(t *testing.T, script string) {
	p := newPlace(t)
	config := filepath.Join(p.dir, "demo_session.yml")
	demo, err := os.ReadFile(filepath.Join(repository(t), "session", "demo.yml"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, config, string(demo)+"\nhooks: [hooks]\n")
	write(t, filepath.Join(p.dir, "hooks", "shutter.go"), script)
	x := p.start("--store", "memory", "--config", config)
	x.typeLines(
		`open = channel.OpenDefault("shutter", false)`,
		`type Spy struct { hooks.Base }`,
		`func (Spy) OnPointStart(i int) error { fmt.Println("at", i, open.Bool()); return nil }`,
		`func (Spy) OnPointStop(i int) error { fmt.Println("after", i, open.Bool()); return nil }`,
		`add_preset(ShutterHook())`,
		`add_preset(Spy())`,
		`dscan(robz, 0, 1, 1, .001, diode1, save=False)`,
		`fmt.Println("shutter", open.Bool())`,
		`add_preset(ShutterHook())`,
		`remove_preset(Spy())`,
		`open.Set(true)`,
		`ct(.001, diode1)`,
	)
	for _, want := range []string{"at 0 true", "after 0 true", "at 1 true", "after 1 true", "shutter false", "line 12: ct: preset ShutterHook: prepare: the shutter is open already"} {
		x.see("^" + want + "$")
	}
	if status := x.exit(); status != 1 {
		t.Errorf("exit status %d", status)
	}
}

// TestAPresetEndsAfterCtrlC: what a preset that was typed at the prompt does at the
// end is done although the input was interrupted, a move included.
func TestAPresetEndsAfterCtrlC(t *testing.T) {
	t.Parallel()
	x := newPlace(t).open("--store", "memory")
	x.prompt(0)
	x.enter(`type Shutter struct { hooks.Base }`)
	x.enter(`func (Shutter) OnPrepare(s *data.Scan) error { mv(robx, 1); return nil }`)
	x.enter(`func (Shutter) OnStop(s *data.Scan) error { mv(robx, 0); return nil }`)
	x.enter(`add_preset(Shutter())`)
	start := x.typeLine(`dscan(roby, 0, 10, 1000, .01, diode1)`)
	x.seeAfter(start, ` 5/1001 `)
	x.press("\x03")
	printed := x.prompt(start)
	x.want(printed, `moving robx from 0 to 1 mm`)
	x.want(printed, `moving robx from 1 to 0 mm`)
	x.want(printed, `aborted at \d+/1001: interrupted by Ctrl-C`)
	x.want(x.enter(`robx.position`), `: 0\b`)
	x.want(x.enter(`roby.position`), `: 0\b`)
}
