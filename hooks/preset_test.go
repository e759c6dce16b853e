package hooks

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"blissh/data"
	"blissh/device"
	"blissh/device/sim"
	"blissh/scan"
)

// shutterHook notes what it is told; do is called at each point.
type shutterHook struct {
	Base
	told []string
	do   func() error
}

func (h *shutterHook) OnPrepare(s *data.Scan) error {
	h.told = append(h.told, "prepare "+s.Name)
	return nil
}
func (h *shutterHook) OnChainPrepare(names []string) error {
	h.told = append(h.told, "chain "+names[0])
	return nil
}
func (h *shutterHook) OnPointStart(int) error { return h.do() }
func (h *shutterHook) OnPointStop(int) error {
	h.told = append(h.told, "point stop")
	return nil
}
func (h *shutterHook) OnStop(*data.Scan) error {
	h.told = append(h.told, "stop")
	return nil
}

// runWith counts once with a hook as preset; stop ends the scan after a while.
func runWith(t *testing.T, h *Hook, stop time.Duration) (*scan.Scan, error) {
	ctl := sim.NewController(sim.ControllerOptions{Name: "card"})
	s, err := scan.New(scan.Plan{
		Name: "ct", CountTime: time.Second, Counters: []*device.Counter{ctl.Add("a", "", sim.Flat(1, 0))}, Presets: []scan.Preset{h.Preset()},
	}, scan.Options{Wait: device.TimerWait})
	if err != nil {
		t.Fatal(err)
	}
	if stop > 0 {
		time.AfterFunc(stop, func() { s.Stop(scan.ErrInterrupted, scan.Now) })
	}
	return s, s.Run(context.Background())
}

func TestAHookAsAPreset(t *testing.T) {
	block := make(chan struct{})
	var empty map[string]int
	for _, c := range []struct {
		name   string
		do     func() error
		stop   time.Duration
		err    string
		took   time.Duration
		killed bool
	}{
		{"all is well", func() error { return nil }, 0, "", time.Second, false},
		{"an error", func() error { return errors.New("no vacuum") }, 0, "point 0: preset shutterHook: start point: no vacuum", 0, false},
		{"a panic", func() error { empty["a"] = 1; return nil }, 0, "point 0: preset shutterHook: start point: panic: assignment to entry in nil map", 0, false},
		{"a panic of a command", func() error { panic(errors.New("mv: robx: too far")) }, 0, "point 0: preset shutterHook: start point: mv: robx: too far", 0, false},
		{"it takes its time", func() error { time.Sleep(time.Hour); return nil }, 0, "", time.Hour + time.Second, false},
		{"it never returns", func() error { <-block; return nil }, time.Minute, "interrupted by Ctrl-C", time.Minute + lastWord, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				block = make(chan struct{})
				cb := &shutterHook{do: c.do}
				h, killed := HookOf(cb), false
				h.Kill = func() { killed = true }
				begin := time.Now()
				s, err := runWith(t, h, c.stop)
				took := time.Since(begin)
				if text := errorText(err); text != c.err || took != c.took || killed != c.killed {
					t.Errorf("%q after %v, killed %v", text, took, killed)
				}
				if want := []string{"prepare ct", "chain card", "point stop", "stop"}; len(cb.told) != 4 || cb.told[0] != want[0] || cb.told[1] != want[1] || cb.told[3] != want[3] {
					t.Errorf("told %v", cb.told)
				}
				if c.err == "" && s.State() != scan.Done {
					t.Errorf("%v", s.State())
				}
				close(block)
				synctest.Wait()
			})
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestWhatIsNoPreset(t *testing.T) {
	h := &Hook{WatchdogCallback: &peakHook{}, Name: "peakHook"}
	if h.Preset() != nil {
		t.Error("a hook without such methods is a preset")
	}
	h = PresetOf(&shutterHook{})
	if h.Name != "shutterHook" || h.Preset() != h.Preset() || PresetOf(h) != h {
		t.Errorf("%+v", h)
	}
}
