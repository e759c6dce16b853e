package main

import (
	"os"
	"path/filepath"

	"blissh/repl"
	"blissh/repl/editor"
	"blissh/session"

	"golang.org/x/term"
)

// reader is where the prompt's lines come from: the line editor on a terminal
// that can place its cursor, plain lines anywhere else.
type reader interface {
	repl.LineReader
	Clear()        // drops what is being typed
	End(err error) // makes ReadLine return err
	Pause()        // stops the program until it is continued
	Refresh()      // draws anew, after the terminal has changed
}

var _ reader = (*editor.Editor)(nil)

// plainLines is a reader without an editor.
type plainLines struct {
	*repl.Lines
	pause, restore func()
}

func (l plainLines) Close() error { l.restore(); return l.Lines.Close() }
func (l plainLines) Pause()       { l.pause() }
func (l plainLines) Refresh()     {}

// openReader takes the terminal.
func (s *shell) openReader() error {
	switch {
	case !s.interactive:
		s.reader = plainLines{repl.NewLines(os.Stdin, nil), s.keys.stopSelf, func() {}}
		return nil
	case !canEdit():
		s.reader = plainLines{repl.NewLines(os.Stdin, s.out), s.keys.stopSelf, hideControls(os.Stdin)}
		return nil
	}
	e, err := editor.Open(s.editorOptions())
	if err != nil {
		return err
	}
	s.reader = e
	return nil
}

// canEdit reports whether lines can be edited: both ends are this process' own
// terminal, and it can place the cursor.
func canEdit() bool {
	if !term.IsTerminal(int(os.Stdout.Fd())) || os.Getenv("TERM") == "dumb" || os.Getenv("TERM") == "" {
		return false
	}
	f, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return false // Ctrl-C would reach nobody
	}
	f.Close()
	return true
}

func (s *shell) editorOptions() editor.Options {
	return editor.Options{
		In: os.Stdin, Out: os.Stdout,
		Colour:      s.out.colour,
		History:     s.historyFile(),
		Incomplete:  repl.Incomplete,
		Assist:      s.assist,
		Typing:      s.out.Typing,
		Interrupted: s.interrupted,
		Suspend:     s.suspend,
		Warn:        s.out.warn,
	}
}

// historyFile is where the inputs of the session are kept.
func (s *shell) historyFile() string {
	dir, err := session.StateFolder(s.session.Name)
	if err != nil {
		s.out.warn(oneLine(err))
		return ""
	}
	return filepath.Join(dir, "history")
}

// assist is the interpreter in use, if it helps.
func (s *shell) assist() repl.Assist {
	a, _ := any(s.current().Interp).(repl.Assist)
	return a
}

// suspend is Ctrl-Z at the prompt.
func (s *shell) suspend(release func()) {
	if s.refusePause() {
		return
	}
	release()
	s.keys.stopSelf()
}
