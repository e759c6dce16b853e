package store

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"blissh/data"
)

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
		t.store = r.store
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
	r.held = 0
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

// follow handles new entries of a scan, as many as the reader may hold; the
// next XREAD brings the others again.
func (r *Reader) follow(ctx context.Context, link *redis.Client, t *tail, messages []redis.XMessage) error {
	for _, m := range messages {
		if t.done || r.held >= readSize {
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
			r.held += len(blocks[i])
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
