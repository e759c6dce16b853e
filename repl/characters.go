package repl

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// lookalikes are characters that come with text copied from elsewhere, and what
// to type instead.
var lookalikes = map[rune]string{
	'“': `"`, '”': `"`, '„': `"`, '‟': `"`, '«': `"`, '»': `"`, '‘': `"`, '’': `"`, '‚': `"`, '´': `"`, '″': `"`, '′': `'`,
	'−': "-", '–': "-", '—': "-", '‐': "-", '‑': "-", '‒': "-", '―': "-",
	'×': "*", '·': "a point or *", '÷': "/", '⁄': "/", '∕': "/", '≤': "<=", '≥': ">=", '≠': "!=", '≈': "==", '…': "...", '→': "nothing",
	'²': "math.Pow(x, 2)", '³': "math.Pow(x, 3)", '√': "math.Sqrt(x)", '∞': "math.Inf(1)",
	'（': "(", '）': ")", '［': "[", '］': "]", '｛': "{", '｝': "}", '，': ",", '、': ",", '。': ".", '；': ";", '：': ":", '＝': "=", '＋': "+",
	'－': "-", '＊': "*", '／': "/", '！': "!", '？': "?", '＂': `"`, '＇': "'", '　': "a blank",
}

// characterWords says what is wrong with the character at an offset; "" when
// nothing is known of it.
func characterWords(text string, offset int) string {
	if offset >= len(text) {
		return ""
	}
	c, size := utf8.DecodeRuneInString(text[offset:])
	want := lookalikes[c]
	switch {
	case c == utf8.RuneError && size == 1:
		return "a byte that is not text (not UTF-8)"
	case want == "nothing":
		return fmt.Sprintf("%c means nothing in Go", c)
	case strings.HasPrefix(want, "math.") || strings.HasPrefix(want, "a "):
		return fmt.Sprintf("%c is not a sign of Go: write %s", c, want)
	case want != "":
		return fmt.Sprintf("%c only looks right: type %s", c, want)
	case c >= '０' && c <= '９':
		return fmt.Sprintf("%c only looks right: type %c", c, c-'０'+'0')
	case c < ' ' || c == 0x7f:
		return fmt.Sprintf("a control character (%s)", controlName(c))
	case !unicode.IsPrint(c):
		return fmt.Sprintf("an invisible character (U+%04X), perhaps pasted: take it away", c)
	case c > 0x7f && !unicode.IsLetter(c):
		return fmt.Sprintf("%c means nothing in Go", c)
	}
	return ""
}

// controlName is how a control character is typed, or what it is called.
func controlName(c rune) string {
	switch c {
	case 0:
		return "NUL"
	case 0x1b:
		return "Escape"
	case 0x7f:
		return "Delete"
	}
	return "Ctrl-" + string('A'-1+c)
}
