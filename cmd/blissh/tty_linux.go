package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// hideControls keeps the terminal from writing ^C into the table of a scan. The
// function that it returns puts the terminal back as it was.
func hideControls(f *os.File) (restore func()) {
	was, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	if err != nil {
		return func() {} // no terminal
	}
	now := *was
	now.Lflag &^= unix.ECHOCTL
	if err := unix.IoctlSetTermios(int(f.Fd()), unix.TCSETS, &now); err != nil {
		return func() {}
	}
	return func() { unix.IoctlSetTermios(int(f.Fd()), unix.TCSETS, was) }
}
