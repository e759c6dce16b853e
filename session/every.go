package session

import (
	"context"
	"errors"
	"fmt"
	"go/token"
	"slices"
	"time"

	"go.yaml.in/yaml/v4"

	"blissh/data"
	"blissh/hooks"
	"blissh/internal/strictyaml"
	"blissh/scan"
)

// HookName is a hook that the configuration names under every_scan.
type HookName struct {
	Name string

	file string
	node *yaml.Node
}

// Problem is an error about the hook, at its place in the file.
func (h *HookName) Problem(err error) error { return problemAt(h.file, h.node, err) }

// readEveryScan takes the key every_scan apart: a list of names. Whether there are
// such hooks is for those to say who have loaded them.
func (c *Config) readEveryScan(r *strictyaml.Report) {
	n := c.EveryNode
	switch {
	case n == nil || n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null":
		return
	case n.Kind != yaml.SequenceNode:
		r.Add(n, "every_scan must be a list of hooks such as [BeamGuard, TimeBudget]")
		return
	}
	for _, item := range n.Content {
		known := slices.ContainsFunc(c.EveryScan, func(h *HookName) bool { return h.Name == item.Value })
		switch {
		case item.Kind != yaml.ScalarNode || !token.IsIdentifier(item.Value):
			r.Add(item, "every_scan: the name of a hook expected, such as BeamGuard")
		case known:
			r.Add(item, "every_scan: %s is there twice", item.Value)
		default:
			c.EveryScan = append(c.EveryScan, &HookName{Name: item.Value, file: c.File, node: item})
		}
	}
}

// CheckEveryScan has one error for each name under every_scan that is no hook.
func (c *Config) CheckEveryScan(set *hooks.Set) (problems []error) {
	for _, h := range c.EveryScan {
		if err := set.Check(h.Name); err != nil {
			problems = append(problems, h.Problem(fmt.Errorf("every_scan: %w", err)))
		}
	}
	return problems
}

// every is a hook that watches every scan.
type every struct {
	name string
	from *HookName   // nil: it was given at the prompt
	hook *hooks.Hook // nil: it has not been made
}

// EveryHook tells of one hook that watches every scan.
type EveryHook struct {
	Name       string
	Place      string // "scripts/beam_guard_hook.go:17", or ""
	Doc        string // what it does
	Configured bool   // by the configuration, not at the prompt
}

// openEvery takes the hooks of the configuration; what is missing is told now, and
// again by every scan, which does not begin without its guards.
func (s *Session) openEvery(context.Context) error {
	for _, h := range s.Config.EveryScan {
		s.every = append(s.every, &every{name: h.Name, from: h})
	}
	for _, p := range s.Config.CheckEveryScan(s.Hooks) {
		s.options.Warn(p.Error() + "; no scan begins without it")
	}
	return nil
}

// EveryScan lists the hooks that watch every scan, in the order in which they are
// asked.
func (s *Session) EveryScan() (list []EveryHook) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.every {
		h := EveryHook{Name: e.name, Configured: e.from != nil}
		if d, ok := s.Hooks.Lookup(e.name); ok {
			h.Doc, h.Place = d.Doc, fmt.Sprintf("%s:%d", d.File, d.Line)
		}
		list = append(list, h)
	}
	return list
}

// AddWatchdog lets a hook watch every scan that begins from now on, after those
// that do already.
func (s *Session) AddWatchdog(h *hooks.Hook) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.every {
		if e.name == h.Name {
			return fmt.Errorf("hook %s watches every scan already", h.Name)
		}
	}
	s.every = append(s.every, &every{name: h.Name, hook: h})
	return nil
}

// RemoveWatchdogs takes away the hook of that name, or all with "", and returns how
// many there were.
func (s *Session) RemoveWatchdogs(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.every)
	s.every = slices.DeleteFunc(slices.Clone(s.every), func(e *every) bool { return name == "" || e.name == name })
	return before - len(s.every)
}

// everyScan makes the hooks that watch every scan: those of the configuration
// anew when their script was edited, or when they have not come back.
func (s *Session) everyScan(ctx context.Context) (list []*hooks.Hook, err error) {
	s.mu.Lock()
	all := slices.Clone(s.every)
	s.mu.Unlock()
	for _, e := range all {
		if e.from != nil {
			if err := s.renew(ctx, e); err != nil {
				return nil, e.from.Problem(fmt.Errorf("every_scan: %w", err))
			}
		}
		list = append(list, e.hook)
	}
	return list, nil
}

