package main

import (
	"context"
	"time"

	"blissh/data"
	"blissh/data/store"
	"blissh/scan"
	"blissh/session"
)

// steeredPoint is the count of each point of the scan that is steered: its
// requests wait for half of it on the average.
const steeredPoint = time.Millisecond

// steering is row 9: a request goes over a connection of its own into the store,
// from there to the session, and is applied between two points.
func steering(ctx context.Context, b *bench, e *engine) ([]figure, error) {
	s, done, err := b.openInstant(ctx, e)
	if err != nil {
		return nil, err
	}
	defer done()
	other, err := store.Open(ctx, e.url)
	if err != nil {
		return nil, err
	}
	defer other.Close()
	late, err := steer(ctx, b, s, other)
	return []figure{percentiles(late, time.Millisecond, 0, 5*time.Millisecond+steeredPoint)}, err
}

// heard is a display that notes when requests are applied.
type heard chan int64

// Put notes an answer.
func (h heard) Put(_ context.Context, e data.Event) error {
	if a, ok := e.(*data.Steering); ok && a.Answer != nil && a.Answer.Applied {
		h <- now()
	}
	return nil
}

// steer asks a running scan again and again to repeat its last point, at random
// moments, and gives the times from the request to its application.
func steer(ctx context.Context, b *bench, s *session.Session, other *store.DB) (late samples, err error) {
	n := b.turns() * b.pick(500, 100)
	h := make(heard, n)
	sc, err := s.NewScan(scan.Plan{Name: "loopscan", Trajectory: scan.Static{N: 100 * n}, Counters: gauss(s), CountTime: steeredPoint}, h)
	if err != nil {
		return nil, err
	}
	if err := sc.Allow("", 0, 0, scan.Allowance{}); err != nil {
		return nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- sc.Run(ctx) }()
	for taken, _ := sc.Progress(); taken == 0; taken, _ = sc.Progress() {
		nap(time.Millisecond)
	}
	info := sc.Info()
	for range n {
		nap(time.Duration(b.rand.Int64N(int64(5 * time.Millisecond))))
		at := now()
		if _, err := other.Send(ctx, info, data.AskRepeat()); err != nil {
			return nil, err
		}
		select {
		case applied := <-h:
			late = append(late, time.Duration(applied-at))
		case <-time.After(answerBound):
			return nil, context.DeadlineExceeded
		}
	}
	sc.Stop(&scan.StopError{By: "the benchmark"}, scan.AfterPoint)
	return late, <-ended
}
