package storeserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"blissh/internal/redisconn"
)

// EnsureOptions of Ensure.
type EnsureOptions struct {
	// Command is a program and its arguments that calls Run, as
	// [os.Executable(), "store", "--background"].
	Command []string
	// Wait is how long the store may take to answer; 0 means 5 s.
	Wait time.Duration
}

// Ensure returns this user's store, after starting it if there is none. The
// started process has a session of its own and outlives this one. Of several
// processes that call Ensure at once one starts the store.
func Ensure(ctx context.Context, o EnsureOptions) (redisconn.StoreFile, error) {
	if o.Wait == 0 {
		o.Wait = 5 * time.Second
	}
	ctx, cancel := context.WithTimeoutCause(ctx, o.Wait, fmt.Errorf("no answer within %v", o.Wait))
	defer cancel()
	if f, err := running(ctx); err == nil {
		return f, nil
	}
	f, err := o.begin(ctx)
	if err != nil {
		return redisconn.StoreFile{}, fmt.Errorf("start the store: %w", err)
	}
	return f, nil
}

func (o EnsureOptions) begin(ctx context.Context) (redisconn.StoreFile, error) {
	l, err := waitLock(ctx, ensureLock)
	if err != nil {
		return redisconn.StoreFile{}, err
	}
	defer l.release()
	if f, err := running(ctx); err == nil {
		return f, nil
	}
	cmd, exited, err := o.launch()
	if err != nil {
		return redisconn.StoreFile{}, err
	}
	f, err := answering(ctx, exited)
	if err != nil {
		end(cmd, exited)
	}
	return f, err
}

// end ends a command that did not become a store in time, and what it started.
func end(cmd *exec.Cmd, exited <-chan struct{}) {
	select {
	case <-exited:
		return
	default:
		syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
	}
	select {
	case <-exited:
	case <-time.After(stopBound):
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	}
}

// answering waits until the store is there. The process that was started may
// end because another store runs, which then is as good; but if there is none,
// waiting is in vain.
func answering(ctx context.Context, exited <-chan struct{}) (redisconn.StoreFile, error) {
	for {
		f, err := running(ctx)
		if err == nil {
			return f, nil
		}
		select {
		case <-exited:
			if holder() == 0 {
				return f, fmt.Errorf("it ended at once; %s", logHint())
			}
		default:
		}
		if cause := pause(ctx); cause != nil {
			return f, fmt.Errorf("%w (%w); %s", cause, err, logHint())
		}
	}
}

// running returns the store that is running, if it answers.
func running(ctx context.Context) (redisconn.StoreFile, error) {
	f, err := current()
	if err != nil {
		return f, err
	}
	c, err := ownClient(f.URL)
	if err != nil {
		return f, err
	}
	defer c.Close()
	return f, c.Ping(ctx).Err()
}

// ErrNotRunning is wrapped by errors that say there is no store.
var ErrNotRunning = errors.New("no store is running")

// current reads the store file, and believes it only if the process that wrote
// it is still the store: a file that a crash left behind names nobody.
func current() (redisconn.StoreFile, error) {
	f, err := redisconn.ReadStoreFile()
	if errors.Is(err, os.ErrNotExist) || err == nil && f.PID != holder() {
		return f, ErrNotRunning
	}
	return f, err
}

// launch starts the command away from this process' terminal. The goroutine
// left behind waits for it, so that a store which ends is gone at once.
func (o EnsureOptions) launch() (*exec.Cmd, <-chan struct{}, error) {
	program, err := o.program()
	if err != nil {
		return nil, nil, err
	}
	log, err := openLog()
	if err != nil {
		return nil, nil, err
	}
	defer log.Close()
	cmd := exec.Command(program, o.Command[1:]...)
	cmd.Dir = filepath.Dir(log.Name())
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	exited := make(chan struct{})
	go func() {
		cmd.Wait()
		close(exited)
	}()
	return cmd, exited, nil
}

// program is the command's file, found from here, for it is started elsewhere.
func (o EnsureOptions) program() (string, error) {
	if len(o.Command) == 0 {
		return "", ErrNotRunning
	}
	path, err := exec.LookPath(o.Command[0])
	if err != nil {
		return "", err
	}
	return filepath.Abs(path)
}

const maxLog = 1 << 20 // bytes; a longer log begins anew with the next store

func openLog() (*os.File, error) {
	dir, err := redisconn.RuntimeDir()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "store.log")
	flags := os.O_WRONLY | os.O_CREATE | os.O_APPEND
	if info, err := os.Stat(path); err == nil && info.Size() > maxLog {
		flags |= os.O_TRUNC
	}
	return os.OpenFile(path, flags, 0o600)
}

// logHint is the last line of the log, and where there is more.
func logHint() string {
	dir, err := redisconn.RuntimeDir()
	if err != nil {
		return err.Error()
	}
	path := filepath.Join(dir, "store.log")
	b, _ := os.ReadFile(path)
	return fmt.Sprintf("its last words: %q (%s)", (&tail{end: b}).last(), path)
}
