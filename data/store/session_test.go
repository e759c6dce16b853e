package store

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"blissh/data"
)

func me() Holder { return Holder{Host: "here", PID: os.Getpid(), User: "opid00"} }

// deadPID is the id of a process that has ended.
func deadPID(t *testing.T) int {
	cmd := exec.Command("true")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	return cmd.Process.Pid
}

func (b *bench) session(db *DB, h Holder, o SessionOptions) *Session {
	b.Helper()
	s, err := db.OpenSession(b.Context(), b.name(), h, o)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close(context.Background()) })
	return s
}

// kill ends a DB as kill -9 would: nothing is given back.
func kill(db *DB) {
	db.mu.Lock()
	owned := db.owned
	db.owned = map[io.Closer]struct{}{}
	db.mu.Unlock()
	for c := range owned {
		switch c := c.(type) {
		case closer:
			c.cancel()
			c.work.Wait()
		default:
			c.Close()
		}
	}
}

func TestASecondShellIsRefusedByName(t *testing.T) {
	onEachStore(t, func(b *bench) {
		first := b.session(b.db, me(), SessionOptions{})
		_, err := b.open().OpenSession(b.Context(), "demo_session", Holder{"there", 1, "other"}, SessionOptions{Takeover: true})
		var held *HeldError
		if !errors.As(err, &held) || held.Holder != me() {
			b.Fatalf("error: %v", err)
		}
		time.Sleep(2 * b.db.times.lease) // it is renewed
		if err := first.Check(); err != nil {
			b.Error(err)
		}
		if err := first.Close(b.Context()); err != nil {
			b.Error(err)
		}
		b.session(b.open(), Holder{"there", 1, "other"}, SessionOptions{})
	})
}

func TestADeadHolderIsTakenOverAtOnceAndItsScanEnded(t *testing.T) {
	onEachStore(t, func(b *bench) {
		dead := me()
		dead.PID = deadPID(t)
		b.session(b.db, dead, SessionOptions{})
		s := b.begin(1, robz(), PublishOptions{TTL: time.Hour})
		s.take(20)
		s.acked()
		reader := b.follow(FollowOptions{})
		kill(b.db)

		other := b.open()
		var held *HeldError
		if _, err := other.OpenSession(b.Context(), "demo_session", me(), SessionOptions{}); !errors.As(err, &held) {
			b.Errorf("without the lock of this machine: %v", err)
		}
		elsewhere := me()
		elsewhere.Host = "there"
		if _, err := other.OpenSession(b.Context(), "demo_session", elsewhere, SessionOptions{Takeover: true}); !errors.As(err, &held) {
			b.Errorf("from another machine: %v", err)
		}
		b.session(other, me(), SessionOptions{Takeover: true})
		list := b.until(reader, isEnd)
		end := list[len(list)-1].(*data.EndScan)
		if end.Outcome != data.Failed || end.Reason != "lost" || end.Points != 20 {
			b.Errorf("end: %+v", end)
		}
		if got, _ := other.Scan(b.Context(), "demo_session", 1); got.Outcome != data.Failed || got.Taken != 20 {
			b.Errorf("%+v", got)
		}
		if ttl := b.raw.PTTL(b.Context(), streamKey("demo_session", "u1")).Val(); ttl < 59*time.Minute || ttl > time.Hour {
			b.Errorf("it lives for %v more, was published for an hour", ttl)
		}
	})
}

func TestADeadHolderElsewhereIsTakenOverWhenItsLeaseEnds(t *testing.T) {
	onEachStore(t, func(b *bench) {
		b.session(b.db, Holder{"there", 1, "other"}, SessionOptions{})
		kill(b.db)
		db := b.open()
		start := time.Now()
		eventually(t, "the lease is to be had", func() bool {
			s, err := db.OpenSession(b.Context(), "demo_session", me(), SessionOptions{Takeover: true})
			if err == nil {
				s.Close(b.Context())
			}
			return err == nil
		})
		if passed := time.Since(start); passed < b.db.times.lease/2 {
			b.Errorf("after %v", passed)
		}
	})
}

