package commands

import (
	"strings"
	"testing"
)

func TestFoldedBreaksBetweenWords(t *testing.T) {
	for _, c := range []struct {
		width      int
		text, want string
	}{
		{40, "short\n", "short\n"},
		{20, "  one two three four five\n", "  one two three\n  four five\n"},
		{30, "  save=  True or False: whether it is kept\n", "  save=  True or False:\n         whether it is kept\n"},
		{10, "  longwordwithoutanyblank\n", "  longwordwithoutanyblank\n"},
		{12, "  a_very_long_name=  what it is\n", "  a_very_long_name=\n   what it\n  is\n"},
		{9, "µµµ µµµ µµµ\n", "µµµ µµµ\nµµµ\n"},
	} {
		if got := folded(c.text, c.width); got != c.want {
			t.Errorf("%d: got\n%swant\n%s", c.width, got, c.want)
		}
	}
	for _, command := range Table() {
		for _, width := range []int{40, 80, 110, 200} {
			text := folded(command.text(), width)
			if got, want := strings.Fields(text), strings.Fields(command.text()); strings.Join(got, " ") != strings.Join(want, " ") {
				t.Errorf("%s in %d columns: words are lost:\n%s", command.Name, width, text)
			}
			for line := range strings.Lines(text) {
				if n := displayWidth(strings.TrimSuffix(line, "\n")); n >= width && strings.Contains(strings.TrimSpace(line), " ") && width > 40 {
					t.Errorf("%s: %d columns in %d: %s", command.Name, n, width, line)
				}
			}
		}
	}
}
