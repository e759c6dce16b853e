package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"blissh/data/fit"
)

// readBack is a client that shares no code with blissh: it reads where each
// point of the newest scan was planned and where it was taken, and what was
// counted there.
const readBack = `
import json, struct, sys
import redis
store, session = redis.Redis.from_url(sys.argv[1]), "blissh:{demo_session}"
uid = store.zrevrange(session + ":scans", 0, 0)[0].decode()
scan = {k.decode(): v.decode() for k, v in store.hgetall(session + ":scan:" + uid).items()}
planned, actual, counted, asked, first = {}, [], [], [], None
def plan(path):
    for s in path:
        for i in range(s["points"]):
            at = s["at"][i] if "at" in s else [a + (b - a) * i / max(1, s["points"] - 1) for a, b in zip(s["start"], s["stop"])]
            planned[s["from"] + i] = at[0]
for entry, fields in store.xrange(session + ":scan:" + uid + ":stream"):
    k, seq = map(int, entry.split(b"-"))
    if seq == 0:
        actual += struct.unpack("<%dd" % (len(fields[b"robz"]) // 8), fields[b"robz"])
        counted += struct.unpack("<%dd" % (len(fields[b"robz"]) // 8), fields[b"sim_ct_gauss_noise"])
        continue
    event = json.loads(fields[b"json"])
    if fields[b"event"] == b"new":
        plan(event["path"])
    if "way" in event:
        first = first or k
        planned = {i: at for i, at in planned.items() if i < k}
        plan(event["way"]["path"])
    if "answer" in event and event["request"]["by"] != "the prompt":
        asked.append({"text": " ".join([event["request"]["by"], event["request"]["do"], str(event["answer"]["applied"])]),
            "start": event["request"].get("start", 0), "stop": event["request"].get("stop", 0), "intervals": event["request"].get("intervals", 0)})
print(json.dumps({"planned": [planned[i] for i in sorted(planned)], "actual": actual, "counted": counted,
    "asked": asked, "first": first or 0, "in_hash": int(scan["planned"])}))
`

// zoomed is what the client has read.
type zoomed struct {
	Planned, Actual, Counted []float64
	Asked                    []struct {
		Text        string // by whom, what, obeyed or not
		Start, Stop float64
		Intervals   int
	}
	First  int // point of the fine range
	InHash int `json:"in_hash"`
}

// TestZoomOnPeak: a coarse scan finds the peak, the same scan takes finer points
// there, because a hook, an analysis program, or one line of redis-cli has asked
// for it.
func TestZoomOnPeak(t *testing.T) {
	for _, how := range []string{"hook", "analysis", "python", "redis-cli"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			needProgram(t, "python3", "python3-redis")
			url := redisServer(t)
			p := newPlace(t, "BLISSH_STORE="+url)
			var analysis *process
			switch how {
			case "analysis":
				analysis = p.start("run", "scripts/zoom_on_peak.go")
			case "python":
				analysis = p.startProgram(p.python("examples/zoom_on_peak.py"))
			}
			if analysis != nil {
				analysis.see("^following demo_session$")
			}
			listener := p.start("listen", "demo_session")
			shell := p.start("--config", seeded(t, p.dir))
			// Another scan, which ends at the peak: the next one is not past it yet.
			shell.typeLines("o = ascan(robz, -4, -1, 12, .001, sim_ct_gauss_noise, run=False)", "o.allow(robz, -4, 0)", "o.run()")
			// -1 is between two coarse points: -1.09 and -0.87 mm
			shell.typeLines("s = ascan(robz, -5, 5, 46, .02, sim_ct_gauss_noise, run=False)", "s.allow(robz, -3, 1, points=400, duration=60)")
			by := map[string]string{"hook": "hook ZoomOnPeak", "analysis": "zoom_on_peak", "python": "zoom_on_peak.py", "redis-cli": "me"}[how]
			switch how {
			case "hook":
				shell.typeLines("s.set_watchdog_callback(ZoomOnPeak())", "s.run()")
			case "analysis", "python":
				// a program that is late, on a busy machine, is waited for
				shell.typeLines("s.start()", "for s.Points() < 40 && len(s.Path().Segments) < 2 { time.Sleep(time.Millisecond) }",
					"late = len(s.Path().Segments) < 2", "if late { s.Pause() }", "for len(s.Path().Segments) < 2 { time.Sleep(time.Millisecond) }",
					"if late { s.Resume() }", "s.wait()")
			default:
				shell.typeLines("s.start()", "for s.Points() < 26 { time.Sleep(time.Millisecond) }", `s.pause("past the peak")`, `println("it", "waits")`)
				shell.see("^it waits$")
				zoomByHand(t, url)
				shell.typeLines("s.resume()", "s.wait()")
			}
			shell.typeLines("s.path()", "plot(s, height=12)", "plot(s.path(), height=12)", "s.state")
			if status := shell.exit(); status != 0 {
				t.Fatalf("exit status %d:\n%s", status, shell.out.String())
			}
			screen := shell.out.String()
			for _, want := range []string{" by " + by, ": applied at point ", "points planned", "Out [", "taken  "} {
				if !strings.Contains(screen, want) {
					t.Errorf("%q is not on the screen:\n%s", want, screen)
				}
			}
			z := readZoom(t, url)
			listener.see(fmt.Sprintf(`^Scan demo_session:2_ascan at point %d: range .* by %s(| on \S+): applied at point %d; %d points planned, `, z.First, by, z.First, z.First+101))
			checkZoom(t, z, by)
			if how == "python" {
				checkPeak(t, analysis)
			}
			checkPlot(t, screen, z)
		})
	}
}

