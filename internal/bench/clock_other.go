//go:build !linux

package main

import "time"

// now is a clock that all processes of this machine share, in ns.
func now() int64 { return time.Now().UnixNano() }

// nap sleeps.
func nap(d time.Duration) { time.Sleep(d) }

// cpuTime is known on Linux only.
func cpuTime(...int) time.Duration { return 0 }

func family(pid int) []int { return []int{pid} }
