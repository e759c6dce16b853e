package storeserver

import "syscall"

// childAttributes keeps Ctrl-C in the terminal from the child, and ends it when
// this process is killed.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
