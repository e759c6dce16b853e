package editor

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/c-bata/go-prompt"
	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// terminal reads keys, one byte at a time: what comes behind the Enter that ends
// an input stays in the terminal, for the command that runs may read keys itself.
type terminal struct {
	*modes
	in, out *os.File
	held    []byte // read, and to be read again

	wakeR, wakeW *os.File
	woken        atomic.Bool // a wake-up is on its way
}

var _ prompt.ConsoleParser = (*terminal)(nil)

var (
	errWoken   = errors.New("woken")
	errNothing = errors.New("nothing was typed")
)

func newTerminal(in, out *os.File) (*terminal, error) {
	m, err := newModes(in)
	if err != nil {
		return nil, fmt.Errorf("terminal: %w", err)
	}
	t := &terminal{modes: m, in: in, out: out}
	if t.wakeR, t.wakeW, err = os.Pipe(); err != nil {
		return nil, fmt.Errorf("terminal: %w", err)
	}
	return t, nil
}

// Setup is for typing.
func (t *terminal) Setup() error { return t.set(typing) }

// TearDown is for running what was typed.
func (t *terminal) TearDown() error { return t.set(running) }

// close gives the terminal back as it was found.
func (t *terminal) close() error {
	return errors.Join(t.set(found), t.wakeR.Close(), t.wakeW.Close())
}

// GetWinSize is asked at each drawing.
func (t *terminal) GetWinSize() *prompt.WinSize {
	columns, rows, err := term.GetSize(int(t.out.Fd()))
	if err != nil || columns < 1 || rows < 1 {
		columns, rows = 80, 24
	}
	return &prompt.WinSize{Row: uint16(rows), Col: uint16(columns)}
}

// wake makes Read return errWoken. Safe from any goroutine, never waits.
func (t *terminal) wake() {
	if t.woken.CompareAndSwap(false, true) {
		t.wakeW.Write([]byte{0})
	}
}

func (t *terminal) awake() {
	t.wakeR.Read(make([]byte, 1))
	t.woken.Store(false)
}

// forever waits for a key or a wake-up; any other wait is for a key alone.
const forever time.Duration = -1

// next returns the next byte.
func (t *terminal) next(wait time.Duration) (byte, error) {
	if len(t.held) > 0 {
		b := t.held[0]
		t.held = t.held[1:]
		return b, nil
	}
	if err := t.wait(wait); err != nil {
		return 0, err
	}
	var b [1]byte
	n, err := unix.Read(int(t.in.Fd()), b[:])
	switch {
	case err == unix.EINTR || err == unix.EAGAIN:
		return t.next(wait)
	case err != nil || n == 0: // the terminal is gone
		return 0, io.EOF
	}
	return b[0], nil
}

// hold gives a byte back.
func (t *terminal) hold(b byte) { t.held = append([]byte{b}, t.held...) }

// pending reports whether a byte comes within some time.
func (t *terminal) pending(wait time.Duration) bool {
	return len(t.held) > 0 || t.wait(wait) == nil
}

// pasteGap is how soon the next character of a paste without brackets follows.
const pasteGap = 20 * time.Millisecond

// pasting reports whether more characters come faster than anybody types.
func (t *terminal) pasting() bool { return t.pending(pasteGap) }

// textFollows reports whether a plain character has come already.
func (t *terminal) textFollows() bool {
	if !t.pending(0) {
		return false
	}
	b, err := t.next(0)
	if err != nil {
		return false
	}
	t.hold(b)
	return plain(b)
}

// wait waits until a byte can be read.
func (t *terminal) wait(wait time.Duration) error {
	in, wake := int(t.in.Fd()), int(t.wakeR.Fd())
	for end := time.Now().Add(wait); ; {
		var fds unix.FdSet
		fds.Set(in)
		var timeout *unix.Timeval
		if wait == forever {
			fds.Set(wake)
		} else {
			left := unix.NsecToTimeval(max(0, time.Until(end)).Nanoseconds())
			timeout = &left
		}
		n, err := unix.Select(max(in, wake)+1, &fds, nil, nil, timeout)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return io.EOF
		case n == 0:
			return errNothing
		case wait == forever && fds.IsSet(wake):
			t.awake()
			return errWoken
		default:
			return nil
		}
	}
}
