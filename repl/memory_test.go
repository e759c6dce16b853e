package repl

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"blissh/data"
	"blissh/hooks"
	"blissh/scan"
)

// eater is a hook whose OnScanData is given.
func eater(body string) string {
	return `package hooks

import (
	"time"

	"blissh/data"
	"blissh/hooks"
	"blissh/scan"
)

type Eater struct {
	hooks.Base
	keep [][]float64
	all  []float64
	told int
}

var _ = time.Second

func (h *Eater) OnScanData(d *scan.Data) error {
` + body + `
}

func (h *Eater) OnScanEnd(s *data.Scan) error {
	h.keep = nil
	h.all = nil
	h.told = s.Missed
	return nil
}
`
}

// watchEater shows points to a hook until it is ended, or there are no more. What
// it may take is little, so that the tests need little.
func watchEater(t *testing.T, body string, points int) (shown int, stopped error) {
	t.Helper()
	h := oneHook(t, Options{}, eater(body))
	var mu sync.Mutex
	w, err := h.Watchdog(hooks.WatchOptions{
		Memory: 48 << 20, Budget: time.Minute,
		Stop: func(cause error, _ scan.When) {
			mu.Lock()
			defer mu.Unlock()
			stopped = cause
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	s := &data.Scan{Name: "loopscan", Channels: []data.Channel{{Name: "diode"}}}
	put := func(e data.Event) {
		if err := w.Put(context.Background(), e); err != nil {
			t.Error(err)
		}
	}
	put(&data.NewNode{Node: data.ScanNode(s)})
	for i := range points {
		put(&data.Row{Index: i, Values: []float64{1}})
		w.Settle(context.Background())
		if w.Err() != nil {
			break
		}
	}
	s.Outcome = data.Failed
	put(&data.EndScan{Node: data.ScanNode(s)})
	<-w.Done()
	_, shown = w.Counts()
	mu.Lock()
	defer mu.Unlock()
	return shown, stopped
}

// TestAHookThatTakesAllMemoryIsEnded and named, whether it takes it in one call or
// in many.
func TestAHookThatTakesAllMemoryIsEnded(t *testing.T) {
	for name, body := range map[string]string{
		"in one call":    "\tfor {\n\t\th.keep = append(h.keep, make([]float64, 1000))\n\t}",
		"by doubling":    "\th.all = append(h.all, 1)\n\tfor {\n\t\th.all = append(h.all, h.all...)\n\t}",
		"in many calls":  "\th.keep = append(h.keep, make([]float64, 1<<17))\n\treturn nil",
		"in big pieces":  "\tfor {\n\t\th.keep = append(h.keep, make([]float64, 1<<20))\n\t}",
		"while it waits": "\tfor {\n\t\th.keep = append(h.keep, make([]float64, 1<<18))\n\t\ttime.Sleep(time.Millisecond)\n\t}",
	} {
		t.Run(name, func(t *testing.T) {
			shown, err := watchEater(t, body, 10000)
			var memory *scan.MemoryError
			if !errors.As(err, &memory) || !strings.HasPrefix(err.Error(), "hook Eater (stop.go:") ||
				!strings.HasSuffix(err.Error(), "): OnScanData took more than 48 MB of memory") {
				t.Errorf("after %d points: %v", shown, err)
			}
		})
	}
}

// TestAHookThatMakesTooMuchAtOnceIsRefused, for nothing could end it any more.
func TestAHookThatMakesTooMuchAtOnceIsRefused(t *testing.T) {
	for body, want := range map[string]string{
		"\tn := 1 << 40\n\th.all = make([]float64, n)\n\treturn nil":                                                 ": make of 1099511627776 elements: a hook makes at most 33554432 at once",
		"\tvar n uint8 = 3\n\th.all = make([]float64, n, 1e3)\n\tif len(h.all) != 3 { panic(\"no\") }\n\treturn nil": "",
	} {
		_, err := watchEater(t, body, 1)
		if got := fmt.Sprint(err); want == "" && err != nil || !strings.HasSuffix(got, want) && want != "" {
			t.Errorf("%s\n%v", body, err)
		}
	}
}

// TestAHookIsNotBlamedForOthers: the process takes memory while the hook works, and
// also waits.
func TestAHookIsNotBlamedForOthers(t *testing.T) {
	over := make(chan struct{})
	var others sync.WaitGroup
	others.Go(func() {
		var keep [][]byte
		for {
			select {
			case <-over:
				return
			case <-time.After(2 * time.Millisecond):
			}
			if keep = append(keep, make([]byte, 1<<20)); len(keep) > 200 {
				keep = nil
			}
		}
	})
	defer others.Wait()
	defer close(over)
	shown, err := watchEater(t, "\tbegan := time.Now()\n\tfor time.Since(began) < 50*time.Millisecond {\n\t}\n\ttime.Sleep(500*time.Millisecond)\n\treturn nil", 3)
	if err != nil || shown != 3 {
		t.Errorf("%d points: %v", shown, err)
	}
}
