package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"blissh/data"
	"blissh/internal/soak"
)

// ear stands for the engine: it hears what is asked of a scan and applies it at
// once, or keeps it.
type ear struct {
	b    *bench
	r    *Requests
	scan *run

	mu    sync.Mutex
	keep  bool
	kept  []Heard
	heard map[string]int // by id
	lost  []Undelivered
	warns []string
}

func listen(b *bench) *ear {
	b.Helper()
	e := &ear{b: b, heard: map[string]int{}}
	r, err := b.db.HearRequests(b.name(), e.hear, e.lose, e.warn)
	if err != nil {
		b.Fatal(err)
	}
	e.r = r
	e.scan = b.begin(1, robz(), PublishOptions{})
	return e
}

func (e *ear) hear(h Heard) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard[h.Request.ID]++
	if e.keep {
		e.kept = append(e.kept, h)
		return
	}
	h.Reply(data.Answer{ID: h.Request.ID, Applied: e.heard[h.Request.ID] == 1, Point: e.heard[h.Request.ID]})
}

func (e *ear) lose(u Undelivered) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.lost = append(e.lost, u)
}

func (e *ear) warn(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.warns = append(e.warns, err.Error())
}

func (e *ear) losses() []Undelivered {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]Undelivered(nil), e.lost...)
}

// hold lets what comes wait for an answer, until release.
func (e *ear) hold() { e.mu.Lock(); defer e.mu.Unlock(); e.keep = true }

func (e *ear) release() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, h := range e.kept {
		h.Reply(data.Answer{ID: h.Request.ID, Applied: true, Point: 7})
	}
	e.keep, e.kept = false, nil
}

func (e *ear) times(id string) int { e.mu.Lock(); defer e.mu.Unlock(); return e.heard[id] }

// ask writes a request as redis-cli does, past whatever is wrong with the
// connection of the session.
func (e *ear) ask(id string) {
	e.b.Helper()
	text := fmt.Sprintf(`{"do": "stop", "id": "%s", "by": "me"}`, id)
	if err := e.b.raw.XAdd(context.Background(), &redis.XAddArgs{Stream: requestsKey(e.b.name(), e.scan.scan.UID), Values: []any{"json", text}}).Err(); err != nil {
		e.b.Fatal(err)
	}
}

func (e *ear) answers(id string) []string {
	e.b.Helper()
	list, err := e.b.raw.LRange(context.Background(), answerKey(e.b.name(), e.scan.scan.UID, id), 0, -1).Result()
	if err != nil {
		e.b.Fatal(err)
	}
	return list
}

// once waits for the answer to a request, and checks that there is no second one.
func (e *ear) once(id string) {
	e.b.Helper()
	eventually(e.b.T, "an answer to "+id, func() bool { return len(e.answers(id)) > 0 })
	e.settled()
	e.check(id)
}

// check looks at a request that is answered: it was heard once and applied.
func (e *ear) check(id string) {
	e.b.Helper()
	var a data.Answer
	if list := e.answers(id); len(list) != 1 || json.Unmarshal([]byte(list[0]), &a) != nil || !a.Applied || e.times(id) != 1 {
		e.b.Errorf("%s was heard %d times and answered %q", id, e.times(id), list)
	}
}

// settled waits until a request that was written last is answered: then those
// before it are, too.
func (e *ear) settled() {
	e.b.Helper()
	id := "settled" + randomID()[:8]
	e.ask(id)
	eventually(e.b.T, "an answer to the last request", func() bool { return len(e.answers(id)) > 0 })
}

// patient gives an outage time on a busy machine.
func patient(b *bench) { b.db.times.giveUp, b.db.times.asked = time.Minute, time.Minute }

