package store

import (
	"errors"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"blissh/data"
	"blissh/internal/soak"
)

// A scan under whatever may happen to its connections: cuts at random, also in
// the middle of an exchange, refused connections, a store that comes back empty.
func TestRandomFailuresLeaveNoHoleAndNothingTwice(t *testing.T) {
	seed := soak.Seed(t)
	onEachStore(t, func(b *bench) {
		b.db.times.giveUp = 5 * time.Second
		random := rand.New(rand.NewPCG(seed, 1))
		reader := b.follow(FollowOptions{})
		s := b.begin(1, images, PublishOptions{})
		stop := make(chan struct{})
		var work sync.WaitGroup
		work.Go(func() {
			random := rand.New(rand.NewPCG(seed, 2))
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				case <-time.After(time.Duration(random.IntN(20)) * time.Millisecond):
				}
				if n == 15 {
					b.restartEmpty()
				}
				switch what := random.IntN(7); {
				case what < 3:
					b.proxy.cut()
				case what < 6:
					b.proxy.cutOn("nomkstream", what == 4)
				case what == 6:
					b.proxy.setRefuse(true)
					b.proxy.cut()
					time.Sleep(20 * time.Millisecond)
					b.proxy.setRefuse(false)
				}
			}
		})
		for range 40 {
			s.take(25)
			s.must(&data.Steering{What: "mark"})
			time.Sleep(time.Duration(random.IntN(20)) * time.Millisecond)
		}
		close(stop)
		work.Wait()
		s.finish()
		list := b.until(reader, isEnd)
		b.isRamp(b.values(list, "robz"), 1000, 0)
		marks := 0
		for _, e := range list {
			if _, ok := e.(*data.Steering); ok {
				marks++
			}
		}
		if marks != 40 {
			t.Errorf("%d events, want 40", marks)
		}
		b.check(s.scan, 1000)
	})
}

// A million points need no more memory than a thousand, once the window is full.
func TestMemoryIsFlat(t *testing.T) {
	b := newBench(t, startRedis)
	b.db.times.window = 50 * time.Millisecond
	s := b.describe(1, robz())
	s.Planned = 1_000_000
	p, err := b.db.Publish(b.Context(), s, PublishOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r := &run{b: b, p: p, scan: s}
	r.must(&data.NewNode{Node: data.ScanNode(s)})
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	one := row(0, s.Channels)
	take := func(n int) time.Duration {
		start := time.Now()
		for range n {
			if err := p.Ready(b.Context()); err != nil {
				t.Fatal(err)
			}
			one.Index = r.n
			if err := p.Put(b.Context(), one); err != nil {
				t.Fatal(err)
			}
			r.n++
		}
		r.acked()
		return time.Since(start)
	}
	unit := soak.Count(30_000, 100_000)
	take(unit)
	before, first := heap(), take(unit)
	take(7 * unit)
	last, after := take(unit), heap()
	t.Logf("a tenth of the points: %v, then %v; heap %d kB, then %d kB", first, last, before>>10, after>>10)
	if after > before+8<<20 {
		t.Errorf("the heap grew from %d to %d bytes", before, after)
	}
	r.finish()
}

func TestAStoreThatIsNotThereSaysWhatToDo(t *testing.T) {
	_, err := Open(t.Context(), "redis://:secret@127.0.0.1:1")
	if err == nil {
		t.Fatal("opened")
	}
	want := "store redis://***@127.0.0.1:1 does not answer: dial tcp 127.0.0.1:1: connect: connection refused; start it (`blissh store`) or name another one with BLISSH_STORE"
	if err.Error() != want {
		t.Errorf("error: %v", err)
	}
	t.Setenv("BLISSH_STORE", "")
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	if _, err := Open(t.Context(), ""); err == nil || errors.Is(err, ErrNotFound) {
		t.Errorf("error: %v", err)
	}
}
