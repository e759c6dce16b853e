package store

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"blissh/data"
	"blissh/internal/redisconn"
)

// answerLife is how long the answer to a request waits for its sender.
const answerLife = time.Minute

// heardScans is how many ended scans are still listened to, so that who comes
// too late is told.
const heardScans = 8

// Heard is a request as it came out of the store.
type Heard struct {
	UID     string // of the scan whose stream it was in
	Request data.Request
	Wrong   error         // why it cannot be understood; nil: it can
	Age     time.Duration // since it was written, by the server's clock; 0 when nobody wants to know
	// Reply gives the answer to the sender; called once, on any goroutine, it
	// returns at once.
	Reply func(data.Answer)
}

// Requests hears what is asked of the scans of one session, on one connection
// that waits: a scan that nobody steers costs it two entries of the session's
// events.
type Requests struct {
	db      *DB
	session string
	hear    func(Heard)
	cancel  context.CancelFunc
	done    sync.WaitGroup

	// what the listening goroutine knows
	events string
	scans  []heardScan // the newest last

	mu    sync.Mutex
	queue []reply
	wake  chan struct{}
}

// heardScan is how far the requests of one scan were read.
type heardScan struct{ uid, last string }

// reply is an answer on its way to its sender.
type reply struct {
	key  string
	text []byte
}

// HearRequests begins to listen; hear is called on one goroutine, in the order
// in which the server has the requests. The DB closes it.
func (db *DB) HearRequests(session string, hear func(Heard)) (*Requests, error) {
	r := &Requests{db: db, session: session, hear: hear, events: "", wake: make(chan struct{}, 1)}
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	if err := db.own(r); err != nil {
		cancel()
		return nil, err
	}
	r.done.Go(func() { r.listen(ctx) })
	r.done.Go(func() { r.answer(ctx) })
	return r, nil
}

// Close ends it and waits for its goroutines; answers that are on their way get
// there if the store is there.
func (r *Requests) Close() error {
	r.cancel()
	r.done.Wait()
	r.db.disown(r)
	return nil
}

// listen reads until ctx ends; after an error it connects again.
func (r *Requests) listen(ctx context.Context) {
	for ctx.Err() == nil {
		r.converse(ctx)
		select {
		case <-ctx.Done():
		case <-time.After(r.db.times.retry):
		}
	}
}

// converse reads on one connection until that fails.
func (r *Requests) converse(ctx context.Context) {
	link, err := redisconn.Dedicated(ctx, r.db.url, sessionKey(r.session))
	if err != nil {
		return
	}
	defer context.AfterFunc(ctx, func() { link.Close() })()
	defer link.Close()
	if r.events == "" {
		if err := r.begin(ctx, link); err != nil {
			return
		}
	}
	for ctx.Err() == nil {
		if err := r.read(ctx, link); err != nil {
			return
		}
	}
}

// begin finds the place in the session's events, and the scans that have ended:
// what was asked of them before is not answered any more.
func (r *Requests) begin(ctx context.Context, link *redis.Client) error {
	events, err := newest(ctx, link, eventsKey(r.session))
	if err != nil {
		return err
	}
	uids, err := link.ZRangeArgs(ctx, redis.ZRangeArgs{Key: scansKey(r.session), Start: 0, Stop: heardScans - 1, Rev: true}).Result()
	if err != nil {
		return err
	}
	for _, uid := range uids {
		last, err := newest(ctx, link, requestsKey(r.session, uid))
		if err != nil {
			return err
		}
		r.scans = append([]heardScan{{uid, last}}, r.scans...)
	}
	r.events = events
	return nil
}

// newest is the ID of the last entry of a stream; 0-0 if there is none.
func newest(ctx context.Context, link *redis.Client, key string) (string, error) {
	last, err := link.XRevRangeN(ctx, key, "+", "-", 1).Result()
	if err != nil || len(last) == 0 {
		return "0-0", err
	}
	return last[0].ID, nil
}

