package main

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"blissh/scan"
	"blissh/session"
)

// callbacks is row 5: the clients are processes of their own.
func callbacks(ctx context.Context, b *bench, e *engine) ([]figure, error) {
	s, done, err := b.openInstant(ctx, e)
	if err != nil {
		return nil, err
	}
	defer done()
	var figures []figure
	for _, crowd := range []struct {
		processes, each int
		p50, p99        time.Duration
	}{
		{1, 1, 500 * time.Microsecond, 2 * time.Millisecond},
		{10, 1, 500 * time.Microsecond, 2 * time.Millisecond},
		{10, 10, 0, 0},
	} {
		ages, err := b.ages(ctx, e, s, crowd.processes, crowd.each)
		if err != nil {
			return figures, err
		}
		figures = append(figures, percentiles(ages, time.Microsecond, crowd.p50, crowd.p99))
	}
	return figures, nil
}

// ages runs scans that clients follow, and gathers what they saw.
func (b *bench) ages(ctx context.Context, e *engine, s *session.Session, processes, each int) (all samples, err error) {
	var crowd []*actor
	for range processes {
		a, err := e.act(ctx, "follow", strconv.Itoa(each))
		if err != nil {
			return nil, err
		}
		defer a.end()
		crowd = append(crowd, a)
	}
	n := b.pick(2000, 1000)
	for range b.turns() {
		plan := scan.Plan{Name: "loopscan", Trajectory: scan.Static{N: n}, Counters: newStamper(n).counter()}
		if _, err := timed(ctx, s, plan); err != nil {
			return nil, err
		}
		seen, err := gather(ctx, crowd, each)
		if err != nil {
			return nil, err
		}
		all = append(all, seen...)
	}
	return all, nil
}

// gather reads one line per client.
func gather(ctx context.Context, crowd []*actor, each int) (all samples, err error) {
	for _, a := range crowd {
		for range each {
			text, err := a.line(ctx)
			if err != nil {
				return nil, err
			}
			var ages samples
			if err := json.Unmarshal(text, &ages); err != nil {
				return nil, err
			}
			all = append(all, ages...)
		}
	}
	return all, nil
}
