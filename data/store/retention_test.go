package store

import (
	"errors"
	"strings"
	"testing"
	"time"

	"blissh/data"
	"blissh/internal/redistest"
)

func TestWhatAStoreKeepsIsSetInTheStore(t *testing.T) {
	onEachStore(t, func(b *bench) {
		if r, err := b.db.Retention(b.Context()); err != nil || r != (Retention{DefaultTTL, DefaultLimit}) {
			b.Errorf("by default: %+v, %v", r, err)
		}
		must(b, b.open().SetRetention(b.Context(), Retention{TTL: time.Hour, Limit: 5 << 20}))
		s := b.begin(1, robz(), PublishOptions{})
		s.take(3)
		s.finish()
		for _, key := range ownKeys(s.scan) {
			if left := b.raw.PTTL(b.Context(), key).Val(); left > time.Hour || left < 50*time.Minute {
				if b.raw.Exists(b.Context(), key).Val() == 1 {
					b.Errorf("%s lives for %v", key, left)
				}
			}
		}
		large := b.describe(2, robz())
		large.Planned = 100_000
		p, err := b.db.Publish(b.Context(), large, PublishOptions{})
		must(b, err)
		var full *FullError
		err = p.Put(b.Context(), &data.NewNode{Node: data.ScanNode(large)})
		if !errors.As(err, &full) || full.Limit != 5<<20 {
			b.Fatalf("a scan beyond the limit: %v", err)
		}
		if want := "the store is too full: the scan needs 13.2 MB; of 5.2 MB, 5.2 MB are free, ended scans could give 0.0 MB, running ones use 0.0 MB"; err.Error() != want {
			b.Errorf("the figures: %v\nwant %s", err, want)
		}
		b.raw.HSet(b.Context(), retentionKey, "ttl_ms", "a day", "limit", -1)
		if r, err := b.db.Retention(b.Context()); err != nil || r != (Retention{DefaultTTL, DefaultLimit}) {
			b.Errorf("of nonsense: %+v, %v", r, err)
		}
	})
}

// holding puts an ended scan into a session that counts as so large.
func (b *bench) holding(session string, number int, bytes int64) *data.Scan {
	b.Helper()
	one := *b
	one.naming = session
	s := one.begin(number, robz(), PublishOptions{})
	s.take(1)
	s.finish()
	b.raw.HSet(b.Context(), scanKey(session, s.scan.UID), "bytes", bytes)
	s.scan.Bytes = bytes
	return s.scan
}

// there tells which scans of a session are in the store.
func (b *bench) there(session string) (numbers []int) {
	b.Helper()
	list, err := b.db.Scans(b.Context(), session)
	must(b, err)
	for _, s := range list {
		numbers = append(numbers, s.Number)
	}
	return numbers
}

func TestOwnScansGoFirstThenThoseOfOthers(t *testing.T) {
	onEachStore(t, func(b *bench) {
		const unit = 10 << 20
		b.naming = "others"
		running := b.begin(1, robz(), PublishOptions{}) // the oldest of all
		must(b, b.raw.HSet(b.Context(), scanKey("others", running.scan.UID), "bytes", unit).Err())
		for n := 2; n <= 4; n++ {
			b.holding("others", n, unit)
		}
		for n := 1; n <= 3; n++ {
			b.holding("own", n, unit)
		}
		room := func(units int64) error { return b.db.makeRoom(b.Context(), "own", units*unit, 10*unit) }
		for _, step := range []struct {
			units       int64
			own, others string
		}{
			{2, "123", "2341"}, {3, "23", "2341"}, {5, "", "2341"}, {7, "", "41"}, {8, "", "1"},
		} {
			if err := room(step.units); err != nil {
				b.Fatalf("room for %d: %v", step.units, err)
			}
			if own, others := digits(b.there("own")), digits(b.there("others")); own != step.own || others != step.others {
				b.Errorf("room for %d: own %s, others %s; want %s and %s", step.units, own, others, step.own, step.others)
			}
		}
		var full *FullError
		if err := room(10); !errors.As(err, &full) || full.Used != unit {
			b.Errorf("more than there is without the running scan: %v", err)
		}
		if n := b.raw.Exists(b.Context(), storeLeaseKey).Val(); n != 0 {
			b.Error("the right to delete was not given back")
		}
		running.take(1)
		running.finish()
	})
}

