package store

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"blissh/data"
)

func TestALateReaderSeesTheRunningScanFromItsBeginning(t *testing.T) {
	onEachStore(t, func(b *bench) {
		yesterday := b.begin(1, robz(), PublishOptions{})
		yesterday.take(5)
		yesterday.finish()
		s := b.begin(2, robz(), PublishOptions{})
		s.take(50)
		s.acked()
		reader := b.follow(FollowOptions{})
		s.take(50)
		s.finish()
		list := b.until(reader, isEnd)
		if n := list[0].(*data.NewNode); n.Node.Name != "2_ascan" {
			b.Errorf("began with %s", n.Node.Name)
		}
		b.isRamp(b.values(list, "robz"), 100, 0)
	})
}

func TestEndedScansAreReplayedInOrderOnRequest(t *testing.T) {
	onEachStore(t, func(b *bench) {
		for n := 1; n <= 3; n++ {
			s := b.begin(n, robz(), PublishOptions{})
			s.take(250) // more than one XREAD brings
			for range 3 {
				s.must(&data.Steering{What: "mark"})
			}
			if n < 3 {
				s.finish()
			} else {
				time.AfterFunc(50*time.Millisecond, func() { s.end(data.Aborted, "interrupted") })
			}
		}
		reader := b.follow(FollowOptions{Ended: true})
		for n := 1; n <= 3; n++ {
			list := b.until(reader, isEnd)
			if got := list[len(list)-1].(*data.EndScan); got.Node.Scan.Number != n || got.Points != 250 {
				b.Errorf("scan %d: %+v", n, got)
			}
			b.isRamp(b.values(list, "robz"), 250, 0)
		}
	})
}

func TestOneScanIsFollowedToItsEnd(t *testing.T) {
	onEachStore(t, func(b *bench) {
		for n := 1; n <= 2; n++ {
			s := b.begin(n, robz(), PublishOptions{})
			s.take(5)
			s.finish()
		}
		reader := b.follow(FollowOptions{Scan: "u1"})
		var list []data.Event
		for e, err := range reader.Events(b.Context()) {
			if err != nil {
				b.Fatal(err)
			}
			list = append(list, e)
		}
		if end, ok := list[len(list)-1].(*data.EndScan); !ok || end.Node.Scan.UID != "u1" {
			b.Errorf("saw %s", kinds(list))
		}
		if _, err := reader.Next(b.Context()); !errors.Is(err, io.EOF) {
			b.Errorf("after the end: %v", err)
		}
		if _, err := b.db.Follow(b.Context(), "demo_session", FollowOptions{Scan: "u9"}); !errors.Is(err, ErrNotFound) {
			b.Errorf("a scan that is not there: %v", err)
		}
	})
}

func TestACancelledNextReturnsTheCauseAndClosesTheConnection(t *testing.T) {
	onEachStore(t, func(b *bench) {
		b.db.times.block = time.Hour
		before := b.proxy.count()
		reader, err := b.db.Follow(b.Context(), "demo_session", FollowOptions{})
		if err != nil {
			b.Fatal(err)
		}
		if n := b.proxy.count(); n != before+1 {
			b.Errorf("a reader has %d connections", n-before)
		}
		enough := errors.New("enough")
		ctx, cancel := context.WithCancelCause(b.Context())
		time.AfterFunc(50*time.Millisecond, func() { cancel(enough) })
		start := time.Now()
		if _, err := reader.Next(ctx); !errors.Is(err, enough) || time.Since(start) > 20*time.Second {
			b.Errorf("after %v: %v", time.Since(start), err)
		}
		eventually(t, "the connection is closed", func() bool { return b.proxy.count() == before })

		s := b.begin(1, robz(), PublishOptions{}) // the reader may go on
		s.take(3)
		s.finish()
		b.isRamp(b.values(b.until(reader, isEnd), "robz"), 3, 0)
	})
}

