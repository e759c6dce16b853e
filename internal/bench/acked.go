package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"blissh/commands"
	"blissh/data"
	"blissh/data/store"
	"blissh/hooks"
	"blissh/scan"
	"blissh/session"
)

// acks takes the time from a value to its acknowledgement.
type acks struct {
	stamps *stamper
	points int // acknowledged so far
	shared int // points that were not alone in their entry
	late   samples
}

// take is called by the publisher.
func (a *acks) take(points int) {
	t := now()
	if points > a.points+1 {
		a.shared += points - a.points
	}
	for ; a.points < points; a.points++ {
		a.late = append(a.late, time.Duration(t-a.stamps.at[a.points].Load()))
	}
}

// acknowledged is row 4.
func acknowledged(ctx context.Context, b *bench, e *engine) ([]figure, error) {
	s, done, err := b.openInstant(ctx, e)
	if err != nil {
		return nil, err
	}
	defer done()
	var late samples
	var ours, theirs time.Duration
	shared, n := 0, b.pick(2000, 1000)
	stores := family(e.pid)
	for range b.turns() {
		a := &acks{stamps: newStamper(n)}
		self, store := cpuTime(os.Getpid()), cpuTime(stores...)
		if err := a.run(ctx, s, n); err != nil {
			return nil, err
		}
		ours += cpuTime(os.Getpid()) - self
		theirs += cpuTime(stores...) - store
		late, shared = append(late, a.late...), shared+a.shared
	}
	each := time.Duration(len(late))
	return []figure{
		percentiles(late, time.Microsecond, 300*time.Microsecond, 2*time.Millisecond),
		stated("%d of %d", shared, len(late)),
		stated("%s µs", count(ours/each, time.Microsecond)),
		stated("%s µs", count(theirs/each, time.Microsecond)),
	}, nil
}

// run does one scan of n points with publisher, hook and table. The session
// has no place for OnAck, so its sinks are put together here.
func (a *acks) run(ctx context.Context, s *session.Session, n int) error {
	h, err := s.Hooks.New(context.Background(), hookName)
	if err != nil {
		return err
	}
	defer h.Close()
	var sc *scan.Scan
	open := func(ctx context.Context, d *data.Scan) ([]scan.Sink, error) {
		d.Session, d.UID, d.Number = s.Name, fmt.Sprintf("acknowledged-%d", now()), 1
		p, err := s.DB.Publish(ctx, d, store.PublishOptions{OnAck: a.take})
		if err != nil {
			return nil, err
		}
		watchdog, err := h.Watchdog(hooks.WatchOptions{Stop: sc.Stop})
		return []scan.Sink{p, watchdog, commands.NewScanTable(io.Discard, false)}, err
	}
	plan := scan.Plan{Name: "loopscan", Trajectory: scan.Static{N: n}, Counters: a.stamps.counter()}
	if sc, err = scan.New(plan, scan.Options{Open: open}); err != nil {
		return err
	}
	return sc.Run(ctx)
}
