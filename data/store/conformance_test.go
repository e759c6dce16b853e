package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"blissh/data"
	"blissh/internal/redistest"
)

// TestConformance runs what clients rely on, on every kind of store.
func TestConformance(t *testing.T) {
	redistest.Each(t, func(t *testing.T, address string) {
		for name, test := range map[string]func(b *bench){
			"follow": followed, "arrays": arrayed, "lost": presumedLost, "lease": leased, "reserve": reserved,
			"numbers": numbered, "retention": retained, "sessions": spread, "deleted": deletedInTheMiddle,
		} {
			t.Run(name, func(t *testing.T) {
				test(newConformance(t, address, "s-"+name))
			})
		}
	})
}

// newConformance has times that a busy machine keeps.
func newConformance(t *testing.T, address, session string) *bench {
	b := &bench{T: t, url: address, naming: session}
	b.tune = func(t *times) {
		t.giveUp, t.ending, t.patience, t.guard, t.axis, t.lease = time.Minute, time.Minute, time.Minute, time.Minute, time.Minute, 400*time.Millisecond
	}
	b.db = b.open()
	return b
}

// followed: one reader from the beginning, one that comes late, one that comes
// when all is over, and reading by index.
func followed(b *bench) {
	early := b.follow(FollowOptions{})
	s := b.begin(1, robz(), PublishOptions{})
	s.take(30)
	s.acked()
	late := b.follow(FollowOptions{})
	s.take(20)
	s.must(&data.Steering{What: "mark"})
	s.take(10)
	s.finish()
	replay := b.follow(FollowOptions{Scan: s.scan.UID})
	for _, r := range []*Reader{early, late, replay} {
		list := b.until(r, isEnd)
		b.isRamp(b.values(list, "robz"), 60, 0)
		if got := kinds(list); got != "NewNode:1_ascan NewNode:robz NewNode:elapsed_time NewNode:diode Prepared NewData Steering NewData EndScan" {
			b.Errorf("events: %s", got)
		}
	}
	if _, err := replay.Next(b.Context()); !errors.Is(err, io.EOF) {
		b.Errorf("after the only scan: %v", err)
	}
	b.check(s.scan, 60)
	node := data.ChannelNode(s.scan, s.scan.Channels[0])
	if v, err := b.db.Get(b.Context(), node, -1); err != nil || v != 590 {
		b.Errorf("the last point: %v, %v", v, err)
	}
}

func arrayed(b *bench) {
	s := b.begin(1, images, PublishOptions{})
	s.take(25)
	s.finish()
	b.check(s.scan, 25)
	n := 0
	for _, e := range b.until(b.follow(FollowOptions{Scan: s.scan.UID}), isEnd) {
		if d, ok := e.(*data.NewData); ok && d.Node.Name == "image" {
			n += len(d.Arrays)
		}
	}
	if n != 25 {
		b.Errorf("%d images, want 25", n)
	}
	a, err := b.db.Array(b.Context(), data.ChannelNode(s.scan, images[2]), 7)
	if want := row(7, images).Arrays[1].Bytes; err != nil || string(a.Bytes) != string(want) {
		b.Errorf("array 7: %v, %v; want %v", a.Bytes, err, want)
	}
}

func presumedLost(b *bench) {
	shell := b.open()
	b.session(shell, me(), SessionOptions{})
	s := b.beginIn(shell, 1, robz(), PublishOptions{})
	s.take(5)
	s.acked()
	b.tune = nil
	reader := b.follow(FollowOptions{}) // which has less patience
	kill(shell)
	isLost := func(e data.Event) bool { _, ok := e.(*data.Lost); return ok }
	b.isRamp(b.values(b.until(reader, isLost), "robz"), 5, 0)
	eventually(b.T, "the next shell gets the session, and closes the scan", func() bool {
		next, err := b.db.OpenSession(b.Context(), b.name(), me(), SessionOptions{})
		if err == nil {
			b.Cleanup(func() { next.Close(context.Background()) })
		}
		return err == nil
	})
	list := b.until(reader, isEnd)
	if e := list[len(list)-1].(*data.EndScan); e.Outcome != data.Failed || e.Reason != "lost" || e.Points != 5 {
		b.Errorf("%+v", e)
	}
}

func leased(b *bench) {
	first := b.session(b.open(), me(), SessionOptions{})
	var held *HeldError
	if _, err := b.db.OpenSession(b.Context(), b.name(), Holder{Host: "there", PID: 1, User: "u"}, SessionOptions{}); !errors.As(err, &held) || held.Holder != me() {
		b.Errorf("a second shell: %v", err)
	}
	time.Sleep(2 * first.db.times.lease)
	if err := first.Check(); err != nil {
		b.Errorf("after twice its life: %v", err)
	}
	first.Close(b.Context())
	b.session(b.db, me(), SessionOptions{})
}

