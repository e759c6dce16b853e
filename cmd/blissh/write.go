package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"time"

	"blissh/data"
	"blissh/data/file"
	"blissh/data/store"
	"blissh/internal/redisconn"
	"blissh/session"
	"blissh/writer"

	"github.com/spf13/cobra"
)

// filing is where files go, and in which formats.
type filing struct {
	root, template, formats string

	wanted     writer.Wanted // what was not said: the session decides
	background string        // started by a shell, with its root: it ends when nobody needs it
}

func (x *filing) flags(c *cobra.Command, formats string) {
	c.Flags().StringVar(&x.root, "root", session.DefaultDataRoot, "`FOLDER` below which files are written")
	c.Flags().StringVar(&x.template, "template", writer.DefaultTemplate, "folder of a scan below it; {session}, {date}, {user}, {proposal}, {sample} and {dataset} are filled in")
	c.Flags().StringVar(&x.formats, "format", formats, "`FORMATS`, separated by commas: spec, csv, hdf5")
}

// check turns the flags into what the writer needs.
func (x *filing) check() (writer.Place, []file.Format, error) {
	formats, err := file.Named(x.formats)
	if err != nil {
		return writer.Place{}, nil, usagef("--format: %v", err)
	}
	root, err := filepath.Abs(cmp.Or(x.background, x.root))
	if err != nil {
		return writer.Place{}, nil, err
	}
	p := writer.Place{Root: root, Template: x.template}
	if err := p.Check(); err != nil {
		return p, nil, usagef("--template: %v", err)
	}
	return p, formats, nil
}

func writeCommand(f *flags) *cobra.Command {
	var x filing
	c := &cobra.Command{
		Use:   "write SESSION",
		Short: "Write the scans of a session into files",
		Long: "Follows a session, which need not exist yet, and writes each scan that is to be\n" +
			"saved into files while it runs. Scans that the store still has and that are not in\n" +
			"files are written first; a scan that was cut short is continued.",
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			x.wanted = writer.Wanted{Root: !c.Flags().Changed("root"), Template: !c.Flags().Changed("template"), Formats: !c.Flags().Changed("format")}
			return writeSession(f, strings.ToLower(args[0]), &x)
		},
	}
	x.flags(c, sessionFormats)
	c.Flags().StringVar(&x.background, "background", "", "")
	c.Flags().MarkHidden("background")
	return c
}

// writeSession writes the scans of a session until it is ended.
func writeSession(f *flags, name string, x *filing) error {
	if !data.ValidName(name) {
		return usagef("%q is no name of a session: letters, digits, _ . - expected, 64 at most", name)
	}
	place, formats, err := x.check()
	if err != nil {
		return err
	}
	ctx, cancel := signalContext()
	defer cancel()
	db, closeStore, err := openStore(ctx, f)
	if err != nil {
		return err
	}
	defer closeStore()
	o := writer.Options{Session: name, Formats: formats, Place: place, Wanted: x.wanted, Self: ourselves(x.under(place)), Say: x.say}
	if x.background != "" {
		o.Idle = writerIdle
		var end context.CancelFunc
		ctx, end = context.WithCancel(ctx)
		defer end()
		go endWithStore(ctx, end)
	}
	return x.run(ctx, db, o)
}

// run is the only writer of a session on this machine.
func (x *filing) run(ctx context.Context, db *store.DB, o writer.Options) error {
	lock, err := writer.TakeLock(ctx, db, o.Session, o.Self)
	if err != nil {
		return err
	}
	defer lock.Release()
	x.say(x.where(o.Session, o.Place))
	err = writer.Run(ctx, db, o)
	switch {
	case errors.Is(err, writer.ErrIdle):
		x.say(err.Error())
		return nil
	case ctx.Err() != nil:
		return printed{context.Cause(ctx)} // the usual way to leave
	}
	return err
}

// sessionFormats are those of a session that has not chosen any.
const sessionFormats = "spec,hdf5"

// writerIdle is how long a writer in the background waits for the next shell.
const writerIdle = time.Minute

// storeLook is the time between two looks whether the user's store is there.
const storeLook = 500 * time.Millisecond

// endWithStore ends a writer when the user's own store was ended, which removes its
// file; one that has crashed leaves it behind and comes back.
func endWithStore(ctx context.Context, end func()) {
	f, err := redisconn.ReadStoreFile()
	for ours := err == nil && f.URL == os.Getenv(redisconn.EnvStore); ours; {
		select {
		case <-ctx.Done():
			return
		case <-time.After(storeLook):
		}
		if _, err := redisconn.ReadStoreFile(); errors.Is(err, fs.ErrNotExist) {
			end()
			return
		}
	}
}

// say prints a line; in a log it has its time.
func (x *filing) say(line string) {
	if x.background != "" {
		line = time.Now().Format(time.DateTime) + " " + line
	}
	fmt.Println(line)
}

// where says what is written, and where if somebody has said that here.
func (x *filing) where(name string, place writer.Place) string {
	formats, below := x.formats, "below "+place.Root
	if x.wanted.Formats {
		formats = "files"
	}
	if x.wanted.Root {
		below = "where its shell wants them"
	}
	return fmt.Sprintf("writes %s of %s %s", formats, name, below)
}

// under is the folder for others to know; "" where the session decides.
func (x *filing) under(place writer.Place) string {
	if x.wanted.Root {
		return ""
	}
	return place.Root
}

// openStore connects to the store that was chosen.
func openStore(ctx context.Context, f *flags) (*store.DB, func(), error) {
	chosen, err := chooseStore(ctx, f.store)
	if err != nil {
		return nil, nil, err
	}
	db, err := store.Open(ctx, chosen.url)
	if err != nil {
		chosen.close()
		return nil, nil, err
	}
	return db, func() { db.Close(); chosen.close() }, nil
}

// ourselves is this process, as others see it.
func ourselves(root string) store.Writer {
	w := store.Writer{PID: os.Getpid(), Since: time.Now(), Root: root}
	w.Host, _ = os.Hostname()
	if u, err := user.Current(); err == nil {
		w.User = u.Username
	}
	return w
}
