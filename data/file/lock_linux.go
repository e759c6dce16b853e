package file

import (
	"os"
	"syscall"
)

// Locks belong to an open file, not to a process: F_OFD_GETLK and F_OFD_SETLK of
// fcntl(2).
const (
	ofdGetLock = 36
	ofdSetLock = 37
)

// lockOfOurs is the lock that a writer of ours takes: exclusive, at a byte beyond any file,
// so that other programs do not notice it.
func lockOfOurs() *syscall.Flock_t {
	return &syscall.Flock_t{Type: syscall.F_WRLCK, Start: 1 << 62, Len: 1}
}

// lock keeps other writers of ours from a file until it is closed. A file system
// without locks is used without.
func lock(f *os.File) error {
	if err := syscall.FcntlFlock(f.Fd(), ofdSetLock, lockOfOurs()); err == syscall.EAGAIN || err == syscall.EACCES {
		return errInUse
	}
	return nil
}

// locked reports whether somebody else has the lock, without taking it.
func locked(f *os.File) bool {
	l := lockOfOurs()
	return syscall.FcntlFlock(f.Fd(), ofdGetLock, l) == nil && l.Type != syscall.F_UNLCK
}
