package session

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"blissh/device"
	"blissh/scan"
)

const slitConfig = `
axes:
  - {name: top, driver: sim, unit: mm, address: "sim://ADDRESS/top", velocity: 1, acceleration: 100, start: 1, low: -10, high: 10, encoder: {}}
  - {name: bottom, driver: sim, unit: mm, address: "sim://ADDRESS/bottom", velocity: 1, acceleration: 100, start: -1, low: -10, high: 10}
  - {name: mono, driver: sim, unit: deg, address: "sim://ADDRESS/mono", instant: true, start: 15, low: 5, high: 80}
calculated_axes:
  - name: slit
    driver: slits
    reals: [top, bottom]
    axes: [{name: vo, kind: offset, unit: mm}, {name: vg, kind: gap, unit: mm, low: 0, high: 15}]
  - name: crystal
    driver: formula
    reals: [mono]
    axes: [{name: energy, unit: keV, formula: 12.3984198/(2*3.13560*sin(mono*pi/180))}]
    inverse: [{real: mono, formula: asin(12.3984198/(2*3.13560*energy))*180/pi}]
controllers:
  - {name: k, driver: sim, counters: [{name: one, kind: flat, value: 1}]}
`

func openSlit(t *testing.T, url string) *lab {
	return openWith(t, url, strings.ReplaceAll(slitConfig, "ADDRESS", sessionName(t)))
}

// planOf counts once.
func planOf(counters ...*device.Counter) scan.Plan {
	return scan.Plan{Name: "ct", Trajectory: scan.Static{N: 1}, Counters: counters}
}

func TestCalculatedAxesOfTheConfiguration(t *testing.T) {
	l := openSlit(t, startEmbedded(t).url)
	energy := l.axis("energy")
	// E = hc/(2d·sin θ) of silicon 111: 12.3984198 keV·Å, d = 3.13560 Å.
	if at := energy.LastPosition(); math.Abs(at-7.638700019131103) > 1e-12 {
		t.Errorf("15 degrees are %.7f keV", at)
	}
	if err := l.Move(context.Background(), []*device.MotorAxis{energy}, []float64{8.9789}); err != nil {
		t.Fatal(err)
	}
	if at := l.axis("mono").LastPosition(); math.Abs(at-12.720042742032163) > 1e-11 {
		t.Errorf("the K edge of copper is at %.7f degrees", at)
	}
	for to, want := range map[float64]string{
		1:  "energy: there is no position of mono for [1]",
		30: "energy: mono: 3.77860871 deg is beyond the low limit 5 deg",
	} {
		if err := energy.CheckTarget(8, to); err == nil || err.Error() != want {
			t.Errorf("%v, not %s", err, want)
		}
	}
	if err := l.Move(context.Background(), []*device.MotorAxis{l.axis("vg"), l.axis("vo")}, []float64{1, 0.5}); err != nil {
		t.Fatal(err)
	}
	if top, bottom := l.axis("top").LastPosition(), l.axis("bottom").LastPosition(); top != 1 || bottom != 0 {
		t.Errorf("blades at %v, %v", top, bottom)
	}
}

// TestTheRealAxesAreReserved: another session on the same hardware cannot move a
// blade while this one moves the gap.
func TestTheRealAxesAreReserved(t *testing.T) {
	store := startEmbedded(t)
	l := openSlit(t, store.url)
	release, err := l.reserve(t.Context(), []device.Axis{l.axis("vg")})
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	for _, name := range []string{"top", "bottom", "vo"} {
		err := l.Move(context.Background(), []*device.MotorAxis{l.axis(name)}, []float64{0})
		if err == nil || !strings.Contains(err.Error(), " is in use by session ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnInterruptedMoveOfAGap(t *testing.T) {
	l := openSlit(t, startEmbedded(t).url)
	done := make(chan error, 1)
	go func() { done <- l.Move(context.Background(), []*device.MotorAxis{l.axis("vg")}, []float64{14}) }()
	eventually(t, "the blades move", func() bool { return l.axis("top").IsMoving() && l.axis("bottom").IsMoving() })
	l.Interrupt()
	if err := <-done; !errors.Is(err, scan.ErrInterrupted) {
		t.Error(err)
	}
	for _, a := range l.Axes() {
		if state, err := a.State(t.Context()); err != nil || state != device.Ready {
			t.Errorf("%s is %v %v", a.Name(), state, err)
		}
	}
}

func TestAScanOfAGapHasBladesAndEncoder(t *testing.T) {
	l := openSlit(t, startEmbedded(t).url)
	sc, err := l.NewScan(scan.Plan{
		Name: "ascan", Axes: []device.Axis{l.axis("vg")}, Counters: []*device.Counter{l.counter("one")},
		Trajectory: scan.Linear{Start: []float64{2}, Stop: []float64{2.2}, Intervals: 2},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := sc.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	columns, err := sc.Columns(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]float64{
		"vg": {2, 2.1, 2.2}, "top": {1, 1.05, 1.1}, "top_encoder": {1, 1.05, 1.1}, "bottom": {-1, -1.05, -1.1}, "one": {1, 1, 1},
	} {
		for i := range want {
			if len(columns[name]) != 3 || math.Abs(columns[name][i]-want[i]) > 1e-9 {
				t.Errorf("%s: %v, not %v", name, columns[name], want)
				break
			}
		}
	}
}

func TestACalculatedAxisWithoutItsRealOnes(t *testing.T) {
	d := build(t, `
session: s
axes: [{name: a, driver: sim}, {name: b, driver: sim, disabled: true}]
calculated_axes:
  - {name: slit, driver: slits, reals: [a, b], axes: [{name: g, kind: gap}, {name: o, kind: offset}]}
  - {name: off, driver: formula, disabled: true, reals: [a], inverse: [{real: a, formula: x}], axes: [{name: x, formula: a}]}
`)
	if len(d.Axes) != 1 || len(d.Problems) != 1 || d.Problems[0].Error() != "c.yml:5:5: slit: b is not there: disabled in the configuration" {
		t.Errorf("%v %v", d.Axes, d.Problems)
	}
	for _, name := range []string{"g", "o", "x"} {
		if d.Disabled[name] == "" {
			t.Errorf("nobody knows why %s is not there", name)
		}
	}
}
