package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"blissh/data"
)

// answerLife is how long the answer to a request waits for its sender.
const answerLife = time.Minute

// answersAtOnce is how many answers are given in one exchange.
const answersAtOnce = 100

// reply is an answer on its way to its sender.
type reply struct {
	key   string // the list that the sender looks at
	given string // there once it has the answer
	text  []byte
	came  time.Time
	of    Undelivered
}

// Undelivered is an answer that its sender did not get. It stands in the scan's
// stream all the same, if that could be written.
type Undelivered struct {
	UID     string // of the scan
	Request data.Request
	Answer  data.Answer
	Why     error
}

// answered is an answer as its sender reads it.
type answered struct {
	data.Answer
	Text string `json:"text"`
}

// reply leaves an answer for the goroutine that gives them.
func (r *Requests) reply(to reply, a data.Answer) {
	to.of.Answer, to.came = a, time.Now()
	to.text, _ = json.Marshal(answered{a, a.String()}) // numbers and text only
	r.mu.Lock()
	closed := r.closed
	if !closed {
		r.queue = append(r.queue, to)
	}
	r.mu.Unlock()
	if closed {
		r.name(ErrClosed, to)
		return
	}
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// answer gives the answers in the queue, until ctx ends; what is left then has a
// moment more.
func (r *Requests) answer(ctx context.Context) {
	for ctx.Err() == nil {
		select {
		case <-r.wake:
			_ = r.deliver(ctx)
		case <-ctx.Done():
		}
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.db.times.asked)
	defer cancel()
	why := r.deliver(last)
	r.mu.Lock()
	rest := r.queue
	r.queue, r.closed = nil, true
	r.mu.Unlock()
	r.name(cmp.Or(why, ErrClosed), rest...)
}

// deliver gives all answers that wait. When the store is away they are kept, and
// tried again, for as long as a scan waits for its store; ctx may end that. One
// whose exchange was cut is given once, for the store knows which it has.
func (r *Requests) deliver(ctx context.Context) error {
	for {
		r.mu.Lock()
		batch := slices.Clone(r.queue[:min(len(r.queue), answersAtOnce)])
		r.mu.Unlock()
		if len(batch) == 0 {
			return nil
		}
		wrong, err := r.give(ctx, batch)
		switch {
		case err == nil:
			r.forget(len(batch))
			for i, why := range wrong {
				r.name(why, batch[i])
			}
			continue
		case !away(err):
			r.forget(len(batch))
			r.name(err, batch...)
			continue
		}
		r.giveUp(err)
		select {
		case <-time.After(r.db.times.retry):
		case <-ctx.Done():
			return err
		}
	}
}

// give gives some answers in one exchange; wrong are those that cannot be given.
func (r *Requests) give(ctx context.Context, batch []reply) (wrong map[int]error, err error) {
	ctx, cancel := context.WithTimeout(ctx, r.db.times.giveUp/3)
	defer cancel()
	var keys []string
	args := []any{answerLife.Milliseconds()}
	for _, a := range batch {
		keys, args = append(keys, a.given, a.key), append(args, a.text)
	}
	list, err := r.db.script.answer.Run(ctx, r.db.client, keys, args...).Slice()
	if err != nil {
		return nil, err
	}
	wrong = map[int]error{}
	for i := 0; i+1 < len(list); i += 2 {
		n, _ := list[i].(int64)
		wrong[int(n)] = fmt.Errorf("the store refuses: %v", list[i+1])
	}
	return wrong, nil
}

// forget takes the first answers out of the queue.
func (r *Requests) forget(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.queue = append([]reply(nil), r.queue[n:]...)
}

// giveUp names the answers that have waited for the store for too long.
func (r *Requests) giveUp(why error) {
	r.mu.Lock()
	n := slices.IndexFunc(r.queue, func(a reply) bool { return time.Since(a.came) < r.db.times.giveUp })
	if n < 0 {
		n = len(r.queue)
	}
	late := r.queue[:n]
	r.queue = append([]reply(nil), r.queue[n:]...)
	r.mu.Unlock()
	r.name(why, late...)
}

// name tells which answers did not get there.
func (r *Requests) name(why error, list ...reply) {
	if errors.Is(why, context.DeadlineExceeded) || errors.Is(why, context.Canceled) {
		why = errLost
	}
	for _, a := range list {
		a.of.Why = why
		r.lost(a.of)
	}
}

// send writes a request once, also when the client tries it again because the
// connection was cut before the answer.
func (db *DB) send(ctx context.Context, s *data.Scan, text []byte) error {
	keys := []string{requestsKey(s.Session, s.UID), sentKey(s.Session, s.UID, randomID())}
	err := db.script.send.Run(ctx, db.client, keys, answerLife.Milliseconds(), text, DefaultTTL.Milliseconds()).Err()
	if errors.Is(err, redis.Nil) {
		return nil
	}
	return err
}
