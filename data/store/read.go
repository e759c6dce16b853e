package store

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"

	"blissh/data"
)

// pageSize is how many entries one XRANGE takes.
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
// means to the end. Fewer are returned if the scan has fewer.
func (db *DB) Slice(ctx context.Context, n data.Node, first, last int) ([]float64, error) {
	if n.Channel == nil || !n.Channel.Scalar() {
		return nil, fmt.Errorf("%s is not a scalar data channel", n.DBName)
	}
	if last < 0 {
		last = foreignPoints
	}
	columns, err := db.columns(ctx, n.Scan, []data.Channel{*n.Channel}, first, last)
	return columns[n.Name], err
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

// columns reads the points first to last-1 of some data channels.
func (db *DB) columns(ctx context.Context, s *data.Scan, channels []data.Channel, first, last int) (map[string][]float64, error) {
	columns := make(map[string][]float64, len(channels))
	for _, c := range channels {
		columns[c.Name] = []float64{}
	}
	l, err := newLayout(s)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.DBName(), err)
	}
	from := first
	err = db.blocks(ctx, s, first, last, func(k int, fields map[string]string) error {
		n, err := l.points(fields)
		if err != nil {
			return fmt.Errorf("entry %d-0: %w", k, err)
		}
		if k-n > from {
			return fmt.Errorf("points %d to %d: %w", from, k-n-1, ErrNotFound)
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
	next := id{k: int64(first) + 1}
	for first < last {
		page, err := db.client.XRangeN(ctx, streamKey(s.Session, s.UID), next.String(), "+", pageSize).Result()
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
	if n.Channel == nil {
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

// Array reads point i of a spectrum or image; negative indices count from the
// end, as in Get.
func (db *DB) Array(ctx context.Context, n data.Node, i int) (data.Array, error) {
	i, err := db.index(ctx, n, i)
	if err != nil {
		return data.Array{}, err
	}
	c := *n.Channel
	if c.Scalar() {
		return data.Array{}, fmt.Errorf("%s is a scalar data channel", n.DBName)
	}
	key := arrayKey(n.Scan.Session, n.Scan.UID, c.Name)
	list, err := db.client.XRangeN(ctx, key, id{k: int64(i) + 1}.String(), "+", 1).Result()
	if err != nil {
		return data.Array{}, fmt.Errorf("%s: %w", n.DBName, err)
	}
	if len(list) == 0 {
		return data.Array{}, fmt.Errorf("%s: point %d: %w", n.DBName, i, ErrNotFound)
	}
	return pick(c, list[0], i)
}

// pick takes point i out of a block of arrays.
func pick(c data.Channel, m redis.XMessage, i int) (data.Array, error) {
	at, err := parseID(m.ID)
	if err != nil {
		return data.Array{}, err
	}
	b, _ := m.Values[dataField].(string)
	n := len(b) / c.PointSize()
	list, err := cutArrays(c, b, n)
	if err != nil {
		return data.Array{}, err
	}
	first := int(at.k) - n
	if i < first || i >= first+n {
		return data.Array{}, fmt.Errorf("%s: point %d: %w", c.Name, i, ErrNotFound)
	}
	return list[i-first], nil
}
