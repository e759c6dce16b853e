package main

import (
	"encoding/json"
	"fmt"
	"math"
	neturl "net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
    if "answer" in event:
        asked.append([event["request"]["by"], event["request"]["do"], event["answer"]["applied"]])
print(json.dumps({"planned": [planned[i] for i in sorted(planned)], "actual": actual, "counted": counted,
    "asked": asked, "first": first or 0, "in_hash": int(scan["planned"])}))
`

// zoomed is what the client has read.
type zoomed struct {
	Planned, Actual, Counted []float64
	Asked                    [][]any
	First                    int `json:"first"` // point of the fine range
	InHash                   int `json:"in_hash"`
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
			shell := p.start("--config", seeded(t, p.dir))
			// Another scan, which ends at the peak: the next one is not past it yet.
			shell.typeLines("o = ascan(robz, -4, -1, 12, .001, sim_ct_gauss_noise, run=False)", "o.allow(robz, -4, 0)", "o.run()")
			// -1 is between two coarse points: -1.09 and -0.87 mm; who asks has a hundred points of time.
			shell.typeLines("s = ascan(robz, -5, 25, 138, .02, sim_ct_gauss_noise, run=False)", "s.allow(robz, -3, 1, points=400, duration=60)")
			by := map[string]string{"hook": "hook ZoomOnPeak", "analysis": "zoom_on_peak", "redis-cli": "me", "python": "zoom_on_peak.py"}[how]
			switch how {
			case "hook":
				shell.typeLines("s.set_watchdog_callback(ZoomOnPeak())", "s.run()")
			case "analysis", "python":
				shell.typeLines("s.run()")
			default:
				shell.typeLines("s.start()")
				zoomByHand(t, url)
				shell.typeLines("s.wait()")
			}
			shell.typeLines("s.path()", "plot(s, height=12)", "s.state")
			if status := shell.exit(); status != 0 {
				t.Fatalf("exit status %d:\n%s", status, shell.out.String())
			}
			screen := shell.out.String()
			for _, want := range []string{"range ", " by " + by, ": applied at point ", "points planned", "Out [", "taken  "} {
				if !strings.Contains(screen, want) {
					t.Errorf("%q is not on the screen:\n%s", want, screen)
				}
			}
			checkZoom(t, readZoom(t, url), by)
			if how == "python" {
				checkPeak(t, analysis)
			}
		})
	}
}

// seeded is a demo session whose noise is the same every time: with it the coarse
// points are 0.02 mm beside the peak, seven times what the fine ones may be, so
// that it is no chance which of them are better.
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

// zoomByHand is the line of docs/steering.md, once the scan is past the peak.
func zoomByHand(t *testing.T, url string) {
	program := needProgram(t, "redis-cli", "redis-tools")
	u, err := neturl.Parse(url)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	cli := func(args ...string) string {
		c := exec.Command(program, append([]string{"--raw", "-h", u.Hostname(), "-p", u.Port()}, args...)...)
		c.Env = append(os.Environ(), "REDISCLI_AUTH="+password)
		out, err := c.Output()
		if err != nil {
			t.Errorf("%v: %s", err, out)
		}
		return strings.TrimSpace(string(out))
	}
	uid, key := "", ""
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		uid = cli("ZRANGEBYSCORE", "blissh:{demo_session}:scans", "+inf", "+inf")
		key = "blissh:{demo_session}:scan:" + uid
		if last := strings.Fields(cli("XREVRANGE", key+":stream", "+", "-", "COUNT", "1")); uid != "" && len(last) > 0 {
			if n := 0; strings.Contains(last[0], "-0") {
				fmt.Sscanf(last[0], "%d-", &n)
				if n >= 25 {
					break
				}
			}
		}
	}
	id := cli("XADD", key+":requests", "*", "json", `{"do": "range", "start": -0.4, "stop": -1.6, "intervals": 100, "by": "me"}`)
	answer := cli("BLPOP", key+":answer:"+id, "30")
	if !strings.Contains(answer, `"applied":true`) {
		t.Errorf("answered %s", answer)
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

// checkZoom compares what was planned with what was done, and the peak as the
// coarse and the fine points have it with where it is, at -1 mm.
func checkZoom(t *testing.T, z zoomed, by string) {
	t.Helper()
	n := len(z.Actual)
	if len(z.Planned) != n || z.InHash != n || n < z.First+101 || z.First < 15 || z.First > 138 {
		t.Fatalf("%d points, %d planned, %d in the hash, the fine ones from %d", n, len(z.Planned), z.InHash, z.First)
	}
	for i := range z.Actual {
		if math.Abs(z.Actual[i]-z.Planned[i]) > 2e-4 {
			t.Errorf("point %d is at %g, planned %g", i, z.Actual[i], z.Planned[i])
		}
	}
	if len(z.Asked) != 1 || fmt.Sprint(z.Asked[0]) != fmt.Sprintf("[%s range true]", by) {
		t.Errorf("asked: %v", z.Asked)
	}
	coarse, fine := centre(t, z.Actual[:z.First], z.Counted[:z.First]), centre(t, z.Actual[z.First:], z.Counted[z.First:])
	highest := z.Actual[highestOf(z.Counted[:z.First])]
	t.Logf("errors against -1: coarse, highest point %+.4f mm, fit %+.4f mm; fine, fit %+.4f mm", highest+1, coarse+1, fine+1)
	if math.Abs(fine+1) >= math.Abs(coarse+1) || math.Abs(highest+1) < 0.05 {
		t.Errorf("the peak is at %g by the fine points, %g by the coarse ones, of which the highest is at %g", fine, coarse, highest)
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
func centre(t *testing.T, x, y []float64) float64 {
	t.Helper()
	top := highestOf(y)
	g, err := fit.ToGauss(x, y, fit.Start{Centre: x[top], FWHM: 1.5, Height: y[top]})
	if err != nil {
		t.Fatal(err)
	}
	return g.Centre.Value
}
