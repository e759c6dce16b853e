package hdf5

import (
	"os"
	"syscall"
)

// Locks belong to an open file, not to a process: F_OFD_SETLK of fcntl(2).
const ofdSetLock = 37

// seekData is SEEK_DATA of lseek(2).
const seekData = 3

// lock takes two locks. That of flock(2) is shared: libhdf5 takes the same for
// reading, and an exclusive one for writing. That of fcntl(2) is exclusive, at a
// byte beyond any file, and keeps two writers of ours apart.
func lock(f *os.File) error {
	l := syscall.Flock_t{Type: syscall.F_WRLCK, Start: 1 << 62, Len: 1}
	if err := syscall.FcntlFlock(f.Fd(), ofdSetLock, &l); err == syscall.EAGAIN || err == syscall.EACCES {
		return ErrInUse
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB); err == syscall.EWOULDBLOCK {
		return ErrInUse
	}
	return nil // a file system without locks is used without
}
