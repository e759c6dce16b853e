package scan_test

import (
	"context"
	"testing"
	"time"

	"blissh/data"
	"blissh/device"
	"blissh/device/sim"
	"blissh/scan"
)

// nothing is a sink that costs nothing.
type nothing struct{}

func (nothing) Put(context.Context, data.Event) error { return nil }

// benchmarkPoints runs one scan of b.N points; its figures are per point.
func benchmarkPoints(b *testing.B, axes, controllers int) {
	p := scan.Plan{Name: "ascan"}
	var stop []float64
	for k := range axes {
		a, _ := newInstant(string(rune('a' + k)))
		p.Axes = append(p.Axes, a)
		stop = append(stop, 0.0002*float64(b.N))
	}
	for k := range controllers {
		_, c := newController("counter" + string(rune('a'+k)))
		p.Counters = append(p.Counters, c)
	}
	p.Trajectory = scan.Linear{Start: make([]float64, axes), Stop: stop, Intervals: b.N}
	s, err := scan.New(p, scan.Options{Sinks: []scan.Sink{nothing{}}})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	if err := s.Run(b.Context()); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkPointOneAxisOneController(b *testing.B)  { benchmarkPoints(b, 1, 1) }
func BenchmarkPointOneAxisTwoControllers(b *testing.B) { benchmarkPoints(b, 1, 2) }
func BenchmarkPointOneAxis20Controllers(b *testing.B)  { benchmarkPoints(b, 1, 20) }
func BenchmarkPointTwoAxesOneController(b *testing.B)  { benchmarkPoints(b, 2, 1) }
func BenchmarkNewChecksEveryPoint(b *testing.B) {
	a, _ := newInstant("robz")
	p := line(a, 0, float64(b.N), b.N, 0)
	b.ResetTimer()
	if _, err := scan.New(p, scan.Options{}); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkAlignment is the alignment scan in real time: 500 steps of 16.33 ms
// and 501 counts of 1 ms are 8.67 s.
func BenchmarkAlignment(b *testing.B) {
	for b.Loop() {
		a, _ := sim.NewAxis(robz, sim.MotorOptions{Start: -5}, nil)
		_, c := newController("sim_ct_gauss")
		s, err := scan.New(line(a, -5, 5, 500, time.Millisecond, c), scan.Options{Sinks: []scan.Sink{nothing{}}})
		if err != nil {
			b.Fatal(err)
		}
		begin := time.Now()
		if err := s.Run(b.Context()); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(time.Since(begin).Seconds()/ideal(a).Seconds(), "of-ideal")
	}
}

// ideal is how long the alignment scan takes with devices alone.
func ideal(a *device.MotorAxis) time.Duration {
	return 500*a.MoveTime(0, 0.02) + 501*time.Millisecond
}

// BenchmarkCounts is 501 counts of 1 ms without motion.
func BenchmarkCounts(b *testing.B) {
	for b.Loop() {
		_, c := newController("sim_ct_gauss")
		p := scan.Plan{Name: "loopscan", Trajectory: scan.Static{N: 501}, CountTime: time.Millisecond, Counters: []*device.Counter{c}}
		s, err := scan.New(p, scan.Options{Sinks: []scan.Sink{nothing{}}})
		if err != nil {
			b.Fatal(err)
		}
		begin := time.Now()
		if err := s.Run(b.Context()); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(time.Since(begin).Seconds()/0.501, "of-ideal")
	}
}
