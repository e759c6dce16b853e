package store

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

func TestAScanInARedisCluster(t *testing.T) {
	b := &bench{T: t}
	addr := startRedisWith(t, "--cluster-enabled", "yes")
	raw := redis.NewClient(&redis.Options{Addr: addr, Protocol: 2})
	defer raw.Close()
	if err := raw.ClusterAddSlotsRange(t.Context(), 0, 16383).Err(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the cluster is up", func() bool { return raw.Set(t.Context(), "x", "x", 0).Err() == nil })
	db, err := Open(t.Context(), "redis://"+addr+"?cluster=true")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	b.db = db
	session := b.session(db, me(), SessionOptions{})
	if _, err := session.Reserve(t.Context(), "me", []string{"a", "b", "c"}); err != nil {
		t.Error(err)
	}
	if n, err := session.NextNumber(t.Context(), 0); err != nil || n != 1 {
		t.Errorf("%d, %v", n, err)
	}
	b.oneWriter(db)
	reader, err := db.Follow(t.Context(), "demo_session", FollowOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s := b.begin(1, images, PublishOptions{Lease: session.Check, TTL: time.Minute})
	s.take(20)
	s.finish()
	b.isRamp(b.values(b.until(reader, isEnd), "robz"), 20, 0)
	if err := db.Delete(t.Context(), s.scan); err != nil {
		t.Error(err)
	}
	if u, err := db.Usage(t.Context()); err != nil || u.Scans != 0 {
		t.Errorf("%+v, %v", u, err)
	}
}
