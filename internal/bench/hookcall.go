package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"blissh/data"
	"blissh/repl"
	"blissh/scan"
)

// emptyHook has no work of its own: a call of it is all overhead.
const emptyHook = `package hooks

import (
	"blissh/hooks"
	"blissh/scan"
)

type EmptyHook struct{ hooks.Base }

func (h *EmptyHook) OnScanData(d *scan.Data) error { return nil }
`

// hookCall is row 13; the store has no part in it.
func hookCall(ctx context.Context, b *bench, _ *engine) ([]figure, error) {
	path := filepath.Join(b.dir, "empty_hook.go")
	if err := os.WriteFile(path, []byte(emptyHook), 0o600); err != nil {
		return nil, err
	}
	found, err := repl.NewHookLoader(repl.Options{}).Load(path)
	if err != nil {
		return nil, err
	}
	if len(found) != 1 {
		return nil, errors.New("the hook was not found")
	}
	h, err := found[0].New()
	if err != nil {
		return nil, err
	}
	defer h.Close()
	var took samples
	for range b.turns() * b.pick(20_000, 5_000) {
		begin := time.Now()
		if err := h.OnScanData(scan.NewData(&data.Scan{}, 0, 1, nil)); err != nil {
			return nil, err
		}
		took = append(took, time.Since(begin))
	}
	return []figure{percentiles(took, time.Microsecond, 3*time.Microsecond, 20*time.Microsecond)}, ctx.Err()
}
