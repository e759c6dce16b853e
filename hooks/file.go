package hooks

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"time"
)

// racyTime is how old a file's time of change must be before size and time
// alone tell that it is unchanged: file systems count in steps, and an edit may
// follow a look within one.
const racyTime = 2 * time.Second

// file is one script and the version of it in use.
type file struct {
	size        int64
	changed     time.Time
	looked      time.Time
	sum         [sha256.Size]byte
	loads       int // successful ones, so that an edit is told from no edit
	skip        bool
	definitions []Definition
	problems    []error // of the newest version
}

// find lists the files of all paths and drops those that are gone. It returns
// the paths that cannot be read, each once.
func (s *Set) find() []error {
	var problems []error
	s.order = nil
	for _, path := range s.paths {
		found, err := list(path)
		if problem := s.note(path, err); problem != nil {
			problems = append(problems, problem)
		}
		for _, f := range found {
			if !slices.Contains(s.order, f) {
				s.order = append(s.order, f)
			}
		}
	}
	for path := range s.files {
		if !slices.Contains(s.order, path) {
			delete(s.files, path)
		}
	}
	for _, path := range s.order {
		if s.files[path] == nil {
			s.files[path] = &file{}
		}
	}
	return problems
}

// note remembers why a path cannot be read; it returns what is news.
func (s *Set) note(path string, err error) error {
	text := ""
	if err != nil {
		text = fmt.Sprintf("hooks %s: %v", path, reason(err))
	}
	known := s.lost[path] == text
	s.lost[path] = text
	if text == "" || known {
		return nil
	}
	return errors.New(text)
}

// reason is an error of a file operation without the path, which is said
// already.
func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// list gives the scripts of a folder, or path itself.
func list(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path)
	var found []string
	for _, e := range entries {
		if isScript(e.Name()) && !e.IsDir() {
			found = append(found, filepath.Join(path, e.Name()))
		}
	}
	sort.Strings(found)
	return found, err
}

func isScript(name string) bool {
	return strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") &&
		!strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "_")
}

// refresh loads a file if it has changed and returns the mistakes of that.
func (s *Set) refresh(path string) []error {
	f := s.files[path]
	src, err := f.read(path)
	if err != nil {
		return f.broken(fmt.Errorf("%s: %w", path, reason(err)))
	}
	if src == nil {
		return nil
	}
	if f.beingWritten(src) {
		f.sum = [sha256.Size]byte{} // whatever is there next is new
		return nil
	}
	if f.skip = !slices.Contains(s.paths, path) && !isHookSource(src); f.skip {
		f.definitions, f.problems = nil, nil
		return nil
	}
	found, err := within(context.Background(), startLimit, func() ([]Definition, error) { return s.loader.Load(path) })
	if err != nil {
		return f.broken(named(path, err))
	}
	f.definitions, f.problems = found, nil
	f.loads++
	return nil
}

// beingWritten reports whether a file with hooks has just become empty: an editor
// that writes a file begins with that.
func (f *file) beingWritten(src []byte) bool {
	return len(f.definitions) > 0 && len(bytes.TrimSpace(src)) == 0 && f.looked.Sub(f.changed) < racyTime
}

// read returns the source if it differs from the version seen last, else nil.
func (f *file) read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	settled := f.looked.Sub(f.changed) > racyTime
	if settled && info.Size() == f.size && info.ModTime().Equal(f.changed) {
		return nil, nil
	}
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(src)
	same := !f.looked.IsZero() && sum == f.sum
	f.size, f.changed, f.looked, f.sum = info.Size(), info.ModTime(), now, sum
	if same {
		return nil, nil
	}
	return src, nil
}

// broken notes the mistakes of a new version; the one before stays in use. A
// mistake that is known already is not news.
func (f *file) broken(err error) []error {
	if len(f.definitions) > 0 {
		err = &StaleError{Err: err, Kept: names(f.definitions)}
	}
	if len(f.problems) == 1 && f.problems[0].Error() == err.Error() {
		return nil
	}
	f.problems = []error{err}
	return f.problems
}

// named makes sure that an error says which file it is about.
func named(path string, err error) error {
	if strings.Contains(err.Error(), filepath.Base(path)) {
		return err
	}
	return fmt.Errorf("%s: %w", path, err)
}

func names(ds []Definition) []string {
	var all []string
	for _, d := range ds {
		all = append(all, d.Name)
	}
	return all
}

// StaleError says that an edited script does not load and that the version
// before the edit stays in use.
type StaleError struct {
	Err  error
	Kept []string // names of the hooks
}

func (e *StaleError) Error() string {
	return fmt.Sprintf("%v; the version before this edit of %s stays in use", e.Err, strings.Join(e.Kept, ", "))
}

func (e *StaleError) Unwrap() error { return e.Err }

// isHookSource reports whether a file of a folder is meant to be a hook
// script: it is of package hooks, or imports blissh/hooks without being a
// program. A header that cannot be read counts as one, so that it is reported.
func isHookSource(src []byte) bool {
	f, err := parser.ParseFile(token.NewFileSet(), "", src, parser.ImportsOnly)
	if f == nil || f.Name == nil || f.Name.Name == "" || f.Name.Name == "main" {
		return false
	}
	return err != nil || f.Name.Name == "hooks" || slices.ContainsFunc(f.Imports, func(i *ast.ImportSpec) bool {
		return i.Path.Value == `"blissh/hooks"`
	})
}
