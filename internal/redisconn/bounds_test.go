package redisconn

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
)

func read(in string, b *Bounds) (string, error) {
	out, err := io.ReadAll(&replies{r: bufio.NewReaderSize(iotest.OneByteReader(strings.NewReader(in)), 64), bounds: b})
	return string(out), err
}

func TestRepliesWithinTheBoundsPassUnchanged(t *testing.T) {
	for _, in := range []string{
		"+OK\r\n", "-ERR no\r\n:5\r\n", "$-1\r\n*-1\r\n*0\r\n", "$0\r\n\r\n$3\r\na\r\n\r\n",
		"*2\r\n*2\r\n$1\r\na\r\n:1\r\n*0\r\n+OK\r\n",
		strings.Repeat("*2\r\n$5\r\n12345\r\n*1\r\n$5\r\n12345\r\n", 100), // each reply counts for itself
	} {
		if out, err := read(in, NewBounds(5, 50)); out != in || err != nil {
			t.Errorf("%q became %q, %v", in, out, err)
		}
	}
}

func TestWhatIsTooLargeIsRefusedBeforeItIsAnnounced(t *testing.T) {
	for _, in := range []string{
		"$6\r\n123456\r\n", "*1\r\n$9223372036854775807\r\n", "*1048577\r\n",
		"*3\r\n$5\r\n12345\r\n*2\r\n$5\r\n12345\r\n$5\r\n12345\r\n$5\r\n12345\r\n",
		"+" + strings.Repeat("x", 100) + "\r\n",
	} {
		out, err := read(in, NewBounds(5, 45))
		if !errors.Is(err, ErrTooLarge) || len(out) >= len(in) || strings.HasPrefix(out, "$6") {
			t.Errorf("%q: %q passed, %v", in, out, err)
		}
	}
}

func TestAValueThatIsTooLargeTakesNoMemory(t *testing.T) {
	addr, raw := startRedis(t)
	big := bytes.Repeat([]byte("x"), 100<<20)
	if err := raw.Set(t.Context(), "k", big, 0).Err(); err != nil {
		t.Fatal(err)
	}
	c, err := New("redis://"+addr, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err = c.Get(t.Context(), "k").Err()
	runtime.ReadMemStats(&after)
	if !errors.Is(err, ErrTooLarge) || Away(err) {
		t.Errorf("error: %v", err)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 10<<20 {
		t.Errorf("%d bytes were allocated", n)
	}
	if err := c.Ping(t.Context()).Err(); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// What passes, passes again unchanged.
func FuzzReplies(f *testing.F) {
	for _, s := range []string{"+OK\r\n", "*2\r\n$1\r\na\r\n*1\r\n:1\r\n", "$3\r\na\n\r\n\r\n", "*-1\r\n", "$\r\n", "*99999999999999999999\r\n", "$5\r\nab"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		once, err := read(in, NewBounds(100, 1000))
		if !strings.HasPrefix(in, once) || err == nil && once != in {
			t.Errorf("%q became %q, %v", in, once, err)
		}
		if err != nil { // what is left of a value is no value
			return
		}
		if twice, _ := read(once, NewBounds(100, 1000)); twice != once {
			t.Errorf("%q became %q, then %q", in, once, twice)
		}
	})
}
