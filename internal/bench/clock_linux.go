package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// now is a clock that all processes of this machine share, in ns.
func now() int64 { return read(unix.CLOCK_MONOTONIC) }

// nap sleeps in the kernel without the scheduler's rounding of timers.
func nap(d time.Duration) {
	ts := unix.NsecToTimespec(int64(d))
	_ = unix.Nanosleep(&ts, nil)
}

// cpuTime is what processes have used of the processor.
func cpuTime(pids ...int) (total time.Duration) {
	const wholeProcess = 2 // CPUCLOCK_SCHED, see clock_getcpuclockid(3)
	for _, pid := range pids {
		total += time.Duration(read(int32(^pid<<3 | wholeProcess)))
	}
	return total
}

func read(clock int32) int64 {
	var ts unix.Timespec
	if unix.ClockGettime(clock, &ts) != nil {
		return 0
	}
	return ts.Nano()
}

// family is a process with its children.
func family(pid int) []int {
	pids := []int{pid}
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, list := range lists {
		b, _ := os.ReadFile(list)
		for _, word := range strings.Fields(string(b)) {
			if child, err := strconv.Atoi(word); err == nil {
				pids = append(pids, child)
			}
		}
	}
	return pids
}
