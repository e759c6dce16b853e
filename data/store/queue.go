package store

import (
	"fmt"
	"time"

	"blissh/data"
)

const (
	// flushSize is the most that one flush carries, unless one point is larger:
	// a few ms of any network, and nothing that a server has to chew on.
	flushSize = 1 << 20
	// windowSize bounds the acknowledged blocks that are kept to be sent again.
	windowSize = 64 << 20
	// arenaSize is how much memory small blocks share.
	arenaSize = 64 << 10
)

// item is one entry of the scan's stream, with those of its array streams.
type item struct {
	id     id
	n      int      // points of a block; 0 for an event
	event  string   // name of an event
	body   []byte   // columns of a block, JSON of an event
	set    []any    // fields and values of the scan's hash that the event changes
	arrays [][]byte // of a block, one per array data channel
	acked  time.Time
}

func (it *item) size() int {
	size := 64 + len(it.body)
	for _, a := range it.arrays {
		size += len(a)
	}
	return size
}

// queue is what the publisher has still to send, and what it may have to send
// again. It knows nothing of Redis and is guarded by the publisher's mutex.
//
//	base   dropped: acknowledged, and older than the window
//	items[:acked]   acknowledged, kept to be sent again
//	items[acked:]   to be sent
//	rows, open      the open block: points that are not an item yet
type queue struct {
	layout
	maxRows int // of a block

	rows []float64
	open [][]byte // per array data channel
	n    int      // points in rows

	k     int64 // points so far, open ones included
	seq   int64 // events since the block at k
	items []item
	acked int
	base  id
	kept  int // bytes in items[:acked]
	wait  int // bytes in items[acked:] and rows
	total int64

	arena []byte
}

func newQueue(l layout) *queue {
	return &queue{layout: l, maxRows: max(1, flushSize/l.point), open: make([][]byte, len(l.arrays))}
}

// row adds a point to the open block.
func (q *queue) row(r *data.Row) error {
	if int64(r.Index) != q.k {
		return fmt.Errorf("point %d came after %d points", r.Index, q.k)
	}
	if len(r.Values) != len(q.scalars) || len(r.Arrays) != len(q.arrays) {
		return fmt.Errorf("point %d has %d values and %d arrays, want %d and %d",
			r.Index, len(r.Values), len(r.Arrays), len(q.scalars), len(q.arrays))
	}
	for i, a := range r.Arrays {
		if want := q.arrays[i].PointSize(); len(a.Bytes) != want {
			return fmt.Errorf("point %d: %s has %d bytes, want %d", r.Index, q.arrays[i].Name, len(a.Bytes), want)
		}
	}
	q.rows = append(q.rows, r.Values...)
	for i, a := range r.Arrays {
		q.open[i] = append(q.open[i], a.Bytes...)
	}
	q.n, q.k, q.seq = q.n+1, q.k+1, 0
	q.wait += q.point
	return nil
}

// put adds an event; it closes the open block.
func (q *queue) put(event string, json []byte) {
	q.seal()
	q.seq++
	q.append(item{id: id{q.k, q.seq}, event: event, body: json})
}

// putChange is put for an event that changes the description.
func (q *queue) putChange(event string, json []byte, set []any) {
	q.put(event, json)
	q.items[len(q.items)-1].set = set
}

// seal turns the open block into items.
func (q *queue) seal() {
	rows, first := q.rows, q.k-int64(q.n)
	for left := q.n; left > 0; {
		n := min(left, q.maxRows)
		it := item{n: n, body: q.encode(q.room(n*q.scalar), rows[:n*len(q.scalars)]), arrays: q.cut(n)}
		first, left, rows = first+int64(n), left-n, rows[n*len(q.scalars):]
		it.id = id{k: first}
		q.append(it)
		q.wait -= n * q.point
	}
	q.rows, q.n = q.rows[:0], 0
}

