package scan

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"blissh/data"
	"blissh/internal/soak"
)

// counter is a hook that counts what it is shown, and keeps what it is told at the
// end.
type counter struct {
	guard
	missed int // -1: it was told nothing
}

func (c *counter) OnScanEnd(s *data.Scan) error {
	c.missed = s.Missed
	return c.guard.OnScanEnd(s)
}

// moods are what may become of a hook.
func moods(release <-chan struct{}) map[string]func(d *Data) error {
	return map[string]func(d *Data) error{
		"well":    func(*Data) error { return nil },
		"slow":    func(*Data) error { time.Sleep(70 * time.Millisecond); return nil },
		"stops":   func(*Data) error { return StopIteration },
		"softly":  func(*Data) error { return StopAfterPoint },
		"fails":   func(*Data) error { return errors.New("no fit") },
		"panics":  func(*Data) error { panic("no beam") },
		"overdue": func(*Data) error { <-release; panic("killed") },
	}
}

// TestShownAndMissedAreTaken: whatever becomes of a hook, the points that it was
// shown and those that it is told to have missed are the points taken.
func TestShownAndMissedAreTaken(t *testing.T) {
	n, seed := soak.Count(300, 30000), soak.Seed(t)
	random := rand.New(rand.NewPCG(seed, 6))
	for i := range n {
		name := fmt.Sprintf("case %d of seed %d", i, seed)
		synctest.Test(t, func(t *testing.T) { missedOnce(t, name, random) })
	}
}

func missedOnce(t *testing.T, name string, random *rand.Rand) {
	release := make(chan struct{})
	list := moods(release)
	mood := pickOne(random, sortedKeys(list))
	mode, policy := Mode(random.IntN(2)), Policy(random.IntN(2))
	at, points := random.IntN(20), 1+random.IntN(25)
	c := &counter{missed: -1}
	c.guard = guard{timeout: 30 * time.Millisecond, mode: mode, policy: policy, began: time.Now(), onData: func(d *Data) error {
		if d.Index() < at {
			return nil
		}
		return list[mood](d)
	}}
	killed := false
	w := NewWatchdog(c, WatchdogOptions{
		Name: "Counter", Budget: 100 * time.Millisecond, Linger: func(*Watchdog) {},
		Kill: func() { killed = true; close(release) },
	})
	s := &data.Scan{Name: "ascan", Channels: []data.Channel{{Name: "diode"}}}
	w.Put(context.Background(), &data.NewNode{Node: data.ScanNode(s)})
	for i := range points {
		w.Put(context.Background(), &data.Row{Index: i, Values: []float64{float64(i)}})
		time.Sleep(time.Duration(random.IntN(40)) * time.Millisecond)
	}
	s.Outcome, s.Taken = data.Done, points
	_ = w.Finish(context.Background(), s)
	<-w.Done()
	if c.covered+c.missed != points || c.overlaps > 0 {
		t.Errorf("%s: %s from point %d, mode %d, policy %d, killed %v: %d shown and %d missed of %d, %d overlaps",
			name, mood, at, mode, policy, killed, c.covered, c.missed, points, c.overlaps)
	}
}

func pickOne(random *rand.Rand, list []string) string { return list[random.IntN(len(list))] }

func sortedKeys[V any](m map[string]V) []string {
	var list []string
	for k := range m {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}

// TestAHookThatMayFailCostsNothing: a scan does not wait for a hook that observes
// and may fail, whatever it does and in whichever call; what is left of the hook
// ends by its own budget.
func TestAHookThatMayFailCostsNothing(t *testing.T) {
	for _, call := range []string{"new", "data", "end"} {
		for _, does := range []string{"sleeps", "panics", "never returns"} {
			t.Run(call+" "+does, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { costsNothing(t, call, does) })
			})
		}
	}
}

func costsNothing(t *testing.T, call, does string) {
	killed := make(chan struct{}, 9)
	act := func() error {
		switch does {
		case "sleeps": // as interpreted code does
			select {
			case <-time.After(10 * time.Second):
			case <-killed:
				panic("killed")
			}
		case "panics":
			panic("no beam")
		default:
			<-killed
			panic("killed")
		}
		return nil
	}
	g := &guard{timeout: time.Second, policy: GoOn}
	switch call {
	case "new":
		g.onNew = act
	case "data":
		g.onData = func(*Data) error { return act() }
	case "end":
		g.onEnd = act
	}
	var left *Watchdog
	w := watch(g, WatchdogOptions{Kill: func() { killed <- struct{}{} }, Linger: func(w *Watchdog) { left = w }})
	begin := time.Now()
	w.begin()
	const points, each = 500, 10 * time.Millisecond
	for i := range points {
		w.point(i)
		time.Sleep(each)
	}
	err := w.finish(data.Done)
	if took := time.Since(begin); took-points*each > points*each/100 || err != nil || len(w.stops) > 0 {
		t.Errorf("the scan took %v instead of %v; %v %v", took, points*each, err, w.stops)
	}
	if left != nil {
		<-left.Done()
	}
	if len(w.warns) != 1 {
		t.Errorf("one line is to tell it: %q", w.warns)
	}
}

// TestAPatientScanWaitsForAHookThatIsWell: what such a hook does at once is done
// before the scan goes on.
func TestAPatientScanWaitsForAHookThatIsWell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &guard{timeout: time.Second, policy: GoOn, onNew: sleep(15 * time.Millisecond), onEnd: sleep(15 * time.Millisecond)}
		w := watch(g, WatchdogOptions{Linger: func(*Watchdog) { t.Error("it was not waited for") }})
		w.begin()
		w.point(0)
		if err := w.finish(data.Done); err != nil {
			t.Error(err)
		}
		w.wantCalls(t, "0s new ascan", "15ms data 0+1=0", "15ms end done")
	})
}
