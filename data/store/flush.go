package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"blissh/internal/redisconn"
)

// flusher is what the publisher's goroutine needs to talk to Redis: a
// connection of its own, and commands that are built once and filled anew.
type flusher struct {
	link    *redis.Client // nil: not connected
	hash    []any         // description, for the scan's hash
	number  int
	name    string
	layout  layout
	arrays  []string // keys
	args    []any    // XADD of one block
	id      blob
	columns []blob
}

// blob is an argument whose bytes change from command to command.
type blob struct{ b []byte }

func (b *blob) MarshalBinary() ([]byte, error) { return b.b, nil }

func newFlusher(p *Publisher, l layout, hash []any) flusher {
	hash = append(hash, ttlField, p.o.TTL.Milliseconds())
	f := flusher{hash: hash, number: p.scan.Number, name: p.scan.Name, layout: l, columns: make([]blob, len(l.scalars))}
	for _, c := range l.arrays {
		f.arrays = append(f.arrays, arrayKey(p.session, p.uid, c.Name))
	}
	return f
}

// blockArgs are those of the XADD of a block. With reuse they are valid until
// the next call.
func (p *Publisher) blockArgs(it *item, reuse bool) []any {
	f := &p.flusher
	id, columns, args := &f.id, f.columns, f.args
	if !reuse {
		id, columns, args = new(blob), make([]blob, len(f.columns)), nil
	}
	id.b = it.id.append(id.b[:0])
	f.layout.columns(it.body, it.n, func(c int, column []byte) { columns[c].b = column })
	if args == nil {
		args = []any{"xadd", p.keys[0], "nomkstream", id}
		for c := range columns {
			args = append(args, f.layout.scalars[c].Name, &columns[c])
		}
	}
	if reuse {
		f.args = args
	}
	return args
}

// run is the publisher's goroutine: it sends what is queued, as soon as the
// flush before is acknowledged, and in the end the scan's end.
func (p *Publisher) run() {
	defer close(p.done)
	defer p.hangUp()
	defer p.silence()
	tick := time.NewTicker(max(p.o.TTL/4, time.Millisecond))
	defer tick.Stop()
	idle := time.NewTicker(p.db.times.idle)
	defer idle.Stop()
	err := p.repair(nil, time.Now())
	for err == nil {
		err = p.turn(tick.C, idle.C)
	}
	if !errors.Is(err, errDone) {
		p.endErr = p.reason(err)
		return
	}
	p.mu.Lock()
	p.down, p.why = time.Time{}, nil
	p.mu.Unlock()
	p.notify()
}

// errDone ends the goroutine after the scan's end was written.
var errDone = errors.New("done")

// turn is one turn of the goroutine; an error ends it.
func (p *Publisher) turn(tick, idle <-chan time.Time) error {
	select {
	case <-tick: // also when there is always something to send
		if !p.stuck() {
			return p.attempt(p.renew)
		}
	default:
	}
	batch, end := p.next()
	switch {
	case len(batch) > 0:
		return p.flush(batch)
	case end != nil:
		return p.finally(end)
	}
	select {
	case <-p.wake:
		return nil
	case <-tick:
		if p.stuck() {
			return nil
		}
		return p.attempt(p.renew)
	case <-idle:
		return p.attempt(p.present)
	case <-p.ctx.Done():
		return context.Cause(p.ctx)
	}
}

// present finds out whether a scan that has nothing to say, because it is paused
// or counts for long, is still in the store: one that came back empty is given it
// again before its readers think that it is lost. A store that is away is left
// alone: the next point may well come when it is back.
func (p *Publisher) present(ctx context.Context) error {
	if p.stuck() || !p.begun() {
		return nil
	}
	n, err := p.flusher.link.Exists(ctx, p.keys[0]).Result()
	if err != nil {
		link, away := p.dial()
		if away != nil {
			return nil
		}
		link.Close()
		return err
	}
	if n == 0 {
		return errGone
	}
	return nil
}

// begun reports whether the scan is in the store already.
func (p *Publisher) begun() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.queue.last().zero()
}

// next is what to do next: a batch, the end, or nothing.
func (p *Publisher) next() ([]item, *ending) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fatal {
		return nil, p.end
	}
	batch := p.queue.batch()
	if len(batch) > 0 {
		p.sent = time.Now()
		p.slow.Reset(p.db.times.slow)
		return batch, nil
	}
	return nil, p.end
}

// flush sends a batch and notes that it is there.
func (p *Publisher) flush(batch []item) error {
	if batch[0].event == eventNew {
		batch = batch[:1]
	}
	return p.attempt(func(ctx context.Context) error {
		if err := p.send(ctx, batch); err != nil {
			return err
		}
		p.acknowledge(len(batch))
		return p.grow(ctx)
	})
}

