package main

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// moment is something that a stop comes in the middle of.
type moment struct {
	name  string
	setup []string // inputs before
	line  string   // the input that is stopped
	until string   // what it has printed when the stop comes
	then  func(*bench)

	// What ends it, and what is printed then. Where one press does not end it,
	// what is said instead stands in goesOn, and likewise for two presses.
	one, two, three string
	goesOn, still   string

	axes  []string // at rest afterwards
	scan  bool     // s is a scan with whole points
	lost  bool     // three presses take the variables
	after func(*bench)
}

// bench is a shell in a terminal to stop things in.
type bench struct {
	*terminal
	server *exec.Cmd // its redis-server; nil: the store is in the process
}

const (
	interrupted = `interrupted by Ctrl-C`
	aborted     = `^ aborted at \d+/\d+: interrupted by Ctrl-C`
	longCount   = `the count goes on for \d+ s; Ctrl-C again stops it now`
	stopping    = `still stopping; Ctrl-C again stops everything now`
	waiting     = `still waiting for it to stop; Ctrl-C again gives the prompt back`
	cleaningUp  = `cleaning up; Ctrl-C again stops that, too`
	leftBehind  = `^interrupted by Ctrl-C: what was typed does not end; it is left behind, and variables are gone$`
	notAtRest   = `^quarantined: robz did not confirm to be at rest; moves are refused until the state is read at rest$`
)

// notRun is the call of a scan that is run by s.run().
func notRun(call string) string {
	return "s = " + strings.TrimSuffix(call, ")") + ", save=False, run=False)"
}

