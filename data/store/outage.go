package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"blissh/internal/redisconn"
)

// An outage begins when a flush is 500 ms old or an exchange fails, and ends
// when a flush is acknowledged: a store that answers, but takes nothing, is as
// good as away. After 10 s the scan fails.

// errSilent is why a store counts as away whose connection is not broken.
var errSilent = errors.New("it does not answer")

// exchange bounds an exchange with the store by what is left of the outage
// until the scan fails, so that this is not missed.
func (p *Publisher) exchange() (context.Context, context.CancelFunc) {
	p.mu.Lock()
	left := p.db.times.giveUp
	if !p.down.IsZero() {
		left -= time.Since(p.down)
	}
	if p.err != nil || left <= 0 {
		left = p.db.times.giveUp / 3 // it has failed; what remains is the end
	}
	p.mu.Unlock()
	return context.WithTimeout(p.ctx, left)
}

// overdue is called when a flush is under way for long.
func (p *Publisher) overdue() {
	p.mu.Lock()
	if p.down.IsZero() && !p.sent.IsZero() && time.Since(p.sent) >= p.db.times.slow {
		p.down, p.why = p.sent, errSilent
	}
	p.mu.Unlock()
	p.notify()
}

// wentAway holds the scan back, and reports whether it was held back before.
// The first connection, which has no cause, is not an outage yet.
func (p *Publisher) wentAway(cause error, since time.Time) bool {
	p.mu.Lock()
	again := !p.down.IsZero()
	if !again {
		p.down = since
	}
	p.why, p.sent = cause, time.Time{}
	p.mu.Unlock()
	if cause != nil {
		p.notify()
	}
	return again
}

// away reports whether a store may take later what it did not take now: it
// cannot be reached, or has no room for the moment.
func away(err error) bool { return redisconn.Away(err) || redisconn.Full(err) }

// awayFor says that the store was away for too long, and since when.
func (p *Publisher) awayFor(why error) error {
	since, _ := p.Down()
	what := "does not answer"
	if redisconn.Full(why) {
		what = "takes no data"
	}
	return fmt.Errorf("%w: %s %s since %s, for %v: %w", ErrStoreLost, p.db.Address(), what,
		since.Format(time.TimeOnly), p.db.times.giveUp, why)
}

// stillAway fails the scan after 10 s, and waits before the next attempt.
func (p *Publisher) stillAway(why error) error {
	p.mu.Lock()
	late := p.err == nil && time.Since(p.down) >= p.db.times.giveUp
	if late && redisconn.Full(p.why) {
		why = p.why // the time ran out in mid-exchange: that is no other reason
	}
	p.why = why
	p.mu.Unlock()
	if late {
		p.fail(p.awayFor(why), redisconn.Full(why)) // of a full store only the end is to be had
	}
	p.notify()
	return p.pause(why)
}

// cameBack ends the outage, unless there is something to send: then it is over
// when that is acknowledged.
func (p *Publisher) cameBack() {
	p.mu.Lock()
	nothing := p.queue.idle() && p.end == nil
	if nothing {
		p.down, p.why = time.Time{}, nil
	}
	p.tell()
	p.mu.Unlock()
	p.report()
	if nothing {
		p.notify()
	}
}

// notify calls OnDown or OnUp if what they were told last is no longer so.
func (p *Publisher) notify() {
	p.telling.Lock()
	defer p.telling.Unlock()
	since, why := p.Down()
	if down := !since.IsZero(); down == p.told || p.mute {
		return
	}
	p.told = !p.told
	switch {
	case p.told && p.o.OnDown != nil:
		p.o.OnDown(since, why)
	case !p.told && p.o.OnUp != nil:
		p.o.OnUp()
	}
}

// silence ends the calls of OnDown and OnUp.
func (p *Publisher) silence() {
	p.slow.Stop()
	p.telling.Lock()
	defer p.telling.Unlock()
	p.mute = true
}

// Full reports whether a store answers, but takes no data.
func Full(err error) bool { return redisconn.Full(err) }
