package file

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"blissh/internal/soak"
)

// TestLinesOfLargeFiles compares what is found in windows with what is found in the
// whole text.
func TestLinesOfLargeFiles(t *testing.T) {
	rng := rand.New(rand.NewPCG(soak.Seed(t), 7))
	path := filepath.Join(t.TempDir(), "x")
	for range soak.Count(10, 200) {
		var text []byte
		for len(text) < 3*window {
			text = append(text, []byte("\n#S 1\n#C uid u\n")[:rng.IntN(16)]...)
			text = append(append(text, bytes.Repeat([]byte("x"), rng.IntN(1+rng.IntN(2*window)))...), '\n')
		}
		whole := len(text)
		text = append(text, bytes.Repeat([]byte("y"), rng.IntN(2*window))...)
		must(t, os.WriteFile(path, text, 0o644))
		l, err := openLines(path)
		must(t, err)
		if l.size != int64(whole) {
			t.Fatalf("%d bytes of whole lines, want %d", l.size, whole)
		}
		text = text[:whole]
		from := rng.IntN(whole)
		found, err := l.last(int64(from), "\n#S ", "\n#C uid u\n", "no such text")
		must(t, err)
		for i, pattern := range []string{"\n#S ", "\n#C uid u\n", "no such text"} {
			want := bytes.LastIndex(text[from:], []byte(pattern))
			if want >= 0 {
				want += from
			}
			if found[i] != int64(want) {
				t.Errorf("%q is at %d, want %d", pattern, found[i], want)
			}
		}
		pos, n := bytes.IndexByte(text, '\n')+1, 0
		must(t, l.each(int64(pos), func(line []byte, end int64) bool {
			want := text[pos:end]
			if len(line) > len(want) || !bytes.HasPrefix(want, line[:min(len(line), 100)]) || len(want) < 100 && len(line) != len(want) {
				t.Errorf("line %d: %d bytes up to %d, want %d", n, len(line), end, len(want))
			}
			pos, n = int(end), n+1
			return true
		}))
		if want := bytes.Count(text, []byte("\n")) - 1; n != want || pos != whole {
			t.Errorf("%d lines up to %d, want %d up to %d", n, pos, want, whole)
		}
		must(t, l.close())
	}
}

func TestLinesEndWhenTheyAreTold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	must(t, os.WriteFile(path, []byte("a\nb\nc\n"), 0o644))
	l, err := openLines(path)
	must(t, err)
	defer l.close()
	var seen []string
	must(t, l.each(0, func(line []byte, _ int64) bool { seen = append(seen, string(line)); return len(seen) < 2 }))
	if fmt.Sprintf("%q", seen) != `["a\n" "b\n"]` {
		t.Errorf("%q", seen)
	}
}