// attempt does something with the connection, and repairs it after a failure.
func (p *Publisher) attempt(do func(context.Context) error) error {
	start := time.Now()
	ctx, cancel := p.exchange()
	defer cancel()
	if err := do(ctx); err != nil {
		return p.repair(err, start)
	}
	return nil
}

// acknowledge notes that n items more are in the store: it is there.
func (p *Publisher) acknowledge(n int) {
	p.slow.Stop()
	p.mu.Lock()
	away := !p.down.IsZero()
	p.down, p.why = time.Time{}, nil
	now := time.Now()
	p.queue.ack(n, now, p.db.times.window)
	p.sent = time.Time{}
	if p.oldest = now; p.queue.idle() {
		p.oldest = time.Time{}
	}
	p.tell()
	p.mu.Unlock()
	p.report()
	if away {
		p.notify()
	}
}

// report tells how many points are acknowledged.
func (p *Publisher) report() {
	if p.o.OnAck != nil {
		p.o.OnAck(p.Acked())
	}
}

// send writes a batch: one block of scalars as one command, anything else as
// one transaction, so that it is there whole or not at all.
func (p *Publisher) send(ctx context.Context, batch []item) error {
	first := &batch[0]
	if first.event == eventNew {
		return p.create(ctx, first)
	}
	if len(batch) == 1 && first.event == "" && len(first.arrays) == 0 {
		cmd := redis.NewStringCmd(ctx, p.blockArgs(first, true)...)
		err := p.flusher.link.Process(ctx, cmd)
		return refused(err)
	}
	cmds, err := p.flusher.link.TxPipelined(ctx, func(t redis.Pipeliner) error {
		for i := range batch {
			p.write(ctx, t, &batch[i])
		}
		return nil
	})
	for _, c := range cmds {
		if key, _ := c.Args()[1].(string); errors.Is(c.Err(), redis.Nil) && key != p.keys[0] {
			return hopeless{fmt.Errorf("%s is gone", key)}
		}
		if redisconn.Full(c.Err()) {
			return c.Err() // which says more than that the transaction was discarded
		}
	}
	return refused(err)
}

// errGone means that NOMKSTREAM found no stream.
var errGone = errors.New("the scan's stream is gone")

func refused(err error) error {
	if errors.Is(err, redis.Nil) {
		return errGone
	}
	return err
}

// write adds the commands of one item to a transaction, the arrays of a block
// before its row.
func (p *Publisher) write(ctx context.Context, t redis.Pipeliner, it *item) {
	if it.event != "" {
		t.Do(ctx, "xadd", p.keys[0], "nomkstream", it.id.String(), eventField, it.event, jsonField, it.body)
		if len(it.set) > 0 {
			t.HSet(ctx, p.keys[1], it.set...)
		}
		return
	}
	for i, b := range it.arrays {
		t.Do(ctx, "xadd", p.flusher.arrays[i], "nomkstream", it.id.String(), dataField, b)
	}
	t.Do(ctx, p.blockArgs(it, false)...)
}

// create makes all keys of the scan, in one step that may be repeated.
func (p *Publisher) create(ctx context.Context, it *item) error {
	f := &p.flusher
	keys := append([]string{p.keys[0], p.keys[1], scansKey(p.session), eventsKey(p.session)}, p.keys[2:]...)
	args := append([]any{p.uid, it.id.String(), p.o.TTL.Milliseconds(), it.body, f.number, f.name, len(f.arrays)}, f.hash...)
	return p.db.script.create.Run(ctx, f.link, keys, args...).Err()
}

// renew lets the scan live on; a long scan does so every quarter of its TTL.
func (p *Publisher) renew(ctx context.Context) error {
	_, err := p.flusher.link.TxPipelined(ctx, func(t redis.Pipeliner) error {
		for _, key := range p.keys {
			t.PExpire(ctx, key, p.o.TTL)
		}
		return nil
	})
	return err
}

// hangUp closes the connection, if there is one.
func (p *Publisher) hangUp() {
	if p.flusher.link != nil {
		p.flusher.link.Close()
		p.flusher.link = nil
	}
}

// reason is the error to tell when the goroutine ends with err.
func (p *Publisher) reason(err error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.err != nil:
		return p.err
	case errors.Is(p.why, context.Canceled): // by us, in the middle of an exchange
		return errLost
	case p.why != nil:
		return fmt.Errorf("%w: %w", ErrStoreLost, p.why)
	}
	return err
}

// dial connects to the server that holds the scan.
func (p *Publisher) dial() (*redis.Client, error) {
	ctx, cancel := p.exchange()
	defer cancel()
	ctx, cancel = context.WithTimeout(ctx, p.db.times.giveUp/3)
	defer cancel()
	return redisconn.Dedicated(ctx, p.db.url, p.keys[0])
}
