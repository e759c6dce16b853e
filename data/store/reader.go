package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"blissh/data"
	"blissh/internal/redisconn"
)

// readCount is how many entries one XREAD takes at most from each stream.
const readCount = 100

// readSize is how many bytes of arrays a reader takes at most before it gives
// out their events, or the arrays of one block.
const readSize = 8 << 20

// FollowOptions says what to follow; the zero value is the running scan from
// its beginning, and everything new.
type FollowOptions struct {
	// Ended replays the scans that have ended and are still there, first.
	Ended bool
	// Scan is the uid of the only scan to follow, ended or not. After its end
	// Next returns io.EOF.
	Scan string
	// NoArrays leaves out the values of spectra and images, which are read
	// from the store otherwise, however large.
	NoArrays bool
	// NoWait ends with what is there: Next returns io.EOF instead of waiting,
	// in the middle of a running scan, too.
	NoWait bool

	news  bool                 // only scans that do not exist yet
	nodes bool                 // only NewNode, for which no stream is read
	wants func(data.Node) bool // if not nil: of which arrays the values are read
}

// Reader follows a session. Next and Events belong to one goroutine; Close may
// be called from any.
type Reader struct {
	db      *DB
	session string
	o       FollowOptions
	closing chan struct{}
	bounds  *redisconn.Bounds // of the replies on its connection
	count   int64             // entries that one XREAD may take

	mu   sync.Mutex
	link *redis.Client // nil: not connected

	queue   []data.Event // to be returned
	held    int          // bytes of arrays in it that the last XREAD brought
	store   string       // identity of the store, as far as known
	events  string       // last ID read of the session's events
	listed  bool         // the place in them has been found
	seen    map[string]bool
	backlog []string // uids to be followed when the ended scan before is done
	before  []string // uids that were there at the beginning, of a reader of news
	tails   []*tail
	beat    string    // heartbeat
	looked  time.Time // when it was read; zero after an outage
}

// Follow begins to follow a session, which need not exist yet. It connects, on
// a connection of the reader's own, and fails if that is not possible. The
// caller closes the reader.
func (db *DB) Follow(ctx context.Context, session string, o FollowOptions) (*Reader, error) {
	if !data.ValidName(session) {
		return nil, fmt.Errorf("follow: %q is not the name of a session", session)
	}
	r := &Reader{
		db: db, session: session, o: o, closing: make(chan struct{}), seen: map[string]bool{}, events: "0-0",
		bounds: redisconn.NewBounds(streamField, streamReply), count: readCount,
	}
	if err := r.start(ctx); err != nil {
		r.hangUp()
		return nil, fmt.Errorf("follow %s: %w", session, err)
	}
	if err := db.own(r); err != nil {
		r.hangUp()
		return nil, err
	}
	return r, nil
}

func (r *Reader) start(ctx context.Context) (err error) {
	if _, err = r.db.identify(ctx); err != nil {
		return err
	}
	if r.o.Scan != "" {
		if _, err := r.db.ScanByUID(ctx, r.session, r.o.Scan); err != nil {
			return err
		}
		r.backlog, r.seen[r.o.Scan] = []string{r.o.Scan}, true
	}
	if err := r.connect(ctx); err != nil {
		return err
	}
	r.store, err = r.identity(ctx, r.link)
	return err
}

// Next waits for the next event and returns it. While the store is away it
// goes on trying; what was not seen is read then. It returns the cause when
// ctx ends, and may be called again; ErrClosed after Close; io.EOF after the
// only scan that was asked for. What is in the store but is not a scan's is an
// error that wraps ErrMalformed, once; Next may be called again.
func (r *Reader) Next(ctx context.Context) (data.Event, error) {
	for {
		select {
		case <-r.closing:
			return nil, ErrClosed
		default:
		}
		if len(r.queue) > 0 {
			e := r.queue[0]
			r.queue[0] = nil
			r.queue = r.queue[1:]
			return e, nil
		}
		if err := r.wait(ctx); err != nil {
			return nil, err
		}
	}
}

// Events are the events as Next returns them, ending with the first error,
// which is left out if it is io.EOF or ErrClosed.
func (r *Reader) Events(ctx context.Context) iter.Seq2[data.Event, error] {
	return sequence(ctx, r.Next)
}

// Close ends the reader and a Next in progress.
func (r *Reader) Close() error {
	r.mu.Lock()
	select {
	case <-r.closing:
	default:
		close(r.closing)
	}
	r.mu.Unlock()
	r.hangUp()
	r.db.disown(r)
	return nil
}

// hangUp closes the connection, which is the only thing that ends a blocked
// XREAD at once.
func (r *Reader) hangUp() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.link != nil {
		r.link.Close()
		r.link = nil
	}
}

// wait reads until something has come or the time to look around.
func (r *Reader) wait(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	stop := context.AfterFunc(ctx, r.hangUp)
	err := r.step(ctx)
	stop()
	switch {
	case ctx.Err() != nil && len(r.queue) == 0:
		return context.Cause(ctx)
	case err == nil:
		return nil
	case errors.Is(err, errNoMore):
		return io.EOF
	case !unreachable(err), r.o.NoWait:
		return fmt.Errorf("follow %s: %w", r.session, err)
	}
	r.hangUp()
	r.looked = time.Time{}
	select {
	case <-r.closing:
	case <-ctx.Done():
	case <-time.After(r.db.times.retry):
	}
	return nil
}

// errNoMore ends a reader of one scan; a broken connection says io.EOF, too.
var errNoMore = errors.New("no more scans")

// step is one XREAD over the session's events and the scans' streams.
func (r *Reader) step(ctx context.Context) error {
	if err := r.promote(ctx); err != nil || len(r.queue) > 0 {
		return err
	}
	if r.o.Scan != "" && len(r.tails) == 0 && len(r.queue) == 0 {
		return errNoMore
	}
	if err := r.connect(ctx); err != nil {
		return err
	}
	link := r.current()
	if link == nil {
		return redisconn.ErrBroken
	}
	if err := r.read(ctx, link); err != nil {
		return err
	}
	if r.o.NoWait || time.Since(r.looked) < r.db.times.block {
		return nil
	}
	return r.look(ctx, link)
}

func (r *Reader) current() *redis.Client {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.link
}

// connect makes sure that there is a connection. After a new one it lists the
// scans, for their announcements may have been missed.
func (r *Reader) connect(ctx context.Context) error {
	if r.current() != nil {
		return nil
	}
	link, err := redisconn.Bounded(ctx, r.db.url, sessionKey(r.session), r.bounds)
	if err != nil {
		return err
	}
	r.mu.Lock()
	r.link = link
	select {
	case <-r.closing:
		link.Close()
	default:
	}
	r.mu.Unlock()
	return r.list(ctx, link)
}
