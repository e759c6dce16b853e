package session

import (
	"maps"
	"slices"
	"testing"
	"time"

	"blissh/data"
	"blissh/device/sim"
	"blissh/scan"
)

// What is read back from the store is what the sinks saw, bit by bit.
func TestColumnsAreWhatTheSinksSaw(t *testing.T) {
	eachStore(t, func(t *testing.T, s server) {
		l := open(t, s.url, sessionName(t))
		sc := l.ascan("m", -5, 5, 500)
		_, err := sc.Columns(t.Context())
		refused(t, "data of a scan that has not run", err, "has not run yet")
		if err := sc.run(); err != nil {
			t.Fatal(err)
		}
		sc.sameInStore(501)
		if got := sc.columns["ramp"]; got[0] != -9 || got[500] != 11 {
			t.Errorf("ramp goes from %g to %g", got[0], got[500])
		}
		if got := slices.Sorted(maps.Keys(sc.columns)); !slices.Equal(got, []string{"elapsed_time", "epoch", "m", "noisy", "ramp"}) {
			t.Errorf("data channels %q", got)
		}

		sc = l.loopscan(1_000_000, time.Millisecond)
		done := sc.startCounting()
		eventually(t, "some points", func() bool { taken, _ := sc.Progress(); return taken > 20 })
		half, err := sc.Columns(t.Context()) // of the running scan
		if err != nil || len(half["ramp"]) == 0 || len(half["ramp"]) != len(half["epoch"]) {
			t.Errorf("%d and %d values while it runs (%v)", len(half["ramp"]), len(half["epoch"]), err)
		}
		l.Stop(scan.ErrInterrupted)
		result(t, done)
		sc.sameInStore(sc.Info().Taken)
	})
}

// sameInStore compares the store with the sink.
func (s *testScan) sameInStore(points int) {
	s.t.Helper()
	kept, err := s.Columns(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	for name, want := range s.columns {
		if len(want) != points || !slices.Equal(kept[name], want) {
			s.t.Errorf("%s: %d values in the store, %d in the sink, want %d", name, len(kept[name]), len(want), points)
		}
	}
	if len(kept) != len(s.columns) {
		s.t.Errorf("the store has %d data channels, the sink %d", len(kept), len(s.columns))
	}
}

// The description says what a client needs to know.
func TestScanIsDescribed(t *testing.T) {
	t.Parallel()
	l := open(t, startEmbedded(t).url, sessionName(t))
	if err := l.move("m", 7); err != nil {
		t.Fatal(err)
	}
	sc := l.ascan("m", 1, 2, 4)
	if err := sc.run(); err != nil {
		t.Fatal(err)
	}
	kept, err := l.DB.ScanByUID(t.Context(), l.Name, sc.Info().UID)
	if err != nil {
		t.Fatal(err)
	}
	me := thisProcess()
	if kept.Session != l.Name || kept.Number != 1 || kept.User != me.User || kept.Host != me.Host || kept.Version != "test" ||
		kept.Planned != 5 || kept.Taken != 5 || kept.Outcome != data.Done || !slices.Equal(kept.Moving, []string{"m"}) {
		t.Errorf("%+v", kept)
	}
	var at []float64
	for _, a := range kept.Axes {
		if a.Start == nil || a.Unit != "mm" {
			t.Fatalf("%+v", a)
		}
		at = append(at, *a.Start)
	}
	if !slices.Equal(at, []float64{7, 0, 0}) {
		t.Errorf("axes started at %v", at)
	}
}

// An axis that does not answer has no start position; the scan goes on.
func TestStartPositionThatCannotBeRead(t *testing.T) {
	t.Parallel()
	l := open(t, startEmbedded(t).url, sessionName(t))
	l.motor("shared").Hang(sim.Read)
	defer l.motor("shared").Clear()
	sc := l.ascan("m", 1, 2, 1)
	if err := sc.run(); err != nil {
		t.Fatal(err)
	}
	for _, a := range sc.Info().Axes {
		if (a.Start == nil) != (a.Name == "shared") {
			t.Errorf("%s: %v", a.Name, a.Start)
		}
	}
}
