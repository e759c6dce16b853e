package commands

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"blissh/data"
)

// TestTimeLeft is measured on the way that the scan goes now, pauses apart.
func TestTimeLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProgress(&data.Scan{Planned: 11}, TableOptions{Estimate: 20 * time.Second})
		sees := func(want string) {
			t.Helper()
			if got := p.line(time.Now(), 80); !strings.HasSuffix(got, want) {
				t.Errorf("%q, want %q", got, want)
			}
		}
		points := func(n, planned int, each time.Duration) {
			for range n {
				time.Sleep(each)
				p.point(p.points, planned, nil)
			}
		}
		sees("0/11  0 %  0:00:20 left")
		points(1, 11, time.Second)
		sees("1/11  9 %  0:00:10 left")
		p.event(shown{what: "pause", text: " paused by me\n", planned: 11})
		time.Sleep(time.Hour)
		sees(" 1/11  paused by me, for 1:00:00")
		p.event(shown{what: "resume", planned: 11})
		sees("1/11  9 %  0:00:10 left")
		p.event(shown{what: "applied", planned: 101, rerouted: true, left: 50 * time.Second})
		sees("1/101  1 %  0:00:50 left")
		time.Sleep(time.Second)
		sees("1/101  1 %  0:00:49 left")
		points(1, 101, 2*time.Second)
		sees("2/101  2 %  0:04:57 left")
		p.event(shown{what: "pause", text: "paused by me", planned: 101})
		time.Sleep(time.Hour)
		p.event(shown{what: "applied", planned: 12, rerouted: true, left: 10 * time.Second})
		time.Sleep(time.Hour)
		p.event(shown{what: "resume", planned: 12})
		sees("2/12  17 %  0:00:10 left")
		points(1, 12, 2*time.Second)
		sees("3/12  25 %  0:00:18 left")
	})
}

// TestAScanThatWaitsForAdviceSaysSo until advice has come or the time is over.
func TestAScanThatWaitsForAdviceSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProgress(&data.Scan{Planned: 3}, TableOptions{Advice: 10 * time.Second})
		waits := func(want bool) {
			t.Helper()
			if line := p.line(time.Now(), 80); strings.Contains(line, "waits for advice") != want {
				t.Errorf("%q", line)
			}
		}
		waits(false)
		p.point(0, 3, nil)
		time.Sleep(time.Second)
		if want := fmt.Sprintf(" %d/3  waits for advice, 0:00:09 at most", 1); p.line(time.Now(), 80) != want {
			t.Errorf("%q, want %q", p.line(time.Now(), 80), want)
		}
		p.event(shown{what: "refused", planned: 3})
		waits(true)
		p.event(shown{what: "applied", planned: 3})
		waits(false)
		p.point(1, 3, nil)
		waits(true)
		time.Sleep(10 * time.Second)
		waits(false)
	})
}