func TestCloseEndsANextInProgress(t *testing.T) {
	onEachStore(t, func(b *bench) {
		b.db.times.block = time.Hour
		reader, err := b.db.Follow(b.Context(), "demo_session", FollowOptions{})
		if err != nil {
			b.Fatal(err)
		}
		time.AfterFunc(50*time.Millisecond, func() { b.db.Close() })
		if _, err := reader.Next(b.Context()); !errors.Is(err, ErrClosed) {
			b.Errorf("error: %v", err)
		}
		if _, err := b.db.Follow(b.Context(), "demo_session", FollowOptions{}); err == nil {
			b.Error("a closed DB can be followed")
		}
	})
}

func TestAReaderSurvivesCutsWithoutAHole(t *testing.T) {
	onEachStore(t, func(b *bench) {
		reader := b.follow(FollowOptions{})
		s := b.begin(1, robz(), PublishOptions{})
		done := make(chan struct{})
		go func() {
			defer close(done)
			for range 20 {
				if s.points(10) != nil {
					return
				}
				time.Sleep(5 * time.Millisecond)
				b.proxy.cut()
			}
		}()
		list := b.until(reader, func(e data.Event) bool {
			d, ok := e.(*data.NewData)
			return ok && d.Node.Name == "robz" && d.First+d.Len() == 200
		})
		<-done
		b.isRamp(b.values(list, "robz"), 200, 0)
		s.finish()
	})
}

func TestAScanThatIsDeletedOrExpiresIsAnEvent(t *testing.T) {
	isDeleted := func(e data.Event) bool { d, ok := e.(*data.Deleted); return ok && d.First == -1 }
	for name, remove := range map[string]func(b *bench, key string){
		"DEL":    func(b *bench, key string) { b.raw.Del(b.Context(), key) },
		"expiry": func(b *bench, key string) { b.raw.PExpire(b.Context(), key, 50*time.Millisecond) },
	} {
		t.Run(name, func(t *testing.T) {
			onEachStore(t, func(b *bench) {
				reader := b.follow(FollowOptions{})
				s := b.begin(1, robz(), PublishOptions{})
				s.take(5)
				s.acked()
				b.until(reader, func(e data.Event) bool { _, ok := e.(*data.NewData); return ok })
				remove(b, streamKey("demo_session", "u1"))
				b.until(reader, isDeleted)
			})
		})
	}
}

func TestATrimmedBeginningIsAnEvent(t *testing.T) {
	onEachStore(t, func(b *bench) {
		s := b.begin(1, robz(), PublishOptions{})
		for range 5 {
			s.take(10)
			s.acked()
		}
		b.raw.XTrimMinID(b.Context(), streamKey("demo_session", "u1"), "25-0")
		first := -1
		list := b.until(b.follow(FollowOptions{}), func(e data.Event) bool {
			if d, ok := e.(*data.Deleted); ok {
				first = d.First
			}
			d, ok := e.(*data.NewData)
			return ok && d.First+d.Len() == 50
		})
		if first < 10 || first > 24 || list[0].(*data.NewNode).Node.Name != "1_ascan" {
			b.Errorf("first point %d, events %s", first, kinds(list))
		}
		if _, err := b.db.Columns(b.Context(), s.scan); !errors.Is(err, ErrNotFound) {
			b.Errorf("columns: %v", err)
		}
	})
}

