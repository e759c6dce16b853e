package embedded

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// Bounds of one request. Redis allows a million arguments of 512 MB each;
// blissh's largest is one image.
const (
	maxArguments = 1 << 16
	maxArgument  = 128 << 20 // bytes
	maxRequest   = 256 << 20 // bytes
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
	header  []byte // to be handed out before anything else
	payload int    // bytes of the current argument still to come, with its \r\n
	args    int    // arguments of the current request still to come
	total   int    // bytes of the current request so far
}

func newRequests(r io.Reader) *requests {
	return &requests{r: bufio.NewReaderSize(r, 16<<10)}
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
	case n < 0 || n > maxArgument || q.total+n > maxRequest:
		return fmt.Errorf("%w: argument of %d bytes", errRequest, n)
	}
	q.args--
	q.total += n
	q.payload = n + len("\r\n")
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
