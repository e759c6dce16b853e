package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"blissh/data"
	"blissh/internal/redisconn"
)

// Question asks the writer of a session whether it can save a scan that is about
// to begin.
type Question struct {
	ID    string     `json:"id"`
	Scan  *data.Scan `json:"scan"`  // as far as it is known
	Bytes int64      `json:"bytes"` // that it is expected to have; 0: nobody knows
}

// Promise is the answer of the writer.
type Promise struct {
	Host  string   `json:"host"`  // where the files are
	Files []string `json:"files"` // absolute
	Error string   `json:"error"` // why the scan cannot be saved, and what to do; one line
}

// questionLife is how long a question waits for a writer: who has asked has
// given up by then.
const questionLife = 10 * time.Second

func questionsKey(session string) string   { return writerKey(session) + ":questions" }
func promiseKey(session, id string) string { return writerKey(session) + ":answer:" + id }

// AskWriter asks the writer of a session, and waits for the answer until ctx
// ends; then the error is the cause of that.
func (db *DB) AskWriter(ctx context.Context, session string, q Question) (Promise, error) {
	q.ID = randomID()
	text, err := json.Marshal(q)
	if err != nil {
		return Promise{}, err
	}
	_, err = db.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.RPush(ctx, questionsKey(session), text)
		p.PExpire(ctx, questionsKey(session), questionLife)
		return nil
	})
	if err != nil {
		return Promise{}, err
	}
	return db.promise(ctx, promiseKey(session, q.ID))
}

// promise waits for an answer. Redis does not let go of who waits, so that a
// goroutine is left behind for a second when ctx ends.
func (db *DB) promise(ctx context.Context, key string) (p Promise, err error) {
	type answer struct {
		list []string
		err  error
	}
	for {
		come := make(chan answer, 1)
		go func() {
			list, err := db.client.BLPop(context.WithoutCancel(ctx), time.Second, key).Result()
			come <- answer{list, err}
		}()
		select {
		case <-ctx.Done():
			return p, context.Cause(ctx)
		case a := <-come:
			if errors.Is(a.err, redis.Nil) {
				continue
			}
			if a.err != nil {
				return p, a.err
			}
			return p, json.Unmarshal([]byte(a.list[1]), &p)
		}
	}
}

// HearQuestions answers what a session's writer is asked, one question after the
// other, until ctx ends.
func (db *DB) HearQuestions(ctx context.Context, session string, answer func(Question) Promise) error {
	for ctx.Err() == nil {
		db.hearQuestions(ctx, session, answer)
		select {
		case <-ctx.Done():
		case <-time.After(db.times.retry):
		}
	}
	return context.Cause(ctx)
}

// hearQuestions listens on one connection until that fails.
func (db *DB) hearQuestions(ctx context.Context, session string, answer func(Question) Promise) {
	link, err := redisconn.Dedicated(ctx, db.url, sessionKey(session))
	if err != nil {
		return
	}
	defer context.AfterFunc(ctx, func() { link.Close() })()
	defer link.Close()
	for ctx.Err() == nil {
		list, err := link.BLPop(ctx, db.times.block, questionsKey(session)).Result()
		if errors.Is(err, redis.Nil) {
			continue
		}
		if err != nil || db.answerQuestion(ctx, session, list[1], answer) != nil {
			return
		}
	}
}

// answerQuestion answers one question; what is none, is dropped.
func (db *DB) answerQuestion(ctx context.Context, session, text string, answer func(Question) Promise) error {
	var q Question
	if json.Unmarshal([]byte(text), &q) != nil || !data.ValidName(q.ID) {
		return nil
	}
	p := Promise{Error: "the question has no description of a scan"}
	if q.Scan != nil {
		p = answer(q)
	}
	b, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("answer of the writer: %w", err)
	}
	key := promiseKey(session, q.ID)
	_, err = db.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		pipe.RPush(ctx, key, b)
		pipe.PExpire(ctx, key, answerLife)
		return nil
	})
	return err
}
