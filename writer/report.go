package writer

import (
	"context"
	"fmt"
	"time"

	"blissh/data/store"
)

// reportPause is the least time between two words on how far a scan is in files: each
// costs the store as much as a point of the scan.
const reportPause = 5 * time.Millisecond

// acknowledge says that so many points are in all files. It does not wait for the
// store.
func (v *saving) acknowledge(points int) {
	v.saved.Points = points
	if v.w.o.Saved != nil {
		v.w.o.Saved(v.scan, points)
	}
	select {
	case <-v.more: // nobody has said that yet
	default:
	}
	v.more <- points
}

// reporting says in the store what is acknowledged, until stop returns. What it has
// begun to say it says to its end, so that nothing overtakes it.
func (v *saving) reporting(ctx context.Context) (stop func()) {
	quit, done := make(chan struct{}), make(chan struct{})
	saved := v.saved
	go func() {
		defer close(done)
		for {
			select {
			case <-quit:
				return
			case saved.Points = <-v.more:
			}
			// The points are in the files, whether or not a full store takes the word;
			// the end is said until it does.
			_ = v.report(ctx, saved)
			time.Sleep(reportPause)
		}
	}()
	return func() { close(quit); <-done }
}

// report says how far the scan is in files.
func (v *saving) report(ctx context.Context, saved store.Saved) error {
	if v.quiet {
		return nil
	}
	if err := v.w.db.SetSaved(ctx, v.scan.Session, v.scan.UID, saved); err != nil {
		return fmt.Errorf("scan %d: say that it is saved: %w", v.scan.Number, err)
	}
	return nil
}