// read is one XREAD.
func (r *Requests) read(ctx context.Context, link *redis.Client) error {
	keys, ids := []string{eventsKey(r.session)}, []string{r.events}
	for _, s := range r.scans {
		keys, ids = append(keys, requestsKey(r.session, s.uid)), append(ids, s.last)
	}
	answer, err := link.XRead(ctx, &redis.XReadArgs{Streams: append(keys, ids...), Count: readCount, Block: r.db.times.block}).Result()
	if errors.Is(err, redis.Nil) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, s := range answer {
		if s.Stream == eventsKey(r.session) {
			r.announced(s.Messages)
			continue
		}
		if err := r.take(ctx, link, s); err != nil {
			return err
		}
	}
	return nil
}

// announced notes new scans, and forgets those that ended long ago.
func (r *Requests) announced(messages []redis.XMessage) {
	for _, m := range messages {
		r.events = m.ID
		uid, _ := m.Values["uid"].(string)
		if event, _ := m.Values[eventField].(string); event != eventNew || uid == "" {
			continue
		}
		if i := slices.IndexFunc(r.scans, func(s heardScan) bool { return s.uid == uid }); i >= 0 {
			r.scans[i].last = "0-0" // written again into a store that came back empty
			continue
		}
		r.scans = append(r.scans, heardScan{uid, "0-0"})
	}
	if over := len(r.scans) - heardScans - 1; over > 0 {
		r.scans = append([]heardScan(nil), r.scans[over:]...)
	}
}

// take hears the requests of one scan. The stream begins to live when the first
// one is written: it gets the life of the scan's other keys.
func (r *Requests) take(ctx context.Context, link *redis.Client, s redis.XStream) error {
	for i := range r.scans {
		scan := &r.scans[i]
		if requestsKey(r.session, scan.uid) != s.Stream {
			continue
		}
		if scan.last == "0-0" {
			if err := link.PExpire(ctx, s.Stream, DefaultTTL).Err(); err != nil {
				return err
			}
		}
		for _, m := range s.Messages {
			h, err := r.heard(ctx, link, scan.uid, m)
			if err != nil {
				return err
			}
			scan.last = m.ID
			r.hear(h)
		}
	}
	return nil
}

// heard makes a request of an entry. Without an id of its own it has that of its
// entry.
func (r *Requests) heard(ctx context.Context, link *redis.Client, uid string, m redis.XMessage) (Heard, error) {
	h := Heard{UID: uid}
	text, ok := m.Values[jsonField].(string)
	if ok {
		h.Request, h.Wrong = data.ParseRequest([]byte(text))
	} else {
		h.Wrong = errors.New("the entry has no field json")
	}
	if !data.ValidName(h.Request.ID) {
		h.Request.ID = m.ID
	}
	written, _, _ := strings.Cut(m.ID, "-")
	ms, err := strconv.ParseInt(written, 10, 64)
	if err == nil && h.Request.Time == 0 {
		h.Request.Time = float64(ms) / 1e3
	}
	if h.Request.Within != nil && err == nil {
		now, err := link.Time(ctx).Result()
		if err != nil {
			return h, err
		}
		h.Age = max(0, now.Sub(time.UnixMilli(ms)))
	}
	key := answerKey(r.session, uid, h.Request.ID)
	h.Reply = func(a data.Answer) { r.reply(key, a) }
	return h, nil
}

// answered is an answer as its sender reads it.
type answered struct {
	data.Answer
	Text string `json:"text"`
}

// reply leaves an answer for the goroutine that sends them.
func (r *Requests) reply(key string, a data.Answer) {
	text, err := json.Marshal(answered{a, a.String()})
	if err != nil {
		return // it has numbers and text only
	}
	r.mu.Lock()
	r.queue = append(r.queue, reply{key, text})
	r.mu.Unlock()
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// answer sends what is in the queue, until ctx ends and then once more.
func (r *Requests) answer(ctx context.Context) {
	for {
		select {
		case <-r.wake:
			r.deliver(ctx)
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.db.times.slow)
			defer cancel()
			r.deliver(last)
			return
		}
	}
}

// deliver sends all answers that wait. One that does not get there is lost with
// the store: the scan's stream has it.
func (r *Requests) deliver(ctx context.Context) {
	r.mu.Lock()
	list := r.queue
	r.queue = nil
	r.mu.Unlock()
	if len(list) == 0 {
		return
	}
	_, _ = r.db.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, a := range list {
			p.RPush(ctx, a.key, a.text)
			p.PExpire(ctx, a.key, answerLife)
		}
		return nil
	})
}
