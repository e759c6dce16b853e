package redisconn

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync/atomic"
	"syscall"
)

// ErrTooLarge is wrapped when the store holds a value that is larger than
// anything that blissh writes. Nothing of it has been allocated; its connection
// is closed.
var ErrTooLarge = errors.New("larger than it can be")

// Bounds are the sizes above which a reply is refused, before memory is taken
// for it. They may be changed between commands.
type Bounds struct {
	Field atomic.Int64 // bytes of one string
	Reply atomic.Int64 // bytes of all of it
}

// What ordinary commands answer: a block of points is 1 MB at most, and so is
// the description of a scan and the value of a shared channel.
const (
	defaultField = 4 << 20
	defaultReply = 64 << 20
	// maxElements is how long a list may be that is announced: 16 MB are taken
	// for it.
	maxElements = 1 << 20
)

// NewBounds makes bounds for one connection or one pool; 0 is the default.
func NewBounds(field, reply int64) *Bounds {
	b := &Bounds{}
	b.Set(field, reply)
	return b
}

// Set changes both bounds; 0 is the default.
func (b *Bounds) Set(field, reply int64) {
	if field == 0 {
		field = defaultField
	}
	if reply == 0 {
		reply = defaultReply
	}
	b.Field.Store(field)
	b.Reply.Store(reply)
}

// bounded makes every connection of a dialer watch its replies.
func bounded(dial dialer, b *Bounds) dialer {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		nc, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		c := &boundedConn{Conn: nc, replies: replies{r: bufio.NewReaderSize(nc, 16<<10), bounds: b}}
		if raw, ok := nc.(syscall.Conn); ok {
			return struct {
				*boundedConn
				syscall.Conn
			}{c, raw}, nil
		}
		return c, nil
	}
}

type boundedConn struct {
	net.Conn
	replies
}

func (c *boundedConn) Read(p []byte) (int, error) { return c.replies.Read(p) }

// replies passes on the bytes of RESP2 replies whose announced sizes are within
// the bounds; anything larger is an error before the announcement is passed on.
type replies struct {
	r       *bufio.Reader
	bounds  *Bounds
	header  []byte  // to be handed out before anything else
	payload int64   // bytes of the current string still to come, with its \r\n
	left    []int64 // elements still to come, of the list and those around it
	total   int64   // bytes of the current reply
}

func (q *replies) Read(p []byte) (int, error) {
	for len(q.header) == 0 && q.payload == 0 {
		if err := q.next(); err != nil {
			return 0, err
		}
	}
	if len(q.header) > 0 {
		n := copy(p, q.header)
		q.header = q.header[n:]
		return n, nil
	}
	n, err := q.r.Read(p[:min(int64(len(p)), q.payload)])
	q.payload -= int64(n)
	if errors.Is(err, io.EOF) && q.payload > 0 {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// next reads the line with which a value begins.
func (q *replies) next() error {
	line, err := q.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return fmt.Errorf("a line of more than %d bytes: %w", len(line), ErrTooLarge)
	}
	if errors.Is(err, io.EOF) && len(line)+len(q.left) > 0 {
		return io.ErrUnexpectedEOF
	}
	if err != nil {
		return err
	}
	if len(q.left) == 0 {
		q.total = 0
	}
	q.header = append(q.header[:0], line...)
	size, err := announced(line)
	if err != nil {
		return err
	}
	return q.enter(line[0], int64(len(line)), size)
}

// announced is the length in a line such as "$12\r\n"; 0 for values that are
// the line itself, and for those that are not there.
func announced(line []byte) (int64, error) {
	if line[0] != '$' && line[0] != '*' {
		return 0, nil
	}
	text := string(line[1 : len(line)-1])
	if n := len(text); n > 0 && text[n-1] == '\r' {
		text = text[:n-1]
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < -1 {
		return 0, fmt.Errorf("%.20q is no length of a Redis reply", text)
	}
	return n, nil
}

// enter takes note of a value that begins.
func (q *replies) enter(kind byte, line, size int64) error {
	q.total += line
	switch {
	case kind == '$' && size > q.bounds.Field.Load():
		return fmt.Errorf("a value of %d bytes: %w", size, ErrTooLarge)
	case kind == '*' && size > maxElements:
		return fmt.Errorf("a list of %d: %w", size, ErrTooLarge)
	case kind == '$' && size >= 0:
		q.payload = size + int64(len("\r\n"))
		q.total += q.payload
	}
	if q.total > q.bounds.Reply.Load() {
		return fmt.Errorf("a reply of more than %d bytes: %w", q.bounds.Reply.Load(), ErrTooLarge)
	}
	if kind == '*' && size > 0 {
		q.left = append(q.left, size)
		return nil
	}
	for n := len(q.left); n > 0; n-- { // one more is there
		if q.left[n-1]--; q.left[n-1] > 0 {
			break
		}
		q.left = q.left[:n-1]
	}
	return nil
}
