package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"blissh/data"
	"blissh/data/store"
	"blissh/internal/soak"
)

// steeredScans are typed at the prompt, one after the other: what is allowed is
// within the limits of robz, -9 and 9 mm, or not.
var steeredScans = [][]string{
	{"s = ascan(robz, -5, 5, 400, .002, sim_ct_gauss, run=False)", "s.allow(robz, -6, 6, points=900, count_time=.005, duration=3600)"},
	{"s = ascan(robz, -5, 5, 300, .002, sim_ct_gauss, run=False)"},
	{"s = a2scan(robz, -5, 5, robx, 0, 2, 300, .002, sim_ct_gauss, run=False)", "s.allow(robz, -12, 7, points=900, count_time=.005, duration=3600)", "s.allow(robx, -12, 12, points=900, count_time=.005, duration=3600)"},
	{"s = ascan(robz, 5, -5, 400, .002, sim_ct_gauss, run=False, wait_advice=.01)", "s.allow(robz, -12, 12, points=900, count_time=.005, duration=3600)"},
	{"s = loopscan(2000, .002, sim_ct_gauss, run=False)", "allow(s, points=3000, count_time=.005, duration=3600)"},
}

const lowLimit, highLimit = -9., 9.

// TestRequestsFromFourProcesses: a Go client, a program in Python, redis-cli and
// a hook ask the scans of a shell for anything, all at once. A reader that knows
// docs/data.md alone finds that nothing moved outside what is allowed, that each
// request was answered once, and where each point was to be and why.
func TestRequestsFromFourProcesses(t *testing.T) {
	t.Parallel()
	needProgram(t, "redis-cli", "redis-tools")
	pythonFolder(t)
	c := newSteeringCrowd(t)
	total, each := soak.Count(300, 2000), soak.Count(16, 25)
	for n := 0; c.asked < total || n < len(steeredScans); n++ {
		c.one(n, each)
		if t.Failed() {
			t.Fatalf("scan %d:\n%s", n+1, shorten(c.shell.out.String()))
		}
	}
	if status := c.shell.exit(); status != 0 {
		t.Errorf("exit status %d:\n%s", status, c.shell.out.String())
	}
	t.Logf("%d requests (%v), %d applied, %d after the end; %d points; outcomes %v", c.asked, c.by, c.applied, c.late, c.points, c.outcomes)
	if c.applied < c.asked/10 || c.late == 0 {
		t.Errorf("the test has lost its edge")
	}
}

// steeringCrowd is a shell whose scans are steered, and who steers them.
type steeringCrowd struct {
	t     *testing.T
	r     *rand.Rand
	p     *place
	url   string
	db    *store.DB
	shell *process

	asked, applied, late, points int
	by, outcomes                 map[string]int
}

