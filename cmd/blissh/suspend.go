package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// stopTime is how long the system may take to stop the program.
const stopTime = 300 * time.Millisecond

// stopSelf does what Ctrl-Z does to any program: the whole job stops. It returns
// when the job goes on. The runtime would pass over the signal for its own
// process, which therefore takes the one that cannot be caught.
func (k *keys) stopSelf() {
	goesOn := make(chan os.Signal, 1)
	signal.Notify(goesOn, syscall.SIGCONT)
	defer signal.Stop(goesOn)
	signal.Reset(syscall.SIGTSTP)
	defer signal.Notify(k.signals, syscall.SIGTSTP)
	syscall.Kill(0, syscall.SIGTSTP)
	syscall.Kill(syscall.Getpid(), syscall.SIGSTOP)
	select {
	case <-goesOn:
	case <-time.After(stopTime):
	}
}

// hasJobControl reports whether somebody could continue a program that has been
// stopped: a process of the same session, outside of the program's own group,
// waits for one in it. The system asks the same before Ctrl-Z stops anything.
func hasJobControl() bool {
	group := syscall.Getpgrp()
	session, err := unix.Getsid(0)
	if err != nil {
		return false
	}
	for pid := os.Getppid(); pid > 1; pid = parentOf(pid) {
		if s, err := unix.Getsid(pid); err != nil || s != session {
			return false
		}
		if g, err := syscall.Getpgid(pid); err != nil || g != group {
			return err == nil
		}
	}
	return false
}

// parentOf is 0 where the system does not tell.
func parentOf(pid int) int {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	for i := len(b) - 1; i >= 0; i-- { // the name in brackets may hold anything
		if b[i] != ')' {
			continue
		}
		var state string
		var parent int
		fmt.Sscan(string(b[i+1:]), &state, &parent)
		return parent
	}
	return 0
}