func TestAnArrayThatIsGoneIsAnEvent(t *testing.T) {
	onEachStore(t, func(b *bench) {
		s := b.begin(1, images, PublishOptions{})
		for range 3 {
			s.take(1)
			s.acked()
		}
		if n := b.raw.XDel(b.Context(), arrayKey("demo_session", "u1", "image"), "2-0").Val(); n != 1 {
			b.Fatalf("deleted %d", n)
		}
		s.finish()
		list := b.until(b.follow(FollowOptions{Ended: true}), isEnd)
		var gone []*data.Deleted
		blocks := map[string]int{}
		for _, e := range list {
			switch e := e.(type) {
			case *data.Deleted:
				gone = append(gone, e)
			case *data.NewData:
				blocks[e.Node.Name]++
			case *data.Steering:
				b.Errorf("%s: %s", e.What, e.Text)
			}
		}
		if len(gone) != 1 || gone[0].Node.Name != "image" || gone[0].First != 2 {
			b.Errorf("%+v", gone)
		}
		if blocks["robz"] != 3 || blocks["image"] != 2 || blocks["mca"] != 3 {
			b.Errorf("%v", blocks)
		}
	})
}

func TestALateReaderHoldsFewImages(t *testing.T) {
	onEachStore(t, func(b *bench) {
		channels := []data.Channel{robz()[0], {Name: "image", DType: "<u2", Shape: []int{1024, 512}}}
		s := b.begin(1, channels, PublishOptions{})
		image := make([]byte, 1<<20)
		for i := range 40 {
			s.must(&data.Row{Index: i, Values: []float64{float64(i * 10)}, Arrays: []data.Array{{Bytes: image}}})
			s.n++
			s.acked()
		}
		s.finish()
		reader := b.follow(FollowOptions{Ended: true})
		most := 0
		list := b.until(reader, func(e data.Event) bool {
			held := 0
			for _, e := range reader.queue {
				if d, ok := e.(*data.NewData); ok {
					held += len(d.Arrays)
				}
			}
			most = max(most, held)
			return isEnd(e)
		})
		b.isRamp(b.values(list, "robz"), 40, 0)
		if most > 10 {
			b.Errorf("%d images of 1 MB were held", most)
		}
	})
}

func TestADeletionIsSeenAtOnceAfterTheStoreCameBackEmpty(t *testing.T) {
	onEachStore(t, func(b *bench) {
		db := b.open()
		db.times.grace = time.Minute
		reader, err := db.Follow(b.Context(), "demo_session", FollowOptions{})
		if err != nil {
			b.Fatal(err)
		}
		s := b.begin(1, robz(), PublishOptions{})
		s.take(10)
		s.acked()
		last := func(n int) func(data.Event) bool {
			return func(e data.Event) bool {
				d, ok := e.(*data.NewData)
				return ok && d.Node.Name == "diode" && d.First+d.Len() == n
			}
		}
		b.until(reader, last(10))
		b.restartEmpty()
		s.take(10)
		s.acked()
		b.until(reader, last(20))
		ctx, cancel := context.WithTimeout(b.Context(), 4*b.db.times.block)
		defer cancel()
		if e, err := reader.Next(ctx); err == nil { // it looks around
			b.Errorf("%T", e)
		}
		b.raw.Del(b.Context(), ownKeys(s.scan)...)
		b.until(reader, func(e data.Event) bool { _, ok := e.(*data.Deleted); return ok })
	})
}

func TestLostIsPresumedAndRevoked(t *testing.T) {
	onEachStore(t, func(b *bench) {
		session := b.session(b.db, me(), SessionOptions{})
		s := b.begin(1, robz(), PublishOptions{})
		s.take(5)
		reader := b.follow(FollowOptions{})
		isLost := func(e data.Event) bool { _, ok := e.(*data.Lost); return ok }
		b.until(reader, func(e data.Event) bool { _, ok := e.(*data.NewData); return ok })
		quiet, cancel := context.WithTimeout(b.Context(), 600*time.Millisecond)
		defer cancel()
		for e, err := range reader.Events(quiet) { // more than the patience, but with heartbeats
			if err == nil && isLost(e) {
				b.Fatal("lost, with heartbeats")
			}
		}
		session.cancel() // no more heartbeats
		session.work.Wait()
		start := time.Now()
		list := b.until(reader, isLost)
		if passed := time.Since(start); passed < 300*time.Millisecond {
			b.Errorf("lost after %v", passed)
		}
		if l := list[len(list)-1].(*data.Lost); l.Silent < 400*time.Millisecond {
			b.Errorf("silent for %v", l.Silent)
		}
		s.take(5)
		s.finish()
		if got := kinds(b.until(reader, isEnd)); got != "NewData EndScan" {
			b.Errorf("then: %s", got)
		}
	})
}

