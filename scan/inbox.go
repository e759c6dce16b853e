package scan

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
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
	answers map[string]string // by id, of those that were answered; "" while it waits
	closed  bool
}

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
		a.reply(data.Answer{ID: a.ID, Point: int(s.taken.Load()), Reason: why.Error()})
	}
	return a.ID
}

// put leaves a request for the next point, or says why it cannot wait.
func (s *Scan) put(a asked) error {
	if s.State() == Idle {
		return errors.New("the scan has not started")
	}
	b := &s.inbox
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.closed:
		return errors.New("the scan has ended")
	case len(b.list) >= maxPending:
		return fmt.Errorf("%d requests wait already", maxPending)
	}
	b.list = append(b.list, a)
	b.pending.Store(int32(len(b.list)))
	signal(b.news)
	return nil
}

// giveBack leaves requests that were taken for whoever answers at the end.
func (b *inbox) giveBack(list []asked) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.list = append(slices.Clone(list), b.list...)
	b.pending.Store(int32(len(b.list)))
}

// take gives what waits.
func (b *inbox) take() []asked {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := b.list
	b.list = nil
	b.pending.Store(0)
	return list
}

// close refuses what comes from now on, and gives what still waits.
func (b *inbox) close() []asked {
	list := b.take()
	b.mu.Lock()
	defer b.mu.Unlock()
	list = append(list, b.list...)
	b.list, b.closed = nil, true
	return list
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
	if _, ok := b.answers[a.ID]; !ok {
		b.answers[a.ID] = a.String()
	}
}

func newInbox() inbox {
	return inbox{news: make(chan struct{}, 1), answers: map[string]string{}}
}

func randomID() string {
	var b [8]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