func reserved(b *bench) {
	one := b.session(b.open(), me(), SessionOptions{})
	other, err := b.db.OpenSession(b.Context(), b.name()+"2", me(), SessionOptions{})
	if err != nil {
		b.Fatal(err)
	}
	defer other.Close(b.Context())
	r, err := one.Reserve(b.Context(), "scan 1 of one", []string{"sim://" + b.name(), "sim://z"})
	if err != nil {
		b.Fatal(err)
	}
	var taken *ReservedError
	if _, err := other.Reserve(b.Context(), "mv", []string{"sim://" + b.name(), "sim://a"}); !errors.As(err, &taken) || taken.Holder != "scan 1 of one" {
		b.Errorf("a reserved axis: %v", err)
	}
	if err := r.Release(b.Context()); err != nil {
		b.Error(err)
	}
	r, err = other.Reserve(b.Context(), "mv", []string{"sim://" + b.name(), "sim://a"})
	if err != nil {
		b.Fatal(err)
	}
	r.Release(b.Context())
}

func numbered(b *bench) {
	s := b.session(b.db, me(), SessionOptions{})
	for i, atLeast := range []int{0, 0, 10, 3} {
		n, err := s.NextNumber(b.Context(), atLeast)
		if want := []int{1, 2, 11, 12}[i]; err != nil || n != want {
			b.Errorf("%d, %v; want %d", n, err, want)
		}
	}
}

// retained: whole ended scans go, the oldest first; what cannot fit is refused.
func retained(b *bench) {
	used, err := b.db.Usage(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	size := newLayoutOf(b.T, robz()).predict(1000)
	o := PublishOptions{Limit: used.Bytes + 10*size}
	var list []*run
	for n := 1; n <= 12; n++ {
		s := b.begin(n, robz(), o)
		for range 1000 {
			s.p.Put(b.Context(), row(s.n, s.scan.Channels))
			s.n++
		}
		s.finish()
		must(b, b.db.client.HSet(b.Context(), scanKey(b.name(), s.scan.UID), "bytes", size).Err())
		list = append(list, s)
	}
	scans, err := b.db.Scans(b.Context(), b.name())
	if err != nil || len(scans) == 0 || len(scans) >= 12 {
		b.Fatalf("%d scans, %v", len(scans), err)
	}
	for i, s := range scans {
		if want := 12 - len(scans) + i + 1; s.Number != want {
			b.Errorf("scan %d is there, want %d", s.Number, want)
		}
	}
	b.check(list[11].scan, 1000)
	large := b.describe(13, robz())
	large.Planned = 1_000_000
	p, _ := b.db.Publish(b.Context(), large, o)
	var full *FullError
	if err := p.Put(b.Context(), &data.NewNode{Node: data.ScanNode(large)}); !errors.As(err, &full) {
		b.Errorf("a scan that cannot fit: %v", err)
	}
}

// deletedInTheMiddle: a reader of a scan that goes is told.
func deletedInTheMiddle(b *bench) {
	s := b.begin(1, robz(), PublishOptions{})
	s.take(500)
	s.finish()
	reader := b.follow(FollowOptions{Scan: s.scan.UID})
	if _, err := reader.Next(b.Context()); err != nil {
		b.Fatal(err)
	}
	must(b, b.db.Delete(b.Context(), s.scan))
	for {
		e, err := reader.Next(b.Context())
		if err != nil {
			b.Fatalf("no word of it: %v", err)
		}
		switch e.(type) {
		case *data.Deleted:
			return
		case *data.EndScan:
			return // all of it was on its way already
		}
	}
}

// spread: several sessions at once, each with a shell, a scan and a reader.
func spread(b *bench) {
	var work sync.WaitGroup
	for i := range 5 {
		work.Go(func() {
			one := newConformance(b.T, b.url, fmt.Sprint(b.name(), i))
			shell := one.session(one.db, me(), SessionOptions{})
			reader := one.follow(FollowOptions{})
			s := one.begin(1, images, PublishOptions{Lease: shell.Check})
			s.take(50)
			s.finish()
			one.isRamp(one.values(one.until(reader, isEnd), "robz"), 50, 0)
		})
	}
	work.Wait()
	names, err := b.db.Sessions(b.Context())
	if err != nil || len(names) < 5 {
		b.Errorf("sessions: %v, %v", names, err)
	}
}

func must(b *bench, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}
