package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"blissh/data"
	"blissh/internal/redistest"
	"blissh/internal/soak"
)

const (
	faultPoints = 5000
	// faultLimit is how long the store may be away in these tests, in which a
	// short fault is a good deal shorter, though a server has to start in it.
	faultLimit = 3 * time.Second
)

// A fault is what happens to the store, or to the way to it, in mid-scan. It
// returns when it is over.
type fault struct {
	name string
	do   func(f *faulty, length time.Duration)
	long bool // it may also last beyond the limit
}

var faults = []fault{
	{"server killed, restarted with its data", (*faulty).killed, true},
	{"server killed, restarted empty", (*faulty).emptied, true},
	{"server killed, restarted with data from before the scan", (*faulty).aged, true},
	{"server paused", (*faulty).paused, true},
	{"network cut", (*faulty).cut, true},
	{"connection reset", (*faulty).reset, false},
	{"answers do not arrive", (*faulty).unanswered, true},
	{"commands do not arrive", (*faulty).swallowed, true},
	{"out of memory", (*faulty).full, true},
	{"command with an unknown outcome", (*faulty).unknown, false},
	{"command cut in the middle", (*faulty).halved, false},
	{"slow network in small pieces", (*faulty).slow, false},
}

// faulty is a store, the way to it, and a scan in it.
type faulty struct {
	*bench
	server *redistest.Server
	net    *network
	random *rand.Rand
	old    string // a copy of what the server had on disk before the scan
}

func newFaulty(t *testing.T, random *rand.Rand) *faulty {
	f := &faulty{random: random, bench: &bench{T: t}}
	f.server = redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
	f.net = newNetwork(t, f.server.Addr)
	f.raw = f.server.Client()
	f.db = f.open()
	f.old = t.TempDir()
	if err := os.CopyFS(f.old, os.DirFS(f.server.Dir)); err != nil {
		t.Fatal(err)
	}
	return f
}

// open makes another DB, as another process would, on the same way to the store.
func (f *faulty) open() *DB {
	f.Helper()
	db, err := Open(f.Context(), "redis://"+f.net.addr())
	if err != nil {
		f.Fatal(err)
	}
	db.times = realTimes()
	db.times.block, db.times.slow, db.times.retry = 200*time.Millisecond, 100*time.Millisecond, 10*time.Millisecond
	db.times.giveUp, db.times.late, db.times.window, db.times.grace = faultLimit, 30*time.Second, time.Minute, time.Minute
	db.times.ending = time.Minute
	f.Cleanup(func() { db.Close() })
	return db
}

func (f *faulty) killed(length time.Duration) {
	f.server.Kill()
	time.Sleep(length)
	f.server.Restart()
}

func (f *faulty) emptied(length time.Duration) {
	f.server.Kill()
	f.server.Wipe()
	time.Sleep(length)
	f.server.Restart()
}

func (f *faulty) aged(length time.Duration) {
	f.server.Kill()
	f.server.Wipe()
	if err := os.CopyFS(f.server.Dir, os.DirFS(f.old)); err != nil {
		f.Error(err)
	}
	time.Sleep(length)
	f.server.Restart()
}

func (f *faulty) paused(length time.Duration) {
	f.server.Signal(syscall.SIGSTOP)
	time.Sleep(length)
	f.server.Signal(syscall.SIGCONT)
}

func (f *faulty) cut(length time.Duration) {
	f.net.cut()
	time.Sleep(length)
	f.net.mend()
}

// during adds a toxic for a while.
func (f *faulty) during(length time.Duration, kind, direction, attributes string) {
	remove := f.net.add(kind, direction, attributes)
	time.Sleep(length)
	remove()
}

func (f *faulty) reset(length time.Duration) {
	f.during(length, "reset_peer", "upstream", `"timeout": 0`)
}
func (f *faulty) unanswered(length time.Duration) {
	f.during(length, "timeout", "downstream", `"timeout": 0`)
}
func (f *faulty) swallowed(length time.Duration) {
	f.during(length, "timeout", "upstream", `"timeout": 0`)
}

// unknown lets commands through and cuts the connection in the answer.
func (f *faulty) unknown(length time.Duration) {
	f.during(length, "limit_data", "downstream", fmt.Sprintf(`"bytes": %d`, 1+f.random.IntN(2000)))
}

