package store

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"blissh/data"
)

// Defaults of Retention.
const (
	DefaultTTL   = 24 * time.Hour
	DefaultLimit = 1 << 30
)

// Retention is what a store keeps. It belongs to the store, in the hash
// blissh:retention, so that all its sessions agree; what is not there, or not
// understood, has its default.
type Retention struct {
	TTL   time.Duration // life of a scan's data from its end
	Limit int64         // bytes of scan data
}

// MaxMemory is what the server's own limit should be: as much that at the limit
// of the data a stop, a heartbeat and the end of a scan still pass.
func (r Retention) MaxMemory() int64 { return r.Limit + r.Limit/2 + 64<<20 }

// Retention reads what the store keeps.
func (db *DB) Retention(ctx context.Context) (Retention, error) {
	r := Retention{DefaultTTL, DefaultLimit}
	m, err := db.client.HGetAll(ctx, retentionKey).Result()
	if err != nil {
		return r, fmt.Errorf("retention of the store: %w", err)
	}
	if ms, err := strconv.ParseInt(m[ttlField], 10, 64); err == nil && ms > 0 {
		r.TTL = time.Duration(ms) * time.Millisecond
	}
	if n, err := strconv.ParseInt(m[limitField], 10, 64); err == nil && n > 0 {
		r.Limit = n
	}
	return r, nil
}

// SetRetention says what the store keeps, from the next scan on. What is 0 is
// left as it is.
func (db *DB) SetRetention(ctx context.Context, r Retention) error {
	var fields []any
	if r.TTL > 0 {
		fields = append(fields, ttlField, r.TTL.Milliseconds())
	}
	if r.Limit > 0 {
		fields = append(fields, limitField, r.Limit)
	}
	if len(fields) == 0 {
		return nil
	}
	if err := db.client.HSet(ctx, retentionKey, fields...).Err(); err != nil {
		return fmt.Errorf("retention of the store: %w", err)
	}
	return nil
}

// SetMaxMemory sets the server's own limit, and that it refuses data beyond it.
func (db *DB) SetMaxMemory(ctx context.Context, bytes int64) error {
	if err := db.client.ConfigSet(ctx, "maxmemory-policy", "noeviction").Err(); err != nil {
		return err
	}
	return db.client.ConfigSet(ctx, "maxmemory", strconv.FormatInt(bytes, 10)).Err()
}

// Expiry is how long a scan will still be there; 0 if it does not expire.
func (db *DB) Expiry(ctx context.Context, s *data.Scan) (time.Duration, error) {
	left, err := db.client.PTTL(ctx, scanKey(s.Session, s.UID)).Result()
	return max(left, 0), err
}

// Usage is how full the store is, by blissh's own accounting: 64 bytes for each
// entry, 16 for each of its fields, and the values. Running scans count with
// their predicted size.
type Usage struct {
	Bytes int64
	Scans int
}

// Usage adds up the scans of all sessions.
func (db *DB) Usage(ctx context.Context) (Usage, error) {
	var sum Usage
	names, err := db.Sessions(ctx)
	if err != nil {
		return sum, fmt.Errorf("usage of the store: %w", err)
	}
	for _, s := range names {
		u, err := db.usageOf(ctx, s)
		if err != nil {
			return sum, fmt.Errorf("usage of the store: %w", err)
		}
		sum.Bytes, sum.Scans = sum.Bytes+u.Bytes, sum.Scans+u.Scans
	}
	return sum, nil
}

func (db *DB) usageOf(ctx context.Context, session string) (Usage, error) {
	answer, err := db.script.usage.Run(ctx, db.client, []string{scansKey(session)}, scanPrefix(session)).Slice()
	if err != nil {
		return Usage{}, err
	}
	text, _ := answer[0].(string)
	n, _ := answer[1].(int64)
	bytes, err := strconv.ParseInt(text, 10, 64)
	return Usage{Bytes: bytes, Scans: int(n)}, err
}

// Delete removes an ended scan from the store and tells followers. A running
// one is left alone, without an error.
func (db *DB) Delete(ctx context.Context, s *data.Scan) error {
	own := ownKeys(s)
	keys := append([]string{own[1], scansKey(s.Session), eventsKey(s.Session), own[0]}, own[2:]...)
	if err := db.script.remove.Run(ctx, db.client, keys, s.UID).Err(); err != nil {
		return fmt.Errorf("delete %s: %w", s.DBName(), err)
	}
	return nil
}
