package storeserver

import (
	"context"
	"time"
)

// unused returns a Go channel that is closed when nobody was connected for d.
// A client that came and went between two looks counts, so that whoever was
// just told the address finds the store alive. The goroutine ends with ctx.
func unused(ctx context.Context, e engine, d time.Duration) <-chan struct{} {
	if d <= 0 {
		return nil
	}
	done := make(chan struct{})
	go func() {
		look := time.NewTicker(min(max(d/10, 10*time.Millisecond), 5*time.Second))
		defer look.Stop()
		last, ever := time.Now(), int64(-1)
		for time.Since(last) < d {
			select {
			case <-ctx.Done():
				return
			case <-look.C:
			}
			now, n, err := e.clients(ctx)
			if now > 0 || n != ever || err != nil {
				last, ever = time.Now(), n
			}
		}
		close(done)
	}()
	return done
}
