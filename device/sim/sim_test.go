package sim

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"blissh/device"
)

func TestAMotionIsSmoothAndEndsWhereItShould(t *testing.T) {
	now := time.Now()
	for _, c := range []struct{ from, to, v, a float64 }{
		{0, 10, 100, 300}, {0, 100, 100, 300}, {5, -5, 2, 0}, {0, 0.02, 100, 300}, {-1, 1, 0, 50}, {3, 3, 1, 1},
	} {
		d := device.TravelTime(c.to-c.from, c.v, c.a)
		m := travel(c.from, c.to, c.v, c.a, now, d)
		last, _ := m.at(now)
		if last != c.from {
			t.Errorf("%v: begins at %v", c, last)
		}
		const steps = 1000
		for i := 1; i <= steps; i++ {
			at, v := m.at(now.Add(d * time.Duration(i) / steps))
			if way := math.Abs(at - last); way > (math.Max(v, m.peak)*d.Seconds()/steps)*1.01+1e-9 {
				t.Errorf("%v: jumps by %v at %d", c, way, i)
			}
			if c.v > 0 && v > c.v*(1+1e-9) {
				t.Errorf("%v: as fast as %v", c, v)
			}
			last = at
		}
		if at, v := m.at(now.Add(d)); at != c.to || v != 0 {
			t.Errorf("%v: ends at %v with %v", c, at, v)
		}
	}
}

func TestBrakingIsContinuousAndNeverOvershoots(t *testing.T) {
	now := time.Now()
	same := func(x float64) float64 { return x }
	d := device.TravelTime(100, 100, 300)
	m := travel(0, -100, 100, 300, now, d)
	for i := 1; i < 100; i++ {
		cut := now.Add(d * time.Duration(i) / 100)
		b := m.braking(cut, same)
		x, v := m.at(cut)
		bx, bv := b.at(cut)
		if math.Abs(x-bx) > 1e-9 || math.Abs(v-bv) > 1e-9 {
			t.Errorf("cut at %d %%: %v, %v becomes %v, %v", i, x, v, bx, bv)
		}
		if b.to < -100-1e-6 || b.to > x || b.end.After(m.end.Add(2)) {
			t.Errorf("cut at %d %%: from %v to %v", i, x, b.to)
		}
	}
}

func TestMotorsStandOnWholeSteps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMotor(MotorOptions{Velocity: 10, Acceleration: 7, StepsPerUnit: 4, Start: 0.3})
		for range 200 {
			_ = m.Start(t.Context(), rand.Float64()*100)
			time.Sleep(time.Duration(rand.IntN(5000)) * time.Millisecond)
			_ = m.Stop(t.Context())
			at, _, _ := m.Read(t.Context())
			if at*4 != math.Round(at*4) {
				t.Fatalf("at %v", at)
			}
			time.Sleep(2 * time.Second)
			if _, s, _ := m.Read(t.Context()); s != device.Ready {
				t.Fatal(s)
			}
		}
	})
}

func TestFaultsComeOnCommandAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f Faults
		boom := errors.New("boom")
		f.FailAfter(Read, 1, boom)
		f.Slow(Start, time.Second)
		f.Hang(Stop)
		if err := f.meet(t.Context(), Read); err != nil {
			t.Error("the first call failed")
		}
		if err := f.meet(t.Context(), Read); err != boom {
			t.Error("the second did not")
		}
		if err := f.meet(t.Context(), Read); err != nil {
			t.Error("the third failed")
		}
		begin := time.Now()
		if err := f.meet(t.Context(), Start); err != nil || time.Since(begin) != time.Second {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := f.meet(ctx, Stop); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		f.Deaf(Stop)
		time.AfterFunc(time.Hour, f.Clear)
		begin = time.Now()
		if err := f.meet(ctx, Stop); err != nil || time.Since(begin) != time.Hour {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
		if err := errors.Join(f.meet(ctx, Stop), f.meet(ctx, Start)); err != nil {
			t.Error(err)
		}
	})
}

