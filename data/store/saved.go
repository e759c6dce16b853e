package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// Saved is how far a scan has come in files, as its writer says.
type Saved struct {
	Points   int      `json:"points"`   // whole points that are in all of its files
	Complete bool     `json:"complete"` // so is its end
	Files    []string `json:"files"`
	Error    string   `json:"error"` // why it does not go on; one line
}

// Writer is the process that writes a session's scans into files.
type Writer struct {
	Host  string    `json:"host"`
	PID   int       `json:"pid"`
	User  string    `json:"user"`
	Since time.Time `json:"since"`
	Root  string    `json:"root"` // the folder under which it writes
}

func (w Writer) String() string {
	text := fmt.Sprintf("process %d of %s on %s", w.PID, w.User, w.Host)
	if w.Root != "" {
		text += ", which writes under " + w.Root
	}
	return text
}

// OtherWriterError says that a session has another writer.
type OtherWriterError struct {
	Session string
	Writer  Writer
	value   string // of its key
}

func (e *OtherWriterError) Error() string {
	return fmt.Sprintf("%s has another writer: %v", e.Session, e.Writer)
}

// savedLife is how long it is known that a scan was saved; the scan itself lives
// a day after its end, if it was not published with another life.
const savedLife = 48 * time.Hour

func savedKey(session, uid string) string { return scanKey(session, uid) + ":saved" }
func writerKey(session string) string     { return sessionKey(session) + ":writer" }

// SetSaved says how far a scan is in files.
func (db *DB) SetSaved(ctx context.Context, session, uid string, v Saved) error {
	return db.setJSON(ctx, savedKey(session, uid), v, savedLife)
}

// Saved is how far a scan is in files. The error wraps ErrNotFound if no writer
// has said anything.
func (db *DB) Saved(ctx context.Context, session, uid string) (v Saved, err error) {
	return v, db.getJSON(ctx, savedKey(session, uid), &v)
}

// SetWriter makes w the writer of a session for some time, or for some time longer;
// also after the store came back empty. An *OtherWriterError says who is.
func (db *DB) SetWriter(ctx context.Context, session string, w Writer, life time.Duration) error {
	return db.claimWriter(ctx, session, w, life, "")
}

// ReplaceWriter is SetWriter in the place of one that has died.
func (db *DB) ReplaceWriter(ctx context.Context, dead *OtherWriterError, w Writer, life time.Duration) error {
	return db.claimWriter(ctx, dead.Session, w, life, dead.value)
}

// claimWriter takes the key of a session's writer as an axis is reserved: what
// stands in it tells processes apart, for none begins twice in a nanosecond.
func (db *DB) claimWriter(ctx context.Context, session string, w Writer, life time.Duration, replace string) error {
	ours, err := json.Marshal(w)
	if err != nil {
		return err
	}
	value, err := db.script.reserve.Run(ctx, db.client, []string{writerKey(session)}, ours, life.Milliseconds(), replace).Text()
	if err != nil || value == "" {
		return err
	}
	other := &OtherWriterError{Session: session, value: value}
	if err := json.Unmarshal([]byte(value), &other.Writer); err != nil {
		return fmt.Errorf("%s: %w", writerKey(session), err)
	}
	return other
}

// Writer is the writer of a session. The error wraps ErrNotFound if there is none.
func (db *DB) Writer(ctx context.Context, session string) (w Writer, err error) {
	return w, db.getJSON(ctx, writerKey(session), &w)
}

// ForgetWriter says that w is the writer of a session no longer.
func (db *DB) ForgetWriter(ctx context.Context, session string, w Writer) error {
	ours, err := json.Marshal(w)
	if err != nil {
		return err
	}
	return db.script.release.Run(ctx, db.client, []string{writerKey(session)}, ours).Err()
}

func (db *DB) setJSON(ctx context.Context, key string, v any, life time.Duration) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return db.client.Set(ctx, key, b, life).Err()
}

func (db *DB) getJSON(ctx context.Context, key string, v any) error {
	b, err := db.client.Get(ctx, key).Bytes()
	switch {
	case errors.Is(err, redis.Nil):
		return fmt.Errorf("%s: %w", key, ErrNotFound)
	case err != nil:
		return err
	}
	return json.Unmarshal(b, v)
}

// Led reports whether a shell runs a session.
func (db *DB) Led(ctx context.Context, session string) (bool, error) {
	n, err := db.client.Exists(ctx, leaseKey(session)).Result()
	return n > 0, err
}

// LastNumber is the last scan number that was given in a session; 0 if none was.
func (db *DB) LastNumber(ctx context.Context, session string) (int, error) {
	n, err := db.client.Get(ctx, numberKey(session)).Int()
	if errors.Is(err, redis.Nil) {
		return 0, nil
	}
	return n, err
}
