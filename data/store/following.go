package store

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"blissh/data"
	"blissh/internal/redisconn"
)

// What the streams of a scan's session hold: a flush is 1 MB, arrays apart, an
// event of the scan a description at most.
const (
	streamField = 2 << 20
	streamReply = 32 << 20
)

// unreachable reports whether a reader has to wait for its store.
func unreachable(err error) bool {
	return redisconn.Away(err) && !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrNotFound)
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
	first := !r.listed
	r.listed = true
	if r.o.Scan != "" {
		return nil
	}
	scans, err := link.ZRangeWithScores(ctx, scansKey(r.session), 0, -1).Result()
	if err != nil {
		return err
	}
	for _, z := range scans {
		uid, ok := z.Member.(string)
		switch {
		case ok && first && r.o.news:
			r.seen[uid] = true
			r.before = append(r.before, uid)
		case ok && (z.Score == inf || r.o.Ended):
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
// before the next begins, so that the order is kept. A description that is not
// understood is an error once.
func (r *Reader) promote(ctx context.Context) error {
	for len(r.backlog) > 0 && !r.replaying() {
		s, err := r.db.ScanByUID(ctx, r.session, r.backlog[0])
		if unreachable(err) {
			return err
		}
		r.backlog = r.backlog[1:]
		if errors.Is(err, ErrNotFound) {
			continue // it has expired meanwhile
		}
		if err == nil {
			err = r.begin(s)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// begin puts a scan among those that are read.
func (r *Reader) begin(s *data.Scan) error {
	t, err := newTail(s)
	if err != nil {
		return err
	}
	if r.o.nodes {
		r.queue = append(r.queue, t.tell()...)
		return nil
	}
	t.store = r.store
	r.tails = append(r.tails, t)
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
	answer, err := link.XRead(ctx, &redis.XReadArgs{Streams: append(streams, ids...), Count: r.count, Block: r.patience()}).Result()
	switch {
	case errors.Is(err, redis.Nil):
		return r.exhausted()
	case unreachable(err):
		return err
	case err != nil:
		return r.sift(ctx, err)
	}
	r.held, r.count = 0, min(readCount, 10*r.count)
	for _, s := range answer {
		if err := r.take(ctx, s); err != nil {
			return err
		}
	}
	r.drop()
	return nil
}

// patience is how long an XREAD may wait.
func (r *Reader) patience() time.Duration {
	if r.o.NoWait {
		return -1 // not at all
	}
	return max(r.db.times.block-time.Since(r.looked), time.Millisecond)
}

// exhausted is what it means that nothing has come: to a reader that does not
// wait, that its scans have no more.
func (r *Reader) exhausted() error {
	if !r.o.NoWait {
		return nil
	}
	r.tails = nil
	if len(r.backlog) == 0 {
		return errNoMore
	}
	return nil
}

// take handles the new entries of one stream.
func (r *Reader) take(ctx context.Context, s redis.XStream) error {
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
		if err := r.follow(ctx, t, s.Messages); err != nil {
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

// follow handles new entries of a scan, as many as the reader may hold; the
// next XREAD brings the others again.
func (r *Reader) follow(ctx context.Context, t *tail, messages []redis.XMessage) error {
	for _, m := range messages {
		if t.done || r.held >= readSize {
			return nil
		}
		arrays, err := r.arrays(ctx, t, m)
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
func (r *Reader) arrays(ctx context.Context, t *tail, m redis.XMessage) ([]block, error) {
	if at, err := parseID(m.ID); r.o.NoArrays || len(t.layout.arrays) == 0 || err != nil || at.seq != 0 {
		return nil, nil
	}
	n, err := t.layout.points(texts(m))
	if err != nil {
		return nil, nil // the tail will say what is wrong with it
	}
	blocks := make([]block, len(t.layout.arrays))
	for i, c := range t.layout.arrays {
		if r.o.wants != nil && !r.o.wants(data.ChannelNode(t.scan, c)) {
			continue
		}
		if blocks[i], err = r.array(ctx, t, c, m.ID, n); err != nil {
			return nil, err
		}
		r.held += len(blocks[i].data)
	}
	return blocks, nil
}

// block is an entry of an array stream, or what is wrong with it.
type block struct {
	data string
	err  error
}

// array reads one block of n arrays. One that is larger than that costs the
// connection, and is left out.
func (r *Reader) array(ctx context.Context, t *tail, c data.Channel, at string, n int) (block, error) {
	link := r.current()
	if link == nil {
		return block{}, redisconn.ErrBroken
	}
	size := min(int64(n)*int64(c.PointSize()), 2*maxPoint)
	r.bounds.Set(max(size, flushSize), size+streamReply)
	list, err := link.XRange(ctx, arrayKey(r.session, t.scan.UID, c.Name), at, at).Result()
	r.bounds.Set(streamField, streamReply)
	switch {
	case unreachable(err):
		return block{}, err
	case errors.Is(err, redisconn.ErrTooLarge):
		r.hangUp()
		return block{err: err}, r.connect(ctx)
	case err != nil:
		return block{err: err}, nil
	case len(list) != 1:
		return block{}, nil
	}
	b, _ := list[0].Values[dataField].(string)
	return block{data: b}, nil
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
