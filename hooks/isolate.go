package hooks

import (
	"context"
	"fmt"
	"sort"
	"time"
)

// within runs f, which calls a script, on a goroutine of its own. A panic
// comes back as an error; an f that takes longer than limit, or that is still
// at it when ctx ends, is left behind.
func within[T any](ctx context.Context, limit time.Duration, f func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	out := make(chan result, 1)
	go func() {
		var r result
		defer func() {
			if v := recover(); v != nil {
				r.err = fmt.Errorf("panic: %v", v)
			}
			out <- r
		}()
		r.value, r.err = f()
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case r := <-out:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	case <-timer.C:
		var none T
		return none, fmt.Errorf("not ready after %v", limit)
	}
}

// index is what a set holds at one moment, to tell what has changed.
type index struct {
	loaded  map[string]version // by the hook's name
	clashes map[string]bool    // texts
}

// version is a file and how often it has been loaded.
type version struct {
	file  string
	loads int
}

func (s *Set) index() index {
	x := index{loaded: map[string]version{}, clashes: map[string]bool{}}
	s.each(func(d Definition, f *file) {
		if _, ok := x.loaded[d.Name]; !ok {
			x.loaded[d.Name] = version{d.File, f.loads}
		}
	})
	for _, err := range s.clashes() {
		x.clashes[err.Error()] = true
	}
	return x
}

// changes says in one line per hook what differs, sorted by name.
func changes(before, after index) []string {
	var lines []string
	for name, v := range after.loaded {
		old, ok := before.loaded[name]
		switch {
		case !ok:
			lines = append(lines, fmt.Sprintf("hook %s loaded from %s", name, v.file))
		case old != v:
			lines = append(lines, fmt.Sprintf("hook %s loaded anew from %s", name, v.file))
		}
	}
	for name, v := range before.loaded {
		if _, ok := after.loaded[name]; !ok {
			lines = append(lines, fmt.Sprintf("hook %s of %s is gone", name, v.file))
		}
	}
	sort.Strings(lines)
	return lines
}
