package main

import (
	"errors"
	"sync"
	"unicode/utf8"

	"blissh/commands"
)

// keyboards is the terminal's keyboard while a command reads single keys.
type keyboards struct {
	mu  sync.Mutex
	now *keyboard
}

// open gives the keyboard to a command.
func (k *keyboards) open() (commands.Keyboard, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.now != nil && !k.now.closed() {
		return nil, errors.New("another command reads the keyboard")
	}
	b, err := openKeyboard()
	if err != nil {
		return nil, err
	}
	k.now = b
	return b, nil
}

// giveBack puts the terminal back as it was, whatever the command that has the
// keyboard does: it may have been left behind.
func (k *keyboards) giveBack() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.now != nil {
		k.now.Close()
		k.now = nil
	}
}

// nextKey finds the first key in what a terminal has sent. n is how many bytes
// it takes, 0 when its end has not come yet: an escape may be a key or begin
// one.
func nextKey(b []byte) (key string, n int) {
	switch {
	case len(b) == 0:
		return "", 0
	case b[0] == esc:
		return escapedKey(b)
	}
	if name, ok := controlKeys[b[0]]; ok {
		return name, 1
	}
	if b[0] < ' ' {
		return "", 1
	}
	return runeKey(b)
}

const esc = 0x1b

var controlKeys = map[byte]string{'\r': "enter", '\n': "enter", '\t': "tab", 0x7f: "backspace", '\b': "backspace"}

var arrowKeys = map[byte]string{'A': "up", 'B': "down", 'C': "right", 'D': "left"}

// escapedKey reads ESC [ C and ESC O C, with numbers in between for those who
// hold Shift or Ctrl as well. Any other sequence is a key without a name.
func escapedKey(b []byte) (key string, n int) {
	if len(b) < 2 {
		return "", 0
	}
	if b[1] == esc {
		return "escape", 1
	}
	if b[1] != '[' && b[1] != 'O' {
		return "", 2 // Alt and a key
	}
	for i := 2; i < len(b); i++ {
		if b[i] >= 0x40 && b[i] <= 0x7e {
			return arrowKeys[b[i]], i + 1
		}
	}
	return "", 0
}

// runeKey reads one character.
func runeKey(b []byte) (key string, n int) {
	if !utf8.FullRune(b) {
		return "", 0
	}
	_, n = utf8.DecodeRune(b)
	return string(b[:n]), n
}

// errTerminalGone is why there are no more keys.
var errTerminalGone = errors.New("the terminal is gone")

// errNoKeys is why there is no keyboard without a terminal.
var errNoKeys = errors.New("single keys need a terminal")
