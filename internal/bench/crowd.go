package main

import (
	"context"
	"strconv"
	"syscall"
	"time"

	"blissh/session"
)

// crowd is what readers cost the scan that they follow: 200 of them, of which 20
// are killed in mid-scan and 20 stop reading.
func crowd(ctx context.Context, b *bench, e *engine) ([]figure, error) {
	s, done, err := b.openInstant(ctx, e)
	if err != nil {
		return nil, err
	}
	defer done()
	limit := around(1, .05)
	values, err := b.repeat(false, limit, func() (float64, error) {
		alone, err := watchedBy(ctx, e, s, 0)
		if err != nil {
			return 0, err
		}
		with, err := watchedBy(ctx, e, s, 10)
		return with.Seconds() / alone.Seconds(), err
	})
	return []figure{summary(values, limit, "%.3f/%.3f")}, err
}

// watchedBy is how long 201 counts of 10 ms take with processes of 20 readers
// each; the first is killed in mid-scan, the second one stops.
func watchedBy(ctx context.Context, e *engine, s *session.Session, processes int) (time.Duration, error) {
	for i := range processes {
		a, err := e.act(ctx, "follow", strconv.Itoa(20))
		if err != nil {
			return 0, err
		}
		defer a.end()
		if i < 2 {
			signal := []syscall.Signal{syscall.SIGKILL, syscall.SIGSTOP}[i]
			defer time.AfterFunc(time.Second, func() { a.cmd.Process.Signal(signal) }).Stop()
			defer a.cmd.Process.Signal(syscall.SIGCONT)
		}
	}
	return timed(ctx, s, loopscan(s, 201, 10*time.Millisecond))
}
