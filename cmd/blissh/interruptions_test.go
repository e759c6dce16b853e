package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"blissh/internal/soak"
)

const (
	// promptTime is how soon the prompt is back after the press that stops,
	// not counting what the devices take.
	promptTime = 200 * time.Millisecond
	// shortCount is what one press waits for in a count of 1 s.
	shortCount = 2 * time.Second
	// decelerating is what robz needs from its full speed, v/a.
	decelerating = 340 * time.Millisecond
	// noise is what a busy machine may add before a test fails for one case; what
	// is late on the whole shows in the middle of the distribution.
	noise = 5 * time.Second
)

// TestInterruptions interrupts scans at random moments, with 1 to 5 presses of
// Ctrl-C at random times or with the key held: the prompt is back in time,
// points are whole, the axis is at rest, little is said, nothing leaks.
func TestInterruptions(t *testing.T) {
	t.Parallel()
	n := soak.Count(20, 1000)
	seed := soak.Seed(t)
	_, url := redisOnSocket(t) // the data are not in the shell's memory
	s := &interruptions{terminal: newPlace(t).openSize(300, 40, "--store", url), rand: rand.New(rand.NewPCG(seed, 0)), late: map[string][]time.Duration{}}
	s.prompt(0)
	s.enter("w = loopscan(100000, .001, sim_ct_gauss, save=False, run=False)")
	s.enter("w.set_watchdog_callback(StopAlignmentHook())")
	s.enter("s = w")
	s.enter(`func look() { d := s.get_data(); println(s.state, robz.state, s.points, len(d["robz"]), len(d["elapsed_time"]), len(d["epoch"]), len(d["sim_ct_gauss"])) }`)
	const warmUp = 3 // until everything that is made once is there
	var before usage
	for i := range n + warmUp {
		if i == warmUp {
			before = s.usage()
			s.late = map[string][]time.Duration{}
		}
		s.one()
		if t.Failed() {
			t.Fatalf("interruption %d:\n%s", i, shorten(s.out.String()[s.start:]))
		}
	}
	after := s.usage()
	s.report()
	t.Logf("before: %+v, after: %+v", before, after)
	s.checkUsage(before, after, n)
	s.hookWorks()
	s.checkGoroutines()
}

// interruptions is a shell that is interrupted again and again.
type interruptions struct {
	*terminal
	rand  *rand.Rand
	start int // of the output of the scan
	late  map[string][]time.Duration
}

// trial is one scan with the presses that it will get.
type trial struct {
	count   string // count time in s, as it is typed
	far     bool   // moves of 5 s, else of 11 ms
	held    bool
	delay   time.Duration   // from the first sign of the scan to the first press
	gaps    []time.Duration // between the presses
	pressed []time.Time
	back    time.Time // the prompt
}

func (s *interruptions) newTrial() *trial {
	x := &trial{
		count: []string{".001", "1", "3600"}[s.rand.IntN(3)],
		far:   s.rand.IntN(4) == 0,
		held:  s.rand.IntN(5) == 0,
		delay: time.Duration(s.rand.Int64N(int64(400 * time.Millisecond))),
	}
	for range s.rand.IntN(5) {
		// from 1 ms to 500 ms, as many short ones as long ones
		gap := time.Duration(float64(time.Millisecond) * exp(s.rand.Float64()))
		x.gaps = append(x.gaps, gap)
	}
	return x
}

// exp goes from 1 to 500 as x goes from 0 to 1.
func exp(x float64) float64 {
	y := 1.0
	for ; x >= 0.1; x -= 0.1 {
		y *= 1.8616 // 500^0.1
	}
	return y * (1 + x*8.6)
}

// one runs a scan, interrupts it and looks at what is left.
func (s *interruptions) one() {
	s.t.Helper()
	x := s.newTrial()
	stop := "5"
	if x.far {
		stop = "225000"
	}
	s.enter("s = ascan(robz, 0, " + stop + ", 500, " + x.count + ", sim_ct_gauss, save=False, run=False)")
	s.start = s.typeLine("s.run()")
	s.seeAfter(s.start, `^Scan \d+ `)
	time.Sleep(x.delay)
	s.pressAll(x)
	s.waitForPrompt(x)
	s.judge(x)
	s.wholeAndAtRest()
}

