package writer

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"blissh/data"
	"blissh/data/file"
)

func TestVerifyFindsWhatDiffers(t *testing.T) {
	l := newLine(t)
	stop := l.writing(func(string) {})
	for _, n := range []int{12, 0, 150} {
		r := l.begin()
		r.take(n)
		r.end(data.Aborted, "Ctrl-C")
		l.complete(r.scan)
	}
	stop()
	folder := filepath.Join(l.root, "demo_session")
	for _, name := range []string{"demo_session.h5", "demo_session.spec", "demo_session_0003_ascan.csv"} {
		path := filepath.Join(folder, name)
		if list := l.verify(path); len(list) == 0 || strings.Join(list, "") != "" {
			t.Errorf("%s: %q", name, list)
		}
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for what, c := range map[string]struct{ old, new, want string }{
			"a value": {"\n0.5 0.005 25\n", "\n0.5 0.006 25\n", "point 5: elapsed_time is 0.00"},
			"a row":   {"\n0.5 0.005 25\n", "\n", "elapsed_time is"},
		} {
			changed := strings.Replace(string(whole), c.old, c.new, -1)
			if strings.HasSuffix(name, "csv") {
				changed = strings.Replace(string(whole), strings.ReplaceAll(c.old, " ", ","), strings.ReplaceAll(c.new, " ", ","), -1)
			}
			if strings.HasSuffix(name, "h5") { // 5 squared, as a 32-bit number between its neighbours
				changed = strings.Replace(string(whole), "\x10\x00\x00\x00\x19\x00\x00\x00", "\x10\x00\x00\x00\x1a\x00\x00\x00", -1)
				c.want = "point 5: counts is 26 in the file and 25 in the stream"
			}
			if err := os.WriteFile(path, []byte(changed), 0o644); err != nil {
				t.Fatal(err)
			}
			if list := l.verify(path); !strings.Contains(strings.Join(list, "\n"), c.want) && !(what == "a row" && (strings.Contains(strings.Join(list, "\n"), "robz is 0.6") || strings.Contains(strings.Join(list, "\n"), "the file has "))) {
				t.Errorf("%s, %s: %q", name, what, list)
			}
		}
	}
}

// verify is what Verify says about each scan in a file.
func (l *line) verify(path string) (list []string) {
	l.Helper()
	found, err := file.Look(path)
	if err != nil {
		l.Fatal(err)
	}
	for _, x := range found {
		text := ""
		if err := Verify(l.Context(), l.db, x.Session, x); err != nil {
			text = err.Error()
		}
		list = append(list, text)
	}
	return list
}

func TestExportIsWhatTheWriterWrites(t *testing.T) {
	needsSilx(t)
	l := newLine(t)
	r := l.begin()
	r.take(20)
	s, err := l.db.ScanByUID(t.Context(), "demo_session", r.scan.UID) // a description of its own
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := Export(l.Context(), l.db, s, options(l.root, nil))
		done <- err
	}()
	r.take(20)
	r.end(data.Done, "")
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if v := l.saved(r.scan); v.Complete || v.Points > 0 {
		t.Errorf("it says that the scan is saved: %+v", v)
	}
	l.check()
}
