package hooks

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"blissh/internal/nearest"
)

// startLimit bounds the loading of a script and the making of a hook: what a
// script does then (a constructor that opens shared channels) is quick, and a
// script that loops must not keep the prompt away.
const startLimit = 5 * time.Second

// Set is the hook scripts of a session: the files and folders that it names,
// each file loaded on its own, so that a broken one never prevents the others.
// It is safe for concurrent use.
type Set struct {
	loader Loader
	paths  []string

	mu    sync.Mutex
	files map[string]*file
	order []string // paths of the files, as last found
	lost  map[string]string
}

// NewSet makes an empty set; the first Reload fills it. A path is a file or a
// folder. Of a folder those *.go files are taken that are of package hooks or
// import blissh/hooks; not tests, names that begin with "_" or ".", programs
// (package main), and files without a package clause.
func NewSet(l Loader, paths []string) *Set {
	return &Set{loader: l, paths: paths, files: map[string]*file{}, lost: map[string]string{}}
}

// Reload looks at all files again. New and edited ones are loaded; an edit
// that does not compile leaves the version before it in use; what was removed
// is dropped. changed has one line per hook that is new, loaded anew or gone;
// problems has one error per mistake that this look found, with file and line.
// Hooks that were made before stay as they are.
func (s *Set) Reload() (changed []string, problems []error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.index()
	problems = s.find()
	for _, path := range s.order {
		problems = append(problems, s.refresh(path)...)
	}
	problems = append(problems, s.newClashes(before)...)
	return changes(before, s.index()), problems
}

// Problems are all mistakes that stand at the moment.
func (s *Set) Problems() []error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []error
	for _, path := range s.paths {
		if text := s.lost[path]; text != "" {
			all = append(all, errors.New(text))
		}
	}
	for _, path := range s.order {
		all = append(all, s.files[path].problems...)
	}
	return append(all, s.clashes()...)
}

// Definitions are the hooks in use, in the order of the paths, then of the
// files' names, then of the lines.
func (s *Set) Definitions() []Definition {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.definitions()
}

// Lookup finds a hook by its type's name.
func (s *Set) Lookup(name string) (Definition, bool) {
	for _, d := range s.Definitions() {
		if d.Name == name {
			return d, true
		}
	}
	return Definition{}, false
}

// Check says whether there is no hook of that name, and which one may be meant.
func (s *Set) Check(name string) error {
	if _, ok := s.Lookup(name); ok {
		return nil
	}
	return fmt.Errorf("no hook is called %s%s", name, nearest.Hint(name, s.names()))
}

// New makes a hook of the newest version in use. It runs the script's
// constructor, for 5 s at most and not longer than ctx lives.
func (s *Set) New(ctx context.Context, name string) (*Hook, error) {
	if err := s.Check(name); err != nil {
		return nil, err
	}
	d, _ := s.Lookup(name)
	return Make(ctx, d)
}

// Make makes a hook; it runs the script's constructor, for 5 s at most and not
// longer than ctx lives.
func Make(ctx context.Context, d Definition) (*Hook, error) {
	h, err := within(ctx, startLimit, d.New)
	if err != nil {
		return nil, fmt.Errorf("hook %s (%s): %w", d.Name, place(d.File, d.Line), err)
	}
	return h, nil
}

func (s *Set) names() []string {
	var names []string
	for _, d := range s.Definitions() {
		names = append(names, d.Name)
	}
	return names
}

// definitions leaves out what is defined a second time.
func (s *Set) definitions() []Definition {
	var all []Definition
	seen := map[string]bool{}
	s.each(func(d Definition, _ *file) {
		if !seen[d.Name] {
			seen[d.Name] = true
			all = append(all, d)
		}
	})
	return all
}

// each visits all definitions of all files in order.
func (s *Set) each(f func(Definition, *file)) {
	for _, path := range s.order {
		for _, d := range s.files[path].definitions {
			f(d, s.files[path])
		}
	}
}

// clashes names each hook that is defined again in another file.
func (s *Set) clashes() []error {
	first := map[string]Definition{}
	var all []error
	s.each(func(d Definition, _ *file) {
		if f, ok := first[d.Name]; ok {
			all = append(all, &ClashError{Name: d.Name, Used: place(f.File, f.Line), Ignored: place(d.File, d.Line)})
			return
		}
		first[d.Name] = d
	})
	return all
}

// newClashes are those that one of the files in before did not yet have.
func (s *Set) newClashes(before index) []error {
	return slices.DeleteFunc(s.clashes(), func(err error) bool {
		return before.clashes[err.Error()]
	})
}

// ClashError says that two files define a hook of one name.
type ClashError struct {
	Name          string
	Used, Ignored string // "scripts/a.go:12"
}

// Error names both files and says which one is used.
func (e *ClashError) Error() string {
	return fmt.Sprintf("%s: hook %s is already in %s, which is used; rename one of them", e.Ignored, e.Name, e.Used)
}
