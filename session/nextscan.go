package session

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"blissh/data"
	"blissh/data/store"
	"blissh/writer"

	"golang.org/x/sys/unix"
)

// nextScan describes the next scan as far as its place depends on that. It has no
// number: a file of its own is called after that.
func (s *Session) nextScan(v *data.Saving) *data.Scan {
	return &data.Scan{Session: s.Name, User: s.holder.User, Start: time.Now(), Save: true, Saving: v}
}

// NextScan is what becomes of the next scan that is saved.
type NextScan struct {
	Saving *data.Saving
	Files  []string // as long as it begins today
	Wrong  string   // why it cannot be saved there; one line

	Writer *store.Writer // who writes them; nil: nobody does yet
	Off    bool          // no writer is started, nor asked: scans are not saved
	Free   float64       // bytes of the disk that are free, and
	Size   float64       // all of them; 0: the disk is not of this machine
}

// writerTime is how long a writer may take to say where a scan goes.
const writerTime = 2 * time.Second

// NextScan asks the writer where the next scan goes; without one, and if it does
// not answer in time, it is where the session wants it.
func (s *Session) NextScan(ctx context.Context) (n NextScan, err error) {
	n.Saving, n.Off = s.Saving(), s.options.StartWriter == nil
	if n.Files, err = writer.Files(s.nextScan(n.Saving)); err != nil {
		return n, err
	}
	ctx, cancel := context.WithTimeout(ctx, writerTime)
	defer cancel()
	self := store.Writer{Host: s.holder.Host, PID: s.holder.PID, User: s.holder.User}
	who, found, err := writer.Find(ctx, s.DB, s.Name, self)
	if err != nil { // the store is away
		n.Wrong = strings.ReplaceAll(err.Error(), "\n", "; ")
	}
	if found {
		n.Writer = &who
		n.promised(s.DB.AskWriter(ctx, s.Name, store.Question{Scan: s.nextScan(n.Saving)}))
	}
	if !found || who.Host == self.Host {
		n.Free, n.Size = space(n.Files[0])
	}
	for i, name := range n.Files {
		n.Files[i] = strings.Replace(name, "_0000_.", "_NUMBER_NAME.", 1)
	}
	return n, nil
}

// promised is what the writer says.
func (n *NextScan) promised(p store.Promise, err error) {
	switch {
	case err != nil:
		n.Wrong = "the writer does not answer"
	case len(p.Files) > 0:
		n.Files = p.Files
	}
	if n.Wrong == "" {
		n.Wrong = p.Error
	}
}

// space is how much of a disk is free and how large it is, in bytes, by a file that
// need not exist yet.
func space(file string) (free, size float64) {
	folder := filepath.Dir(file)
	for {
		var at unix.Statfs_t
		err := unix.Statfs(folder, &at)
		if err == nil {
			return float64(at.Bavail) * float64(at.Bsize), float64(at.Blocks) * float64(at.Bsize)
		}
		if _, gone := os.Stat(folder); !errors.Is(gone, fs.ErrNotExist) || folder == filepath.Dir(folder) {
			return 0, 0
		}
		folder = filepath.Dir(folder)
	}
}
