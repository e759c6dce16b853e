package editor

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// edit changes a text that is cut in two at the cursor.
type edit func(before, after string) (string, string)

func left(before, after string) (string, string) {
	n := len(before) - lastCharacter(before)
	return before[:n], before[n:] + after
}

func right(before, after string) (string, string) {
	n := firstCharacter(after)
	return before + after[:n], after[n:]
}

func backspace(before, after string) (string, string) {
	return before[:len(before)-lastCharacter(before)], after
}

func deleteRight(before, after string) (string, string) {
	return before, after[firstCharacter(after):]
}

// lineStart and lineEnd stay in the line where the cursor is.
func lineStart(before, after string) (string, string) {
	n := lineOffset(before)
	return before[:n], before[n:] + after
}

func lineEnd(before, after string) (string, string) {
	n := lineLength(after)
	return before + after[:n], after[n:]
}

func killLeft(before, after string) (string, string) {
	return before[:lineOffset(before)], after
}

// killRight takes the end of the line; at the end, the line break.
func killRight(before, after string) (string, string) {
	return before, after[max(lineLength(after), min(1, len(after))):]
}

func wordLeft(before, after string) (string, string) {
	n := startOfWord(before, inWord)
	return before[:n], before[n:] + after
}

func wordRight(before, after string) (string, string) {
	n := endOfWord(after)
	return before + after[:n], after[n:]
}

func killWordLeft(before, after string) (string, string) {
	return before[:startOfWord(before, inWord)], after
}

func killWordRight(before, after string) (string, string) {
	return before, after[endOfWord(after):]
}

// killBlankLeft takes everything up to a blank, as Ctrl-W does everywhere.
func killBlankLeft(before, after string) (string, string) {
	return before[:startOfWord(before, notBlank)], after
}

// swap exchanges the two characters around the cursor, at the end of a line the
// last two.
func swap(before, after string) (string, string) {
	if lineLength(after) == 0 {
		before, after = left(before, after)
	}
	a, b := lastCharacter(before), firstCharacter(after)
	if a == 0 || b == 0 || before[len(before)-1] == '\n' || after[0] == '\n' {
		return before, after
	}
	n := len(before) - a
	return before[:n] + after[:b] + before[n:], after[b:]
}

// up and down go to another line of the text, as far to the right as here.
func up(before, after string) (string, string) {
	here := lineOffset(before)
	if here == 0 {
		return before, after
	}
	start := lineOffset(before[:here-1])
	n := start + column(before[start:here-1], utf8.RuneCountInString(before[here:]))
	return before[:n], before[n:] + after
}

func down(before, after string) (string, string) {
	end := lineLength(after)
	if end == len(after) {
		return before, after
	}
	next := after[end+1:]
	n := end + 1 + column(next[:lineLength(next)], utf8.RuneCountInString(before[lineOffset(before):]))
	return before + after[:n], after[n:]
}

// column is the offset of the n-th character, or the end.
func column(line string, n int) int {
	for i := range line {
		if n == 0 {
			return i
		}
		n--
	}
	return len(line)
}

// lineOffset is where the last line of a text begins.
func lineOffset(s string) int { return strings.LastIndexByte(s, '\n') + 1 }

// lineLength is where the first line of a text ends.
func lineLength(s string) int {
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		return i
	}
	return len(s)
}

// firstCharacter is the length of the first character with the marks that are
// put on it.
func firstCharacter(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	for n < len(s) {
		r, size := utf8.DecodeRuneInString(s[n:])
		if !mark(r) {
			break
		}
		n += size
	}
	return n
}

// lastCharacter is the length of the last character with its marks.
func lastCharacter(s string) int {
	for n := 0; n < len(s); {
		r, size := utf8.DecodeLastRuneInString(s[:len(s)-n])
		n += size
		if !mark(r) {
			return n
		}
	}
	return len(s)
}

// mark reports whether a character is put on the one before it.
func mark(r rune) bool { return r >= ' ' && runewidth.RuneWidth(r) == 0 }

func inWord(r rune) bool   { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || mark(r) }
func notBlank(r rune) bool { return !unicode.IsSpace(r) }

// startOfWord is where the last word of a text begins.
func startOfWord(s string, in func(rune) bool) int {
	s = strings.TrimRightFunc(s, func(r rune) bool { return !in(r) })
	return len(strings.TrimRightFunc(s, in))
}

// endOfWord is where the first word of a text ends.
func endOfWord(s string) int {
	rest := strings.TrimLeftFunc(s, func(r rune) bool { return !inWord(r) })
	return len(s) - len(strings.TrimLeftFunc(rest, inWord))
}

// typed is what may be inserted of what was typed or pasted: line ends are
// newlines, and there are no control characters.
func typed(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(s, ""))
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
}