// pressAll sends the presses, whether or not the prompt is back meanwhile.
func (s *interruptions) pressAll(x *trial) {
	s.sendPress(x)
	if x.held {
		for end := time.Now().Add(time.Second); time.Now().Before(end) && !s.isBack(x); {
			s.pause(x, repeat)
			s.sendPress(x)
		}
		return
	}
	for _, gap := range x.gaps {
		s.pause(x, gap)
		s.sendPress(x)
	}
}

// sendPress is a key or, as from another terminal, a signal.
func (s *interruptions) sendPress(x *trial) {
	x.pressed = append(x.pressed, time.Now())
	if s.rand.IntN(2) == 0 {
		s.signal(syscall.SIGINT)
	} else {
		s.press(ctrlC)
	}
}

// pause waits and sees when the prompt comes.
func (s *interruptions) pause(x *trial, d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		s.isBack(x)
		time.Sleep(min(time.Millisecond, max(0, time.Until(end))))
	}
}

// isBack reports whether the prompt is back, and notes when it came.
func (s *interruptions) isBack(x *trial) bool {
	if x.back.IsZero() {
		if _, line, down := s.screen.Above(s.start); down > 0 && promptLine.MatchString(line) {
			x.back = time.Now()
		}
	}
	return !x.back.IsZero()
}

// waitForPrompt waits; a long count that has had one press only gets another
// one.
func (s *interruptions) waitForPrompt(x *trial) {
	s.t.Helper()
	for end := time.Now().Add(testPatience); !s.isBack(x); s.pause(x, time.Millisecond) {
		if x.count == "3600" && time.Since(x.pressed[len(x.pressed)-1]) > 2*bounce && strings.Contains(s.out.String()[s.start:], "Ctrl-C again stops it now") {
			s.sendPress(x)
		}
		if time.Now().After(end) {
			s.t.Fatalf("no prompt after %d presses of %+v:\n%s", len(x.pressed), x, s.hung())
		}
	}
	s.pause(x, heldGap+bounce) // a press on its way does not drop what is typed next
}

// hung is what a shell that gives no prompt has printed, and what it does: the
// runtime tells at SIGABRT.
func (s *interruptions) hung() string {
	s.goroutines()
	return s.out.String()[s.start:]
}

// second is the first press that surely counts as the second one, or the zero
// time.
func (x *trial) second() time.Time {
	for _, at := range x.pressed {
		if at.After(x.pressed[0].Add(bounce+5*time.Millisecond)) && at.Before(x.back) {
			return at
		}
	}
	return time.Time{}
}

// judge measures how late the prompt was after the press that stops, and counts
// what was said.
func (s *interruptions) judge(x *trial) {
	s.t.Helper()
	class, from, limit := "one press", x.pressed[0], promptTime
	if x.count == "1" {
		class, limit = "one press in a count of 1 s", shortCount
	}
	if second := x.second(); !second.IsZero() && (x.count != ".001" || x.far) {
		class, from, limit = "two presses", second, promptTime
	}
	if x.far {
		class += ", robz at speed"
		limit += decelerating
	}
	if x.held {
		class = "held: " + class
	}
	took := x.back.Sub(from)
	s.late[class] = append(s.late[class], took)
	if took > limit+noise {
		s.t.Errorf("the prompt is back after %v, limit %v: %s, %+v", took, limit, class, x)
	}
	printed, _, _ := strings.Cut(s.screen.Since(s.start), "\nDEMO_SESSION [")
	if lines := chatter(&moment{line: "s.run()"}, printed); len(lines) > 3 {
		s.t.Errorf("%d lines besides the table: %q", len(lines), lines)
	}
	s.want(printed, aborted)
}

// wholeAndAtRest looks at the scan and the axis.
func (s *interruptions) wholeAndAtRest() {
	s.t.Helper()
	printed := s.enter("look()")
	m := regexp.MustCompile(`(?m)^aborted READY (\d+) (\d+) (\d+) (\d+) (\d+)$`).FindStringSubmatch(printed)
	if m == nil || len(slices.Compact(m[1:])) != 1 {
		s.t.Errorf("not at rest, or points that are not whole: %s", printed)
	}
}