func TestFunctions(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	on := func(x float64) Input { return Input{X: x, HasAxis: true} }
	height := GaussHeight(100, 1.6667)
	if math.Abs(height-23.94) > 0.005 {
		t.Errorf("height %v", height)
	}
	clean := Gauss(0, 1.6667, height, 0)
	if got := clean(on(1.6667), r); math.Abs(got-height*math.Exp(-0.5)) > 1e-9 {
		t.Errorf("one sigma away %v", got)
	}
	if got := clean(Input{}, r); got != height {
		t.Errorf("without an axis %v", got)
	}
	noisy := Gauss(-1, 0.6667, 60, 0.1)
	low, high := math.Inf(1), math.Inf(-1)
	for range 10000 {
		y := noisy(on(-1), r)
		low, high = min(low, y), max(high, y)
	}
	if low < 60 || high >= 66 || low > 60.1 || high < 65.9 {
		t.Errorf("noise from %v to %v", low, high)
	}
	for range 1000 {
		if y := Diode(0.01, 100)(Input{}, r); y < 0.01 || y > 100 || math.Abs(y*100-math.Round(y*100)) > 1e-9 {
			t.Fatalf("diode %v", y)
		}
	}
	if y := Linear(2, 1, 0)(on(3), r); y != 7 {
		t.Errorf("linear %v", y)
	}
	if y := Temperature(293, 1, time.Minute)(Input{Time: time.Unix(15, 0)}, r); math.Abs(y-294) > 0.02 {
		t.Errorf("temperature %v at its highest", y)
	}
}

// read takes one point of a controller's counters.
func read(t *testing.T, c *Controller, counters ...*device.Counter) *device.Reading {
	t.Helper()
	a, err := c.Prepare(t.Context(), device.Setup{Counters: counters})
	if err != nil {
		t.Fatal(err)
	}
	r := &device.Reading{}
	for _, k := range counters {
		size := 4
		for _, n := range k.Shape {
			size *= n
		}
		r.Values = append(r.Values, 0)
		r.Arrays = append(r.Arrays, make([]byte, size))
	}
	if err := errors.Join(a.Trigger(t.Context(), device.Point{}), a.Read(t.Context(), r), a.Stop(t.Context())); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTheSameSeedGivesTheSameNoise(t *testing.T) {
	values := func(seed uint64) []byte {
		c := NewController(ControllerOptions{Name: "c", Seed: seed})
		k := c.Spectrum("mca", 64, Flat(1000, 0.1))
		return read(t, c, k).Arrays[0]
	}
	a, b, other := values(1), values(1), values(2)
	if string(a) != string(b) || string(a) == string(other) {
		t.Error("the seed does not decide")
	}
	c := NewController(ControllerOptions{Name: "c", Seed: 1})
	k := c.Spectrum("mca", 64, Flat(1000, 0.1))
	first, second := read(t, c, k), read(t, c, k)
	if string(first.Arrays[0]) == string(second.Arrays[0]) {
		t.Error("two scans have the same noise")
	}
}

func TestArraysLookLikeWhatTheySimulate(t *testing.T) {
	c := NewController(ControllerOptions{Name: "c"})
	mca, image := c.Spectrum("mca", 1024, Flat(1e6, 0)), c.Image("image", 64, 128, Flat(6e4, 0))
	r := read(t, c, mca, image)
	highest, at := uint32(0), 0
	for i := range 1024 {
		if y := binary.LittleEndian.Uint32(r.Arrays[0][4*i:]); y > highest {
			highest, at = y, i
		}
	}
	if at < 300 || at > 315 || highest < 900_000 {
		t.Errorf("the highest line is %d at %d", highest, at)
	}
	middle := binary.LittleEndian.Uint16(r.Arrays[1][2*(32*128+64):])
	corner := binary.LittleEndian.Uint16(r.Arrays[1])
	if middle < 50_000 || corner > 100 {
		t.Errorf("middle %d, corner %d", middle, corner)
	}
}
