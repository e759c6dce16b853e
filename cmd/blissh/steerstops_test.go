package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"blissh/data"
	"blissh/data/store"
	"blissh/internal/soak"
)

// steeredMoment is what a scan is in when something happens to it.
type steeredMoment struct {
	name    string
	line    string // that makes the scan; options follow
	request bool   // requests wait for the end of the point in progress
	pause   bool
}

// steeredMoments all come after point 0. The first two wait for ever if nobody
// does anything, the third one moves for so long.
var steeredMoments = []steeredMoment{
	{name: "a pause", line: "s = ascan(robz, 1, 2, 5, .001, diode1, run=False, wait_advice=600", pause: true},
	{name: "waiting for advice", line: "s = ascan(robz, 1, 2, 5, .001, diode1, run=False, wait_advice=600"},
	{name: "requests that wait", line: "s = ascan(robz, 1, 5000, 1, .001, diode1, run=False", request: true},
}

// calamity is what happens, and how a scan ends then.
type calamity struct {
	name    string
	options string
	happen  func(*steeredStop)
	outcome data.Outcome
	reason  string // pattern
	shown   string // pattern of what the screen says
	answer  string // pattern of what becomes of the request that waits; "": nobody answers
	gone    bool   // the store is, with the record
}

// tooLate is the answer to what waits, or is still on its way, when a scan ends.
const tooLate = `^refused: the scan (is ending|has ended)$`

var calamities = []calamity{
	{name: "Ctrl-C", happen: (*steeredStop).ctrlC, outcome: data.Aborted, reason: `^interrupted by Ctrl-C$`,
		shown: `^ aborted at 1/\d: interrupted by Ctrl-C$`, answer: tooLate},
	{name: "the end of a time budget", options: ", deadline=15", happen: func(*steeredStop) {}, outcome: data.Aborted, reason: `^past the deadline of 15s$`,
		shown: `^ aborted at 1/\d: past the deadline of 15s$`, answer: tooLate},
	{name: "a store that is away for a moment", happen: (*steeredStop).storeBack, outcome: data.Done, reason: `^$`,
		shown: `^ done at \d/\d$`, answer: `^applied at point 2$`},
	{name: "a store that is away for too long", happen: (*steeredStop).storeAway, outcome: data.Failed, reason: `store|lease`,
		shown: `^ failed at [12]/\d: .*(store|lease)`, answer: `^refused: (the scan is ending|the scan has ended|the store does not answer)$`},
	{name: "a store that is killed", happen: (*steeredStop).storeKilled, shown: `^ failed at 1/\d: .*(store|lease)`, gone: true},
	{name: "kill -9 of the shell", happen: (*steeredStop).shellKilled, outcome: data.Failed, reason: `^lost$`},
}

// steeredStop is one scan that something happens to.
type steeredStop struct {
	*terminal
	steeredMoment
	p      *place
	server *exec.Cmd
	url    string
	db     *store.DB
	scan   *data.Scan
	reader *store.Reader
	start  int // of the output of the scan
	answer chan answerOf

	mu   sync.Mutex
	told map[string][]string // answers by the id of the request
}

type answerOf struct {
	data.Answer
	err error
}

// TestWhatEndsASteeredScan: whatever happens during a pause, while a scan waits
// for advice, or between a request and its application: the outcome, the record
// and the axis are right, and who has asked is told. A few of the cases in the
// short form, all in the long one.
func TestWhatEndsASteeredScan(t *testing.T) {
	pythonFolder(t)
	type pair struct {
		calamity
		steeredMoment
	}
	var all []pair
	for _, c := range calamities {
		for _, m := range steeredMoments {
			all = append(all, pair{c, m})
		}
	}
	r := rand.New(rand.NewPCG(soak.Seed(t), 18))
	for _, i := range r.Perm(len(all))[:soak.Count(4, len(all))] {
		x := all[i]
		t.Run(x.calamity.name+" in "+x.steeredMoment.name, func(t *testing.T) {
			t.Parallel()
			s := newSteeredStop(t, x.calamity, x.steeredMoment)
			x.happen(s)
			s.check(x.calamity)
		})
	}
}

// newSteeredStop brings a scan to the moment.
func newSteeredStop(t *testing.T, c calamity, m steeredMoment) *steeredStop {
	t.Helper()
	s := &steeredStop{steeredMoment: m, answer: make(chan answerOf, len(requestsThatWait)), told: map[string][]string{}}
	s.server, s.url = startRedis(t)
	s.p = newPlace(t, "BLISSH_STORE="+s.url)
	var err error
	if s.db, err = store.Open(t.Context(), s.url); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.db.Close() })
	if s.reader, err = s.db.Follow(t.Context(), "demo_session", store.FollowOptions{}); err != nil {
		t.Fatal(err)
	}
	s.terminal = s.p.openSize(160, 40)
	s.prompt(0)
	line := m.line
	if c.outcome == data.Done {
		line = strings.Replace(line, "5000", "300", 1) // is waited for
	}
	s.enter(line + c.options + ")")
	s.enter("s.allow(robz, 0, 5000, points=100, duration=3600)")
	s.start = s.typeLine("s.run()")
	s.seeAfter(s.start, `^ +1/\d `)
	if s.scan, err = s.db.Scan(t.Context(), "demo_session", 1); err != nil {
		t.Fatal(err)
	}
	if m.pause {
		if a := s.ask(data.AskPause("to think")); !a.Applied || a.err != nil {
			t.Fatalf("%v, %v", a, a.err)
		}
		s.seeAfter(s.start, `^ paused by me on \S+: to think`)
	}
	if m.request {
		s.send()
	}
	return s
}