func newSteeringCrowd(t *testing.T) *steeringCrowd {
	t.Helper()
	url := strings.Replace(redisServer(t), "redis://:", "redis://default:", 1) // redis-cli wants a user's name
	db, err := store.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	p := newPlace(t, "BLISSH_STORE="+url)
	config := filepath.Join(p.dir, "demo_session.yml")
	demo, err := os.ReadFile(filepath.Join(repository(t), "session", "demo.yml"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, config, string(demo)+"\nhooks: [hooks]\n")
	hook, err := os.ReadFile("testdata/steering/meddler.go")
	if err != nil {
		t.Fatal(err)
	}
	seed := soak.Seed(t)
	write(t, filepath.Join(p.dir, "hooks", "meddler.go"), strings.Replace(string(hook), "seed = 1", fmt.Sprint("seed = ", seed>>1), 1))
	c := &steeringCrowd{t: t, r: rand.New(rand.NewPCG(seed, 6)), p: p, url: url, db: db, by: map[string]int{}, outcomes: map[string]int{}}
	c.shell = p.start("--config", config)
	c.shell.typeLines(fmt.Sprintf("robz.set_limits(%g, %g)", lowLimit, highLimit), "robz.velocity = 1000", "robz.acceleration = 20000", "robx.velocity = 1000", "robx.acceleration = 20000")
	return c
}

// one is a scan, all who ask it for something, and the verdict.
func (c *steeringCrowd) one(n, each int) {
	c.t.Helper()
	program := filepath.Join(repository(c.t), "cmd", "blissh", "testdata", "steering", "asker.py")
	asker := c.p.startProgram(c.p.python(program, "demo_session", fmt.Sprint(c.r.Uint32()), fmt.Sprint(each)))

	asker.see("^ready$")
	c.shell.typeLines(steeredScans[n%len(steeredScans)]...)
	c.shell.typeLines(hookOf("Meddler"), "s.start()")
	s := c.running(n + 1)
	asker.typeLines("go")
	var all sync.WaitGroup
	mine, theirs := rand.New(rand.NewPCG(c.r.Uint64(), 1)), rand.New(rand.NewPCG(c.r.Uint64(), 2))
	var answers map[string][]string
	all.Go(func() { answers = c.askInGo(s, mine, each) })
	all.Go(func() { c.askInShell(s, theirs, each) })
	all.Wait()
	if status := asker.exit(); status != 0 {
		c.t.Fatalf("the asker ended with %d:\n%s", status, asker.out.String())
	}
	c.addTo(answers, asker.out.String())
	a, err := c.db.Ask(c.t.Context(), s, data.Request{Do: data.DoStop, By: "the test"})
	if err != nil {
		c.t.Fatal(err)
	}
	answers[a.ID] = append(answers[a.ID], a.String())
	c.shell.typeLines("wait(s)", fmt.Sprintf(`println("scan", %d, "left robz at", robz.position)`, n+1))
	at := regexp.MustCompile(`\S+$`).FindString(c.shell.see(fmt.Sprintf(`^scan %d left robz at \S+$`, n+1)))
	c.askInShell(s, theirs, 2) // too late
	c.judge(at, answers)
}

// running waits for a scan to be there.
func (c *steeringCrowd) running(number int) *data.Scan {
	c.t.Helper()
	for end := time.Now().Add(testPatience); ; time.Sleep(2 * time.Millisecond) {
		if s, err := c.db.Scan(c.t.Context(), "demo_session", number); err == nil {
			return s
		}
		over := false
		select {
		case <-c.shell.done:
			over = true
		default:
		}
		if over || time.Now().After(end) {
			c.t.Fatalf("scan %d does not begin:\n%s", number, c.shell.out.String())
		}
	}
}

// askInGo asks as a client in Go does; it waits for every second answer.
func (c *steeringCrowd) askInGo(s *data.Scan, r *rand.Rand, each int) map[string][]string {
	answers := map[string][]string{}
	paused := false
	for range each {
		q := anyRequest(r)
		if paused {
			q = data.AskResume()
		}
		paused = q.Do == data.DoPause
		q.By = "the client"
		if r.IntN(2) == 0 {
			if _, err := c.db.Send(c.t.Context(), s, q); err != nil {
				c.t.Errorf("%v: %v", q, err)
			}
			q = data.AskGoOn()
			q.By = "the client"
		}
		a, err := c.db.Ask(c.t.Context(), s, q)
		if err != nil {
			c.t.Errorf("%v: %v", q, err)
			return answers
		}
		answers[a.ID] = append(answers[a.ID], a.String())
		time.Sleep(time.Duration(r.IntN(60)) * time.Millisecond)
	}
	if paused {
		c.db.Send(c.t.Context(), s, data.Request{Do: data.DoResume, By: "the client"})
	}
	return answers
}

// anyRequest is one that a client may send; some are not for this scan or come
// too late.
func anyRequest(r *rand.Rand) data.Request {
	x := func() float64 { return 20*r.Float64() - 10 }
	q := []data.Request{
		data.AskRange(x(), x(), 50+r.IntN(200)), data.AskRange(x(), x()), data.AskStopAt(x()), data.AskStep(0.03), data.AskStep(-0.01),
		data.AskPoints([]float64{x(), x(), x()}), data.AskInsert(x(), 1, 5), data.AskSkipTo(x()), data.AskRepeat(), data.AskCountTime(0.01 * r.Float64()),
		data.AskPause("to think"), data.AskResume(), data.AskGoOn(),
	}[r.IntN(13)]
	switch r.IntN(8) {
	case 0:
		q.Scan = "20200101T000000.000-0123456789abcdef"
	case 1:
		n := r.IntN(80)
		q.BeforePoint = &n
	case 2:
		within := 0.01 * r.Float64()
		q.Within = &within
	}
	return q
}

// askInShell types lines into redis-cli.
func (c *steeringCrowd) askInShell(s *data.Scan, r *rand.Rand, each int) {
	cli := exec.Command("redis-cli", "--no-auth-warning", "--raw", "-u", c.url)
	in, err := cli.StdinPipe()
	if err != nil {
		c.t.Error(err)
		return
	}
	var out bytes.Buffer
	cli.Stdout, cli.Stderr = &out, &out
	if err := cli.Start(); err != nil {
		c.t.Error(err)
		return
	}
	for i := range each {
		text := anyText(r)
		fmt.Fprintf(in, "XADD blissh:{demo_session}:scan:%s:requests * json %s\n", s.UID, redisQuote(text))
		if i == each-1 {
			fmt.Fprintf(in, "XADD blissh:{demo_session}:scan:%s:requests * json %s\n", s.UID, redisQuote(`{"do":"resume","by":"me"}`))
		}
		time.Sleep(time.Duration(r.IntN(60)) * time.Millisecond)
	}
	in.Close()
	if err := cli.Wait(); err != nil || strings.Contains(out.String(), "ERR") {
		c.t.Errorf("redis-cli: %v\n%s", err, out.String())
	}
}

// anyText is what somebody may type who does not read the manual.
func anyText(r *rand.Rand) string {
	x := func() string { return strconv.FormatFloat(24*r.Float64()-12, 'f', 2, 64) }
	list := []string{
		`{"do":"pause","by":"me"}`, `{"do":"resume","by":"me"}`, `{"do":"resume","by":"me"}`, `{"do":"resume","by":"nobody"}`,
		`{"do":"range","start":` + x() + `,"stop":` + x() + `,"intervals":80,"by":"me"}`,
		`{"do":"range","start":` + x() + `,"stop":` + x() + `,"by":"me"}`,
		`{"do":"insert","around":` + x() + `,"width":0.1,"n":3,"id":"mine-` + fmt.Sprint(r.IntN(4)) + `"}`,
		`{"do":"repeat","id":"mine-` + fmt.Sprint(r.IntN(4)) + `"}`,
		`{"do":"stop_at","position":` + x() + `}`, `{"do":"step","step":` + x() + `}`, `{"do":"skip_to","point":` + fmt.Sprint(r.IntN(300)) + `}`,
		`{"do":"points","points":[` + x() + `,` + x() + `]}`, `{"do":"points","points":[[` + x() + `,` + x() + `]]}`, `{"do":"points","points":[]}`,
		`{"do":"count_time","count_time":1e400}`, `{"do":"repeat","id":"not a name"}`, `{"do":"go_on","id":7}`,
		`{"do":"stop","scan":"another"}`, `{"do":"stop","within":0}`, `{"do":"stop","before_point":0}`,
		``, `stop`, `null`, `"stop"`, `{"do":"stop"`, `{"do":null}`, `{"stop":true}`, "\xff\x00\n\r\x1b[2J",
		`{"do":"stop","scan":"another","by":"` + strings.Repeat("long ", 100) + `","reason":"\u0000\n\t"}`,
	}
	if r.IntN(150) == 0 {
		return `{"do":"stop","by":"me","reason":"enough"}`
	}
	return list[r.IntN(len(list))]
}

// redisQuote writes bytes as redis-cli reads them.
func redisQuote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// addTo adds the answers that the program in Python has printed.
func (c *steeringCrowd) addTo(answers map[string][]string, printed string) {
	c.t.Helper()
	lines := strings.Split(strings.TrimSpace(printed), "\n")
	var more map[string][]string
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &more); err != nil {
		c.t.Fatalf("%v:\n%s", err, printed)
	}
	for id, list := range more {
		answers[id] = append(answers[id], list...)
	}
}