func TestAShellThatWakesUpLateCannotWriteIntoItsEndedScan(t *testing.T) {
	onEachStore(t, func(b *bench) {
		s := b.begin(1, robz(), PublishOptions{})
		s.take(5)
		s.acked()
		b.session(b.open(), me(), SessionOptions{}) // another shell, which ends the scan
		var err error
		for err == nil {
			err = s.points(1)
			time.Sleep(time.Millisecond)
		}
		if !errors.Is(err, errEnded) {
			b.Errorf("point: %v", err)
		}
		if err := s.end(data.Done, ""); !errors.Is(err, errEnded) {
			b.Errorf("end: %v", err)
		}
		if got, _ := b.db.Scan(b.Context(), "demo_session", 1); got.Outcome != data.Failed || got.Taken != 5 {
			b.Errorf("%+v", got)
		}
	})
}

func TestTheLeaseIsLostInTimeAndRegained(t *testing.T) {
	onEachStore(t, func(b *bench) {
		lost := make(chan error, 10)
		s := b.session(b.db, me(), SessionOptions{OnLost: func(err error) { lost <- err }})
		b.proxy.setRefuse(true)
		start := time.Now()
		b.proxy.cut()
		err := <-lost
		var lease *LeaseError
		if passed := time.Since(start); !errors.As(err, &lease) || passed < b.db.times.guard/2 || passed > 20*time.Second+b.db.times.guard {
			b.Errorf("after %v: %v", passed, err)
		}
		if s.Check() == nil {
			b.Error("motion is allowed")
		}
		b.proxy.setRefuse(false)
		eventually(t, "the lease is held again", func() bool { return s.Check() == nil })
		b.restartEmpty()
		eventually(t, "the lease is in the new store", func() bool {
			return b.raw.HGet(b.Context(), "blissh:{demo_session}", "user").Val() == "opid00" && s.Check() == nil
		})
		if len(lost) != 0 {
			b.Errorf("lost again: %v", <-lost)
		}
	})
}

func TestALeaseThatAnotherShellHasTakenIsLostAtOnce(t *testing.T) {
	onEachStore(t, func(b *bench) {
		lost := make(chan error, 1)
		s := b.session(b.db, me(), SessionOptions{OnLost: func(err error) { lost <- err }})
		b.raw.Set(b.Context(), leaseKey("demo_session"), "somebody", time.Minute)
		var lease *LeaseError
		if err := <-lost; !errors.As(err, &lease) || !lease.Taken {
			b.Errorf("lost: %v", err)
		}
		if err := s.Close(b.Context()); err != nil {
			b.Error(err)
		}
		if got := b.raw.Get(b.Context(), leaseKey("demo_session")).Val(); got != "somebody" {
			b.Errorf("the lease of the other shell is now %q", got)
		}
	})
}

func TestAnEndThatCouldNotBeWrittenIsWrittenWhenTheStoreIsBack(t *testing.T) {
	onEachStore(t, func(b *bench) {
		b.db.times.ending = 200 * time.Millisecond
		session := b.session(b.db, me(), SessionOptions{})
		for i, c := range []struct {
			all    bool // points arrived
			said   data.Outcome
			want   data.Outcome
			reason string
		}{
			{true, data.Done, data.Done, ""},
			{true, data.Failed, data.Failed, "the store is lost"},
			{false, data.Aborted, data.Aborted, "interrupted"},
			{false, data.Done, data.Failed, "the store was lost, and the last points with it"},
		} {
			s := b.begin(i+1, robz(), PublishOptions{Lease: session.Check})
			s.take(5)
			s.acked()
			b.proxy.setRefuse(true)
			b.proxy.cut()
			if !c.all {
				s.must(row(5, robz()))
			}
			reason := c.reason
			if c.said == data.Done {
				reason = ""
			}
			if err := s.end(c.said, reason); err == nil {
				b.Error("the end was written, with no store there")
			}
			b.proxy.setRefuse(false)
			var got *data.Scan
			eventually(t, "the end is there", func() bool {
				got, _ = b.db.Scan(b.Context(), "demo_session", i+1)
				return got != nil && got.Outcome != ""
			})
			if got.Outcome != c.want || got.Reason != c.reason || got.Taken != 5 {
				b.Errorf("said %s: %s, %q, %d points", c.said, got.Outcome, got.Reason, got.Taken)
			}
			eventually(t, "the lease is held", func() bool { return session.Check() == nil })
		}
		eventually(t, "no end is owed", func() bool {
			b.db.mu.Lock()
			defer b.db.mu.Unlock()
			return len(b.db.late) == 0
		})
	})
}

