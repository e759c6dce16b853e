package store

import (
	"errors"
	"strings"
	"testing"
	"time"

	"blissh/data"
)

func TestAFollowerSeesAllOfAScanInOrder(t *testing.T) {
	onEachStore(t, func(b *bench) {
		reader := b.follow(FollowOptions{})
		s := b.begin(1, robz(), PublishOptions{})
		s.take(30)
		s.must(&data.Steering{What: "pause", Text: "by somebody"})
		s.take(70)
		s.finish()
		list := b.until(reader, isEnd)
		want := "NewNode:1_ascan NewNode:robz NewNode:elapsed_time NewNode:diode Prepared NewData Steering NewData EndScan"
		if got := kinds(list); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		for c, name := range []string{"robz", data.ElapsedTime, "diode"} {
			b.isRamp(b.values(list, name), 100, c)
		}
		end := list[len(list)-1].(*data.EndScan)
		if end.Outcome != data.Done || end.Points != 100 || end.Node.Scan.Taken != 100 || end.Node.DBName != "demo_session:1_ascan" {
			b.Errorf("end: %+v", end)
		}
		b.check(s.scan, 100)
	})
}

func TestEntryIDsSayHowManyPointsThereAre(t *testing.T) {
	onEachStore(t, func(b *bench) {
		s := b.begin(1, robz(), PublishOptions{})
		s.take(3)
		s.acked()
		s.must(&data.Steering{What: "pause"})
		s.must(&data.Steering{What: "resume"})
		s.take(1)
		s.finish()
		list, err := b.raw.XRange(b.Context(), streamKey("demo_session", "u1"), "-", "+").Result()
		if err != nil {
			b.Fatal(err)
		}
		var ids []string
		for _, m := range list {
			ids = append(ids, m.ID)
		}
		got := strings.Join(ids, " ")
		if !strings.HasPrefix(got, "0-1 0-2 ") || !strings.HasSuffix(got, " 3-0 3-1 3-2 4-0 9007199254740991-1") {
			b.Errorf("IDs: %s", got)
		}
	})
}

func TestAnEndedScanIsDescribed(t *testing.T) {
	onEachStore(t, func(b *bench) {
		s := b.begin(7, robz(), PublishOptions{})
		s.take(5)
		s.scan.Timing = data.Timing{Total: time.Second, Counting: time.Second}
		if err := s.end(data.Stopped, "by hook x: enough"); err != nil {
			b.Fatal(err)
		}
		got, err := b.open().Scan(b.Context(), "demo_session", 7)
		if err != nil {
			b.Fatal(err)
		}
		if got.Outcome != data.Stopped || got.Reason != "by hook x: enough" || got.Taken != 5 || got.UID != "u7" ||
			got.Timing.Total != time.Second || got.End.Sub(s.scan.End).Abs() > time.Millisecond || len(got.Channels) != 3 || got.Bytes < 5*(64+20) {
			b.Errorf("%+v", got)
		}
		if _, err := b.db.Scan(b.Context(), "demo_session", 8); !errors.Is(err, ErrNotFound) {
			b.Errorf("a scan that is not there: %v", err)
		}
		if names, _ := b.db.Sessions(b.Context()); len(names) != 1 || names[0] != "demo_session" {
			b.Errorf("sessions: %v", names)
		}
	})
}

func TestEveryKeyOfAScanHasALife(t *testing.T) {
	onEachStore(t, func(b *bench) {
		s := b.begin(1, images, PublishOptions{TTL: time.Hour})
		s.take(2)
		check := func(when string) {
			b.Helper()
			for _, key := range ownKeys(s.scan) {
				if strings.HasSuffix(key, ":requests") {
					continue
				}
				if ttl := b.raw.PTTL(b.Context(), key).Val(); ttl < 59*time.Minute || ttl > time.Hour {
					b.Errorf("%s %s: %v", when, key, ttl)
				}
			}
		}
		check("running")
		for _, key := range ownKeys(s.scan) {
			b.raw.PExpire(b.Context(), key, time.Minute)
		}
		s.finish()
		check("ended")
	})
}

func TestARunningScanIsKeptAlive(t *testing.T) {
	onEachStore(t, func(b *bench) {
		s := b.begin(1, robz(), PublishOptions{TTL: 400 * time.Millisecond})
		s.take(5)
		time.Sleep(time.Second)
		s.take(5)
		s.finish()
		b.check(s.scan, 10)
	})
}

