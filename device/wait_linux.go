package device

import (
	"syscall"
	"time"
)

// exact is the timer slack of a thread that naps, in ns. The kernel's own
// choice of 50 µs would make every nap as much too long.
const exact = 1

// nap sleeps in the kernel, possibly less than d: a signal ends it early. The
// slack belongs to the thread, so that it is set before each nap; that costs
// 0.1 µs, and a goroutine that changes its thread in between naps as before.
func nap(d time.Duration) {
	ts := syscall.NsecToTimespec(int64(d))
	_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_SET_TIMERSLACK, exact, 0)
	_ = syscall.Nanosleep(&ts, nil)
}
