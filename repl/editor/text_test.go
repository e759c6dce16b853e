package editor

import (
	"strings"
	"testing"
)

// TestEdits writes the cursor as |.
func TestEdits(t *testing.T) {
	for _, c := range []struct {
		name       string
		edit       edit
		text, want string
	}{
		{"left", left, "ab|c", "a|bc"},
		{"left at the beginning", left, "|abc", "|abc"},
		{"left over a wide character", left, "测量|", "测|量"},
		{"left over a character with a mark", left, "e\u0301|", "|e\u0301"},
		{"left into the line before", left, "a\n|b", "a|\nb"},
		{"right", right, "a|bc", "ab|c"},
		{"right at the end", right, "abc|", "abc|"},
		{"right over a character with a mark", right, "|e\u0301x", "e\u0301|x"},
		{"backspace", backspace, "µm|", "µ|"},
		{"backspace at the beginning", backspace, "|a", "|a"},
		{"delete", deleteRight, "a|测b", "a|b"},
		{"delete at the end", deleteRight, "a|", "a|"},
		{"line start", lineStart, "a\nbc|d", "a\n|bcd"},
		{"line end", lineEnd, "a|b\ncd", "ab|\ncd"},
		{"kill left", killLeft, "a\nbc|d", "a\n|d"},
		{"kill right", killRight, "a|bc\nd", "a|\nd"},
		{"kill right at the end of a line", killRight, "a|\nd", "a|d"},
		{"kill right at the end", killRight, "a|", "a|"},
		{"word left", wordLeft, "mv(robz, 3|)", "mv(robz, |3)"},
		{"word left over brackets", wordLeft, "mv(robz, |3)", "mv(|robz, 3)"},
		{"word left at the beginning", wordLeft, "|mv", "|mv"},
		{"word right", wordRight, "|mv(robz)", "mv|(robz)"},
		{"word right over brackets", wordRight, "mv|(robz)", "mv(robz|)"},
		{"word right at the end", wordRight, "mv(|)", "mv()|"},
		{"kill a word left", killWordLeft, "mv(sim_ct|", "mv(|"},
		{"kill a word right", killWordRight, "mv|(robz, 3)", "mv|, 3)"},
		{"kill to a blank", killBlankLeft, "mv robz.position |3", "mv |3"},
		{"swap", swap, "a|b", "ba|"},
		{"swap at the end", swap, "ab|", "ba|"},
		{"swap one character", swap, "a|", "|a"},
		{"up", up, "abc\nde|f", "ab|c\ndef"},
		{"up to a shorter line", up, "a\ndef|", "a|\ndef"},
		{"up in the first line", up, "a|b", "a|b"},
		{"down", down, "a|bc\ndef\ng", "abc\nd|ef\ng"},
		{"down to a shorter line", down, "abc|\nd\ne", "abc\nd|\ne"},
		{"down in the last line", down, "a\n|b", "a\n|b"},
		{"up with wide characters", up, "测量器\nab|", "测量|器\nab"},
	} {
		before, after, _ := strings.Cut(c.text, "|")
		b, a := c.edit(before, after)
		if got := b + "|" + a; got != c.want {
			t.Errorf("%s: %q becomes %q, want %q", c.name, c.text, got, c.want)
		}
	}
}

func TestTyped(t *testing.T) {
	for in, want := range map[string]string{
		"a\rb\r\nc\nd":    "a\nb\nc\nd",
		"\x1b[31mred\x07": "[31mred",
		"caf\xe9":         "caf",
		"a\tb\x00\u0085":  "a\tb",
	} {
		if got := typed(in); got != want {
			t.Errorf("typed(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestLayout(t *testing.T) {
	label := func(line int) string {
		if line == 0 {
			return "> "
		}
		return ". "
	}
	for _, c := range []struct {
		name, text string
		columns    int
		rows       string
		cursor     place
	}{
		{"short", "ab|c", 10, "> abc", place{0, 4}},
		{"empty", "|", 10, "> ", place{0, 2}},
		{"two lines", "ab\nc|d", 10, "> ab/. cd", place{1, 3}},
		{"broken", "abcdef|gh", 5, "> abc+defgh+", place{1, 3}},
		{"as wide as the window", "abc|", 5, "> abc+", place{1, 0}},
		{"the cursor behind a full row", "abc|def", 5, "> abc+def", place{1, 0}},
		{"full, then a new line", "abc\nd|", 5, "> abc+/. d", place{2, 3}},
		{"a wide character does not fit", "ab测|", 5, "> ab+测", place{1, 2}},
		{"a tab", "\ta|", 10, ">     a", place{0, 7}},
		{"a mark", "e\u0301|x", 10, "> e\u0301x", place{0, 3}},
		{"a prompt wider than the window", "x|", 1, ">+ +x+", place{3, 0}},
	} {
		before, after, _ := strings.Cut(c.text, "|")
		rows, cursor := lay(label, before, after, c.columns)
		var got strings.Builder
		for i, r := range rows {
			got.WriteString(r.text)
			switch {
			case r.soft:
				got.WriteString("+")
			case i < len(rows)-1:
				got.WriteString("/")
			}
		}
		if got.String() != c.rows || cursor != c.cursor {
			t.Errorf("%s: rows %q, cursor %v; want %q, %v", c.name, got.String(), cursor, c.rows, c.cursor)
		}
	}
}

// TestHeightInAnotherWindow: where a frame begins once a terminal has broken it
// anew.
func TestHeightInAnotherWindow(t *testing.T) {
	rows, cursor := lay(func(int) string { return "> " }, strings.Repeat("x", 25)+"\nab", "", 10)
	f := frame{rows, cursor}
	for columns, want := range map[int]int{10: 3, 5: 6, 20: 2, 100: 1} {
		if got := f.height(columns); got != want {
			t.Errorf("%d columns: %d rows above the cursor, want %d", columns, got, want)
		}
	}
}

func TestWindow(t *testing.T) {
	rows := make([]row, 10)
	for _, c := range []struct {
		cursor, height int
		first, at      int
	}{{9, 4, 6, 3}, {7, 4, 6, 1}, {2, 4, 2, 0}, {5, 20, 0, 5}} {
		got, cursor := window(rows, place{c.cursor, 1}, c.height)
		if len(got) != min(c.height, len(rows)) || cursor.row != c.at {
			t.Errorf("%+v: %d rows, cursor in %d", c, len(got), cursor.row)
		}
	}
}
