package scan

import (
	"context"

	"blissh/device"
)

// MoveTogether is device.MoveTogether, for hooks and programs that know this
// package only.
func MoveTogether(ctx context.Context, axes []device.Axis, to []float64) error {
	return device.MoveTogether(ctx, axes, to)
}
