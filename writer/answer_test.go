package writer

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"blissh/data"
	"blissh/data/file"
	"blissh/data/store"
	"blissh/internal/hdf5"
)

// asked is a scan of which a writer is asked.
func asked(root string) store.Question {
	return store.Question{Bytes: 1e6, Scan: &data.Scan{
		Session: "s", Number: 7, Name: "ascan", Save: true, Start: time.Now(),
		Saving: &data.Saving{Root: root, Template: "{session}", Formats: []string{"spec", "csv", "hdf5"}},
	}}
}

// answerOf is what a writer in the way of a session says.
func answerOf(q store.Question) store.Promise {
	w := &writer{o: Options{Wanted: Wanted{true, true, true}, Self: store.Writer{Host: "h"}}}
	return w.answer(q)
}

func TestWhatAWriterPromises(t *testing.T) {
	root := t.TempDir()
	p := answerOf(asked(root))
	want := strings.Join([]string{root + "/s/s.spec", root + "/s/s_0007_ascan.csv", root + "/s/s.h5"}, " ")
	if p.Error != "" || p.Host != "h" || strings.Join(p.Files, " ") != want {
		t.Errorf("%+v", p)
	}
	if list, err := os.ReadDir(root); err != nil || len(list) != 0 {
		t.Errorf("the question has left %v (%v)", list, err)
	}
}

// TestWhatAWriterRefuses has one line for each reason, with what to do.
func TestWhatAWriterRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(t *testing.T, q *store.Question, folder string)
		want string
	}{
		{"a damaged file", func(t *testing.T, _ *store.Question, folder string) { put(t, folder+"/s.h5", "\x89HDF") }, "FOLDER/s.h5: the file is damaged: "},
		{"a file of somebody else", func(t *testing.T, _ *store.Question, folder string) { put(t, folder+"/s.spec", "1 2 3\n") },
			"FOLDER/s.spec: the file belongs to something else: it does not begin as a SPEC file does: move it away"},
		{"a CSV file of somebody else", func(t *testing.T, _ *store.Question, folder string) { put(t, folder+"/s_0007_ascan.csv", "a,b\n") },
			"FOLDER/s_0007_ascan.csv: the file belongs to something else: it does not begin as a CSV file of a scan does: move it away"},
		{"a text file that another writer has", func(t *testing.T, _ *store.Question, folder string) {
			formats, err := file.Named("spec")
			if err != nil {
				t.Fatal(err)
			}
			o, err := formats[0].Open(folder+"/s.spec", &data.Scan{UID: "u", Number: 3, Start: time.Now()})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { o.Close() })
		}, "FOLDER/s.spec: another program is writing to it: close it there"},
		{"a file that is open elsewhere", func(t *testing.T, _ *store.Question, folder string) {
			if err := hdf5.CreateDisk(folder + "/s.h5"); err != nil {
				t.Fatal(err)
			}
			d, err := hdf5.OpenDisk(folder + "/s.h5")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { d.Close() })
		}, "FOLDER/s.h5: another program is writing to it: close it there"},
		{"a folder that is a file", func(t *testing.T, q *store.Question, folder string) {
			put(t, folder+"/file", "")
			q.Scan.Saving.Root = folder + "/file"
		}, "the folder FOLDER/file/s cannot be written: not a directory: choose another one, or change that"},
		{"more than the disk has", func(t *testing.T, q *store.Question, _ string) { q.Bytes = 1e18 },
			"the disk of FOLDER is nearly full: "},
		{"a format that does not exist", func(t *testing.T, q *store.Question, _ string) { q.Scan.Saving.Formats = []string{"tiff"} },
			`format "tiff": spec, csv or hdf5 expected`},
		{"a template that cannot be", func(t *testing.T, q *store.Question, _ string) { q.Scan.Saving.Template = "{weather}" }, `template "{weather}": `},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			folder := filepath.Join(root, "s")
			if err := os.Mkdir(folder, 0o755); err != nil {
				t.Fatal(err)
			}
			q := asked(root)
			c.make(t, &q, folder)
			before := listing(t, root)
			p := answerOf(q)
			if want := strings.ReplaceAll(c.want, "FOLDER", folder); !strings.HasPrefix(p.Error, want) || strings.Contains(p.Error, "\n") {
				t.Errorf("%s\nwant\n%s", p.Error, want)
			}
			if after := listing(t, root); after != before {
				t.Errorf("the question has changed %s to %s", before, after)
			}
		})
	}
}

// TestANumberThatWasUsed: a CSV file of another scan of that number is no obstacle.
func TestANumberThatWasUsed(t *testing.T) {
	root := t.TempDir()
	q := asked(root)
	q.Scan.Saving.Formats = []string{"csv"}
	if err := os.Mkdir(root+"/s", 0o755); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"/s/s_0007_ascan.csv", "/s/s_0007_ascan_2.csv", "/s/s_0007_ascan_3.csv"} {
		if p := answerOf(q); p.Error != "" || strings.Join(p.Files, " ") != root+want {
			t.Errorf("%+v, want %s", p, want)
		}
		put(t, root+want, "# uid: u\n")
	}
}

// TestTheNeedOfAllFormats is in text three times as much as in the store, without
// what text leaves out.
func TestTheNeedOfAllFormats(t *testing.T) {
	q := asked(t.TempDir())
	q.Scan.Channels = []data.Channel{{DType: "<f8"}, {DType: "<u4", Shape: []int{10, 23}}, {DType: "<f4", Shape: []int{18}}}
	list, err := (&Options{Wanted: Wanted{true, true, true}}).targets(q.Scan)
	if err != nil {
		t.Fatal(err)
	}
	q.Bytes = 1000 * (8 + 920 + 72)
	for i, want := range []int64{3 * 80e3, 3 * 8e3, 1e6} {
		if need := list[i].need(q); need < want-10 || need > want+10 {
			t.Errorf("%s needs %d bytes, want %d", list[i].Name, need, want)
		}
	}
}

