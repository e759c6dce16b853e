package repl

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// LineReader gives the prompt its lines. The one here reads plain lines; an
// editor with history and completion has the same two methods.
type LineReader interface {
	// ReadLine shows the prompt and returns the next line without its end, or
	// several lines of one input; io.EOF after the last one, ErrCleared when
	// Ctrl-C dropped the line. On a terminal the next output begins in a new
	// line, whatever it returns.
	ReadLine(prompt string) (string, error)
	// Close gives the terminal back.
	Close() error
}

// ErrCleared says that the line being typed was dropped.
var ErrCleared = errors.New("the line was dropped")

// longestLine bounds one line of input: more than any source line, less than
// what would hurt.
const longestLine = 1 << 20

// Lines reads plain lines from a terminal or a pipe.
type Lines struct {
	out     io.Writer // for prompts; nil shows none
	lines   chan line
	cleared chan error
	asked   chan struct{}
	pending bool // a line has been asked for and has not come
}

type line struct {
	text string
	err  error
}

// NewLines reads lines of in; prompts go to out, which is nil for a pipe. The
// reading goroutine ends with in.
func NewLines(in io.Reader, out io.Writer) *Lines {
	l := &Lines{out: out, lines: make(chan line), cleared: make(chan error, 1), asked: make(chan struct{}, 1)}
	go l.read(in)
	return l
}

// read reads one line for each that is asked for, so that what is typed ahead
// stays in the terminal.
func (l *Lines) read(in io.Reader) {
	s := bufio.NewScanner(in)
	s.Buffer(make([]byte, 0, 4096), longestLine)
	for range l.asked {
		if s.Scan() {
			l.lines <- line{text: s.Text()}
			continue
		}
		err := s.Err()
		if err == nil {
			err = io.EOF
		}
		l.lines <- line{err: err}
		return
	}
}

// ReadLine waits for a line or for Clear.
func (l *Lines) ReadLine(prompt string) (string, error) {
	if l.out != nil {
		fmt.Fprint(l.out, prompt)
	}
	if !l.pending { // else the line that was asked for before Clear is still being read
		l.asked <- struct{}{}
		l.pending = true
	}
	select {
	case x := <-l.lines:
		l.pending = x.err != nil // after the last line nobody reads any more
		l.newLine(x.err)
		return x.text, x.err
	case err := <-l.cleared:
		l.newLine(err)
		return "", err
	}
}

// newLine ends the prompt's line where the terminal has echoed no Enter.
func (l *Lines) newLine(err error) {
	if l.out != nil && err != nil {
		fmt.Fprintln(l.out)
	}
}

// Clear is Ctrl-C at the prompt: the terminal has dropped what was typed.
// ReadLine returns ErrCleared. Safe from any goroutine.
func (l *Lines) Clear() { l.End(ErrCleared) }

// End makes ReadLine return err, now or when it is called next. Safe from any
// goroutine.
func (l *Lines) End(err error) {
	select {
	case l.cleared <- err:
	default: // one is waiting already
	}
}

// Close does nothing: plain lines leave a terminal as it was.
func (l *Lines) Close() error { return nil }
