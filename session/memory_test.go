package session

import (
	"context"
	"runtime"
	"testing"
	"time"

	"blissh/data"
	"blissh/device"
	"blissh/internal/soak"
	"blissh/scan"
)

// replayed is when the publisher has forgotten what it keeps to send it again
// after an outage: 10 s, see data/store.
const replayed = 10*time.Second + 500*time.Millisecond

// TestAMillionPointsKeepTheHeapFlat looks at what the whole program holds at 10,
// 50 and 100 % of a scan that is published to a redis-server. What the publisher
// keeps for an outage is bounded by time and size, and not for the scan's length:
// it is stated, and gone when the heap is compared. The engine and the publisher
// have short forms of this test; the benchmark has one with table and hook.
func TestAMillionPointsKeepTheHeapFlat(t *testing.T) {
	if !soak.Full() {
		t.Log("takes a minute: make soak runs it")
		return
	}
	const points, slack = 1_000_000, 4 << 20
	l := open(t, startRedis(t).url, sessionName(t))
	marks := []int{points / 10, points / 2, points - 2*settled}
	watch := &heapWatch{t: t, marks: marks}
	s, err := l.NewScan(scan.Plan{
		Name: "ascan", Axes: []device.Axis{l.axis("m")}, Counters: l.Counters(),
		Trajectory: scan.Linear{Start: []float64{0}, Stop: []float64{100}, Intervals: points - 1},
	}, watch)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := s.Run(t.Context()); err != nil || s.Info().Taken != points {
		t.Fatalf("%d points: %v", s.Info().Taken, err)
	}
	t.Logf("%d points in %v", points, time.Since(began))
	for k, heap := range watch.flat {
		if heap > watch.flat[0]+watch.flat[0]/10+slack {
			t.Errorf("the heap is %d kB after %d points, it was %d kB after %d", heap>>10, marks[k], watch.flat[0]>>10, marks[0])
		}
	}
	if len(watch.flat) != len(marks) {
		t.Errorf("looked %d times", len(watch.flat))
	}
}

// settled is how many points after a pause have the publisher forget what is old.
const settled = 2000

// heapWatch is a sink that looks at the heap after some points: at once, and when
// the publisher has nothing to replay any more.
type heapWatch struct {
	t     *testing.T
	marks []int
	full  uint64
	flat  []uint64 // bytes
}

// Put pauses at a mark and looks some points later.
func (w *heapWatch) Put(_ context.Context, e data.Event) error {
	r, ok := e.(*data.Row)
	if !ok || len(w.flat) == len(w.marks) {
		return nil
	}
	switch mark := w.marks[len(w.flat)]; r.Index {
	case mark:
		w.full = heapInUse()
		time.Sleep(replayed)
	case mark + settled:
		time.Sleep(replayed / 10) // for the acknowledgements
		w.flat = append(w.flat, heapInUse())
		w.t.Logf("after %7d points: %.1f MB with the replay, %.1f MB without", mark, float64(w.full)/1e6, float64(w.flat[len(w.flat)-1])/1e6)
	}
	return nil
}

// heapInUse is what a collection leaves, in bytes.
func heapInUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