// requestsThatWait are the requests of the last moment.
var requestsThatWait = []data.Request{data.AskGoOn(), data.AskRepeat()}

// ask waits for the answer.
func (s *steeredStop) ask(q data.Request) answerOf {
	ctx, cancel := context.WithTimeout(context.Background(), testPatience)
	defer cancel()
	q.By = "me"
	a, err := s.db.Ask(ctx, s.scan, q)
	if err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.told[a.ID] = append(s.told[a.ID], a.String())
	}
	return answerOf{a, err}
}

// send asks for no change, and for the last point once more, and returns when
// the requests are in the store; the answers come later.
func (s *steeredStop) send() {
	s.t.Helper()
	for _, q := range requestsThatWait {
		go func() { s.answer <- s.ask(q) }()
	}
	o, err := redis.ParseURL(s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	raw := redis.NewClient(o)
	defer raw.Close()
	for end := time.Now().Add(testPatience); raw.XLen(context.Background(), "blissh:{demo_session}:scan:"+s.scan.UID+":requests").Val() < int64(len(requestsThatWait)); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatal("the request is not in the store")
		}
	}
	time.Sleep(200 * time.Millisecond) // the shell hears of it
}

func (s *steeredStop) ctrlC() { s.press(ctrlC) }

// storeBack is away for two seconds, the request's turn among them; then the scan
// goes to its end.
func (s *steeredStop) storeBack() {
	s.t.Helper()
	s.stopStore()
	if s.request {
		s.seeAfter(s.start, `the store does not answer since`) // and it is the request's turn
	}
	time.Sleep(2 * time.Second)
	s.server.Process.Signal(syscall.SIGCONT)
	if s.pause {
		if a := s.ask(data.AskResume()); !a.Applied || a.err != nil {
			s.t.Errorf("%v, %v", a, a.err)
		}
	}
	for !s.request {
		if a := s.ask(data.AskGoOn()); !a.Applied {
			return
		}
	}
}

func (s *steeredStop) stopStore() {
	s.server.Process.Signal(syscall.SIGSTOP)
	s.t.Cleanup(func() { s.server.Process.Signal(syscall.SIGCONT) })
}

// storeAway is back once the scan has failed.
func (s *steeredStop) storeAway() {
	s.t.Helper()
	s.stopStore()
	s.seeAfter(s.start, `^ failed at `)
	s.server.Process.Signal(syscall.SIGCONT)
}

func (s *steeredStop) storeKilled() { s.server.Process.Kill() }

// shellKilled is followed by another shell, which ends the scan.
func (s *steeredStop) shellKilled() {
	s.t.Helper()
	s.signal(syscall.SIGKILL)
	<-s.done
	s.terminal = s.p.openSize(160, 40)
	s.prompt(0)
	s.enter("mv(robz, 1)") // nobody holds it any more
}

// check looks at the screen, the axis, what a reader has seen, the record, and
// the answer.
func (s *steeredStop) check(c calamity) {
	s.t.Helper()
	if c.shown != "" {
		s.want(s.prompt(s.start), c.shown)
	}
	s.atRest("robz")
	if c.gone {
		return
	}
	seen, end := s.follow()
	if end.Outcome != c.outcome || !matches(end.Reason, c.reason) || end.Points != seen {
		s.t.Errorf("%s %q after %d points, a reader saw %d; want %s %s", end.Outcome, end.Reason, end.Points, seen, c.outcome, c.reason)
	}
	if s.request {
		s.checkAnswers(c)
	}
	v := s.p.judge(s.told, "demo_session", "-1000", "1e9")
	if v.Outcome != string(c.outcome) || v.Points != seen {
		s.t.Errorf("the record has %s after %d points", v.Outcome, v.Points)
	}
	if c.outcome == data.Done {
		s.isAt(v.At[0])
	}
}

// follow reads the scan to its end.
func (s *steeredStop) follow() (points int, end *data.EndScan) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), testPatience)
	defer cancel()
	for e, err := range s.reader.Events(ctx) {
		if err != nil {
			s.t.Fatal(err)
		}
		switch e := e.(type) {
		case *data.NewData:
			if e.Node.Name == data.ElapsedTime {
				points += e.Len()
			}
		case *data.EndScan:
			return points, e
		}
	}
	s.t.Fatal("no end")
	return 0, nil
}

func (s *steeredStop) checkAnswers(c calamity) {
	s.t.Helper()
	for range requestsThatWait {
		a := <-s.answer
		if c.answer == "" {
			if !errors.Is(a.err, store.ErrNoAnswer) {
				s.t.Errorf("answered %v, %v; nobody can", a.Answer, a.err)
			}
		} else if a.err != nil || !matches(a.String(), c.answer) {
			s.t.Errorf("answered %v, %v; want %s", a.Answer, a.err, c.answer)
		}
	}
	if late := s.ask(data.AskRepeat()); late.String() != "refused: the scan has ended" {
		s.t.Errorf("after the end the answer is %v, %v", late.Answer, late.err)
	}
}

// isAt compares where robz is with where a point was taken.
func (s *steeredStop) isAt(want float64) {
	s.t.Helper()
	m := outLine.FindStringSubmatch(s.enter("robz.position"))
	if m == nil {
		s.t.Fatal("robz has no position")
	}
	if at, err := strconv.ParseFloat(m[1], 64); err != nil || at != want {
		s.t.Errorf("robz is at %v, the last point at %v", m[1], want)
	}
}
