package editor

import "strings"

// longText is how long a text is before it pays to remember where it is open.
const longText = 4096

// unclosed saves the question whether a long text is incomplete at each of its
// lines, or pasting it would take a time that grows with the square of its
// length. It remembers a beginning that a further line can only close by a
// bracket, the end of a comment or that of a raw string.
type unclosed struct{ text string }

// note is told of a text that is incomplete.
func (u *unclosed) note(incomplete func(string) bool, text string) {
	u.text = ""
	if len(text) > longText && incomplete(text+"\nx") { // not for want of an operand
		u.text = text
	}
}

// still reports whether a text is incomplete for sure: it goes on from the one
// that was noted, with lines that close nothing.
func (u *unclosed) still(text string) bool {
	if u.text == "" || !strings.HasPrefix(text, u.text+"\n") {
		return false
	}
	if !closesNothing(text[len(u.text):]) {
		return false
	}
	u.text = text
	return true
}

// closesNothing reports whether brackets that are closed in some lines were
// opened there, too. Quotes and comments may hide brackets: then it does not
// know.
func closesNothing(lines string) bool {
	if strings.ContainsAny(lines, "`\"'") || strings.Contains(lines, "*/") {
		return false
	}
	code, comment, _ := strings.Cut(lines, "//")
	if strings.ContainsAny(comment, "()[]{}") {
		return false
	}
	depth := 0
	for _, r := range code {
		switch r {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		}
		if depth < 0 {
			return false
		}
	}
	return true
}
