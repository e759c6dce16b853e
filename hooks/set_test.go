package hooks

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// wordLoader reads scripts that are words instead of Go: after the package
// clause each line is the name of a hook, or a mistake. It counts its loads.
type wordLoader struct{ loads map[string]int }

func (l *wordLoader) Load(path string) ([]Definition, error) {
	l.loads[filepath.Base(path)]++
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var found []Definition
	for i, word := range strings.Split(strings.TrimSpace(string(src)), "\n")[1:] {
		switch {
		case word == "panic":
			panic("nil type")
		case word == "hang":
			time.Sleep(time.Minute)
		case strings.HasPrefix(word, "bad"):
			return nil, fmt.Errorf("%s:%d:1: %s", path, i+2, word)
		default:
			found = append(found, definition(word, path, i+2))
		}
	}
	return found, nil
}

func definition(name, path string, line int) Definition {
	return Definition{Name: name, File: path, Line: line, New: func() (*Hook, error) {
		if strings.HasPrefix(name, "Panics") {
			panic("no such shared channel")
		}
		return &Hook{WatchdogCallback: Base{}, Name: name, File: path, Line: line}, nil
	}}
}

// folder is a folder of scripts with the set made of it.
type folder struct {
	*Set
	loader *wordLoader
	dir    string
	t      *testing.T
}

// newFolder writes the files, given as name, content, name, content, ...
func newFolder(t *testing.T, files ...string) *folder {
	f := &folder{loader: &wordLoader{map[string]int{}}, dir: t.TempDir(), t: t}
	for i := 0; i < len(files); i += 2 {
		f.write(files[i], files[i+1])
	}
	f.Set = NewSet(f.loader, []string{f.dir})
	return f
}

// write makes a file of one line per word.
func (f *folder) write(name, words string) {
	text := strings.ReplaceAll(words, " | ", "\n")
	if err := os.WriteFile(filepath.Join(f.dir, name), []byte(text), 0o644); err != nil {
		f.t.Fatal(err)
	}
}

// short takes the folder's path out of a text.
func (f *folder) short(text string) string { return strings.ReplaceAll(text, f.dir+"/", "") }

// reload reloads and gives all lines, the problems last.
func (f *folder) reload() []string {
	changed, problems := f.Reload()
	return append(f.lines(changed), f.texts(problems)...)
}

func (f *folder) lines(in []string) []string {
	var out []string
	for _, line := range in {
		out = append(out, f.short(line))
	}
	return out
}

func (f *folder) texts(errs []error) []string {
	var out []string
	for _, err := range errs {
		out = append(out, f.short(err.Error()))
	}
	return out
}

func (f *folder) names() []string { return f.Set.names() }

func want(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n  %s\nwant:\n  %s", what, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func TestFindsScriptsOfAFolder(t *testing.T) {
	f := newFolder(t,
		"b.go", "package hooks | Second",
		"a.go", "package hooks | First | Other",
		"scan.go", "package main | bad: a batch scan",
		"embed.go", "package scripts | bad: a Go package that is no hook",
		"mine.go", "package mine; import \"blissh/hooks\" | Mine",
		"header.go", "package mine; import blissh/hooks | Header",
		"prompt.go", "ascan(robz, 0, 1, 10, .1)",
		"commented.go", "/* Package hooks is */ package hooks | Commented",
		"a_test.go", "package hooks | bad: a test",
		"_old.go", "package hooks | bad: put aside",
		".#a.go", "package hooks | bad: an editor's",
		"notes.txt", "package hooks | bad: no Go",
	)
	os.Mkdir(filepath.Join(f.dir, "folder.go"), 0o755)
	f.loader.loads = map[string]int{}
	_, problems := f.Reload()
	want(t, "problems", f.texts(problems))
	want(t, "hooks", f.names(), "First", "Other", "Second", "Commented", "Header", "Mine")
}

func TestFileNamedByTheSessionIsAlwaysLoaded(t *testing.T) {
	f := newFolder(t, "scan.go", "package main | bad: func main in a hook script")
	path := filepath.Join(f.dir, "scan.go")
	f.Set = NewSet(f.loader, []string{path})
	want(t, "lines", f.reload(), "scan.go:2:1: bad: func main in a hook script")
}

func TestBrokenFileNeverPreventsTheOthers(t *testing.T) {
	f := newFolder(t,
		"a.go", "package hooks | bad: undefined: x",
		"b.go", "package hooks | Good",
		"c.go", "package hooks | panic",
	)
	want(t, "lines", f.reload(),
		"hook Good loaded from b.go",
		"a.go:2:1: bad: undefined: x",
		"c.go: panic: nil type")
	want(t, "problems that stand", f.texts(f.Problems()), "a.go:2:1: bad: undefined: x", "c.go: panic: nil type")
	want(t, "nothing is news", f.reload())
}

func TestMissingFolderIsAProblemUntilItIsThere(t *testing.T) {
	f := newFolder(t)
	sub := filepath.Join(f.dir, "scripts")
	f.Set = NewSet(f.loader, []string{sub})
	want(t, "first look", f.reload(), "hooks scripts: no such file or directory")
	want(t, "second look", f.reload())
	want(t, "problems that stand", f.texts(f.Problems()), "hooks scripts: no such file or directory")
	os.Mkdir(sub, 0o755)
	f.write("scripts/a.go", "package hooks | New")
	want(t, "third look", f.reload(), "hook New loaded from scripts/a.go")
	want(t, "problems that stand", f.texts(f.Problems()))
}

