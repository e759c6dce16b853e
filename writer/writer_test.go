package writer

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"blissh/data"
	"blissh/data/file"
	"blissh/data/store"
)

func TestScansBeforeDuringAndAfter(t *testing.T) {
	needsSilx(t)
	l := newLine(t)
	before := l.begin()
	before.take(30)
	before.end(data.Done, "")
	during := l.begin()
	during.take(10)
	stop := l.writing(func(string) {})
	eventually(t, "the points of the running scan are in files", func() bool { return l.saved(during.scan).Points == 10 })
	during.put(&data.Steering{What: "pause", Text: "by the prompt"})
	during.take(25)
	during.end(data.Stopped, "by hook x")
	after := l.begin()
	after.end(data.Aborted, "Ctrl-C")
	unsaved := l.begin()
	unsaved.scan.Save = false // too late: it was announced as one to be saved
	unsaved.take(1)
	unsaved.end(data.Done, "")
	for _, s := range l.scans {
		l.complete(s)
	}
	if w, err := l.db.Writer(t.Context(), "demo_session"); err != nil || w.PID != os.Getpid() {
		t.Errorf("the writer is %+v, %v", w, err)
	}
	stop()
	if w, err := l.db.Writer(t.Context(), "demo_session"); err == nil {
		t.Errorf("the writer has ended, and is still there: %+v", w)
	}
	l.check()
}

