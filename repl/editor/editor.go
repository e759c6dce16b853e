package editor

import (
	"errors"
	"io"
	"os"
	"strings"

	"blissh/internal/screen"
	"blissh/repl"
)

// Options are what an editor is made of. In, Out and Incomplete are needed.
type Options struct {
	In, Out *os.File // the terminal
	Colour  bool
	History string // the file; "" keeps the history in memory only
	// Incomplete reports whether a text needs another line.
	Incomplete func(text string) bool
	// Assist helps while something is typed. It is asked at each prompt; nil, or
	// what it returns, may be none.
	Assist func() repl.Assist
	// Typing is told where output goes while something is typed, and nil
	// afterwards. The function that it is given never waits.
	Typing func(above func(text string))
	// Interrupted is told of Ctrl-C, which drops the input unless it returns
	// false: the key is still held down from before.
	Interrupted func() (drop bool)
	// Suspend stops the program at Ctrl-Z and returns when it goes on. Before,
	// it calls release, which gives the terminal back; unless it refuses to stop.
	Suspend func(release func())
	// Warn is told what went wrong with the history.
	Warn func(text string)
}

// Editor is a repl.LineReader that reads whole inputs: with several lines, where
// the language asks for them. ReadLine and Close are for one goroutine, all
// other methods are safe for concurrent use and never wait.
type Editor struct {
	o        Options
	terminal *terminal
	canvas   *canvas
	input    *input
	bindings bindings
	styles   styles
	mail     mailbox
	prompt   string
}

var _ repl.LineReader = (*Editor)(nil)

// Open takes the terminal. From now until Close it echoes nothing, and Ctrl-C is
// a signal except in ReadLine.
func Open(o Options) (*Editor, error) {
	t, err := newTerminal(o.In, o.Out)
	if err != nil {
		return nil, err
	}
	h, err := openHistory(o.History)
	e := &Editor{
		o: withDefaults(o), terminal: t, canvas: &canvas{out: o.Out},
		bindings: newBindings(), styles: newStyles(o.Colour),
	}
	e.mail.wake = t.wake
	if err != nil {
		e.o.Warn(err.Error())
	}
	e.input = &input{
		history: h, popup: newPopup(), incomplete: o.Incomplete, assist: e.o.Assist,
		pasting: t.pasting, textFollows: t.textFollows, paste: t.paste,
	}
	return e, t.TearDown()
}

func withDefaults(o Options) Options {
	if o.Assist == nil {
		o.Assist = func() repl.Assist { return nil }
	}
	if o.Typing == nil {
		o.Typing = func(func(string)) {}
	}
	if o.Interrupted == nil {
		o.Interrupted = func() bool { return true }
	}
	if o.Suspend == nil {
		o.Suspend = func(func()) {}
	}
	if o.Warn == nil {
		o.Warn = func(string) {}
	}
	return o
}

// Close gives the terminal back as it was found.
func (e *Editor) Close() error { return e.terminal.close() }

// ReadLine shows a prompt and returns an input, whose lines are separated by
// newlines.
func (e *Editor) ReadLine(prompt string) (string, error) {
	if err := e.mail.ending(); err != nil {
		return "", err
	}
	e.prompt = prompt
	e.input.start()
	if err := e.terminal.Setup(); err != nil {
		return "", errors.Join(io.EOF, err)
	}
	defer e.terminal.TearDown()
	e.o.Typing(e.mail.above)
	defer e.stopTyping()
	e.canvas.buf.WriteString(pasteOn)
	return e.loop()
}

// stopTyping sends output where it came from. What has come in the last moment
// follows.
func (e *Editor) stopTyping() {
	e.o.Typing(nil)
	if rest := e.mail.rest(); rest != "" {
		io.WriteString(e.o.Out, strings.TrimSuffix(rest, "\n")+"\n")
	}
}

func (e *Editor) loop() (string, error) {
	for {
		if !e.terminal.pending(0) {
			e.draw()
		}
		key, err := e.terminal.Read()
		switch {
		case errors.Is(err, errWoken):
			err = e.readMail()
		case err == nil:
			e.input.press(e.bindings, key)
		}
		if err != nil {
			e.finish(markOf(err))
			return "", err
		}
		if text, err, over := e.serve(); over {
			return text, err
		}
	}
}

// markOf is what stands behind a text that was not run.
func markOf(err error) string {
	if errors.Is(err, repl.ErrCleared) {
		return "^C"
	}
	return ""
}

// serve does what the last key asked for.
func (e *Editor) serve() (text string, err error, over bool) {
	r := e.input.result
	e.input.result = goesOn
	switch r {
	case entered:
		e.finish("")
		return e.enter(), nil, true
	case dropped:
		if !e.o.Interrupted() {
			return "", nil, false
		}
		e.finish(markOf(repl.ErrCleared))
		return "", repl.ErrCleared, true
	case leaves:
		e.finish("")
		return "", io.EOF, true
	case suspend:
		e.o.Suspend(e.release)
		e.retake()
	case clearScreen:
		e.canvas.clear()
	}
	return "", nil, false
}

// enter keeps the input that was typed.
func (e *Editor) enter() string {
	text := strings.TrimRight(e.input.text(), "\n")
	if err := e.input.history.add(text); err != nil {
		e.o.Warn(err.Error())
		e.input.history.path = "" // once is enough
	}
	return e.input.text()
}

// label is the prompt of a line.
func (e *Editor) label(line int) string {
	switch {
	case line > 0:
		return repl.Continuation(e.prompt)
	case e.input.search != nil:
		return e.input.search.prompt()
	}
	return e.prompt
}

// draw shows the text, the hint below it, and the popup below that.
func (e *Editor) draw() {
	e.input.ask()
	size := e.terminal.GetWinSize()
	columns, height := int(size.Col), int(size.Row)
	before, after := e.input.shown()
	rows, cursor := lay(e.label, before, after, columns)
	help := e.help(columns, height-min(len(rows), max(1, height/2)))
	rows, cursor = window(rows, cursor, height-len(help))
	rows = append(rows, plainRows(help, screen.Width)...)
	e.canvas.draw(frame{rows, cursor}, columns)
}

// help is what is shown below the text, in at most n rows.
func (e *Editor) help(columns, n int) []string {
	p := e.input.popup
	if e.input.search != nil || n < 1 {
		return nil
	}
	var out []string
	if p.hint != "" {
		out = append(out, e.styles.faint+hintRow(" "+p.hint, columns-1)+e.styles.off)
	}
	word := e.input.before()[:p.from]
	_, at := lay(e.label, word, "", columns)
	return append(out, p.rows(e.styles, at.column-1, columns, n-len(out))...)
}

// finish shows the whole text for good.
func (e *Editor) finish(mark string) {
	columns := int(e.terminal.GetWinSize().Col)
	e.input.take()
	rows, _ := lay(e.label, e.input.text()+mark, "", columns)
	e.canvas.finish(rows, columns)
	e.canvas.buf.WriteString(pasteOff)
	e.canvas.flush()
}

// release gives the terminal back for a while; retake takes it again.
func (e *Editor) release() {
	e.finish("")
	e.terminal.set(found)
}

func (e *Editor) retake() {
	e.terminal.set(typing)
	e.canvas.buf.WriteString(pasteOn)
}
