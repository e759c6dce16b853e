package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"blissh/commands"
	"blissh/internal/redisconn"
	"blissh/internal/screen"

	"golang.org/x/term"
)

// output is where everything is printed.
type output struct {
	*screen.Screen
	errs   *screen.Screen // for what no command has printed
	colour bool
	json   *commands.JSONLines
	// terminal says that a hang-up leaves nobody to print for.
	terminal bool
}

// newOutput prints to the standard streams. On a terminal messages go the same
// way as the rest, so that they do not spoil what is redrawn in place.
func newOutput() *output {
	o := &output{Screen: screen.New(os.Stdout, terminalSize(os.Stdout)), colour: colours(os.Stdout)}
	o.errs = screen.New(os.Stderr, nil)
	o.terminal = term.IsTerminal(int(os.Stdout.Fd()))
	if o.terminal && term.IsTerminal(int(os.Stderr.Fd())) {
		o.errs = o.Screen
	}
	return o
}

// terminalSize asks for the size of a terminal that can place its cursor; nil
// for anything else.
func terminalSize(f *os.File) func() (columns, rows int) {
	fd := int(f.Fd())
	if !term.IsTerminal(fd) || os.Getenv("TERM") == "dumb" {
		return nil
	}
	return func() (columns, rows int) {
		columns, rows, err := term.GetSize(fd)
		if err != nil || columns < 1 || rows < 1 {
			return 80, 24
		}
		return columns, rows
	}
}

// colours reports whether a file is a terminal that shows colours.
func colours(f *os.File) bool {
	return term.IsTerminal(int(f.Fd())) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// scriptErrors is where interpreted code prints its errors: beside the rest, but
// for JSON lines, which have everything.
func (o *output) scriptErrors() io.Writer {
	if o.json != nil {
		return o
	}
	return o.errs
}

// toLog sends everything that is printed from now on to a file; it returns the
// file's path.
func (o *output) toLog(session string) (string, error) {
	dir, err := redisconn.RuntimeDir()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, session+".log")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return "", err
	}
	o.Redirect(f)
	o.errs.Redirect(f)
	return path, nil
}

// warn prints one line that no command has printed.
func (o *output) warn(text string) {
	if o.json != nil {
		o.json.Message(text)
		return
	}
	fmt.Fprintln(o.errs, text)
}
