package device_test

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"blissh/device"
)

// recorded is a sampler that plays a list of readings, the same one at each
// point, and notes when it was read.
type recorded struct {
	readings []float64
	takes    time.Duration
	times    []time.Time
	next     int
	fail     error
	open     int
}

func (r *recorded) Name() string { return "voltmeter" }
func (r *recorded) Prepare(context.Context, device.Setup) (device.Sampled, error) {
	r.open++
	return r, nil
}
func (r *recorded) Trigger(context.Context, device.Point) error { r.next = 0; return nil }
func (r *recorded) Stop(context.Context) error                  { r.open--; return nil }
func (r *recorded) Sample(ctx context.Context, values []float64) error {
	r.times = append(r.times, time.Now())
	if r.takes > 0 {
		if err := device.TimerWait(ctx, r.takes); err != nil {
			return err
		}
	}
	for i := range values {
		values[i] = r.readings[r.next%len(r.readings)] * float64(1+9*i)
	}
	r.next++
	return r.fail
}

// counters of a sampler: one per mode.
func sampled(t *testing.T, s *device.Sampling, modes ...device.Mode) []*device.Counter {
	t.Helper()
	var list []*device.Counter
	for _, m := range modes {
		c := &device.Counter{Name: strings.ToLower(string(m)), Unit: "V", Controller: s}
		if err := c.SetMode(m); err != nil {
			t.Fatal(err)
		}
		list = append(list, c)
	}
	return list
}

// expand gives the counters with those that they bring.
func expand(t *testing.T, s *device.Sampling, count time.Duration, counters ...*device.Counter) (all []*device.Counter) {
	t.Helper()
	for _, c := range counters {
		list, err := s.Expand(c, count)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, list...)
	}
	return all
}

// take counts once and gives values by name; samples are read from their array.
func take(t *testing.T, s *device.Sampling, count time.Duration, counters ...*device.Counter) (values map[string]float64, samples []float64) {
	t.Helper()
	acq, err := s.Prepare(t.Context(), device.Setup{Counters: counters, CountTime: count})
	if err != nil {
		t.Fatal(err)
	}
	r := &device.Reading{Values: make([]float64, len(counters)), Arrays: make([][]byte, len(counters))}
	for i, c := range counters {
		if len(c.Shape) == 1 {
			r.Arrays[i] = make([]byte, 8*c.Shape[0])
		}
	}
	err = errors.Join(acq.Trigger(t.Context(), device.Point{CountTime: count}), acq.Read(t.Context(), r), acq.Stop(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	values = map[string]float64{}
	for i, c := range counters {
		values[c.Name] = r.Values[i]
		for k := range len(r.Arrays[i]) / 8 {
			samples = append(samples, math.Float64frombits(binary.LittleEndian.Uint64(r.Arrays[i][8*k:])))
		}
	}
	return values, samples
}

// ten are readings whose statistics Python's module statistics gives as
//
//	a = [3.25, -1.5, 4, 1e3, 7.75, 2, 2, -8.125, 0.5, 6]
//	fmean(a), pstdev(a), pvariance(a)
//	101.5875 299.499405519026 89699.89390625
var ten = []float64{3.25, -1.5, 4, 1e3, 7.75, 2, 2, -8.125, 0.5, 6}

func same(t *testing.T, what string, got map[string]float64, want map[string]float64) {
	t.Helper()
	for name, w := range want {
		if math.Abs(got[name]-w) > 1e-13*math.Abs(w) {
			t.Errorf("%s: %s is %.16g, not %.16g", what, name, got[name], w)
		}
	}
}

func TestTheValueOfEveryMode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for mode, want := range map[device.Mode]map[string]float64{
			device.Mean:      {"mean": 101.5875},
			device.Single:    {"single": 3.25},
			device.Last:      {"last": 6},
			device.Integrate: {"integrate": 203.175},
			device.Samples:   {"samples": 101.5875},
			device.Stats: {
				"stats": 101.5875, "stats_n": 10, "stats_std": 299.499405519026, "stats_var": 89699.89390625,
				"stats_min": -8.125, "stats_max": 1000, "stats_p2v": 1008.125,
			},
		} {
			s := device.NewSampling(&recorded{readings: ten}, 5, device.TimerWait)
			counters := expand(t, s, 2*time.Second, sampled(t, s, mode)...)
			begin := time.Now()
			got, samples := take(t, s, 2*time.Second, counters...)
			same(t, string(mode), got, want)
			if mode == device.Samples && !slices.Equal(samples, ten) {
				t.Errorf("samples %v", samples)
			}
			if took := time.Since(begin); mode == device.Single && took != 0 || mode != device.Single && took != 1800*time.Millisecond {
				t.Errorf("%s took %v", mode, took)
			}
			if len(got) != len(counters) || mode == device.Stats && len(got) != 7 {
				t.Errorf("%s: %v", mode, got)
			}
		}
	})
}

// TestALargeMeanCostsNoDigits: 1e9 + (4, 7, 13, 16) has the variance 22.5.
func TestALargeMeanCostsNoDigits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := device.NewSampling(&recorded{readings: []float64{1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16}}, 4, device.TimerWait)
		got, _ := take(t, s, time.Second, expand(t, s, time.Second, sampled(t, s, device.Stats)...)...)
		same(t, "STATS", got, map[string]float64{"stats": 1000000010, "stats_var": 22.5, "stats_n": 4})
	})
}