func TestAnOutageIsNotSilence(t *testing.T) {
	b := newBench(t, startEmbedded)
	session := b.session(b.db, me(), SessionOptions{})
	s := b.begin(1, robz(), PublishOptions{})
	s.take(5)
	reader := b.follow(FollowOptions{})
	b.until(reader, func(e data.Event) bool { _, ok := e.(*data.NewData); return ok })
	b.proxy.setRefuse(true)
	b.proxy.cut()
	time.AfterFunc(500*time.Millisecond, func() { b.proxy.setRefuse(false) })
	ctx, cancel := context.WithTimeout(b.Context(), 700*time.Millisecond)
	defer cancel()
	for e, err := range reader.Events(ctx) {
		if err == nil {
			if _, ok := e.(*data.Lost); ok {
				t.Error("lost, while nothing could be read")
			}
		}
	}
	eventually(t, "the lease is held again", func() bool { return session.Check() == nil })
	s.finish()
}

func TestTheOldestEndedScansMakeRoom(t *testing.T) {
	onEachStore(t, func(b *bench) {
		one := newLayoutOf(t, robz()).predict(1000)
		o := PublishOptions{Limit: 4 * one}
		reader := b.follow(FollowOptions{})
		for n := 1; n <= 3; n++ {
			s := b.begin(n, robz(), o)
			for range 1000 {
				s.take(1)
			}
			s.finish()
			b.raw.HSet(b.Context(), scanKey("demo_session", s.scan.UID), "bytes", one)
		}
		b.begin(4, robz(), o)
		scans, err := b.db.Scans(b.Context(), "demo_session")
		if err != nil || len(scans) != 3 || scans[0].Number != 2 || scans[2].Number != 4 {
			b.Errorf("%d scans, %v", len(scans), err)
		}
		if u, err := b.db.Usage(b.Context()); err != nil || u.Scans != 3 || u.Bytes != 3*one {
			b.Errorf("usage %+v, %v; want %d bytes", u, err, 3*one)
		}
		s := b.describe(5, robz())
		s.Planned = 1_000_000
		p, _ := b.db.Publish(b.Context(), s, o)
		var full *FullError
		if err := p.Put(b.Context(), &data.NewNode{Node: data.ScanNode(s)}); !errors.As(err, &full) || full.Used != one || full.Limit != 4*one {
			b.Errorf("a scan that cannot fit: %v", err)
		}
		if got, _ := b.db.Scan(b.Context(), "demo_session", 4); got == nil {
			b.Error("the running scan was deleted")
		}
		for n := 2; n <= 3; n++ { // a refusal deletes nothing
			list := b.until(reader, isEnd)
			if got := list[len(list)-1].(*data.EndScan); got.Node.Scan.Number != n || len(b.values(list, "robz")) != 1000 {
				b.Errorf("scan %d: %+v", n, got)
			}
		}
	})
}

