package session

import (
	"context"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"blissh/device"
	"blissh/device/sim"
)

func build(t *testing.T, src string) *Devices {
	t.Helper()
	c, err := ParseConfig("c.yml", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return BuildDevices(c, device.TimerWait)
}

func TestDemoDevicesComeUp(t *testing.T) {
	c, err := DemoConfig()
	if err != nil {
		t.Fatal(err)
	}
	d := BuildDevices(c, nil)
	if len(d.Problems) > 0 || len(d.Disabled) > 0 {
		t.Errorf("%v %v", d.Problems, d.Disabled)
	}
	if len(d.Axes) != len(c.Axes)+2 || d.Axes[2].Name() != "robz" || d.Axes[2].Address() != "sim://robz" {
		t.Errorf("axes: %v", d.Axes)
	}
	if x := d.Axes[2].LastPosition(); x != 0 {
		t.Errorf("robz was read at %g", x)
	}
}

// count takes one point of a counter with an axis at x.
func count(t *testing.T, c *device.Counter, a device.Axis, x float64) float64 {
	t.Helper()
	acq, err := c.Controller.Prepare(t.Context(), device.Setup{Counters: []*device.Counter{c}, Axes: []device.Axis{a}, Points: 1})
	if err != nil {
		t.Fatal(err)
	}
	r := &device.Reading{Values: make([]float64, 1), Arrays: make([][]byte, 1)}
	if err := acq.Trigger(t.Context(), device.Point{Positions: []float64{x}}); err != nil {
		t.Fatal(err)
	}
	if err := acq.Read(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	return r.Values[0]
}

func TestDemoCountersHaveTheDocumentedHeights(t *testing.T) {
	c, _ := DemoConfig()
	d := BuildDevices(c, nil)
	clean, noisy := d.Counters[0], d.Counters[1]
	if y := count(t, clean, d.Axes[2], 0); math.Abs(y-23.94) > 0.01 {
		t.Errorf("%s at its centre: %g", clean.Name, y)
	}
	if y := count(t, noisy, d.Axes[2], -1); y < 59.83 || y > 59.85*1.1 {
		t.Errorf("%s at its centre: %g", noisy.Name, y)
	}
}

func TestDeviceThatDoesNotComeUpIsLeftOut(t *testing.T) {
	d := build(t, `
session: s
axes:
  - {name: good, driver: sim}
controllers:
  - name: broken
    driver: sim
    counters:
      - {name: first, kind: gauss, center: 2}
      - {name: second, kind: flat}
  - {name: fine, driver: sim, counters: [{name: third, kind: flat, value: 3}]}
`)
	if len(d.Axes) != 1 || len(d.Counters) != 1 || d.Counters[0].Name != "third" {
		t.Errorf("%v %v", d.Axes, d.Counters)
	}
	if len(d.Problems) != 1 || !strings.HasPrefix(d.Problems[0].Error(), "c.yml:6:5: broken: counter first: sigma") {
		t.Errorf("problems: %v", d.Problems)
	}
	for _, name := range []string{"first", "second"} {
		if d.Disabled[name] == "" {
			t.Errorf("nobody knows why %s is not there", name)
		}
	}
}

func TestDisabledDevices(t *testing.T) {
	d := build(t, `
session: s
axes: [{name: m0, driver: sim, disabled: true}]
controllers: [{name: k, driver: sim, disabled: true, counters: [{name: c0, kind: flat}]}]
`)
	if len(d.Axes)+len(d.Counters)+len(d.Problems) > 0 || len(d.Disabled) != 2 {
		t.Errorf("%+v", d)
	}
}

// TestAxisThatDoesNotAnswer asks two axes of which one hangs.
func TestAxisThatDoesNotAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := ParseConfig("c.yml", []byte("session: s\naxes:\n  - {name: m0, driver: sim}\n  - {name: m1, driver: sim}\n"))
		if err != nil {
			t.Fatal(err)
		}
		good, _ := sim.NewAxis(device.Config{Name: "m0"}, sim.MotorOptions{}, device.TimerWait)
		d := &Devices{Disabled: map[string]string{}}
		d.Axes = []*device.MotorAxis{good, device.NewAxis(device.Config{Name: "m1"}, mute{}, device.TimerWait)}
		begin := time.Now()
		d.ask(c)
		if took := time.Since(begin); took != answerTime {
			t.Errorf("asking took %v", took)
		}
		if len(d.Axes) != 1 || d.Axes[0] != good {
			t.Errorf("axes: %v", d.Axes)
		}
		if len(d.Problems) != 1 || d.Problems[0].Error() != "c.yml:4:5: m1: no answer within 3s" {
			t.Errorf("problems: %v", d.Problems)
		}
	})
}

// mute is a motor whose controller is switched off.
type mute struct{}

func (mute) Start(context.Context, float64) error { return nil }
func (mute) Stop(context.Context) error           { return nil }
func (mute) Read(ctx context.Context) (float64, device.State, error) {
	<-ctx.Done()
	return 0, 0, context.Cause(ctx)
}