// findings are what testdata/steering/judge.py has found in a record.
type findings struct {
	Wrong                        []string
	Asked, Late, Points, Applied int
	By                           map[string]int
	Outcome, Reason              string
	At                           []float64 // positions of the last point
}

// judge has the record of the newest scan read by somebody else.
func (c *steeringCrowd) judge(left string, answers map[string][]string) {
	c.t.Helper()
	v := c.p.judge(answers, "demo_session", fmt.Sprint(lowLimit), fmt.Sprint(highLimit), "Meddler")
	if x, err := strconv.ParseFloat(left, 64); len(v.At) > 0 && (err != nil || math.Abs(x-v.At[0]) > 1e-6) {
		c.t.Errorf("robz is at %s, the last point at %v (%v)", left, v.At, err)
	}
	c.asked, c.applied, c.late, c.points = c.asked+v.Asked, c.applied+v.Applied, c.late+v.Late, c.points+v.Points
	c.outcomes[v.Outcome]++
	for who, n := range v.By {
		c.by[who[:min(len(who), 12)]] += n
	}
}

// judge runs it; whatever does not fit fails the test.
func (p *place) judge(answers map[string][]string, args ...string) (v findings) {
	p.t.Helper()
	told, err := json.Marshal(answers)
	if err != nil {
		p.t.Fatal(err)
	}
	var said bytes.Buffer
	cmd := p.python(append([]string{filepath.Join(repository(p.t), "cmd", "blissh", "testdata", "steering", "judge.py")}, args...)...)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(told), &said
	out, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(out, &v)
	}
	if err != nil {
		p.t.Fatalf("%v\n%s%s", err, out, said.String())
	}
	for _, w := range v.Wrong {
		p.t.Error(w)
	}
	return v
}
