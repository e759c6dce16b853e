package commands

import (
	"fmt"
	"math"
)

func lineupCommand() Command {
	c := lineCommand("lineup", "Scans an axis around where it stands and moves it to the largest value of the counter.", "axis, start, stop",
		"lineup(robz, -1, 1, 20, .1, sim_ct_gauss)", func(sh *Shell) any { return sh.lineup })
	c.Usage = "lineup(axis, start, stop, intervals, count_time, counter)"
	c.Help += " A maximum at the end of the range is refused unless force=True. With run=False the scan alone is made."
	c.Options = append(c.Options, "force")
	return c
}

func (sh *Shell) lineup(args ...any) *Scan {
	a := sh.parse("lineup", args)
	c := a.line(1)
	if n := len(a.list) - c.next - 1; n != 1 {
		failf("lineup", "one counter expected, got %d; usage: %s", max(0, n), a.command.Usage)
	}
	force := a.boolOption("force", false)
	p := sh.stepPlan(a, c)
	if len(p.Counters[0].Shape) > 0 {
		failf("lineup", "%s is %s: it has no largest value", p.Counters[0].Name, shapeText(p.Counters[0].Shape))
	}
	s := sh.newScan(p, a)
	if s.State() != "done" {
		return s
	}
	if sh.DryRun != nil {
		x := p.Axes[0]
		sh.mv(c.axes[0], s.assumed("peak", curve{counter: p.Counters[0].Name, axis: x.Name(), xUnit: x.Unit(), x: s.GetData()[x.Name()]}))
		return s
	}
	at, err := top(s.GetData(), p.Axes[0].Name(), p.Counters[0].Name, force)
	if err != nil {
		fail("lineup", fmt.Errorf("%w; %s is back at %s", err, c.axes[0].Name(), c.axes[0].number(c.axes[0].dev.LastPosition())))
	}
	sh.mv(c.axes[0], at)
	return s
}

// top is where a counter is largest, if that is a place to go to.
func top(data map[string][]float64, axis, counter string, force bool) (float64, error) {
	x, y := data[axis], data[counter]
	best, flat := -1, true
	for i, v := range y {
		if math.IsNaN(v) || math.IsNaN(x[i]) {
			continue
		}
		flat = flat && (best < 0 || v == y[best])
		if best < 0 || v > y[best] {
			best = i
		}
	}
	switch {
	case best < 0:
		return 0, fmt.Errorf("%s has no value that is a number", counter)
	case flat && !force:
		return 0, fmt.Errorf("%s is %s everywhere: there is no maximum; force=True moves none the less", counter, formatNumber(y[best]))
	case (best == 0 || best == len(y)-1) && !force:
		return 0, fmt.Errorf("the maximum of %s, %s, is at the end of the range, at %s; force=True moves there", counter, formatNumber(y[best]), formatNumber(x[best]))
	}
	return x[best], nil
}
