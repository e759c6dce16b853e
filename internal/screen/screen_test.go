package screen

import (
	"strings"
	"testing"
)

func TestWidth(t *testing.T) {
	for text, want := range map[string]int{"": 0, "robz": 4, "µm": 2, "測る": 4, "\x1b[31mred\x1b[0m": 3, "\x1b[": 0, "\x1b": 0} {
		if got := Width(text); got != want {
			t.Errorf("Width(%q) = %d, want %d", text, got, want)
		}
	}
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		text string
		n    int
		want string
	}{
		{"robz", 4, "robz"},
		{"position", 4, "pos…"},
		{"測る軸", 4, "測…"},
		{"\x1b[31mposition\x1b[0m", 4, "\x1b[31mpos…\x1b[0m"},
	} {
		if got := Cut(c.text, c.n); got != c.want {
			t.Errorf("Cut(%q, %d) = %q, want %q", c.text, c.n, got, c.want)
		}
	}
}

// terminal is a screen of 20 x 5 whose bytes are kept.
func terminal() (*Screen, *strings.Builder) {
	var b strings.Builder
	return New(&b, func() (int, int) { return 20, 5 }), &b
}

func TestLinesGoAboveWhatIsLive(t *testing.T) {
	s, b := terminal()
	s.Show("1/501", "robz -5")
	b.Reset()
	s.Write([]byte("a row\nhalf"))
	if got, want := b.String(), hideCurs+toLeft+lineUp+wipe+"a row\n"+wrapOff+"1/501\nrobz -5"+wrapOn+showCurs; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	b.Reset()
	s.Show()
	if got := b.String(); !strings.HasSuffix(got, showCurs+"half") {
		t.Errorf("the half line is lost: %q", got)
	}
}

func TestNoTerminalShowsNothingLive(t *testing.T) {
	var b strings.Builder
	s := New(&b, nil)
	s.Show("1/501")
	s.Write([]byte("a row\n"))
	s.Show()
	if b.String() != "a row\n" {
		t.Errorf("got %q", b.String())
	}
}

func TestWhatIsWrittenWhileTyping(t *testing.T) {
	s, b := terminal()
	s.Write([]byte("half"))
	var above []string
	s.Typing(func(text string) { above = append(above, text) })
	s.Write([]byte("a warning\n"))
	s.Typing(nil)
	s.Write([]byte("next\n"))
	if got := b.String(); got != "half\nnext\n" || len(above) != 1 || above[0] != "a warning\n" {
		t.Errorf("got %q, above %q", got, above)
	}
}

func TestCopyHasNoEscapes(t *testing.T) {
	s, _ := terminal()
	var log strings.Builder
	s.CopyTo(&log)
	s.Show("1/501")
	s.Write([]byte("\x1b[31mfailed\x1b[0m at 3\n"))
	s.Show()
	if log.String() != "failed at 3\n" {
		t.Errorf("the log has %q", log.String())
	}
}