// TestAnAnswerComesOnce, whatever happens to the connection.
func TestAnAnswerComesOnce(t *testing.T) {
	for _, c := range []struct {
		name  string
		while func(e *ear)
	}{
		{"all is well", func(e *ear) { e.release() }},
		{"cut before it gets there", func(e *ear) { e.b.proxy.cutOn(":answered:", false); e.release() }},
		{"cut after it got there", func(e *ear) { e.b.proxy.cutOn(":answered:", true); e.release() }},
		{"the store is away", func(e *ear) {
			e.b.proxy.setRefuse(true)
			e.b.proxy.cut()
			e.release()
			e.ask("during")
			time.AfterFunc(3*e.b.db.times.slow, func() { e.b.proxy.setRefuse(false) })
			e.once("during")
		}},
		{"the store comes back empty", func(e *ear) {
			e.b.restartEmpty()
			e.release()
		}},
		{"Close", func(e *ear) {
			e.release()
			e.r.Close()
		}},
		{"Close in an outage that ends", func(e *ear) {
			e.b.proxy.setRefuse(true)
			e.b.proxy.cut()
			e.release()
			time.AfterFunc(3*e.b.db.times.slow, func() { e.b.proxy.setRefuse(false) })
			e.r.Close()
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			onEachStore(t, func(b *bench) {
				patient(b)
				e := listen(b)
				e.hold()
				var ids []string
				for i := range 150 {
					ids = append(ids, fmt.Sprint("r", i))
					e.ask(ids[i])
				}
				eventually(b.T, "all are heard", func() bool { return e.times("r149") > 0 })
				c.while(e)
				if !strings.HasPrefix(c.name, "Close") {
					eventually(b.T, "the last one is answered", func() bool { return len(e.answers("r149")) > 0 })
					e.settled()
				}
				for _, id := range ids {
					e.check(id)
				}
				if n := e.losses(); len(n) > 0 {
					b.Errorf("%d are named as lost, the first is %+v", len(n), n[0])
				}
			})
		})
	}
}

// TestAnAnswerThatCannotBeGivenIsNamed, and comes no more.
func TestAnAnswerThatCannotBeGivenIsNamed(t *testing.T) {
	onEachStore(t, func(b *bench) {
		b.db.times.asked = 100 * time.Millisecond
		e := listen(b)
		named := func(id string) Undelivered {
			b.Helper()
			eventually(b.T, id+" is named", func() bool {
				list := e.losses()
				return len(list) > 0 && list[len(list)-1].Request.ID == id
			})
			list := e.losses()
			u := list[len(list)-1]
			if u.UID != e.scan.scan.UID || u.Request.By != "me" || !u.Answer.Applied || u.Why == nil || strings.Contains(u.Why.Error(), "context") {
				b.Errorf("%+v", u)
			}
			return u
		}
		// Somebody else's value is in the way.
		b.raw.Set(b.Context(), answerKey(b.name(), e.scan.scan.UID, "wrong"), "x", 0)
		e.ask("wrong")
		if u := named("wrong"); !strings.Contains(u.Why.Error(), "WRONGTYPE") {
			b.Errorf("%v", u.Why)
		}
		// The store stays away for too long.
		e.hold()
		e.ask("late")
		eventually(b.T, "it is heard", func() bool { return e.times("late") > 0 })
		b.proxy.setRefuse(true)
		b.proxy.cut()
		e.release()
		named("late")
		b.proxy.setRefuse(false)
		e.ask("next")
		e.once("next")
		if n := len(e.answers("late")); n != 0 {
			b.Errorf("an answer that was given up came %d times", n)
		}
		// The session ends while the store is away.
		e.hold()
		e.ask("closing")
		e.ask("closed")
		eventually(b.T, "both are heard", func() bool { return e.times("closed") > 0 })
		b.proxy.setRefuse(true)
		b.proxy.cut()
		e.kept[0].Reply(data.Answer{Applied: true})
		e.r.Close()
		named("closing")
		e.kept[1].Reply(data.Answer{Applied: true})
		if u := named("closed"); !errors.Is(u.Why, ErrClosed) {
			b.Errorf("%v", u.Why)
		}
		if n := len(e.losses()); n != 4 {
			b.Errorf("%d are named, want 4", n)
		}
	})
}