// renew makes a hook of the configuration, unless there is one of the newest
// version.
func (s *Session) renew(ctx context.Context, e *every) error {
	d, ok := s.Hooks.Lookup(e.name)
	if ok && e.hook != nil && e.hook.SHA256 == d.SHA256 && e.hook.Free() {
		return nil
	}
	h, err := s.Hooks.New(ctx, e.name)
	if err != nil {
		return err
	}
	s.mu.Lock()
	old := e.hook
	e.hook = h
	s.mu.Unlock()
	if old != nil {
		old.Retire()
	}
	return nil
}

// lingerTime is what a hook may still take for a scan that is over when the session
// ends.
const lingerTime = 2 * time.Second

// closeEvery ends what hooks still do for scans that are over, and gives back what
// the hooks of the configuration hold.
func (s *Session) closeEvery(ctx context.Context) {
	s.mu.Lock()
	lingering, all := s.lingering, s.every
	s.lingering = nil
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, lingerTime)
	defer cancel()
	for _, w := range lingering {
		select {
		case <-w.Done():
		case <-ctx.Done():
			w.CutShort("the session ends")
		}
	}
	for _, e := range all {
		if e.from != nil && e.hook != nil {
			e.hook.Retire()
		}
	}
}

// linger keeps the watchdog of a hook that is not done with its scan, so that the
// session does not end before it.
func (s *Session) linger(w *scan.Watchdog) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lingering = slices.DeleteFunc(s.lingering, func(w *scan.Watchdog) bool {
		select {
		case <-w.Done():
			return true
		default:
			return false
		}
	})
	s.lingering = append(s.lingering, w)
}

// watchdogs makes the sinks of the hooks that watch the scan: those of every scan
// first, then its own, each in its order. It notes them in the description.
func (sc *Scan) watchdogs(ctx context.Context, info *data.Scan) (sinks []scan.Sink, err error) {
	s := sc.session
	list, err := s.everyScan(ctx)
	if err != nil {
		return nil, err
	}
	sc.mu.Lock()
	sc.every = list
	list = append(slices.Clip(list), sc.hooks...)
	sc.mu.Unlock()
	for i, h := range list {
		if slices.Contains(list[:i], h) {
			continue
		}
		w, err := h.Watchdog(hooks.WatchOptions{
			Stop: sc.Stop, Warn: s.options.Warn, Answer: sc.AnswerTo, Linger: s.linger, Trials: &s.trials,
			Ask: func(q data.Request) string { return sc.Ask(q, nil) },
		})
		if err != nil {
			return nil, err
		}
		sinks = append(sinks, w)
		info.Hooks = append(info.Hooks, h.Record())
	}
	for _, p := range append(s.Presets(), sc.Presets()...) {
		h, ok := p.(interface{ Record() data.Hook })
		if ok && !slices.Contains(info.Hooks, h.Record()) {
			info.Hooks = append(info.Hooks, h.Record())
		}
	}
	return sinks, nil
}

// presets are those around the scan that the session has: hooks of every scan that
// are presets come first.
func (sc *Scan) presets() (list []scan.Preset) {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	for _, h := range sc.every {
		if p := h.Preset(); p != nil {
			list = append(list, p)
		}
	}
	for _, p := range sc.session.Presets() {
		if !slices.Contains(list, p) {
			list = append(list, p)
		}
	}
	return list
}

// SetWatchdog gives the scan its hooks, in place of earlier ones; none takes them
// away. It is refused once the scan has started.
func (sc *Scan) SetWatchdog(list ...*hooks.Hook) error { return sc.setWatchdogs(nil, list) }

// AddWatchdog gives the scan more hooks, which are asked after those that it has.
func (sc *Scan) AddWatchdog(list ...*hooks.Hook) error {
	sc.mu.Lock()
	before := sc.hooks
	sc.mu.Unlock()
	return sc.setWatchdogs(before, list)
}

func (sc *Scan) setWatchdogs(before, list []*hooks.Hook) error {
	if sc.State() != scan.Idle {
		return errors.New("the scan has started; a hook is set before run")
	}
	before = slices.Clone(before)
	for _, h := range list {
		switch {
		case h == nil:
		case slices.Contains(before, h):
			return fmt.Errorf("hook %s is given twice; make another one", h.Name)
		default:
			before = append(before, h)
		}
	}
	sc.mu.Lock()
	defer sc.mu.Unlock()
	sc.hooks = before
	return nil
}
