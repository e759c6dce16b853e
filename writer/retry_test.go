package writer

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"blissh/data"
)

// heard are the lines that a writer says.
type heard struct {
	mu    sync.Mutex
	lines []string
}

func (h *heard) say(line string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lines = append(h.lines, line)
}

// all are the lines so far that contain a text.
func (h *heard) all(text string) (list []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, line := range h.lines {
		if strings.Contains(line, text) {
			list = append(list, line)
		}
	}
	return list
}

// TestWhatCannotBeWrittenIsWrittenLater: a file stands where the folder should be.
// Scans go on; each says once what is wrong; when the folder is there, all of them
// are written whole.
func TestWhatCannotBeWrittenIsWrittenLater(t *testing.T) {
	needsSilx(t)
	l := newLine(t)
	folder := filepath.Join(l.root, "demo_session")
	if err := os.WriteFile(folder, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	var h heard
	stop := l.writing(h.say)
	first := l.begin()
	first.take(20)
	eventually(t, "the error is known", func() bool { return l.saved(first.scan).Error != "" })
	if v := l.saved(first.scan); !isOneLine(v.Error) || !strings.Contains(v.Error, "scan 1 is not saved") || !strings.Contains(v.Error, folder) {
		t.Errorf("%+v", v)
	}
	first.take(30)
	first.end(data.Done, "")
	second := l.begin()
	second.take(10)
	eventually(t, "the error of the second scan is known", func() bool { return l.saved(second.scan).Error != "" })
	if err := os.Remove(folder); err != nil {
		t.Fatal(err)
	}
	l.complete(first.scan)
	second.take(10)
	second.end(data.Done, "")
	l.complete(second.scan)
	stop()
	for _, text := range []string{"scan 1 is not saved", "scan 2 is not saved", "scan 1: 50 points saved", "scan 2: 20 points saved"} {
		if list := h.all(text); len(list) != 1 {
			t.Errorf("%s: said %q", text, list)
		}
	}
	l.check()
}

// TestAttemptsLeaveNothingBehind: the HDF5 file is damaged, and two scans are tried
// again and again; the SPEC file, which could be written, has each once.
func TestAttemptsLeaveNothingBehind(t *testing.T) {
	needsSilx(t)
	l := newLine(t)
	bad := filepath.Join(l.root, "demo_session", "demo_session.h5")
	os.MkdirAll(filepath.Dir(bad), 0o755)
	if err := os.WriteFile(bad, []byte("\x89HDF\r\n\x1a\n and then nothing"), 0o644); err != nil {
		t.Fatal(err)
	}
	var h heard
	stop := l.writing(h.say)
	for range 4 { // each new one is a reason to try the others
		r := l.begin()
		r.take(10)
		r.end(data.Done, "")
		eventually(t, "the error is known", func() bool { return l.saved(r.scan).Error != "" })
	}
	if err := os.Remove(bad); err != nil {
		t.Fatal(err)
	}
	for _, s := range l.scans {
		l.complete(s)
	}
	stop()
	text, err := os.ReadFile(strings.TrimSuffix(bad, "h5") + "spec")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range l.scans {
		if n := strings.Count(string(text), "#C uid "+s.UID+"\n"); n > 2 { // cut short, and once more
			t.Errorf("scan %d is %d times in the SPEC file:\n%s", s.Number, n, text)
		}
	}
	var got []string
	for _, line := range strings.Split(string(text), "\n") {
		if strings.HasPrefix(line, "#C ended") {
			got = append(got, line)
		}
	}
	if len(got) != len(l.scans) || !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, "after 10 points") }) {
		t.Errorf("ends: %q", got)
	}
}

// TestAScanThatIsGoneIsGivenUp: the writer says so, and why it was not written.
func TestAScanThatIsGoneIsGivenUp(t *testing.T) {
	l := newLine(t)
	folder := filepath.Join(l.root, "demo_session")
	if err := os.WriteFile(folder, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	var h heard
	stop := l.writing(h.say)
	r := l.begin()
	r.take(3)
	r.end(data.Done, "")
	eventually(t, "the error is known", func() bool { return l.saved(r.scan).Error != "" })
	if err := l.db.Delete(t.Context(), r.scan); err != nil {
		t.Fatal(err)
	}
	l.begin() // somebody who tries again
	eventually(t, "the scan is given up", func() bool { return len(h.all("scan 1 is no longer in the store")) == 1 })
	stop()
	if line := h.all("scan 1 is no longer in the store")[0]; !strings.Contains(line, "not a directory") {
		t.Error(line)
	}
}
