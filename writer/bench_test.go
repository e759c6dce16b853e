package writer

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"runtime"
	"testing"
	"time"

	"blissh/data"
	"blissh/data/file"
	"blissh/data/store"
)

// startRedis starts a server for a benchmark: a stream as long as these is
// nothing for the embedded store.
func startRedis(b *testing.B) string {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		b.Skip("redis-server is not installed: apt-get install redis-server")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	_, port, _ := net.SplitHostPort(addr)
	cmd := exec.Command(path, "--bind", "127.0.0.1", "--port", port, "--save", "", "--dir", b.TempDir())
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	eventually(b, "redis-server answers", func() bool {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return "redis://" + addr
}

// BenchmarkExport writes a scan that is in the store: what a point costs the writer,
// and how much of its memory is in use at the end.
func BenchmarkExport(b *testing.B) {
	for _, c := range []struct {
		name, formats string
		points        int
		counters      int
		image         []int
	}{
		{"20counters/hdf5", "hdf5", 20000, 20, nil}, {"20counters/spec+hdf5", "spec,hdf5", 20000, 20, nil}, {"images/hdf5", "hdf5", 100, 1, []int{1024, 1024}},
	} {
		b.Run(c.name, func(b *testing.B) {
			db, err := store.Open(b.Context(), startRedis(b))
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			s := publish(b, db, c.points, c.counters, c.image)
			formats, _ := file.Named(c.formats)
			for b.Loop() {
				start := time.Now()
				if _, err := Export(b.Context(), db, s, Options{Session: s.Session, Formats: formats, Place: Place{b.TempDir(), ""}}); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(time.Since(start).Microseconds())/float64(c.points), "µs/point")
			}
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			b.ReportMetric(float64(m.HeapAlloc)/1e6, "MB-heap")
		})
	}
}

// publish makes a scan.
func publish(b *testing.B, db *store.DB, points, counters int, image []int) *data.Scan {
	s := &data.Scan{Session: "bench", UID: "u", Number: 1, Name: "loopscan", Title: "loopscan", Start: time.Now(), Save: true}
	row := &data.Row{}
	for i := range counters {
		s.Channels = append(s.Channels, data.Channel{Name: fmt.Sprint("c", i), DType: "<f8", Role: "counter"})
		row.Values = append(row.Values, float64(i)/7)
	}
	if image != nil {
		c := data.Channel{Name: "camera", DType: "<u2", Shape: image, Role: "counter"}
		s.Channels = append(s.Channels, c)
		bytes := make([]byte, c.PointSize())
		for i := range bytes {
			bytes[i] = byte(i*i>>7) & 15 * byte(1-i&1)
		}
		row.Arrays = []data.Array{{DType: c.DType, Shape: c.Shape, Bytes: bytes}}
	}
	ctx := context.Background()
	p, err := db.Publish(ctx, s, store.PublishOptions{})
	put := func(e data.Event) {
		if err == nil {
			err = p.Put(ctx, e)
		}
	}
	put(&data.NewNode{Node: data.ScanNode(s)})
	for i := range points {
		if err == nil {
			err = p.Ready(ctx)
		}
		row.Index, row.Time = i, time.Now()
		put(row)
	}
	s.Outcome, s.Taken, s.End = data.Done, points, time.Now()
	put(&data.EndScan{Node: data.ScanNode(s), Outcome: data.Done, Points: points})
	if err != nil {
		b.Fatal(err)
	}
	return s
}