// TestASlowDiskDoesNotKeepTheAnswerBack: the question comes while a file is being
// opened, which does not come to its end.
func TestASlowDiskDoesNotKeepTheAnswerBack(t *testing.T) {
	opening, opened := make(chan bool), make(chan bool)
	slow := file.Format{Name: "slow", Extension: ".slow",
		Open: func(string, *data.Scan) (file.Output, error) {
			opening <- true
			<-opened
			return nil, errors.New("the disk is gone")
		},
		Check: func(path string, _ *data.Scan) (string, error) {
			return path, errors.New("it looks at a file that is being opened")
		}}
	w := &writer{o: Options{Formats: []file.Format{slow}, Place: Place{t.TempDir(), "x"}}}
	v := newSaving(w, &data.Scan{Session: "s", Start: time.Now()})
	done := make(chan error)
	go func() { done <- v.open() }()
	<-opening
	if p := w.answer(store.Question{Scan: v.scan}); p.Error != "" { // a deadlock, if it waits
		t.Error(p.Error)
	}
	close(opened)
	if err := errors.Join(<-done, v.close()); err == nil {
		t.Error("it was opened")
	}
	if p := w.answer(store.Question{Scan: v.scan}); p.Error == "" {
		t.Error("the file is still taken for one that is in use")
	}
}

// TestAFolderOfSomebodyElse needs a user who may not write everywhere.
func TestAFolderOfSomebodyElse(t *testing.T) {
	root := t.TempDir()
	q := asked(root)
	if err := os.Chmod(root, 0o555); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		if exec.Command("mount", "--bind", root, root).Run() != nil || exec.Command("mount", "-o", "remount,ro,bind", root).Run() != nil {
			t.Log("root may write everywhere, and this machine mounts nothing read-only")
			return
		}
		defer exec.Command("umount", root).Run()
	}
	if p := answerOf(q); !strings.HasPrefix(p.Error, "the folder "+root+" cannot be written: ") || !strings.HasSuffix(p.Error, ": choose another one, or change that") {
		t.Error(p.Error)
	}
}

// TestASmallDisk asks of a file system that has less than what is to be left.
func TestASmallDisk(t *testing.T) {
	root := t.TempDir()
	if err := exec.Command("mount", "-t", "tmpfs", "-o", "size=150m", "tmpfs", root).Run(); err != nil {
		t.Log("no file system can be mounted here: a scan of 1e18 bytes stands for it, above")
		return
	}
	defer exec.Command("umount", root).Run()
	want := "the disk of " + root + " is nearly full: 157.3 MB are free, the scan needs 7.0 MB and 200 MB have to be left: free some, or choose another folder"
	if p := answerOf(asked(root)); p.Error != want {
		t.Errorf("%s\nwant\n%s", p.Error, want)
	}
}

// The file that is being written is no obstacle to the next scan, and neither is
// the question to the writing.
func TestAQuestionInMidScan(t *testing.T) {
	l := newLine(t)
	defer l.writing(func(string) {})()
	r := l.begin()
	r.take(10)
	eventually(t, "10 points are in files", func() bool { return l.saved(r.scan).Points == 10 })
	for range 50 {
		p, err := l.db.AskWriter(t.Context(), "demo_session", store.Question{Scan: r.scan, Bytes: 1000})
		if err != nil || p.Error != "" || len(p.Files) != 3 {
			t.Fatalf("%+v, %v", p, err)
		}
	}
	r.take(10)
	r.end(data.Done, "")
	l.complete(r.scan)
}

func TestNobodyAnswers(t *testing.T) {
	l := newLine(t)
	ctx, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, errors.New("too long"))
	defer cancel()
	if _, err := l.db.AskWriter(ctx, "demo_session", store.Question{Scan: &data.Scan{}}); err == nil || err.Error() != "too long" {
		t.Error(err)
	}
}

// TestAnIdleWriterEnds: once no shell runs the session, and not before everything
// is written.
func TestAnIdleWriterEnds(t *testing.T) {
	l := newLine(t)
	r := l.begin()
	r.take(10)
	r.end(data.Done, "")
	lease, err := l.db.OpenSession(t.Context(), "demo_session", store.Holder{Host: "h", PID: 1}, store.SessionOptions{})
	if err != nil {
		t.Fatal(err)
	}
	o := options(l.root, func(string) {})
	o.Idle = time.Millisecond
	done := make(chan error, 1)
	go func() { done <- Run(t.Context(), l.db, o) }()
	l.complete(r.scan)
	select {
	case err := <-done:
		t.Fatalf("it has left its shell alone: %v", err)
	default:
	}
	if err := lease.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-done; !errors.Is(err, ErrIdle) {
		t.Error(err)
	}
	if _, err := l.db.Writer(t.Context(), "demo_session"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("it is still said to be there: %v", err)
	}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// listing is what is below a folder, with sizes.
func listing(t *testing.T, root string) string {
	t.Helper()
	out, err := exec.Command("find", root, "-type", "f", "-size", "-1000k", "-printf", "%P %s\n").Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func BenchmarkQuestion(b *testing.B) {
	root := b.TempDir()
	w := &writer{o: Options{Wanted: Wanted{true, true, true}}}
	q := asked(root)
	if err := os.Mkdir(root+"/s", 0o755); err != nil {
		b.Fatal(err)
	}
	if err := hdf5.CreateDisk(root + "/s/s.h5"); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if p := w.answer(q); p.Error != "" {
			b.Fatal(p.Error)
		}
	}
}
