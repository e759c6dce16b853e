package store

import (
	"testing"
	"time"

	"blissh/data"
	"blissh/internal/redistest"
)

// A master that dies in mid-scan is a store that comes back: the sentinel makes
// the replica the master, and the scan goes on there with all its points.
func TestAFailOverInMidScan(t *testing.T) {
	s := redistest.StartSentinel(t)
	b := newConformance(t, s.URL(), "demo_session")
	b.db.times.window = time.Minute
	shell := b.session(b.db, me(), SessionOptions{})
	var told outages
	reader := b.follow(FollowOptions{})
	o := told.options()
	o.Lease = shell.Check
	r := b.begin(1, images, o)
	r.take(200)
	s.Master.Kill()
	r.take(800) // the first of them waits
	r.finish()
	list := b.until(reader, isEnd)
	b.isRamp(b.values(list, "robz"), 1000, 0)
	b.check(r.scan, 1000)
	if told.down == 0 || told.down != told.up {
		t.Errorf("%d outages, %d ends", told.down, told.up)
	}
	if got, err := b.db.Scan(t.Context(), "demo_session", 1); err != nil || got.Outcome != data.Done {
		t.Errorf("%+v, %v", got, err)
	}
	eventually(t, "the session is held in the new master", func() bool {
		return shell.Check() == nil && b.db.client.Exists(t.Context(), leaseKey("demo_session")).Val() == 1
	})
}