func (f *faulty) halved(length time.Duration) {
	f.during(length, "limit_data", "upstream", fmt.Sprintf(`"bytes": %d`, 1+f.random.IntN(5000)))
}

func (f *faulty) slow(length time.Duration) {
	f.during(length, "slicer", "upstream", `"average_size": 40, "size_variation": 20, "delay": 200`)
}

func (f *faulty) full(length time.Duration) {
	if err := f.raw.ConfigSet(f.Context(), "maxmemory", "1kb").Err(); err != nil {
		f.Error(err)
	}
	time.Sleep(length)
	if err := f.raw.ConfigSet(f.Context(), "maxmemory", "0").Err(); err != nil {
		f.Error(err)
	}
}

// happened is one fault of a scan.
type happened struct {
	fault
	at         int64 // points taken
	start, end time.Time
}

func (h happened) String() string {
	return fmt.Sprintf("at point %4d for %7v: %s", h.at, h.end.Sub(h.start).Round(time.Millisecond), h.name)
}

// faultRun is one scan of TestFaults.
type faultRun struct {
	*faulty
	*run
	taken atomic.Int64
	over  chan struct{} // closed when the last point is taken
	told  outages
	list  []happened
	err   error     // that failed the scan
	at    time.Time // when
	since time.Time // and in which outage: another may come before the end is written
}

// TestFaults puts one scan after the other under random faults at random
// moments, with a reader that follows. Nothing is doubled, ragged or missing
// without a word, whatever happens; within the limit nothing is lost.
func TestFaults(t *testing.T) {
	seed := soak.Seed(t)
	random := rand.New(rand.NewPCG(seed, 5))
	want := soak.Count(10, 200)
	counts, outcomes, points := map[string]int{}, map[data.Outcome]int{}, 0
	for n := 0; n < want; {
		r := &faultRun{faulty: newFaulty(t, random), over: make(chan struct{})}
		r.scanWith(min(want-n, 3+random.IntN(8)), n == 0)
		for _, h := range r.list {
			t.Log(h)
			counts[h.name]++
		}
		t.Logf("  %s: %d points taken, %d acknowledged %s", r.scan.Outcome, r.n, r.p.Acked(), r.scan.Reason)
		n, points = n+len(r.list), points+r.n
		outcomes[r.scan.Outcome]++
		r.db.Close()
		r.server.Kill()
		if t.Failed() {
			return
		}
	}
	t.Logf("%d points, scans: %v, faults: %v", points, outcomes, counts)
}

// scanWith takes the points of a scan while n faults happen.
func (f *faultRun) scanWith(n int, beyond bool) {
	f.Helper()
	reader, err := f.open().Follow(f.Context(), "demo_session", FollowOptions{})
	if err != nil {
		f.Fatal(err)
	}
	defer reader.Close()
	channels := robz()
	if f.random.IntN(2) == 0 {
		channels = images
	}
	f.start(channels)
	var work sync.WaitGroup
	plan := f.plan(n, beyond)
	work.Go(func() { f.disturb(plan) })
	work.Go(f.watch)
	f.takeAll()
	close(f.over)
	f.end()
	work.Wait()
	f.judge(reader)
}

// start publishes the scan up to prepared.
func (f *faultRun) start(channels []data.Channel) {
	f.Helper()
	s := f.describe(1, channels)
	s.Planned = faultPoints
	p, err := f.db.Publish(f.Context(), s, f.told.options())
	if err != nil {
		f.Fatal(err)
	}
	f.run = &run{b: f.bench, p: p, scan: s}
	f.must(&data.NewNode{Node: data.ScanNode(s)})
	f.must(&data.Prepared{Node: data.ScanNode(s)})
}

// planned is a fault to come.
type planned struct {
	fault
	at     int64
	wait   time.Duration
	length time.Duration
}

// plan draws n faults; with beyond the last one lasts beyond the limit.
func (f *faultRun) plan(n int, beyond bool) []planned {
	list := make([]planned, n)
	for i := range list {
		x := planned{fault: faults[f.random.IntN(len(faults))], at: f.random.Int64N(faultPoints)}
		for beyond && i == 0 && !x.long {
			x.fault = faults[f.random.IntN(len(faults))]
		}
		x.wait = time.Duration(f.random.IntN(2000)) * time.Microsecond
		x.length = time.Duration(f.random.IntN(250)) * time.Millisecond
		if x.long && f.random.IntN(10) == 0 || beyond && i == 0 {
			x.length += faultLimit + 200*time.Millisecond
		}
		if beyond && i == 0 {
			x.at = faultPoints - 1 - f.random.Int64N(500)
		}
		list[i] = x
	}
	slices.SortFunc(list, func(a, b planned) int { return int(a.at - b.at) })
	return list
}

