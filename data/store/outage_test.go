package store

import (
	"context"
	"errors"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"blissh/data"
)

// outages counts what OnDown and OnUp were told.
type outages struct {
	mu       sync.Mutex
	down, up int
	since    time.Time
	why      error
}

func (o *outages) options() PublishOptions {
	return PublishOptions{
		OnDown: func(since time.Time, why error) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.down, o.since, o.why = o.down+1, since, why
		},
		OnUp: func() { o.mu.Lock(); defer o.mu.Unlock(); o.up++ },
	}
}

func (o *outages) are(down, up int) func() bool {
	return func() bool { o.mu.Lock(); defer o.mu.Unlock(); return o.down == down && o.up == up }
}

// frozen is a bench on a redis-server that can be stopped and continued.
func frozen(t *testing.T) (b *bench, stop, cont func()) {
	var process *os.Process
	b = newBench(t, func(t testing.TB) (addr string) {
		addr, process = startRedisProcess(t)
		return addr
	})
	send := func(s os.Signal) func() {
		return func() {
			if err := process.Signal(s); err != nil {
				t.Error(err)
			}
		}
	}
	return b, send(syscall.SIGSTOP), send(syscall.SIGCONT)
}

// untilFailed puts points until the scan fails.
func (r *run) untilFailed() error {
	for {
		if err := r.points(1); err != nil {
			return err
		}
	}
}

func TestAStoreThatHangsFailsTheScanInTime(t *testing.T) {
	b, stop, cont := frozen(t)
	var told outages
	s := b.begin(1, robz(), told.options())
	s.take(10)
	s.acked()
	stop()
	start := time.Now()
	s.take(1)
	eventually(t, "the outage is told", told.are(1, 0))
	if passed := time.Since(start); passed > 5*time.Second || told.since.Sub(start).Abs() > time.Second || told.why == nil {
		t.Errorf("told after %v: since %v, %v", passed, told.since.Sub(start), told.why)
	}
	err := s.untilFailed()
	if passed := time.Since(start); !errors.Is(err, ErrStoreLost) || passed < b.db.times.giveUp-50*time.Millisecond || passed > 10*time.Second+b.db.times.giveUp {
		t.Errorf("after %v: %v", passed, err)
	}
	cont()
	eventually(t, "the store is back", told.are(1, 1))
	if err := s.end(data.Failed, "the store is lost"); err != nil {
		t.Errorf("end: %v", err)
	}
	b.check(s.scan, s.n)
}

func TestAnOutageIsToldOnce(t *testing.T) {
	b, stop, cont := frozen(t)
	var told outages
	s := b.begin(1, robz(), told.options())
	for i := range 3 {
		s.take(10)
		s.acked()
		eventually(t, "all is well", told.are(i, i))
		stop()
		time.AfterFunc(3*b.db.times.slow, cont)
		s.take(1)
		eventually(t, "the outage is told", told.are(i+1, i))
		s.take(1)
		if since, _ := s.p.Down(); !since.IsZero() {
			t.Error("Ready returned in an outage")
		}
	}
	s.finish()
	b.check(s.scan, 36)
	if !told.are(3, 3)() {
		t.Errorf("%d outages, %d ends", told.down, told.up)
	}
}

func TestAStoreThatAnswersButTakesNothingFailsTheScan(t *testing.T) {
	onEachStore(t, func(b *bench) {
		var told outages
		s := b.begin(1, robz(), told.options())
		s.take(10)
		s.acked()
		b.proxy.cutAlways("nomkstream")
		start := time.Now()
		err := s.untilFailed()
		if passed := time.Since(start); !errors.Is(err, ErrStoreLost) || passed < b.db.times.giveUp/2 || passed > 20*time.Second+b.db.times.giveUp {
			b.Errorf("after %v: %v", passed, err)
		}
		if !told.are(1, 0)() {
			b.Errorf("%d outages, %d ends", told.down, told.up)
		}
		b.proxy.cutAlways("")
		if err := s.end(data.Failed, "the store is lost"); err != nil {
			b.Errorf("end: %v", err)
		}
		b.check(s.scan, s.n)
	})
}

// A store that is paused for longer than a lease and than a reader's patience:
// nobody is lost, and the shell that had the session has it afterwards.
func TestAStoreThatIsPausedForLongDeclaresNobodyLost(t *testing.T) {
	b, stop, cont := frozen(t)
	b.tune = func(t *times) { t.patience = 3 * time.Second } // of a reader on a busy machine
	shell := b.session(b.db, me(), SessionOptions{})
	b.db.times.giveUp, b.db.times.ending = time.Minute, time.Minute
	s := b.begin(1, robz(), PublishOptions{Lease: shell.Check})
	s.take(5)
	s.acked()
	reader := b.follow(FollowOptions{})
	b.until(reader, func(e data.Event) bool { _, ok := e.(*data.NewData); return ok })
	stop()
	time.AfterFunc(5*time.Second, cont)
	if err := s.points(5); err != nil { // they wait
		t.Fatal(err)
	}
	eventually(t, "the lease is held", func() bool { return shell.Check() == nil })
	s.finish()
	for _, e := range b.until(reader, isEnd) {
		if _, ok := e.(*data.Lost); ok {
			t.Error("declared lost")
		}
	}
	b.check(s.scan, 10)
}

func TestAReservationWhoseAnswerWasLostIsReleased(t *testing.T) {
	b, stop, cont := frozen(t)
	b.db.times.axis = time.Minute
	session := b.session(b.db, me(), SessionOptions{})
	r, err := session.Reserve(b.Context(), "mv", []string{"sim://robx"})
	if err != nil || r.Release(b.Context()) != nil {
		t.Fatal(err) // the scripts are known to the server now
	}
	stop()
	time.AfterFunc(300*time.Millisecond, cont)
	ctx, cancel := context.WithTimeout(b.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := session.Reserve(ctx, "mv", []string{"sim://robz"}); err == nil {
		t.Error("reserved without an answer")
	}
	if n := b.raw.Exists(b.Context(), axisKey("sim://robz")).Val(); n != 0 {
		t.Error("the reservation was left behind")
	}
}
