package commands

import (
	"blissh/device"
	"blissh/scan"
)

func ascanCommand() Command {
	return Command{
		Name: "ascan", Group: groupScans,
		Usage: "ascan(axis, start, stop, intervals, count_time, counters...)",
		Help: "Scans an axis in equal steps and counts at each point. N intervals give N+1 points, both ends included; " +
			"positions are in the axis' unit, count_time is in s. Every point is checked against the limits before anything moves. " +
			"Prints a row per point and how the scan ended; returns the scan.",
		Options: scanOptions(),
		Example: "ascan(robz, -5, 5, 500, .001, sim_ct_gauss_noise, save=False)",
		Func:    func(sh *Shell) any { return sh.ascan },
	}
}

func (sh *Shell) ascan(args ...any) *Scan {
	a := sh.parse("ascan", args)
	axis := a.axis(0, "axis")
	start, stop := a.number(1, "start", axis.Unit()), a.number(2, "stop", axis.Unit())
	intervals := a.positive(3, "intervals")
	count := a.seconds(4, "count_time")
	return sh.newScan("ascan", scan.Plan{
		Title:      title("ascan", axis.Name(), start, stop, intervals, count.Seconds()),
		Axes:       []device.Axis{axis.dev},
		Trajectory: scan.Linear{Start: []float64{start}, Stop: []float64{stop}, Intervals: intervals},
		Counters:   a.counters(5),
		CountTime:  count,
	}, a)
}
