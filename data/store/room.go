package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"blissh/data"
)

// FullError says that a scan does not fit into the store, even without the
// scans that could go.
type FullError struct {
	Need  int64 // bytes of the scan
	Free  int64 // bytes of the limit that are not in use
	Ended int64 // bytes of ended scans, which could go
	Used  int64 // bytes of running scans, which could not
	Limit int64 // bytes that the store may hold
}

func (e *FullError) Error() string {
	return fmt.Sprintf("the store is too full: the scan needs %s; of %s, %s are free, ended scans could give %s, running ones use %s",
		megabytes(e.Need), megabytes(e.Limit), megabytes(e.Free), megabytes(e.Ended), megabytes(e.Used))
}

// megabytes is a number of bytes for people.
func megabytes(n int64) string { return strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64) + " MB" }

// makeRoom deletes whole ended scans while the store would be more than 90 %
// full with need bytes more: the oldest first, those of this session before
// those of others. If the scan would not fit even without them, it deletes
// nothing and fails.
func (db *DB) makeRoom(ctx context.Context, session string, need, limit int64) error {
	excess, err := db.excess(ctx, need, limit)
	if err != nil || excess <= 0 {
		return err
	}
	own, others, err := db.endedScans(ctx, session)
	if err != nil {
		return err
	}
	used, ended := excess-need+limit/10*9, size(own)+size(others)
	if used-ended+need > limit {
		return &FullError{Need: need, Free: max(0, limit-used), Ended: ended, Used: used - ended, Limit: limit}
	}
	if err := db.deleteOldest(ctx, own, &excess); err != nil || excess <= 0 || len(others) == 0 {
		return err
	}
	return db.deleteOthers(ctx, session, need, limit)
}

// excess is by how much the store would be more than 90 % full.
func (db *DB) excess(ctx context.Context, need, limit int64) (int64, error) {
	u, err := db.Usage(ctx)
	return u.Bytes + need - limit/10*9, err
}

// endedScans are those that could go, oldest first.
func (db *DB) endedScans(ctx context.Context, session string) (own, others []*data.Scan, err error) {
	names, err := db.Sessions(ctx)
	if err != nil {
		return nil, nil, err
	}
	ended := map[string]float64{}
	for _, name := range names {
		scans, err := db.Scans(ctx, name)
		if err != nil {
			return nil, nil, err
		}
		scans = slices.DeleteFunc(scans, func(s *data.Scan) bool { return s.Outcome == "" })
		if name == session {
			own = scans
			continue
		}
		others = append(others, scans...)
		if err := db.addEnds(ctx, name, ended); err != nil {
			return nil, nil, err
		}
	}
	slices.SortStableFunc(others, func(a, b *data.Scan) int { return cmp.Compare(ended[a.UID], ended[b.UID]) })
	return own, others, nil
}

// addEnds notes when the scans of a session ended, by the server's clock.
func (db *DB) addEnds(ctx context.Context, session string, ended map[string]float64) error {
	list, err := db.client.ZRangeWithScores(ctx, scansKey(session), 0, -1).Result()
	for _, z := range list {
		if uid, ok := z.Member.(string); ok {
			ended[uid] = z.Score
		}
	}
	return err
}

func size(scans []*data.Scan) (sum int64) {
	for _, s := range scans {
		sum += s.Bytes
	}
	return sum
}

// deleteOldest deletes scans while excess is more than 0.
func (db *DB) deleteOldest(ctx context.Context, scans []*data.Scan, excess *int64) error {
	for i := 0; i < len(scans) && *excess > 0; i++ {
		if err := db.Delete(ctx, scans[i]); err != nil {
			return err
		}
		*excess -= scans[i].Bytes
	}
	return nil
}

// cleaning is how long the right to delete other sessions' scans may be held.
const cleaning = 10 * time.Second

// deleteOthers deletes scans of other sessions, under the store's lease: two
// sessions that want room at once do not both take it.
func (db *DB) deleteOthers(ctx context.Context, session string, need, limit int64) error {
	token := randomID()
	for {
		ok, err := db.client.SetNX(ctx, storeLeaseKey, token, cleaning).Result()
		if err != nil {
			return err
		}
		if ok {
			break
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("make room in the store: another session is at it: %w", context.Cause(ctx))
		case <-time.After(db.times.retry):
		}
	}
	defer db.script.release.Run(context.WithoutCancel(ctx), db.client, []string{storeLeaseKey}, token)
	excess, err := db.excess(ctx, need, limit) // it may have changed meanwhile
	if err != nil || excess <= 0 {
		return err
	}
	_, others, err := db.endedScans(ctx, session)
	return cmp.Or(err, db.deleteOldest(ctx, others, &excess))
}

// grow reserves more room for a scan that is larger than was predicted: an
// open-ended one, or one that was steered. It doubles, or takes a fiftieth of
// the store, so that it is rare; and never less than what is there already.
func (p *Publisher) grow(ctx context.Context) error {
	p.mu.Lock()
	total, size := p.queue.total, p.size
	failed := p.err != nil
	p.mu.Unlock()
	if total <= size || failed {
		return nil
	}
	more := max(flushSize, min(size, p.o.Limit/50), total-size)
	err := p.db.makeRoom(ctx, p.session, more, p.o.Limit)
	var full *FullError
	if errors.As(err, &full) {
		p.fail(err, false)
		return nil
	}
	if err != nil {
		return err
	}
	return p.flusher.link.HSet(ctx, p.keys[1], "bytes", p.reserved(more)).Err()
}

// reserved adds to what is reserved in the store, and gives the sum.
func (p *Publisher) reserved(more int64) int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.size += more
	return p.size
}

// Room makes room for a scan that is to have so many points; the error says that
// there is none. It asks the store only when more is needed than was.
func (p *Publisher) Room(ctx context.Context, points int) error {
	p.mu.Lock()
	more := int64(0)
	if p.queue != nil {
		more = p.queue.predict(points) - p.size
	}
	p.mu.Unlock()
	if more <= 0 {
		return nil
	}
	if err := p.db.makeRoom(ctx, p.session, more, p.o.Limit); err != nil {
		return err
	}
	err := p.db.client.HSet(ctx, p.keys[1], "bytes", p.reserved(more)).Err()
	if err != nil {
		p.reserved(-more) // it is asked again
	}
	return err
}
