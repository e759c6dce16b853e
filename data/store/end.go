package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"blissh/data"
)

// putEnd asks for the end and waits for it.
func (p *Publisher) putEnd(ctx context.Context, e *data.EndScan) error {
	if p.done == nil {
		return nil // the scan never was in the store
	}
	p.mu.Lock()
	patience := p.db.times.ending
	if p.err != nil {
		patience = p.db.times.late
	}
	p.end = p.ending(e)
	p.nudge()
	p.mu.Unlock()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-p.done:
	case <-timer.C:
	case <-ctx.Done():
	}
	return p.finish()
}

// ending describes the end as the engine gave it.
func (p *Publisher) ending(e *data.EndScan) *ending {
	end := &ending{Outcome: e.Outcome, Reason: e.Reason, Timing: p.scan.Timing}
	at := p.scan.End
	if at.IsZero() {
		at = time.Now()
	}
	end.End = float64(at.UnixMicro()) / 1e6
	return end
}

// hangUpTime is how long an exchange in progress is waited for that nobody is
// interested in any more.
const hangUpTime = 20 * time.Millisecond

// finish ends the goroutine, if it has not ended by itself, and tells whether
// the end of the scan was written. An exchange with a store that does not answer
// ends by its own limit, later.
func (p *Publisher) finish() error {
	select {
	case <-p.done:
		return p.over()
	default:
	}
	p.silence()
	p.cancel(ErrClosed)
	select {
	case <-p.done:
		return p.over()
	case <-time.After(hangUpTime):
	}
	go p.over()
	return p.notWritten(p.reason(fmt.Errorf("%w: %w", ErrStoreLost, errSilent)))
}

// over is what follows the end of the goroutine. An end that was not written is
// left to the session.
func (p *Publisher) over() error {
	<-p.done
	if p.endErr != nil && !errors.Is(p.endErr, errEnded) {
		p.leave()
	}
	p.db.disown(p)
	if p.endErr != nil {
		return p.notWritten(p.endErr)
	}
	return nil
}

func (p *Publisher) notWritten(err error) error {
	return fmt.Errorf("end of scan %d not written: %w", p.scan.Number, err)
}

// finally writes the end. It returns errDone when that is there, nil when
// something else has to be sent first, and an error when it cannot be.
func (p *Publisher) finally(e *ending) error {
	start := time.Now()
	found, detail, err := p.writeEnd(e)
	switch {
	case err == nil && found == "ended":
		return errDone
	case err == nil && found == "already" && sameEnd(detail, e):
		return errDone
	case err == nil && found == "already":
		return errEnded
	case p.stuck():
		if err != nil && away(err) {
			return p.pause(err)
		}
		return errors.Join(err, p.err)
	case err != nil && !away(err):
		return err
	case errors.Is(err, errNoLease):
		return p.pause(err)
	}
	return p.repair(cmp.Or(err, errGone), start)
}

// errNoLease means that we do not hold the session now.
var errNoLease = errors.New("the lease of the session is not held")

// stuck reports whether nothing but the end can be sent.
func (p *Publisher) stuck() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fatal
}

// pause waits before the end is tried again.
func (p *Publisher) pause(why error) error {
	p.mu.Lock()
	p.why = why
	p.mu.Unlock()
	select {
	case <-p.ctx.Done():
		return context.Cause(p.ctx)
	case <-time.After(p.db.times.retry):
		return nil
	}
}

// writeEnd runs endScript. When nothing but the end can be sent, it comes after
// whatever is there, which may be more than was acknowledged.
func (p *Publisher) writeEnd(e *ending) (found, detail string, err error) {
	if p.o.Lease != nil {
		if err := p.o.Lease(); err != nil {
			return "", "", fmt.Errorf("%w: %w", errNoLease, err)
		}
	}
	p.mu.Lock()
	last, fatal, bytes := p.queue.last(), p.fatal, p.queue.total
	p.mu.Unlock()
	e.Points = int(last.k)
	expected := last.String()
	if fatal {
		expected, e.Points = "", -1
	}
	return p.db.endScan(p.ctx, p.session, p.uid, p.keys, expected, *e, bytes, p.o.TTL)
}

// endScan runs endScript for one scan; e.Points may be -1. bytes < 0 leaves
// the predicted size.
func (db *DB) endScan(ctx context.Context, session, uid string, own []string, expected string, e ending, bytes int64, ttl time.Duration) (found, detail string, err error) {
	text, err := json.Marshal(e)
	if err != nil {
		return "", "", err
	}
	timing, err := json.Marshal(e.Timing)
	if err != nil {
		return "", "", err
	}
	size := ""
	if bytes >= 0 {
		size = fmt.Sprint(bytes)
	}
	keys := append([]string{own[0], own[1], scansKey(session), eventsKey(session)}, own[2:]...)
	answer, err := db.script.end.Run(ctx, db.client, keys, uid, expected, endID.String(), ttl.Milliseconds(),
		e.End, text, e.Points, string(e.Outcome), e.Reason, timing, size).StringSlice()
	if err != nil {
		return "", "", err
	}
	return answer[0], answer[1], nil
}

// sameEnd reports whether the end in the store is the one that we wrote when
// the connection broke. The script may have counted its points.
func sameEnd(stored string, e *ending) bool {
	var s ending
	if json.Unmarshal([]byte(stored), &s) != nil {
		return false
	}
	if e.Points < 0 {
		s.Points = e.Points
	}
	return s == *e
}