func TestABusyScanIsKeptAlive(t *testing.T) {
	b := newBench(t, startRedis)
	channels := []data.Channel{robz()[0], {Name: "image", DType: "<u2", Shape: []int{1024, 512}}}
	s := b.begin(1, channels, PublishOptions{TTL: 200 * time.Millisecond})
	image := []data.Array{{Bytes: make([]byte, 1<<20)}}
	for end := time.Now().Add(600 * time.Millisecond); time.Now().Before(end); {
		if s.n-s.p.Acked() >= 8 { // each is a flush
			time.Sleep(100 * time.Microsecond)
			continue
		}
		s.must(&data.Row{Index: s.n, Values: []float64{1}, Arrays: image})
		s.n++
	}
	s.finish()
	if n, err := b.db.points(b.Context(), s.scan); err != nil || n != s.n {
		b.Errorf("%d of %d points, %v", n, s.n, err)
	}
}

func TestArraysComeWithTheirRows(t *testing.T) {
	onEachStore(t, func(b *bench) {
		reader := b.follow(FollowOptions{})
		s := b.begin(1, images, PublishOptions{})
		s.take(20)
		s.finish()
		list := b.until(reader, isEnd)
		n := 0
		for _, e := range list {
			if d, ok := e.(*data.NewData); ok && d.Node.Name == "image" {
				for _, a := range d.Arrays {
					if f, err := a.Floats(); err != nil || len(f) != 6 || f[5] != float64(n*100+5) {
						b.Fatalf("image %d: %v, %v", n, f, err)
					}
					n++
				}
			}
		}
		if n != 20 {
			b.Errorf("%d images", n)
		}
		node := data.ChannelNode(s.scan, images[2])
		for i, want := range map[int]float64{0: 3, 7: 703, -1: 1903} {
			a, err := b.db.Array(b.Context(), node, i)
			if f, _ := a.Floats(); err != nil || len(f) != 4 || f[3] != want {
				b.Errorf("mca %d: %v, %v", i, f, err)
			}
		}
		if _, err := b.db.Array(b.Context(), node, 20); !errors.Is(err, ErrNotFound) {
			b.Errorf("mca 20: %v", err)
		}
	})
}

func TestPointsAreReadByIndexAndSlice(t *testing.T) {
	onEachStore(t, func(b *bench) {
		s := b.begin(1, robz(), PublishOptions{})
		for range 10 { // blocks of different sizes
			s.take(7)
			s.must(&data.Steering{What: "mark"})
		}
		s.acked()
		node := data.ChannelNode(s.scan, robz()[0])
		for i, want := range map[int]float64{0: 0, 6: 60, 7: 70, 69: 690, -1: 690, -70: 0} {
			if v, err := b.db.Get(b.Context(), node, i); err != nil || v != want {
				b.Errorf("point %d: %v, %v; want %v", i, v, err, want)
			}
		}
		for _, i := range []int{70, -71} {
			if _, err := b.db.Get(b.Context(), node, i); !errors.Is(err, ErrNotFound) {
				b.Errorf("point %d: %v", i, err)
			}
		}
		for _, c := range []struct{ first, last, n int }{{0, -1, 70}, {3, 3, 0}, {5, 9, 4}, {60, 1000, 10}, {70, -1, 0}} {
			list, err := b.db.Slice(b.Context(), node, c.first, c.last)
			if err != nil || len(list) != c.n || c.n > 0 && list[0] != float64(c.first*10) {
				b.Errorf("slice %d to %d: %v, %v", c.first, c.last, list, err)
			}
		}
		s.finish()
		if v, err := b.db.Get(b.Context(), node, -1); err != nil || v != 690 {
			b.Errorf("last point after the end: %v, %v", v, err)
		}
	})
}

func TestAConnectionCutInAFlushLosesAndDoublesNothing(t *testing.T) {
	for when, after := range map[string]bool{"before it arrives": false, "before it is acknowledged": true} {
		t.Run(when, func(t *testing.T) {
			onEachStore(t, func(b *bench) {
				reader := b.follow(FollowOptions{})
				s := b.begin(1, robz(), PublishOptions{})
				s.take(50)
				s.acked()
				for range 5 {
					b.proxy.cutOn("nomkstream", after)
					s.take(40)
				}
				s.finish()
				list := b.until(reader, isEnd)
				b.isRamp(b.values(list, "robz"), 250, 0)
				b.check(s.scan, 250)
			})
		})
	}
}

