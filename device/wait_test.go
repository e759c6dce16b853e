package device_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"blissh/device"
)

// overshoots are by how much w waits too long, n times, in order of size.
func overshoots(w device.Wait, d time.Duration, n int) []time.Duration {
	over := make([]time.Duration, n)
	for i := range over {
		begin := time.Now()
		_ = w(context.Background(), d)
		over[i] = time.Since(begin) - d
	}
	slices.Sort(over)
	return over
}

// overshoot is the median of n.
func overshoot(w device.Wait, d time.Duration, n int) time.Duration {
	return overshoots(w, d, n)[n/2]
}

func BenchmarkPreciseWait1ms(b *testing.B) {
	b.ReportMetric(float64(overshoot(device.PreciseWait, time.Millisecond, b.N).Nanoseconds()), "ns-late-p50")
}

func BenchmarkTimerWait1ms(b *testing.B) {
	b.ReportMetric(float64(overshoot(device.TimerWait, time.Millisecond, b.N).Nanoseconds()), "ns-late-p50")
}

// TestPreciseWaitIsNeverEarlyAndHardlyLate: the best of some tries counts for
// the latter, for a busy machine may spoil any single one.
func TestPreciseWaitIsNeverEarlyAndHardlyLate(t *testing.T) {
	const n, tries, most = 10, 40, 500 * time.Microsecond
	for _, d := range []time.Duration{50 * time.Microsecond, time.Millisecond, 5 * time.Millisecond} {
		best := time.Hour
		for try := 0; try < tries && best > most; try++ {
			over := overshoots(device.PreciseWait, d, n)
			if over[0] < 0 {
				t.Errorf("%v: %v early", d, -over[0])
			}
			best = min(best, over[n/2])
		}
		if best > most {
			t.Errorf("%v: half of the waits are more than %v late", d, best)
		}
	}
}

func TestWaitsEndWithTheirContext(t *testing.T) {
	why := errors.New("why")
	for name, w := range map[string]device.Wait{"precise": device.PreciseWait, "timer": device.TimerWait} {
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(5*time.Millisecond, func() { cancel(why) })
		begin := time.Now()
		if err := w(ctx, time.Minute); !errors.Is(err, why) {
			t.Errorf("%s: %v", name, err)
		}
		if time.Since(begin) > 20*time.Second {
			t.Errorf("%s: ended late", name)
		}
		if err := w(ctx, 0); !errors.Is(err, why) {
			t.Errorf("%s: a wait of nothing after the end gave %v", name, err)
		}
	}
}

func TestErrorsOfConsecutiveWaitsDoNotAddUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		late := device.Wait(func(ctx context.Context, d time.Duration) error {
			return device.TimerWait(ctx, d+time.Millisecond)
		})
		begin := time.Now()
		for i := 1; i <= 100; i++ {
			_ = late.Until(t.Context(), begin.Add(time.Duration(i)*10*time.Millisecond))
		}
		if took := time.Since(begin); took != 1001*time.Millisecond {
			t.Errorf("took %v", took)
		}
	})
}
