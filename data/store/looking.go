package store

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"blissh/data"
)

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
		if err := r.missing(ctx, link, t, there[i].Val() == 0); err != nil {
			return err
		}
	}
	r.listen(beat.Val())
	r.drop()
	return nil
}

// identity is the id of the store's contents with that of the server's process:
// neither changes while nothing is lost but what somebody deletes.
func (r *Reader) identity(ctx context.Context, link *redis.Client) (string, error) {
	id, err := r.db.client.Get(ctx, storeKey).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return "", err
	}
	run, err := runID(ctx, link)
	return id + "@" + run, err
}

// missing ends a scan whose stream is gone. If that is because the store came
// back empty, or with older data, its publisher has time to write it once more.
func (r *Reader) missing(ctx context.Context, link *redis.Client, t *tail, gone bool) error {
	if !gone {
		if !t.missing.IsZero() || r.looked.IsZero() {
			if err := r.recognize(ctx, link, t); err != nil {
				return err
			}
		}
		t.missing = time.Time{}
		if t.scan.Outcome != "" && t.idle {
			t.done = true // ended, but for its end; nothing will come
		}
		t.idle = true
		return nil
	}
	now, err := r.identity(ctx, link)
	if err != nil {
		return err
	}
	if t.missing.IsZero() {
		t.missing = time.Now()
	}
	if now == t.store || time.Since(t.missing) > r.db.times.grace {
		r.deleted(t.scan.UID)
	}
	return nil
}

// recognize notes in which store the scan is there, after an outage: it may
// have come back empty and have been given the scan once more.
func (r *Reader) recognize(ctx context.Context, link *redis.Client, t *tail) error {
	now, err := r.identity(ctx, link)
	if err != nil {
		return err
	}
	t.store, r.store = now, now
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
