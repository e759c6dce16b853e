package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"blissh/internal/redisconn"
)

// sift finds out which stream an XREAD over all has failed of. A scan that
// cannot be read is left out from now on, and is an error once; the others go
// on. What was only too much at once is read one entry at a time.
func (r *Reader) sift(ctx context.Context, cause error) error {
	if errors.Is(cause, redisconn.ErrTooLarge) {
		r.hangUp()
		if r.count > 1 {
			r.count = 1
			return nil
		}
	}
	for _, t := range r.tails {
		err := r.probe(ctx, t)
		if unreachable(err) {
			return err
		}
		if err != nil {
			t.done = true
			r.drop()
			return fmt.Errorf("%s, after entry %v: %w: %w", t.keys[0], t.pos, ErrMalformed, err)
		}
	}
	return fmt.Errorf("%s: %w: %w", eventsKey(r.session), ErrMalformed, cause)
}

// probe reads the next entry of one scan, on a connection that may be lost.
func (r *Reader) probe(ctx context.Context, t *tail) error {
	link, err := redisconn.Bounded(ctx, r.db.url, t.keys[0], redisconn.NewBounds(streamField, streamReply))
	if err != nil {
		return err
	}
	defer link.Close()
	err = link.XRead(ctx, &redis.XReadArgs{Streams: []string{t.keys[0], t.pos.String()}, Count: 1, Block: -1}).Err()
	if errors.Is(err, redis.Nil) {
		return nil
	}
	return err
}