// moments are all the states of issue and manual but for the prompt itself, the
// setup script and a batch script, which have tests of their own.
func moments() []moment {
	deaf := func(call string) string { return `sim_fault(robz, "` + call + `", "deaf")` }
	return []moment{
		{name: "a move of two axes", line: "mv(robz, 900, robx, 900)", until: "moving robx",
			one: `^mv: interrupted by Ctrl-C \(robz stopped at [0-9.]+ mm, robx stopped at [0-9.]+ mm\)$`, axes: []string{"robz", "robx"}},
		{name: "counts of 1 ms", setup: []string{notRun("ascan(robz, 0, 5, 50000, .001, sim_ct_gauss)")}, line: "s.run()", until: ` 20/`,
			one: aborted, scan: true, axes: []string{"robz"}},
		{name: "counts of 1 s", setup: []string{notRun("ascan(robz, 0, 5, 500, 1, sim_ct_gauss)")}, line: "s.run()", until: `#/501`,
			one: aborted, scan: true, axes: []string{"robz"}},
		{name: "a count of 60 s", setup: []string{notRun("ascan(robz, 0, 5, 5, 60, sim_ct_gauss)")}, line: "s.run()", until: `#/6`,
			goesOn: longCount, two: aborted, scan: true, axes: []string{"robz"}},
		{name: "ct", line: `println("it", "counts"); ct(60, sim_ct_gauss)`, until: "it counts", then: (*bench).begun,
			goesOn: longCount, two: `^ct: interrupted by Ctrl-C$`},
		{name: "the moves of a scan", setup: []string{notRun("ascan(robz, 0, 900, 2, .001, sim_ct_gauss)")}, line: "s.run()", until: `^ +1/3 `,
			one: aborted, scan: true, axes: []string{"robz"}},
		{name: "the way back of a relative scan", setup: []string{"mv(robz, 0)", notRun("dscan(robz, 0, 60, 1, .001, sim_ct_gauss)")}, line: "s.run()", until: `^ +2/2 `, then: (*bench).turned,
			one: `^robz is at [0-9.]+ mm and does not move by itself: goback\(\) takes it to \S+ mm$`, scan: true, axes: []string{"robz"}},

		{name: "a wait for a shared channel", setup: []string{`import "blissh/channel"`, `import "context"`, `c := channel.OpenDefault("never", false)`},
			line: `println("it", "waits"); c.Wait(context.Background(), true)`, until: "it waits", one: `^interrupted by Ctrl-C$`},
		{name: "a wait in a loaded file", setup: []string{`load("wait.go")`}, line: "waitFor()", until: "it waits", one: `^interrupted by Ctrl-C$`},
		{name: "a move in a loaded file", line: `load("move.go")`, until: "moving robz", one: `mv: interrupted by Ctrl-C \(robz stopped at [0-9.]+ mm\)`, axes: []string{"robz"}},
		{name: "time.Sleep", setup: []string{`import "time"`}, line: `println("it", "sleeps"); time.Sleep(time.Hour)`, until: "it sleeps", one: `^interrupted by Ctrl-C$`},
		{name: "for", line: `println("it", "turns"); for {}`, until: "it turns", one: `^interrupted by Ctrl-C$`},
		{name: "a loop of moves", line: "for { mv(robz, 3); mv(robz, 0) }", until: "moving robz from 3", one: interrupted, axes: []string{"robz"}},
		{name: "a loop of scans", line: "for { loopscan(1, .01, sim_ct_gauss, save=False) }", until: "done at 1/1", one: interrupted},
		{name: "select", line: `println("it", "hangs"); func() { var wg sync.WaitGroup; wg.Add(1); wg.Wait() }()`, until: "it hangs", then: (*bench).untilItHangs,
			goesOn: stopping, still: waiting, three: leftBehind, lost: true},

		{name: "OnScanData asleep", setup: watched("SleepHook"), line: "s.run()", until: "asleep",
			goesOn: stopping, two: aborted + `; then hook SleepHook \(.*\): OnScanData was cut short`, scan: true, axes: []string{"robz"}},
		{name: "OnScanNew asleep", setup: watched("NewHook"), line: "s.run()", until: "asleep",
			goesOn: stopping, two: aborted + `; then hook NewHook \(.*\): OnScanNew was cut short`},
		{name: "OnScanEnd asleep", setup: watched("EndHook"), line: "s.run()", until: ` 3/501 `,
			goesOn: stopping, two: aborted + `; then hook EndHook \(.*\): OnScanEnd was cut short`, scan: true, axes: []string{"robz"}},
		{name: "a gate asleep", setup: watched("GateHook"), line: "s.run()", until: "asleep",
			one: `^ (aborted|failed) at \d+/501: `, scan: true, axes: []string{"robz"}},

		{name: "an axis deaf to read", setup: []string{deaf("read")}, line: `println("it", "reads"); robz.position`, until: "it reads",
			goesOn: stopping, still: waiting, three: leftBehind, lost: true, after: (*bench).clear},
		{name: "a move deaf to stop", setup: []string{"robz.velocity = 2", deaf("stop")}, line: "mv(robz, 5000)", until: "moving robz", then: (*bench).begun,
			goesOn: stopping, still: waiting, three: notAtRest, after: (*bench).clear},
		{name: "a move deaf to start", setup: []string{deaf("start")}, line: "mv(robz, 5000)", until: "moving robz", then: (*bench).begun,
			goesOn: stopping, still: waiting, three: notAtRest, after: (*bench).clear},
		{name: "a scan deaf to stop", setup: []string{notRun("ascan(robz, robz.position, 9000, 2, .001, sim_ct_gauss)"), "robz.velocity = 2", deaf("stop")}, line: "s.run()", until: `^ +1/3 `, then: (*bench).begun,
			goesOn: stopping, still: waiting, three: notAtRest, scan: true, after: (*bench).clear},
		{name: "a counter deaf to read", setup: []string{notRun("ascan(robz, 0, 1, 5, .1, sim_ct_gauss)"), `sim_fault(sim_ct_gauss, "read", "deaf")`}, line: "s.run()", until: `#/6`, then: (*bench).begun,
			goesOn: stopping, still: waiting, three: aborted + `; then [a-z_]+: read has not returned`, scan: true, after: (*bench).clear},

		{name: "a clean-up asleep", setup: []string{`import "time"`, `func f() { cleanup(func() { println("it", "cleans"); time.Sleep(time.Hour) }) }`},
			line: "f()", until: "it cleans", one: `^interrupted by Ctrl-C$`},
		{name: "a clean-up that moves", setup: []string{`func f() { cleanup(func() { mv(robz, 900) }) }`}, line: "f()", until: "moving robz",
			one: `^clean-up: mv: interrupted by Ctrl-C \(robz stopped`, axes: []string{"robz"}},
		{name: "what cleans up", setup: []string{`import "time"`, `func f() { cleanup(func() { mv(robz, 2000) }); println("it", "sleeps"); time.Sleep(time.Hour) }`},
			line: "f()", until: "it sleeps", goesOn: cleaningUp, two: `clean-up: mv: interrupted by Ctrl-C \(robz stopped`, axes: []string{"robz"}},

		{name: "counts with the store away", setup: []string{notRun("ascan(robz, 0, 5, 50000, .001, sim_ct_gauss)")}, line: "s.run()", until: ` 20/`, then: (*bench).pauseStore,
			one: aborted + `; then (last (\d+ )?points? and )?end of scan \d+ not written`, scan: true, axes: []string{"robz"}, after: (*bench).resumeAndMove},
		{name: "counts with the store killed", setup: []string{notRun("ascan(robz, 0, 5, 50000, .001, sim_ct_gauss)")}, line: "s.run()", until: ` 20/`, then: (*bench).killStore,
			one: aborted + `; then (last (\d+ )?points? and )?end of scan \d+ not written: the store is lost: `, axes: []string{"robz"}, after: (*bench).newStore},
		{name: "moves of a scan with the store away", setup: []string{notRun("ascan(robz, 0, 900, 2, .001, sim_ct_gauss)")}, line: "s.run()", until: `^ +1/3 `, then: (*bench).pauseStore,
			one: aborted, scan: true, axes: []string{"robz"}, after: (*bench).resumeAndMove},
		{name: "a move with the store away", line: "mv(robz, 900)", until: "moving robz", then: (*bench).pauseStore,
			one: `^mv: interrupted by Ctrl-C \(robz stopped at [0-9.]+ mm\)$`, axes: []string{"robz"}, after: (*bench).resumeAndMove},
	}
}

