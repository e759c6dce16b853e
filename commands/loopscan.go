package commands

import "blissh/scan"

func loopscanCommand() Command {
	return Command{
		Name: "loopscan", Group: groupScans, Options: scanOptions(),
		Usage:   "loopscan(points, count_time, counters...)",
		Help:    "Counts a number of times without moving anything; count_time is in s." + scanPrints,
		Example: "loopscan(10, .1, sim_ct_gauss)",
		Func:    func(sh *Shell) any { return sh.loopscan },
	}
}

func timescanCommand() Command {
	return Command{
		Name: "timescan", Group: groupScans, Options: append(scanOptions(), "npoints"),
		Usage:   "timescan(count_time, counters...)",
		Help:    "Counts until it is stopped, by Ctrl-C for example, or npoints times; sleep_time is what it waits between two counts, in s." + scanPrints,
		Example: "timescan(.1, temperature, npoints=5)",
		Func:    func(sh *Shell) any { return sh.timescan },
	}
}

func (sh *Shell) loopscan(args ...any) *Scan {
	a := sh.parse("loopscan", args)
	n := a.positive(0, "points")
	count := a.seconds(1, "count_time")
	return sh.newScan(scan.Plan{
		Title:      title("loopscan", n, count.Seconds()),
		Trajectory: scan.Static{N: n},
		Counters:   sh.counted(a, 2),
		CountTime:  count,
	}, a)
}

func (sh *Shell) timescan(args ...any) *Scan {
	a := sh.parse("timescan", args)
	count := a.seconds(0, "count_time")
	n := a.wholeOption("npoints")
	words := []any{"timescan", count.Seconds()}
	if n > 0 {
		words = append(words, n)
	}
	return sh.newScan(scan.Plan{
		Title:      title(words...),
		Trajectory: scan.Static{N: n},
		Counters:   sh.counted(a, 1),
		CountTime:  count,
	}, a)
}