func TestAConnectionCutInTheFirstOrLastFlushDoublesNothing(t *testing.T) {
	for _, what := range []string{"new", "end"} {
		for _, after := range []bool{false, true} {
			onEachStore(t, func(b *bench) {
				if what == "new" {
					b.proxy.cutOn("HSET', KEYS[2], unpack", after)
				}
				s := b.begin(1, images, PublishOptions{})
				s.take(5)
				s.acked()
				if what == "end" {
					b.proxy.cutOn("local json = string.gsub", after)
				}
				s.finish()
				if b.proxy.cutWhen != "" {
					b.Error("the connection was not cut")
				}
				list := b.until(b.follow(FollowOptions{Ended: true}), isEnd)
				b.isRamp(b.values(list, "robz"), 5, 0)
				if events := b.raw.XLen(b.Context(), eventsKey("demo_session")).Val(); events != 2 {
					b.Errorf("%s %v: %d events", what, after, events)
				}
			})
		}
	}
}

func TestAStoreThatComesBackEmptyIsGivenTheScanOnceMore(t *testing.T) {
	onEachStore(t, func(b *bench) {
		reader := b.follow(FollowOptions{})
		s := b.begin(1, images, PublishOptions{})
		s.take(60)
		s.acked()
		b.until(reader, func(e data.Event) bool {
			d, ok := e.(*data.NewData)
			return ok && d.Node.Name == "mca" && d.First+d.Len() == 60
		})
		b.restartEmpty()
		s.take(40)
		s.finish()
		list := b.until(reader, isEnd)
		if d, ok := list[0].(*data.NewData); !ok || d.First != 60 {
			b.Errorf("the reader went on with %T", list[0])
		}
		b.check(s.scan, 100)
		b.isRamp(b.values(b.until(b.follow(FollowOptions{Ended: true}), isEnd), "robz"), 100, 0)
	})
}

// A paused scan, which has nothing to write, is seen by its readers all the same.
func TestAnIdleScanIsGivenToAStoreThatComesBackEmpty(t *testing.T) {
	onEachStore(t, func(b *bench) {
		b.db.times.grace = time.Minute
		reader := b.follow(FollowOptions{})
		s := b.begin(1, robz(), PublishOptions{})
		s.take(5)
		s.acked()
		b.restartEmpty()
		for end := time.Now().Add(time.Minute); b.raw.Exists(b.Context(), streamKey("demo_session", s.scan.UID)).Val() == 0; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				b.Fatal("the scan did not come back")
			}
		}
		s.finish()
		b.isRamp(b.values(b.until(reader, isEnd), "robz"), 5, 0)
		b.check(s.scan, 5)
	})
}

func TestAStoreThatComesBackEmptyTooLateFailsTheScan(t *testing.T) {
	onEachStore(t, func(b *bench) {
		b.db.times.window = time.Millisecond
		s := b.begin(1, robz(), PublishOptions{})
		for range 5 {
			s.take(10)
			s.acked()
			time.Sleep(5 * time.Millisecond)
		}
		b.restartEmpty()
		err := s.points(1000)
		for err == nil {
			err = s.points(1)
		}
		if !errors.Is(err, ErrStoreLost) || !strings.Contains(err.Error(), "no longer in memory") {
			b.Errorf("error: %v", err)
		}
		if err := s.end(data.Failed, "the store is lost"); err == nil {
			b.Error("the end was written nowhere, and no error said so")
		}
	})
}

func TestAStoreThatStaysAwayFailsTheScanAndGetsItsEndLater(t *testing.T) {
	onEachStore(t, func(b *bench) {
		s := b.begin(1, robz(), PublishOptions{})
		s.take(10)
		s.acked()
		b.proxy.setRefuse(true)
		b.proxy.cut()
		start := time.Now()
		s.take(1) // the point in progress is kept
		var err error
		for err == nil {
			err = s.points(1)
		}
		if passed := time.Since(start); !errors.Is(err, ErrStoreLost) || passed < 500*time.Millisecond || passed > 20*time.Second {
			b.Errorf("after %v: %v", passed, err)
		}
		b.proxy.setRefuse(false)
		if err := s.end(data.Failed, "the store is lost"); err != nil {
			b.Errorf("end: %v", err)
		}
		b.check(s.scan, s.n)
		if got, _ := b.open().Scan(b.Context(), "demo_session", 1); got.Outcome != data.Failed || got.Taken != s.n {
			b.Errorf("%+v", got)
		}
	})
}