// needsServer reports whether the moment does something to the store.
func (m *moment) needsServer() bool { return strings.Contains(m.name, "store") }

// watched is a scan with a hook.
func watched(hook string) []string {
	return []string{notRun("ascan(robz, 0, 5, 500, .01, sim_ct_gauss)"), "s.set_watchdog_callback(" + hook + "())"}
}

// stopHooks are those of the session: one that works, and those that sleep.
func stopHooks() []script {
	asleep := func(name, method string) script {
		return hook(name, "func (h HOOK) "+method+" error {\n\tfmt.Println(\"asleep\")\n\ttime.Sleep(60 * time.Second)\n\treturn nil\n}")
	}
	gate := asleep("GateHook", "OnScanData(d *scan.Data)")
	gate.text += "\nfunc (h GateHook) Mode() scan.Mode { return hooks.Gate }\n"
	return []script{
		onData("GoodHook", "\tif d.Index() >= 5 {\n\t\treturn scan.StopIteration\n\t}\n\treturn nil"),
		asleep("SleepHook", "OnScanData(d *scan.Data)"), asleep("NewHook", "OnScanNew(s *data.Scan)"),
		asleep("EndHook", "OnScanEnd(s *data.Scan)"), gate,
	}
}

const waitScript = `import "blissh/channel"
import "context"

func waitFor() {
	c := channel.OpenDefault("never", false)
	println("it", "waits")
	if err := c.Wait(context.Background(), true); err != nil {
		panic(err)
	}
}
`

// stopPlace is a place with the demo's devices, the hooks above and the files to
// load; it returns the arguments of blissh. The store is a redis-server where a
// moment takes it away.
func stopPlace(t *testing.T, m *moment) (p *place, args []string, server *exec.Cmd) {
	t.Helper()
	p = newPlace(t)
	config := filepath.Join(p.dir, "demo_session.yml")
	demo, err := os.ReadFile(filepath.Join(repository(t), "session", "demo.yml"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, config, string(demo)+"\nhooks: [hooks]\n")
	for _, s := range stopHooks() {
		write(t, filepath.Join(p.dir, "hooks", s.name+".go"), s.text)
	}
	write(t, filepath.Join(p.dir, "wait.go"), waitScript)
	write(t, filepath.Join(p.dir, "move.go"), "mv(robz, 900)\n")
	url := "memory"
	if m != nil && m.needsServer() {
		server, url = redisOnSocket(t)
	}
	return p, []string{"--config", config, "--store", url}, server
}

// redisOnSocket starts a redis-server behind a socket: no port can be taken by
// one of the shells beside it. The folder's name is short, as a socket's has to
// be.
func redisOnSocket(t testing.TB) (*exec.Cmd, string) {
	t.Helper()
	path := needProgram(t, "redis-server", "redis-server")
	dir, err := os.MkdirTemp("", "redis-")
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "s")
	t.Cleanup(func() { os.RemoveAll(dir) })
	c := startOnSocket(t, socket, exec.Command(path, "--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no", "--dir", dir))
	return c, "unix://" + socket
}

