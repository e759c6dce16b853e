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
	window = 5000 // points of which the time per point is taken
	piece  = 100  // points of one figure; the median counts, so that a pause of the machine does not
	early  = 100
	late   = 100_000
	step   = 0.0002 // mm, two steps of the motor

	// replay is how long the publisher keeps what is acknowledged, to send it
	// again after an outage. That is memory in use, but not for the scan's
	// length, so the heap is compared when it is over.
	replay = 10*time.Second + 500*time.Millisecond
	tail   = 2000 // points after that
	slack  = 4e6  // bytes by which a flat heap may differ, apart from 10 %: the list of a full replay

	settleBound = 2 * time.Second
)

// long is row 11.
func long(ctx context.Context, b *bench, e *engine) ([]figure, error) {
	s, done, err := b.openInstant(ctx, e)
	if err != nil {
		return nil, err
	}
	defer done()
	run := func(points int, sink scan.Sink) error {
		p, err := ascan(s, points-1, 0)
		if err != nil {
			return err
		}
		p.Trajectory = scan.Linear{Start: []float64{0}, Stop: []float64{float64(points-1) * step}, Intervals: points - 1}
		_, err = timed(ctx, s, p, sink)
		return err
	}
	limit := around(1, .1)
	values, err := b.repeat(true, limit, func() (float64, error) {
		p := paces{}
		err := run(late+window+1, p)
		return p.from(late) / p.from(early), err
	})
	if err != nil {
		return nil, err
	}
	h := &heap{ctx: ctx, points: b.pick(1_000_000, 200_000)}
	err = run(h.points, h)
	return []figure{summary(values, limit, "%.3f/%.3f"), h.figure()}, err
}

// paces is a sink that notes when points came, in two windows.
type paces map[int]time.Time

// Put notes a row.
func (p paces) Put(_ context.Context, e data.Event) error {
	if r, ok := e.(*data.Row); ok && r.Index%piece == 0 && (inWindow(r.Index, early) || inWindow(r.Index, late)) {
		p[r.Index] = time.Now()
	}
	return nil
}

func inWindow(index, first int) bool { return index >= first && index <= first+window }

// from is the time per point in the window that begins at first, in s.
func (p paces) from(first int) float64 {
	var each []float64
	for i := first; i < first+window; i += piece {
		each = append(each, p[i+piece].Sub(p[i]).Seconds()/piece)
	}
	return median(each)
}

// heap is a sink that looks at the memory in use.
type heap struct {
	ctx    context.Context
	points int
	first, // bytes after some points
	full, // before the pause in which the replay runs out
	last float64 // at the end
}

// Put notes how much is in use.
func (h *heap) Put(_ context.Context, e data.Event) error {
	r, ok := e.(*data.Row)
	if !ok {
		return nil
	}
	switch r.Index + 1 {
	case tail:
		h.first = liveHeap()
	case h.points - tail:
		h.full = liveHeap()
		h.pause()
	case h.points:
		h.settle()
	}
	return h.ctx.Err()
}

func (h *heap) pause() {
	select {
	case <-time.After(replay):
	case <-h.ctx.Done():
	}
}

// settle waits until the points after the pause are acknowledged, which is when
// the publisher forgets what is too old.
func (h *heap) settle() {
	for end := time.Now().Add(settleBound); time.Now().Before(end) && h.ctx.Err() == nil; {
		if h.last = liveHeap(); h.ratio() <= 1 {
			return
		}
	}
}

func (h *heap) ratio() float64 { return h.last / (h.first*1.1 + slack) }

func (h *heap) figure() figure {
	f := stated("%.1f %.1f %.1f MB", h.first/1e6, h.full/1e6, h.last/1e6)
	f.ratio, f.best = h.ratio(), h.ratio()
	return f
}

// liveHeap is what a collection leaves.
func liveHeap() float64 {
	runtime.GC()
	s := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(s)
	return float64(s[0].Value.Uint64())
}
