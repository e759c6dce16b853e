package embedded

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
)

// Bounds of one request. Redis allows a million arguments of 512 MB each;
// blissh's largest is one image.
const (
	maxArguments = 1 << 16
	maxArgument  = 128 << 20 // bytes
	maxRequest   = 256 << 20 // bytes
	// A longer argument is passed on when all of it is there, for whoever reads
	// the length takes that much memory.
	maxClaim = 64 << 10 // bytes
	maxTrust = 2 * time.Second
)

var errRequest = errors.New("embedded store: not a Redis request")

// requests passes on the bytes of well-formed requests and nothing else:
//
//	*<n>\r\n ( $<length>\r\n <length bytes>\r\n ) n times
//
// Empty requests are dropped, as Redis does; anything else ends the
// connection. Memory does not depend on what the client claims to send.
type requests struct {
	r       *bufio.Reader
	trusted chan struct{} // closed when the client has given the password, or there is none
	gone    chan struct{} // closed when nobody needs an answer any more
	header  []byte        // to be handed out before anything else
	held    []byte        // a long argument, to be handed out next
	payload int           // bytes of the current argument still to come, with its \r\n
	args    int           // arguments of the current request still to come
	total   int           // bytes of the current request so far
}

func newRequests(r io.Reader) *requests {
	return &requests{r: bufio.NewReaderSize(r, 16<<10), trusted: make(chan struct{}), gone: make(chan struct{})}
}

// admitted waits for what has been sent before to be answered, the password
// perhaps, before a long argument is read.
func (q *requests) admitted() bool {
	late := time.NewTimer(maxTrust)
	defer late.Stop()
	select {
	case <-q.trusted:
		return true
	case <-q.gone:
	case <-late.C:
	}
	return false
}

func (q *requests) Read(p []byte) (int, error) {
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
	if len(q.held) > 0 {
		n := copy(p, q.held)
		q.held, q.payload = q.held[n:], q.payload-n
		return n, nil
	}
	q.held = nil // it may have been large
	n, err := q.r.Read(p[:min(len(p), q.payload)])
	q.payload -= n
	return n, err
}

// next reads one header line.
func (q *requests) next() error {
	line, err := q.r.ReadSlice('\n')
	if err != nil {
		return err
	}
	if q.args == 0 {
		return q.request(line)
	}
	return q.argument(line)
}

func (q *requests) request(line []byte) error {
	n, err := number(line, '*')
	switch {
	case err != nil:
		return err
	case n <= 0:
		return nil
	case n > maxArguments:
		return fmt.Errorf("%w: %d arguments", errRequest, n)
	}
	q.args, q.total = n, 0
	q.header = fmt.Appendf(q.header[:0], "*%d\r\n", n)
	return nil
}

func (q *requests) argument(line []byte) error {
	n, err := number(line, '$')
	switch {
	case err != nil:
		return err
	case n < 0 || n > maxArgument || q.total+n > maxRequest, q.total+n > maxClaim && !q.admitted():
		return fmt.Errorf("%w: argument of %d bytes", errRequest, n)
	}
	q.args--
	q.total += n
	q.payload = n + len("\r\n")
	if q.payload > maxClaim {
		var b bytes.Buffer
		if _, err := io.CopyN(&b, q.r, int64(q.payload)); err != nil {
			return err
		}
		q.held = b.Bytes()
	}
	q.header = fmt.Appendf(q.header[:0], "$%d\r\n", n)
	return nil
}

// number reads "*12\r\n"; more than ten digits are none of ours.
func number(line []byte, kind byte) (int, error) {
	if len(line) < 4 || len(line) > 14 || line[0] != kind || line[len(line)-2] != '\r' {
		return 0, errRequest
	}
	n, err := strconv.Atoi(string(line[1 : len(line)-2]))
	if err != nil {
		return 0, errRequest
	}
	return n, nil
}
