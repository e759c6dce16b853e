package editor

import (
	"strings"
	"unicode/utf8"

	"blissh/repl"

	"github.com/c-bata/go-prompt"
)

// input is what is being typed: the text, and whatever helps to write it. It
// knows keys, not terminals.
type input struct {
	buf        *prompt.Buffer
	history    *history
	recall     *recall // while Up and Down walk through the history
	search     *search // while Ctrl-R searches
	popup      *popup
	killed     string // for Ctrl-Y
	incomplete func(string) bool
	unclosed   unclosed
	assist     func() repl.Assist
	stale      bool // the popup belongs to an older text

	pasting     func() bool   // more characters come faster than anybody types
	textFollows func() bool   // a plain character has come already
	paste       func() string // reads a bracketed paste to its end

	afterCR bool // the last key was a carriage return
	result  result
}

// result is how a key ended the input, or what it asks of the editor.
type result int

const (
	goesOn result = iota
	entered
	dropped
	leaves // Ctrl-D
	suspend
	clearScreen
)

func (in *input) before() string { return in.buf.Document().TextBeforeCursor() }
func (in *input) after() string  { return in.buf.Document().TextAfterCursor() }
func (in *input) text() string   { return in.buf.Text() }

// set replaces the text, which is cut at the cursor.
func (in *input) set(before, after string) {
	in.buf = prompt.NewBuffer()
	in.buf.InsertText(before, false, true)
	in.buf.InsertText(after, false, false)
	in.changed()
}

// changed is told that the text or the cursor is another one.
func (in *input) changed() {
	in.stale = true
	in.popup.empty()
}

// ask asks for help with the text as it is now.
func (in *input) ask() {
	if !in.stale || in.search != nil {
		return
	}
	in.stale = false
	in.popup.ask(in.assist(), in.before(), in.after())
	if in.recall != nil {
		in.popup.open = false // or it would cover the history at each step
	}
}

// start begins an empty input.
func (in *input) start() {
	in.set("", "")
	in.recall, in.search, in.result = nil, nil, goesOn
}

// shown is the text as it is to be drawn: with the completion that was chosen,
// or the entry that was found.
func (in *input) shown() (before, after string) {
	if in.search != nil {
		return in.search.text(in.history)
	}
	before, after = in.before(), in.after()
	if word, ok := in.popup.chosen(); ok {
		before = before[:in.popup.from] + word
	}
	return before, after
}

// take makes what is shown the text.
func (in *input) take() {
	before, after := in.shown()
	in.set(before, after)
	in.search = nil
}

func (in *input) apply(f edit) {
	in.recall = nil
	in.set(f(in.before(), in.after()))
}

// kill is an edit whose loss can be brought back by Ctrl-Y.
func (in *input) kill(f edit) {
	before, after := in.before(), in.after()
	b, a := f(before, after)
	if lost := before[len(b):] + after[:len(after)-len(a)]; lost != "" {
		in.killed = lost
	}
	in.recall = nil
	in.set(b, a)
}

func (in *input) insert(s string) {
	in.recall = nil
	in.buf.InsertText(s, false, true)
	in.changed()
}

// insertPaste takes a paste as it is. Its last line end is left out, so that a
// line that was copied with it is not followed by an empty one; nothing is run
// before Enter.
func (in *input) insertPaste() { in.insert(strings.TrimSuffix(typed(in.paste()), "\n")) }

// enter runs the text, or goes on in a new line while it is incomplete. An empty
// line at the end runs it anyway, but not within a paste.
func (in *input) enter() {
	text := in.text()
	blank := strings.TrimSpace(text[lineOffset(text):]) == ""
	switch {
	case !blank && in.unclosed.still(text):
		in.insert("\n")
	case !in.incomplete(text):
		in.result = entered
	case blank && strings.Contains(text, "\n") && in.after() == "" && !in.pasting():
		in.result = entered
	default:
		in.unclosed.note(in.incomplete, text)
		in.insert("\n")
	}
}

// complete chooses a completion; where there can be none, a tab is a tab.
func (in *input) complete() {
	if in.tabIsText() {
		in.insert("\t")
		return
	}
	in.ask()
	in.popup.step(in.popup.Next)
	if len(in.popup.list) == 1 {
		in.take()
	}
}

// tabIsText reports whether a tab indents a further line, or is part of a paste.
// On a slow line a typed one may come together with what follows, too.
func (in *input) tabIsText() bool {
	before := in.before()
	line := before[lineOffset(before):]
	if strings.TrimSpace(line) == "" && len(line) < len(before) {
		return true
	}
	last, _ := utf8.DecodeLastRuneInString(before)
	return !inWord(last) && last != '.' && in.textFollows()
}

// completeBack is Shift-Tab.
func (in *input) completeBack() {
	in.ask()
	in.popup.step(in.popup.Previous)
}

// older and newer walk through the history; in a text of several lines they
// first go from line to line.
func (in *input) older() {
	if in.recall == nil {
		if in.move(up) {
			return
		}
		in.recall = newRecall(in.history, in.before(), in.after())
	}
	in.recall.older(in.history)
	in.set(in.recall.text(in.history))
}

func (in *input) newer() {
	if in.recall == nil {
		in.move(down)
		return
	}
	in.recall.newer(in.history)
	in.set(in.recall.text(in.history))
}

// move reports whether an edit has moved the cursor.
func (in *input) move(f edit) bool {
	before := in.before()
	b, a := f(before, in.after())
	in.set(b, a)
	return len(b) != len(before)
}
