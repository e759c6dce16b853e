package scan

import (
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// cell is interpreted code that can be held at its loop turns.
type cell struct {
	mu     sync.Mutex
	held   chan struct{}
	stands chan struct{}
	killed bool
}

// turn is a loop turn; false: the code is to end.
func (c *cell) turn() bool {
	c.mu.Lock()
	held, stands := c.held, c.stands
	c.mu.Unlock()
	if held != nil {
		signal(stands)
		<-held
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.killed
}

func (c *cell) hold(limit time.Duration) bool {
	c.mu.Lock()
	c.held, c.stands = make(chan struct{}), make(chan struct{}, 1)
	stands := c.stands
	c.mu.Unlock()
	select {
	case <-stands:
		return true
	case <-time.After(limit):
		return false
	}
}

func (c *cell) letGo() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held != nil {
		close(c.held)
		c.held = nil
	}
}

func (c *cell) kill() {
	c.mu.Lock()
	c.killed = true
	c.mu.Unlock()
	c.letGo()
}

// options give a hook in a cell a memory budget.
func (c *cell) options(memory int64) WatchdogOptions {
	return WatchdogOptions{Memory: memory, Kill: c.kill, Hold: c.hold, LetGo: c.letGo}
}

var garbage []byte

// TestShortCallsAreBlamedForWhatTheyKeep, not for their garbage, nor for what others
// keep, at once or little by little.
func TestShortCallsAreBlamedForWhatTheyKeep(t *testing.T) {
	const budget, piece, points = 8 << 20, 8 << 10, 4000
	for _, c := range []struct {
		name          string
		hook, outside func(i int, keep *[][]byte)
		convicted     bool
	}{
		{"a leak", func(_ int, keep *[][]byte) { *keep = append(*keep, make([]byte, piece)) }, func(int, *[][]byte) {}, true},
		{"a load at the prompt", func(int, *[][]byte) { garbage = make([]byte, piece) }, func(i int, keep *[][]byte) {
			if i == points/2 {
				*keep = append(*keep, make([]byte, 3*budget))
			}
		}, false},
		{"a scan that keeps its points", func(int, *[][]byte) { garbage = make([]byte, piece) },
			func(_ int, keep *[][]byte) { *keep = append(*keep, make([]byte, piece)) }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var keep [][]byte
			g := &guard{mode: Gate, onData: func(d *Data) error { c.hook(d.Index(), &keep); return nil }}
			o := new(cell).options(budget)
			o.Budget = time.Minute
			w := watch(g, o)
			w.begin()
			for i := 0; i < points && w.Err() == nil; i++ {
				w.point(i)
				c.outside(i, &keep)
			}
			_, shown := w.Counts()
			err := w.finish("failed")
			if err == nil {
				err = w.Err()
			}
			var memory *MemoryError
			if errors.As(err, &memory) != c.convicted || !c.convicted && err != nil {
				t.Errorf("after %d points: %v", shown, err)
			}
			if len(keep) > 0 && keep[0][0] != 0 {
				t.Error("what is kept has changed")
			}
		})
	}
}

// TestTheCallIsNamedThatTookTheMemory: OnTimeout as well.
func TestTheCallIsNamedThatTookTheMemory(t *testing.T) {
	var keep [][]byte
	var w *watched
	over := make(chan struct{})
	g := &guard{timeout: time.Microsecond, onTime: func() error { keep = append(keep, make([]byte, 64<<10)); return nil }}
	o := new(cell).options(8 << 20)
	o.Budget = time.Minute
	w = watch(g, o)
	w.o.Stop = func(error, When) { close(over) }
	w.begin()
	select {
	case <-over:
	case <-time.After(time.Minute):
	}
	w.finish("failed")
	if err := w.Err(); err == nil || err.Error() != "hook Guard (guard.go:5): OnTimeout took more than 8 MB of memory" {
		t.Errorf("%v, with %d pieces", err, len(keep))
	}
}

// TestTimeOnTrialIsNotTheHooks: a gate that is held again and again keeps its own
// 100 ms; it has no more than these.
func TestTimeOnTrialIsNotTheHooks(t *testing.T) {
	for _, c := range []struct {
		name      string
		step, all time.Duration // of the hook's own time
		want      []string
	}{
		{"within its budget", time.Millisecond, 90 * time.Millisecond, nil},
		{"over its budget", 30 * time.Millisecond, time.Hour, []string{"OnScanData took longer than 100ms"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var keep []byte
				var ran time.Duration
				code := new(cell)
				g := &guard{mode: Gate, timeout: time.Hour, onData: func(*Data) error {
					for ; ran < c.all; ran += c.step {
						if ran >= 15*time.Millisecond && keep == nil {
							keep = make([]byte, 64<<20)
						}
						if !code.turn() {
							return errors.New("killed")
						}
						time.Sleep(c.step)
					}
					return nil
				}}
				w := watch(g, code.options(16<<20))
				w.begin()
				w.point(0)
				took := time.Since(g.began)
				time.Sleep(10 * time.Second) // the trial ends, too
				w.finish("failed")
				var got []string
				if err := w.Err(); err != nil {
					got = []string{errors.Unwrap(err).Error()}
				}
				wantLines(t, "failure", got, c.want...)
				if took < 120*time.Millisecond {
					t.Errorf("there was no trial within %v", took)
				}
				if ran > 150*time.Millisecond || keep[0] != 0 {
					t.Errorf("the hook ran for %v", ran)
				}
			})
		})
	}
}

// TestAStandstillIsNotTheHooks: a gate gets the time again for which the process
// got none.
func TestAStandstillIsNotTheHooks(t *testing.T) {
	for _, c := range []struct {
		name  string
		takes time.Duration
		want  []string
	}{
		{"a quick hook", 50 * time.Millisecond, nil},
		{"a slow hook", time.Hour, []string{"OnScanData took longer than 100ms"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var w *watched
				killed := make(chan struct{})
				g := &guard{mode: Gate, timeout: time.Hour, onData: func(*Data) error {
					time.Sleep(5 * time.Millisecond)
					w.mu.Lock() // as if a second had gone by since, without a look
					w.since, w.due = w.since.Add(-time.Second), w.due.Add(-time.Second)
					w.mu.Unlock()
					select {
					case <-time.After(c.takes):
					case <-killed:
					}
					return nil
				}}
				w = watch(g, WatchdogOptions{Kill: func() { close(killed) }})
				w.begin()
				w.point(0)
				synctest.Wait()
				w.finish("failed")
				var got []string
				if err := w.Err(); err != nil {
					got = []string{errors.Unwrap(err).Error()}
				}
				wantLines(t, "failure", got, c.want...)
			})
		})
	}
}