func TestModesOfOneControllerAreConsistent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ramp := &recorded{readings: []float64{1, 2, 3, 4, 5}}
		s := device.NewSampling(ramp, 5, device.TimerWait)
		counters := sampled(t, s, device.Single, device.Mean, device.Last)
		got, _ := take(t, s, time.Second, counters...)
		// The second counter reads ten times as much, the third one 19 times.
		same(t, "ramp", got, map[string]float64{"single": 1, "mean": 30, "last": 95})
		if len(ramp.times) != 5 || ramp.open != 0 {
			t.Errorf("%d reads for three counters, open %d", len(ramp.times), ramp.open)
		}
	})
}

func TestTheMaximumRateIsNeverExceeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			rate         float64
			takes, count time.Duration
			points, most int // samples in all
		}{
			{10, 0, time.Second, 1, 10},
			{10, 0, time.Millisecond, 30, 30}, // short counts: one each, and slower
			{10, 0, 0, 5, 5},
			{1, 0, 3500 * time.Millisecond, 2, 7},            // at 0, 1, 2, 3, then 4, 5, 6 s
			{100, 40 * time.Millisecond, time.Second, 1, 25}, // the device is slower
			{3, 0, time.Second, 4, 12},
		} {
			r := &recorded{readings: ten, takes: c.takes}
			s := device.NewSampling(r, c.rate, device.TimerWait)
			counter := sampled(t, s, device.Mean)
			acq, err := s.Prepare(t.Context(), device.Setup{Counters: counter})
			if err != nil {
				t.Fatal(err)
			}
			for range c.points {
				to := &device.Reading{Values: make([]float64, 1), Arrays: make([][]byte, 1)}
				err := acq.Trigger(t.Context(), device.Point{CountTime: c.count})
				time.Sleep(c.count) // as a scan does
				if err := errors.Join(err, acq.Read(t.Context(), to)); err != nil {
					t.Fatal(err)
				}
			}
			if err := acq.Stop(t.Context()); err != nil {
				t.Error(err)
			}
			if len(r.times) != c.most {
				t.Errorf("%+v: %d samples", c, len(r.times))
			}
			period := time.Duration(1e9 / c.rate)
			for i := 1; i < len(r.times); i++ {
				if d := r.times[i].Sub(r.times[i-1]); d < period {
					t.Errorf("%+v: sample %d comes after %v", c, i, d)
				}
			}
		}
	})
}

func TestSamplesThatAreMissingAreNaN(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := device.NewSampling(&recorded{readings: ten, takes: 400 * time.Millisecond}, 5, device.TimerWait)
		_, samples := take(t, s, time.Second, expand(t, s, time.Second, sampled(t, s, device.Samples)...)...)
		if len(samples) != 5 || samples[0] != 3.25 || samples[1] != -1.5 || !math.IsNaN(samples[2]) || !math.IsNaN(samples[4]) {
			t.Errorf("%v", samples)
		}
		fast := device.NewSampling(&recorded{}, 1e6, device.TimerWait)
		_, err := fast.Expand(sampled(t, fast, device.Samples)[0], time.Minute)
		if err == nil || err.Error() != "samples: 60000000 samples at each point are too many for mode SAMPLES; 1000000 at most" {
			t.Error(err)
		}
	})
}

func TestEachSampleIsConverted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := device.NewSampling(&recorded{readings: []float64{1, 2, 4}}, 3, device.TimerWait)
		c := sampled(t, s, device.Stats)[0]
		if err := c.SetConversion(device.Conversion{Factor: -2, Offset: 10}); err != nil {
			t.Fatal(err)
		}
		got, _ := take(t, s, time.Second, expand(t, s, time.Second, c)...) // 8, 6, 2
		same(t, "converted", got, map[string]float64{"stats": 16. / 3, "stats_min": 2, "stats_max": 8, "stats_p2v": 6, "stats_var": 56. / 9})
		for want, err := range map[string]error{
			"stats: a factor of 0 would make all values the same": c.SetConversion(device.Conversion{}),
			"stats: a conversion cannot be NaN":                   c.SetConversion(device.Conversion{Factor: math.NaN()}),
		} {
			if err == nil || err.Error() != want {
				t.Errorf("%v, not %s", err, want)
			}
		}
		if _, err := device.ParseMode("means"); err == nil || err.Error() != `"means" is no mode; did you mean MEAN?; modes are MEAN, STATS, SAMPLES, SINGLE, LAST, INTEGRATE` {
			t.Error(err)
		}
	})
}

func TestASampleThatFailsOrHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorded{readings: ten, fail: errors.New("no answer from the bus")}
		s := device.NewSampling(r, 10, device.TimerWait)
		begin := func() device.Acquisition {
			acq, err := s.Prepare(t.Context(), device.Setup{Counters: sampled(t, s, device.Mean)})
			if err != nil {
				t.Fatal(err)
			}
			return acq
		}
		to := &device.Reading{Values: make([]float64, 1), Arrays: make([][]byte, 1)}
		acq := begin()
		if err := acq.Trigger(t.Context(), device.Point{CountTime: time.Second}); err != nil {
			t.Error(err)
		}
		if err := acq.Read(t.Context(), to); err == nil || err.Error() != "no answer from the bus" {
			t.Error(err)
		}
		if err := acq.Stop(t.Context()); err != nil || r.open != 0 {
			t.Errorf("%v, open %d", err, r.open)
		}

		r.fail, r.takes = nil, time.Hour
		acq = begin()
		ctx, cancel := context.WithCancelCause(t.Context())
		why := errors.New("why")
		time.AfterFunc(time.Second, func() { cancel(why) })
		if err := acq.Trigger(ctx, device.Point{CountTime: time.Minute}); err != nil {
			t.Error(err)
		}
		if err := acq.Read(ctx, to); err != why {
			t.Error(err)
		}
		if err := acq.Stop(t.Context()); err != nil || r.open != 0 {
			t.Errorf("%v, open %d", err, r.open)
		}
	})
}
