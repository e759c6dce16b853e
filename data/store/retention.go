package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"blissh/data"
)

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

// FullError says that a scan does not fit into the store.
type FullError struct {
	Need  int64 // bytes of the scan
	Used  int64 // bytes that may not be deleted: running scans, other sessions
	Limit int64 // bytes that the store may hold
}

func (e *FullError) Error() string {
	return fmt.Sprintf("the store is too full: the scan needs %s, and %s of %s are in use by running scans and other sessions",
		megabytes(e.Need), megabytes(e.Used), megabytes(e.Limit))
}

func megabytes(n int64) string { return strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64) + " MB" }

// makeRoom deletes whole ended scans of the session, oldest first, while the
// store would be more than 90 % full with need bytes more. If the scan would
// not fit even without them, it deletes nothing and fails.
func (db *DB) makeRoom(ctx context.Context, session string, need, limit int64) error {
	u, err := db.Usage(ctx)
	if err != nil {
		return err
	}
	excess := u.Bytes + need - limit/10*9
	if excess <= 0 {
		return nil
	}
	ended, size, err := db.ended(ctx, session)
	if err != nil {
		return err
	}
	if u.Bytes-size+need > limit {
		return &FullError{need, u.Bytes - size, limit}
	}
	for i := 0; i < len(ended) && excess > 0; i++ {
		if err := db.Delete(ctx, ended[i]); err != nil {
			return err
		}
		excess -= ended[i].Bytes
	}
	return nil
}

// ended are the ended scans of a session, oldest first, and their bytes.
func (db *DB) ended(ctx context.Context, session string) (list []*data.Scan, size int64, err error) {
	scans, err := db.Scans(ctx, session)
	for _, s := range scans {
		if s.Outcome != "" {
			list, size = append(list, s), size+s.Bytes
		}
	}
	return list, size, err
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

// grow reserves more room for a scan that is larger than was predicted: an
// open-ended one, or one that was steered. It doubles, or takes a fiftieth of
// the store, so that it is rare; and never less than what is there already.
func (p *Publisher) grow(ctx context.Context) error {
	p.mu.Lock()
	total := p.queue.total
	failed := p.err != nil
	p.mu.Unlock()
	if total <= p.size || failed {
		return nil
	}
	more := max(flushSize, min(p.size, p.o.Limit/50), total-p.size)
	err := p.db.makeRoom(ctx, p.session, more, p.o.Limit)
	var full *FullError
	if errors.As(err, &full) {
		p.fail(err, false)
		return nil
	}
	if err != nil {
		return err
	}
	p.size += more
	return p.flusher.link.HSet(ctx, p.keys[1], "bytes", p.size).Err()
}
