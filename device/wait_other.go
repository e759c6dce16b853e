//go:build !linux

package device

import "time"

// nap sleeps for d.
func nap(d time.Duration) { time.Sleep(d) }
