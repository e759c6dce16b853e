package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"blissh/hooks"
	"blissh/repl"
	"blissh/scan"
	"blissh/session"
)

// badHook is a hook that observes and may fail, with what it does at a point.
const badHook = `package hooks

import (
	"time"

	"blissh/hooks"
	"blissh/scan"
)

type BadHook struct {
	hooks.Base
	keep [][]float64
}

var _ = time.Second

func (h *BadHook) OnFailure() scan.Policy { return hooks.GoOn }

func (h *BadHook) OnScanData(d *scan.Data) error {
%s
}
`

// badHooks is what a hook does that must not cost a scan anything.
func badHooks() []string {
	return []string{
		"\ttime.Sleep(10 * time.Second)\n\treturn nil",
		"\tfor {\n\t}",
		"\tpanic(\"no beam\")",
		"\tfor {\n\t\th.keep = append(h.keep, make([]float64, 1000))\n\t}",
	}
}

// harmless is what such hooks change in the time of a scan: with one, over without.
func harmless(ctx context.Context, b *bench, e *engine) (figures []figure, err error) {
	s, done, err := b.openInstant(ctx, e)
	if err != nil {
		return nil, err
	}
	defer done()
	b.quiet.Store(true) // what becomes of the hooks is said in a line each
	defer b.quiet.Store(false)
	for i, body := range badHooks() {
		limit := around(1, .01)
		values, err := b.repeat(false, limit, func() (float64, error) {
			return b.hindered(ctx, s, filepath.Join(b.dir, fmt.Sprintf("bad_hook_%d.go", i)), body)
		})
		if err != nil {
			return figures, err
		}
		figures = append(figures, summary(values, limit, "%.4f/%.4f"))
	}
	return figures, nil
}

// hindered is the time of a scan with such a hook over the mean of one before and
// one after it.
func (b *bench) hindered(ctx context.Context, s *session.Session, path, body string) (float64, error) {
	if err := os.WriteFile(path, []byte(fmt.Sprintf(badHook, body)), 0o600); err != nil {
		return 0, err
	}
	found, err := repl.NewHookLoader(repl.Options{}).Load(path)
	if err != nil {
		return 0, err
	}
	h, err := hooks.Make(ctx, found[0])
	if err != nil {
		return 0, err
	}
	defer h.Close()
	before, err1 := b.timedWith(ctx, s)
	with, err2 := b.timedWith(ctx, s, h)
	if !h.Free() {
		return 0, errors.New("the hook does not end")
	}
	after, err3 := b.timedWith(ctx, s)
	return 2 * with.Seconds() / (before + after).Seconds(), errors.Join(err1, err2, err3)
}

// timedWith runs counts of 5 ms with hooks.
func (b *bench) timedWith(ctx context.Context, s *session.Session, list ...*hooks.Hook) (time.Duration, error) {
	sc, err := s.NewScan(loopscan(s, b.pick(1000, 100), 5*time.Millisecond))
	if err != nil {
		return 0, err
	}
	if err := sc.SetWatchdog(list...); err != nil {
		return 0, err
	}
	begin := time.Now()
	err = sc.Run(ctx)
	took := time.Since(begin)
	if err == nil && sc.State() != scan.Done {
		err = fmt.Errorf("the scan was %v: %s", sc.State(), sc.Info().Reason)
	}
	return took, err
}
