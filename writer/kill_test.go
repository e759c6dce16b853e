package writer

import (
	"math/rand/v2"
	"testing"
	"time"

	"blissh/data"
	"blissh/internal/redistest"
	"blissh/internal/soak"
)

// TestKilledAtRandomMoments kills the writer while scans run. Before the next one
// starts, all files open and have whole points, not fewer than were acknowledged;
// at the end they equal the stream.
func TestKilledAtRandomMoments(t *testing.T) {
	needsSilx(t)
	for _, c := range []struct {
		name  string
		start func(t testing.TB) string
	}{
		{"embedded", redistest.Embedded},
		{"redis", func(t testing.TB) string { return "redis://" + redistest.Start(t).Addr }},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := &killing{line: lineAt(t, c.start(t)), rng: rand.New(rand.NewPCG(soak.Seed(t), 1))}
			k.run(soak.Count(6, 250))
		})
	}
}

// killing is a beamline whose writers are killed.
type killing struct {
	*line
	rng *rand.Rand
	r   *running
	// what the kills met
	unread, acked, ends int
}

func (k *killing) run(kills int) {
	check := k.checker()
	for range kills {
		p := k.process()
		k.some()
		if k.rng.IntN(4) > 0 { // else the writer may not even have found the scan
			eventually(k.T, "the writer has begun with the scan", func() bool { return k.saved(k.r.scan).Points > 0 })
			k.some()
		}
		time.Sleep(time.Duration(k.rng.IntN(3000)) * time.Microsecond)
		p.kill()
		k.count()
		check.left(k.scans[max(0, len(k.scans)-3):])
	}
	k.end(data.Done, "")
	p := k.process()
	for _, s := range k.scans {
		k.complete(s)
	}
	p.kill()
	check.all()
	k.Logf("%d kills in %d scans: %d before a point was acknowledged, %d in the middle, %d after the end of the scan", kills, len(k.scans), k.unread, k.acked, k.ends)
}

// some is some points, with an end before or after them now and then.
func (k *killing) some() {
	if k.r == nil || k.r.scan.Outcome != "" || k.r.n > 60 {
		k.next()
	}
	pause := k.rng.IntN(3) * 1000 // without any the writer is busy when it is killed
	for range 1 + k.rng.IntN(12) {
		k.r.take(1)
		if pause > 0 {
			time.Sleep(time.Duration(k.rng.IntN(pause)) * time.Microsecond)
		}
	}
	if k.rng.IntN(8) == 0 {
		k.end(data.Aborted, "Ctrl-C")
	}
}

func (k *killing) next() {
	k.end(data.Done, "")
	k.r = k.begin()
}

// end ends the scan, if it has not ended.
func (k *killing) end(outcome data.Outcome, reason string) {
	if k.r != nil && k.r.scan.Outcome == "" {
		k.r.end(outcome, reason)
	}
}

// count notes what the kill has met.
func (k *killing) count() {
	switch v := k.saved(k.r.scan); {
	case k.r.scan.Outcome != "":
		k.ends++
	case v.Points > 0:
		k.acked++
	default:
		k.unread++
	}
}