func newLayoutOf(t *testing.T, channels []data.Channel) layout {
	l, err := newLayout(&data.Scan{Channels: channels})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestAnOpenEndedScanEndsWhenTheStoreIsFull(t *testing.T) {
	b := newBench(t, startEmbedded)
	s := b.describe(1, images)
	s.Planned = 0
	p, err := b.db.Publish(b.Context(), s, PublishOptions{Limit: 5 << 20})
	if err != nil {
		t.Fatal(err)
	}
	r := &run{b: b, p: p, scan: s}
	r.must(&data.NewNode{Node: data.ScanNode(s)})
	var full *FullError
	for err == nil && r.n < 1_000_000 {
		err = r.points(1)
	}
	if !errors.As(err, &full) {
		t.Errorf("after %d points: %v", r.n, err)
	}
	if err := r.end(data.Failed, "full"); err != nil {
		t.Error(err)
	}
	if n, err := b.db.points(b.Context(), s); err != nil || n != r.n {
		t.Errorf("%d points in the store, %d taken, %v", n, r.n, err)
	}
}

func TestAScanOfLargePointsStopsAtTheLimit(t *testing.T) {
	b := newBench(t, startEmbedded)
	const limit = 20 << 20
	s := b.describe(1, []data.Channel{robz()[0], {Name: "image", DType: "<u2", Shape: []int{1024, 2048}}})
	s.Planned = 1
	p, err := b.db.Publish(b.Context(), s, PublishOptions{Limit: limit})
	if err != nil {
		t.Fatal(err)
	}
	r := &run{b: b, p: p, scan: s}
	r.must(&data.NewNode{Node: data.ScanNode(s)})
	image := make([]byte, 4<<20)
	var full *FullError
	for err == nil && r.n < 100 {
		if err = p.Ready(b.Context()); err == nil {
			err = p.Put(b.Context(), &data.Row{Index: r.n, Values: []float64{1}, Arrays: []data.Array{{Bytes: image}}})
		}
		r.n++
	}
	p.mu.Lock()
	total := p.queue.total
	p.mu.Unlock()
	if !errors.As(err, &full) || total > 2*limit {
		t.Errorf("after %d bytes of %d: %v", total, limit, err)
	}
}

func TestAServerThatMayEvictDrawsAWarning(t *testing.T) {
	b := newBench(t, func(t testing.TB) string {
		return startRedisWith(t, "--maxmemory-policy", "allkeys-lru", "--maxmemory", "100mb")
	})
	if w := b.db.Warning(b.Context()); !strings.Contains(w, "allkeys-lru") || !strings.Contains(w, "CONFIG SET maxmemory-policy noeviction") {
		t.Errorf("warning: %q", w)
	}
	b.raw.ConfigSet(b.Context(), "maxmemory-policy", "noeviction")
	if w := b.db.Warning(b.Context()); w != "" {
		t.Errorf("warning: %q", w)
	}
}

func TestAFullServerStillTakesTheEnd(t *testing.T) {
	b := newBench(t, func(t testing.TB) string { return startRedisWith(t, "--maxmemory-policy", "noeviction") })
	session := b.session(b.db, me(), SessionOptions{})
	if _, err := session.Reserve(b.Context(), "scan 1", []string{"sim://robz"}); err != nil {
		t.Fatal(err)
	}
	s := b.begin(1, robz(), PublishOptions{})
	s.take(100)
	s.acked()
	if err := b.raw.ConfigSet(b.Context(), "maxmemory", "1mb").Err(); err != nil {
		t.Fatal(err)
	}
	var err error
	for err == nil {
		err = s.points(1)
		time.Sleep(time.Millisecond)
	}
	if !errors.Is(err, ErrStoreLost) {
		t.Errorf("error: %v", err)
	}
	t.Log(err)
	if err := s.end(data.Failed, "full"); err != nil {
		t.Errorf("end: %v", err)
	}
	time.Sleep(2 * b.db.times.lease)
	if err := session.Check(); err != nil {
		t.Errorf("heartbeat: %v", err)
	}
	if n := b.raw.Exists(b.Context(), axisKey("sim://robz")).Val(); n != 1 {
		t.Error("the reservation was not renewed")
	}
	if _, err := session.Reserve(b.Context(), "mv", []string{"sim://roby"}); err != nil {
		t.Errorf("an axis cannot be moved: %v", err)
	}
	b.until(b.follow(FollowOptions{Ended: true}), isEnd) // on a new connection
	session.Close(b.Context())
	b.session(b.open(), me(), SessionOptions{})
}
