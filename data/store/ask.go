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
	err = db.client.XAdd(ctx, &redis.XAddArgs{Stream: requestsKey(s.Session, s.UID), Values: []any{jsonField, text}}).Err()
	if err != nil {
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
	ended := 0
	for ended < 2 {
		list, err := db.client.BLPop(ctx, db.times.block, answerKey(s.Session, s.UID, id)).Result()
		switch {
		case ctx.Err() != nil:
			return data.Answer{}, context.Cause(ctx)
		case err == nil:
			var a data.Answer
			err = json.Unmarshal([]byte(list[1]), &a)
			return a, err
		case redisconn.Away(err):
			time.Sleep(db.times.retry)
		case !errors.Is(err, redis.Nil):
			return data.Answer{}, fmt.Errorf("ask %s: %w", s.DBName(), err)
		}
		now, err := db.ScanByUID(ctx, s.Session, s.UID)
		if errors.Is(err, ErrNotFound) || err == nil && now.Outcome != "" {
			ended++
		}
	}
	return data.Answer{}, fmt.Errorf("ask %s: %w", s.DBName(), ErrNoAnswer)
}
