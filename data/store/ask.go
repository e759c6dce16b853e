package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/redis/go-redis/v9"

	"blissh/data"
	"blissh/internal/redisconn"
)

// ErrNoAnswer is returned by Ask when the scan ended without an answer: its
// shell is gone, or could not be reached.
var ErrNoAnswer = errors.New("no answer: nobody runs the scan any more")

// Send asks a running scan for a change and does not wait; it returns the id of
// the request. Who asks and from where is filled in, unless it is said.
func (db *DB) Send(ctx context.Context, s *data.Scan, r data.Request) (id string, err error) {
	if r.By == "" {
		r.By = filepath.Base(os.Args[0])
	}
	if r.Host == "" {
		r.Host, _ = os.Hostname()
	}
	if r.ID == "" {
		r.ID = randomID()
	}
	if r.Time == 0 {
		r.Time = float64(time.Now().UnixMicro()) / 1e6
	}
	if err := r.Check(); err != nil {
		return "", err
	}
	text, err := json.Marshal(r)
	if err != nil {
		return "", err
	}
	if err := db.send(ctx, s, text); err != nil {
		return "", fmt.Errorf("ask %s: %w", s.DBName(), err)
	}
	return r.ID, nil
}

// Ask is Send that waits for the answer. It comes between two points: after a
// count of an hour it takes an hour. A refusal is an answer, not an error.
func (db *DB) Ask(ctx context.Context, s *data.Scan, r data.Request) (data.Answer, error) {
	id, err := db.Send(ctx, s, r)
	if err != nil {
		return data.Answer{}, err
	}
	key := answerKey(s.Session, s.UID, id)
	for ended := 0; ended < 2; {
		// The answer is left in its list: one that is taken off it on a
		// connection that breaks is lost.
		text, err := db.client.BLMove(ctx, key, key, "LEFT", "LEFT", db.times.block).Result()
		switch {
		case ctx.Err() != nil:
			return data.Answer{}, context.Cause(ctx)
		case err == nil:
			_ = db.client.LRem(ctx, key, 1, text).Err() // it would live for a minute
			var a data.Answer
			err = json.Unmarshal([]byte(text), &a)
			return a, err
		case redisconn.Away(err):
			time.Sleep(db.times.retry)
		case !errors.Is(err, redis.Nil):
			return data.Answer{}, fmt.Errorf("ask %s: %w", s.DBName(), err)
		}
		now, err := db.ScanByUID(ctx, s.Session, s.UID)
		switch {
		case errors.Is(err, ErrNotFound), err == nil && now.Outcome != "":
			ended++
		case err == nil:
			ended = 0
		}
	}
	return data.Answer{}, fmt.Errorf("ask %s: %w", s.DBName(), ErrNoAnswer)
}
