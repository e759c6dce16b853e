package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"blissh/data"
	"blissh/data/file"
	"blissh/data/store"
	"blissh/internal/redisconn"
	"blissh/writer"
)

// envSaving set to "off" leaves scans without files.
const envSaving = "BLISSH_SAVING"

// fileWriter starts the writer of a session's files for its shell. With a store
// that others share it is a process that outlives the shell; with a private one it
// is a part of this process, which waits for it at its end.
type fileWriter struct {
	url     string
	private bool
	root    string // for scans of which nobody says where they go
	session string

	cancel context.CancelFunc
	done   chan struct{} // closed when the part of this process has ended; nil: there is none
	why    error         // of its end
}

// start is session.Options.StartWriter; one call at a time.
func (w *fileWriter) start(ctx context.Context, db *store.DB, session string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, writerStart, fmt.Errorf("no sign of life within %v", writerStart))
	defer cancel()
	if w.private {
		return w.inside(ctx, db, session)
	}
	cmd, exited, err := w.launch(session)
	if err != nil {
		return err
	}
	err = appears(ctx, db, session, exited, func() string { return writerWords(session) })
	if err != nil {
		_ = cmd.Process.Kill() // it may be on its way
	}
	return err
}

// writerStart is how long a writer may take to start.
const writerStart = 10 * time.Second

// otherTime is how long another writer may take to say that it is there.
const otherTime = 2 * time.Second

// appears waits until a session has a writer. The one that was started may end
// because there is another one, which is as good; words are its last ones.
func appears(ctx context.Context, db *store.DB, session string, ended <-chan struct{}, words func() string) error {
	self, late := ourselves(""), (<-chan time.Time)(nil)
	for {
		_, found, err := writer.Find(ctx, db, session, self)
		if found && err == nil {
			return nil
		}
		select {
		case <-ended:
			ended, late = nil, time.After(otherTime)
		case <-late:
			return fmt.Errorf("it ended at once; %s", words())
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// launch starts a process of its own, away from this one's terminal and folder.
// The address of the store may have a password: it is not among the arguments.
func (w *fileWriter) launch(session string) (*exec.Cmd, <-chan struct{}, error) {
	program, err := ownProgram()
	if err != nil {
		return nil, nil, err
	}
	log, err := openWriterLog(session)
	if err != nil {
		return nil, nil, err
	}
	defer log.Close()
	cmd := exec.Command(program, "write", session, "--background", w.root)
	cmd.Dir, cmd.Stdout, cmd.Stderr = filepath.Dir(log.Name()), log, log
	cmd.Env = append(os.Environ(), redisconn.EnvStore+"="+w.url)
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

// ownProgram is the file of this program; what runs goes on when that was removed
// meanwhile.
func ownProgram() (string, error) {
	const running = "/proc/self/exe"
	path, err := os.Executable()
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(running); err == nil {
			return running, nil
		}
	}
	return path, nil
}

// maxWriterLog is the size of a log that begins anew with the next writer.
const maxWriterLog = 1 << 20

func writerLog(session string) (string, error) {
	dir, err := redisconn.RuntimeDir()
	return filepath.Join(dir, "writer-"+session+".log"), err
}

func openWriterLog(session string) (*os.File, error) {
	path, err := writerLog(session)
	if err != nil {
		return nil, err
	}
	flags := os.O_WRONLY | os.O_CREATE | os.O_APPEND
	if info, err := os.Stat(path); err == nil && info.Size() > maxWriterLog {
		flags |= os.O_TRUNC
	}
	return os.OpenFile(path, flags, 0o600)
}

// writerWords is the last line of the log, and where there is more.
func writerWords(session string) string {
	path, err := writerLog(session)
	if err != nil {
		return err.Error()
	}
	b, _ := os.ReadFile(path)
	b = bytes.TrimSpace(b)
	return fmt.Sprintf("its last words: %q (%s)", b[bytes.LastIndexByte(b, '\n')+1:], path)
}

// inside runs the writer in this process.
func (w *fileWriter) inside(ctx context.Context, db *store.DB, name string) error {
	own, err := store.Open(ctx, w.url)
	if err != nil {
		return err
	}
	formats, err := file.Named(sessionFormats)
	if err != nil {
		return err
	}
	running, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	w.cancel, w.done, w.session = cancel, done, name
	go func() {
		defer close(done)
		defer own.Close()
		w.why = writer.Run(running, own, writer.Options{
			Session: name, Formats: formats, Place: writer.Place{Root: w.root, Template: writer.DefaultTemplate},
			Wanted: writer.Wanted{Root: true, Template: true, Formats: true}, Self: ourselves(""), Say: func(string) {},
		})
	}()
	if err = appears(ctx, db, name, done, func() string { return w.why.Error() }); err != nil {
		cancel()
	}
	return err
}

// finishTime is how long the end of the program waits until everything of a private
// store is in files.
const finishTime = 10 * time.Second

// close lets the writer in this process finish, for its store ends now. It returns
// what is missing.
func (w *fileWriter) close() error {
	if w.done == nil {
		return nil
	}
	defer func() { w.cancel(); <-w.done }()
	ctx, cancel := context.WithTimeout(context.Background(), finishTime)
	defer cancel()
	db, err := store.Open(ctx, w.url)
	if err != nil {
		return err
	}
	defer db.Close()
	list, err := db.Scans(ctx, w.session)
	if err != nil {
		return err
	}
	var missing []error
	for _, s := range list {
		if err := finished(ctx, db, s); err != nil {
			missing = append(missing, err)
		}
	}
	return errors.Join(missing...)
}

// finished waits until a scan is in files.
func finished(ctx context.Context, db *store.DB, s *data.Scan) error {
	for s.Save {
		v, err := db.Saved(ctx, s.Session, s.UID)
		switch {
		case err == nil && v.Complete:
			return nil
		case err == nil && v.Error != "":
			return errors.New(v.Error)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("scan %d is not saved: %d of %d points are in files", s.Number, v.Points, s.Taken)
		case <-time.After(10 * time.Millisecond):
		}
	}
	return nil
}
