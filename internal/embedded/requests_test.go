package embedded

import (
	"bytes"
	"io"
	"testing"
	"testing/iotest"
)

// What passes is well formed: it passes again unchanged, in pieces too, and
// holds no empty request.
func FuzzRequests(f *testing.F) {
	for _, s := range []string{
		"*1\r\n$4\r\nPING\r\n", "*0\r\n*1\r\n$0\r\n\r\n", "*-1\r\n", "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n",
		"*1\r\n$9223372036854775807\r\n", "*1\r\n$+4\r\nPING\r\n", "*1\r\n*1\r\n", "\r\n", "*1\r\n$4\r\nPI",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		once, _ := io.ReadAll(trusting(bytes.NewReader(in)))
		twice, _ := io.ReadAll(trusting(iotest.OneByteReader(bytes.NewReader(once))))
		if !bytes.Equal(once, twice) {
			t.Errorf("%q became %q, then %q", in, once, twice)
		}
		if bytes.HasPrefix(once, []byte("*0")) || bytes.HasPrefix(once, []byte("*-")) {
			t.Errorf("%q lets %q pass", in, once)
		}
	})
}

func trusting(r io.Reader) *requests {
	q := newRequests(r)
	close(q.trusted)
	return q
}
