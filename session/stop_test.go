package session

import (
	"context"
	"testing"
	"time"

	"blissh/channel"
	"blissh/data"
	"blissh/scan"
)

// flag is a shared channel as the session sees it, and as another process does.
type flag struct{ here, there *channel.Channel }

func newFlag(t *testing.T, l *lab, name string) flag {
	t.Helper()
	bus, err := channel.Connect(t.Context(), l.url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bus.Close() })
	open := func(b *channel.Bus) *channel.Channel {
		c, err := b.Open(t.Context(), name, channel.Options{Default: false})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	return flag{open(l.Bus), open(bus)}
}

// set sets it in the other process.
func (f flag) set(t *testing.T, v any) {
	t.Helper()
	if err := f.there.Set(v); err != nil {
		t.Fatal(err)
	}
}

func (s *testScan) stopOn(c *channel.Channel) {
	s.t.Helper()
	if err := s.StopOn(c); err != nil {
		s.t.Fatal(err)
	}
}

func TestStopOn(t *testing.T) {
	eachStore(t, func(t *testing.T, s server) {
		l := open(t, s.url, sessionName(t))
		dump := newFlag(t, l, "beam_dump")
		sc := l.ascan("slow", 0, 100, 2) // 50 s from point to point
		sc.stopOn(dump.here)
		done := sc.startCounting()
		eventually(t, "slow moves", l.axis("slow").IsMoving)
		refused(t, "StopOn in mid-scan", sc.StopOn(dump.here), "comes before run")
		began := time.Now()
		dump.set(t, true)
		if err := result(t, done); err != nil {
			t.Errorf("run returned %v", err)
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("the stop took %v", took)
		}
		sc.ended(data.Stopped, "by shared channel beam_dump")
		l.atRest("slow")
		if sc.Info().Taken != 1 || len(sc.columns["ramp"]) != 1 {
			t.Errorf("%d points, %d in the sink: the one in progress is not dropped", sc.Info().Taken, len(sc.columns["ramp"]))
		}
	})
}

func TestStopOnOneOfSeveral(t *testing.T) {
	t.Parallel()
	l := open(t, startEmbedded(t).url, sessionName(t))
	dump, door := newFlag(t, l, "beam_dump"), newFlag(t, l, "door_open")
	sc := l.loopscan(1_000_000, time.Millisecond)
	sc.stopOn(dump.here)
	sc.stopOn(door.here)
	done := sc.startCounting()
	dump.set(t, 0) // a change, but not to true
	dump.set(t, "no")
	eventually(t, "the shell sees it", func() bool { return dump.here.String() == "no" })
	door.set(t, 1)
	if err := result(t, done); err != nil {
		t.Error(err)
	}
	sc.ended(data.Stopped, "by shared channel door_open")
}

func TestStopOnWhatIsTrueAlready(t *testing.T) {
	t.Parallel()
	l := open(t, startEmbedded(t).url, sessionName(t))
	dump := newFlag(t, l, "beam_dump")
	dump.set(t, true)
	eventually(t, "the shell sees it", dump.here.Bool)
	sc := l.ascan("m", 1, 2, 1)
	sc.stopOn(dump.here)
	refused(t, "the start", sc.run(), "shared channel beam_dump is true already", "set it to false first")
	if at, _, _ := l.motor("m").Read(t.Context()); at != 0 || sc.State() != scan.Idle {
		t.Errorf("m is at %g, the scan is %v", at, sc.State())
	}
	dump.set(t, false)
	eventually(t, "the shell sees it", func() bool { return !dump.here.Bool() })
	if err := sc.run(); err != nil {
		t.Errorf("then it runs: %v", err)
	}
	sc.ended(data.Done, "")
}

// A shared channel that becomes true just when the scan starts, after the look
// at it and before it is watched, stops the scan as well.
func TestStopOnAtTheLastMoment(t *testing.T) {
	t.Parallel()
	l := open(t, startEmbedded(t).url, sessionName(t))
	dump := newFlag(t, l, "beam_dump")
	sc := l.loopscan(400, 10*time.Millisecond)
	sc.stopOn(dump.here)
	dump.set(t, true)
	eventually(t, "the shell sees it", dump.here.Bool)
	if err := sc.Scan.run(context.Background(), sc.stops); err != nil { // what Run does after its look
		t.Error(err)
	}
	sc.ended(data.Stopped, "by shared channel beam_dump")
}

// When the scan is over nobody watches the shared channel any more.
func TestStopOnEndsWithTheScan(t *testing.T) {
	t.Parallel()
	l := open(t, startEmbedded(t).url, sessionName(t))
	dump := newFlag(t, l, "beam_dump")
	sc := l.loopscan(2, 0)
	sc.stopOn(dump.here)
	if err := sc.run(); err != nil {
		t.Error(err)
	}
	dump.set(t, true)
	eventually(t, "the shell sees it", dump.here.Bool)
	if err := l.loopscan(2, 0).run(); err != nil {
		t.Errorf("the next scan: %v", err)
	}
	sc.ended(data.Done, "")
}
