package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// keyboard reads single keys of the controlling terminal, which it opens anew:
// so a read of it can end without disturbing those of the prompt. Keys are not
// echoed; Ctrl-C and Ctrl-Z stay signals.
type keyboard struct {
	fd    int // of tty; its own method Fd would make reads block for ever
	tty   *os.File
	was   *unix.Termios
	bytes []byte // read, and no key yet
	close func() error

	mu       sync.Mutex
	isClosed bool
}

// escapeTime is how long after an escape the rest of a key may take to arrive.
const escapeTime = 50 * time.Millisecond

// openKeyboard takes the controlling terminal, or the one that is the standard
// input where there is none.
func openKeyboard() (*keyboard, error) {
	k, err := newKeyboard("/dev/tty")
	if err != nil {
		k, err = newKeyboard("/proc/self/fd/0")
	}
	return k, err
}

func newKeyboard(path string) (*keyboard, error) {
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, errNoKeys
	}
	k := &keyboard{fd: fd, tty: os.NewFile(uintptr(fd), path)}
	k.close = sync.OnceValue(k.giveBack)
	if err := k.begin(); err != nil {
		k.tty.Close()
		return nil, err
	}
	return k, nil
}

// begin switches echo and line buffering off.
func (k *keyboard) begin() (err error) {
	if k.was, err = unix.IoctlGetTermios(k.fd, unix.TCGETS); err != nil {
		return errNoKeys
	}
	now := *k.was
	now.Lflag &^= unix.ICANON | unix.ECHO | unix.IEXTEN
	now.Lflag |= unix.ISIG
	now.Cc[unix.VMIN], now.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(k.fd, unix.TCSETS, &now); err != nil {
		return fmt.Errorf("the terminal gives no single keys: %w", err)
	}
	return nil
}

// Key waits for the next key.
func (k *keyboard) Key(ctx context.Context) (string, error) {
	defer context.AfterFunc(ctx, func() { k.tty.SetReadDeadline(time.Unix(1, 0)) })()
	for {
		if key, n := nextKey(k.bytes); n > 0 {
			k.bytes = k.bytes[n:]
			return key, nil
		}
		err := k.read(ctx)
		switch {
		case ctx.Err() != nil:
			return "", context.Cause(ctx)
		case errors.Is(err, os.ErrDeadlineExceeded): // nothing follows
			return k.unfinished(), nil
		case errors.Is(err, io.EOF), errors.Is(err, os.ErrClosed):
			return "", errTerminalGone
		case err != nil:
			return "", fmt.Errorf("%w: %v", errTerminalGone, err)
		}
	}
}

// read waits for more bytes: for ever, or for the rest of an escape.
func (k *keyboard) read(ctx context.Context) error {
	var end time.Time
	if len(k.bytes) > 0 {
		end = time.Now().Add(escapeTime)
	}
	k.tty.SetReadDeadline(end)
	if ctx.Err() != nil { // before the deadline was set
		return context.Cause(ctx)
	}
	b := make([]byte, 64)
	n, err := k.tty.Read(b)
	k.bytes = append(k.bytes, b[:n]...)
	return err
}

// unfinished is what began like a longer key: an escape is one by itself.
func (k *keyboard) unfinished() (key string) {
	if len(k.bytes) == 1 && k.bytes[0] == esc {
		key = "escape"
	}
	k.bytes = k.bytes[:0]
	return key
}

// Close puts the terminal back as it was and drops what has been typed ahead:
// it was meant for the command. It may be called more than once.
func (k *keyboard) Close() error { return k.close() }

func (k *keyboard) giveBack() error {
	k.mu.Lock()
	k.isClosed = true
	k.mu.Unlock()
	err := unix.IoctlSetTermios(k.fd, unix.TCSETSF, k.was)
	return errors.Join(err, k.tty.Close())
}

// closed reports whether the terminal was given back.
func (k *keyboard) closed() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.isClosed
}
