package commands

// lineHelp is what all scans on a line have in common.
const lineHelp = " N intervals give N+1 points, both ends included; positions are in the axis' unit, count_time is in s. " +
	"Every point is checked against the limits before anything moves. Without counters those are counted that the session counts by default. " +
	"With step=0.1 the intervals are left out and follow from it." + scanPrints

// scanPrints is what every scan shows.
const scanPrints = " Prints a row for each point, how the scan ended, what took the time, and where each counter has its peak."

const (
	relativePositions = " Positions count from where the axes stand when the scan begins."
	relativeHelp      = " Positions count from where the axes stand when the scan begins, and the axes go back there at its end."
)

// lineCommand is a command that moves n axes together on a line; 0 is any number.
func lineCommand(name, what, args, example string, f func(*Shell) any) Command {
	help := what + lineHelp
	switch {
	case name == "lineup": // it ends at the maximum
		help = what + relativePositions + lineHelp
	case relative(name):
		help = what + relativeHelp + lineHelp
	}
	return Command{
		Name: name, Group: groupScans, Usage: name + "(" + args + ", intervals, count_time, counters...)",
		Help: help, Example: example, Func: f, Options: append(scanOptions(), "step"),
	}
}

// relative reports whether the name of a scan on a line or over a grid says that
// its positions are relative.
func relative(name string) bool { return name[0] == 'd' || name == "lineup" }

func ascanCommand() Command {
	return lineCommand("ascan", "Scans an axis in equal steps and counts at each point.", "axis, start, stop",
		"ascan(robz, -5, 5, 500, .001, sim_ct_gauss_noise, save=False)", func(sh *Shell) any { return sh.ascan })
}

func dscanCommand() Command {
	return lineCommand("dscan", "Scans an axis around where it stands.", "axis, start, stop",
		"dscan(robz, -1, 1, 20, .1, sim_ct_gauss)", func(sh *Shell) any { return sh.dscan })
}

func anscanCommand() Command {
	return lineCommand("anscan", "Scans any number of axes together.", "axis, start, stop, axis, start, stop, ...",
		"anscan(robx, 0, 1, roby, 0, 2, 10, .1, diode1)", func(sh *Shell) any { return sh.anscan })
}

func dnscanCommand() Command {
	return lineCommand("dnscan", "Scans any number of axes together, around where they stand.", "axis, start, stop, axis, start, stop, ...",
		"dnscan(robx, 0, 1, roby, 0, 2, 10, .1, diode1)", func(sh *Shell) any { return sh.dnscan })
}

// severalCommand is a2scan to a5scan and d2scan to d5scan.
func severalCommand(name, number string, f func(*Shell) any) Command {
	n := int(name[1] - '0')
	args, example := "axis1, start1, stop1, ..., "+numbered("axis", n-1, n)+", "+numbered("start", n-1, n)+", "+numbered("stop", n-1, n), name+"("
	if n == 2 {
		args = "axis1, start1, stop1, axis2, start2, stop2"
	}
	for _, x := range []string{"robx", "roby", "robz", "slit_top", "slit_bottom"}[:n] {
		example += x + ", 0, 1, "
	}
	what := "Scans " + number + " axes together."
	if relative(name) {
		what = "Scans " + number + " axes together, around where they stand."
	}
	return lineCommand(name, what, args, example+"10, .1, diode1)", f)
}

func a2scanCommand() Command {
	return severalCommand("a2scan", "two", func(sh *Shell) any { return sh.a2scan })
}

func a3scanCommand() Command {
	return severalCommand("a3scan", "three", func(sh *Shell) any { return sh.a3scan })
}

func a4scanCommand() Command {
	return severalCommand("a4scan", "four", func(sh *Shell) any { return sh.a4scan })
}

func a5scanCommand() Command {
	return severalCommand("a5scan", "five", func(sh *Shell) any { return sh.a5scan })
}

func d2scanCommand() Command {
	return severalCommand("d2scan", "two", func(sh *Shell) any { return sh.d2scan })
}

func d3scanCommand() Command {
	return severalCommand("d3scan", "three", func(sh *Shell) any { return sh.d3scan })
}

func d4scanCommand() Command {
	return severalCommand("d4scan", "four", func(sh *Shell) any { return sh.d4scan })
}

func d5scanCommand() Command {
	return severalCommand("d5scan", "five", func(sh *Shell) any { return sh.d5scan })
}

func (sh *Shell) ascan(args ...any) *Scan  { return sh.lineScan("ascan", 1, args) }
func (sh *Shell) a2scan(args ...any) *Scan { return sh.lineScan("a2scan", 2, args) }
func (sh *Shell) a3scan(args ...any) *Scan { return sh.lineScan("a3scan", 3, args) }
func (sh *Shell) a4scan(args ...any) *Scan { return sh.lineScan("a4scan", 4, args) }
func (sh *Shell) a5scan(args ...any) *Scan { return sh.lineScan("a5scan", 5, args) }
func (sh *Shell) anscan(args ...any) *Scan { return sh.lineScan("anscan", 0, args) }
func (sh *Shell) dscan(args ...any) *Scan  { return sh.lineScan("dscan", 1, args) }
func (sh *Shell) d2scan(args ...any) *Scan { return sh.lineScan("d2scan", 2, args) }
func (sh *Shell) d3scan(args ...any) *Scan { return sh.lineScan("d3scan", 3, args) }
func (sh *Shell) d4scan(args ...any) *Scan { return sh.lineScan("d4scan", 4, args) }
func (sh *Shell) d5scan(args ...any) *Scan { return sh.lineScan("d5scan", 5, args) }
func (sh *Shell) dnscan(args ...any) *Scan { return sh.lineScan("dnscan", 0, args) }

// lineScan moves n axes together on a line, any number if n is 0.
func (sh *Shell) lineScan(name string, n int, args []any) *Scan {
	a := sh.parse(name, args)
	return sh.newScan(sh.stepPlan(a, a.line(n)), a)
}
