package main

import (
	"context"
	"runtime"
	"runtime/metrics"
	"time"

	"blissh/data"
	"blissh/scan"
)

const (
	window     = 5000 // points of which the time per point is taken
	early      = 100
	late       = 100_000
	heapGrowth = 8e6 // bytes by which a flat heap may differ, apart from 10 %
)

// long is row 7.
func long(ctx context.Context, b *bench, e *engine) ([]figure, error) {
	s, done, err := b.openInstant(ctx, e)
	if err != nil {
		return nil, err
	}
	defer done()
	run := func(points int) (*watch, error) {
		w := &watch{planned: points}
		_, err := timed(ctx, s, loopscan(s, points, 0), w)
		return w, err
	}
	w, err := run(b.pick(1_000_000, 200_000))
	if err != nil {
		return nil, err
	}
	limit := around(1, .1)
	values, err := b.repeat(true, limit, func() (float64, error) {
		w, err := run(late + window)
		return w.pace(late) / w.pace(early), err
	})
	return []figure{summary(values, limit, "%.3f/%.3f"), w.heapFigure()}, err
}

// watch is a sink that notes when points came, in two windows, and how much
// memory is in use.
type watch struct {
	planned int
	times   map[int]time.Time // at the ends of pieces of a window
	heap    [3]float64        // at 1/10, 1/2 and the end
}

// piece is how many points make one figure; the median of the pieces counts, so
// that a pause of the machine does not.
const piece = 100

// Put notes a row.
func (w *watch) Put(_ context.Context, e data.Event) error {
	r, ok := e.(*data.Row)
	if !ok {
		return nil
	}
	if r.Index%piece == 0 && (inWindow(r.Index, early) || inWindow(r.Index, late)) {
		if w.times == nil {
			w.times = map[int]time.Time{}
		}
		w.times[r.Index] = time.Now()
	}
	for i, at := range []int{w.planned / 10, w.planned / 2, w.planned} {
		if r.Index+1 == at {
			w.heap[i] = liveHeap()
		}
	}
	return nil
}

var _ scan.Sink = (*watch)(nil)

func inWindow(index, first int) bool { return index >= first && index <= first+window }

// pace is the time per point in the window that begins at first, in s.
func (w *watch) pace(first int) float64 {
	var each []float64
	for i := first; i < first+window; i += piece {
		each = append(each, w.times[i+piece].Sub(w.times[i]).Seconds()/piece)
	}
	return median(each)
}

// heapFigure compares the end with the middle.
func (w *watch) heapFigure() figure {
	f := stated("%.1f %.1f %.1f MB", w.heap[0]/1e6, w.heap[1]/1e6, w.heap[2]/1e6)
	f.ratio = w.heap[2] / (w.heap[1]*1.1 + heapGrowth)
	f.best = f.ratio
	return f
}

// liveHeap is what a collection leaves.
func liveHeap() float64 {
	runtime.GC()
	s := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(s)
	return float64(s[0].Value.Uint64())
}