// room is an empty slice for size bytes; small ones share their memory.
func (q *queue) room(size int) []byte {
	if size > arenaSize/4 {
		return make([]byte, 0, size)
	}
	if len(q.arena)+size > cap(q.arena) {
		q.arena = make([]byte, 0, arenaSize)
	}
	at := len(q.arena)
	q.arena = q.arena[:at+size]
	return q.arena[at : at : at+size]
}

// cut takes the arrays of n points from the open block.
func (q *queue) cut(n int) [][]byte {
	if len(q.arrays) == 0 {
		return nil
	}
	list := make([][]byte, len(q.arrays))
	for i, c := range q.arrays {
		size := n * c.PointSize()
		list[i], q.open[i] = q.open[i][:size:size], q.open[i][size:]
		if len(q.open[i]) == 0 {
			q.open[i] = nil
		}
	}
	return list
}

func (q *queue) append(it item) {
	q.items = append(q.items, it)
	q.wait += it.size()
	q.total += int64(it.size()) + q.overhead()
}

// overhead is what the server needs for an entry of a point beyond its values:
// 64 bytes for each entry, of which size counts the first, and 16 for each field.
func (l layout) overhead() int64 {
	return int64(16*len(l.scalars) + (64+16)*len(l.arrays))
}

// predict is the size of a scan of so many points in the store, with every
// point in an entry of its own.
func (l layout) predict(points int) int64 {
	return 4096 + int64(points)*(64+l.overhead()+int64(l.point))
}

// batch is what to send next: at most flushSize, and at least one item if
// there is any. It stays valid while the queue grows.
func (q *queue) batch() []item {
	q.seal()
	size, end := 0, q.acked
	for end < len(q.items) {
		size += q.items[end].size()
		if size > flushSize && end > q.acked {
			break
		}
		end++
	}
	return q.items[q.acked:end:end]
}

// ack notes that the next n items are in the store, and drops what is older
// than the window.
func (q *queue) ack(n int, now time.Time, window time.Duration) {
	for i := q.acked; i < q.acked+n; i++ {
		q.items[i].acked = now
		size := q.items[i].size()
		q.wait, q.kept = q.wait-size, q.kept+size
	}
	q.acked += n
	drop := 0
	for drop < q.acked-1 && (q.kept > windowSize || now.Sub(q.items[drop].acked) > window) {
		q.kept -= q.items[drop].size()
		q.base = q.items[drop].id
		q.items[drop] = item{}
		drop++
	}
	q.items, q.acked = q.items[drop:], q.acked-drop
}

// rewind makes the item after last the next to be sent. It fails if last is
// not among those that were sent, or so old that the next one is not kept.
func (q *queue) rewind(last id, now time.Time) error {
	at := -1
	if last == q.base {
		at = 0
	}
	for i := len(q.items) - 1; i >= 0 && at < 0; i-- {
		if q.items[i].id == last {
			at = i + 1
		}
	}
	if at < 0 {
		return q.stray(last)
	}
	q.kept, q.wait = 0, q.n*q.point
	for i := range q.items {
		if i < at {
			q.items[i].acked = now
			q.kept += q.items[i].size()
		} else {
			q.wait += q.items[i].size()
		}
	}
	q.acked = at
	return nil
}

// stray says why the store's last entry cannot be the publisher's.
func (q *queue) stray(last id) error {
	switch {
	case last == endID:
		return errEnded
	case last.k < q.base.k:
		return fmt.Errorf("it came back without points %d to %d, which are no longer in memory to be sent again", last.k, q.base.k-1)
	case last.less(q.base):
		return fmt.Errorf("it came back without the last events after %d points, which are no longer in memory to be sent again", last.k)
	}
	return fmt.Errorf("the entry %v is not this program's: somebody else has written into the scan", last)
}

// last is the ID of the newest acknowledged item; zero if there is none.
func (q *queue) last() id {
	if q.acked == 0 {
		return q.base
	}
	return q.items[q.acked-1].id
}

// idle reports whether everything is acknowledged.
func (q *queue) idle() bool { return q.n == 0 && q.acked == len(q.items) }
