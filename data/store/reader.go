package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"blissh/data"
	"blissh/internal/redisconn"
)

// readCount is how many entries one XREAD takes at most from each stream.
const readCount = 100

// FollowOptions says what to follow; the zero value is the running scan from
// its beginning, and everything new.
type FollowOptions struct {
	// Ended replays the scans that have ended and are still there, first.
	Ended bool
	// Scan is the uid of the only scan to follow, ended or not. After its end
	// Next returns io.EOF.
	Scan string
	// NoArrays leaves out the values of spectra and images, which are read
	// from the store otherwise, however large.
	NoArrays bool
}

// Reader follows a session. Next and Events belong to one goroutine; Close may
// be called from any.
type Reader struct {
	db      *DB
	session string
	o       FollowOptions
	closing chan struct{}

	mu   sync.Mutex
	link *redis.Client // nil: not connected

	queue   []data.Event // to be returned
	store   string       // id of the store
	events  string       // last ID read of the session's events
	listed  bool         // the place in them has been found
	seen    map[string]bool
	backlog []string // uids to be followed when the ended scan before is done
	tails   []*tail
	beat    string    // heartbeat
	looked  time.Time // when it was read; zero after an outage
}

// Follow begins to follow a session, which need not exist yet. It connects, on
// a connection of the reader's own, and fails if that is not possible. The
// caller closes the reader.
func (db *DB) Follow(ctx context.Context, session string, o FollowOptions) (*Reader, error) {
	if !data.ValidName(session) {
		return nil, fmt.Errorf("follow: %q is not the name of a session", session)
	}
	r := &Reader{db: db, session: session, o: o, closing: make(chan struct{}), seen: map[string]bool{}, events: "0-0"}
	if err := r.start(ctx); err != nil {
		r.hangUp()
		return nil, fmt.Errorf("follow %s: %w", session, err)
	}
	if err := db.own(r); err != nil {
		r.hangUp()
		return nil, err
	}
	return r, nil
}

func (r *Reader) start(ctx context.Context) (err error) {
	if r.store, err = r.db.identify(ctx); err != nil {
		return err
	}
	if r.o.Scan != "" {
		if _, err := r.db.ScanByUID(ctx, r.session, r.o.Scan); err != nil {
			return err
		}
		r.backlog, r.seen[r.o.Scan] = []string{r.o.Scan}, true
	}
	return r.connect(ctx)
}

// Next waits for the next event and returns it. While the store is away it
// goes on trying; what was not seen is read then. It returns the cause when
// ctx ends, and may be called again; ErrClosed after Close; io.EOF after the
// only scan that was asked for.
func (r *Reader) Next(ctx context.Context) (data.Event, error) {
	for {
		select {
		case <-r.closing:
			return nil, ErrClosed
		default:
		}
		if len(r.queue) > 0 {
			e := r.queue[0]
			r.queue[0] = nil
			r.queue = r.queue[1:]
			return e, nil
		}
		if err := r.wait(ctx); err != nil {
			return nil, err
		}
	}
}

