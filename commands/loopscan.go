package commands

import "blissh/scan"

func loopscanCommand() Command {
	return Command{
		Name: "loopscan", Group: groupScans,
		Usage:   "loopscan(points, count_time, counters...)",
		Help:    "Counts a number of times without moving anything; count_time is in s. Options: save, run, title, sleep_time, deadline.",
		Example: "loopscan(10, .1, sim_ct_gauss)",
		Func:    func(sh *Shell) any { return sh.loopscan },
	}
}

func (sh *Shell) loopscan(args ...any) *Scan {
	a := sh.parse("loopscan", args, scanOptions()...)
	n := a.positive(0, "points")
	count := a.seconds(1, "count_time")
	return sh.newScan("loopscan", scan.Plan{
		Title:      title("loopscan", n, count.Seconds()),
		Trajectory: scan.Static{N: n},
		Counters:   sh.counted(a, 2),
		CountTime:  count,
	}, a)
}
