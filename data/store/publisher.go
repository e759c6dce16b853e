package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"blissh/data"
)

// maxWaiting is how many bytes may wait to be sent before Ready holds the scan
// back: as much as a slow network carries within a second or so.
const maxWaiting = 8 << 20

// ErrStoreLost is wrapped by the error that fails a scan when its store stayed
// away, or came back without the scan.
var ErrStoreLost = errors.New("the store is lost")

// errEnded means that the scan's end is in the store already.
var errEnded = errors.New("another shell has ended the scan: it runs the session now")

// PublishOptions says how a scan is published. The zero value works.
type PublishOptions struct {
	// TTL is the life of the scan's data, renewed while it runs and counted
	// from its end; 0 means what the store keeps.
	TTL time.Duration
	// Limit is how many bytes of scan data the store may hold; 0 means what
	// the store keeps.
	Limit int64
	// Lease, if not nil, is Session.Check: the end is written only while it
	// returns nil.
	Lease func() error
	// OnAck, if not nil, is told how many points are acknowledged, from the
	// publisher's goroutine; it must return at once.
	OnAck func(points int)
	// OnDown, if not nil, is called when an outage of the store begins, with
	// its beginning and what is wrong, and OnUp when it is over, which it may
	// never be: the scan may end before. They are called one at a time, on any
	// goroutine, and must return at once.
	OnDown func(since time.Time, why error)
	OnUp   func()
	// Asked, if not nil, is closed by whoever wants to have done with the scan:
	// from then on Put waits 1.5 s for the end to be written. What is not
	// written then goes on being tried, as without it.
	Asked <-chan struct{}
	// OnLate, if not nil, is told how that went when Put has returned before:
	// nil when everything is in the store. It must return at once.
	OnLate func(error)
}

// Publisher writes one scan into the store. It is a sink of package scan, and
// holds the scan back while the store is away. Put and Ready belong to the
// scan's goroutine; the other methods may be called from any.
type Publisher struct {
	db      *DB
	o       PublishOptions
	scan    *data.Scan
	session string
	uid     string
	store   string   // id of the store that has the scan
	process string   // id of the server, of the last connection
	keys    []string // stream, hash, others
	flusher flusher

	ctx    context.Context // ends the goroutine
	cancel context.CancelCauseFunc
	wake   chan struct{} // something to send
	done   chan struct{} // the goroutine has ended; nil before NewNode

	mu      sync.Mutex
	queue   *queue
	changed chan struct{} // closed at the next change, if somebody waits
	sent    time.Time     // when the flush in progress left; zero: none
	oldest  time.Time     // when the oldest point that is not acknowledged came
	down    time.Time     // since when the store is away; zero: it is not; see outage.go
	why     error         // why it is away
	err     error         // why the scan has to fail
	fatal   bool          // and nothing more can be sent
	end     *ending       // the end is wanted
	axes    []byte        // the description's axes then; nil: as they were
	endErr  error         // how that went; to be read when done is closed
	size    int64         // bytes reserved in the store; guarded by mu once the scan has begun
	slow    *time.Timer   // runs during a flush, calls overdue
	left    sync.Once     // what follows the end of the goroutine

	telling sync.Mutex // held while OnDown or OnUp is called
	told    bool       // OnDown was called last
	mute    bool       // neither is called any more
}

// Publish makes the publisher of a scan, which the engine describes in s: its
// session and uid now, everything else before it puts NewNode. Nothing is
// written before that; what the store keeps is read.
func (db *DB) Publish(ctx context.Context, s *data.Scan, o PublishOptions) (*Publisher, error) {
	if !data.ValidName(s.Session) || !data.ValidName(s.UID) {
		return nil, fmt.Errorf("publish: session %q and uid %q are to be names of letters, digits, _ . and -", s.Session, s.UID)
	}
	if o.TTL <= 0 || o.Limit <= 0 {
		r, err := db.Retention(ctx)
		if err != nil {
			return nil, err
		}
		o.TTL, o.Limit = cmp.Or(max(o.TTL, 0), r.TTL), cmp.Or(max(o.Limit, 0), r.Limit)
	}
	p := &Publisher{db: db, o: o, scan: s, session: s.Session, uid: s.UID, store: db.id, wake: make(chan struct{}, 1)}
	p.ctx, p.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	return p, nil
}

// Put takes what the scan says. NewNode makes the scan in the store and waits
// for it; a Row or Steering is queued and costs no exchange; EndScan waits
// until everything is acknowledged and the end written, or gives up and says
// so; then the Session of this DB writes the end when it can. An error of an
// earlier flush is returned here, too.
func (p *Publisher) Put(ctx context.Context, e data.Event) error {
	switch e := e.(type) {
	case *data.Row:
		return p.putRow(e)
	case *data.NewNode:
		return p.putNew(ctx)
	case *data.Prepared:
		return p.putEvent(eventPrepared, struct{}{})
	case *data.Steering:
		return p.putSteering(e)
	case *data.EndScan:
		return p.putEnd(ctx, e)
	}
	return nil
}

func (p *Publisher) putRow(r *data.Row) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.usable(); err != nil {
		return err
	}
	if p.queue.idle() {
		p.oldest = time.Now()
	}
	if err := p.queue.row(r); err != nil {
		return err
	}
	p.nudge()
	return nil
}

