package embedded

import (
	"errors"
	"net"
	"sync"
	"syscall"
	"time"
)

// A reply waits in memory while its client is busy. A client that lets this
// much pile up, or takes nothing at all for this long, is cut.
const (
	maxQueued = 256 << 20 // bytes
	maxStall  = time.Minute
)

var errSlow = errors.New("embedded store: client does not read its replies")

// conn is the server's side of a connection. Write never blocks, because
// miniredis writes with its lock held; the write goroutine, owned by the
// Server, does the waiting.
type conn struct {
	net.Conn
	requests *requests
	raw      syscall.RawConn // nil if the connection has no descriptor
	backlog  int             // bound of queue, bytes

	mu      sync.Mutex
	ready   sync.Cond // something queued, or closing
	queue   []byte
	writing bool // the write goroutine has bytes in hand
	closing bool
	once    struct{ trust, leave sync.Once }
}

func (c *conn) trust() { c.once.trust.Do(func() { close(c.requests.trusted) }) }
func (c *conn) leave() { c.once.leave.Do(func() { close(c.requests.gone) }) }

func newConn(nc net.Conn, backlog int, trusted bool) *conn {
	c := &conn{Conn: nc, requests: newRequests(nc), backlog: backlog}
	if trusted {
		c.trust()
	}
	c.ready.L = &c.mu
	if s, ok := nc.(syscall.Conn); ok {
		c.raw, _ = s.SyscallConn()
	}
	return c
}

func (c *conn) Read(p []byte) (int, error) { return c.requests.Read(p) }

// Write sends what the socket takes at once and queues the rest. Who has not given
// the password gets nothing but errors, so another reply tells that it was given.
func (c *conn) Write(p []byte) (int, error) {
	if len(p) > 0 && p[0] != '-' {
		c.trust()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing {
		return 0, net.ErrClosed
	}
	rest := p
	if !c.writing && len(c.queue) == 0 {
		rest = p[c.send(p):]
	}
	if len(rest) == 0 {
		return len(p), nil
	}
	if len(c.queue)+len(rest) > c.backlog {
		c.queue, c.closing = nil, true
		c.Conn.Close()
		c.ready.Signal()
		return 0, errSlow
	}
	c.queue = append(c.queue, rest...)
	c.ready.Signal()
	return len(p), nil
}

// send writes without waiting and returns how much went. A broken connection
// shows in the write goroutine, which gets the rest.
func (c *conn) send(p []byte) int {
	if c.raw == nil {
		return 0
	}
	sent := 0
	_ = c.raw.Write(func(fd uintptr) bool {
		n, err := syscall.Write(int(fd), p)
		if err == nil {
			sent = n
		}
		return true
	})
	return sent
}

// write sends the queue until the connection is closed, then what is left of
// it, then closes.
func (c *conn) write() {
	defer c.Conn.Close()
	var batch []byte
	for {
		batch = c.take(batch[:0])
		if len(batch) == 0 || c.push(batch) != nil {
			c.cut()
			return
		}
		if cap(batch) > 1<<20 {
			batch = nil // do not keep an image's worth for the next "+OK"
		}
	}
}

// take waits for queued bytes and exchanges them for an empty buffer; it
// returns nothing when the connection is closed and the queue is empty.
func (c *conn) take(empty []byte) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writing = false
	for len(c.queue) == 0 && !c.closing {
		c.ready.Wait()
	}
	full := c.queue
	c.queue, c.writing = empty, true
	return full
}

// push gives a slow client time as long as it takes something.
func (c *conn) push(p []byte) error {
	for len(p) > 0 {
		if err := c.Conn.SetWriteDeadline(time.Now().Add(maxStall)); err != nil {
			return err
		}
		n, err := c.Conn.Write(p[:min(len(p), 64<<10)])
		if err != nil {
			return err
		}
		p = p[n:]
	}
	return nil
}

// Close lets the write goroutine finish, so that the reply to QUIT arrives.
func (c *conn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing {
		return nil
	}
	c.closing = true
	c.leave()
	c.ready.Signal()
	return c.Conn.SetReadDeadline(time.Unix(1, 0)) // ends a Read in progress
}

// cut closes now; what is queued is lost.
func (c *conn) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue, c.closing = nil, true
	c.leave()
	c.ready.Signal()
	c.Conn.Close()
}