// TestARequestInAStoreThatCameBackIsHeardOnce, also when it is there before the
// scan is written again.
func TestARequestInAStoreThatCameBackIsHeardOnce(t *testing.T) {
	onEachStore(t, func(b *bench) {
		patient(b)
		e := listen(b)
		e.ask("before")
		e.once("before")
		b.proxy.setRefuse(true)
		b.restartEmpty()
		e.ask("early")
		b.proxy.setRefuse(false)
		e.once("early")
		e.scan.take(3) // the scan is written again, and announced
		e.scan.acked()
		e.ask("after")
		e.once("after")
		for _, id := range []string{"before", "early", "after"} {
			if e.times(id) != 1 {
				b.Errorf("%s was heard %d times", id, e.times(id))
			}
		}
		key := requestsKey(b.name(), e.scan.scan.UID)
		if life := b.raw.PTTL(b.Context(), key).Val(); life <= 0 {
			b.Errorf("the requests live for %v", life)
		}
	})
}

// TestAskOverACutConnection: the request is written once and its answer is not
// lost, wherever the connection is cut.
func TestAskOverACutConnection(t *testing.T) {
	onEachStore(t, func(b *bench) {
		patient(b)
		e := listen(b)
		n := 0
		for _, c := range []struct {
			on    string
			after bool
		}{{"", false}, {":sent:", false}, {":sent:", true}, {"blmove", false}, {"blmove", true}, {":answered:", true}} {
			if c.on != "" {
				b.proxy.cutOn(c.on, c.after)
			}
			a, err := b.db.Ask(b.Context(), e.scan.scan, data.AskStop("enough"))
			if n++; err != nil || !a.Applied || a.Point != 1 {
				b.Errorf("cut on %q, after %v: %v, %v", c.on, c.after, a, err)
			}
			if is := b.raw.XLen(b.Context(), requestsKey(b.name(), e.scan.scan.UID)).Val(); is != int64(n) {
				b.Errorf("cut on %q, after %v: %d requests were written, want %d", c.on, c.after, is, n)
			}
			if list := e.answers(a.ID); len(list) > 0 {
				b.Errorf("left behind: %q", list)
			}
		}
	})
}

// TestRequestsOverFaults: the store is cut off and away at random; each request
// that is in it when it is back is heard and answered once.
func TestRequestsOverFaults(t *testing.T) {
	b := newBench(t, startRedis)
	r := rand.New(rand.NewPCG(soak.Seed(t), 1))
	patient(b)
	e := listen(b)
	asked := 0
	for range soak.Count(15, 400) {
		from := asked
		for range r.IntN(40) {
			e.ask(fmt.Sprint("f", asked))
			asked++
		}
		switch r.IntN(5) {
		case 0:
			b.proxy.cut()
		case 1:
			b.proxy.cutOn(":answered:", r.IntN(2) == 0)
		case 2:
			b.proxy.cutOn("xread", r.IntN(2) == 0)
		case 3:
			b.proxy.setRefuse(true)
			b.proxy.cut()
			time.Sleep(time.Duration(r.IntN(100)) * time.Millisecond)
		}
		for range r.IntN(40) {
			e.ask(fmt.Sprint("f", asked))
			asked++
		}
		b.proxy.setRefuse(false)
		e.settled()
		for ; from < asked; from++ {
			e.check(fmt.Sprint("f", from))
		}
	}
	if n := e.losses(); len(n) > 0 {
		t.Errorf("lost: %+v", n[0])
	}
	t.Logf("%d requests", asked)
}

// TestAKeyOfAnotherKindDeafensItsScanOnly: the others are heard, and the user is
// told once, also when it was there before.
func TestAKeyOfAnotherKindDeafensItsScanOnly(t *testing.T) {
	b := newBench(t, startRedis)
	e := listen(b)
	e.ask("before")
	e.once("before")
	bad := b.begin(2, robz(), PublishOptions{})
	key := requestsKey(b.name(), bad.scan.UID)
	if err := b.raw.Set(t.Context(), key, "stop", 0).Err(); err != nil {
		t.Fatal(err)
	}
	e.ask("after")
	e.once("after")
	want := key + " in the store is a string, a stream expected: what is asked of that scan there is not heard"
	eventually(t, "a word about the key", func() bool { e.mu.Lock(); defer e.mu.Unlock(); return len(e.warns) > 0 })
	e.ask("again")
	e.once("again")
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.warns) != 1 || e.warns[0] != want {
		t.Errorf("%q", e.warns)
	}
}
