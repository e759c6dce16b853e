package commands

// meshCommand is a command that goes over a grid.
func meshCommand(name, what, args, example string, f func(*Shell) any) Command {
	help := what + " The first axis is the fastest; with backnforth=True every second line runs backwards, on every axis but the slowest."
	if relative(name) {
		help += relativeHelp
	}
	return Command{
		Name: name, Group: groupScans, Usage: name + "(" + args + ", count_time, counters...)",
		Help: help + " N intervals give N+1 points; with step=0.1, or a list of steps, the intervals are left out." + scanPrints, Example: example, Func: f,
		Options: append(scanOptions(), "backnforth", "step"),
	}
}

const twoAxes = "axis1, start1, stop1, intervals1, axis2, start2, stop2, intervals2"

func ameshCommand() Command {
	return meshCommand("amesh", "Scans a grid of two axes.", twoAxes,
		"amesh(robx, 0, 1, 10, roby, 0, 2, 20, .1, diode1, backnforth=True)", func(sh *Shell) any { return sh.amesh })
}

func dmeshCommand() Command {
	return meshCommand("dmesh", "Scans a grid of two axes around where they stand.", twoAxes,
		"dmesh(robx, -1, 1, 10, roby, -1, 1, 10, .1, diode1)", func(sh *Shell) any { return sh.dmesh })
}

func a3meshCommand() Command {
	return meshCommand("a3mesh", "Scans a grid of three axes.", twoAxes+", axis3, start3, stop3, intervals3",
		"a3mesh(robx, 0, 1, 4, roby, 0, 1, 4, robz, 0, 1, 2, .1, diode1)", func(sh *Shell) any { return sh.a3mesh })
}

func d3meshCommand() Command {
	return meshCommand("d3mesh", "Scans a grid of three axes around where they stand.", twoAxes+", axis3, start3, stop3, intervals3",
		"d3mesh(robx, 0, 1, 4, roby, 0, 1, 4, robz, 0, 1, 2, .1, diode1)", func(sh *Shell) any { return sh.d3mesh })
}

func anmeshCommand() Command {
	return meshCommand("anmesh", "Scans a grid of any number of axes, two at least.", "axis, start, stop, intervals, axis, start, stop, intervals, ...",
		"anmesh(robx, 0, 1, 4, roby, 0, 1, 4, robz, 0, 1, 2, .1, diode1)", func(sh *Shell) any { return sh.anmesh })
}

func (sh *Shell) amesh(args ...any) *Scan  { return sh.meshScan("amesh", 2, args) }
func (sh *Shell) dmesh(args ...any) *Scan  { return sh.meshScan("dmesh", 2, args) }
func (sh *Shell) a3mesh(args ...any) *Scan { return sh.meshScan("a3mesh", 3, args) }
func (sh *Shell) d3mesh(args ...any) *Scan { return sh.meshScan("d3mesh", 3, args) }
func (sh *Shell) anmesh(args ...any) *Scan { return sh.meshScan("anmesh", 0, args) }

// meshScan goes over a grid of n axes, any number if n is 0.
func (sh *Shell) meshScan(name string, n int, args []any) *Scan {
	a := sh.parse(name, args)
	return sh.newScan(sh.stepPlan(a, a.mesh(n)), a)
}