// TestAnEndThatIsNotWaitedForIsWritten: who has done with a scan is told soon what
// is missing in the store, and hears later what became of it.
func TestAnEndThatIsNotWaitedForIsWritten(t *testing.T) {
	onEachStore(t, func(b *bench) {
		b.db.times.asked = 50 * time.Millisecond
		b.db.times.ending = time.Minute
		b.db.times.giveUp = time.Minute
		asked, late := make(chan struct{}), make(chan error, 1)
		s := b.begin(1, robz(), PublishOptions{Asked: asked, OnLate: func(err error) { late <- err }})
		s.take(5)
		s.acked()
		b.proxy.setRefuse(true)
		b.proxy.cut()
		s.must(row(5, robz()))
		s.must(row(6, robz()))
		close(asked)
		err := s.end(data.Aborted, "interrupted")
		if err == nil || !strings.Contains(err.Error(), "last 2 points and end of scan 1 not written") {
			b.Fatalf("the end of a scan without a store: %v", err)
		}
		b.proxy.setRefuse(false)
		select {
		case err := <-late:
			if err != nil {
				b.Errorf("told %v", err)
			}
		case <-time.After(time.Minute):
			b.Fatal("nobody is told that the end is written")
		}
		got, err := b.db.Scan(b.Context(), "demo_session", 1)
		if err != nil || got.Outcome != data.Aborted || got.Taken != 7 {
			b.Errorf("%+v, %v", got, err)
		}
	})
}

// TestASessionThatEndsTakesOverWhatIsTried: its last holder writes the end, not
// the next one.
func TestASessionThatEndsTakesOverWhatIsTried(t *testing.T) {
	onEachStore(t, func(b *bench) {
		b.db.times.asked = 50 * time.Millisecond
		b.db.times.ending = time.Minute
		session := b.session(b.db, me(), SessionOptions{})
		asked := make(chan struct{})
		close(asked)
		s := b.begin(1, robz(), PublishOptions{Lease: session.Check, Asked: asked, OnLate: func(err error) { b.Errorf("told %v", err) }})
		s.take(5)
		s.acked()
		b.proxy.setRefuse(true)
		b.proxy.cut()
		if err := s.end(data.Aborted, "interrupted"); err == nil {
			b.Fatal("the end was written, with no store there")
		}
		b.db.giveUp("demo_session")
		b.proxy.setRefuse(false)
		if err := session.Close(b.Context()); err != nil {
			b.Log(err)
		}
		if got, err := b.db.Scan(b.Context(), "demo_session", 1); err != nil || got.Outcome != data.Aborted {
			b.Errorf("%+v, %v", got, err)
		}
	})
}

func TestScanNumbersCountUp(t *testing.T) {
	onEachStore(t, func(b *bench) {
		s := b.session(b.db, me(), SessionOptions{})
		for _, c := range []struct{ atLeast, want int }{{0, 1}, {0, 2}, {10, 11}, {5, 12}} {
			if n, err := s.NextNumber(b.Context(), c.atLeast); err != nil || n != c.want {
				b.Errorf("at least %d: %d, %v; want %d", c.atLeast, n, err, c.want)
			}
		}
	})
}

