package commands

import "blissh/scan"

func loopscanCommand() Command {
	return Command{
		Name: "loopscan", Group: groupScans,
		Usage:   "loopscan(points, count_time, counters...)",
		Help:    "Counts a number of times without moving anything; count_time is in s. Prints a row per point and how the scan ended; returns the scan.",
		Options: scanOptions(),
		Example: "loopscan(10, .1, sim_ct_gauss)",
		Func:    func(sh *Shell) any { return sh.loopscan },
	}
}

func (sh *Shell) loopscan(args ...any) *Scan {
	a := sh.parse("loopscan", args)
	n := a.positive(0, "points")
	count := a.seconds(1, "count_time")
	return sh.newScan("loopscan", scan.Plan{
		Title:      title("loopscan", n, count.Seconds()),
		Trajectory: scan.Static{N: n},
		Counters:   a.counters(2),
		CountTime:  count,
	}, a)
}