func TestReadyHoldsTheScanWhileTheStoreIsAway(t *testing.T) {
	onEachStore(t, func(b *bench) {
		s := b.begin(1, robz(), PublishOptions{})
		s.take(10)
		s.acked()
		b.proxy.setRefuse(true)
		b.proxy.cut()
		s.take(1)
		eventually(t, "the store counts as away", func() bool { since, _ := s.p.Down(); return !since.IsZero() })
		time.AfterFunc(200*time.Millisecond, func() { b.proxy.setRefuse(false) })
		start := time.Now()
		if err := s.p.Ready(b.Context()); err != nil {
			b.Fatal(err)
		}
		if passed := time.Since(start); passed < 150*time.Millisecond {
			b.Errorf("Ready returned after %v", passed)
		}
		s.finish()
		b.check(s.scan, 11)
	})
}

func TestSomebodyElsesEntryInTheStreamFailsTheScan(t *testing.T) {
	onEachStore(t, func(b *bench) {
		s := b.begin(1, robz(), PublishOptions{})
		reader := b.follow(FollowOptions{})
		s.take(10)
		s.acked()
		if err := b.raw.Do(b.Context(), "XADD", streamKey("demo_session", "u1"), "*", "robz", "1").Err(); err != nil {
			b.Fatal(err)
		}
		var err error
		for range 1000 {
			if err = s.points(1); err != nil {
				break
			}
			time.Sleep(time.Millisecond)
		}
		if !errors.Is(err, ErrStoreLost) || !strings.Contains(err.Error(), "somebody else has written into the scan") {
			b.Errorf("error: %v", err)
		}
		if err := s.end(data.Failed, err.Error()); err != nil {
			b.Errorf("end: %v", err)
		}
		list := b.until(reader, isEnd)
		if got := kinds(list); !strings.HasSuffix(got, "NewData Steering EndScan") {
			b.Errorf("the reader saw %s", got)
		}
		if end := list[len(list)-1].(*data.EndScan); end.Points != 10 {
			b.Errorf("end: %+v", end)
		}
		b.check(s.scan, 10)
	})
}

func TestTheEndCountsThePointsThatAreThere(t *testing.T) {
	for _, lost := range []string{"", "the answer is lost"} {
		onEachStore(t, func(b *bench) {
			s := b.begin(1, robz(), PublishOptions{})
			s.take(10)
			s.acked()
			b.proxy.setRefuse(true)
			b.proxy.cutOn("nomkstream", true)
			eventually(t, "the connection is cut", func() bool {
				if since, _ := s.p.Down(); !since.IsZero() {
					return true
				}
				s.must(row(s.n, robz())) // most often the first arrives, but is not acknowledged
				s.n++
				time.Sleep(30 * time.Millisecond)
				return false
			})
			last, err := b.raw.XRevRangeN(b.Context(), streamKey("demo_session", "u1"), "+", "-", 1).Result()
			if err != nil {
				b.Fatal(err)
			}
			at, _ := parseID(last[0].ID)
			want := int(at.k)
			if err := b.raw.Do(b.Context(), "XADD", streamKey("demo_session", "u1"), "*", "robz", "1").Err(); err != nil {
				b.Fatal(err)
			}
			b.proxy.setRefuse(false)
			if err := s.untilFailed(); !errors.Is(err, ErrStoreLost) {
				b.Errorf("error: %v", err)
			}
			if lost != "" {
				b.proxy.cutOn("the answer is lost", true)
			}
			if err := s.end(data.Failed, "the answer is lost"); err != nil {
				b.Errorf("end: %v", err)
			}
			if got, _ := b.db.Scan(b.Context(), "demo_session", 1); got.Taken != want {
				b.Errorf("%d points, want %d", got.Taken, want)
			}
			list := b.until(b.follow(FollowOptions{Ended: true}), isEnd)
			if end := list[len(list)-1].(*data.EndScan); end.Points != want {
				b.Errorf("end: %+v", end)
			}
		})
	}
}

