package editor

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"blissh/internal/soak"
)

// pieces are keys and what terminals send in their place.
var pieces = []string{
	"a", "robz", " ", "(", ")", "{", "}", "\"", "`", "µ", "测", "\u0301", "🔬", "\t", "\r", "\n", "\x7f", "\x1b", "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[H", "\x1b[F",
	"\x1b[3~", "\x1b[Z", "\x1b[1;5C", "\x1b[1;5D", "\x1bb", "\x1bf", "\x1bd", "\x1b\r", "\x1b[200~", "\x1b[201~", "\x1b[", "\x1bO", "\x1b]", "\x1b[99999999999;1~",
	"\x01", "\x02", "\x03", "\x05", "\x06", "\x07", "\x08", "\x0b", "\x0c", "\x0e", "\x0f", "\x10", "\x12", "\x14", "\x15", "\x17", "\x19", "\x00", "\xff", "\xc3",
}

// FuzzKeys presses any keys. Whatever they are, the editor lives, and the line
// that is typed after them is the one that is read.
func FuzzKeys(f *testing.F) {
	for _, p := range pieces {
		f.Add([]byte("1" + p + "2"))
	}
	f.Add([]byte("mv(robz, 3)\x12as\x07\x1b[A\x1b[A\x1b[Bx\r"))
	f.Fuzz(checkKeys)
}

func checkKeys(t *testing.T, keys []byte) {
	if len(keys) > 300 || bytes.ContainsAny(keys, "\x04\x1a\x1c") { // the end of the input, and signals
		return
	}
	u := sit(t, 40, 12, nil)
	u.press(string(keys))
	const last = "the_end"
	for end := time.Now().Add(patience); time.Now().Before(end); {
		// Out of a paste, an escape sequence, a search and a line; Ctrl-C between
		// two inputs throws away what follows, so it is typed again.
		u.press("\x1b[201~\x1b[0~\x07\x03\x03")
		u.press(last + "\r\r")
		if u.reads1(last, time.Now().Add(2*time.Second)) {
			return
		}
	}
	t.Fatalf("%q: nothing is read any more\n%s", keys, u.show())
}

// reads1 takes inputs until one has a text in it, or until then.
func (u *user) reads1(text string, until time.Time) bool {
	for {
		select {
		case in := <-u.inputs:
			if in.err == nil && strings.Contains(in.text, text) {
				return true
			}
		case <-time.After(time.Until(until)):
			return false
		}
	}
}

// TestAnyKeys is the short form of FuzzKeys.
func TestAnyKeys(t *testing.T) {
	r := rand.New(rand.NewPCG(soak.Seed(t), 1))
	for range soak.Count(40, 4000) {
		var keys strings.Builder
		for range 1 + r.IntN(20) {
			keys.WriteString(pieces[r.IntN(len(pieces))])
		}
		if !t.Run("", func(t *testing.T) { checkKeys(t, []byte(keys.String())) }) {
			t.Logf("%q", keys.String())
		}
	}
}
