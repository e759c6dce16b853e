//go:build ignore

package hooks

import (
	"fmt"

	"blissh/hooks"
	"blissh/scan"
)

// LimitGuard ends a scan when the first counter is above a limit, before the
// next point can damage a detector.
type LimitGuard struct{ hooks.Base }

// limit is in the counter's unit.
const limit = 60

// Mode: the scan waits for the verdict on each point.
func (LimitGuard) Mode() scan.Mode { return hooks.Gate }

// OnScanData looks at one point.
func (LimitGuard) OnScanData(d *scan.Data) error {
	name := d.Counter()
	if y := d.Value(name); y > limit {
		return fmt.Errorf("%s is %.4g, above %v: %w", name, y, limit, scan.StopIteration)
	}
	return nil
}
