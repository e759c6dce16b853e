package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
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
	if p.end.Positions != nil {
		p.axes, _ = json.Marshal(p.scan.Axes) // with numbers alone: positions has looked
	}
	p.nudge()
	p.mu.Unlock()
	start := time.Now()
	p.awaitEnd(ctx, patience)
	return p.finish(patience - time.Since(start))
}

// awaitEnd waits until the goroutine has ended, or for as long as somebody has
// the patience.
func (p *Publisher) awaitEnd(ctx context.Context, patience time.Duration) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	asked := p.o.Asked
	for {
		select {
		case <-p.done:
			return
		case <-timer.C:
			return
		case <-ctx.Done():
			return
		case <-asked:
			asked = nil
			timer.Reset(min(patience, p.db.times.asked))
		}
	}
}

// ending describes the end as the engine gave it.
func (p *Publisher) ending(e *data.EndScan) *ending {
	end := &ending{Outcome: e.Outcome, Reason: e.Reason, Timing: p.scan.Timing, Positions: positions(p.scan.Axes)}
	at := p.scan.End
	if at.IsZero() {
		at = time.Now()
	}
	end.End = float64(at.UnixMicro()) / 1e6
	return end
}

// positions are where axes stood at the end, as far as they could be read.
func positions(axes []data.Axis) map[string]float64 {
	m := map[string]float64{}
	for _, a := range axes {
		if a.End != nil && !math.IsNaN(*a.End) && !math.IsInf(*a.End, 0) {
			m[a.Name] = *a.End
		}
	}
	if len(m) == 0 {
		return nil // as it is read back
	}
	return m
}

// hangUpTime is how long an exchange in progress is waited for that nobody is
// interested in any more.
const hangUpTime = 20 * time.Millisecond

// finish tells whether the end of the scan was written. A goroutine that has not
// ended goes on for what is left of the patience, but nobody waits for it; with
// nothing left it is ended. An exchange with a store that does not answer ends
// by its own limit, later.
func (p *Publisher) finish(left time.Duration) error {
	if p.isDone() {
		return p.over()
	}
	p.silence()
	if left > 0 {
		go p.finishLate(left)
		return p.notWritten(p.reason(errLost))
	}
	p.cancel(ErrClosed)
	select {
	case <-p.done:
		return p.over()
	case <-time.After(hangUpTime):
	}
	go p.over()
	return p.notWritten(p.reason(errLost))
}

// errLost is why nothing was written when nothing else is known.
var errLost = fmt.Errorf("%w: %w", ErrStoreLost, errSilent)

// finishLate waits for the goroutine after Put has returned.
func (p *Publisher) finishLate(left time.Duration) {
	defer time.AfterFunc(left, func() { p.cancel(errLost) }).Stop()
	err := p.over()
	if p.o.OnLate != nil && context.Cause(p.ctx) != ErrClosed {
		p.o.OnLate(err)
	}
}

func (p *Publisher) isDone() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// over is what follows the end of the goroutine. An end that was not written is
// left to the session.
func (p *Publisher) over() error {
	<-p.done
	p.left.Do(func() {
		if p.endErr != nil && !errors.Is(p.endErr, errEnded) {
			p.leave()
		}
		p.db.disown(p)
	})
	if p.endErr != nil {
		return p.notWritten(p.endErr)
	}
	return nil
}

// notWritten names what is missing in the store.
func (p *Publisher) notWritten(err error) error {
	p.mu.Lock()
	points := int(p.queue.k - p.queue.last().k)
	p.mu.Unlock()
	what := "end"
	switch {
	case points == 1:
		what = "last point and end"
	case points > 1:
		what = fmt.Sprintf("last %d points and end", points)
	}
	return fmt.Errorf("%s of scan %d not written: %w", what, p.scan.Number, err)
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
	return p.db.endScan(p.ctx, p.session, p.uid, p.keys, expected, *e, p.axes, bytes, p.o.TTL)
}

// endScan runs endScript for one scan; e.Points may be -1. axes are those of the
// description as JSON; nil leaves them. bytes < 0 leaves the predicted size.
func (db *DB) endScan(ctx context.Context, session, uid string, own []string, expected string, e ending, axes []byte, bytes int64, ttl time.Duration) (found, detail string, err error) {
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
		e.End, text, e.Points, string(e.Outcome), e.Reason, timing, size, axes).StringSlice()
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
	return reflect.DeepEqual(s, *e)
}
