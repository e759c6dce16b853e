package editor

import (
	"strings"

	"github.com/c-bata/go-prompt"
)

// action is what a key does.
type action func(*input)

// byKey are the keys that go-prompt's table knows.
func byKey() map[prompt.Key]action {
	return map[prompt.Key]action{
		prompt.Enter:        (*input).enter,
		prompt.ControlM:     (*input).enter,
		prompt.Tab:          (*input).complete,
		prompt.BackTab:      (*input).completeBack,
		prompt.ControlC:     func(in *input) { in.result = dropped },
		prompt.ControlD:     (*input).endOrDelete,
		prompt.ControlZ:     func(in *input) { in.result = suspend },
		prompt.ControlL:     func(in *input) { in.result = clearScreen },
		prompt.ControlR:     func(in *input) { in.search = newSearch(in.history, in.before(), in.after()) },
		prompt.Up:           (*input).older,
		prompt.ControlP:     (*input).older,
		prompt.Down:         (*input).newer,
		prompt.ControlN:     (*input).newer,
		prompt.Left:         edits(left),
		prompt.ControlB:     edits(left),
		prompt.Right:        edits(right),
		prompt.ControlF:     edits(right),
		prompt.Home:         edits(lineStart),
		prompt.ControlA:     edits(lineStart),
		prompt.End:          edits(lineEnd),
		prompt.ControlE:     edits(lineEnd),
		prompt.ControlLeft:  edits(wordLeft),
		prompt.ControlRight: edits(wordRight),
		prompt.Backspace:    edits(backspace),
		prompt.ControlH:     edits(backspace),
		prompt.Delete:       edits(deleteRight),
		prompt.ControlT:     edits(swap),
		prompt.ControlU:     kills(killLeft),
		prompt.ControlK:     kills(killRight),
		prompt.ControlW:     kills(killBlankLeft),
		prompt.ControlY:     func(in *input) { in.insert(in.killed) },
	}
}

// bySequence are those that it does not know.
func bySequence() map[string]action {
	return map[string]action{
		pasteBegins: (*input).insertPaste,
		"\x1bb":     edits(wordLeft), "\x1b[1;3D": edits(wordLeft),
		"\x1bf": edits(wordRight), "\x1b[1;3C": edits(wordRight),
		"\x1bd": kills(killWordRight), "\x1b[3;5~": kills(killWordRight),
		"\x1b\x7f": kills(killWordLeft), "\x1b\b": kills(killWordLeft),
		"\x1b\r": func(in *input) { in.insert("\n") }, // Alt-Enter
		"\x1b\n": func(in *input) { in.insert("\n") },
		"\x1bOH": edits(lineStart),
		"\x1bOF": edits(lineEnd),
		"\x1bOM": (*input).enter, // of the number pad
	}
}

func edits(f edit) action { return func(in *input) { in.apply(f) } }
func kills(f edit) action { return func(in *input) { in.kill(f) } }

// bindings are all keys.
type bindings struct {
	keys      map[prompt.Key]action
	sequences map[string]action
}

func newBindings() bindings { return bindings{byKey(), bySequence()} }

// of is what a key does; nil for plain characters and for keys without a
// meaning.
func (b bindings) of(key []byte) action {
	if a, ok := b.sequences[string(key)]; ok {
		return a
	}
	return b.keys[prompt.GetKey(key)]
}

// press does what a key stands for. Keys without a meaning do nothing.
func (in *input) press(b bindings, key []byte) {
	k := string(key)
	again := k == "\n" && in.afterCR // the second half of a line end
	in.afterCR = k == "\r"
	switch {
	case again:
	case in.search != nil:
		in.pressInSearch(b, key)
	case in.pressInPopup(k):
	case !plain(key[0]):
		in.act(b.of(key))
	default:
		in.insert(typed(k))
	}
}

func (in *input) act(a action) {
	if a != nil {
		a(in)
	}
}

// pressInPopup serves the keys that mean something else while a completion is
// chosen, and makes it part of the text at all others.
func (in *input) pressInPopup(key string) bool {
	if _, ok := in.popup.chosen(); !ok {
		if key == "\x1b" && in.popup.open {
			in.popup.close()
			return true
		}
		return false
	}
	switch key {
	case "\x1b", "\x07":
		in.popup.close()
		return true
	case "\x1b[A", "\x1bOA":
		in.popup.step(in.popup.Previous)
		return true
	case "\x1b[B", "\x1bOB":
		in.popup.step(in.popup.Next)
		return true
	case "\t", "\x1b[Z", "\x03":
		return false
	}
	in.take()
	return false
}

// endOrDelete is Ctrl-D.
func (in *input) endOrDelete() {
	if in.text() == "" {
		in.result = leaves
		return
	}
	in.apply(deleteRight)
}

// pressInSearch serves a reverse search: what is typed narrows it, Enter runs
// what was found, Ctrl-C and Ctrl-G leave it, any other key edits what was found.
func (in *input) pressInSearch(b bindings, key []byte) {
	s := in.search
	switch k := string(key); k {
	case "\x12":
		s.older(in.history)
	case "\x13":
		s.newer(in.history)
	case "\x7f", "\b":
		q, _ := backspace(s.query, "")
		s.typed(in.history, q)
	case "\x03", "\x07":
		in.search = nil
	case "\x1b", "\t":
		in.take()
	case "\r", "\n":
		found := s.at < len(in.history.entries)
		in.take()
		if found {
			in.enter()
		}
	case pasteBegins:
		s.typed(in.history, s.query+strings.TrimSuffix(typed(in.paste()), "\n"))
	default:
		if plain(key[0]) {
			s.typed(in.history, s.query+typed(k))
			return
		}
		in.take()
		in.act(b.of(key))
	}
}
