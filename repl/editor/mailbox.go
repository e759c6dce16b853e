package editor

import (
	"strings"
	"sync"

	"blissh/repl"
)

// mailbox is what other goroutines want of the one that reads.
type mailbox struct {
	wake func()

	mu       sync.Mutex
	output   strings.Builder
	end      error // returned by ReadLine
	paused   bool  // the program is to be stopped
	repeated bool  // the terminal may have been changed by somebody else
}

// letters is what has come since the last look.
type letters struct {
	output           string // whole lines
	end              error
	paused, repeated bool
}

func (m *mailbox) put(f func()) {
	m.mu.Lock()
	f()
	m.mu.Unlock()
	m.wake()
}

func (m *mailbox) above(text string) { m.put(func() { m.output.WriteString(text) }) }

// take empties the mailbox. A line of output that has no end yet stays in it.
func (m *mailbox) take() letters {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := letters{end: m.end, paused: m.paused, repeated: m.repeated}
	all := m.output.String()
	l.output = all[:strings.LastIndexByte(all, '\n')+1]
	m.output.Reset()
	m.output.WriteString(all[len(l.output):])
	m.end, m.paused, m.repeated = nil, false, false
	return l
}

// rest is the output that has not been shown.
func (m *mailbox) rest() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.output.String()
	m.output.Reset()
	return s
}

// ending is an end that has come while nothing was read.
func (m *mailbox) ending() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	err := m.end
	m.end = nil
	return err
}

// Clear drops what is being typed, as Ctrl-C does: ReadLine returns
// repl.ErrCleared, now or when it is called next.
func (e *Editor) Clear() { e.End(repl.ErrCleared) }

// End makes ReadLine return err, now or when it is called next. The first one
// counts.
func (e *Editor) End(err error) {
	e.mail.put(func() {
		if e.mail.end == nil || e.mail.end == repl.ErrCleared {
			e.mail.end = err
		}
	})
}

// Pause does what Ctrl-Z does.
func (e *Editor) Pause() { e.mail.put(func() { e.mail.paused = true }) }

// Refresh draws anew, after the window has got another size or after the
// program was stopped.
func (e *Editor) Refresh() {
	e.terminal.again()
	e.mail.put(func() { e.mail.repeated = true })
}

// readMail does what others want.
func (e *Editor) readMail() error {
	l := e.mail.take()
	if l.output != "" {
		e.canvas.above(l.output, int(e.terminal.GetWinSize().Col))
	}
	if l.paused {
		e.input.result = suspend
	}
	return l.end
}
