//go:build unix && !linux

package storeserver

import "syscall"

// childAttributes keeps Ctrl-C in the terminal from the child. Only Linux can
// also end it when this process is killed.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
