//go:build darwin || freebsd || netbsd || openbsd || dragonfly

package editor

import "golang.org/x/sys/unix"

const (
	getModes = unix.TIOCGETA
	setModes = unix.TIOCSETA // at once: what was typed ahead stays
)
