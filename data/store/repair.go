package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"
)

// inf is the end time of a running scan.
var inf = math.Inf(1)

// repair connects and finds out what has become of the last flush, until that
// is known or the publisher is closed. A store that stays away for 10 s fails
// the scan, but is still looked for, so that the end can be written. A store
// that cannot go on with this scan fails it for good.
//
// since is when the exchange began that failed with cause. When the repair
// before this one did not help, it is not tried again at once.
func (p *Publisher) repair(cause error, since time.Time) error {
	if errors.Is(cause, errHopeless) {
		p.fail(fmt.Errorf("%w: %w", ErrStoreLost, cause), true)
		return nil
	}
	if p.wentAway(cause, since) {
		if err := p.stillAway(cause); err != nil {
			return err
		}
	}
	for {
		p.hangUp()
		err := p.connect(cause)
		switch {
		case err == nil:
			p.cameBack()
			return nil
		case p.ctx.Err() != nil:
			return context.Cause(p.ctx)
		case !away(err) || errors.Is(err, errHopeless):
			p.fail(fmt.Errorf("%w: %w", ErrStoreLost, err), true)
			return nil
		}
		if err := p.stillAway(err); err != nil {
			return err
		}
	}
}

// errHopeless marks an error that no new connection will cure.
var errHopeless = errors.New("")

type hopeless struct{ error }

func (h hopeless) Unwrap() error   { return h.error }
func (h hopeless) Is(t error) bool { return t == errHopeless }

// connect makes a connection and brings publisher and store to the same entry.
// cause is why the last connection was given up.
func (p *Publisher) connect(cause error) error {
	link, err := p.dial()
	if err != nil {
		return err
	}
	p.flusher.link = link
	ctx, cancel := p.exchange()
	defer cancel()
	last, err := p.lastID(ctx)
	if err != nil {
		return err
	}
	run, err := runID(ctx, link)
	if err != nil {
		return err
	}
	if last.zero() {
		if err := p.vanished(ctx, run != p.process); err != nil {
			return err
		}
	}
	p.process = run
	return p.align(last, cause)
}

// lastID is that of the newest entry of the scan's stream; zero: no stream.
func (p *Publisher) lastID(ctx context.Context) (id, error) {
	list, err := p.flusher.link.XRevRangeN(ctx, p.keys[0], "+", "-", 1).Result()
	if err != nil || len(list) == 0 {
		return id{}, err
	}
	last, err := parseID(list[0].ID)
	if err != nil {
		return id{}, hopeless{err}
	}
	return last, nil
}

// vanished decides what it means that the scan's stream is not there: before
// the first flush nothing; else the store came back empty, or restarted with
// older data, and is given the scan once more, or somebody deleted the scan.
func (p *Publisher) vanished(ctx context.Context, restarted bool) error {
	p.mu.Lock()
	known := !p.queue.last().zero()
	p.mu.Unlock()
	now, err := p.db.identify(ctx)
	if err != nil {
		return err
	}
	if known && now == p.store && !restarted {
		return hopeless{errors.New("somebody has deleted the scan from the store")}
	}
	p.store = now
	return p.db.client.SAdd(ctx, sessionsKey, p.session).Err()
}

// align goes on after the entry last. A refusal that did not come from another
// last entry would be repeated for ever, so it is hopeless.
func (p *Publisher) align(last id, cause error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	before := p.queue.last()
	if err := p.queue.rewind(last, time.Now()); err != nil {
		return hopeless{fmt.Errorf("%s: %w", p.keys[0], err)}
	}
	if cause != nil && !away(cause) && !errors.Is(cause, errGone) && last == before {
		return hopeless{fmt.Errorf("the store refuses: %w", cause)}
	}
	return nil
}

// fail ends the scan with an error, which Ready and Put return.
func (p *Publisher) fail(err error, fatal bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		p.err = err
	}
	p.fatal = p.fatal || fatal
	p.tell()
}
