package file

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"blissh/data"
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
		size := len(text)
		must(t, os.WriteFile(path, append(text, bytes.Repeat([]byte("y"), rng.IntN(2*window))...), 0o644))
		l, err := openLines(path)
		must(t, err)
		if text = text[:size]; l.size != int64(size) {
			t.Fatalf("%d bytes of whole lines, want %d", l.size, size)
		}
		end, from := rng.IntN(size), rng.IntN(size)
		for _, pattern := range []string{"\n#S ", "\n#C uid u\n", "\n", "no such text"} {
			if at, want := l.last(int64(end), pattern), bytes.LastIndex(text[:end], []byte(pattern)); at != int64(want) {
				t.Errorf("%q is at %d last, want %d", pattern, at, want)
			}
			want := bytes.Index(text[from:], []byte(pattern))
			if at := l.next(int64(from), pattern); want >= 0 && at != int64(from+want) || want < 0 && at >= 0 {
				t.Errorf("%q is at %d first, want %d + %d", pattern, at, from, want)
			}
		}
		pos, n := 0, 0
		l.each(0, func(line []byte, end int64) bool {
			want := text[pos:end]
			if !bytes.HasPrefix(want, line) || len(line) < min(len(want), window) || bytes.IndexByte(want, '\n') != len(want)-1 {
				t.Errorf("line %d: %d bytes up to %d, want %d", n, len(line), end, len(want))
			}
			pos, n = int(end), n+1
			return true
		})
		if want := bytes.Count(text, []byte("\n")); n != want || pos != size {
			t.Errorf("%d lines up to %d, want %d up to %d", n, pos, want, size)
		}
		must(t, errors.Join(l.failed, l.close()))
	}
}

// broken is a disk that cannot be read.
type broken struct{}

func (broken) ReadAt([]byte, int64) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestWhatCannotBeReadIsNotWritten: nothing is cut off behind what was not found.
func TestWhatCannotBeReadIsNotWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.spec")
	must(t, os.WriteFile(path, []byte("#F x\n\n#S 1 ascan\n"), 0o644))
	l, err := openLines(path)
	must(t, err)
	defer l.close()
	l.r = broken{}
	o := &spec{lines: l, scan: samples()[0].scan}
	o.sort()
	if err := o.begin(path); err == nil {
		t.Error("it has begun")
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "#F x\n\n#S 1 ascan\n" || !errors.Is(l.failed, io.ErrUnexpectedEOF) {
		t.Errorf("%q, %v, %v", text, err, l.failed)
	}
}

// TestOnlyOneWriter: as long as a scan is being written nobody else opens its file, and
// the next scan is refused; afterwards it goes behind it.
func TestOnlyOneWriter(t *testing.T) {
	for _, f := range Formats {
		t.Run(f.Name, func(t *testing.T) {
			first, second := samples()[0].scan, samples()[1].scan
			path := filepath.Join(t.TempDir(), "x"+f.Extension)
			o, err := f.Open(path, first)
			must(t, err)
			must(t, o.Points(block(first, 0, 3)))
			want := path + ": another program is writing to it"
			if _, err := f.Open(path, first); !errors.Is(err, errInUse) || err.Error() != want {
				t.Errorf("opened: %v, want %s", err, want)
			}
			if err := checked(f, path, first); !errors.Is(err, errInUse) || err.Error() != want {
				t.Errorf("asked: %v, want %s", err, want)
			}
			must(t, o.Points(block(first, 3, 3)))
			must(t, o.End(ended(first, 6, data.Done, "")))
			must(t, o.Close())
			must(t, checked(f, path, second))
			o, err = f.Open(path, second)
			must(t, err)
			must(t, o.Points(block(second, 0, 2)))
			must(t, o.End(ended(second, 2, data.Done, "")))
			must(t, o.Close())
			list, err := Look(path)
			if err != nil || list[0].Points != 6 || !list[0].Ended {
				t.Errorf("%v, %v", fmt.Sprint(list), err)
			}
		})
	}
}

func checked(f Format, path string, s *data.Scan) error {
	at, err := f.Check(path, s)
	if err == nil && f.PerScan && at == path {
		return fmt.Errorf("%s is promised, which has another scan", at)
	}
	return err
}
