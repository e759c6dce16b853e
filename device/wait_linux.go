package device

import (
	"syscall"
	"time"
)

// nap sleeps in the kernel, possibly less than d: a signal ends it early.
func nap(d time.Duration) {
	ts := syscall.NsecToTimespec(int64(d))
	_ = syscall.Nanosleep(&ts, nil)
}