// seeded is a demo session whose noise is the same every time, so that it is no
// chance that the fine points are better than the coarse ones.
func seeded(t *testing.T, dir string) string {
	t.Helper()
	demo, err := os.ReadFile(filepath.Join(repository(t), "session", "demo.yml"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(demo), "    driver: sim\n    counters:\n      - name: sim_ct_gauss\n",
		"    driver: sim\n    seed: 9\n    counters:\n      - name: sim_ct_gauss\n", 1)
	if text == string(demo) {
		t.Fatal("the demo session has another sim_ct")
	}
	path := filepath.Join(dir, "demo_session.yml")
	write(t, path, text+"\nhooks: ["+filepath.Join(repository(t), "scripts")+"]\n")
	return path
}

// checkPeak looks at what the program printed: one zoom, of the second scan, and
// where the peak is by the fine points and by the coarse ones.
func checkPeak(t *testing.T, x *process) {
	t.Helper()
	line := x.see(`^demo_session:2_ascan: the peak is at \S+ by the fine points, \S+ by the coarse ones$`)
	var fine, coarse float64
	_, err := fmt.Sscanf(line, "demo_session:2_ascan: the peak is at %g by the fine points, %g by the coarse ones", &fine, &coarse)
	t.Logf("errors against -1 in Python: coarse %+.5f mm, fine %+.5f mm", coarse+1, fine+1)
	if err != nil || math.Abs(fine+1) >= math.Abs(coarse+1) {
		t.Errorf("%v: %s", err, line)
	}
	if n := strings.Count(x.out.String(), "\n"); n != 3 {
		t.Errorf("it printed\n%s", x.out.String())
	}
}

// zoomByHand is the line of docs/steering.md, typed while the scan waits.
func zoomByHand(t *testing.T, url string) {
	t.Helper()
	needProgram(t, "redis-cli", "redis-tools")
	c := exec.Command("sh", "-e", "-c", `
		store() { redis-cli --no-auth-warning --raw -u "$BLISSH_STORE" "$@"; }
		U=$(store ZRANGEBYSCORE 'blissh:{demo_session}:scans' +inf +inf)
		test -n "$U" || { echo "no scan runs"; exit 1; }
		ID=$(store XADD "blissh:{demo_session}:scan:$U:requests" '*' json '{"do": "range", "start": -0.4, "stop": -1.6, "intervals": 100, "by": "me"}')
		store BLPOP "blissh:{demo_session}:scan:$U:answer:$ID" 30`)
	c.Env = append(os.Environ(), "BLISSH_STORE="+strings.Replace(url, "redis://:", "redis://default:", 1)) // redis-cli wants a user's name
	if out, err := c.CombinedOutput(); err != nil || !strings.Contains(string(out), `"applied":true`) {
		t.Fatalf("answered %s (%v)", out, err)
	}
}

func readZoom(t *testing.T, url string) (z zoomed) {
	t.Helper()
	out, err := exec.Command("/usr/bin/python3", "-c", readBack, url).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := json.Unmarshal(out, &z); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return z
}

// checkZoom compares what was asked for, what was planned and what was done, and
// the peak as the coarse and the fine points have it with where it is, at -1 mm.
func checkZoom(t *testing.T, z zoomed, by string) {
	t.Helper()
	n := len(z.Actual)
	if len(z.Planned) != n || z.InHash != n || n != z.First+101 || z.First < 15 || z.First > 46 {
		t.Fatalf("%d points, %d planned, %d in the hash, the fine ones from %d", n, len(z.Planned), z.InHash, z.First)
	}
	if len(z.Asked) != 1 || z.Asked[0].Text != by+" range True" || z.Asked[0].Intervals != 100 {
		t.Fatalf("asked: %v", z.Asked)
	}
	for i := range z.Actual {
		if math.Abs(z.Actual[i]-z.Planned[i]) > 2e-4 {
			t.Errorf("point %d is at %g, planned %g", i, z.Actual[i], z.Planned[i])
		}
		asked := z.Asked[0].Start + (z.Asked[0].Stop-z.Asked[0].Start)*float64(i-z.First)/100
		if i >= z.First && math.Abs(z.Actual[i]-asked) > 2e-4 {
			t.Errorf("point %d is at %g, %g was asked for", i, z.Actual[i], asked)
		}
	}
	coarse, fine := centre(t, z.Actual[:z.First], z.Counted[:z.First]), centre(t, z.Actual[z.First:], z.Counted[z.First:])
	highest := z.Actual[highestOf(z.Counted[:z.First])]
	t.Logf("errors against -1 mm: coarse points, the highest one %+.4f, fit %+.4f ± %.4f; fine points, fit %+.4f ± %.4f",
		highest+1, coarse.Value+1, coarse.Error, fine.Value+1, fine.Error)
	if math.Abs(fine.Value+1) >= min(math.Abs(highest+1), math.Abs(coarse.Value+1)) || math.Abs(fine.Value+1) > 0.05 {
		t.Errorf("the peak is at %g by the fine points, %g by the coarse ones", fine.Value, highest)
	}
}

func highestOf(y []float64) (top int) {
	for i := range y {
		if y[i] > y[top] {
			top = i
		}
	}
	return top
}

// centre fits a Gauss curve.
func centre(t *testing.T, x, y []float64) fit.Value {
	t.Helper()
	top := highestOf(y)
	g, err := fit.ToGauss(x, y, fit.Start{Centre: x[top], FWHM: 1.5, Height: y[top]})
	if err != nil {
		t.Fatal(err)
	}
	return g.Centre
}

// checkPlot reads the plots on the screen by their axes: the mark of the peak is
// over the highest point, that of the centre at -1 mm, and the path ends where
// the fine points do.
func checkPlot(t *testing.T, screen string, z zoomed) {
	t.Helper()
	data, path := readPlot(t, screen, "peak", "robz[mm]"), readPlot(t, screen, "set-points", "point")
	column := 1.5 * (data.x(1) - data.x(0))
	if at, want := data.x(data.column('◆')), z.Actual[highestOf(z.Counted)]; math.Abs(at-want) > column {
		t.Errorf("the plot has its peak at %g, it is at %g:\n%s", at, want, data.text)
	}
	if at := data.x(data.column('▲')); math.Abs(at+1) > column+0.15 {
		t.Errorf("the plot has its centre at %g:\n%s", at, data.text)
	}
	last := 0
	for _, row := range path.rows {
		for i, c := range []rune(row) {
			if c > '⠀' && c <= '⣿' {
				last = max(last, i)
			}
		}
	}
	if at := path.x(last); math.Abs(at-float64(len(z.Actual)-1)) > 1.5*(path.x(1)-path.x(0)) {
		t.Errorf("the plot of the path ends at point %g of %d:\n%s", at, len(z.Actual), path.text)
	}
}

// drawn is a plot as it was printed.
type drawn struct {
	text string
	rows []string // what is drawn, from the left edge of the line on
	at   [2]int   // columns of the first and the last tick
	is   [2]float64
}

// readPlot finds the plot whose legend or title has a word, and whose horizontal
// axis has a name.
func readPlot(t *testing.T, screen, word, axis string) (d drawn) {
	t.Helper()
	lines := strings.Split(screen, "\n")
	for i, line := range lines {
		if !strings.Contains(line, "└") || strings.TrimSpace(lines[i+2]) != axis {
			continue
		}
		first := i
		for first > 0 && strings.ContainsAny(lines[first], "│┤└") {
			first--
		}
		d.text = strings.Join(lines[max(0, first-1):i+3], "\n")
		if strings.Contains(d.text, word) {
			d.rows = lines[first+1 : i+1]
			d.readAxis(t, line, lines[i+1])
			return d
		}
	}
	t.Fatalf("no plot of %s over %s:\n%s", word, axis, screen)
	return d
}

// readAxis takes the first and the last number below the axis for those of its
// first and last tick.
func (d *drawn) readAxis(t *testing.T, axis, numbers string) {
	t.Helper()
	list := strings.Fields(numbers)
	ticks := []int{}
	for i, c := range []rune(axis) {
		if c == '┬' {
			ticks = append(ticks, i)
		}
	}
	d.at = [2]int{ticks[0], ticks[len(ticks)-1]}
	for i, text := range []string{list[0], list[len(list)-1]} {
		x, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatalf("%v:\n%s", err, d.text)
		}
		d.is[i] = x
	}
}

// x is what is at a column.
func (d *drawn) x(column int) float64 {
	return d.is[0] + (d.is[1]-d.is[0])*float64(column-d.at[0])/float64(d.at[1]-d.at[0])
}

// column is where a mark is; the last one that is drawn.
func (d *drawn) column(mark rune) (at int) {
	for _, row := range d.rows {
		for i, c := range []rune(row) {
			if c == mark {
				at = i
			}
		}
	}
	return at
}
