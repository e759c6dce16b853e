package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"blissh/data"
)

// lateEnd is the end of a scan that its publisher could not write, because the
// store was away for too long or the lease was not held. The session writes it
// when it can.
type lateEnd struct {
	scan   *data.Scan // a copy
	end    ending
	axes   []byte // as the description has them at the end; nil: as they were
	points int    // that the scan had, in the store or not
	bytes  int64  // of the scan
	ttl    time.Duration
}

// leave hands the end to the session; the goroutine has ended.
func (p *Publisher) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := *p.scan
	e := lateEnd{scan: &s, end: *p.end, axes: p.axes, points: int(p.queue.k), bytes: p.queue.total, ttl: p.o.TTL}
	p.db.mu.Lock()
	defer p.db.mu.Unlock()
	p.db.late = append(p.db.late, e)
}

// writeLate writes the ends that were left to this session. What goes wrong is
// tried again after the next heartbeat.
func (s *Session) writeLate(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, s.patience())
	defer cancel()
	s.db.mu.Lock()
	list := slices.Clone(s.db.late)
	s.db.mu.Unlock()
	for _, e := range list {
		if e.scan.Session == s.name && s.db.endLate(ctx, e) == nil {
			s.db.forget(e.scan.UID)
		}
	}
}

// endLate ends a scan with the points that are there. One that has been ended
// or deleted meanwhile is left as it is.
func (db *DB) endLate(ctx context.Context, e lateEnd) error {
	n, err := db.points(ctx, e.scan)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if n < e.points && (e.end.Outcome == data.Done || e.end.Outcome == data.Stopped) {
		e.end.Outcome, e.end.Reason = data.Failed, "the store was lost, and the last points with it"
	}
	e.end.Points = -1
	_, _, err = db.endScan(ctx, e.scan.Session, e.scan.UID, ownKeys(e.scan), "", e.end, e.axes, e.bytes, e.ttl)
	return err
}

// giveUp ends the publishers of a session that still try to write an end, which
// is left to the session.
func (db *DB) giveUp(session string) {
	for _, p := range db.publishers(session) {
		p.mu.Lock()
		ending := p.end != nil
		p.mu.Unlock()
		if ending {
			p.Close()
		}
	}
}

func (db *DB) forget(uid string) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.late = slices.DeleteFunc(db.late, func(e lateEnd) bool { return e.scan.UID == uid })
}
