package device

import (
	"context"
	"time"
)

// Wait blocks for d, or until ctx ends, and then returns context.Cause(ctx).
// A d of zero or less returns at once. Devices and scans are given one, so that
// the same code runs in real time and in a test's bubble.
type Wait func(ctx context.Context, d time.Duration) error

const (
	// timerLate is by how much an idle program's timer may be late: the
	// runtime rounds the last millisecond up to a whole one.
	timerLate = 1200 * time.Microsecond
	// napLate is by how much the kernel may be late to end a nap (timer
	// slack of 50 µs, then the wake-up); this part is spun away.
	napLate = 100 * time.Microsecond
)

// TimerWait waits with an ordinary timer, up to 1 ms too long. It is the one
// for synctest bubbles, where it is exact.
func TimerWait(ctx context.Context, d time.Duration) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// PreciseWait is right to some microseconds: a timer to 1.2 ms before the end,
// a nap in the kernel to 0.1 ms before it, then a spin. An end of ctx in those
// last 1.2 ms goes unnoticed. It must not be used in a synctest bubble.
func PreciseWait(ctx context.Context, d time.Duration) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if d <= 0 {
		return nil
	}
	end := time.Now().Add(d)
	if d > timerLate {
		if err := TimerWait(ctx, d-timerLate); err != nil {
			return err
		}
	}
	for left := time.Until(end); left > napLate; left = time.Until(end) {
		nap(left - napLate)
	}
	for time.Now().Before(end) {
	}
	return nil
}

// Until waits with w until the absolute time end, so that the errors of
// consecutive waits do not add up.
func (w Wait) Until(ctx context.Context, end time.Time) error {
	return w(ctx, time.Until(end))
}
