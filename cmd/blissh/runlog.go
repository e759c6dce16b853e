package main

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"strings"
	"sync"
	"time"

	"blissh/scan"
)

// runLog is the file of --log: what a script printed, between a line that says
// who ran what and one that says how it ended. Without a file it is nothing.
type runLog struct {
	mu   sync.Mutex
	file *os.File
	err  error // the first one that writing met
}

const logTime = "2006-01-02 15:04:05"

// openLog adds to a file at its end; "" opens none.
func openLog(path string, script []string) (*runLog, error) {
	if path == "" {
		return &runLog{}, nil
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("--log: %w", err)
	}
	l := &runLog{file: f}
	host, _ := os.Hostname()
	name := "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	fmt.Fprintf(l, "# %s  run %s  by %s on %s, process %d\n", time.Now().Format(logTime), strings.Join(script, " "), name, host, os.Getpid())
	return l, nil
}

// Write never fails: a full disk does not end a script, but is told at its end.
func (l *runLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file != nil && l.err == nil {
		_, l.err = l.file.Write(b)
	}
	return len(b), nil
}

// end writes how the script ended and closes the file. It returns the script's
// error, or what went wrong with the log.
func (l *runLog) end(err error) error {
	if l.file == nil {
		return err
	}
	fmt.Fprintf(l, "# %s  exit status %d\n", time.Now().Format(logTime), exitCode(err))
	l.mu.Lock()
	defer l.mu.Unlock()
	if lost := errors.Join(l.err, l.file.Close()); lost != nil && err == nil {
		return fmt.Errorf("the script is done, but its log is not complete: %w", lost)
	}
	return err
}

// overdue is the cause of a stop by --deadline; it counts as an interruption for
// everything that runs, and as a failure for whoever started the script.
type overdue struct{ after time.Duration }

func (o *overdue) Error() string { return fmt.Sprintf("past the deadline of the script, %v", o.after) }

// endAfter stops everything after a time, 0 for never, as SIGTERM does; in a dry
// run the time is virtual, and 0 is the longest one that is believed.
func (a *app) endAfter(d time.Duration) (cancel func()) {
	if a.dry == nil {
		return a.keys.endAfter(d)
	}
	a.dry.endAfter(d, a.keys.end)
	return func() {}
}

func (o *overdue) Is(target error) bool { return target == scan.ErrInterrupted }

// endAfter stops everything after a time, 0 for never, as SIGTERM does; the
// function that it returns calls that off.
func (k *keys) endAfter(d time.Duration) (cancel func()) {
	if d == 0 {
		return func() {}
	}
	t := time.AfterFunc(d, func() { k.end(&overdue{d}) })
	return func() { t.Stop() }
}