func TestAnAxisIsReservedByOneAtATime(t *testing.T) {
	onEachStore(t, func(b *bench) {
		ctx := b.Context()
		one := b.session(b.db, me(), SessionOptions{})
		two, err := b.open().OpenSession(ctx, "other_session", me(), SessionOptions{})
		if err != nil {
			b.Fatal(err)
		}
		r, err := one.Reserve(ctx, "demo_session scan 12", []string{"sim://robz", "sim://roby", "sim://robz"})
		if err != nil {
			b.Fatal(err)
		}
		var held *ReservedError
		_, err = two.Reserve(ctx, "x", []string{"sim://robx", "sim://robz"})
		if !errors.As(err, &held) || held.Address != "sim://robz" || held.Holder != "demo_session scan 12" {
			b.Errorf("error: %v", err)
		}
		if r, err := one.Reserve(ctx, "x", []string{"sim://robx"}); err != nil {
			b.Errorf("what was taken in vain is not free: %v", err)
		} else {
			r.Release(ctx)
		}
		time.Sleep(2 * b.db.times.axis) // it is renewed
		if _, err := two.Reserve(ctx, "x", []string{"sim://roby"}); !errors.As(err, &held) {
			b.Errorf("error: %v", err)
		}
		if err := r.Release(ctx); err != nil {
			b.Error(err)
		}
		if _, err := two.Reserve(ctx, "x", []string{"sim://roby", "sim://robz"}); err != nil {
			b.Error(err)
		}
		if err := two.Close(ctx); err != nil {
			b.Error(err)
		}
		if keys := b.raw.Keys(ctx, "blissh:axis:*").Val(); len(keys) != 0 {
			b.Errorf("left behind: %v", keys)
		}
	})
}

func TestReservationsOfADeadShellAreFreeOnceItsSessionIsTakenOver(t *testing.T) {
	onEachStore(t, func(b *bench) {
		ctx := b.Context()
		dead := me()
		dead.PID = deadPID(t)
		first := b.session(b.db, dead, SessionOptions{})
		if _, err := first.Reserve(ctx, "scan 12", []string{"sim://robz"}); err != nil {
			b.Fatal(err)
		}
		other, err := b.open().OpenSession(ctx, "other_session", me(), SessionOptions{})
		if err != nil {
			b.Fatal(err)
		}
		kill(b.db)

		var held *ReservedError
		if _, err := other.Reserve(ctx, "x", []string{"sim://robz"}); !errors.As(err, &held) {
			b.Errorf("before anybody knows that the shell is dead: %v", err)
		}
		next := b.session(b.open(), me(), SessionOptions{Takeover: true})
		r, err := next.Reserve(ctx, "scan 13", []string{"sim://robz"})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := other.Reserve(ctx, "x", []string{"sim://robz"}); !errors.As(err, &held) || held.Holder != "scan 13" {
			b.Errorf("after it was taken over: %v", err)
		}
		if err := r.Release(ctx); err != nil {
			b.Error(err)
		}
	})
}

func TestAReservationThatWasTakenIsTold(t *testing.T) {
	b := newBench(t, startEmbedded)
	var mu sync.Mutex
	var told error
	s := b.session(b.db, me(), SessionOptions{OnLost: func(err error) { mu.Lock(); defer mu.Unlock(); told = err }})
	if _, err := s.Reserve(b.Context(), "me", []string{"sim://robz"}); err != nil {
		t.Fatal(err)
	}
	b.raw.Set(b.Context(), axisKey("sim://robz"), "token another shell", time.Minute)
	eventually(t, "the loss is told", func() bool {
		mu.Lock()
		defer mu.Unlock()
		var taken *ReservedError
		return errors.As(told, &taken) && taken.Holder == "another shell"
	})
}
