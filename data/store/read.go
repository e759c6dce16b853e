package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"blissh/data"
	"blissh/internal/redisconn"
)

// pageSize is how many entries one XRANGE takes; one at a time when so many are
// more than a reply may have.
const pageSize = 500

// Get reads point i of a scalar data channel; -1 is the last point, -2 the one
// before. The error wraps ErrNotFound when there is no such point.
func (db *DB) Get(ctx context.Context, n data.Node, i int) (float64, error) {
	i, err := db.index(ctx, n, i)
	if err != nil {
		return 0, err
	}
	list, err := db.Slice(ctx, n, i, i+1)
	if err != nil {
		return 0, err
	}
	if len(list) != 1 {
		return 0, fmt.Errorf("%s: point %d: %w", n.DBName, i, ErrNotFound)
	}
	return list[0], nil
}

// Slice reads the points first to last-1 of a scalar data channel; last -1
// means to the end, first -10 the tenth before the end. Fewer are returned if
// the scan has fewer.
func (db *DB) Slice(ctx context.Context, n data.Node, first, last int) ([]float64, error) {
	if n.Channel == nil || n.Scan == nil || !n.Channel.Scalar() {
		return nil, fmt.Errorf("%s is not a scalar data channel", n.DBName)
	}
	first, last, err := db.span(ctx, n, first, last)
	if err != nil {
		return nil, err
	}
	columns, err := db.columns(ctx, n.Scan, []data.Channel{*n.Channel}, first, last)
	return columns[n.Name], err
}

// span resolves indices that count from the end.
func (db *DB) span(ctx context.Context, n data.Node, first, last int) (int, int, error) {
	if last < 0 || last > foreignPoints {
		last = foreignPoints
	}
	if first >= 0 {
		return first, last, nil
	}
	points, err := db.points(ctx, n.Scan)
	if err != nil {
		return 0, 0, fmt.Errorf("%s: %w", n.DBName, err)
	}
	return max(0, points+first), last, nil
}

// Len is how many points of a scan, or of the scan of a data channel, there are.
func (db *DB) Len(ctx context.Context, n data.Node) (int, error) {
	if n.Scan == nil {
		return 0, fmt.Errorf("%s is no scan or data channel", n.DBName)
	}
	points, err := db.points(ctx, n.Scan)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", n.DBName, err)
	}
	return points, nil
}

// Columns reads all scalar data channels of a scan: name to values, all of the
// same length.
func (db *DB) Columns(ctx context.Context, s *data.Scan) (map[string][]float64, error) {
	var scalars []data.Channel
	for _, c := range s.Channels {
		if c.Scalar() {
			scalars = append(scalars, c)
		}
	}
	return db.columns(ctx, s, scalars, 0, foreignPoints)
}

// readable is the layout of a scan that is to be read.
func readable(s *data.Scan) (layout, error) {
	if !data.ValidName(s.Session) || !data.ValidName(s.UID) {
		return layout{}, fmt.Errorf("%.80q: %w: no name of a scan", s.DBName(), ErrMalformed)
	}
	l, err := newLayout(s)
	if err != nil {
		return l, fmt.Errorf("%s: %w: %w", s.DBName(), ErrMalformed, err)
	}
	return l, nil
}

// columns reads the points first to last-1 of some data channels.
func (db *DB) columns(ctx context.Context, s *data.Scan, channels []data.Channel, first, last int) (map[string][]float64, error) {
	columns := make(map[string][]float64, len(channels))
	for _, c := range channels {
		columns[c.Name] = []float64{}
	}
	l, err := readable(s)
	if err != nil {
		return nil, err
	}
	from := first
	err = db.blocks(ctx, s, first, last, func(k int, fields map[string]string) error {
		n, err := l.points(fields)
		switch {
		case err != nil:
			return fmt.Errorf("entry %d-0: %w: %w", k, ErrMalformed, err)
		case k-n > from:
			return fmt.Errorf("points %d to %d: %w", from, k-n-1, ErrNotFound)
		case k-n < 0 || k-n < from && from > first:
			return fmt.Errorf("entry %d-0: %w: %d points end there, %d were there", k, ErrMalformed, n, from)
		}
		err = cut(columns, channels, fields, k-n, from, min(last, k))
		from = k
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.DBName(), err)
	}
	return columns, nil
}

// cut adds the points from to to-1 of a block that begins at point first.
func cut(columns map[string][]float64, channels []data.Channel, fields map[string]string, first, from, to int) error {
	for _, c := range channels {
		size := data.ItemSize(c.DType)
		b := fields[c.Name][(from-first)*size : (to-first)*size]
		var err error
		if columns[c.Name], err = data.Decode(columns[c.Name], c.DType, []byte(b)); err != nil {
			return fmt.Errorf("%s: %w", c.Name, err)
		}
	}
	return nil
}

// blocks reads the blocks with the points first to last-1, which must be there
// without a hole. k is the number of points after the block.
func (db *DB) blocks(ctx context.Context, s *data.Scan, first, last int, each func(k int, fields map[string]string) error) error {
	next, count := id{k: int64(first) + 1}, int64(pageSize)
	for first < last {
		page, err := db.client.XRangeN(ctx, streamKey(s.Session, s.UID), next.String(), "+", count).Result()
		if errors.Is(err, redisconn.ErrTooLarge) && count > 1 {
			count = 1
			continue
		}
		if err != nil {
			return err
		}
		if len(page) == 0 {
			return db.exists(ctx, s)
		}
		for _, m := range page {
			at, err := parseID(m.ID)
			if err != nil || at.k >= foreignPoints || first >= last {
				return err
			}
			next = id{at.k, at.seq + 1}
			if at.seq != 0 {
				continue
			}
			if err := each(int(at.k), texts(m)); err != nil {
				return err
			}
			first = int(at.k)
		}
	}
	return nil
}

func texts(m redis.XMessage) map[string]string {
	fields := make(map[string]string, len(m.Values))
	for k, v := range m.Values {
		fields[k], _ = v.(string)
	}
	return fields
}

// exists is nil if the scan's stream is there.
func (db *DB) exists(ctx context.Context, s *data.Scan) error {
	n, err := db.client.Exists(ctx, streamKey(s.Session, s.UID)).Result()
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return err
}

// index turns an index from the end into one from the beginning.
func (db *DB) index(ctx context.Context, n data.Node, i int) (int, error) {
	if n.Channel == nil || n.Scan == nil {
		return 0, fmt.Errorf("%s is not a data channel", n.DBName)
	}
	if i >= 0 {
		return i, nil
	}
	points, err := db.points(ctx, n.Scan)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", n.DBName, err)
	}
	if points+i < 0 {
		return 0, fmt.Errorf("%s: point %d of %d: %w", n.DBName, i, points, ErrNotFound)
	}
	return points + i, nil
}

// points is how many points of a scan are in the store.
func (db *DB) points(ctx context.Context, s *data.Scan) (int, error) {
	below := id{foreignPoints - 1, 1<<63 - 1}
	list, err := db.client.XRevRangeN(ctx, streamKey(s.Session, s.UID), below.String(), "-", 1).Result()
	if err != nil {
		return 0, err
	}
	if len(list) == 0 {
		return 0, db.exists(ctx, s)
	}
	at, err := parseID(list[0].ID)
	return int(at.k), err
}
