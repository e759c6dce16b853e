package commands

import "math"

func lookupscanCommand() Command {
	return Command{
		Name: "lookupscan", Group: groupScans, Options: scanOptions(),
		Usage:   "lookupscan(axis, positions, axis, positions, ..., count_time, counters...)",
		Help:    "Scans axes together over lists of positions, which are all of the same length." + scanPrints,
		Example: "lookupscan(robx, []float64{0, .1, .5}, roby, []float64{1, 2, 4}, .1, diode1)",
		Func:    func(sh *Shell) any { return sh.lookupscan },
	}
}

func pointscanCommand() Command {
	return Command{
		Name: "pointscan", Group: groupScans, Options: scanOptions(),
		Usage:   "pointscan(axis, positions, count_time, counters...)",
		Help:    "Scans an axis over a list of positions." + scanPrints,
		Example: "pointscan(robx, []float64{0, .1, .5}, .1, diode1)",
		Func:    func(sh *Shell) any { return sh.pointscan },
	}
}

func (sh *Shell) lookupscan(args ...any) *Scan {
	a := sh.parse("lookupscan", args)
	return sh.newScan(sh.stepPlan(a, a.lists(math.MaxInt)), a)
}

func (sh *Shell) pointscan(args ...any) *Scan {
	a := sh.parse("pointscan", args)
	return sh.newScan(sh.stepPlan(a, a.lists(1)), a)
}