// Shells on two hosts whose clocks are an hour apart: the order is that of the
// server.
func TestClocksThatAreApart(t *testing.T) {
	onEachStore(t, func(b *bench) {
		const unit = 10 << 20
		for n, ahead := range []time.Duration{time.Hour, 0, -time.Hour} {
			for _, session := range []string{"own", "others"} {
				one := *b
				one.naming = session
				s := one.begin(n+1, robz(), PublishOptions{})
				s.scan.End = time.Now().Add(ahead)
				must(b, s.p.Put(b.Context(), &data.EndScan{Node: data.ScanNode(s.scan), Outcome: data.Done}))
				b.raw.HSet(b.Context(), scanKey(session, s.scan.UID), "bytes", unit)
			}
		}
		reader := b.follow(FollowOptions{})
		must(b, b.db.makeRoom(b.Context(), "own", 4*unit, 10*unit))
		must(b, b.db.makeRoom(b.Context(), "own", 6*unit, 10*unit))
		if own, others := digits(b.there("own")), digits(b.there("others")); own != "" || others != "123" {
			b.Errorf("own %s, others %s", own, others)
		}
		must(b, b.db.makeRoom(b.Context(), "own", 8*unit, 10*unit))
		if others := digits(b.there("others")); others != "3" {
			b.Errorf("others %s", others)
		}
		s := b.begin(9, robz(), PublishOptions{}) // in a session whose beats nobody compares with a clock
		s.take(5)
		s.scan.End = time.Now().Add(-time.Hour)
		must(b, s.p.Put(b.Context(), &data.EndScan{Node: data.ScanNode(s.scan), Outcome: data.Done}))
		if left := b.raw.PTTL(b.Context(), streamKey(b.name(), s.scan.UID)).Val(); left < DefaultTTL-time.Minute {
			b.Errorf("it lives for %v", left)
		}
		b.isRamp(b.values(b.until(reader, isEnd), "robz"), 5, 0)
	})
}

func digits(list []int) (s string) {
	for _, n := range list {
		s += string(rune('0' + n))
	}
	return s
}

// At the limit of its data a server still has room for what is small and
// matters: a stop, a request, a heartbeat, the end.
func TestAtTheLimitOfTheDataAStopStillPasses(t *testing.T) {
	r := Retention{TTL: time.Hour, Limit: 8e6}
	server := redistest.Start(t, "--maxmemory-policy", "noeviction")
	b := newConformance(t, "redis://"+server.Addr, "demo_session")
	b.raw = server.Client()
	must(b, b.db.SetRetention(t.Context(), r))
	must(b, b.db.SetMaxMemory(t.Context(), r.MaxMemory()))
	if w := b.db.Warning(t.Context()); w != "" {
		t.Errorf("warning: %s", w)
	}
	shell := b.session(b.db, me(), SessionOptions{})
	s := b.describe(1, images)
	s.Planned = 0
	p, err := b.db.Publish(t.Context(), s, PublishOptions{Lease: shell.Check})
	must(b, err)
	open := &run{b: b, p: p, scan: s}
	open.must(&data.NewNode{Node: data.ScanNode(s)})
	for err == nil && open.n < 1_000_000 {
		err = open.points(1)
	}
	var full *FullError
	if !errors.As(err, &full) {
		t.Fatalf("after %d points: %v", open.n, err)
	}
	if u, err := b.db.Usage(t.Context()); err != nil || u.Bytes > r.Limit {
		t.Errorf("%d bytes are in use of %d, %v", u.Bytes, r.Limit, err)
	}
	must(b, b.raw.Do(t.Context(), "XADD", "blissh:channel:{stop}", "MAXLEN", "1", "*", "v", "true").Err())
	must(b, b.raw.Do(t.Context(), "XADD", requestsKey("demo_session", s.UID), "*", "json", "{}").Err())
	beat := b.raw.HGet(t.Context(), sessionKey("demo_session"), "heartbeat").Val()
	eventually(t, "a heartbeat", func() bool {
		return b.raw.HGet(t.Context(), sessionKey("demo_session"), "heartbeat").Val() != beat
	})
	if err := open.end(data.Failed, full.Error()); err != nil {
		t.Errorf("end: %v", err)
	}
	b.check(s, open.n)
	if got, err := b.db.Scan(t.Context(), "demo_session", 1); err != nil || got.Taken != open.n || !strings.Contains(got.Reason, "too full") {
		t.Errorf("%+v, %v", got, err)
	}
	next := b.begin(2, robz(), PublishOptions{Lease: shell.Check}) // for which the first one goes
	next.take(3)
	next.finish()
	if got := digits(b.there("demo_session")); got != "2" {
		t.Errorf("scans %s are there", got)
	}
}
