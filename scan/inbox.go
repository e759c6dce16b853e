package scan

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"blissh/data"
)

// maxPending is how many requests may wait for the next point. Whoever asks
// faster is refused, for a scan is no queue.
const maxPending = 1000

// inbox holds the requests that wait for the next point. A scan that nobody
// steers looks at one number.
type inbox struct {
	pending atomic.Int32
	news    chan struct{} // capacity 1: something has come

	mu      sync.Mutex
	list    []asked
	hand    *held             // what is being settled; nil: nothing
	answers map[string]string // by id, of those that were answered last
	ids     []string          // of answers, the oldest first
	over    int               // how many came when too many waited, since that was told
	closed  bool
}

// held is a request that was taken out and has no answer yet: a call on the way
// to it may be left behind, and then another goroutine answers.
type held struct {
	asked
	answer *data.Answer // once it is settled
}

// maxAnswers is how many answers are remembered; a scan that is asked all night
// is not to grow without end.
const maxAnswers = 10_000

// asked is a request that waits.
type asked struct {
	data.Request
	came  time.Time
	wrong error // it is refused whatever it asks
	reply func(data.Answer)
}

// Ask hands the scan a request, from any goroutine, and returns at once. It is
// applied, or refused, between two points, in the order of the calls; reply,
// which may be nil, is told on the scan's goroutine and must return at once. A
// request without an id gets one. Before Run and after the last point it is
// refused at once.
func (s *Scan) Ask(r data.Request, reply func(data.Answer)) (id string) {
	return s.ask(asked{Request: r, reply: reply, came: time.Now(), wrong: r.Check()})
}

// AskedFor is Ask for a request that has been on its way for so long.
func (s *Scan) AskedFor(age time.Duration, r data.Request, reply func(data.Answer)) {
	s.ask(asked{Request: r, reply: reply, came: time.Now().Add(-age), wrong: r.Check()})
}

// Refuse answers what cannot be understood; the answer stands in the scan's
// record like any other.
func (s *Scan) Refuse(r data.Request, why error, reply func(data.Answer)) {
	s.ask(asked{Request: r, reply: reply, came: time.Now(), wrong: why})
}

func (s *Scan) ask(a asked) (id string) {
	if a.ID == "" || !data.ValidName(a.ID) {
		a.ID = randomID()
	}
	if a.Time == 0 {
		a.Time = float64(a.came.UnixMicro()) / 1e6
	}
	if a.reply == nil {
		a.reply = func(data.Answer) {}
	}
	if why := s.put(a); why != nil {
		answer := data.Answer{ID: a.ID, Point: int(s.taken.Load()), Reason: why.Error()}
		if !errors.Is(why, errNotStarted) { // it may be asked again then
			s.inbox.note(answer)
		}
		a.reply(answer)
	}
	return a.ID
}

var errNotStarted = errors.New("the scan has not started")

// put leaves a request for the next point, or says why it cannot wait.
func (s *Scan) put(a asked) error {
	if s.State() == Idle {
		return errNotStarted
	}
	b := &s.inbox
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.closed:
		return errors.New("the scan has ended")
	case len(b.list) >= maxPending:
		b.over++
		return errFull
	}
	b.list = append(b.list, a)
	b.pending.Store(int32(len(b.list)))
	signal(b.news)
	return nil
}

var errFull = fmt.Errorf("%d requests wait already", maxPending)

// take takes the first one that waits into the hand.
func (b *inbox) take() (a asked, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.list) == 0 {
		return asked{}, false
	}
	a = b.list[0]
	b.hand = &held{asked: a}
	b.list = b.list[1:]
	b.pending.Store(int32(len(b.list)))
	return a, true
}

// takeLast is take at the end of the scan, where something may be in the hand
// still; what comes from now on is refused.
func (b *inbox) takeLast() (h held, ok bool) {
	b.mu.Lock()
	left := b.hand
	b.closed = true
	b.mu.Unlock()
	if left != nil {
		return *left, true
	}
	a, ok := b.take()
	return held{asked: a}, ok
}

// decide notes the answer to what is in the hand, for whoever gives it.
func (b *inbox) decide(a data.Answer) {
	b.note(a)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.hand != nil {
		b.hand.answer = &a
	}
}

// answered empties the hand.
func (b *inbox) answered() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hand = nil
}

// overflow is how many were refused since the last call because too many waited.
func (b *inbox) overflow() (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n, b.over = b.over, 0
	return n
}

// AnswerTo is what became of a request, "" while it waits or if the scan does
// not know it.
func (s *Scan) AnswerTo(id string) string {
	s.inbox.mu.Lock()
	defer s.inbox.mu.Unlock()
	return s.inbox.answers[id]
}

// before is the answer to an earlier request of that id.
func (b *inbox) before(id string) (answer string, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	answer, ok = b.answers[id]
	return answer, ok
}

func (b *inbox) note(a data.Answer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.answers[a.ID]; ok {
		return
	}
	if len(b.ids) >= maxAnswers {
		delete(b.answers, b.ids[0])
		b.ids = b.ids[1:]
	}
	b.answers[a.ID], b.ids = a.String(), append(b.ids, a.ID)
}

func newInbox() inbox {
	return inbox{news: make(chan struct{}, 1), answers: map[string]string{}}
}

func randomID() string {
	var b [8]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