// report logs the distributions and fails when the middle of one is late.
func (s *interruptions) report() {
	for _, class := range slices.Sorted(mapKeys(s.late)) {
		d := s.late[class]
		slices.Sort(d)
		p50, p99 := d[len(d)/2], d[len(d)*99/100]
		s.t.Logf("%-50s %4d times: p50 %v, p99 %v, max %v", class, len(d), p50.Round(time.Millisecond/10), p99.Round(time.Millisecond/10), d[len(d)-1].Round(time.Millisecond/10))
		limit := promptTime
		if strings.Contains(class, "count of 1 s") {
			limit = shortCount
		}
		if strings.Contains(class, "speed") {
			limit += decelerating
		}
		if len(d) >= 10 && p50 > limit {
			s.t.Errorf("%s: half of the prompts are back after more than %v: %v", class, limit, p50)
		}
	}
}

func mapKeys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// usage is what a process holds, as /proc tells.
type usage struct {
	files, threads int
	resident       int // kB
}

func (s *interruptions) usage() usage {
	s.t.Helper()
	dir := fmt.Sprintf("/proc/%d", s.cmd.Process.Pid)
	files, err := os.ReadDir(filepath.Join(dir, "fd"))
	if err != nil {
		s.t.Skipf("no /proc: %v", err)
	}
	status, _ := os.ReadFile(filepath.Join(dir, "status"))
	number := func(field string) int {
		m := regexp.MustCompile(`(?m)^` + field + `:\s+(\d+)`).FindSubmatch(status)
		if m == nil {
			s.t.Fatalf("%s is not in\n%s", field, status)
		}
		n, _ := strconv.Atoi(string(m[1]))
		return n
	}
	return usage{len(files), number("Threads"), number("VmRSS")}
}

// checkUsage allows what a runtime may keep, and 100 kB for each scan: the
// interpreter keeps 10 to 20 kB of every input.
func (s *interruptions) checkUsage(before, after usage, n int) {
	s.t.Helper()
	if after.files > before.files+2 {
		s.t.Errorf("%d open files, %d before", after.files, before.files)
	}
	if after.threads > before.threads+10 {
		s.t.Errorf("%d threads, %d before", after.threads, before.threads)
	}
	if grown := after.resident - before.resident; grown > 50_000+100*n {
		s.t.Errorf("%d kB more memory", grown)
	}
}

// hookWorks runs the scan whose hook was set at the beginning.
func (s *interruptions) hookWorks() {
	s.t.Helper()
	s.enter(`import "blissh/channel"`)
	s.enter(`stop := channel.OpenDefault("stop_alignment", false)`)
	s.enter(`stop.Set(true)`)
	s.want(s.enter("w.run()"), `^ stopped at \d+/100000 by hook StopAlignmentHook$`)
}

// checkGoroutines has the runtime print its goroutines, which is the end of the
// program: no more than in one that has just begun.
func (s *interruptions) checkGoroutines() {
	s.t.Helper()
	_, url := redisOnSocket(s.t)
	fresh := newPlace(s.t).open("--store", url)
	fresh.prompt(0)
	(&interruptions{terminal: fresh}).hookless()
	few, many := fresh.goroutines(), s.goroutines()
	s.t.Logf("%d goroutines, %d in a new program", many, few)
	if many > few+8 {
		s.t.Errorf("%d goroutines, %d in a new program", many, few)
	}
}

// hookless is what the program does once that leaves goroutines behind.
func (s *interruptions) hookless() {
	s.enter("w = loopscan(10, .001, sim_ct_gauss, save=False, run=False)")
	s.enter("w.set_watchdog_callback(StopAlignmentHook())")
	s.enter("w.run()")
}

// goroutines ends the program.
func (x *terminal) goroutines() int {
	x.t.Helper()
	start := len(x.out.String())
	x.signal(syscall.SIGABRT)
	select {
	case <-x.done:
	case <-time.After(testPatience):
		x.t.Fatal("the program does not end at SIGABRT")
	}
	return len(regexp.MustCompile(`(?m)^goroutine \d+.*\[`).FindAllString(x.out.String()[start:], -1))
}
