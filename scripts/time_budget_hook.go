//go:build ignore

package hooks

import (
	"fmt"
	"time"

	"blissh/data"
	"blissh/hooks"
	"blissh/scan"
)

// TimeBudget ends a scan after the point in progress when its time is used up,
// also while it is paused.
type TimeBudget struct {
	hooks.Base
	began time.Time
}

// budget is how long a scan may take.
const budget = 2 * time.Second

// Timeout looks at the clock although no point comes.
func (h *TimeBudget) Timeout() time.Duration { return 100 * time.Millisecond }

// OnScanNew starts the clock.
func (h *TimeBudget) OnScanNew(s *data.Scan) error {
	h.began = time.Now()
	return nil
}

// OnScanData looks at the clock.
func (h *TimeBudget) OnScanData(d *scan.Data) error { return h.look() }

// OnTimeout looks at the clock.
func (h *TimeBudget) OnTimeout() error { return h.look() }

func (h *TimeBudget) look() error {
	if time.Since(h.began) < budget {
		return nil
	}
	return fmt.Errorf("the time of %v is used up: %w", budget, scan.StopAfterPoint)
}
