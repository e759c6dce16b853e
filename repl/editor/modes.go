package editor

import (
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// mode is how a terminal treats what is typed.
type mode int

const (
	found   mode = iota // as the program found it
	running             // a command runs: Ctrl-C and Ctrl-Z are signals, nothing is echoed, all else waits
	typing              // every key comes as its bytes
)

// modes switches a terminal. Its methods are safe for concurrent use.
type modes struct {
	fd  int
	was unix.Termios // by value: the way back

	mu  sync.Mutex
	now mode
}

func newModes(f *os.File) (*modes, error) {
	was, err := unix.IoctlGetTermios(int(f.Fd()), getModes)
	if err != nil {
		return nil, err
	}
	return &modes{fd: int(f.Fd()), was: *was}, nil
}

func (m *modes) set(now mode) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = now
	return m.apply()
}

// again sets the mode anew, after somebody else may have changed it. In the
// background the terminal is another program's.
func (m *modes) again() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if group, err := unix.IoctlGetInt(m.fd, unix.TIOCGPGRP); err == nil && group != unix.Getpgrp() {
		return nil
	}
	return m.apply()
}

func (m *modes) apply() error {
	t := m.was
	switch m.now {
	case running:
		// Without line editing by the terminal a long type-ahead is not cut off,
		// and keys for a command that reads them itself come as they are.
		t.Iflag &^= unix.ICRNL | unix.INLCR | unix.IGNCR
		t.Lflag &^= unix.ICANON | unix.ECHO
		t.Lflag |= unix.ISIG | unix.NOFLSH // Ctrl-C does not throw away what was printed and is not on the screen yet
		t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	case typing:
		t.Iflag &^= unix.BRKINT | unix.ICRNL | unix.INLCR | unix.IGNCR | unix.INPCK | unix.ISTRIP | unix.IXON
		t.Lflag &^= unix.ICANON | unix.ECHO | unix.ISIG | unix.IEXTEN
		t.Cflag = t.Cflag&^unix.CSIZE | unix.CS8
		t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	}
	return unix.IoctlSetTermios(m.fd, setModes, &t)
}
