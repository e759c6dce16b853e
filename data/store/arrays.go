package store

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"

	"blissh/data"
	"blissh/internal/redisconn"
)

// smallPoint is the largest array that is read on the connections for ordinary
// commands; larger ones get one whose bounds fit them.
const smallPoint = 4 << 20

// Array reads point i of a spectrum or image; negative indices count from the
// end, as in Get.
func (db *DB) Array(ctx context.Context, n data.Node, i int) (data.Array, error) {
	i, err := db.index(ctx, n, i)
	if err != nil {
		return data.Array{}, err
	}
	list, err := db.Arrays(ctx, n, i, i+1)
	if err != nil {
		return data.Array{}, err
	}
	if len(list) != 1 {
		return data.Array{}, fmt.Errorf("%s: point %d: %w", n.DBName, i, ErrNotFound)
	}
	return list[0], nil
}

// Arrays reads the points first to last-1 of a spectrum or image, all of them
// into memory; the indices are those of Slice.
func (db *DB) Arrays(ctx context.Context, n data.Node, first, last int) ([]data.Array, error) {
	if n.Channel == nil || n.Scan == nil || n.Channel.Scalar() {
		return nil, fmt.Errorf("%s is not a spectrum or an image", n.DBName)
	}
	if _, err := readable(n.Scan); err != nil {
		return nil, err
	}
	if c, ok := n.Scan.Channel(n.Channel.Name); !ok || c.PointSize() != n.Channel.PointSize() {
		return nil, fmt.Errorf("%s is not a data channel of %s", n.Channel.Name, n.Scan.DBName())
	}
	first, last, err := db.span(ctx, n, first, last)
	if err != nil {
		return nil, err
	}
	list, err := db.arrays(ctx, n, first, last)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", n.DBName, err)
	}
	return list, nil
}

func (db *DB) arrays(ctx context.Context, n data.Node, first, last int) ([]data.Array, error) {
	if n.Channel.PointSize() <= smallPoint {
		return arraysFrom(ctx, db.client, n, first, last)
	}
	size := int64(n.Channel.PointSize())
	link, err := redisconn.Bounded(ctx, db.url, sessionKey(n.Scan.Session), redisconn.NewBounds(size, size+flushSize))
	if err != nil {
		return nil, err
	}
	defer link.Close()
	return arraysFrom(ctx, link, n, first, last)
}

// arraysFrom reads block by block.
func arraysFrom(ctx context.Context, from redis.Cmdable, n data.Node, first, last int) ([]data.Array, error) {
	var list []data.Array
	key, next := arrayKey(n.Scan.Session, n.Scan.UID, n.Channel.Name), id{k: int64(first) + 1}
	for first < last {
		page, err := from.XRangeN(ctx, key, next.String(), "+", 1).Result()
		if err != nil || len(page) == 0 {
			return list, err
		}
		block, begin, end, err := arrayBlock(*n.Channel, page[0])
		if err != nil {
			return nil, err
		}
		if begin > first {
			return nil, fmt.Errorf("points %d to %d: %w", first, begin-1, ErrNotFound)
		}
		list = append(list, block[first-begin:min(last, end)-begin]...)
		first, next = end, id{k: int64(end), seq: 1}
	}
	return list, nil
}

// arrayBlock decodes an entry of an array stream, which has the points begin to
// end-1.
func arrayBlock(c data.Channel, m redis.XMessage) (list []data.Array, begin, end int, err error) {
	at, err := parseID(m.ID)
	if err != nil {
		return nil, 0, 0, err
	}
	b, _ := m.Values[dataField].(string)
	n := len(b) / c.PointSize()
	if list, err = cutArrays(c, b, n); err != nil || n == 0 || at.k >= foreignPoints || int(at.k) < n {
		return nil, 0, 0, fmt.Errorf("entry %s: %w: no arrays of %d bytes end there", m.ID, ErrMalformed, c.PointSize())
	}
	return list, int(at.k) - n, int(at.k), nil
}
