package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"blissh/data"
	"blissh/data/store"
	"blissh/scan"
	"blissh/session"
)

// unsteered is row 10: what steering costs a scan that nobody steers: the time of one that
// allows everything, with requests heard in its session, over that of one that
// allows nothing, with nobody who listens. Scans of both kinds take turns, and the
// fastest of each are compared: what else the machine does is in neither.
func unsteered(ctx context.Context, b *bench, e *engine) ([]figure, error) {
	s, done, err := b.openInstant(ctx, e)
	if err != nil {
		return nil, err
	}
	defer done()
	limit := atMost(1.05)
	values, err := b.repeat(true, limit, func() (float64, error) {
		var best [2]time.Duration
		for range b.pick(10, 4) {
			for k := range best {
				took, err := quiet(ctx, e, s, k == 1)
				if err != nil {
					return 0, err
				}
				if best[k] == 0 || took < best[k] {
					best[k] = took
				}
			}
		}
		return best[1].Seconds() / best[0].Seconds(), nil
	})
	return []figure{summary(values, limit, "%.3f/%.3f")}, err
}

// quietPoints makes begin and end of a scan small beside its points.
const quietPoints = 5001

// quiet is how long a scan takes until its end is acknowledged.
func quiet(ctx context.Context, e *engine, s *session.Session, steerable bool) (time.Duration, error) {
	const name = "quiet"
	p, err := ascan(s, quietPoints-1, 0)
	if err != nil {
		return 0, err
	}
	sc, err := scan.New(p, scan.Options{Open: func(ctx context.Context, d *data.Scan) ([]scan.Sink, error) {
		d.Session, d.UID = name, fmt.Sprintf("%s-%d", name, time.Now().UnixNano())
		publisher, err := e.db.Publish(ctx, d, store.PublishOptions{})
		return []scan.Sink{publisher}, err
	}})
	if err != nil {
		return 0, err
	}
	if steerable {
		heard, err := e.db.HearRequests(name, func(h store.Heard) { sc.AskedFor(h.Age, h.Request, h.Reply) }, func(store.Undelivered) {}, func(error) {})
		if err != nil {
			return 0, err
		}
		defer heard.Close()
		if err := sc.Allow("robz", -5, 5, scan.Allowance{}); err != nil {
			return 0, err
		}
	}
	begin := time.Now()
	err = sc.Run(ctx)
	took := time.Since(begin)
	if taken, _ := sc.Progress(); err == nil && taken != quietPoints {
		err = errors.New("the scan was steered")
	}
	return took, err
}
