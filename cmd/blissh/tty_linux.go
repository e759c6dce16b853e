package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// hideControls keeps the terminal from writing ^C into the table of a scan, and
// from throwing away at Ctrl-C what was printed and is not on the screen yet. The
// function that it returns puts the terminal back as it was.
func hideControls(f *os.File) (restore func()) {
	was, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	if err != nil {
		return func() {} // no terminal
	}
	if group, err := unix.IoctlGetInt(int(f.Fd()), unix.TIOCGPGRP); err != nil || group != unix.Getpgrp() {
		return func() {} // in the background it is another program's, and would stop us
	}
	now := *was
	now.Lflag &^= unix.ECHOCTL
	now.Lflag |= unix.NOFLSH
	if err := unix.IoctlSetTermios(int(f.Fd()), unix.TCSETS, &now); err != nil {
		return func() {}
	}
	return func() { unix.IoctlSetTermios(int(f.Fd()), unix.TCSETS, was) }
}

// hasReader reports whether what is written to a file can still be read by
// somebody: not so a pipe whose other end is closed.
func hasReader(f *os.File) bool {
	poll := []unix.PollFd{{Fd: int32(f.Fd()), Events: unix.POLLOUT}}
	_, err := unix.Poll(poll, 0)
	return err != nil || poll[0].Revents&(unix.POLLERR|unix.POLLHUP) == 0
}

// dropTyped throws away what was typed and not read, which the terminal would do
// at Ctrl-C together with the output.
func dropTyped(f *os.File) {
	unix.IoctlSetInt(int(f.Fd()), unix.TCFLSH, unix.TCIFLUSH) // fails where there is no terminal
}