// disturb lets the faults happen, one after the other.
func (f *faultRun) disturb(plan []planned) {
	for _, x := range plan {
		for f.taken.Load() < x.at {
			select {
			case <-f.over:
				return
			case <-time.After(200 * time.Microsecond):
			}
		}
		time.Sleep(x.wait)
		h := happened{fault: x.fault, at: f.taken.Load(), start: time.Now()}
		x.do(f.faulty, x.length)
		h.end = time.Now()
		f.list = append(f.list, h)
	}
}

// watch sees to it that no point begins while the store is away: in one outage
// there is at most the one that was in progress.
func (f *faultRun) watch() {
	first := map[time.Time]int64{}
	for {
		select {
		case <-f.over:
			return
		case <-time.After(time.Millisecond):
		}
		since, _ := f.p.Down()
		if since.IsZero() {
			continue
		}
		n := f.taken.Load()
		if before, seen := first[since]; !seen {
			first[since] = n
		} else if n > before+1 {
			f.Errorf("in the outage that began at point %d the scan went on to point %d", before, n)
			return
		}
	}
}

// takeAll plays the engine.
func (f *faultRun) takeAll() {
	for f.n < faultPoints && f.err == nil {
		if f.err = f.points(1); f.err == nil {
			f.taken.Add(1)
		}
		if f.n%500 == 499 && f.err == nil {
			f.err = f.p.Put(f.Context(), &data.Steering{What: "mark"})
		}
		time.Sleep(50 * time.Microsecond)
	}
	f.at = time.Now()
	f.told.mu.Lock()
	defer f.told.mu.Unlock()
	f.since = f.told.since
}

// end puts the end as the engine does.
func (f *faultRun) end() {
	outcome, reason := data.Done, ""
	if f.err != nil {
		outcome, reason = data.Failed, f.err.Error()
	}
	if err := f.run.end(outcome, reason); err != nil {
		f.Errorf("the end of the scan: %v", err)
	}
}

// judge compares what happened with what the reader saw and the store holds.
func (f *faultRun) judge(reader *Reader) {
	f.Helper()
	ctx, cancel := context.WithTimeout(f.Context(), time.Minute)
	defer cancel()
	var list []data.Event
	for len(list) == 0 || !isEnd(list[len(list)-1]) {
		e, err := reader.Next(ctx)
		if err != nil {
			f.Fatalf("the reader, after %d events (%s): %v", len(list), kinds(list), err)
		}
		list = append(list, e)
	}
	end := list[len(list)-1].(*data.EndScan)
	f.checkIn(f.db, f.scan, end.Points)
	f.isRamp(f.values(list, "robz"), end.Points, 0)
	switch {
	case end.Outcome != f.scan.Outcome || end.Reason != f.scan.Reason:
		f.Errorf("the end in the store: %s %s", end.Outcome, end.Reason)
	case end.Points < f.p.Acked():
		f.Errorf("%d points are there, %d were acknowledged", end.Points, f.p.Acked())
	case f.err == nil && end.Points != faultPoints:
		f.Errorf("%d points of a scan that is done", end.Points)
	case f.err != nil:
		f.explain()
	}
}

// explain fails the test if nothing that happened lasted long enough for the
// scan to fail.
func (f *faultRun) explain() {
	f.Helper()
	since := f.since
	switch {
	case !errors.Is(f.err, ErrStoreLost) || !strings.Contains(f.err.Error(), "since "+since.Format(time.TimeOnly)):
		f.Errorf("the scan failed, in an outage since %v: %v", since.Format(time.TimeOnly), f.err)
	case f.at.Sub(since) < faultLimit:
		f.Errorf("the scan failed %v after the store went away", f.at.Sub(since))
	case !slices.ContainsFunc(f.list, func(h happened) bool { return h.start.Before(f.at) && h.end.After(since) }):
		f.Errorf("the store was away since %v, but nothing happened then", since)
	}
}