func TestWhatIsNotToBeSavedIsNot(t *testing.T) {
	l := newLine(t)
	stop := l.writing(func(string) {})
	defer stop()
	s := &data.Scan{Session: "demo_session", UID: "ct", Number: 1, Name: "ct", Start: time.Now(), Channels: []data.Channel{{Name: "x", DType: "<f8", Role: "counter"}}}
	p, err := l.db.Publish(t.Context(), s, store.PublishOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r := &running{line: l, scan: s, p: p}
	r.put(&data.NewNode{Node: data.ScanNode(s)})
	r.end(data.Done, "")
	next := l.begin()
	next.end(data.Done, "")
	l.complete(next.scan)
	if v := l.saved(s); v.Complete || len(v.Files) > 0 {
		t.Errorf("it was saved: %+v", v)
	}
}

func TestACompleteScanIsNotWrittenAgain(t *testing.T) {
	l := newLine(t)
	stop := l.writing(func(string) {})
	r := l.begin()
	r.take(3)
	r.end(data.Done, "")
	l.complete(r.scan)
	stop()
	if err := os.RemoveAll(filepath.Join(l.root, "demo_session")); err != nil { // the user moves the data away
		t.Fatal(err)
	}
	stop = l.writing(func(string) {})
	next := l.begin()
	next.end(data.Done, "")
	l.complete(next.scan)
	stop()
	if list, _ := filepath.Glob(filepath.Join(l.root, "demo_session", "*0001*")); len(list) > 0 {
		t.Errorf("written again: %v", list)
	}
}

func TestADamagedFileIsNamedAndLeftAlone(t *testing.T) {
	needsSilx(t)
	l := newLine(t)
	folder := filepath.Join(l.root, "demo_session")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(folder, "demo_session.h5")
	if err := os.WriteFile(bad, []byte("\x89HDF\r\n\x1a\n and then nothing"), 0o644); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var said []string
	stop := l.writing(func(line string) { mu.Lock(); said = append(said, line); mu.Unlock() })
	r := l.begin()
	r.take(5)
	r.end(data.Done, "")
	eventually(t, "the error is known", func() bool { return l.saved(r.scan).Error != "" })
	v := l.saved(r.scan)
	if !isOneLine(v.Error) || !strings.Contains(v.Error, bad) || !strings.Contains(v.Error, "scan 1 is not saved") || !strings.Contains(v.Error, "damaged") || v.Complete {
		t.Errorf("%+v", v)
	}
	if b, _ := os.ReadFile(bad); string(b) != "\x89HDF\r\n\x1a\n and then nothing" {
		t.Errorf("the file was changed: %q", b)
	}
	if err := os.Rename(bad, bad+".damaged"); err != nil { // what the user does about it
		t.Fatal(err)
	}
	l.complete(r.scan)
	stop()
	if mu.Lock(); len(said) != 2 || !strings.HasPrefix(said[1], "scan 1: 5 points saved in ") {
		t.Errorf("said %q", said)
	}
	mu.Unlock()
	l.check()
}

func TestOneWriterForASession(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	if err := os.Chmod(os.Getenv("XDG_RUNTIME_DIR"), 0o700); err != nil {
		t.Fatal(err)
	}
	l := newLine(t)
	lock, err := TakeLock(t.Context(), l.db, "demo_session", store.Writer{Host: "h"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := TakeLock(t.Context(), l.db, "demo_session", store.Writer{Host: "h"}); err == nil || err.Error() != "demo_session has a writer on this machine" {
		t.Errorf("a second one: %v", err)
	}
	lock.Release()
	if err := l.db.SetWriter(t.Context(), "demo_session", elsewhere, time.Minute); err != nil {
		t.Fatal(err)
	}
	if _, err := TakeLock(t.Context(), l.db, "demo_session", store.Writer{Host: "h"}); err == nil || err.Error() != "demo_session has a writer: process 7 of u on other, which writes under /data" {
		t.Errorf("one on another machine: %v", err)
	}
	gone := exec.Command("true")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	if err := l.db.ForgetWriter(t.Context(), "demo_session", elsewhere); err != nil {
		t.Fatal(err)
	}
	killed := store.Writer{Host: "other", PID: gone.Process.Pid, User: "u"} // a moment ago
	if err := l.db.SetWriter(t.Context(), "demo_session", killed, time.Minute); err != nil {
		t.Fatal(err)
	}
	if _, found, err := Find(t.Context(), l.db, "demo_session", killed); found || err != nil {
		t.Errorf("a killed one is found (%v)", err)
	}
	if lock, err = TakeLock(t.Context(), l.db, "demo_session", store.Writer{Host: "other", User: "u"}); err != nil {
		t.Error(err)
	}
	if err := claim(t.Context(), l.db, "demo_session", store.Writer{Host: "other", PID: os.Getpid(), User: "u"}); err != nil {
		t.Error(err)
	}
	lock.Release()
}

func TestTemplates(t *testing.T) {
	s := &data.Scan{Session: "s", User: "a/b", Number: 7, Name: "ascan", Start: time.Date(2026, 11, 28, 12, 0, 0, 0, time.Local)}
	spec, csv := file.Formats[0], file.Formats[1]
	for template, want := range map[string]string{
		"": "/r/s.spec", "{session}/{date}": "/r/s/20261128/s.spec", "x{user}y": "/r/xa_by/s.spec", DefaultTemplate: "/r/s/20261128/s.spec",
		"{proposal}_{user}": "/r/a_b/s.spec", "{user}_{sample}_{date}": "/r/a_b_20261128/s.spec", "raw{sample}": "/r/raw/s.spec",
	} {
		if got, err := (Place{"/r", template}).Path(s, spec); err != nil || got != want {
			t.Errorf("%q: %s, %v; want %s", template, got, err, want)
		}
	}
	if got, _ := (Place{"/r", ""}).Path(s, csv); got != "/r/s_0007_ascan.csv" {
		t.Error(got)
	}
	named := *s
	named.Saving = &data.Saving{Proposal: "ma12", Sample: "gold", Dataset: "0002"}
	if got, _ := (Place{"/r", DefaultTemplate}).Path(&named, spec); got != "/r/ma12/s/20261128/gold/gold_0002/gold_0002.spec" {
		t.Error(got)
	}
	named.Saving = &data.Saving{Proposal: "../../x", Dataset: ".."} // whoever reaches the store may write this
	if got, _ := (Place{"/r", DefaultTemplate}).Path(&named, csv); got != "/r/.._.._x/s/20261128/_/__0007_ascan.csv" {
		t.Error(got)
	}
	for _, template := range []string{"{sesion}", "{session", "a/../../b"} {
		if err := (Place{"/r", template}).Check(); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", template)) {
			t.Errorf("%s: %v", template, err)
		}
	}
}
