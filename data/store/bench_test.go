package store

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"blissh/data"
)

// onEachEngine runs a benchmark on both engines, with the delays of real life.
func onEachEngine(b *testing.B, run func(b *testing.B, db *DB)) {
	for name, start := range map[string]func(t testing.TB) string{"embedded": startEmbedded, "redis": startRedis} {
		b.Run(name, func(b *testing.B) {
			db, err := Open(b.Context(), "redis://"+start(b))
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			run(b, db)
		})
	}
}

// six are the data channels of a scan of one axis and three counters.
var six = []data.Channel{
	{Name: "robz", DType: "<f8"}, {Name: data.ElapsedTime, DType: "<f8"}, {Name: data.Epoch, DType: "<f8"},
	{Name: "a", DType: "<f8"}, {Name: "b", DType: "<f8"}, {Name: "c", DType: "<f8"},
}

func publish(b *testing.B, db *DB, number, planned int, o PublishOptions) *Publisher {
	s := &data.Scan{Session: "bench", UID: fmt.Sprintf("%s-%d", b.Name()[len(b.Name())-5:], number), Number: number, Name: "ascan", Planned: planned, Channels: six}
	p, err := db.Publish(b.Context(), s, o)
	if err == nil {
		err = p.Put(b.Context(), &data.NewNode{Node: data.ScanNode(s)})
	}
	if err != nil {
		b.Fatal(err)
	}
	return p
}

// BenchmarkInstantScan is a scan of 501 points without devices: what Put and
// Ready cost the scan's goroutine, and the whole up to the acknowledged end.
func BenchmarkInstantScan(b *testing.B) {
	const points = 501
	onEachEngine(b, func(b *testing.B, db *DB) {
		r := row(0, six)
		var put, all time.Duration
		b.ReportAllocs()
		for n := 0; b.Loop(); n++ {
			start := time.Now()
			p := publish(b, db, n, points, PublishOptions{})
			begun := time.Now()
			for i := range points {
				r.Index = i
				if err := p.Ready(b.Context()); err != nil {
					b.Fatal(err)
				}
				if err := p.Put(b.Context(), r); err != nil {
					b.Fatal(err)
				}
			}
			put += time.Since(begun)
			if err := p.Put(b.Context(), &data.EndScan{Outcome: data.Done, Points: points}); err != nil {
				b.Fatal(err)
			}
			all += time.Since(start)
		}
		b.ReportMetric(float64(put.Nanoseconds())/float64(b.N*points), "put-ns/point")
		b.ReportMetric(float64(all.Nanoseconds())/float64(b.N*points), "all-ns/point")
	})
}

// BenchmarkPacedScan is a scan at 1 kHz: from Put to the acknowledgement, and
// to a reader on the same machine. One iteration is one point.
func BenchmarkPacedScan(b *testing.B) {
	onEachEngine(b, func(b *testing.B, db *DB) {
		reader, err := db.Follow(b.Context(), "bench", FollowOptions{})
		if err != nil {
			b.Fatal(err)
		}
		put := make([]time.Time, 1<<20)
		var acks, seen []time.Duration
		last := 0
		p := publish(b, db, b.N, len(put), PublishOptions{OnAck: func(points int) {
			for ; last < points; last++ {
				acks = append(acks, time.Since(put[last]))
			}
		}})
		var work sync.WaitGroup
		work.Go(func() {
			for e, err := range reader.Events(b.Context()) {
				if d, ok := e.(*data.NewData); ok && d.Node.Name == "robz" {
					for i := range d.Len() {
						seen = append(seen, time.Since(put[d.First+i]))
					}
				}
				if _, ok := e.(*data.EndScan); ok || err != nil {
					return
				}
			}
		})
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		r := row(0, six)
		n := 0
		for b.Loop() {
			<-tick.C
			r.Index, put[n] = n, time.Now()
			if err := p.Put(b.Context(), r); err != nil {
				b.Fatal(err)
			}
			n++
		}
		if err := p.Put(b.Context(), &data.EndScan{Outcome: data.Done, Points: n}); err != nil {
			b.Fatal(err)
		}
		work.Wait()
		for name, list := range map[string][]time.Duration{"ack": acks, "reader": seen} {
			slices.Sort(list)
			b.ReportMetric(float64(list[len(list)/2].Microseconds()), name+"-p50-us")
			b.ReportMetric(float64(list[len(list)*99/100].Microseconds()), name+"-p99-us")
		}
	})
}