func (p *Publisher) putEvent(event string, value any) error { return p.putChange(event, value, nil) }

// putSteering is an event that may change the description.
func (p *Publisher) putSteering(e *data.Steering) error {
	var set []any
	if e.Way != nil {
		d := e.Node.Scan
		for _, f := range []struct {
			name  string
			value any
		}{{"planned", d.Planned}, {"count_time", d.CountTime.Seconds()}, {"ranges", d.Ranges}, {"path", d.Path},
			{"shape", append([]int{}, d.Shape...)}, {"backnforth", d.BackNForth}, {"plan", d.Plan}} {
			b, err := json.Marshal(f.value)
			if err != nil {
				return err
			}
			set = append(set, f.name, b)
		}
	}
	return p.putChange(eventSteering, steering{e.What, e.Text, e.Time, e.Request, e.Answer, e.Way}, set)
}

func (p *Publisher) putChange(event string, value any, set []any) error {
	b, err := json.Marshal(value)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.usable(); err != nil {
		return err
	}
	p.queue.putChange(event, b, set)
	p.nudge()
	return nil
}

// usable tells why nothing can be put, if so.
func (p *Publisher) usable() error {
	if p.err != nil {
		return p.err
	}
	if p.queue == nil {
		return errors.New("publish: the scan has not begun")
	}
	return nil
}

// nudge wakes the goroutine.
func (p *Publisher) nudge() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// putNew makes room, makes the scan in the store and waits for it.
func (p *Publisher) putNew(ctx context.Context) error {
	l, err := newLayout(p.scan)
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	p.size = p.predict(l)
	if err := p.db.makeRoom(ctx, p.session, p.size, p.o.Limit); err != nil {
		return err
	}
	p.scan.Bytes = p.size
	if err := p.begin(l); err != nil {
		return err
	}
	if err := p.await(ctx, func() bool { return !p.queue.last().zero() }); err != nil {
		return fmt.Errorf("publish scan %d: %w", p.scan.Number, err)
	}
	return nil
}

// predict is how much room the scan gets at first. An open-ended one gets more
// when it needs it.
func (p *Publisher) predict(l layout) int64 {
	if p.scan.Planned > 0 {
		return l.predict(p.scan.Planned)
	}
	return min(l.predict(1000), max(l.predict(1), p.o.Limit/100))
}

// begin queues the scan's first entry and starts the goroutine.
func (p *Publisher) begin(l layout) error {
	if p.done != nil {
		return errors.New("publish: the scan has begun already")
	}
	b, err := json.Marshal(p.scan)
	if err != nil {
		return err
	}
	hash, err := description(p.scan)
	if err != nil {
		return err
	}
	p.keys = ownKeys(p.scan)
	p.flusher = newFlusher(p, l, hash)
	p.mu.Lock()
	p.queue = newQueue(l)
	p.queue.put(eventNew, b)
	p.mu.Unlock()
	p.slow = time.AfterFunc(time.Hour, p.overdue)
	p.slow.Stop()
	p.done = make(chan struct{})
	if err := p.db.own(p); err != nil {
		p.done = nil
		return err
	}
	go p.run()
	return nil
}

// await waits until ok, which is called with the mutex held.
func (p *Publisher) await(ctx context.Context, ok func() bool) error {
	for {
		p.mu.Lock()
		if p.err != nil || ok() {
			defer p.mu.Unlock()
			return p.err
		}
		if p.changed == nil {
			p.changed = make(chan struct{})
		}
		changed := p.changed
		p.mu.Unlock()
		select {
		case <-changed:
		case <-p.done:
			return p.closed()
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// tell wakes those who await a change; the mutex is held.
func (p *Publisher) tell() {
	if p.changed != nil {
		close(p.changed)
		p.changed = nil
	}
}

// Ready waits while the store is away, or further behind than 500 ms or a few
// MB. It fails when the store stayed away for 10 s.
func (p *Publisher) Ready(ctx context.Context) error {
	if p.done == nil {
		return nil
	}
	return p.await(ctx, func() bool {
		return p.down.IsZero() && p.queue.wait < maxWaiting &&
			(p.sent.IsZero() || time.Since(p.sent) < p.db.times.slow)
	})
}

// Acked is the number of points that the store has acknowledged.
func (p *Publisher) Acked() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.queue == nil {
		return 0
	}
	return int(p.queue.last().k)
}

// Lag is the age of the oldest point that is not acknowledged; 0 if all are.
func (p *Publisher) Lag() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.queue == nil || p.queue.idle() || p.oldest.IsZero() {
		return 0
	}
	return time.Since(p.oldest)
}

// Down says since when the store is away, and why; zero if it is not.
func (p *Publisher) Down() (time.Time, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.down, p.why
}

// closed is the error of a publisher whose goroutine has ended.
func (p *Publisher) closed() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return p.err
	}
	return ErrClosed
}

// Close gives the scan up without writing its end, unless that was asked for.
// The next holder of the session ends it as failed.
func (p *Publisher) Close() error {
	p.cancel(ErrClosed)
	if p.done == nil {
		return nil
	}
	<-p.done
	p.mu.Lock()
	ending := p.end != nil
	p.mu.Unlock()
	if ending {
		p.over()
	}
	p.db.disown(p)
	return nil
}
