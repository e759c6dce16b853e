package data

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// TestARequestIsShownInOneLine, whatever its sender has put into it.
func TestARequestIsShownInOneLine(t *testing.T) {
	long := strings.Repeat("x", 39) + "\u00e9" + strings.Repeat("\u00e9", 1000)
	for _, text := range []string{
		`{"do":"a\nb\u001b[2J"}`, `{"do":"range","axis":"a\r\nb\u001b[2J","start":1,"stop":2}`, `{"do":"` + long + `"}`,
	} {
		r, err := ParseRequest([]byte(text))
		said := r.String()
		if err != nil {
			said += err.Error()
		}
		if strings.ContainsAny(said, "\n\r\x1b") || len(said) > 1000 || !utf8.ValidString(said) {
			t.Errorf("%.60q of %d bytes", said, len(said))
		}
	}
}