func TestADeletedScanFailsAndIsNotWrittenAgain(t *testing.T) {
	onEachStore(t, func(b *bench) {
		reader := b.follow(FollowOptions{})
		s := b.begin(1, robz(), PublishOptions{})
		s.take(10)
		s.acked()
		b.until(reader, func(e data.Event) bool { _, ok := e.(*data.NewData); return ok })
		b.raw.Del(b.Context(), ownKeys(s.scan)...)
		var err error
		for err == nil {
			err = s.points(1)
			time.Sleep(time.Millisecond)
		}
		if !errors.Is(err, ErrStoreLost) || !strings.Contains(err.Error(), "deleted") {
			b.Errorf("error: %v", err)
		}
		if err := s.end(data.Failed, "x"); err == nil {
			b.Error("the end was written into nothing")
		}
		if n := b.raw.Exists(b.Context(), ownKeys(s.scan)...).Val(); n != 0 {
			b.Errorf("%d keys of the deleted scan are there again", n)
		}
		list := b.until(reader, func(e data.Event) bool { _, ok := e.(*data.Deleted); return ok })
		if d := list[len(list)-1].(*data.Deleted); d.First != -1 {
			b.Errorf("%+v", d)
		}
	})
}

func TestAnArrayStreamThatIsGoneFailsTheScan(t *testing.T) {
	onEachStore(t, func(b *bench) {
		s := b.begin(1, images, PublishOptions{})
		s.take(3)
		s.acked()
		b.raw.Del(b.Context(), arrayKey("demo_session", "u1", "mca"))
		var err error
		for err == nil {
			err = s.points(1)
			time.Sleep(time.Millisecond)
		}
		if !strings.Contains(err.Error(), "array:mca is gone") {
			b.Errorf("error: %v", err)
		}
		if err := s.end(data.Failed, "x"); err != nil {
			b.Errorf("end: %v", err)
		}
	})
}

func TestTheEndWaitsForTheLease(t *testing.T) {
	onEachStore(t, func(b *bench) {
		held := make(chan struct{})
		lease := func() error {
			select {
			case <-held:
				return nil
			default:
				return &LeaseError{Session: "demo_session"}
			}
		}
		s := b.begin(1, robz(), PublishOptions{Lease: lease})
		s.take(3)
		time.AfterFunc(50*time.Millisecond, func() { close(held) })
		s.finish()

		s = b.begin(2, robz(), PublishOptions{Lease: func() error { return &LeaseError{Session: "demo_session"} }})
		b.db.times.ending = 50 * time.Millisecond
		var lost *LeaseError
		if err := s.end(data.Done, ""); !errors.As(err, &lost) {
			b.Errorf("end without the lease: %v", err)
		}
		if got, _ := b.db.Scan(b.Context(), "demo_session", 2); got.Outcome != "" {
			b.Errorf("outcome %s", got.Outcome)
		}
	})
}

func TestAPublisherIsRefusedWhatItCannotWrite(t *testing.T) {
	b := newBench(t, startEmbedded)
	for what, s := range map[string]*data.Scan{
		"no session":  {UID: "u"},
		"bad uid":     {Session: "s", UID: "a b"},
		"no channels": {Session: "s", UID: "u"},
		"two of one":  {Session: "s", UID: "u", Channels: []data.Channel{{Name: "a", DType: "<f8"}, {Name: "a", DType: "<f8"}}},
		"bad dtype":   {Session: "s", UID: "u", Channels: []data.Channel{{Name: "a", DType: "float"}}},
		"only arrays": {Session: "s", UID: "u", Channels: []data.Channel{{Name: "a", DType: "<f8", Shape: []int{3}}}},
	} {
		p, err := b.db.Publish(b.Context(), s, PublishOptions{})
		if err == nil {
			err = p.Put(b.Context(), &data.NewNode{Node: data.ScanNode(s)})
		}
		if err == nil {
			t.Errorf("%s: accepted", what)
		}
	}
	s := b.begin(1, robz(), PublishOptions{})
	if err := s.p.Put(b.Context(), row(3, robz())); err == nil {
		t.Error("point 3 was accepted as the first one")
	}
	if err := s.p.Put(b.Context(), row(0, images)); err == nil {
		t.Error("a row of another scan was accepted")
	}
	s.finish()
}
