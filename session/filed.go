package session

import (
	"context"
	"time"

	"blissh/data/store"
	"blissh/writer"
)

// Files are those that the scan goes to, and the host that has them, "" if it is
// this one. There are none before it begins, and when it is not saved.
func (sc *Scan) Files() (host string, files []string) {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	if sc.promise == nil {
		return "", nil
	}
	if sc.promise.Host != sc.session.holder.Host {
		host = sc.promise.Host
	}
	return host, sc.promise.Files
}

// PlannedFiles are those that a scan that has not begun would go to. A writer that
// somebody has started with folders of its own may choose others.
func (sc *Scan) PlannedFiles(ctx context.Context) ([]string, error) {
	info := sc.Info()
	if !info.Save || sc.session.options.StartWriter == nil {
		return nil, nil
	}
	info.Saving = sc.session.Saving()
	sc.session.foresee(ctx, info)
	return writer.Files(info)
}

// Looks for the writer's word that a scan is complete: often at first, for it
// comes at once.
const (
	firstLook = 2 * time.Millisecond
	longLook  = 50 * time.Millisecond
)

// Saved waits until the writer has everything of a scan that has ended, or has
// said why not, at most for the time that is given. It returns how far it is.
func (sc *Scan) Saved(ctx context.Context, patience time.Duration) (v store.Saved) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	info := sc.Info()
	for look := firstLook; ; look = min(2*look, longLook) {
		now, found := sc.session.DB.Saved(ctx, info.Session, info.UID)
		if found == nil {
			v = now
		}
		if v.Complete || v.Error != "" {
			return v
		}
		select {
		case <-ctx.Done():
			return v
		case <-time.After(look):
		}
	}
}