// startOnSocket starts a redis-server and waits for it to listen.
func startOnSocket(t testing.TB, socket string, c *exec.Cmd) *exec.Cmd {
	t.Helper()
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	for end := time.Now().Add(testPatience); ; time.Sleep(5 * time.Millisecond) {
		if conn, err := net.Dial("unix", socket); err == nil {
			conn.Close()
			return c
		}
		if time.Now().After(end) {
			t.Fatal("redis-server does not answer")
		}
	}
}

// openBench opens a shell that is ready for a moment.
func openBench(t *testing.T, m *moment) *bench {
	t.Helper()
	p, args, server := stopPlace(t, m)
	for i, line := range m.setup {
		m.setup[i] = strings.Replace(line, `load("`, `load("`+p.dir+`/`, 1)
	}
	m.line = strings.Replace(m.line, `load("`, `load("`+p.dir+`/`, 1)
	b := &bench{terminal: p.openSize(300, 40, args...), server: server}
	b.prompt(0)
	return b
}

// reach makes the moment and returns where its output begins.
func (b *bench) reach(m *moment) (start int) {
	b.t.Helper()
	b.enter("w = loopscan(2000, .001, sim_ct_gauss, save=False, run=False)")
	b.enter("w.set_watchdog_callback(GoodHook())")
	for _, line := range m.setup {
		b.enter(line)
	}
	start = b.typeLine(m.line)
	b.seeAfter(start, m.until)
	if m.then != nil {
		m.then(b)
	}
	return start
}

// begun waits until a count has begun, or the motor of a move: nothing is printed
// then, and before it one press is enough.
func (b *bench) begun() { time.Sleep(300 * time.Millisecond) }

// turned waits a moment for the way back to begin, which the last row does not tell.
func (b *bench) turned() { time.Sleep(2 * bounce) }

// pauseStore stops the server and waits until a flush to it is late.
func (b *bench) pauseStore() {
	b.server.Process.Signal(syscall.SIGSTOP)
	b.t.Cleanup(func() { b.server.Process.Signal(syscall.SIGCONT) })
	time.Sleep(700 * time.Millisecond)
}

// killStore ends the server, and newStore starts another one in its place, which
// is empty: the session has to be taken again.
// untilItHangs gives the interpreter the time to come from what it has printed to
// what it hangs in.
func (b *bench) untilItHangs() { time.Sleep(300 * time.Millisecond) }

func (b *bench) killStore() {
	b.server.Process.Kill()
	b.server.Wait()
	time.Sleep(100 * time.Millisecond) // for some points that it does not have
}

func (b *bench) newStore() {
	b.t.Helper()
	c := exec.Command(b.server.Path, b.server.Args[1:]...)
	b.server = startOnSocket(b.t, b.server.Args[4], c)
	waitForLease(b.t, b.server.Args[4]) // else one kill after the other is an outage of more than 10 s
	b.eventually("mvr(robz, .1)", `^moving robz from \S+ to \S+ mm$`)
}

func (b *bench) resumeStore() { b.server.Process.Signal(syscall.SIGCONT) }

// resumeAndMove: an axis whose reservation could not be given back is free.
func (b *bench) resumeAndMove() {
	b.t.Helper()
	b.resumeStore()
	time.Sleep(500 * time.Millisecond) // what there is to say of that comes before what is typed next
	b.eventually("mvr(robz, .1)", `^moving robz from \S+ to \S+ mm$`)
}

// clear ends the faults and waits until robz can be moved again, which is the
// end of its quarantine.
func (b *bench) clear() {
	b.t.Helper()
	b.enter(`sim_fault(robz, "clear")`)
	b.enter(`sim_fault(sim_ct_gauss, "clear")`)
	b.eventually("robz.state", `READY$`)
	b.enter("robz.velocity = 100")
	b.eventually("mv(robz, 0); robz.position", `^Out \[\d+\]: 0$`) // the move that was left behind is ending
}

// eventually enters a line until what it prints matches.
func (b *bench) eventually(line, pattern string) {
	b.t.Helper()
	for end := time.Now().Add(testPatience); ; time.Sleep(50 * time.Millisecond) {
		if printed := b.enter(line); matches(printed, pattern) {
			return
		} else if time.Now().After(end) {
			b.t.Fatalf("%s prints %q, never %s", line, shorten(printed), pattern)
		}
	}
}
