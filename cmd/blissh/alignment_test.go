package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"blissh/internal/redisconn"
)

// spellings are the three ways to type the alignment scan; the last line runs
// it.
var spellings = map[string][]string{
	"prompt": {
		"s = ascan(robz,-5,5,500,.001,sim_ct_gauss_noise,save=False,run=False)",
		"s.set_watchdog_callback(StopAlignmentHook())",
		"s.run()",
	},
	"go": {
		"s := ascan(robz, -5, 5, 500, .001, sim_ct_gauss_noise, save(false), run(false))",
		"s.SetWatchdogCallback(NewStopAlignmentHook())",
		"s.Run()",
	},
	"commands": {
		"s = ascan(robz, -5, 5, 500, .001, sim_ct_gauss_noise, save=False, run=False)",
		"set_watchdog_callback(s, StopAlignmentHook())",
		"run(s)",
	},
}

// TestAlignment is the main job: an analysis in another process stops the scan
// just past the half height, whatever the spelling and the store, started
// before the shell or after it.
func TestAlignment(t *testing.T) {
	for _, c := range []struct {
		store, spelling, analysis string
	}{
		{"redis-server", "prompt", "before"},
		{"redis-server", "go", "after"},
		{"embedded", "commands", "before"},
		{"embedded", "prompt", "after"},
		{"url", "go", "before"},
		{"url", "commands", "after"},
	} {
		t.Run(c.store+"/"+c.spelling+"/"+c.analysis, func(t *testing.T) {
			t.Parallel()
			align(t, placeWithStore(t, c.store), spellings[c.spelling], c.analysis == "before")
		})
	}
}

// placeWithStore makes a place whose processes use a kind of store.
func placeWithStore(t *testing.T, kind string) *place {
	t.Helper()
	switch kind {
	case "redis-server":
		needProgram(t, "redis-server", "redis-server")
		return newPlace(t)
	case "embedded":
		p := newPlace(t)
		p.start("store", "--engine", "embedded").see("^store: embedded ")
		return p
	}
	return newPlace(t, "BLISSH_STORE="+redisServer(t))
}

func align(t *testing.T, p *place, lines []string, before bool) {
	var analysis *process
	analyse := func() {
		analysis = p.start("run", "scripts/online_analysis.go")
		analysis.see("^following demo_session$")
	}
	if before {
		analyse()
	}
	listener := p.start("listen", "demo_session")
	shell := p.start()
	shell.typeLines(lines[:2]...)
	if !before {
		shell.typeLines("s.state")
		shell.see(`^Out \[\d+\]: idle$`)
		analyse()
	}
	shell.typeLines(lines[2], "s.state", "s.reason", "len(s.get_data()[\"sim_ct_gauss_noise\"])", "robz.position", "robz.state", "s.number")
	if status := shell.exit(); status != 0 {
		t.Fatalf("exit status %d:\n%s", status, shell.out.String())
	}
	checkAlignment(t, p, shell.out.String())
	listener.see(`^Scan demo_session:1_ascan started$`)
	listener.see(`^Scan demo_session:1_ascan ends: stopped, \d+ points \(by hook StopAlignmentHook\)$`)
	analysis.see(`^stop demo_session:1_ascan:sim_ct_gauss_noise at point \d+: `)
}

var (
	outLine = regexp.MustCompile(`(?m)^Out \[\d+\]: (.*)$`)
	rowLine = regexp.MustCompile(`(?m)^ *(\d+)/501 +(-?\d\.\d{4}) `)
)

// checkAlignment reads the screen as a user does.
func checkAlignment(t *testing.T, p *place, screen string) {
	t.Helper()
	var outs []string
	for _, m := range outLine.FindAllStringSubmatch(screen, -1) {
		outs = append(outs, m[1])
	}
	outs = outs[max(0, len(outs)-6):] // s.state may come before, and run(s) prints the scan
	if len(outs) != 6 || outs[0] != "stopped" || outs[1] != `"by hook StopAlignmentHook"` || outs[4] != "READY" {
		t.Fatalf("results %q on the screen:\n%s", outs, screen)
	}
	points, _ := strconv.Atoi(outs[2])
	if points < 237 || points > 245 {
		t.Errorf("%d points, 237 to 245 expected", points)
	}
	rows := rowLine.FindAllStringSubmatch(screen, -1)
	if len(rows) != points {
		t.Errorf("the table has %d rows, the data have %d points", len(rows), points)
	}
	for i, r := range rows {
		if r[1] != strconv.Itoa(i+1) || r[2] != fmt.Sprintf("%.4f", -5+0.02*float64(i)) {
			t.Errorf("row %d of the table reads %q", i, r[0])
		}
	}
	robz, err := strconv.ParseFloat(outs[3], 64)
	last := -5 + 0.02*float64(points-1)
	if err != nil || robz < last-1e-9 || robz > last+0.02+1e-9 {
		t.Errorf("robz is at %v, between the last point %.4f and the next one expected", robz, last)
	}
	checkForeign(t, p, outs[5], points)
}

// checkForeign counts the points of every data channel with redis-cli, which
// shares no code with blissh.
func checkForeign(t *testing.T, p *place, number string, points int) {
	t.Helper()
	cli := needProgram(t, "redis-cli", "redis-tools")
	script := filepath.Join("testdata", "count_points.sh")
	u, err := url.Parse(p.storeURL())
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	c := exec.Command("/bin/sh", script, cli, u.Port(), "demo_session", number)
	c.Env = append(p.env, "REDISCLI_AUTH="+password)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", script, err, out)
	}
	want := ""
	for _, name := range []string{"elapsed_time", "epoch", "robz", "sim_ct_gauss_noise"} {
		want += fmt.Sprintf("%s %d\n", name, points)
	}
	if string(out) != want {
		t.Errorf("redis-cli counts\n%swant\n%s", out, want)
	}
}

// storeURL is the address of the place's store.
func (p *place) storeURL() string {
	for i := len(p.env) - 1; i >= 0; i-- {
		if url, ok := strings.CutPrefix(p.env[i], "BLISSH_STORE="); ok && url != "" {
			return url
		}
	}
	b, err := os.ReadFile(filepath.Join(p.dir, "run", "blissh", "store.json"))
	if err != nil {
		p.t.Fatal(err)
	}
	var f redisconn.StoreFile
	if err := json.Unmarshal(b, &f); err != nil {
		p.t.Fatal(err)
	}
	return f.URL
}
