package channel

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"blissh/internal/redisconn"
)

// What a watcher takes from the store: anybody may write there.
const (
	readCount = 50        // entries of each stream at a time
	maxReply  = 256 << 20 // bytes
)

// errSifted ends a connection because of something in the store that cannot be
// read; the next one leaves it out.
var errSifted = errors.New("something in the store is too large")

// readable are the topics that have not been found to be too large.
func (w *watcher) readable(topics []topic) []topic {
	w.pardon()
	var list []topic
	for _, t := range topics {
		if _, bad := w.bad[t]; !bad {
			list = append(list, t)
		}
	}
	return list
}

// pardon gives topics another chance, after as long as between two renewals,
// and reports whether there were any.
func (w *watcher) pardon() (some bool) {
	for t, until := range w.bad {
		if time.Now().After(until) {
			delete(w.bad, t)
			some = true
		}
	}
	return some
}

// sift finds out, one by one, which topics are too large to be read, and names
// them. Each try that fails costs a connection.
func (w *watcher) sift(ctx context.Context, topics []topic) error {
	for _, t := range topics {
		err := w.probe(ctx, t)
		if redisconn.Away(err) {
			return err
		}
		if errors.Is(err, redisconn.ErrTooLarge) {
			w.bad[t] = time.Now().Add(w.bus.renew)
			w.bus.complain(fmt.Errorf("%s in the store is not read: %w", t.key(), err))
		}
	}
	return errSifted
}

func (w *watcher) probe(ctx context.Context, t topic) error {
	ctx, cancel := context.WithTimeout(ctx, dialBound)
	defer cancel()
	conn, err := redisconn.Bounded(ctx, w.bus.url, t.key(), redisconn.NewBounds(maxValue, maxReply))
	if err != nil {
		return err
	}
	defer conn.Close()
	err = next(ctx, conn, []topic{deaf{t}}, -1)
	if err == nil {
		err = conn.XRevRangeN(ctx, t.key(), "+", "-", 1).Err()
	}
	return err
}

// deaf takes no notice of what comes.
type deaf struct{ topic }

func (d deaf) follow() (after string, take func([]redis.XMessage)) {
	after, _ = d.topic.follow()
	return after, func([]redis.XMessage) {}
}