// Events are the events as Next returns them, ending with the first error,
// which is left out if it is io.EOF or ErrClosed.
func (r *Reader) Events(ctx context.Context) iter.Seq2[data.Event, error] {
	return func(yield func(data.Event, error) bool) {
		for {
			e, err := r.Next(ctx)
			if errors.Is(err, io.EOF) || errors.Is(err, ErrClosed) {
				return
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// Close ends the reader and a Next in progress.
func (r *Reader) Close() error {
	r.mu.Lock()
	select {
	case <-r.closing:
	default:
		close(r.closing)
	}
	r.mu.Unlock()
	r.hangUp()
	r.db.disown(r)
	return nil
}

// hangUp closes the connection, which is the only thing that ends a blocked
// XREAD at once.
func (r *Reader) hangUp() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.link != nil {
		r.link.Close()
		r.link = nil
	}
}

// wait reads until something has come or the time to look around.
func (r *Reader) wait(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	stop := context.AfterFunc(ctx, r.hangUp)
	err := r.step(ctx)
	stop()
	switch {
	case ctx.Err() != nil && len(r.queue) == 0:
		return context.Cause(ctx)
	case err == nil:
		return nil
	case errors.Is(err, errNoMore):
		return io.EOF
	case !redisconn.Away(err):
		return fmt.Errorf("follow %s: %w", r.session, err)
	}
	r.hangUp()
	r.looked = time.Time{}
	select {
	case <-r.closing:
	case <-ctx.Done():
	case <-time.After(r.db.times.retry):
	}
	return nil
}

// errNoMore ends a reader of one scan; a broken connection says io.EOF, too.
var errNoMore = errors.New("no more scans")

// step is one XREAD over the session's events and the scans' streams.
func (r *Reader) step(ctx context.Context) error {
	if err := r.promote(ctx); err != nil {
		return err
	}
	if r.o.Scan != "" && len(r.tails) == 0 && len(r.queue) == 0 {
		return errNoMore
	}
	if err := r.connect(ctx); err != nil {
		return err
	}
	link := r.current()
	if link == nil {
		return redisconn.ErrBroken
	}
	if err := r.read(ctx, link); err != nil {
		return err
	}
	if time.Since(r.looked) < r.db.times.block {
		return nil
	}
	return r.look(ctx, link)
}

func (r *Reader) current() *redis.Client {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.link
}

// connect makes sure that there is a connection. After a new one it lists the
// scans, for their announcements may have been missed.
func (r *Reader) connect(ctx context.Context) error {
	if r.current() != nil {
		return nil
	}
	link, err := redisconn.Dedicated(ctx, r.db.url, sessionKey(r.session))
	if err != nil {
		return err
	}
	r.mu.Lock()
	r.link = link
	select {
	case <-r.closing:
		link.Close()
	default:
	}
	r.mu.Unlock()
	return r.list(ctx, link)
}

// list finds the place in the session's events, then the scans that are to be
// followed; in this order, so that none falls in between.
func (r *Reader) list(ctx context.Context, link *redis.Client) error {
	last, err := link.XRevRangeN(ctx, eventsKey(r.session), "+", "-", 1).Result()
	if err != nil {
		return err
	}
	switch {
	case len(last) == 0:
		r.events = "0-0"
	case !r.listed, earlier(last[0].ID, r.events):
		r.events = last[0].ID
	}
	r.listed = true
	if r.o.Scan != "" {
		return nil
	}
	scans, err := link.ZRangeWithScores(ctx, scansKey(r.session), 0, -1).Result()
	if err != nil {
		return err
	}
	for _, z := range scans {
		if uid, ok := z.Member.(string); ok && (z.Score == inf || r.o.Ended) {
			r.meet(uid)
		}
	}
	return nil
}

// earlier reports whether entry ID a is before b.
func earlier(a, b string) bool {
	x, err1 := parseID(a)
	y, err2 := parseID(b)
	return err1 == nil && err2 == nil && x.less(y)
}

// meet puts a scan on the list, once.
func (r *Reader) meet(uid string) {
	if !r.seen[uid] {
		r.seen[uid] = true
		r.backlog = append(r.backlog, uid)
	}
}

// promote begins to read the scans of the backlog; an ended one is finished
// before the next begins, so that the order is kept.
func (r *Reader) promote(ctx context.Context) error {
	for len(r.backlog) > 0 && !r.replaying() {
		s, err := r.db.ScanByUID(ctx, r.session, r.backlog[0])
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		r.backlog = r.backlog[1:]
		if err != nil {
			continue // it has expired meanwhile
		}
		t, err := newTail(s)
		if err != nil {
			return err
		}
		r.tails = append(r.tails, t)
	}
	return nil
}

func (r *Reader) replaying() bool {
	for _, t := range r.tails {
		if t.scan.Outcome != "" {
			return true
		}
	}
	return false
}

// read is one XREAD and what comes of it.
func (r *Reader) read(ctx context.Context, link *redis.Client) error {
	streams := []string{eventsKey(r.session)}
	ids := []string{r.events}
	for _, t := range r.tails {
		streams, ids = append(streams, t.keys[0]), append(ids, t.pos.String())
	}
	block := r.db.times.block - time.Since(r.looked)
	answer, err := link.XRead(ctx, &redis.XReadArgs{
		Streams: append(streams, ids...), Count: readCount, Block: max(block, time.Millisecond),
	}).Result()
	if errors.Is(err, redis.Nil) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, s := range answer {
		if err := r.take(ctx, link, s); err != nil {
			return err
		}
	}
	r.drop()
	return nil
}

// take handles the new entries of one stream.
func (r *Reader) take(ctx context.Context, link *redis.Client, s redis.XStream) error {
	if s.Stream == eventsKey(r.session) {
		for _, m := range s.Messages {
			r.announced(m)
		}
		return nil
	}
	for _, t := range r.tails {
		if t.keys[0] != s.Stream {
			continue
		}
		if err := r.follow(ctx, link, t, s.Messages); err != nil {
			return err
		}
	}
	return nil
}

// announced handles an entry of the session's events.
func (r *Reader) announced(m redis.XMessage) {
	r.events = m.ID
	uid, _ := m.Values["uid"].(string)
	switch event, _ := m.Values[eventField].(string); {
	case event == eventNew && uid != "" && r.o.Scan == "":
		r.meet(uid)
	case event == eventDeleted:
		r.deleted(uid)
	}
}

// deleted ends a scan that is no longer in the store.
func (r *Reader) deleted(uid string) {
	for _, t := range r.tails {
		if t.scan.UID == uid && !t.done {
			t.done = true
			r.queue = append(r.queue, &data.Deleted{Node: t.node, First: -1})
		}
	}
}

// follow handles new entries of a scan.
func (r *Reader) follow(ctx context.Context, link *redis.Client, t *tail, messages []redis.XMessage) error {
	for _, m := range messages {
		if t.done {
			return nil
		}
		arrays, err := r.arrays(ctx, link, t, m)
		if err != nil {
			return err
		}
		list, err := t.entry(m, arrays)
		if err != nil {
			return err
		}
		r.queue = append(r.queue, list...)
	}
	return nil
}

// arrays reads the array blocks that belong to a row block. Each is in its
// stream already, for both went in one transaction.
func (r *Reader) arrays(ctx context.Context, link *redis.Client, t *tail, m redis.XMessage) ([]string, error) {
	if at, err := parseID(m.ID); r.o.NoArrays || len(t.layout.arrays) == 0 || err != nil || at.seq != 0 {
		return nil, nil
	}
	blocks := make([]string, len(t.layout.arrays))
	for i, c := range t.layout.arrays {
		list, err := link.XRange(ctx, arrayKey(r.session, t.scan.UID, c.Name), m.ID, m.ID).Result()
		if err != nil {
			return nil, err
		}
		if len(list) == 1 {
			blocks[i], _ = list[0].Values[dataField].(string)
		}
	}
	return blocks, nil
}

// drop forgets the scans that are done.
func (r *Reader) drop() {
	kept := r.tails[:0]
	for _, t := range r.tails {
		if !t.done {
			kept = append(kept, t)
		}
	}
	clear(r.tails[len(kept):])
	r.tails = kept
}

// look finds out what wakes nobody: that a scan is no longer there, and that
// no heartbeat has come for long.
func (r *Reader) look(ctx context.Context, link *redis.Client) error {
	var beat *redis.StringCmd
	there := make([]*redis.IntCmd, len(r.tails))
	_, err := link.Pipelined(ctx, func(p redis.Pipeliner) error {
		beat = p.HGet(ctx, sessionKey(r.session), "heartbeat")
		for i, t := range r.tails {
			there[i] = p.Exists(ctx, t.keys[0])
		}
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return err
	}
	for i, t := range r.tails {
		if err := r.missing(ctx, t, there[i].Val() == 0); err != nil {
			return err
		}
	}
	r.listen(beat.Val())
	r.drop()
	return nil
}

// missing ends a scan whose stream is gone. If that is because the store came
// back empty, its publisher has time to write it once more.
func (r *Reader) missing(ctx context.Context, t *tail, gone bool) error {
	if !gone {
		t.missing = time.Time{}
		if t.scan.Outcome != "" && t.idle {
			t.done = true // ended, but for its end; nothing will come
		}
		t.idle = true
		return nil
	}
	now, err := r.db.client.Get(ctx, storeKey).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return err
	}
	if t.missing.IsZero() {
		t.missing = time.Now()
	}
	if now == r.store || time.Since(t.missing) > r.db.times.grace {
		r.deleted(t.scan.UID)
	}
	return nil
}

// listen counts the time without a heartbeat, during which the store could be
// read.
func (r *Reader) listen(beat string) {
	now := time.Now()
	passed := now.Sub(r.looked)
	if r.looked.IsZero() {
		passed = 0
	}
	for _, t := range r.tails {
		switch {
		case beat != r.beat:
			t.silent, t.lost = 0, false
		case t.scan.Outcome == "":
			t.silent += passed
		}
		if t.silent >= r.db.times.patience && !t.lost {
			t.lost = true
			r.queue = append(r.queue, &data.Lost{Node: t.node, Silent: t.silent})
		}
	}
	r.beat, r.looked = beat, now
}
