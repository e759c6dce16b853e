package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"blissh/data"
	"blissh/internal/redisconn"
)

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
	lost    func(Undelivered)
	warn    func(error)
	cancel  context.CancelFunc
	done    sync.WaitGroup

	// what the listening goroutine knows
	store  string // its id
	events string
	scans  []heardScan     // the newest last
	deaf   map[string]bool // uids of those that cannot be heard; the user knows

	mu     sync.Mutex
	queue  []reply
	closed bool
	wake   chan struct{}
}

// heardScan is how far the requests of one scan were read, and whether the life
// of their stream was set since the last connection.
type heardScan struct {
	uid, last string
	lives     bool
}

// HearRequests begins to listen; hear is called on one goroutine, in the order
// in which the server has the requests. An answer that could not be given to its
// sender is told to lost, on any goroutine, once; a scan whose requests cannot be
// heard is told to warn, once. The DB closes it.
func (db *DB) HearRequests(session string, hear func(Heard), lost func(Undelivered), warn func(error)) (*Requests, error) {
	r := &Requests{db: db, session: session, hear: hear, lost: lost, warn: warn, deaf: map[string]bool{}, wake: make(chan struct{}, 1)}
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

// Close ends it and waits for its goroutines; answers that are on their way have
// as long as the end of a scan that nobody waits for.
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
		err = r.begin(ctx, link)
	} else {
		err = r.again(ctx)
	}
	for err == nil && ctx.Err() == nil {
		err = r.read(ctx, link)
	}
}

// again looks after a lost connection whether the store is the same: in one that
// came back empty everything is new, whatever its clock says.
func (r *Requests) again(ctx context.Context) error {
	store, err := r.db.identify(ctx)
	if err != nil {
		return err
	}
	another := store != r.store
	if another {
		r.store, r.events = store, "0-0"
	}
	for i := range r.scans {
		r.scans[i].lives = false
		if another {
			r.scans[i].last = "0-0"
		}
	}
	return nil
}

// begin finds the place in the session's events, and the scans that have ended:
// what was asked of them before is not answered any more. One that runs has begun
// meanwhile.
func (r *Requests) begin(ctx context.Context, link *redis.Client) error {
	store, err := r.db.identify(ctx)
	if err != nil {
		return err
	}
	events, err := newest(ctx, link, eventsKey(r.session))
	if err != nil {
		return err
	}
	list, err := link.ZRangeArgsWithScores(ctx, redis.ZRangeArgs{Key: scansKey(r.session), Start: 0, Stop: heardScans - 1, Rev: true}).Result()
	if err != nil {
		return err
	}
	var scans []heardScan
	for _, z := range slices.Backward(list) {
		s := heardScan{uid: z.Member.(string), last: "0-0"}
		if z.Score != inf {
			s.last, err = newest(ctx, link, requestsKey(r.session, s.uid))
			if err != nil && !redis.HasErrorPrefix(err, "WRONGTYPE") { // read drops it
				return err
			}
		}
		scans = append(scans, s)
	}
	r.store, r.events, r.scans = store, events, scans
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
	if err != nil && !away(err) {
		return r.drop(ctx, link, err)
	}
	if err != nil {
		return err
	}
	for _, s := range answer {
		handle := r.take
		if s.Stream == eventsKey(r.session) {
			handle = r.announced
		}
		if err := handle(ctx, link, s); err != nil {
			return err
		}
	}
	return nil
}

// drop leaves out the scans whose requests are no stream: with one of them in it, a
// reading fails for all. If there is none, the cause stays.
func (r *Requests) drop(ctx context.Context, link *redis.Client, cause error) error {
	var good []heardScan
	for _, s := range r.scans {
		key := requestsKey(r.session, s.uid)
		kind, err := link.Type(ctx, key).Result()
		switch {
		case err != nil:
			return err
		case kind == "stream" || kind == "none":
			good = append(good, s)
		case !r.deaf[s.uid]:
			r.deaf[s.uid] = true
			r.warn(fmt.Errorf("%s in the store is a %s, a stream expected: what is asked of that scan there is not heard", key, kind))
		}
	}
	if len(good) == len(r.scans) {
		return cause
	}
	r.scans = good
	return nil
}

// announced notes new scans, and forgets those that ended long ago. One that is
// known was written again into a store that came back empty: requests that have
// come there before are not heard twice.
func (r *Requests) announced(ctx context.Context, link *redis.Client, s redis.XStream) error {
	for _, m := range s.Messages {
		uid, _ := m.Values["uid"].(string)
		if event, _ := m.Values[eventField].(string); event == eventNew && uid != "" {
			if err := r.announce(ctx, link, uid); err != nil {
				return err
			}
		}
		r.events = m.ID
	}
	if over := len(r.scans) - heardScans - 1; over > 0 {
		r.scans = append([]heardScan(nil), r.scans[over:]...)
	}
	return nil
}

func (r *Requests) announce(ctx context.Context, link *redis.Client, uid string) error {
	i := slices.IndexFunc(r.scans, func(s heardScan) bool { return s.uid == uid })
	if i < 0 {
		r.scans = append(r.scans, heardScan{uid: uid, last: "0-0"})
		return nil
	}
	last, err := newest(ctx, link, requestsKey(r.session, uid))
	if err == nil && earlier(last, r.scans[i].last) {
		r.scans[i].last = "0-0"
	}
	return err
}

// take hears the requests of one scan. The stream begins to live when the first
// one is written: it gets the life of the scan's other keys.
func (r *Requests) take(ctx context.Context, link *redis.Client, s redis.XStream) error {
	for i := range r.scans {
		scan := &r.scans[i]
		if requestsKey(r.session, scan.uid) != s.Stream {
			continue
		}
		if !scan.lives {
			if err := link.PExpire(ctx, s.Stream, DefaultTTL).Err(); err != nil {
				return err
			}
			scan.lives = true
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
	to := reply{key: answerKey(r.session, uid, h.Request.ID), given: answeredKey(r.session, uid, m.ID), of: Undelivered{UID: uid, Request: h.Request}}
	h.Reply = func(a data.Answer) { r.reply(to, a) }
	return h, nil
}