func TestEditIsLoadedAnew(t *testing.T) {
	f := newFolder(t, "a.go", "package hooks | One", "b.go", "package hooks | Two")
	f.reload()
	f.write("a.go", "package hooks | One | More")
	want(t, "lines", f.reload(), "hook More loaded from a.go", "hook One loaded anew from a.go")
	if f.loader.loads["b.go"] != 1 {
		t.Errorf("the other file was loaded %d times", f.loader.loads["b.go"])
	}
}

func TestEditOfTheSameSizeAndTimeIsSeen(t *testing.T) {
	f := newFolder(t, "a.go", "package hooks | One")
	path := filepath.Join(f.dir, "a.go")
	info, _ := os.Stat(path)
	f.reload()
	f.write("a.go", "package hooks | Two")
	os.Chtimes(path, info.ModTime(), info.ModTime())
	want(t, "lines", f.reload(), "hook One of a.go is gone", "hook Two loaded from a.go")
}

func TestSettledFileIsNotReadAgain(t *testing.T) {
	f := newFolder(t, "a.go", "package hooks | One")
	path := filepath.Join(f.dir, "a.go")
	old := time.Now().Add(-time.Hour)
	os.Chtimes(path, old, old)
	f.reload()
	os.Chmod(path, 0) // has no effect for root, who then reads it in vain
	want(t, "lines", f.reload())
	os.Chmod(path, 0o644)
	os.Chtimes(path, time.Now(), time.Now())
	want(t, "lines after touch", f.reload())
	if n := f.loader.loads["a.go"]; n != 1 {
		t.Errorf("loaded %d times", n)
	}
}

func TestBrokenEditKeepsTheOldVersion(t *testing.T) {
	f := newFolder(t, "a.go", "package hooks | One | Two")
	f.reload()
	f.write("a.go", "package hooks | bad: expected ')'")
	want(t, "lines", f.reload(), "a.go:2:1: bad: expected ')'; the version before this edit of One, Two stays in use")
	want(t, "hooks", f.names(), "One", "Two")
	if _, err := f.New(t.Context(), "Two"); err != nil {
		t.Error(err)
	}
	want(t, "nothing is news", f.reload())
	f.write("a.go", "package hooks | One | Two")
	want(t, "repaired", f.reload(), "hook One loaded anew from a.go", "hook Two loaded anew from a.go")
	want(t, "problems that stand", f.texts(f.Problems()))
}

// TestFileThatIsBeingWritten: an editor empties a file before it writes it.
func TestFileThatIsBeingWritten(t *testing.T) {
	f := newFolder(t, "a.go", "package hooks | One")
	f.reload()
	f.write("a.go", "")
	want(t, "empty", f.reload())
	want(t, "hooks", f.names(), "One")
	f.write("a.go", "package hooks | bad: half")
	want(t, "broken", f.reload(), "a.go:2:1: bad: half; the version before this edit of One stays in use")
	f.write("a.go", "package hooks | Two")
	want(t, "written", f.reload(), "hook One of a.go is gone", "hook Two loaded from a.go")
	f.write("a.go", "")
	old := time.Now().Add(-time.Minute)
	os.Chtimes(filepath.Join(f.dir, "a.go"), old, old)
	want(t, "empty for a minute", f.reload(), "hook Two of a.go is gone")
}

func TestRemovedFileIsDropped(t *testing.T) {
	f := newFolder(t, "a.go", "package hooks | One", "b.go", "package hooks | Two")
	f.reload()
	os.Remove(filepath.Join(f.dir, "a.go"))
	want(t, "lines", f.reload(), "hook One of a.go is gone")
	want(t, "hooks", f.names(), "Two")
	f.write("a.go", "package hooks | One")
	want(t, "back again", f.reload(), "hook One loaded from a.go")
}

func TestOneNameInTwoFiles(t *testing.T) {
	f := newFolder(t, "a.go", "package hooks | Stop", "b.go", "package hooks | Other | Stop")
	want(t, "lines", f.reload(),
		"hook Other loaded from b.go", "hook Stop loaded from a.go",
		"b.go:3: hook Stop is already in a.go:2, which is used; rename one of them")
	want(t, "nothing is news", f.reload())
	if d, _ := f.Lookup("Stop"); f.short(d.File) != "a.go" {
		t.Errorf("%s is used", d.File)
	}
	os.Remove(filepath.Join(f.dir, "a.go"))
	want(t, "the other takes over", f.reload(), "hook Stop loaded anew from b.go")
}

func TestNew(t *testing.T) {
	f := newFolder(t, "a.go", "package hooks | StopAlignmentHook | PanicsAtOnce")
	f.reload()
	h, err := f.New(t.Context(), "StopAlignmentHook")
	if err != nil || h.Name != "StopAlignmentHook" {
		t.Errorf("%+v %v", h, err)
	}
	_, err = f.New(t.Context(), "StopAligmentHook")
	if err == nil || err.Error() != "no hook is called StopAligmentHook; did you mean StopAlignmentHook?" {
		t.Errorf("mistyped: %v", err)
	}
	_, err = f.New(t.Context(), "PanicsAtOnce")
	if err == nil || f.short(err.Error()) != "hook PanicsAtOnce (a.go:3): panic: no such shared channel" {
		t.Errorf("constructor that panics: %v", err)
	}
}

func TestStaleErrorUnwraps(t *testing.T) {
	cause := errors.New("x")
	if !errors.Is(&StaleError{Err: cause}, cause) {
		t.Error("the mistake is lost")
	}
}
